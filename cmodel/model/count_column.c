/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_count_column: lanes, histogram, drain.
 */
#include "teq/model_count.h"

#include <string.h>

void teq_count_column_init(teq_count_column *c) { memset(c, 0, sizeof *c); }

/* To CNT_W bits of two's complement. */
static int32_t wrap(const teq_count_params *p, int32_t v)
{
    const unsigned spare = 32u - p->cnt_w;
    return (int32_t)((uint32_t)v << spare) >> spare;
}

static void add(teq_count_column *c, const teq_count_params *p, unsigned term, int32_t s)
{
    c->count[term] = wrap(p, c->count[term] + s);
}

static void count_vector(teq_count_column *c, const teq_count_params *p, const teq_count_column_in *in)
{
    const unsigned n_w = teq_count_n_w(p), n_bins = teq_count_n_bins(p);
    if (in->clr)
        memset(c->count, 0, sizeof c->count);
    for (unsigned row = 0; row < p->rows; row++) {
        const unsigned e_w = c->w[row] & n_w, e_a = in->e[row];
        if (e_w == n_w || !in->nz[row])
            continue;
        const int32_t s = (c->w[row] >> p->n_max & 1) != in->s[row] ? -1 : 1;
        add(c, p, e_w + e_a, s);
        if (p->beta) {
            add(c, p, n_bins + e_w, s);
            add(c, p, n_bins + n_w + e_a, s);
        }
    }
}

static void multiply(teq_count_column *c, const teq_count_params *p, const teq_count_column_in *in)
{
    uint64_t *sums[] = {&c->sum_w, &c->sum_a, &c->acc};
    uint64_t *sum = sums[in->phase];
    const int64_t product = (int64_t)c->u * in->g;
    *sum = ((in->start ? 0 : *sum) + (uint64_t)product) & ((UINT64_C(1) << p->acc_w) - 1);
    if (p->beta && in->phase == TEQ_COUNT_SUM)
        c->signs = wrap(p, (in->start ? 0 : c->signs) + c->u);
}

void teq_count_column_step(teq_count_column *c, const teq_count_params *p, const teq_count_column_in *in)
{
    if (in->mul)
        multiply(c, p, in);
    if (in->term >= 0)
        c->u = c->kept[in->term];
    if (in->acc_en)
        count_vector(c, p, in);
    if (in->keep)
        memcpy(c->kept, c->count, sizeof c->kept);
    if (p->is_double && in->swap)
        memcpy(c->w, c->w_next, sizeof c->w);
    if (in->load)
        memcpy(p->is_double ? c->w_next : c->w, in->w, p->rows);
}
