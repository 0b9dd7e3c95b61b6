/* SPDX-License-Identifier: Apache-2.0 */
#include "importance.h"

#include "parallel.h"
#include "random.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t top_class(const float *y, size_t classes)
{
    size_t a = 0;
    for (size_t b = 1; b < classes; b++)
        if (y[b] > y[a])
            a = b;
    return a;
}

output_metric teq_metric_make(const float *logits, size_t n, size_t classes, bool classify)
{
    output_metric m = {.n = n, .classes = classes, .classify = classify && classes > 1, .logits = logits};
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const float *y = logits + i * classes;
        size_t a = top_class(y, classes);
        for (size_t b = 0; b < classes; b++)
            sum += m.classify ? (double)(y[a] - y[b]) : (double)y[b] * (double)y[b];
    }
    m.soft = m.classify ? 0.25 * sum / (double)n / (double)(classes - 1) : sum / (double)n;
    m.soft = m.soft > 1e-12 ? m.soft : 1e-12;
    return m;
}

static double class_weight(const output_metric *m, const float *y, size_t a, size_t b)
{
    double margin = (double)(y[a] - y[b]) + m->soft;
    return 1.0 / (margin * margin * (double)(m->classes - 1));
}

double teq_metric_sample(const output_metric *m, size_t sample, const float *logits)
{
    const float *y = m->logits + sample * m->classes;
    double sum = 0;
    size_t a = top_class(y, m->classes);
    for (size_t b = 0; b < m->classes; b++) {
        double d = (double)(logits[b] - y[b]);
        if (m->classify) {
            d -= (double)(logits[a] - y[a]);
            sum += b == a ? 0 : d * d * class_weight(m, y, a, b);
        } else {
            sum += d * d / m->soft;
        }
    }
    return sum;
}

double teq_metric_weight(const output_metric *m, size_t logit)
{
    double sum = 0;
    for (size_t i = 0; i < m->n; i++) {
        const float *y = m->logits + i * m->classes;
        size_t a = top_class(y, m->classes);
        for (size_t b = 0; m->classify && b < m->classes; b++)
            if (b != a && (b == logit || a == logit))
                sum += class_weight(m, y, a, b);
    }
    return m->classify ? sum / (double)m->n : 1 / m->soft;
}

double teq_metric_mean(const output_metric *m, const float *logits)
{
    double sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += teq_metric_sample(m, i, logits + i * m->classes);
    return sum / (double)m->n;
}

/* --- back-propagation ---------------------------------------------------------------- */

typedef struct back_job {
    const plan *p;
    const plan_values *v;
    const output_metric *m;
    int probes;
    float **importance;
    float **grad[TEQ_THREADS_MAX]; /* one sample's gradients of all tensors */
    float *dz[TEQ_THREADS_MAX], *col[TEQ_THREADS_MAX];
} back_job;

/* One random combination of the metric's terms: E[seed seed'] = its Hessian / 2. */
static void seed_gradient(const output_metric *m, size_t sample, uint64_t *random, float *dz)
{
    const float *y = m->logits + sample * m->classes;
    size_t a = top_class(y, m->classes);
    memset(dz, 0, m->classes * sizeof *dz);
    for (size_t b = 0; b < m->classes; b++) {
        float sign = teq_random_next(random) & 1 ? 1.0f : -1.0f;
        if (!m->classify) {
            dz[b] = sign * (float)sqrt(1.0 / m->soft);
        } else if (b != a) {
            float g = sign * (float)sqrt(class_weight(m, y, a, b));
            dz[b] += g;
            dz[a] -= g;
        }
    }
}

static void col2im_add(const plan_step *s, int group, const float *col, float *in)
{
    const teq_qlayer *g = &s->g;
    int cg = g->c / g->group;
    for (int c = group * cg; c < (group + 1) * cg; c++)
        for (int ky = 0; ky < g->kh; ky++)
            for (int kx = 0; kx < g->kw; kx++)
                for (int oy = 0; oy < g->oh; oy++, col += g->ow) {
                    int y = oy * g->sh - g->pt + ky * g->dh;
                    if (y < 0 || y >= g->h)
                        continue;
                    float *row = in + (c * g->h + y) * g->w;
                    for (int ox = 0; ox < g->ow; ox++) {
                        int x = ox * g->sw - g->pl + kx * g->dw;
                        if (x >= 0 && x < g->w)
                            row[x] += col[ox];
                    }
                }
}

static void back_dot(const plan_step *s, const float *dz, float *dx, float *col)
{
    const teq_qlayer *g = &s->g;
    int og = g->n_out / g->group, pixels = g->oh * g->ow, k = (int)g->k;
    for (int group = 0; group < g->group; group++) {
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, pixels, og, 1.0f,
                    s->w + (size_t)group * (size_t)og * g->k, k, dz + (size_t)group * (size_t)og * (size_t)pixels,
                    pixels, 0.0f, col, pixels);
        col2im_add(s, group, col, dx);
    }
}

