/* SPDX-License-Identifier: Apache-2.0 */
#include "truncation.h"

#include "formats.h"
#include "levels.h"
#include "methods.h"
#include "parallel.h"
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 256
#define CHANNELS 12

/* Bits of weights whose products lose little; wider ones reach further down, and lose more. */
#define USUAL 4

bool teq_truncation_init(truncation_probe *t, const quant_state *s, int step, const double *importance)
{
    const teq_qlayer *g = &s->p->step[step].g;
    size_t pixels = (size_t)g->oh * (size_t)g->ow, all = s->n * pixels, taps = (size_t)g->kh * (size_t)g->kw;
    size_t size = s->p->tensor[g->in[0]].size;
    *t = (truncation_probe){.s = s, .step = step, .n = all < ROWS ? all : ROWS, .k = g->k,
                            .n_channels = g->n_out < CHANNELS ? g->n_out : CHANNELS};
    t->channel = malloc((size_t)t->n_channels * sizeof *t->channel);
    t->weight = malloc((size_t)t->n_channels * sizeof *t->weight);
    t->x = calloc((size_t)g->c * taps * t->n, sizeof *t->x);
    if (t->channel == NULL || t->weight == NULL || t->x == NULL) {
        teq_truncation_free(t);
        return false;
    }
    double sum = 0, taken = 0;
    for (int o = 0; o < g->n_out; o++)
        sum += importance[o];
    for (int i = 0; i < t->n_channels; i++) {
        t->channel[i] = (int)((long)i * g->n_out / t->n_channels);
        taken += importance[t->channel[i]];
    }
    for (int i = 0; i < t->n_channels; i++)
        t->weight[i] = importance[t->channel[i]] * (taken > 0 ? sum / taken : 0) * (double)all / (double)t->n;
    for (size_t r = 0; r < t->n; r++) {
        /* a stride that has no common factor with the image's rows */
        size_t row = (r * (all / t->n) + r * 7919 % (all / t->n)) % all, sample = row / pixels;
        int oy = (int)(row % pixels) / g->ow, ox = (int)(row % pixels) % g->ow;
        const float *in = s->v->value[g->in[0]] + sample * size;
        float *to = t->x + r;
        for (int c = 0; c < g->c; c++)
            for (int ky = 0; ky < g->kh; ky++)
                for (int kx = 0; kx < g->kw; kx++, to += t->n) {
                    int y = oy * g->sh - g->pt + ky * g->dh, x = ox * g->sw - g->pl + kx * g->dw;
                    if (y >= 0 && x >= 0 && y < g->h && x < g->w)
                        *to = in[(c * g->h + y) * g->w + x];
                }
    }
    return true;
}

void teq_truncation_free(truncation_probe *t)
{
    free(t->channel);
    free(t->weight);
    free(t->x);
    *t = (truncation_probe){0};
}

typedef struct extra_job {
    const truncation_probe *t;
    teq_qlayer l;           /* with formats                                   */
    teq_qtensor in;
    const weight_book *book;
    const teq_codebook *levels;
    const double *alpha;
    float *real, *product;  /* [level][bin]: without and with truncation      */
    int bins, n_alphas;
    uint8_t *code;          /* [alpha][column][row]                           */
    size_t columns;
    double *extra;          /* [channel][alpha]                               */
    bool failed;
} extra_job;

/* What a straight line leaves of z, given y. */
static double left_over(const float *y, const double *z, size_t n)
{
    double sy = 0, sz = 0, syy = 0, syz = 0, szz = 0;
    for (size_t r = 0; r < n; r++) {
        double a = (double)y[r], b = z[r];
        sy += a, sz += b;
        syy += a * a, syz += a * b, szz += b * b;
    }
    double N = (double)n, var = syy - sy * sy / N, cov = syz - sy * sz / N, all = szz - sz * sz / N;
    return var > 0 ? fmax(0, all - cov * cov / var) : fmax(0, all);
}

static void encode_rows(void *context, size_t a, int worker)
{
    (void)worker;
    extra_job *j = context;
    size_t count = j->columns * j->t->n;
    uint8_t *code = j->code + a * count;
    double alpha = j->alpha[a];
    for (size_t i = 0; i < count; i++) {
        double x = (double)j->t->x[i] / alpha;
        unsigned e = teq_encode_magnitude(j->levels, fabs(x));
        code[i] = (uint8_t)(e | (x < 0 && j->in.is_signed && e != j->levels->m ? 1u << j->in.n : 0u));
    }
}

static void channel_extra(void *context, size_t which, int worker)
{
    (void)worker;
    extra_job *j = context;
    const truncation_probe *t = j->t;
    const plan_step *ps = &t->s->p->step[t->step];
    size_t k = t->k, n = t->n, o = (size_t)t->channel[which], first = o / (size_t)(ps->g.n_out / ps->g.group) * k;
    double *w = malloc(k * sizeof *w), *z = calloc(n, sizeof *z);
    int *level = malloc(k * sizeof *level);
    float *real = malloc(n * sizeof *real), *sum = malloc(n * sizeof *sum);
    if (w && z && level && real && sum) {
        for (size_t i = 0; i < k; i++)
            w[i] = (double)ps->w[o * k + i];
        row_problem rp = {.k = k, .w = w, .bound = 1e30};
        double alpha = teq_row_nearest(j->book, &rp, level, NULL);
        for (size_t i = 0; i < k; i++) {
            double v = alpha * j->book->value[level[i]];
            const float *x = t->x + (first + i) * n;
            for (size_t r = 0; v != 0 && r < n; r++)
                z[r] += v * (double)x[r];
        }
        for (int a = 0; a < j->n_alphas; a++) {
            memset(real, 0, n * sizeof *real);
            memset(sum, 0, n * sizeof *sum);
            for (size_t i = 0; i < k; i++) {
                const uint8_t *code = j->code + ((size_t)a * j->columns + first + i) * n;
                const float *p = j->real + level[i] * j->bins, *q = j->product + level[i] * j->bins;
                for (size_t r = 0; j->book->value[level[i]] != 0 && r < n; r++) {
                    real[r] += p[code[r]];
                    sum[r] += q[code[r]];
                }
            }
            j->extra[which * (size_t)j->n_alphas + (size_t)a] =
                t->weight[which] * fmax(0, left_over(sum, z, n) - left_over(real, z, n));
        }
    } else {
        j->failed = true;
    }
    free(w);
    free(z);
    free(level);
    free(real);
    free(sum);
}

