/* SPDX-License-Identifier: Apache-2.0 */
#include "report_fit.h"

#include "collect.h"
#include "teq/fit.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 50, WIDTH = 250, HEIGHT = 110, BOTTOM = 16, TOP = 16 };

/* Probability of |x| below v under a distribution fitted to magnitudes (teq/fit.h). */
static double below(teq_dist d, double v, double mean, double square, double least, double log_mean, double most)
{
    switch (d) {
    case TEQ_DIST_NORMAL: return erf(v / sqrt(2 * square));
    case TEQ_DIST_EXPONENTIAL: return 1 - exp(-v / mean);
    case TEQ_DIST_PARETO: return v <= least || !(log_mean > 0) ? 0 : 1 - pow(least / v, 1 / log_mean);
    default: return v < most ? v / most : 1;
    }
}

static int height(double share, double largest) { return (int)lround((HEIGHT - TOP - BOTTOM) * fmin(1, share / largest)); }

/* Magnitudes as bars, the exponential and the best fit as lines. */
static void draw(FILE *f, const char *title, const float *x, size_t n, const teq_fit *fit)
{
    double count[BINS] = {0}, mean = 0, square = 0, least = INFINITY, log_mean = 0, most = fit->absmax, largest = 0;
    size_t live = 0;
    for (size_t i = 0; i < n; i++) {
        double a = fabs((double)x[i]);
        if (a == 0)
            continue;
        int bin = (int)(a / most * BINS);
        count[bin < BINS ? bin : BINS - 1] += 1;
        mean += a, square += a * a, log_mean += log(a);
        least = fmin(least, a);
        live++;
    }
    mean /= (double)live, square /= (double)live;
    log_mean = log_mean / (double)live - log(least);
    for (int i = 0; i < BINS; i++)
        largest = fmax(largest, count[i] / (double)live);
    fprintf(f, "<svg width='%d' height='%d' font-family='sans-serif' font-size='11'><text x='2' y='11'>%.34s: %s</text>", WIDTH,
            HEIGHT, title, teq_dist_name(fit->best));
    for (int i = 0; i < BINS; i++) {
        int h = height(count[i] / (double)live, largest);
        fprintf(f, "<rect x='%d' y='%d' width='%d' height='%d' fill='#bbccdd'/>", i * WIDTH / BINS, HEIGHT - BOTTOM - h,
                WIDTH / BINS - 1, h);
    }
    const teq_dist shown[2] = {TEQ_DIST_EXPONENTIAL, fit->best};
    for (int k = 0; k < (fit->best == TEQ_DIST_EXPONENTIAL ? 1 : 2); k++) {
        fprintf(f, "<polyline fill='none' stroke='%s' points='", k == 0 ? "#dd181f" : "#222222");
        for (int i = 0; i < BINS; i++) {
            double share = below(shown[k], (i + 1) * most / BINS, mean, square, least, log_mean, most) -
                           below(shown[k], i * most / BINS, mean, square, least, log_mean, most);
            fprintf(f, "%d,%d ", i * WIDTH / BINS + WIDTH / BINS / 2, HEIGHT - BOTTOM - height(share, largest));
        }
        fprintf(f, "'/>");
    }
    fprintf(f, "<text x='0' y='%d'>0</text><text x='%d' y='%d' text-anchor='end'>%.3g</text></svg>\n", HEIGHT - 3, WIDTH,
            HEIGHT - 3, most);
}

static bool add(FILE *f, const char *title, const float *x, size_t n, teq_error *err)
{
    teq_fit fit;
    bool live = false;
    for (size_t i = 0; i < n && !live; i++)
        live = x[i] != 0;
    if (!live)
        return true;
    if (!teq_fit_tensor(x, n, &fit, err))
        return false;
    draw(f, title, x, n, &fit);
    return true;
}

bool report_fits(FILE *f, const teq_graph *g, const float *x, size_t n, int threads, teq_error *err)
{
    collection c = {.n = n};
    bool ok = cli_collect(g, x, threads, NULL, &c, err);
    fprintf(f, "<p>Magnitudes without zeros, <span style='color:#dd181f'>the exponential fit</span>, and the best of normal, "
               "exponential, Pareto and uniform by residual sum of squares (named; black where it is another).</p>\n");
    for (int i = 0; ok && i < g->n_nodes; i++) {
        const teq_node *node = &g->node[i];
        char title[80];
        if (!teq_node_is_layer(node))
            continue;
        snprintf(title, sizeof title, "%.20s weights", node->name);
        ok = add(f, title, node->weight, (size_t)node->n_out * node->k, err);
        snprintf(title, sizeof title, "%.20s inputs", node->name);
        int t = node->in[0];
        ok = ok && add(f, title, c.values[t], c.n * c.each[t], err);
        fprintf(f, "<br>\n");
    }
    cli_collect_free(g, &c);
    return ok;
}
