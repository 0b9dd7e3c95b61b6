/* SPDX-License-Identifier: Apache-2.0
 *
 * int_cell.h -- the constants that the cells of the INT baselines leave in the
 * accumulator for a stored weight, from the headers of teq_cell_booth.v and
 * teq_cell_bw.v.
 */
#ifndef TB_INT_CELL_H
#define TB_INT_CELL_H

#include <stdint.h>

/* Radix-4 Booth: 2^(B+1) - 1 at the place of each negative digit. */
static inline int64_t booth_bias(int w, unsigned bits) {
    int64_t bias = 0;
    for (unsigned i = 0; i < (bits + 1) / 2; i++) {
        const int low = i ? w >> (2 * i - 1) & 1 : 0, mid = w >> 2 * i & 1, high = w >> (2 * i + 1) & 1;
        if (low + mid - 2 * high < 0) bias += ((INT64_C(2) << bits) - 1) << 2 * i;
    }
    return bias;
}

/* Baugh-Wooley: 2^B - 1 at the place of the sign bit. */
static inline int64_t bw_bias(int w, unsigned bits) {
    return w < 0 ? ((INT64_C(1) << bits) - 1) << (bits - 1) : 0;
}

#endif
