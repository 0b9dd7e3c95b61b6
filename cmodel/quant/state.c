/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include "parallel.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

static char *copy_string(const char *s)
{
    size_t size = strlen(s) + 1;
    char *c = malloc(size);
    if (c != NULL)
        memcpy(c, s, size);
    return c;
}

teq_qnet *teq_skeleton(const plan *p, const teq_target *target, bool channels_last, teq_error *err)
{
    teq_qnet *net = calloc(1, sizeof *net);
    bool ok = net != NULL;
    if (ok) {
        const char *slash = strrchr(p->name, '/'); /* of a path the file: the same bytes wherever it lies */
        net->name = copy_string(slash ? slash + 1 : p->name);
        net->target = *target;
        net->n_tensors = p->n_tensors;
        net->n_steps = p->n_steps;
        net->input = p->input;
        net->input_channels_last = channels_last;
        net->n_classes = p->n_classes;
        net->input_terms = p->input_terms;
        net->input_split = p->input_split;
        net->tensor = calloc((size_t)p->n_tensors, sizeof *net->tensor);
        net->step = calloc((size_t)p->n_steps, sizeof *net->step);
        ok = net->name && net->tensor && net->step;
    }
    for (int i = 0; ok && i < p->n_tensors; i++) {
        const plan_tensor *t = &p->tensor[i];
        net->tensor[i] = (teq_qtensor){.name = copy_string(t->name), .c = t->c, .h = t->h, .w = t->w, .size = t->size,
                                       .is_signed = t->is_signed, .step = t->step, .is_alias = t->is_alias,
                                       .alpha = 1.0};
        ok = net->tensor[i].name != NULL;
    }
    for (int i = 0; ok && i < p->n_steps; i++) {
        teq_qlayer *l = &net->step[i];
        *l = p->step[i].g;
        l->relu_last = p->step[i].g.relu_last;
        l->name = copy_string(p->step[i].g.name);
        l->in = malloc((size_t)l->n_in * sizeof *l->in);
        ok = l->name && l->in;
        if (ok)
            memcpy(l->in, p->step[i].g.in, (size_t)l->n_in * sizeof *l->in);
        if (ok && l->op == TEQ_QOP_DOT) {
            l->code = calloc((size_t)l->n_out * l->k * 2, 1);
            l->alpha = calloc((size_t)l->n_out, sizeof *l->alpha);
            l->q = calloc((size_t)l->n_out, sizeof *l->q);
            ok = l->code && l->alpha && l->q;
        }
    }
    if (ok)
        return net;
    teq_qnet_free(net);
    teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for the quantized network", p->name);
    return NULL;
}

bool teq_state_init(quant_state *s, const plan *p, const plan_values *v, const teq_target *target, int threads,
                    teq_error *err)
{
    *s = (quant_state){.p = p, .v = v, .n = v->n, .threads = threads};
    s->net = teq_skeleton(p, target, p->input_channels_last, err);
    if (s->net == NULL)
        return false;
    s->codes = calloc((size_t)p->n_tensors, sizeof *s->codes);
    s->dead = calloc((size_t)p->n_tensors, sizeof *s->dead);
    s->words = malloc(s->n * (size_t)p->n_classes * sizeof *s->words);
    bool ok = s->codes && s->words && s->dead;
    for (int i = 0; ok && i < p->n_tensors; i++)
        ok = (s->codes[i] = malloc(s->n * p->tensor[i].size)) != NULL;
    if (ok)
        return true;
    teq_state_free(s);
    return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for the codes of %zu samples", p->name, s->n);
}

void teq_state_free(quant_state *s)
{
    for (int i = 0; s->codes != NULL && i < s->p->n_tensors; i++)
        free(s->codes[i]);
    free(s->codes);
    free(s->dead);
    free(s->words);
    teq_qnet_free(s->net);
    *s = (quant_state){0};
}

void teq_state_input(quant_state *s)
{
    /* A plan's input is already taken apart where it is stored in two terms. */
    int terms = s->net->input_terms;
    s->net->input_terms = 1;
    teq_qnet_encode(s->net, s->v->value[s->p->input], s->n, s->codes[s->p->input]);
    s->net->input_terms = terms;
}

