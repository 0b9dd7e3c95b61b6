/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cell adds, for every activation and every stored weight: the models of row
 * head, cell and column sum, asked once each.
 */
#include "teq/model_tile.h"

#include <stdlib.h>

static uint32_t int_term(const teq_array_params *p, unsigned a, unsigned w)
{
    const unsigned b = teq_weight_bits(p);
    uint32_t pp[TEQ_PP_MAX];
    if (p->engine == TEQ_ARRAY_BOOTH) {
        teq_cell_booth(b, a, w, pp);
        return (uint32_t)teq_column_sum(pp, (b + 1u) / 2u, (b + 1u) / 2u, 2, 0, 32);
    }
    teq_cell_bw(b, a, w, pp);
    return (uint32_t)teq_column_sum(pp, b, b, 1, 0, 32);
}

static uint32_t exp_term(const teq_array_params *p, unsigned e_a, unsigned w)
{
    teq_row_head head;
    teq_row_head_init(&head, p);
    teq_row_head_step(&head, true, e_a, ~0u, 0);
    return p->engine == TEQ_ARRAY_SHIFT ? teq_cell_shift(p, head.x, w) : teq_cell_select(p, head.x, w);
}

bool teq_terms_init(teq_terms *t, const teq_array_params *p, teq_error *err)
{
    const bool is_int = teq_array_is_int(p);
    t->n_x = is_int ? 1u << p->na_max : 16u * p->k_res + 1u;
    t->n_w = 1u << teq_weight_bits(p);
    t->term = malloc((size_t)t->n_x * t->n_w * sizeof *t->term);
    if (!t->term)
        return teq_fail(err, TEQ_ERR_MEMORY, "terms of the cells: out of memory");
    for (unsigned x = 0; x < t->n_x; x++)
        for (unsigned w = 0; w < t->n_w; w++)
            t->term[x * t->n_w + w] = is_int ? int_term(p, x, w) : exp_term(p, x, w);
    return true;
}

void teq_terms_free(teq_terms *t)
{
    free(t->term);
    t->term = NULL;
}
