/* SPDX-License-Identifier: Apache-2.0
 *
 * Rounding one output channel's weights to levels: the scale alpha and the codes.
 *
 * All of these make (w - alpha v)' H (w - alpha v) small, where v are levels and H says
 * what an error does to the output: the identity, a diagonal, or the second moments of
 * the quantized input (second-order rounding; Frantar et al., arXiv 2210.17323).
 */
#ifndef TEQ_QUANT_ROWS_H
#define TEQ_QUANT_ROWS_H

#include "levels.h"

typedef struct row_problem {
    size_t k;
    const double *w;        /* k weights wanted                                      */
    const double *diag;     /* k importances >= 0, NULL: all 1                       */
    const double *h;        /* k * k, symmetric, positive definite; NULL: diag only  */
    const double *l;        /* its Cholesky factor, lower, rows in the order `order` */
    const size_t *order;    /* k: position in l -> weight                            */
    double noise;           /* what the book's noise counts, for alpha = 1: pixels times alpha_in^2 */
    double bound;           /* largest allowed sum of costs                          */
    const double *price;    /* [input channel][level]: what moves, weight i in channel i / taps; NULL: no price */
    size_t taps;
    double worth;           /* of a unit of price, added to the error                */
} row_problem;

/* What weight i at a level adds to the error. */
static inline double teq_row_price(const weight_book *book, const row_problem *r, size_t i, int level)
{
    return r->price ? r->worth * r->price[i / r->taps * (size_t)book->count + (size_t)level] : 0;
}

/* Nearest levels under the best alpha (a search over scales, each refined by
 * alternating least squares): level[i] indexes the book. Returns alpha > 0. */
double teq_row_nearest(const weight_book *book, const row_problem *r, int *level, double *error);

/* Second-order: successive rounding with feedback through the Cholesky factor for a few
 * scales about teq_row_nearest's, then coordinate descent on codes and alpha. */
double teq_row_compensated(const weight_book *book, const row_problem *r, int effort, int *level, double *error);

#endif
