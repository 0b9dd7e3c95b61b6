/* SPDX-License-Identifier: Apache-2.0
 *
 * What stored weights do to an accumulator: bounds, constants, products, truncation.
 */
#include "teq/requant.h"

#include <math.h>

bool teq_add_channel_sums(const teq_engine_caps *caps, teq_format weight, const uint8_t *codes,
                          size_t count, teq_channel_sums *sums, teq_error *err)
{
    unsigned shift;
    if (!teq_weight_shift(caps, weight, &shift, err))
        return false;
    uint32_t largest[TEQ_LEVELS_MAX + 1] = {0}; /* with the activation at its top code, E_a = 0 */
    for (unsigned e = 0; e < teq_levels(weight); e++)
        largest[e] = teq_product(caps, e << shift, 0);
    for (size_t i = 0; i < count; i++) {
        unsigned e = teq_code_e(weight, codes[i]);
        if (e == teq_levels(weight))
            continue;
        sums->weights++;
        if (teq_code_s(weight, codes[i])) {
            sums->n += largest[e];
            sums->constant += (1u << caps->pw) - 1u;
        } else {
            sums->p += largest[e];
        }
    }
    return true;
}

void teq_add_int_channel_sums(const int8_t *weights, size_t count, unsigned a_max,
                              const uint32_t cell_bias[256], teq_channel_sums *sums)
{
    for (size_t i = 0; i < count; i++) {
        int w = weights[i];
        if (w > 0)
            sums->p += (uint64_t)w * a_max;
        if (w < 0)
            sums->n += (uint64_t)-w * a_max;
        sums->weights += w != 0;
        sums->constant += cell_bias != NULL ? cell_bias[w + 128] : 0;
    }
}

bool teq_product_table(const teq_engine_caps *caps, teq_format weight, teq_format act,
                       uint16_t *table, teq_error *err)
{
    unsigned w_shift, a_shift;
    if (!teq_layer_shifts(caps, weight, act, &w_shift, &a_shift, err))
        return false;
    for (unsigned w = 0; w <= teq_levels(weight); w++)
        for (unsigned a = 0; a <= teq_levels(act); a++)
            table[(w << act.n) + a] = (uint16_t)teq_product(
                caps, teq_weight_word(caps, weight, w_shift, (uint8_t)w),
                teq_act_word(caps, act, a_shift, (uint8_t)a));
    return true;
}

bool teq_truncation_means(const teq_engine_caps *caps, teq_format weight, teq_format act,
                          const double *share, double *mean, teq_error *err)
{
    unsigned w_shift, a_shift;
    if (!teq_layer_shifts(caps, weight, act, &w_shift, &a_shift, err))
        return false;
    double total = 0;
    for (unsigned a = 0; a <= teq_levels(act); a++) {
        if (!(share[a] >= 0) || !isfinite(share[a]))
            return teq_fail(err, TEQ_ERR_VALUE, "truncation: share[%u] = %g, expected >= 0", a,
                            share[a]);
        total += share[a];
    }
    double octaves_a = ldexp(1.0 / (2 * caps->k_res), (int)a_shift); /* of one step of e_a */
    double octaves_w = ldexp(1.0 / caps->k_res, (int)w_shift);
    for (unsigned w = 0; w <= teq_levels(weight); w++) {
        mean[w] = 0;
        if (w == teq_levels(weight) || !(total > 0))
            continue;
        for (unsigned a = 0; a < teq_levels(act); a++) {
            double real = teq_product_one(caps) * exp2(-(w * octaves_w + a * octaves_a));
            unsigned e_a = teq_act_word(caps, act, a_shift, (uint8_t)a);
            mean[w] += share[a] / total * (real - teq_product(caps, w << w_shift, e_a));
        }
    }
    return true;
}
