/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/dnateq.h -- general DNA-TEQ (arXiv 2306.16430): any base, alpha, beta.
 *
 *     x ~ s (alpha b^i + beta),  i = -R..R,  R = 2^(n-1) - 1        (number format, section 8)
 *
 * A code byte is {s, e} as in teq/format.h, with e = R - i; e = m = 2^n - 1 is zero.
 * The dot product is counted (section 7): integers from the codes to the sums; only
 * teq_dnateq_combine turns these into a real number.
 */
#ifndef TEQ_DNATEQ_H
#define TEQ_DNATEQ_H

#include "teq/error.h"

#include <stddef.h>
#include <stdint.h>

#define TEQ_DNATEQ_N_MIN 3
#define TEQ_DNATEQ_N_MAX 7
#define TEQ_DNATEQ_BINS 253 /* 4R + 1 at n = 7 */

typedef struct teq_dnateq {
    uint8_t n;    /* 3..7                                        */
    double base;  /* b > 1, shared by the two tensors of a layer */
    double alpha; /* > 0                                         */
    double beta;  /* any finite number                           */
} teq_dnateq;

bool teq_dnateq_check(const teq_dnateq *f, teq_error *err);

/* R, and the paper's exponent i = R - e of a code. The zero code gives -2^(n-1), as there. */
static inline int teq_dnateq_r(unsigned n) { return (1 << (n - 1u)) - 1; }
static inline int teq_dnateq_i(unsigned n, uint8_t code)
{
    return teq_dnateq_r(n) - (int)(code & ((1u << n) - 1u));
}

/* i = round(log_b((|x| - beta) / alpha)), half up, clipped to -R..R; -R where |x| <= beta.
 * Zero for x = 0 and for |x| < (alpha b^-R + beta) / 2. x must be finite. */
bool teq_dnateq_encode(const teq_dnateq *f, double x, uint8_t *code, teq_error *err);
double teq_dnateq_decode(const teq_dnateq *f, uint8_t code);

bool teq_dnateq_encode_array(const teq_dnateq *f, const float *x, size_t count, uint8_t *codes,
                             teq_error *err);
void teq_dnateq_decode_array(const teq_dnateq *f, const uint8_t *codes, size_t count, float *x);

/* Signed counts of a dot product; pairs with a zero are not counted. */
typedef struct teq_counts {
    int32_t h[TEQ_DNATEQ_BINS]; /* of the exponent sums E = e_w + e_a, 0..4R */
    int32_t w[127];             /* of the weights' exponents e_w             */
    int32_t a[127];             /* of the activations' exponents e_a         */
    int32_t s;                  /* of the signs                              */
} teq_counts;

/* Count pairs of codes of n bits each into *counts, which the caller sets to 0 first. */
void teq_count(unsigned n, const uint8_t *w, const uint8_t *a, size_t count, teq_counts *counts);

/* G[E] = round((2^16 - 1) b^-E), E = 0..4R. */
bool teq_count_table(unsigned n, double base, uint16_t g[TEQ_DNATEQ_BINS], teq_error *err);

/* The four sums of section 8, by the integer table: acc[0] over h, acc[1] over w, acc[2]
 * over a, each sum_E count[E] G[E]; acc[3] is the sign count. */
void teq_count_sums(unsigned n, const teq_counts *counts, const uint16_t g[TEQ_DNATEQ_BINS],
                    int64_t acc[4]);

/* The dot product from the four sums; both formats have the same n and base:
 *
 *     (aA aW b^2R acc0 + aW bA b^R acc1 + aA bW b^R acc2) / (2^16 - 1) + bA bW acc3
 */
double teq_dnateq_combine(const teq_dnateq *weight, const teq_dnateq *act, const int64_t acc[4]);

#endif
