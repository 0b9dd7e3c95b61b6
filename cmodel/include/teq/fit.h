/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/fit.h -- how a tensor is distributed, and what bits buy on it.
 *
 * Distribution (arXiv 2306.16430, section 3): the magnitudes of the non-zero values are
 * put into TEQ_FIT_BINS equal bins from 0 to the largest, and the share of each bin is
 * compared with the share that a distribution gives it (difference of its distribution
 * function at the bin's edges, F(x) below, rescaled so that 0..largest holds all of it):
 *
 *     RSS = sum over bins (share counted - share expected)^2
 *
 * with parameters of greatest likelihood for the magnitudes x_1..x_n:
 *
 *     normal       zero mean: F = erf(x / (s sqrt 2)),    s^2 = mean x^2
 *     exponential  F = 1 - exp(-x / m),                   m = mean x
 *     Pareto       F = 1 - (l / x)^a for x >= l,          l = min x, 1/a = mean ln(x / l)
 *     uniform      F = x / (largest x)
 *
 * Zeros are left out: they have a code of their own.
 *
 * Signal to quantization noise, in dB: 10 log10(sum x^2 / sum (q(x) - x)^2), for the best
 * scale (and base) found by search, one for the whole tensor. `bits` are stored bits: a
 * tensor with negative values spends one of them on the sign. n = bits - sign:
 *
 *     linear       q = s i, i = 0..2^n - 1 (unsigned) or |i| <= 2^n - 1 (signed)
 *     exponential  |q| = a r^e, e = 0..2^n - 2, or 0; r = 2^(-2^t / K) with K and t of
 *                  docs/number_format.md; rounded to the nearest level
 */
#ifndef TEQ_FIT_H
#define TEQ_FIT_H

#include "teq/error.h"

#include <stddef.h>

#define TEQ_FIT_BINS 100
#define TEQ_FIT_MIN_BITS 2
#define TEQ_FIT_MAX_BITS 8

typedef enum teq_dist { TEQ_DIST_NORMAL, TEQ_DIST_EXPONENTIAL, TEQ_DIST_PARETO, TEQ_DIST_UNIFORM } teq_dist;
#define TEQ_N_DISTS 4

typedef struct teq_fit {
    size_t count, zeros; /* values, exact zeros among them            */
    bool is_signed;      /* there are negative values                 */
    double mean, stddev; /* of the values, zeros included             */
    double absmax;
    double rss[TEQ_N_DISTS];
    teq_dist best;       /* the smallest RSS                          */
    /* By bits; entries below TEQ_FIT_MIN_BITS are unused. */
    double sqnr_linear[TEQ_FIT_MAX_BITS + 1];
    double sqnr_exp[TEQ_FIT_MAX_BITS + 1];
    int exp_k[TEQ_FIT_MAX_BITS + 1], exp_t[TEQ_FIT_MAX_BITS + 1]; /* its base, 2^(2^t/K) */
} teq_fit;

/* Fit n >= 1 finite values, not all zero. The result does not depend on their order. */
bool teq_fit_tensor(const float *x, size_t n, teq_fit *fit, teq_error *err);

/* "normal", "exponential", "pareto", "uniform". */
const char *teq_dist_name(teq_dist dist);

#endif
