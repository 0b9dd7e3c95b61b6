/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/antilog.h"
#include "teq/model_count.h"

#include <string.h>

static const char *const names[] = {"shift", "select", "count", "booth", "bw"};
enum { N_NAMES = sizeof names / sizeof names[0] };

const char *teq_array_engine_name(teq_array_engine engine)
{
    return (unsigned)engine < N_NAMES ? names[engine] : "unknown";
}

bool teq_array_engine_parse(const char *name, teq_array_engine *engine, teq_error *err)
{
    for (unsigned i = 0; i < N_NAMES; i++)
        if (strcmp(name, names[i]) == 0) {
            *engine = (teq_array_engine)i;
            return true;
        }
    return teq_fail(err, TEQ_ERR_ARG, "ENGINE: got \"%s\", expected shift, select, count, booth or bw", name);
}

static bool in_range(const char *name, unsigned v, unsigned low, unsigned high, teq_error *err)
{
    if (v < low || v > high)
        return teq_fail(err, TEQ_ERR_ARG, "%s: got %u, expected %u..%u", name, v, low, high);
    return true;
}

static bool divides(const char *name, unsigned v, unsigned cols, teq_error *err)
{
    if (v == 0 || cols % v != 0)
        return teq_fail(err, TEQ_ERR_ARG, "%s: got %u, expected a divisor of COLS = %u", name, v, cols);
    return true;
}

/* What engines shift and select need beyond the common part. */
static bool check_exponential(const teq_array_params *p, teq_error *err)
{
    unsigned k = p->k_res;
    if (k != 1 && k != 2 && k != 4 && k != 8)
        return teq_fail(err, TEQ_ERR_ARG, "K_RES: got %u, expected 1, 2, 4 or 8", k);
    return in_range("K_RES", k, 1, 1u << p->n_max, err) &&
           in_range("MB", p->mb, TEQ_MB_MIN, TEQ_MB_MAX, err) &&
           in_range("PW", p->pw, p->mb, p->mb + 2u, err) &&
           in_range("ACC_W", p->acc_w, p->pw, 40, err);
}

static bool check_engine(const teq_array_params *p, teq_error *err)
{
    switch (p->engine) {
    case TEQ_ARRAY_SHIFT:
    case TEQ_ARRAY_SELECT:
        return check_exponential(p, err);
    case TEQ_ARRAY_BOOTH:
    case TEQ_ARRAY_BW:
        if (p->na_max != p->n_max + 1)
            return teq_fail(err, TEQ_ERR_ARG, "NA_MAX: got %u, expected N_MAX + 1 = %u with engine %s",
                            p->na_max, p->n_max + 1u, teq_array_engine_name(p->engine));
        return in_range("ACC_W", p->acc_w, p->n_max + p->na_max, 40, err);
    case TEQ_ARRAY_COUNT: {
        const teq_count_params count = teq_count_params_of_array(p);
        return in_range("PSUM_DEPTH", p->psum_depth, 1, 1, err) && teq_count_params_check(&count, err);
    }
    default:
        return teq_fail(err, TEQ_ERR_ARG, "ENGINE: got %d, expected 0..4", (int)p->engine);
    }
}

static bool check_serial(const teq_array_params *p, teq_error *err)
{
    if (!p->serial)
        return true;
    if (p->engine != TEQ_ARRAY_SHIFT && p->engine != TEQ_ARRAY_SELECT)
        return teq_fail(err, TEQ_ERR_ARG, "SERIAL: got 1, expected 0 with engine %s", teq_array_engine_name(p->engine));
    if (p->n_requant != p->cols || p->cols < 2 || (p->cols & (p->cols - 1u)) != 0)
        return teq_fail(err, TEQ_ERR_ARG, "SERIAL: got 1 with COLS %u and N_REQUANT %u, expected both to be one power of two from 2 on",
                        p->cols, p->n_requant);
    return true;
}

static bool check_chain(const teq_array_params *p, teq_error *err)
{
    if (p->chain && (p->engine == TEQ_ARRAY_COUNT || p->cols % 2 != 0))
        return teq_fail(err, TEQ_ERR_ARG, "CHAIN: got 1 with engine %s and COLS %u, expected 0 with engine count or an odd number of columns",
                        teq_array_engine_name(p->engine), p->cols);
    return true;
}

static bool check_pipe(const teq_array_params *p, teq_error *err)
{
    if (p->pipe && p->engine == TEQ_ARRAY_COUNT)
        return teq_fail(err, TEQ_ERR_ARG, "PIPE: got 1, expected 0 with engine count");
    return true;
}

static bool check_w_latch(const teq_array_params *p, teq_error *err)
{
    if (p->w_latch && p->engine == TEQ_ARRAY_COUNT)
        return teq_fail(err, TEQ_ERR_ARG, "W_LATCH: got 1, expected 0 with engine count");
    return true;
}

bool teq_array_params_check(const teq_array_params *p, teq_error *err)
{
    unsigned n_top = p->engine == TEQ_ARRAY_SELECT ? 4 : TEQ_N_MAX;
    unsigned na_top = teq_array_is_int(p) ? TEQ_N_MAX + 1 : TEQ_N_MAX;
    return in_range("ROWS", p->rows, 1, TEQ_ROWS_MAX, err) &&
           in_range("COLS", p->cols, 1, TEQ_COLS_MAX, err) &&
           in_range("N_MAX", p->n_max, TEQ_N_MIN, n_top, err) &&
           in_range("NA_MAX", p->na_max, TEQ_N_MIN, na_top, err) &&
           divides("LOAD_COLS", p->load_cols, p->cols, err) &&
           divides("N_REQUANT", p->n_requant, p->cols, err) &&
           in_range("PSUM_DEPTH", p->psum_depth, 1, TEQ_PSUM_DEPTH_MAX, err) && check_engine(p, err) && check_serial(p, err) &&
           check_chain(p, err) && check_pipe(p, err) && check_w_latch(p, err);
}

teq_engine_caps teq_array_caps(const teq_array_params *p)
{
    static const teq_engine engines[] = {TEQ_ENGINE_SHIFT, TEQ_ENGINE_SELECT, TEQ_ENGINE_COUNT,
                                         TEQ_ENGINE_INT, TEQ_ENGINE_INT};
    unsigned n = teq_array_is_int(p) ? p->n_max + 1u : p->n_max;
    return (teq_engine_caps){.engine = engines[p->engine], .n_max = (uint8_t)n, .k_res = p->k_res,
                             .mb = p->mb, .pw = p->pw, .acc_w = p->acc_w, .na_max = p->na_max};
}