/* The weight format of n_w bits that the layer would take beside such an input. */
static bool settle(const truncation_probe *t, int n_w, extra_job *j)
{
    const teq_target *target = &t->s->net->target;
    double best = INFINITY;
    for (int i = 0; teq_steps48[i] != 0; i++) {
        int K, t_w, t_a, wanted = teq_weight_step(target, n_w);
        double distance = wanted > 0 ? fabs(log((double)teq_steps48[i] / wanted)) : INFINITY;
        if (distance < best && teq_layer_base(target, n_w, teq_steps48[i], j->in.n, j->in.step48, &K, &t_w, &t_a)) {
            best = distance;
            j->l.n_w = n_w;
            j->l.K = K, j->l.t_w = t_w, j->l.t_a = t_a;
        }
    }
    j->l.terms = 1;
    return isfinite(best);
}

static void fill_products(extra_job *j, const teq_qnet *net)
{
    int mask = (1 << j->in.n) - 1;
    for (int i = 0; i < j->book->count; i++) {
        int code = j->book->code[i][0], e = code & ((1 << j->l.n_w) - 1);
        for (int byte = 0; byte < j->bins; byte++) {
            bool negative = (byte >> j->in.n) != (code >> j->l.n_w);
            double x = (byte & mask) == mask ? 0 : exp2(-(byte & mask) * j->in.step48 / 48.0);
            double v = x * fabs(j->book->value[i]);
            double p = (double)teq_qlayer_product(net, &j->l, e, byte & mask);
            j->real[i * j->bins + byte] = (float)(negative ? -v : v);
            j->product[i * j->bins + byte] = (float)(negative ? -p : p);
        }
    }
}

static bool extra_beside(const truncation_probe *t, int n_w, int n, int step48, const double *alpha, int n_alphas,
                         double *extra)
{
    const quant_state *s = t->s;
    const plan_step *ps = &s->p->step[t->step];
    extra_job j = {.t = t, .l = ps->g, .n_alphas = n_alphas, .alpha = alpha};
    teq_qtensor tensor = s->net->tensor[ps->g.in[0]];
    tensor.n = n, tensor.step48 = step48, tensor.alpha = 1;
    j.in = tensor;
    int zero_in = 0;
    teq_qnet net = *s->net; /* one tensor, so that products can be asked for */
    net.tensor = &tensor;
    j.l.in = &zero_in;
    teq_codebook book;
    weight_book weights = {0};
    if (!teq_step_codebook(n, step48, &book) || !settle(t, n_w, &j) || !teq_book_make(&net, &j.l, NULL, &weights))
        return false;
    j.book = &weights;
    j.levels = &book;
    j.bins = 1 << (n + (tensor.is_signed ? 1 : 0));
    j.columns = (size_t)(ps->g.c * ps->g.kh * ps->g.kw);
    size_t tables = (size_t)weights.count * (size_t)j.bins, count = j.columns * t->n;
    j.real = malloc(tables * sizeof *j.real);
    j.product = malloc(tables * sizeof *j.product);
    j.code = malloc((size_t)n_alphas * count);
    j.extra = calloc((size_t)t->n_channels * (size_t)n_alphas, sizeof *j.extra);
    bool ok = j.real && j.product && j.code && j.extra;
    if (ok) {
        fill_products(&j, &net);
        teq_parallel((size_t)n_alphas, s->threads, encode_rows, &j);
        teq_parallel((size_t)t->n_channels, s->threads, channel_extra, &j);
        for (int a = 0; a < n_alphas; a++) {
            extra[a] = 0;
            for (int c = 0; c < t->n_channels; c++)
                extra[a] += j.extra[c * n_alphas + a];
        }
        ok = !j.failed;
    }
    free(j.real);
    free(j.product);
    free(j.code);
    free(j.extra);
    teq_book_free(&weights);
    return ok;
}

bool teq_truncation_extra(const truncation_probe *t, int n, int step48, const double *alpha, int n_alphas,
                          double *extra)
{
    int widest = t->s->net->target.caps.n_max;
    double *one = malloc((size_t)n_alphas * sizeof *one);
    bool any = false;
    for (int n_w = widest < USUAL ? widest : USUAL; one != NULL && n_w <= widest; n_w++) {
        if (!extra_beside(t, n_w, n, step48, alpha, n_alphas, one))
            continue;
        for (int a = 0; a < n_alphas; a++)
            extra[a] = any ? fmin(extra[a], one[a]) : one[a];
        any = true;
    }
    free(one);
    return any;
}
