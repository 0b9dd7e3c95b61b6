/* SPDX-License-Identifier: Apache-2.0
 *
 * bits.h -- fields of a wide port. A port is an array of words, least
 * significant first; lane k of width w is the field at bit k * w.
 */
#ifndef TB_BITS_H
#define TB_BITS_H

#include <stdint.h>

/* The field of `width` <= 64 bits at bit `low`. */
static inline uint64_t bits_get(const uint32_t *words, unsigned low, unsigned width) {
    uint64_t value = 0;
    for (unsigned done = 0; done < width;) {
        const unsigned at = low + done, shift = at % 32;
        value |= (uint64_t)(words[at / 32] >> shift) << done;
        done += 32 - shift;
    }
    return width < 64 ? value & ((UINT64_C(1) << width) - 1) : value;
}

/* The same, as a two's-complement number. */
static inline int64_t bits_get_signed(const uint32_t *words, unsigned low, unsigned width) {
    const uint64_t value = bits_get(words, low, width);
    return (int64_t)(value << (64 - width)) >> (64 - width);
}

/* Replaces the field; bits of value above `width` are dropped. */
static inline void bits_put(uint32_t *words, unsigned low, unsigned width, uint64_t value) {
    for (unsigned done = 0; done < width;) {
        const unsigned at = low + done, shift = at % 32;
        const unsigned left = width - done, room = 32 - shift, n = left < room ? left : room;
        const uint32_t mask = (n < 32 ? (UINT32_C(1) << n) - 1 : UINT32_MAX) << shift;
        words[at / 32] = (words[at / 32] & ~mask) | ((uint32_t)(value >> done) << shift & mask);
        done += n;
    }
}

#endif
