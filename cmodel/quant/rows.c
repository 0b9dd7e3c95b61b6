/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include "kernel.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double cost(const weight_book *book, const int *level, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++)
        sum += book->cost[level[i]];
    return sum;
}

static double noise(const weight_book *book, const row_problem *r, const int *level)
{
    double sum = 0;
    for (size_t i = 0; i < r->k; i++)
        sum += book->noise[level[i]];
    return r->noise * sum;
}

static double price(const weight_book *book, const row_problem *r, const int *level)
{
    double sum = 0;
    for (size_t i = 0; r->price != NULL && i < r->k; i++)
        sum += teq_row_price(book, r, i, level[i]);
    return sum;
}

/* The nearest level to v, or one near it or zero if what that saves is worth its error; a unit of
 * squared error costs h. */
static int level_for(const weight_book *book, const row_problem *r, size_t i, double v, double h)
{
    enum { REACH = 2 };
    int q = teq_book_nearest(book, v), best = q;
    if (r->price == NULL)
        return q;
    double least = INFINITY;
    for (int j = q - REACH; j <= q + REACH + 1; j++) {
        int to = j > q + REACH ? book->zero : j;
        if (to < 0 || to >= book->count)
            continue;
        double d = v - book->value[to], all = h * d * d + teq_row_price(book, r, i, to);
        if (all < least) {
            least = all;
            best = to;
        }
    }
    return best;
}

static double importance(const row_problem *r, size_t i) { return r->diag ? r->diag[i] : 1.0; }

/* Nearest levels for one alpha; the alpha that is best for these levels; the error. */
static double assign(const weight_book *book, const row_problem *r, double *alpha, int *level)
{
    double vw = 0, vv = 0, ww = 0;
    for (size_t i = 0; i < r->k; i++) {
        level[i] = teq_book_nearest(book, r->w[i] / *alpha);
        double v = book->value[level[i]], d = importance(r, i);
        vw += d * v * r->w[i];
        vv += d * v * v;
        ww += d * r->w[i] * r->w[i];
    }
    if (vv > 0 && vw > 0) {
        *alpha = vw / vv;
        return ww - vw * vw / vv;
    }
    return ww;
}

double teq_row_nearest(const weight_book *book, const row_problem *r, int *level, double *error)
{
    double top = 0;
    for (size_t i = 0; i < r->k; i++)
        top = fmax(top, fabs(r->w[i]));
    if (!(top > 1e-30)) {
        for (size_t i = 0; i < r->k; i++)
            level[i] = teq_book_nearest(book, 0);
        if (error)
            *error = 0;
        return 1e-6;
    }
    double best = DBL_MAX, best_alpha = top / book->top;
    for (int j = -20; j <= 10; j++) {
        double alpha = top / book->top * exp2(-j / 8.0), e = 0;
        for (int pass = 0; pass < 3; pass++)
            e = assign(book, r, &alpha, level);
        if (e < best * (1 - 1e-12)) {
            best = e;
            best_alpha = alpha;
        }
    }
    double alpha = best_alpha;
    assign(book, r, &alpha, level);
    while (cost(book, level, r->k) > r->bound) {
        alpha = best_alpha *= 1.02;
        for (size_t i = 0; i < r->k; i++)
            level[i] = teq_book_nearest(book, r->w[i] / alpha);
    }
    if (error)
        *error = best;
    return alpha;
}

/* e'He, and g = He, for e = w - alpha v. */
TEQ_SIMD static double quadratic(const weight_book *book, const row_problem *r, double alpha, const int *level, double *g)
{
    double sum = 0;
    memset(g, 0, r->k * sizeof *g);
    for (size_t i = 0; i < r->k; i++) {
        double e = r->w[i] - alpha * book->value[level[i]];
        if (e == 0)
            continue;
        const double *h = r->h + i * r->k;
        for (size_t j = 0; j < r->k; j++)
            g[j] += e * h[j];
    }
    for (size_t i = 0; i < r->k; i++)
        sum += g[i] * (r->w[i] - alpha * book->value[level[i]]);
    return sum;
}

/* Successive rounding: e'He = |L'e|^2 with L' upper triangular, so the last weight is
 * rounded first and each error is made up for by the weights still to come. */
TEQ_SIMD static void feedback(const weight_book *book, const row_problem *r, double alpha, int *level, double *e)
{
    size_t k = r->k;
    double *carry = e + k; /* carry[i] = sum_{j > i} L[j][i] e[j] */
    memset(carry, 0, k * sizeof *carry);
    for (size_t i = k; i-- > 0;) {
        const double *li = r->l + i * k;
        double want = r->w[r->order[i]] + carry[i] / li[i];
        int q = level_for(book, r, r->order[i], want / alpha, alpha * alpha * li[i] * li[i]);
        level[r->order[i]] = q;
        double err = r->w[r->order[i]] - alpha * book->value[q];
        e[i] = err;
        for (size_t j = 0; j < i; j++)
            carry[j] += li[j] * err;
    }
}

