/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_cell_shift: pick a residue, shift, apply the sign.
 */
#include "teq/fixed.h"
#include "teq/model_tile.h"

uint32_t teq_cell_shift(const teq_array_params *p, const uint32_t *x, unsigned w)
{
    const teq_engine_caps caps = teq_array_caps(p);
    const unsigned zero = teq_weight_word_zero(&caps), e = w & zero;
    const uint32_t product = e == zero ? 0 : teq_cell(&caps, x[e % p->k_res], e / p->k_res);
    return teq_term(&caps, w >> p->n_max, product);
}
