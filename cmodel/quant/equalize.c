/* SPDX-License-Identifier: Apache-2.0 */
#include "equalize.h"

#include "spread.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static bool allows(const plan *p, int tensor, bool *only_depthwise)
{
    const plan_tensor *t = &p->tensor[tensor];
    if (t->step < 0 || t->is_alias)
        return false;
    const plan_step *writer = &p->step[t->step];
    if (writer->g.op != TEQ_QOP_DOT || writer->g.res >= 0 || (writer->act == TEQ_ACT_CLIP && writer->lo < 0))
        return false;
    for (int i = 0; i < p->n_tensors; i++)
        if (i != tensor && p->tensor[i].tie == t->tie)
            return false;
    *only_depthwise = true;
    for (int i = 0; i < p->n_steps; i++) {
        const teq_qlayer *g = &p->step[i].g;
        if (g->res == tensor)
            return false;
        for (int k = 0; k < g->n_in; k++)
            if (g->in[k] == tensor) {
                if (g->op != TEQ_QOP_DOT)
                    return false;
                if (g->group != g->c)
                    *only_depthwise = false;
            }
    }
    return true;
}

/* The alpha of a channel's own best fit (4 bits, K = 4); 0 for a dead channel. *most: its largest magnitude. */
static double channel_alpha(const float *x, size_t n, size_t stride, size_t count, magnitude_spread *m, double *most)
{
    static const teq_format format = {4, 4, 0, false};
    teq_codebook book;
    double top = 0, alpha = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < count; j++)
            top = fmax(top, fabs((double)x[i * stride + j]));
    *most = top;
    if (!(top > 0) || !teq_codebook_init(&book, format, NULL))
        return 0;
    teq_spread_start(m, top);
    for (size_t i = 0; i < n; i++)
        teq_spread_add(m, x + i * stride, NULL, count);
    teq_spread_fit(m, &book, DBL_MAX, &alpha);
    return alpha;
}

static void scale_readers(plan *p, int tensor, int c, double scale)
{
    for (int i = 0; i < p->n_steps; i++) {
        plan_step *s = &p->step[i];
        if (s->g.op != TEQ_QOP_DOT || s->g.in[0] != tensor)
            continue;
        int cg = s->g.c / s->g.group, og = s->g.n_out / s->g.group, group = c / cg, taps = s->g.kh * s->g.kw;
        for (int o = group * og; o < (group + 1) * og; o++)
            for (int tap = 0; tap < taps; tap++)
                s->w[(size_t)o * s->g.k + (size_t)((c % cg) * taps + tap)] *= (float)scale;
    }
}

void teq_equalize(plan *p, plan_values *v, double strength)
{
    magnitude_spread *m = malloc(sizeof *m);
    for (int t = 0; m != NULL && t < p->n_tensors; t++) {
        bool only_depthwise;
        const plan_tensor *pt = &p->tensor[t];
        if (!allows(p, t, &only_depthwise))
            continue;
        size_t pixels = (size_t)(pt->h * pt->w);
        double *alpha = malloc(2 * (size_t)pt->c * sizeof *alpha), *most = alpha ? alpha + pt->c : NULL, mean = 0, largest = 0;
        int live = 0;
        for (int c = 0; alpha != NULL && c < pt->c; c++) {
            alpha[c] = channel_alpha(v->value[t] + (size_t)c * pixels, v->n, pt->size, pixels, m, &most[c]);
            largest = fmax(largest, alpha[c]);
            if (alpha[c] > 0) {
                mean += log(alpha[c]);
                live++;
            }
        }
        for (int c = 0; alpha != NULL && live > 0 && c < pt->c; c++) {
            if (!(alpha[c] > 0))
                continue;
            double scale = exp((log(alpha[c]) - mean / live) * (only_depthwise ? 1.0 : strength));
            scale = fmin(64.0, fmax(1 / 64.0, scale));
            plan_step *writer = &p->step[pt->step];
            if (writer->act == TEQ_ACT_CLIP) /* one limit for all channels: none that is seen may reach it for its scale */
                scale = fmax(fmax(alpha[c] / largest, most[c] / (double)writer->hi), 1 / 64.0);
            for (size_t i = 0; i < writer->g.k; i++)
                writer->w[(size_t)c * writer->g.k + i] /= (float)scale;
            writer->b[c] /= (float)scale;
            for (size_t i = 0; i < v->n; i++)
                for (size_t j = 0; j < pixels; j++)
                    v->value[t][i * pt->size + (size_t)c * pixels + j] /= (float)scale;
            scale_readers(p, t, c, scale);
        }
        free(alpha);
    }
    free(m);
}
