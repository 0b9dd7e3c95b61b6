/* SPDX-License-Identifier: Apache-2.0
 *
 * The last step of rounding: weight codes moved one at a time while the sums that the
 * array really gives come nearer to the float sums.
 */
#ifndef TEQ_QUANT_POLISH_H
#define TEQ_QUANT_POLISH_H

#include "build.h"
#include "levels.h"
#include "rows.h"

/* A layer's input codes and float targets on a sample of its pixels. */
typedef struct polish_rows {
    size_t n;        /* rows: pixels                                              */
    size_t total;    /* pixels of all samples, which they stand for               */
    size_t columns;  /* group * k                                                 */
    uint8_t *code;   /* columns * n                                               */
    float *z;        /* n_out * n: float sum less the decoded residual            */
    float *res;      /* n_out * n: decoded residual; NULL: none                   */
} polish_rows;

/* At most so many rows; z as in teq_state_moments. False: no memory. */
bool teq_polish_rows(const quant_state *s, int step, const float *z, size_t most, polish_rows *rows);
void teq_polish_free(polish_rows *rows);

/* Improve the codes `level` (indices of the book) and alpha of output channel o:
 *
 *     min sum over rows of weight (z - (slope T + offset))^2 + ridge sum (w - alpha v)^2
 *
 * T the sum of products as the target computes them, slope = alpha alpha_in / unit, the
 * offset free. A row where Relu hides target and sum alike weighs less. w: the float
 * weights. of: its bound and prices. Returns alpha. */
double teq_polish_row(const quant_state *s, int step, const polish_rows *rows, const weight_book *book, size_t o,
                      double ridge, const row_problem *of, int passes, double alpha, int *level);

#endif
