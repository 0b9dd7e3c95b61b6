/* SPDX-License-Identifier: Apache-2.0
 *
 * The lowered network in float32, for calibration.
 */
#include "parallel.h"
#include "plan.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

float teq_lowered_act(const plan_step *s, float z)
{
    if (s->act == TEQ_ACT_RELU)
        return z > 0.0f ? z : 0.0f;
    if (s->act == TEQ_ACT_CLIP)
        return z < s->lo ? s->lo : z > s->hi ? s->hi : z;
    return z;
}

void teq_lowered_im2col(const plan_step *s, int group, const float *in, float *col)
{
    const teq_qlayer *g = &s->g;
    int cg = g->c / g->group;
    for (int c = group * cg; c < (group + 1) * cg; c++)
        for (int ky = 0; ky < g->kh; ky++)
            for (int kx = 0; kx < g->kw; kx++)
                for (int oy = 0; oy < g->oh; oy++) {
                    int y = oy * g->sh - g->pt + ky * g->dh;
                    const float *row = in + ((size_t)c * (size_t)g->h + (size_t)(y < 0 ? 0 : y)) * (size_t)g->w;
                    bool inside = y >= 0 && y < g->h;
                    for (int ox = 0; ox < g->ow; ox++) {
                        int x = ox * g->sw - g->pl + kx * g->dw;
                        *col++ = inside && x >= 0 && x < g->w ? row[x] : 0.0f;
                    }
                }
}

size_t teq_lowered_col_size(const plan *p)
{
    size_t most = 1;
    for (int i = 0; i < p->n_steps; i++) {
        const teq_qlayer *g = &p->step[i].g;
        size_t size = g->op == TEQ_QOP_DOT ? g->k * (size_t)g->oh * (size_t)g->ow : 0;
        most = size > most ? size : most;
    }
    return most;
}

void teq_lowered_sums(const plan_step *s, const float *w, const float *b, const float *in, float *z, float *col)
{
    const teq_qlayer *g = &s->g;
    int og = g->n_out / g->group, pixels = g->oh * g->ow, k = (int)g->k;
    for (int group = 0; group < g->group; group++) {
        float *zg = z + (size_t)group * (size_t)og * (size_t)pixels;
        const float *wg = w + (size_t)group * (size_t)og * g->k;
        teq_lowered_im2col(s, group, in, col);
        for (int o = 0; o < og; o++)
            for (int j = 0; j < pixels; j++)
                zg[o * pixels + j] = b ? b[group * og + o] : 0.0f;
        if (og == 1)
            cblas_sgemv(CblasRowMajor, CblasTrans, k, pixels, 1.0f, col, pixels, wg, 1, 1.0f, zg, 1);
        else
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, og, pixels, k, 1.0f, wg, k, col, pixels, 1.0f, zg,
                        pixels);
    }
}

static void maxpool(const teq_qlayer *g, const float *in, float *out)
{
    for (int c = 0; c < g->c; c++)
        for (int oy = 0; oy < g->oh; oy++)
            for (int ox = 0; ox < g->ow; ox++) {
                float best = -INFINITY;
                for (int ky = 0; ky < g->kh; ky++)
                    for (int kx = 0; kx < g->kw; kx++) {
                        int y = oy * g->sh - g->pt + ky, x = ox * g->sw - g->pl + kx;
                        if (y >= 0 && x >= 0 && y < g->h && x < g->w)
                            best = fmaxf(best, in[(c * g->h + y) * g->w + x]);
                    }
                *out++ = best;
            }
}

static void pad(const teq_qlayer *g, const float *in, float *out)
{
    for (int i = 0; i < g->n_out * g->oh * g->ow; i++)
        out[i] = 0.0f;
    for (int c = 0; c < g->c; c++)
        for (int y = 0; y < g->h; y++)
            memcpy(out + (c * g->oh + y + g->pt) * g->ow + g->pl, in + (c * g->h + y) * g->w,
                   (size_t)g->w * sizeof *in);
}

void teq_lowered_step(const plan *p, int step, const float *w, const float *b, const float *const *in,
                      const float *res, float *out, float *col)
{
    const plan_step *s = &p->step[step];
    const teq_qlayer *g = &s->g;
    size_t outs = (size_t)g->n_out * (size_t)g->oh * (size_t)g->ow;
    if (g->op == TEQ_QOP_MAXPOOL) {
        maxpool(g, in[0], out);
    } else if (g->op == TEQ_QOP_PAD) {
        pad(g, in[0], out);
    } else if (g->op != TEQ_QOP_DOT) {
        for (int k = 0; k < g->n_in; k++) {
            size_t size = p->tensor[g->in[k]].size;
            memcpy(out, in[k], size * sizeof *out);
            out += size;
        }
    } else {
        teq_lowered_sums(s, w, b, in[0], out, col);
        for (size_t k = 0; k < outs; k++)
            out[k] = teq_lowered_act(s, res ? out[k] + res[k] : out[k]);
    }
}

typedef struct job {
    const plan *p;
    plan_values *v;
    float *col[TEQ_THREADS_MAX];
} job;

static void body(void *context, size_t sample, int worker)
{
    job *j = context;
    const plan *p = j->p;
    for (int i = 0; i < p->n_steps; i++) {
        const plan_step *s = &p->step[i];
        const teq_qlayer *g = &s->g;
        size_t outs = (size_t)g->n_out * (size_t)g->oh * (size_t)g->ow;
        const float *in[64];
        for (int k = 0; k < g->n_in; k++)
            in[k] = j->v->value[g->in[k]] + sample * p->tensor[g->in[k]].size;
        teq_lowered_step(p, i, s->w, s->b, in, g->res >= 0 ? j->v->value[g->res] + sample * outs : NULL,
                         (g->out >= 0 ? j->v->value[g->out] : j->v->logits) + sample * outs, j->col[worker]);
    }
}

void teq_lowered_values_free(const plan *p, plan_values *v)
{
    for (int i = 0; v->value != NULL && i < p->n_tensors; i++)
        free(v->value[i]);
    free(v->value);
    free(v->logits);
    *v = (plan_values){0};
}

bool teq_lowered_run(const plan *p, const float *x, size_t n, int threads, plan_values *out, teq_error *err)
{
    *out = (plan_values){.n = n};
    out->value = calloc((size_t)p->n_tensors, sizeof *out->value);
    out->logits = malloc(n * (size_t)p->n_classes * sizeof *out->logits);
    bool ok = out->value && out->logits;
    for (int i = 0; ok && i < p->n_tensors; i++)
        ok = (out->value[i] = malloc(n * p->tensor[i].size * sizeof(float))) != NULL;
    job j = {.p = p, .v = out};
    int workers = teq_threads(threads);
    for (int i = 0; ok && i < workers; i++)
        ok = (j.col[i] = malloc(teq_lowered_col_size(p) * sizeof(float))) != NULL;
    if (ok) {
        memcpy(out->value[p->input], x, n * p->tensor[p->input].size * sizeof *x);
        teq_parallel(n, workers, body, &j);
    }
    for (int i = 0; i < workers; i++)
        free(j.col[i]);
    if (ok)
        return true;
    teq_lowered_values_free(p, out);
    return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for the values of %zu samples", p->name, n);
}
