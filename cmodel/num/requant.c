/* SPDX-License-Identifier: Apache-2.0
 *
 * Requantizer constants, thresholds and residual tables from real scales.
 */
#include "teq/requant.h"

#include <math.h>

bool teq_channel_fits(const teq_channel_sums *sums, unsigned acc_w, teq_error *err)
{
    uint64_t range = sums->p + sums->n;
    if (range >> acc_w == 0)
        return true;
    unsigned needed = acc_w;
    while (needed < 64 && range >> needed != 0)
        needed++;
    return teq_fail(err, TEQ_ERR_VALUE,
                    "accumulator: sums in -%llu..%llu need %u bits, expected at most %u",
                    (unsigned long long)sums->n, (unsigned long long)sums->p, needed, acc_w);
}

/* floor((N - P) / 2): the middle of -N..P goes to 0 (or to -1/2, where two's complement has it). */
static int64_t centre(const teq_channel_sums *sums)
{
    return teq_floor_shift((int64_t)sums->n - (int64_t)sums->p, 1);
}

/* M_o and C_o for one S_o; false if one of them does not fit. */
static bool try_shift(const teq_channel *ch, unsigned acc_w, int64_t offset, unsigned s,
                      teq_requant *out)
{
    double m = ldexp(ch->scale, (int)s);
    double c = ldexp(ch->scale * ch->truncation + ch->bias, (int)s);
    int64_t limit = (int64_t)1 << (acc_w + 17); /* C_o: -limit..limit - 1 */
    if (!(m < 65535.5) || !(fabs(c) < (double)limit))
        return false;
    out->m = (uint16_t)lround(m);
    out->c = llround(c) - (int64_t)out->m * offset;
    if (s > 0) {
        if (s > acc_w + 17)
            return false; /* the half alone is too wide */
        out->c += (int64_t)1 << (s - 1);
    }
    out->s = (uint8_t)s;
    return out->c >= -limit && out->c < limit;
}

bool teq_requant_params(const teq_channel *ch, unsigned acc_w, teq_requant *out, teq_error *err)
{
    if (acc_w < 8 || acc_w > 32)
        return teq_fail(err, TEQ_ERR_ARG, "requantizer: ACC_W: got %u, expected 8..32", acc_w);
    if (!(ch->scale > 0 && ch->scale < 65535.5))
        return teq_fail(err, TEQ_ERR_VALUE,
                        "requantizer: scale: got %g, expected a number in (0, 65535.5)", ch->scale);
    if (!isfinite(ch->bias) || !isfinite(ch->truncation))
        return teq_fail(err, TEQ_ERR_VALUE,
                        "requantizer: bias %g, truncation %g: expected finite numbers", ch->bias,
                        ch->truncation);
    if (!teq_channel_fits(&ch->sums, acc_w, err))
        return false;
    int64_t offset = centre(&ch->sums);
    out->b = teq_wrap(acc_w, (uint32_t)((uint64_t)offset - ch->sums.constant));
    for (unsigned s = 64; s-- > 0;)
        if (try_shift(ch, acc_w, offset, s, out))
            return true;
    return teq_fail(err, TEQ_ERR_VALUE,
                    "requantizer: bias %g is beyond %u bits: y_scale is too small", ch->bias,
                    acc_w + 18);
}

static bool check_scales(double alpha, double y_scale, teq_error *err)
{
    if (!(alpha > 0) || !isfinite(alpha) || !(y_scale > 0) || !isfinite(y_scale))
        return teq_fail(err, TEQ_ERR_VALUE, "alpha %g, y_scale %g: expected finite numbers > 0",
                        alpha, y_scale);
    return true;
}

bool teq_thresholds(const teq_codebook *next, double alpha, double y_scale, int16_t *th,
                    unsigned n_th, teq_error *err)
{
    if (!check_scales(alpha, y_scale, err))
        return false;
    if (n_th < next->m)
        return teq_fail(err, TEQ_ERR_ARG, "thresholds: n = %u needs %u words, got %u",
                        next->format.n, next->m, n_th);
    double first = ceil(next->threshold[0] * alpha / y_scale);
    if (!(first <= TEQ_Y_MAX))
        return teq_fail(err, TEQ_ERR_VALUE,
                        "thresholds: TH[0] = %g, expected at most %d: y_scale %g is too small for "
                        "alpha %g", first, TEQ_Y_MAX, y_scale, alpha);
    for (unsigned j = 0; j < n_th; j++)
        th[j] = j < next->m ? (int16_t)ceil(next->threshold[j] * alpha / y_scale)
                            : (int16_t)TEQ_TH_PAD;
    return true;
}

bool teq_residual_table(const teq_codebook *stored, double alpha, double y_scale, int16_t *table,
                        teq_error *err)
{
    if (!check_scales(alpha, y_scale, err))
        return false;
    double first = round(alpha / y_scale);
    if (!(first <= TEQ_Y_MAX))
        return teq_fail(err, TEQ_ERR_VALUE,
                        "residual: D[0] = %g, expected at most %d: y_scale %g is too small for "
                        "alpha %g", first, TEQ_Y_MAX, y_scale, alpha);
    for (unsigned e = 0; e < stored->m; e++)
        table[e] = (int16_t)lround(stored->level[e] * alpha / y_scale);
    return true;
}
