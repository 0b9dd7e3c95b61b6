/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_cell_bw: a row of partial products for each bit of w, the sign bit's inverted.
 */
#include "teq/model_tile.h"

void teq_cell_bw(unsigned b, unsigned a, unsigned w, uint32_t pp[TEQ_PP_MAX])
{
    for (unsigned i = 0; i + 1u < b; i++)
        pp[i] = w >> i & 1u ? a : 0u;
    pp[b - 1u] = w >> (b - 1u) & 1u ? (1u << b) - 1u - a : 0u;
}
