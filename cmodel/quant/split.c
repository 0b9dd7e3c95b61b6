/* SPDX-License-Identifier: Apache-2.0 */
#include "split.h"

#include "formats.h"
#include "levels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* All readers are layers with weights, and what doubles is small. */
static bool is_worth_it(const plan *p)
{
    size_t codes = 0, more = p->tensor[p->input].size;
    for (int i = 0; i < p->n_tensors; i++) {
        codes += p->tensor[i].is_alias ? 0 : p->tensor[i].size;
        if (i != p->input && p->tensor[i].tie == p->tensor[p->input].tie)
            return false;
    }
    for (int i = 0; i < p->n_steps; i++) {
        const plan_step *s = &p->step[i];
        size_t count = (size_t)s->g.n_out * s->g.k;
        codes += s->has_weights ? count : 0;
        if (s->g.res == p->input)
            return false;
        if (s->g.in[0] != p->input)
            continue;
        if (!s->has_weights)
            return false;
        more += count;
    }
    return more * 25 <= codes && more - p->tensor[p->input].size <= codes / 100;
}

/* Squared error of the two-term code, and the parts if wanted; x: planes of so many pixels. */
static double take_apart(size_t pixels, size_t channels, const teq_codebook *book, double alpha, double split,
                         const float *x, float *parts)
{
    double error = 0;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) {
            double v = (double)x[c * pixels + i] / alpha, a = fabs(v);
            double v1 = book->level[teq_encode_down(book, a)], rest = (a - v1) / split;
            double e = (rest - book->level[teq_encode_magnitude(book, rest)]) * split * alpha;
            error += e * e;
            if (parts == NULL)
                continue;
            parts[2 * c * pixels + i] = (float)(v < 0 ? -v1 * alpha : v1 * alpha);
            parts[(2 * c + 1) * pixels + i] = (float)(v < 0 ? -rest * alpha : rest * alpha);
        }
    return error;
}

static double best_single(const teq_target *target, const magnitude_spread *m)
{
    double best = DBL_MAX, alpha;
    int K, t_w, t_a;
    for (int i = 0; teq_steps48[i] != 0; i++) {
        teq_codebook book;
        int n = target->caps.na_max;
        if (!teq_layer_base(target, 3, 24, n, teq_steps48[i], &K, &t_w, &t_a) &&
            !teq_layer_base(target, 4, 12, n, teq_steps48[i], &K, &t_w, &t_a))
            continue;
        if (teq_step_codebook(n, teq_steps48[i], &book))
            best = fmin(best, teq_spread_fit(m, &book, DBL_MAX, &alpha));
    }
    return best;
}

/* Weights for both parts, the second's scaled. */
static bool widen(plan_step *s, double split)
{
    size_t taps = (size_t)(s->g.kh * s->g.kw), channels = s->g.k / taps;
    float *w = malloc((size_t)s->g.n_out * s->g.k * 2 * sizeof *w);
    if (w == NULL)
        return false;
    for (size_t o = 0; o < (size_t)s->g.n_out; o++)
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < taps; i++) {
                float v = s->w[o * s->g.k + c * taps + i];
                float *to = w + o * s->g.k * 2 + 2 * c * taps + i;
                to[0] = v;
                to[taps] = v * (float)split;
            }
    free(s->w);
    s->w = w;
    s->g.k *= 2;
    s->g.c *= 2;
    return true;
}

bool teq_split_input(plan *p, const teq_target *target, const float *x, size_t n, float **parts, teq_error *err)
{
    const int n_bits = 4, step48 = 12;
    plan_tensor *t = &p->tensor[p->input];
    teq_codebook book;
    magnitude_spread *m = malloc(sizeof *m);
    double top = 0;
    *parts = NULL;
    if (m == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to look at the input", p->name);
    for (size_t i = 0; i < n * t->size; i++)
        top = fmax(top, fabs((double)x[i]));
    teq_spread_start(m, top);
    teq_spread_add(m, x, NULL, n * t->size);
    double single = best_single(target, m);
    free(m);
    if (!is_worth_it(p) || !(top > 0) || !teq_step_codebook(n_bits, step48, &book))
        return true;
    size_t pixels = (size_t)(t->h * t->w), channels = n * (size_t)t->c;
    double split = exp2(step48 / 48.0) - 1; /* what is left is less than this part of the level below */
    if (take_apart(pixels, channels, &book, top, split, x, NULL) > 0.5 * single)
        return true;
    *parts = malloc(n * t->size * 2 * sizeof **parts);
    bool ok = *parts != NULL;
    if (ok)
        take_apart(pixels, channels, &book, top, split, x, *parts);
    for (int i = 0; ok && i < p->n_steps; i++)
        if (p->step[i].g.in[0] == p->input)
            ok = widen(&p->step[i], split);
    if (!ok)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to take the input apart", p->name);
    t->c *= 2;
    t->size *= 2;
    p->input_terms = 2;
    p->input_split = split;
    p->input_alpha = top;
    p->input_n = n_bits;
    p->input_step48 = step48;
    return true;
}

void teq_split_parts(const plan *p, const float *x, float *parts)
{
    const plan_tensor *t = &p->tensor[p->input];
    teq_codebook book;
    if (teq_step_codebook(p->input_n, p->input_step48, &book))
        take_apart((size_t)(t->h * t->w), (size_t)t->c / 2, &book, p->input_alpha, p->input_split, x, parts);
}
