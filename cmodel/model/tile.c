/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_tile: row heads, broadcast, columns.
 */
#include "teq/model_tile.h"

bool teq_tile_init(teq_tile *t, const teq_array_params *p, teq_error *err)
{
    t->params = *p;
    if (!teq_terms_init(&t->terms, p, err))
        return false;
    for (unsigned row = 0; row < p->rows; row++)
        t->x[row] = t->terms.term;
    for (unsigned col = 0; col < p->cols; col++)
        teq_column_init(&t->column[col]);
    return true;
}

void teq_tile_free(teq_tile *t)
{
    teq_terms_free(&t->terms);
}

/* Where a column's sum goes on from: a chained one from the column COLS / 2 above, or zero. */
static void feedback(const teq_tile *t, const teq_tile_in *in, unsigned column, teq_column_in *c)
{
    const teq_array_params *p = &t->params;
    const unsigned above = column + p->cols / 2u;
    const bool chained = p->chain && in->chain;
    c->clr = in->clr || (chained && above >= p->cols);
    c->psum_sel = chained || (in->psum_sel && p->psum_depth > 1);
    c->psum = c->clr || !c->psum_sel ? 0 : chained ? t->column[above].acc : in->psum[column];
}

static teq_column_in column_in(const teq_tile *t, const teq_tile_in *in, unsigned column)
{
    const teq_array_params *p = &t->params;
    const bool load = in->load >> (column / p->load_cols) & 1u;
    teq_column_in c = {
        .load = load, .swap = in->swap, .sum_en = in->sum_en, .acc_en = in->acc_en,
        .w = load ? in->w + (size_t)(column % p->load_cols) * p->rows : NULL, .x = t->x,
    };
    feedback(t, in, column, &c);
    return c;
}

uint64_t teq_tile_sum(const teq_tile *t, const teq_tile_in *in, unsigned column)
{
    const teq_column_in c = column_in(t, in, column);
    return teq_column_out(&t->column[column], &t->params, &c);
}

void teq_tile_step(teq_tile *t, const teq_tile_in *in)
{
    const teq_array_params *p = &t->params;
    if (in->sum_en || in->acc_en || in->swap || in->load)
        for (unsigned col = 0; col < p->cols; col++) { /* upwards: a chain takes what was above before */
            const teq_column_in c = column_in(t, in, col);
            teq_column_step(&t->column[col], p, &c);
        }
    if (in->x_en)
        for (unsigned row = 0; row < p->rows; row++) {
            const unsigned x = teq_act_index(p, in->code[row], in->zero, in->shift);
            t->x[row] = t->terms.term + (size_t)x * t->terms.n_w;
        }
}
