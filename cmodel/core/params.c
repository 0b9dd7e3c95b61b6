/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of teq_core: docs/core.md, "Parameters".
 */
#include "teq/core_params.h"

static bool in_range(const char *name, uint32_t v, uint32_t low, uint32_t high, teq_error *err)
{
    if (v < low || v > high)
        return teq_fail(err, TEQ_ERR_ARG, "%s: got %u, expected %u..%u", name, v, low, high);
    return true;
}

static bool is_power(unsigned v) { return v != 0 && (v & (v - 1u)) == 0; }

static bool is_shape(const char *name, unsigned v, teq_error *err)
{
    if (v < 4 || v > 64 || !is_power(v))
        return teq_fail(err, TEQ_ERR_ARG, "%s: got %u, expected 4, 8, 16, 32 or 64", name, v);
    return true;
}

static bool check_compact_words(const teq_core_params *p, teq_error *err)
{
    const unsigned slots = teq_core_slots(p), n_idx = teq_core_n_idx(p);
    if (!p->indirect && !is_power(slots))
        return teq_fail(err, TEQ_ERR_ARG, "LOAD_COLS: got %u, expected LOAD_COLS * ROWS = %u to be a power of two",
                        p->array.load_cols, slots);
    if (p->indirect && (slots < n_idx || !is_power(slots / n_idx)))
        return teq_fail(err, TEQ_ERR_ARG, "LOAD_COLS: got %u, expected LOAD_COLS * ROWS = %u to be %u times a power of two",
                        p->array.load_cols, slots, n_idx);
    return true;
}

static bool in_reach(const teq_core_params *p, const char *name, uint32_t v, teq_error *err)
{
    if (v > UINT32_C(1) << (p->reach - 1))
        return teq_fail(err, TEQ_ERR_ARG, "REACH: got %u, expected 2^(REACH - 1) to hold %s = %u", p->reach, name, v);
    return true;
}

bool teq_core_params_check(const teq_core_params *p, teq_error *err)
{
    const teq_array_params *a = &p->array;
    if (!teq_array_params_check(a, err) || !is_shape("ROWS", a->rows, err) || !is_shape("COLS", a->cols, err))
        return false;
    if (a->engine == TEQ_ARRAY_COUNT)
        return teq_fail(err, TEQ_ERR_ARG, "ENGINE: got count, expected shift, select, booth or bw in a core");
    if (!a->is_double)
        return teq_fail(err, TEQ_ERR_ARG, "DOUBLE: got 0, expected 1 in a core");
    if (a->pipe)
        return teq_fail(err, TEQ_ERR_ARG, "PIPE: got 1, expected 0 in a core");
    if (a->n_requant != a->cols)
        return teq_fail(err, TEQ_ERR_ARG, "N_REQUANT: got %u, expected COLS = %u in a core", a->n_requant, a->cols);
    return in_range("ACC_W", a->acc_w, 1, 30, err) && /* C_o fits a configuration entry */
           in_range("ACT_WORDS", p->act_words, 2, 1u << 17, err) &&
           in_range("WGT_WORDS", p->wgt_words, 2, 1u << 20, err) &&
           in_range("PRG_WORDS", p->prg_words, 16, 1u << 20, err) && in_range("REACH", p->reach, 12, 24, err) &&
           in_reach(p, "ACT_WORDS * max(ROWS, COLS)", teq_core_elements(p), err) && in_reach(p, "WGT_WORDS", p->wgt_words, err) &&
           in_reach(p, "PRG_WORDS", p->prg_words, err) && check_compact_words(p, err);
}

/* ENGINE's number in CONFIG1. */
static uint32_t engine_number(teq_array_engine engine)
{
    switch (engine) {
    case TEQ_ARRAY_SELECT: return 1;
    case TEQ_ARRAY_BOOTH: return 3;
    case TEQ_ARRAY_BW: return 4;
    default: return 0;
    }
}

void teq_core_config(const teq_core_params *p, uint32_t config[TEQ_CORE_CONFIGS])
{
    const teq_array_params *a = &p->array;
    config[0] = a->rows | (uint32_t)a->cols << 8 | (uint32_t)a->n_max << 16 | (uint32_t)a->na_max << 24;
    config[1] = engine_number(a->engine) | (uint32_t)a->k_res << 4 | (uint32_t)a->mb << 8 | (uint32_t)a->pw << 12 |
                (uint32_t)a->acc_w << 16 | (uint32_t)a->load_cols << 24;
    config[2] = a->psum_depth | (uint32_t)p->parity << 16 | (uint32_t)a->serial << 17 | (uint32_t)p->residual << 18 |
                (uint32_t)p->indirect << 19 | (uint32_t)p->maximum << 20 | (uint32_t)p->counters << 21 | (uint32_t)a->chain << 22 | (uint32_t)a->w_latch << 23 | (uint32_t)p->reach << 24;
}
