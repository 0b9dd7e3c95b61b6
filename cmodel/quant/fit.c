/* SPDX-License-Identifier: Apache-2.0
 *
 * Distributions. The magnitudes are sorted once; everything is read from that.
 */
#include "teq/fit.h"

#include "fit_sqnr.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *teq_dist_name(teq_dist dist)
{
    static const char *const names[] = {"normal", "exponential", "pareto", "uniform"};
    return (unsigned)dist < TEQ_N_DISTS ? names[dist] : "unknown";
}

typedef struct {
    double s, m, l, a, top;
} parameters;

static parameters most_likely(const double *x, size_t n)
{
    parameters p = {.l = x[0], .top = x[n - 1]};
    double sum = 0, squares = 0, logs = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
        logs += log(x[i] / p.l);
    }
    p.m = sum / (double)n;
    p.s = sqrt(squares / (double)n);
    p.a = logs > 0 ? (double)n / logs : HUGE_VAL;
    return p;
}

static double distribution(teq_dist dist, const parameters *p, double x)
{
    switch (dist) {
    case TEQ_DIST_NORMAL:
        return erf(x / (p->s * sqrt(2.0)));
    case TEQ_DIST_EXPONENTIAL:
        return 1 - exp(-x / p->m);
    case TEQ_DIST_PARETO:
        /* All values equal: everything is at l. */
        return x < p->l ? 0 : isinf(p->a) ? 1 : 1 - pow(p->l / x, p->a);
    case TEQ_DIST_UNIFORM:
    default:
        return x / p->top;
    }
}

static void residuals(const double *x, size_t n, double rss[TEQ_N_DISTS])
{
    const parameters p = most_likely(x, n);
    size_t count[TEQ_FIT_BINS] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t bin = (size_t)(x[i] / p.top * TEQ_FIT_BINS);
        count[bin < TEQ_FIT_BINS ? bin : TEQ_FIT_BINS - 1]++;
    }
    for (int d = 0; d < TEQ_N_DISTS; d++) {
        double all = distribution((teq_dist)d, &p, p.top), below = 0;
        rss[d] = 0;
        for (int b = 0; b < TEQ_FIT_BINS; b++) {
            double up_to = b + 1 == TEQ_FIT_BINS
                               ? 1
                               : distribution((teq_dist)d, &p, p.top * (b + 1) / TEQ_FIT_BINS) / all;
            double difference = (double)count[b] / (double)n - (up_to - below);
            rss[d] += difference * difference;
            below = up_to;
        }
    }
}

static int ascending(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

bool teq_fit_tensor(const float *x, size_t n, teq_fit *fit, teq_error *err)
{
    *fit = (teq_fit){.count = n};
    if (n == 0 || n > SIZE_MAX / sizeof(double) / 4)
        return teq_fail(err, TEQ_ERR_ARG, "a tensor of %zu values has no distribution", n);
    double *magnitude = malloc(n * sizeof *magnitude);
    if (magnitude == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "no memory to sort %zu values", n);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            free(magnitude);
            return teq_fail(err, TEQ_ERR_VALUE, "value %zu is %g, expected finite", i, (double)x[i]);
        }
        fit->is_signed = fit->is_signed || x[i] < 0;
        if (x[i] != 0)
            magnitude[used++] = fabs((double)x[i]);
    }
    fit->zeros = n - used;
    if (used == 0) {
        free(magnitude);
        return teq_fail(err, TEQ_ERR_VALUE, "all %zu values are zero", n);
    }
    qsort(magnitude, used, sizeof *magnitude, ascending);
    fit->absmax = magnitude[used - 1];

    /* Sums in sorted order, so that the order of the values makes no difference: the mean
     * is that of positive less that of negative magnitudes. */
    double squares = 0, total = 0;
    for (size_t i = 0; i < used; i++) {
        squares += magnitude[i] * magnitude[i];
        total += magnitude[i];
    }
    if (fit->is_signed) {
        double *negative = malloc(used * sizeof *negative);
        size_t k = 0;
        double sum = 0;
        if (negative == NULL) {
            free(magnitude);
            return teq_fail(err, TEQ_ERR_MEMORY, "no memory to sort %zu values", n);
        }
        for (size_t i = 0; i < n; i++)
            if (x[i] < 0)
                negative[k++] = -(double)x[i];
        qsort(negative, k, sizeof *negative, ascending);
        for (size_t i = 0; i < k; i++)
            sum += negative[i];
        total -= 2 * sum;
        free(negative);
    }
    fit->mean = total / (double)n;
    double variance = squares / (double)n - fit->mean * fit->mean;
    fit->stddev = variance > 0 ? sqrt(variance) : 0;

    residuals(magnitude, used, fit->rss);
    for (int d = 1; d < TEQ_N_DISTS; d++)
        if (fit->rss[d] < fit->rss[fit->best])
            fit->best = (teq_dist)d;
    bool ok = teq_fit_sqnr(magnitude, used, fit);
    free(magnitude);
    return ok || teq_fail(err, TEQ_ERR_MEMORY, "no memory for %zu sums", n);
}