bool teq_state_move(quant_state *s, int step, teq_error *err)
{
    const teq_qlayer *l = &s->net->step[step];
    const uint8_t *in[64];
    for (int i = 0; i < l->n_in; i++)
        in[i] = s->codes[l->in[i]];
    return teq_qnet_run_step(s->net, step, s->n, in, NULL, s->codes[l->out], NULL, NULL, s->threads, err);
}

/* --- float targets -------------------------------------------------------------------- */

typedef struct target_job {
    const quant_state *s;
    int step;
    float *z;
    float *col[TEQ_THREADS_MAX];
} target_job;

static void target_body(void *context, size_t sample, int worker)
{
    target_job *j = context;
    const plan_step *s = &j->s->p->step[j->step];
    const plan_values *v = j->s->v;
    size_t pixels = (size_t)s->g.n_out * (size_t)s->g.oh * (size_t)s->g.ow;
    float *z = j->z + sample * pixels;
    teq_lowered_sums(s, s->w, s->b, v->value[s->g.in[0]] + sample * j->s->p->tensor[s->g.in[0]].size, z,
                  j->col[worker]);
    if (s->g.res >= 0)
        for (size_t i = 0; i < pixels; i++)
            z[i] += v->value[s->g.res][sample * pixels + i];
}

float *teq_state_target(const quant_state *s, int step)
{
    const teq_qlayer *g = &s->p->step[step].g;
    size_t pixels = (size_t)g->n_out * (size_t)g->oh * (size_t)g->ow;
    target_job j = {.s = s, .step = step, .z = malloc(s->n * pixels * sizeof(float))};
    int workers = teq_threads(s->threads);
    bool ok = j.z != NULL;
    for (int i = 0; ok && i < workers; i++)
        ok = (j.col[i] = malloc(g->k * (size_t)g->oh * (size_t)g->ow * sizeof(float))) != NULL;
    if (ok)
        teq_parallel(s->n, workers, target_body, &j);
    for (int i = 0; i < workers; i++)
        free(j.col[i]);
    if (!ok) {
        free(j.z);
        return NULL;
    }
    return j.z;
}

/* --- moments --------------------------------------------------------------------------- */

/* Sums over one chunk of samples; chunks are fixed, so that the result does not depend
 * on the number of threads. */
typedef struct chunk {
    double *h, *c, *x, *z;
    double count;
} chunk;

typedef struct moments_job {
    const quant_state *s;
    int step;
    const float *z;
    chunk *chunk;
    size_t n_chunks;
    bool failed;
} moments_job;

static void add_sample(const moments_job *j, chunk *ch, size_t sample, float *in, float *col, float *zr, float *h,
                       float *c)
{
    const quant_state *s = j->s;
    const plan_step *ps = &s->p->step[j->step];
    const teq_qlayer *g = &ps->g;
    int og = g->n_out / g->group, pixels = g->oh * g->ow, k = (int)g->k;
    size_t outs = (size_t)g->n_out * (size_t)pixels, in_size = s->p->tensor[g->in[0]].size;
    if (s->float_input)
        memcpy(in, s->v->value[g->in[0]] + sample * in_size, in_size * sizeof *in);
    else
        teq_qtensor_decode(s->net, g->in[0], s->codes[g->in[0]] + sample * in_size, in_size, in);
    memcpy(zr, j->z + sample * outs, outs * sizeof *zr);
    if (g->res >= 0) {
        float *r = h; /* large enough: see moments_body */
        if (s->float_input)
            memcpy(r, s->v->value[g->res] + sample * outs, outs * sizeof *r);
        else
            teq_qtensor_decode(s->net, g->res, s->codes[g->res] + sample * outs, outs, r);
        for (size_t i = 0; i < outs; i++)
            zr[i] -= r[i];
    }
    for (int o = 0; o < g->n_out; o++)
        for (int i = 0; i < pixels; i++)
            ch->z[o] += (double)zr[o * pixels + i];
    ch->count += pixels;
    for (int group = 0; group < g->group; group++) {
        const float *zg = zr + (size_t)group * (size_t)og * (size_t)pixels;
        teq_lowered_im2col(ps, group, in, col);
        for (int a = 0; a < k; a++) {
            double sum = 0;
            for (int i = 0; i < pixels; i++)
                sum += (double)col[a * pixels + i];
            ch->x[(size_t)group * g->k + (size_t)a] += sum;
        }
        cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, k, pixels, 1.0f, col, pixels, 0.0f, h, k);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, og, k, pixels, 1.0f, zg, pixels, col, pixels, 0.0f, c,
                    k);
        double *hd = ch->h + (size_t)group * g->k * g->k, *cd = ch->c + (size_t)group * (size_t)og * g->k;
        for (int a = 0; a < k; a++)
            for (int b = 0; b <= a; b++)
                hd[a * k + b] += (double)h[a * k + b];
        for (int a = 0; a < og * k; a++)
            cd[a] += (double)c[a];
    }
}

