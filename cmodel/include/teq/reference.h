/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/reference.h -- products and dot products in real numbers (double).
 *
 * Stands apart from teq/fixed.h on purpose: neither includes the other, and tests bound
 * one by the other. In units of p (1 = teq_product_one(caps)), with g = 2^(PW - MB):
 *
 *     -5g/4  <=  real - p  <  g max(1, 2^(MB - 8))
 *
 * Up: half a unit by the head's rounding, a quarter by the antilog's, and the head's scale
 * is 2^MB - 1/2 where one is 2^MB - 1. Down: antilog and the right shifts, by qa, by one and
 * by q, drop less than g together; an activation of eight octaves or more is dropped whole,
 * which exceeds g only for MB > 8.
 */
#ifndef TEQ_REFERENCE_H
#define TEQ_REFERENCE_H

#include "teq/dnateq.h"
#include "teq/format.h"

/* (-1)^s alpha b^-e straight from the definition, 0 for the zero code. */
double teq_ref_value(teq_format f, uint8_t code, double alpha);

/* (-1)^(sw + sa) 2^-((e_w 2^t_w + e_a 2^t_a) / K), 0 if either is zero. */
double teq_ref_product(teq_format fw, uint8_t w, teq_format fa, uint8_t a);

/* Sum over count pairs of teq_ref_product. */
double teq_ref_dot(teq_format fw, const uint8_t *w, teq_format fa, const uint8_t *a, size_t count);

/* Sum over count pairs of teq_dnateq_decode(w) * teq_dnateq_decode(a). */
double teq_ref_dnateq_dot(const teq_dnateq *fw, const uint8_t *w, const teq_dnateq *fa,
                          const uint8_t *a, size_t count);

#endif
