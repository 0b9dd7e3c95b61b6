/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes into bit streams without gaps, and back.
 */
#include "teq/format.h"

void teq_pack(const uint8_t *codes, size_t count, unsigned width, uint8_t *bytes)
{
    unsigned held = 0, n_held = 0; /* bits that wait for a full byte */
    for (size_t i = 0; i < count; i++) {
        held |= (codes[i] & ((1u << width) - 1u)) << n_held;
        n_held += width;
        if (n_held >= 8) {
            *bytes++ = (uint8_t)held;
            held >>= 8;
            n_held -= 8;
        }
    }
    if (n_held > 0)
        *bytes = (uint8_t)held;
}

void teq_unpack(const uint8_t *bytes, size_t count, unsigned width, uint8_t *codes)
{
    unsigned held = 0, n_held = 0;
    for (size_t i = 0; i < count; i++) {
        if (n_held < width) {
            held |= (unsigned)*bytes++ << n_held;
            n_held += 8;
        }
        codes[i] = (uint8_t)(held & ((1u << width) - 1u));
        held >>= width;
        n_held -= width;
    }
}
