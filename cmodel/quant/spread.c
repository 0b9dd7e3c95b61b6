/* SPDX-License-Identifier: Apache-2.0 */
#include "spread.h"

#include <float.h>
#include <math.h>
#include <string.h>

void teq_spread_start(magnitude_spread *m, double top)
{
    memset(m, 0, sizeof *m);
    m->top = top > 1e-30 ? top : 1e-30;
}

void teq_spread_add(magnitude_spread *m, const float *x, const float *weight, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double a = fabs((double)x[i]), w = weight ? (double)weight[i] : 1.0;
        if (a == 0)
            continue;
        m->energy += w * a * a;
        int bin = (int)floor(log2(m->top / a) * SPREAD_STEPS);
        bin = bin < 0 ? 0 : bin;
        if (bin >= SPREAD_BINS) {
            m->below += w * a * a;
            continue;
        }
        m->n[bin] += w;
        m->s[bin] += w * a;
        m->q[bin] += w * a * a;
    }
}

/* Error of the bins first..last-1 at one level. */
static double at_level(const magnitude_spread *m, int first, int last, double level)
{
    double e = 0;
    for (int i = first; i < last; i++)
        e += m->q[i] - 2 * level * m->s[i] + level * level * m->n[i];
    return e;
}

/* The first bin all of which lies below a threshold, roughly: its centre decides. */
static int bin_below(const magnitude_spread *m, double threshold)
{
    int bin = (int)ceil(log2(m->top / threshold) * SPREAD_STEPS - 0.5);
    return bin < 0 ? 0 : bin > SPREAD_BINS ? SPREAD_BINS : bin;
}

double teq_spread_error(const magnitude_spread *m, const teq_codebook *book, double alpha)
{
    double e = m->below;
    int first = 0;
    for (unsigned j = 0; j < book->m; j++) {
        int last = bin_below(m, book->threshold[j] * alpha);
        if (last > first) {
            e += at_level(m, first, last, book->level[j] * alpha);
            first = last;
        }
    }
    return e + at_level(m, first, SPREAD_BINS, 0);
}

double teq_spread_fit(const magnitude_spread *m, const teq_codebook *book, double max_alpha, double *alpha)
{
    double best = DBL_MAX;
    for (int i = -8; i <= 64; i++) {
        double a = m->top * exp2(-i / 16.0);
        if (a > max_alpha)
            continue;
        double e = teq_spread_error(m, book, a);
        if (e < best) {
            best = e;
            *alpha = a;
        }
    }
    return best;
}

double teq_spread_error_int(const magnitude_spread *m, int n, double alpha)
{
    double e = m->below, top_code = (double)((1 << n) - 1);
    for (int b = 0; b < SPREAD_BINS; b++) {
        if (m->n[b] == 0)
            continue;
        double code = floor(m->s[b] / m->n[b] / alpha + 0.5);
        e += at_level(m, b, b + 1, (code > top_code ? top_code : code) * alpha);
    }
    return e;
}

double teq_spread_fit_int(const magnitude_spread *m, int n, double max_top, double *alpha)
{
    double best = DBL_MAX, top_code = (double)((1 << n) - 1);
    for (int i = -4; i <= 64; i++) {
        double step = m->top / top_code * exp2(-i / 16.0);
        if (step * top_code > max_top)
            continue;
        double e = teq_spread_error_int(m, n, step);
        if (e < best) {
            best = e;
            *alpha = step;
        }
    }
    return best;
}
