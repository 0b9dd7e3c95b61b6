/* SPDX-License-Identifier: Apache-2.0
 *
 * SQNR of codebooks. With the magnitudes sorted and their sums and squares summed up, the
 * error of any codebook is a few look-ups for each level: values between two thresholds
 * go to one level v, with error sum x^2 - 2 v sum x + v^2 count.
 */
#include "fit_sqnr.h"

#include <math.h>
#include <stdlib.h>

#define MOST_LEVELS 256
#define SCALES 48 /* tried between the largest value and a twentieth of it */

typedef struct {
    const double *x; /* sorted                          */
    double *sum;     /* sum[i]: of the first i          */
    double *square;  /* squares of the first i          */
    size_t n;
} sorted;

/* How many values are below `limit`. */
static size_t below(const sorted *s, double limit, size_t from)
{
    size_t to = s->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (s->x[middle] < limit)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Squared error of rounding to the nearest of n levels, ascending from 0. */
static double error_of(const sorted *s, const double *level, int n)
{
    double error = 0;
    size_t from = 0;
    for (int i = 0; i < n && from < s->n; i++) {
        size_t to = i + 1 < n ? below(s, (level[i] + level[i + 1]) / 2, from) : s->n;
        double v = level[i];
        error += s->square[to] - s->square[from] - 2 * v * (s->sum[to] - s->sum[from]) +
                 v * v * (double)(to - from);
        from = to;
    }
    /* Differences of large sums: what is left of nothing may be a little below it. */
    return error > 0 ? error : 0;
}

/* Levels 0, s, 2s .. (steps) s, or 0 and a r^e: the largest level is top in both. */
static int linear_levels(double *level, double top, int steps)
{
    for (int i = 0; i <= steps; i++)
        level[i] = top * i / steps;
    return steps + 1;
}

static int exp_levels(double *level, double top, int steps, double octaves)
{
    level[0] = 0;
    for (int e = 0; e < steps; e++)
        level[steps - e] = top * exp2(-octaves * e);
    return steps + 1;
}

/* Smallest error over the scale; octaves between levels, or 0 for linear. The search is
 * coarse first, then twice finer around the best. */
static double best_scale(const sorted *s, int steps, double octaves)
{
    double level[MOST_LEVELS], best = HUGE_VAL, at = 0;
    const double largest = s->x[s->n - 1];
    double step = log(20.0) / SCALES;
    for (int pass = 0; pass < 3; pass++) {
        const double middle = at;
        const int from = pass == 0 ? 0 : -4, to = pass == 0 ? SCALES : 4;
        for (int i = from; i <= to; i++) {
            double where = middle + i * step;
            double top = largest * exp(-where);
            int n = octaves > 0 ? exp_levels(level, top, steps, octaves) : linear_levels(level, top, steps);
            double error = error_of(s, level, n);
            if (error < best) {
                best = error;
                at = where;
            }
        }
        step /= 4;
    }
    return best;
}

static double decibels(double signal, double noise)
{
    /* A codebook that hits every value: as good as double arithmetic can tell. */
    double floor_noise = signal * 1e-15;
    return 10 * log10(signal / (noise > floor_noise ? noise : floor_noise));
}

bool teq_fit_sqnr(const double *x, size_t n, teq_fit *fit)
{
    static const int ks[] = {1, 2, 3, 4, 6, 8, 12, 16};
    sorted s = {.x = x, .n = n};
    s.sum = malloc((n + 1) * sizeof *s.sum);
    s.square = malloc((n + 1) * sizeof *s.square);
    if (s.sum == NULL || s.square == NULL) {
        free(s.sum);
        free(s.square);
        return false;
    }
    s.sum[0] = s.square[0] = 0;
    for (size_t i = 0; i < n; i++) {
        s.sum[i + 1] = s.sum[i] + x[i];
        s.square[i + 1] = s.square[i] + x[i] * x[i];
    }
    for (int bits = TEQ_FIT_MIN_BITS; bits <= TEQ_FIT_MAX_BITS; bits++) {
        const int steps = (1 << (bits - fit->is_signed)) - 1;
        fit->sqnr_linear[bits] = decibels(s.square[n], best_scale(&s, steps, 0));
        double best = HUGE_VAL;
        for (size_t k = 0; k < sizeof ks / sizeof ks[0]; k++)
            for (int t = 0; t <= 2; t++) {
                /* Twice K with the next t is the same base. */
                if (t > 0 && ks[k] % 2 == 0)
                    continue;
                double error = best_scale(&s, steps, exp2(t) / ks[k]);
                if (error < best) {
                    best = error;
                    fit->exp_k[bits] = ks[k];
                    fit->exp_t[bits] = t;
                }
            }
        fit->sqnr_exp[bits] = decibels(s.square[n], best);
    }
    free(s.sum);
    free(s.square);
    return true;
}
