/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_column: cells with their weight registers, adder tree, accumulator.
 */
#include "teq/model_tile.h"

#include <string.h>

void teq_column_init(teq_column *c)
{
    memset(c, 0, sizeof *c);
}

static uint64_t products(const teq_column *c, const teq_array_params *p, const teq_column_in *in)
{
    uint64_t sum = 0;
    for (unsigned row = 0; row < p->rows; row++)
        sum += in->x[row][c->w[row]];
    return sum;
}

uint64_t teq_column_out(const teq_column *c, const teq_array_params *p, const teq_column_in *in)
{
    const uint64_t sum = in->clr ? 0 : in->psum_sel ? in->psum : c->acc;
    return (sum + (p->pipe ? c->products : products(c, p, in))) & ((UINT64_C(1) << p->acc_w) - 1u);
}

void teq_column_step(teq_column *c, const teq_array_params *p, const teq_column_in *in)
{
    if (in->acc_en)
        c->acc = teq_column_out(c, p, in);
    if (p->pipe && in->sum_en)
        c->products = products(c, p, in);
    if (p->is_double && in->swap)
        memcpy(c->w, c->w_next, p->rows);
    if (in->load)
        memcpy(p->is_double ? c->w_next : c->w, in->w, p->rows);
}