static void back_maxpool(const teq_qlayer *g, const float *in, const float *dy, float *dx)
{
    for (int c = 0; c < g->c; c++)
        for (int oy = 0; oy < g->oh; oy++)
            for (int ox = 0; ox < g->ow; ox++, dy++) {
                int best = -1;
                for (int ky = 0; ky < g->kh; ky++)
                    for (int kx = 0; kx < g->kw; kx++) {
                        int y = oy * g->sh - g->pt + ky, x = ox * g->sw - g->pl + kx;
                        if (y < 0 || x < 0 || y >= g->h || x >= g->w)
                            continue;
                        int at = (c * g->h + y) * g->w + x;
                        if (best < 0 || in[at] > in[best])
                            best = at;
                    }
                if (best >= 0)
                    dx[best] += *dy;
            }
}

static void back_step(const back_job *j, int step, size_t sample, int worker)
{
    const plan *p = j->p;
    const plan_step *s = &p->step[step];
    const teq_qlayer *g = &s->g;
    float **grad = j->grad[worker], *dz = j->dz[worker];
    size_t outs = (size_t)g->n_out * (size_t)g->oh * (size_t)g->ow;
    if (g->out >= 0) {
        const float *y = j->v->value[g->out] + sample * outs, *dy = grad[g->out];
        for (size_t i = 0; i < outs; i++) {
            bool pass = s->act == TEQ_ACT_NONE || (s->act == TEQ_ACT_RELU && y[i] > 0) ||
                        (s->act == TEQ_ACT_CLIP && y[i] > s->lo && y[i] < s->hi);
            dz[i] = pass ? dy[i] : 0.0f;
        }
    }
    if (g->op == TEQ_QOP_DOT) {
        back_dot(s, dz, grad[g->in[0]], j->col[worker]);
        for (size_t i = 0; g->res >= 0 && i < outs; i++)
            grad[g->res][i] += dz[i];
    } else if (g->op == TEQ_QOP_MAXPOOL) {
        back_maxpool(g, j->v->value[g->in[0]] + sample * p->tensor[g->in[0]].size, dz, grad[g->in[0]]);
    } else if (g->op == TEQ_QOP_PAD) {
        for (int c = 0; c < g->c; c++)
            for (int y = 0; y < g->h; y++)
                for (int x = 0; x < g->w; x++)
                    grad[g->in[0]][(c * g->h + y) * g->w + x] +=
                        dz[(c * g->oh + y + g->pt) * g->ow + x + g->pl];
    } else {
        for (int k = 0; k < g->n_in; k++)
            for (size_t i = 0; i < p->tensor[g->in[k]].size; i++)
                grad[g->in[k]][i] += *dz++;
    }
}

static void back_sample(void *context, size_t sample, int worker)
{
    back_job *j = context;
    const plan *p = j->p;
    uint64_t random = 0x7e90000u + sample * 0x10001u;
    for (int probe = 0; probe < j->probes; probe++) {
        for (int t = 0; t < p->n_tensors; t++)
            memset(j->grad[worker][t], 0, p->tensor[t].size * sizeof(float));
        seed_gradient(j->m, sample, &random, j->dz[worker]);
        for (int i = p->n_steps; i-- > 0;)
            back_step(j, i, sample, worker);
        for (int t = 0; t < p->n_tensors; t++) {
            float *out = j->importance[t] + sample * p->tensor[t].size;
            for (size_t i = 0; i < p->tensor[t].size; i++)
                out[i] += j->grad[worker][t][i] * j->grad[worker][t][i] / (float)j->probes;
        }
    }
}

void teq_importance_free(const plan *p, float **importance)
{
    for (int t = 0; importance != NULL && t < p->n_tensors; t++)
        free(importance[t]);
    free(importance);
}

float **teq_importance(const plan *p, const plan_values *v, const output_metric *m, int probes, int threads)
{
    back_job j = {.p = p, .v = v, .m = m, .probes = probes};
    int workers = teq_threads(threads);
    size_t most = m->classes;
    j.importance = calloc((size_t)p->n_tensors, sizeof *j.importance);
    bool ok = j.importance != NULL;
    for (int t = 0; ok && t < p->n_tensors; t++) {
        ok = (j.importance[t] = calloc(v->n * p->tensor[t].size, sizeof(float))) != NULL;
        most = p->tensor[t].size > most ? p->tensor[t].size : most;
    }
    for (int w = 0; ok && w < workers; w++) {
        j.grad[w] = calloc((size_t)p->n_tensors, sizeof *j.grad[w]);
        j.dz[w] = malloc(most * sizeof(float));
        j.col[w] = malloc(teq_lowered_col_size(p) * sizeof(float));
        ok = j.grad[w] && j.dz[w] && j.col[w];
        for (int t = 0; ok && t < p->n_tensors; t++)
            ok = (j.grad[w][t] = malloc(p->tensor[t].size * sizeof(float))) != NULL;
    }
    if (ok)
        teq_parallel(v->n, workers, back_sample, &j);
    for (int w = 0; w < workers; w++) {
        for (int t = 0; j.grad[w] != NULL && t < p->n_tensors; t++)
            free(j.grad[w][t]);
        free(j.grad[w]);
        free(j.dz[w]);
        free(j.col[w]);
    }
    if (ok)
        return j.importance;
    teq_importance_free(p, j.importance);
    return NULL;
}
