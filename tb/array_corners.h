/* SPDX-License-Identifier: Apache-2.0
 *
 * array_corners.h -- what a run of test_array must have seen. Each corner is looked for
 * in the state of the model, not in what the stimulus meant to do.
 */
#ifndef TB_ARRAY_CORNERS_H
#define TB_ARRAY_CORNERS_H

#include "array_stim.h"
#include "bench.h"
#include "teq/model_array.h"

typedef enum array_corner {
    C_ZERO_VECTOR,
    C_ZERO_TILE,
    C_SAT_HIGH,
    C_SAT_LOW,
    C_SAT_RESIDUAL,
    C_LONGEST_POSITIVE,
    C_LONGEST_NEGATIVE,
    C_SINGLE_VECTOR,
    C_SINGLE_VECTORS,
    C_PSUM_SAME,
    C_PSUM_OTHER,
    C_RESIDUAL,
    C_SIGNED,
    C_ZERO_CODE,
    C_TOP_CODE,
    C_BANK_0,
    C_BANK_1,
    C_BOTH_BANKS,
    C_WRITE_UNDER_WAY,
    C_WRITE_ALL,
    C_TABLES,
    C_TABLES_UNDER_WAY,
    C_BAD_FORMAT,
    C_TLAST_EARLY,
    C_TLAST_MISSING,
    C_OVERFLOW,
    C_RESET_BUSY,
    C_OUTPUT_STALLS,
    C_RESIDUAL_STALLS,
    C_WEIGHTS_WAIT,
    C_ACTIVATIONS_WAIT,
    C_NO_BUBBLE,
    C_CHAIN,
    C_CHAIN_WAITS,
    C_CHAIN_AGAIN,
    C_CHAIN_AFTER_SUM,
    C_SUM_AFTER_CHAIN,
    C_CHAIN_NOT_FINAL,
    N_CORNERS
} array_corner;

typedef struct array_corners {
    const teq_array_params *params;
    uint64_t hits[N_CORNERS];
    uint64_t rows[TEQ_ROWS_MAX + 1]; /* active tiles with so many rows that are not zero */
    uint64_t w_format[8][8], a_bits[8], a_shift[8];
    bool last_single;                /* the vector before was a tile of its own */
    uint8_t weight_before;           /* of row 0, column 0, in the vector added last */
    uint8_t weight_moved;            /* and in the one that left stage 1 last */
    bool tile_starts;                /* the next vector is the first of its tile */
    bool moved, last_chained, waited; /* a vector moved since the last reset; it was chained; that in stage 1 stood */
} array_corners;

void array_corners_init(array_corners *c, const teq_array_params *p);

/* Before the edge: state, inputs and outputs that stand. */
void array_corners_look(array_corners *c, const teq_array *a, const teq_array_in *in, const teq_array_out *out,
                        const array_stim *s);

/* One line; fails the bench for each corner that can be and was not. A run that was cut
 * short (--cycles) is not asked; a four-state simulator is slow and only counts. */
void array_corners_report(const array_corners *c, bench *b);

#endif