/* The alpha that is best for the levels: v'Hw / v'Hv. */
TEQ_SIMD static double refit(const weight_book *book, const row_problem *r, double alpha, const int *level, const double *g)
{
    /* g = H(w - alpha v): v'Hw = v'g + alpha v'Hv needs v'Hv, from H(w) - g. */
    double vg = 0, vhv = 0;
    for (size_t i = 0; i < r->k; i++) {
        double v = book->value[level[i]];
        if (v == 0)
            continue;
        vg += v * g[i];
        const double *h = r->h + i * r->k;
        double s = 0;
        for (size_t j = 0; j < r->k; j++)
            s += h[j] * book->value[level[j]];
        vhv += v * s;
    }
    double n = noise(book, r, level);
    vg -= alpha * n;
    vhv += n;
    double better = vhv > 0 ? alpha + vg / vhv : alpha;
    return better > 0 ? better : alpha;
}

/* One pass of coordinate descent; number of codes changed. */
TEQ_SIMD static int descend(const weight_book *book, const row_problem *r, double alpha, int *level, double *g,
                   double *total)
{
    int changed = 0;
    for (size_t i = 0; i < r->k; i++) {
        const double *h = r->h + i * r->k;
        int q = level_for(book, r, i, book->value[level[i]] + g[i] / (h[i] * alpha), alpha * alpha * h[i]);
        if (q == level[i])
            continue;
        double new_total = *total - book->cost[level[i]] + book->cost[q];
        double step = alpha * (book->value[q] - book->value[level[i]]);
        /* change of the error: -2 step g_i + step^2 h_ii */
        double more = alpha * alpha * r->noise * (book->noise[q] - book->noise[level[i]]);
        more += teq_row_price(book, r, i, q) - teq_row_price(book, r, i, level[i]);
        if (new_total > r->bound || step * (step * h[i] - 2 * g[i]) + more >= -1e-15 * h[i] * alpha * alpha)
            continue;
        for (size_t j = 0; j < r->k; j++)
            g[j] -= step * h[j];
        level[i] = q;
        *total = new_total;
        changed++;
    }
    return changed;
}

double teq_row_compensated(const weight_book *book, const row_problem *r, int effort, int *level, double *error)
{
    size_t k = r->k;
    double start = teq_row_nearest(book, r, level, NULL);
    double *work = malloc(4 * k * sizeof *work);
    int *trial = malloc(k * sizeof *trial);
    if (work == NULL || trial == NULL) {
        free(work);
        free(trial);
        if (error)
            *error = DBL_MAX;
        return start;
    }
    double *g = work, *e = work + k; /* e uses 2k */
    double best = quadratic(book, r, start, level, g) + start * start * noise(book, r, level) + price(book, r, level);
    double best_alpha = start;
    static const double scale[2][11] = {{1, 0.93, 1.07}, {1, 0.96, 1.04, 0.91, 1.1, 0.84, 1.2, 0.75, 0.65, 0.55, 0.45}};
    static const double larger[2][11] = {{1, 1.2, 1.4}, {1, 0.96, 1.04, 0.91, 1.1, 0.84, 1.2, 1.3, 1.45, 1.65, 1.9}};
    const double *scales = r->price ? larger[effort > 0] : scale[effort > 0]; /* small products cost little */
    int n_scales = book->is_noisy || r->price ? 11 : 7; /* truncation favours a small alpha, saturating a few */
    for (int s = 0; s < n_scales && scales[s] > 0; s++) {
        double alpha = start * scales[s];
        feedback(book, r, alpha, trial, e);
        double total = cost(book, trial, k);
        if (total > r->bound)
            continue;
        double now = DBL_MAX;
        for (int pass = 0; pass < (effort > 0 ? 6 : 2); pass++) {
            int changed = descend(book, r, alpha, trial, g, &total);
            alpha = refit(book, r, alpha, trial, g);
            now = quadratic(book, r, alpha, trial, g) + alpha * alpha * noise(book, r, trial) + price(book, r, trial);
            if (changed == 0)
                break;
        }
        if (now < best) {
            best = now;
            best_alpha = alpha;
            memcpy(level, trial, k * sizeof *level);
        }
    }
    free(work);
    free(trial);
    if (error)
        *error = best;
    return best_alpha;
}
