/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_weight_expand: a stored weight code to the word that a cell keeps.
 */
#include "teq/model_array.h"

bool teq_weight_format_legal(const teq_array_params *p, unsigned w_n, unsigned w_shift)
{
    return teq_array_is_int(p) || (w_n >= TEQ_N_MIN && w_n + w_shift <= p->n_max);
}

uint8_t teq_weight_expand(const teq_array_params *p, unsigned slot, unsigned w_n, unsigned w_shift)
{
    if (teq_array_is_int(p))
        return (uint8_t)slot;
    const unsigned all = (1u << p->n_max) - 1u, e = slot & all;
    if (!teq_weight_format_legal(p, w_n, w_shift) || e == (1u << w_n) - 1u)
        return teq_zero_weight(p);
    return (uint8_t)((slot & ~all) | (e << w_shift & all));
}
