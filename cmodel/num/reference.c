/* SPDX-License-Identifier: Apache-2.0
 *
 * Real-valued products and dot products, straight from the definitions.
 */
#include "teq/reference.h"

#include <math.h>

/* Octaves below the top of exponent e. */
static double octaves(teq_format f, unsigned e) { return (double)(e << f.t) / f.k; }

double teq_ref_value(teq_format f, uint8_t code, double alpha)
{
    unsigned e = teq_code_e(f, code);
    if (e == teq_levels(f))
        return 0;
    double value = alpha * exp2(-octaves(f, e));
    return teq_code_s(f, code) ? -value : value;
}

double teq_ref_product(teq_format fw, uint8_t w, teq_format fa, uint8_t a)
{
    return teq_ref_value(fw, w, 1) * teq_ref_value(fa, a, 1);
}

double teq_ref_dot(teq_format fw, const uint8_t *w, teq_format fa, const uint8_t *a, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += teq_ref_product(fw, w[i], fa, a[i]);
    return sum;
}

double teq_ref_dnateq_dot(const teq_dnateq *fw, const uint8_t *w, const teq_dnateq *fa,
                          const uint8_t *a, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += teq_dnateq_decode(fw, w[i]) * teq_dnateq_decode(fa, a[i]);
    return sum;
}
