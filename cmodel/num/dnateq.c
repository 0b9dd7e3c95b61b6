/* SPDX-License-Identifier: Apache-2.0
 *
 * General DNA-TEQ codes: x ~ s (alpha b^i + beta), rounded in the log domain.
 */
#include "teq/dnateq.h"

#include <math.h>

bool teq_dnateq_check(const teq_dnateq *f, teq_error *err)
{
    if (f->n < TEQ_DNATEQ_N_MIN || f->n > TEQ_DNATEQ_N_MAX)
        return teq_fail(err, TEQ_ERR_ARG, "dna-teq: n: got %u, expected 3..7", f->n);
    if (!(f->base > 1) || !isfinite(f->base))
        return teq_fail(err, TEQ_ERR_VALUE, "dna-teq: base: got %g, expected a finite number > 1",
                        f->base);
    if (!(f->alpha > 0) || !isfinite(f->alpha))
        return teq_fail(err, TEQ_ERR_VALUE, "dna-teq: alpha: got %g, expected a finite number > 0",
                        f->alpha);
    if (!isfinite(f->beta))
        return teq_fail(err, TEQ_ERR_VALUE, "dna-teq: beta: got %g, expected a finite number",
                        f->beta);
    return true;
}

static double level(const teq_dnateq *f, int i) { return f->alpha * pow(f->base, i) + f->beta; }

bool teq_dnateq_encode(const teq_dnateq *f, double x, uint8_t *code, teq_error *err)
{
    if (!isfinite(x))
        return teq_fail(err, TEQ_ERR_VALUE, "dna-teq: value: got %g, expected a finite number", x);
    int r = teq_dnateq_r(f->n);
    double a = fabs(x);
    if (!(a > 0) || a < level(f, -r) / 2) {
        *code = (uint8_t)(2 * r + 1);
        return true;
    }
    double rounded = -r;
    if (a > f->beta)
        rounded = floor(log((a - f->beta) / f->alpha) / log(f->base) + 0.5);
    int i = rounded < -r ? -r : rounded > r ? r : (int)rounded;
    *code = (uint8_t)((x < 0 ? 1 << f->n : 0) + r - i);
    return true;
}

double teq_dnateq_decode(const teq_dnateq *f, uint8_t code)
{
    int i = teq_dnateq_i(f->n, code);
    if (i < -teq_dnateq_r(f->n))
        return 0;
    return (code >> f->n) & 1 ? -level(f, i) : level(f, i);
}

bool teq_dnateq_encode_array(const teq_dnateq *f, const float *x, size_t count, uint8_t *codes,
                             teq_error *err)
{
    if (!teq_dnateq_check(f, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!teq_dnateq_encode(f, (double)x[i], &codes[i], err))
            return teq_fail_prefix(err, "element %zu", i);
    return true;
}

void teq_dnateq_decode_array(const teq_dnateq *f, const uint8_t *codes, size_t count, float *x)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)teq_dnateq_decode(f, codes[i]);
}
