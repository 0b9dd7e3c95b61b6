/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_cell_select: every product of the row is there, p(0), p(1), ...; pick one.
 */
#include "teq/model_tile.h"

uint32_t teq_cell_select(const teq_array_params *p, const uint32_t *x, unsigned w)
{
    const unsigned n_e = (1u << p->n_max) - 1u;
    uint32_t product[16] = {0}; /* N_MAX <= 4; the last one belongs to the zero weight */
    for (unsigned e = 0; e < n_e; e++) {
        const unsigned q = e / p->k_res;
        product[e] = x[e % p->k_res] << (p->pw - p->mb) >> q;
    }
    const uint32_t m = product[w & n_e];
    return w >> p->n_max ? m ^ ((1u << p->pw) - 1u) : m;
}
