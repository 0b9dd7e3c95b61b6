/* SPDX-License-Identifier: Apache-2.0
 *
 * reference.h -- products as docs/number_format.md, section 4, says them, in the
 * fewest lines and with nothing from the library: the benches' second reading.
 */
#ifndef TB_REFERENCE_H
#define TB_REFERENCE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* The row's value at residue r for the exponent E = qa * 2 K_RES + ra: the antilog
 * straight from the power of two, section 2, and section 4's rounding. */
static inline uint32_t reference_head(unsigned k_res, unsigned mb, unsigned e, unsigned r) {
    const unsigned qa = e / (2 * k_res), ra = e % (2 * k_res);
    const double octaves = (double)ra / (2 * k_res) + (double)r / k_res;
    if (qa >= 8) return 0;
    const uint32_t v = (uint32_t)floor(((2 << mb) - 1) * exp2(-octaves) + 0.5) >> qa;
    return v % 8 == 7 ? v / 2 : (v + 1) / 2;
}

/* What a cell adds for the stored weight {s, E} of n_max + 1 bits. */
static inline uint32_t reference_term(unsigned n_max, unsigned k_res, unsigned mb, unsigned pw, const uint32_t *x,
                                      unsigned w) {
    const unsigned zero = (1u << n_max) - 1, e = w & zero;
    const uint32_t wide = e == zero ? 0 : x[e % k_res] << (pw - mb);
    const uint32_t p = e / k_res < pw ? wide >> (e / k_res) : 0;
    return w >> n_max ? (1u << pw) - 1 - p : p;
}

#endif
