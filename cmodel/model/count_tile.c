/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_count_tile: activations, table, the walk over the terms.
 */
#include "teq/model_count.h"

#include <string.h>

static bool in_range(teq_error *err, const char *name, unsigned got, unsigned low, unsigned high)
{
    if (got < low || got > high)
        return teq_fail(err, TEQ_ERR_ARG, "%s: got %u, expected %u..%u for ENGINE count", name, got, low, high);
    return true;
}

bool teq_count_params_check(const teq_count_params *p, teq_error *err)
{
    if (!in_range(err, "ROWS", p->rows, 2, TEQ_ROWS_MAX) || !in_range(err, "COLS", p->cols, 1, TEQ_COLS_MAX) ||
        !in_range(err, "N_MAX", p->n_max, 2, 7) || !in_range(err, "NA_MAX", p->na_max, 2, 7) ||
        !in_range(err, "CNT_W", p->cnt_w, 8, 16) || !in_range(err, "ACC_W", p->acc_w, 17, 40))
        return false;
    if (p->load_cols < 1 || p->cols % p->load_cols != 0)
        return teq_fail(err, TEQ_ERR_ARG, "LOAD_COLS: got %u, expected a divisor of COLS (%u)", p->load_cols,
                        p->cols);
    return true;
}

teq_count_params teq_count_params_of_array(const teq_array_params *p)
{
    return (teq_count_params){
        .rows = p->rows, .cols = p->cols, .n_max = p->n_max, .na_max = p->na_max,
        .cnt_w = TEQ_COUNT_CNT_W, .acc_w = p->acc_w, .load_cols = p->load_cols, .is_double = p->is_double,
    };
}

static void reset(teq_count_tile *t)
{
    t->term = t->mul_term = -1;
    t->busy = t->done = t->overflow = false;
    t->vectors = 0;
}

bool teq_count_tile_init(teq_count_tile *t, const teq_count_params *p, teq_error *err)
{
    memset(t, 0, sizeof *t);
    if (!teq_count_params_check(p, err))
        return false;
    t->params = *p;
    reset(t);
    return true;
}

/* Drained in this order: w, a, sums. */
static int first_term(const teq_count_params *p) { return p->beta ? (int)teq_count_n_bins(p) : 0; }

static int next_term(const teq_count_params *p, int term)
{
    if (term < 0 || term == (int)teq_count_n_bins(p) - 1)
        return -1;
    return term + 1 == (int)teq_count_n_terms(p) ? 0 : term + 1;
}

/* The exponent of a term, index of its table word, and the sum it belongs to. */
static unsigned exponent(const teq_count_params *p, int term, teq_count_phase *phase)
{
    const unsigned n_bins = teq_count_n_bins(p), n_w = teq_count_n_w(p), i = (unsigned)term;
    *phase = i < n_bins ? TEQ_COUNT_SUM : i < n_bins + n_w ? TEQ_COUNT_W : TEQ_COUNT_A;
    return *phase == TEQ_COUNT_SUM ? i : *phase == TEQ_COUNT_W ? i - n_bins : i - n_bins - n_w;
}

static void step_columns(teq_count_tile *t, const teq_count_tile_in *in)
{
    const teq_count_params *p = &t->params;
    teq_count_column_in c = {
        .swap = in->swap, .acc_en = in->acc_en, .clr = in->clr, .keep = in->acc_en && in->final,
        .e = t->e, .nz = t->nz, .s = t->s, .term = t->term, .mul = t->mul_term >= 0, .g = t->g,
    };
    if (c.mul)
        c.start = exponent(p, t->mul_term, &c.phase) == 0;
    for (unsigned col = 0; col < p->cols; col++) {
        c.load = in->load >> (col / p->load_cols) & 1u;
        c.w = c.load ? in->w + (size_t)(col % p->load_cols) * p->rows : NULL;
        teq_count_column_step(&t->column[col], p, &c);
    }
}

static void step_length(teq_count_tile *t, const teq_count_tile_in *in)
{
    if (!in->acc_en)
        return;
    const unsigned most = ((1u << (t->params.cnt_w - 1u)) - 1u) / t->params.rows;
    if (in->clr)
        t->vectors = 1;
    else if (t->vectors < most)
        t->vectors++;
    else
        t->overflow = true;
}

static void step_drain(teq_count_tile *t, const teq_count_tile_in *in)
{
    const teq_count_params *p = &t->params;
    const bool keep = in->acc_en && in->final;
    const bool last = t->mul_term == (int)teq_count_n_bins(p) - 1, taken = t->done && in->take;
    teq_count_phase phase;
    t->busy = keep || (t->busy && !taken);
    t->done = last || (t->done && !taken);
    if (t->term >= 0)
        t->g = t->table[exponent(p, t->term, &phase)];
    t->mul_term = t->term;
    t->term = keep ? first_term(p) : next_term(p, t->term);
}

static void step_codes(teq_count_tile *t, const teq_count_tile_in *in)
{
    const teq_count_params *p = &t->params;
    for (unsigned row = 0; row < p->rows && in->x_en; row++) {
        t->e[row] = (uint8_t)(in->code[row] & teq_count_n_a(p));
        t->nz[row] = t->e[row] != in->zero;
        t->s[row] = p->a_signed && t->nz[row] && (in->code[row] >> p->na_max & 1);
    }
}

void teq_count_tile_step(teq_count_tile *t, const teq_count_tile_in *in)
{
    step_columns(t, in);
    step_length(t, in);
    step_drain(t, in);
    step_codes(t, in);
    if (in->g_we && in->g_index < teq_count_n_bins(&t->params))
        t->table[in->g_index] = in->g_data;
    if (!in->rst_n)
        reset(t);
}
