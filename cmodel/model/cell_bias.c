/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stored weight leaves in the accumulator.
 */
#include "cell_booth.h"
#include "teq/model_tile.h"

static uint32_t booth_bias(unsigned b, unsigned w)
{
    uint32_t bias = 0;
    for (unsigned i = 0; i < (b + 1u) / 2u; i++)
        if (teq_booth_digit(b, w, i) < 0)
            bias += ((2u << b) - 1u) << 2 * i;
    return bias;
}

uint32_t teq_cell_bias(const teq_array_params *p, unsigned w)
{
    const unsigned b = teq_weight_bits(p);
    const bool negative = w >> p->n_max & 1u;
    switch (p->engine) {
    case TEQ_ARRAY_BOOTH: return booth_bias(b, w);
    case TEQ_ARRAY_BW: return negative ? ((1u << b) - 1u) << (b - 1u) : 0;
    case TEQ_ARRAY_COUNT: return 0;
    default: return negative ? (1u << p->pw) - 1u : 0;
    }
}
