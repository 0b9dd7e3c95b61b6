/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_cell_booth: w = sum of digit_i 4^i, digit_i = -2..2; pp_i = |digit_i| a, one's
 * complement in b + 1 bits where the digit is negative.
 */
#include "cell_booth.h"
#include "teq/model_tile.h"

int teq_booth_digit(unsigned b, unsigned w, unsigned i)
{
    const unsigned extended = (w >> (b - 1u) & 1u ? w | ~0u << b : w) << 1 >> 2 * i;
    return (int)(extended & 1u) + (int)(extended >> 1 & 1u) - 2 * (int)(extended >> 2 & 1u);
}

void teq_cell_booth(unsigned b, unsigned a, unsigned w, uint32_t pp[TEQ_PP_MAX])
{
    for (unsigned i = 0; i < (b + 1u) / 2u; i++) {
        const int digit = teq_booth_digit(b, w, i);
        pp[i] = (uint32_t)(digit < 0 ? -digit : digit) * a;
        if (digit < 0)
            pp[i] ^= (2u << b) - 1u;
    }
}