static void moments_body(void *context, size_t piece, int worker)
{
    (void)worker;
    moments_job *j = context;
    const quant_state *s = j->s;
    const teq_qlayer *g = &s->p->step[j->step].g;
    size_t pixels = (size_t)g->oh * (size_t)g->ow, outs = (size_t)g->n_out * pixels;
    size_t h_size = g->k * g->k > outs ? g->k * g->k : outs;
    float *in = malloc(s->p->tensor[g->in[0]].size * sizeof *in), *col = malloc(g->k * pixels * sizeof *col);
    float *zr = malloc(outs * sizeof *zr), *h = calloc(h_size, sizeof *h);
    float *c = malloc((size_t)g->n_out * g->k * sizeof *c);
    chunk *ch = &j->chunk[piece];
    ch->h = calloc((size_t)g->group * g->k * g->k, sizeof *ch->h);
    ch->c = calloc((size_t)g->n_out * g->k, sizeof *ch->c);
    ch->x = calloc((size_t)g->group * g->k, sizeof *ch->x);
    ch->z = calloc((size_t)g->n_out, sizeof *ch->z);
    if (in && col && zr && h && c && ch->h && ch->c && ch->x && ch->z)
        for (size_t i = piece * s->n / j->n_chunks; i < (piece + 1) * s->n / j->n_chunks; i++)
            add_sample(j, ch, i, in, col, zr, h, c);
    else
        j->failed = true;
    free(in);
    free(col);
    free(zr);
    free(h);
    free(c);
}

bool teq_state_moments(const quant_state *s, int step, const float *z, quant_moments *m)
{
    const teq_qlayer *g = &s->p->step[step].g;
    size_t nh = (size_t)g->group * g->k * g->k, nc = (size_t)g->n_out * g->k;
    moments_job j = {.s = s, .step = step, .z = z, .n_chunks = g->k > 1024 ? 2 : 8};
    chunk chunks[8] = {0};
    j.chunk = chunks;
    teq_parallel(j.n_chunks, s->threads, moments_body, &j);
    chunk *t = &chunks[0];
    for (size_t i = 1; !j.failed && i < j.n_chunks; i++) {
        for (size_t a = 0; a < nh; a++)
            t->h[a] += chunks[i].h[a];
        for (size_t a = 0; a < nc; a++)
            t->c[a] += chunks[i].c[a];
        for (size_t a = 0; a < (size_t)g->group * g->k; a++)
            t->x[a] += chunks[i].x[a];
        for (int a = 0; a < g->n_out; a++)
            t->z[a] += chunks[i].z[a];
        t->count += chunks[i].count;
    }
    if (!j.failed) {
        int og = g->n_out / g->group;
        for (int group = 0; group < g->group; group++) {
            double *h = t->h + (size_t)group * g->k * g->k, *x = t->x + (size_t)group * g->k;
            for (size_t a = 0; a < g->k; a++)
                for (size_t b = 0; b <= a; b++) {
                    h[a * g->k + b] -= x[a] * x[b] / t->count;
                    h[b * g->k + a] = h[a * g->k + b];
                }
            for (int o = group * og; o < (group + 1) * og; o++)
                for (size_t a = 0; a < g->k; a++)
                    t->c[(size_t)o * g->k + a] -= t->z[o] * x[a] / t->count;
        }
        for (size_t a = 0; a < (size_t)g->group * g->k; a++)
            t->x[a] /= t->count;
        *m = (quant_moments){.h = t->h, .c = t->c, .x = t->x, .count = t->count};
        t->h = t->c = t->x = NULL;
    }
    for (size_t i = 0; i < j.n_chunks; i++) {
        free(chunks[i].h);
        free(chunks[i].c);
        free(chunks[i].x);
        free(chunks[i].z);
    }
    return !j.failed;
}

void teq_moments_free(quant_moments *m)
{
    free(m->h);
    free(m->c);
    free(m->x);
    *m = (quant_moments){0};
}
