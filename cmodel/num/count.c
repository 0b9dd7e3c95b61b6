/* SPDX-License-Identifier: Apache-2.0
 *
 * The dot product of DNA-TEQ by counting (docs/number_format.md, sections 7 and 8).
 */
#include "teq/dnateq.h"

#include <math.h>

void teq_count(unsigned n, const uint8_t *w, const uint8_t *a, size_t count, teq_counts *counts)
{
    unsigned zero = (1u << n) - 1u;
    for (size_t i = 0; i < count; i++) {
        unsigned e_w = w[i] & zero, e_a = a[i] & zero;
        if (e_w == zero || e_a == zero)
            continue;
        int32_t s = ((w[i] ^ a[i]) >> n) & 1 ? -1 : 1;
        counts->h[e_w + e_a] += s;
        counts->w[e_w] += s;
        counts->a[e_a] += s;
        counts->s += s;
    }
}

bool teq_count_table(unsigned n, double base, uint16_t g[TEQ_DNATEQ_BINS], teq_error *err)
{
    teq_dnateq f = {.n = (uint8_t)n, .base = base, .alpha = 1, .beta = 0};
    if (n > TEQ_DNATEQ_N_MAX)
        return teq_fail(err, TEQ_ERR_ARG, "dna-teq: n: got %u, expected 3..7", n);
    if (!teq_dnateq_check(&f, err))
        return false;
    for (int e = 0; e <= 4 * teq_dnateq_r(n); e++)
        g[e] = (uint16_t)lround(65535 * pow(base, -e));
    return true;
}

static int64_t weighted_sum(const int32_t *counts, const uint16_t *g, int size)
{
    int64_t sum = 0;
    for (int e = 0; e < size; e++)
        sum += (int64_t)counts[e] * g[e];
    return sum;
}

void teq_count_sums(unsigned n, const teq_counts *counts, const uint16_t g[TEQ_DNATEQ_BINS],
                    int64_t acc[4])
{
    int r = teq_dnateq_r(n);
    acc[0] = weighted_sum(counts->h, g, 4 * r + 1);
    acc[1] = weighted_sum(counts->w, g, 2 * r + 1);
    acc[2] = weighted_sum(counts->a, g, 2 * r + 1);
    acc[3] = counts->s;
}

double teq_dnateq_combine(const teq_dnateq *weight, const teq_dnateq *act, const int64_t acc[4])
{
    double top = pow(weight->base, teq_dnateq_r(weight->n)); /* b^R: exponents count down from it */
    double sums = act->alpha * weight->alpha * top * top * (double)acc[0] +
                  weight->alpha * act->beta * top * (double)acc[1] +
                  act->alpha * weight->beta * top * (double)acc[2];
    return sums / 65535 + act->beta * weight->beta * (double)acc[3];
}
