/* SPDX-License-Identifier: Apache-2.0
 *
 * Levels of formats, as the quantizer handles them.
 */
#ifndef TEQ_QUANT_LEVELS_H
#define TEQ_QUANT_LEVELS_H

#include "teq/qnet.h"

/* A format of section 1 with the tensor's base; k = 0 if there is none. */
teq_format teq_tensor_format(const teq_qtensor *t);

/* Exponent of the nearest level that is not above a >= 0. */
unsigned teq_encode_down(const teq_codebook *book, double a);

/* Real value of every code byte of a tensor. */
void teq_tensor_values(const teq_qnet *net, const teq_qtensor *t, float value[256]);

/* The signed levels of a weight, ascending, in units of alpha, each with its codes. A
 * level's value is what the target's products make of it: see teq_book_make. */
typedef struct weight_book {
    int count;
    double *value;
    uint8_t (*code)[2];
    uint32_t *cost; /* largest product, for the accumulator bound */
    int zero;       /* the level of weight 0                      */
    double *noise;  /* mean square of what the line leaves of the products, in units of the
                       product of both alphas                     */
    bool is_noisy;
    double top;     /* largest value                              */
} weight_book;

/* The book of a layer with formats in place (n_w, K, t_w, t_a, terms; tensor formats).
 * share[byte] is how often each input code occurs: a level's value is the slope of the
 * least-squares line from the input's real value (in units of its alpha) to the product
 * (in units of teq_product_unit), so that truncation counts; NULL: the format's own. */
bool teq_book_make(const teq_qnet *net, const teq_qlayer *l, const double *share, weight_book *book);
void teq_book_free(weight_book *book);

/* Index of the nearest level. */
int teq_book_nearest(const weight_book *book, double v);

/* One weight of alpha times one activation of alpha, in units of the accumulator. */
double teq_product_unit(const teq_qnet *net);

#endif
