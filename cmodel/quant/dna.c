/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/dna.h"

#include "parallel.h"
#include "plan.h"
#include "select.h"
#include "state.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct teq_dna {
    plan *p;
    int n_layers;
    int *step;             /* of each layer          */
    int *layer_of;         /* of each step, or -1    */
    teq_dna_layer *layer;
    float **weight;        /* of each layer, rounded */
};

/* At most this many values of a tensor are looked at. */
#define LOOK 65536

typedef struct looked {
    float *x;    /* magnitudes of non-zero values, ascending */
    double *sum; /* sum[i]: of the first i                   */
    size_t n;
    bool no_beta;
    double top, low, rss; /* max, 1 % quantile, residual against an exponential density */
} looked;

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Density in 64 equal bins up to the maximum against lambda e^(-lambda x), unit area. */
static double exponential_rss(const looked *t)
{
    enum { BINS = 64 };
    double count[BINS] = {0}, mean = 0, rss = 0, width = t->top / BINS;
    for (size_t i = 0; i < t->n; i++) {
        int bin = (int)((double)t->x[i] / width);
        count[bin < BINS ? bin : BINS - 1] += 1.0 / (double)t->n;
        mean += (double)t->x[i] / (double)t->n;
    }
    for (int i = 0; i < BINS; i++) {
        double expected = exp(-i * width / mean) - exp(-(i + 1) * width / mean);
        rss += (count[i] - expected) * (count[i] - expected);
    }
    return rss;
}

static bool look_at(const float *x, size_t n, bool no_beta, looked *t)
{
    size_t stride = n / LOOK + 1;
    *t = (looked){.no_beta = no_beta, .x = malloc((n / stride + 1) * sizeof(float)), .sum = malloc((n / stride + 2) * sizeof(double))};
    if (t->x == NULL || t->sum == NULL)
        return false;
    for (size_t i = 0; i < n; i += stride)
        if (x[i] != 0)
            t->x[t->n++] = fabsf(x[i]);
    qsort(t->x, t->n, sizeof *t->x, by_size);
    t->sum[0] = 0;
    for (size_t i = 0; i < t->n; i++)
        t->sum[i + 1] = t->sum[i] + (double)t->x[i];
    t->top = t->n ? (double)t->x[t->n - 1] : 1;
    t->low = t->n ? (double)t->x[t->n / 100] : 0.01;
    t->low = fmin(t->low, 0.5 * t->top);
    t->rss = t->n ? exponential_rss(t) : 1e9;
    return true;
}

static void scales(teq_dnateq *f, const looked *t)
{
    int r = teq_dnateq_r(f->n);
    if (t->no_beta) {
        f->alpha = t->top * pow(f->base, -r);
        f->beta = 0;
        return;
    }
    f->alpha = (t->top - t->low) / (pow(f->base, r) - pow(f->base, -r));
    f->beta = t->low - f->alpha * pow(f->base, -r);
}

/* The number of values below a magnitude. */
static size_t below(const looked *t, double x)
{
    size_t lo = 0, hi = t->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if ((double)t->x[mid] < x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Sum of |level - x| over values first..last-1. */
static double distance(const looked *t, size_t first, size_t last, double level)
{
    size_t at = below(t, level);
    at = at < first ? first : at > last ? last : at;
    return level * ((double)(at - first) - (double)(last - at)) - (t->sum[at] - t->sum[first]) + (t->sum[last] - t->sum[at]);
}

/* The values are sorted, and all between two thresholds round to one level. */
static double rmae(const teq_dnateq *f, const looked *t)
{
    int r = teq_dnateq_r(f->n);
    double step = pow(f->base, -r), half = sqrt(f->base);
    size_t first = below(t, 0.5 * (f->alpha * step + f->beta));
    double error = t->sum[first];
    for (int i = -r; i <= r; i++, step *= f->base) {
        size_t last = i == r ? t->n : below(t, f->alpha * step * half + f->beta);
        if (last <= first)
            continue;
        error += distance(t, first, last, f->alpha * step + f->beta);
        first = last;
    }
    return t->sum[t->n] > 0 ? error / t->sum[t->n] : 0;
}

/* The greedy search of the paper. */
static double search_base(int n, const looked *t)
{
    teq_dnateq f = {.n = (uint8_t)n, .base = fmax(1.02, pow(t->top / t->low, 0.5 / teq_dnateq_r((unsigned)n)))};
    scales(&f, t);
    double best = rmae(&f, t), base = f.base;
    for (int direction = -1; direction <= 1; direction += 2) {
        bool moved = false;
        for (;;) {
            f.base = base + 0.01 * direction;
            if (f.base < 1.01)
                break;
            scales(&f, t);
            double e = rmae(&f, t);
            if (e >= best)
                break;
            best = e;
            base = f.base;
            moved = true;
        }
        if (moved)
            break;
    }
    return base;
}

/* --- running --------------------------------------------------------------------------- */

typedef struct run_job {
    const teq_dna *d;
    const float *x;
    float *logits;
    uint8_t *const *codes; /* as teq_dna_codes, or NULL */
    float **value[TEQ_THREADS_MAX];
    float *in[TEQ_THREADS_MAX], *col[TEQ_THREADS_MAX];
} run_job;

/* The code of a magnitude: no sign, m for zero. */
static uint8_t magnitude_code(const teq_dnateq *f, float x)
{
    uint8_t code = (uint8_t)((1 << f->n) - 1);
    if (x != 0)
        teq_dnateq_encode(f, (double)fabsf(x), &code, NULL);
    return code;
}

static void round_input(const teq_dnateq *f, const float *x, size_t n, float *out)
{
    float level[128];
    for (int e = 0; e < 1 << f->n; e++)
        level[e] = (float)teq_dnateq_decode(f, (uint8_t)e);
    for (size_t i = 0; i < n; i++) {
        float v = level[magnitude_code(f, x[i])];
        out[i] = x[i] < 0 ? -v : v;
    }
}

static void store_codes(const teq_dnateq *f, const float *x, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((x[i] < 0) << f->n | magnitude_code(f, x[i]));
}

static void run_sample(void *context, size_t sample, int worker)
{
    run_job *j = context;
    const plan *p = j->d->p;
    float **value = j->value[worker];
    memcpy(value[p->input], j->x + sample * p->tensor[p->input].size, p->tensor[p->input].size * sizeof(float));
    for (int i = 0; i < p->n_steps; i++) {
        const plan_step *s = &p->step[i];
        const float *in[64];
        const float *w = s->w;
        int layer = j->d->layer_of[i];
        for (int k = 0; k < s->g.n_in; k++)
            in[k] = value[s->g.in[k]];
        if (layer >= 0) {
            const size_t size = p->tensor[s->g.in[0]].size;
            if (j->codes != NULL)
                store_codes(&j->d->layer[layer].input, in[0], size, j->codes[p->n_tensors + layer] + sample * size);
            round_input(&j->d->layer[layer].input, in[0], size, j->in[worker]);
            in[0] = j->in[worker];
            w = j->d->weight[layer];
        }
        teq_lowered_step(p, i, w, s->b, in, s->g.res >= 0 ? value[s->g.res] : NULL,
                         s->g.out >= 0 ? value[s->g.out] : j->logits + sample * (size_t)p->n_classes,
                         j->col[worker]);
    }
}

static float *run_samples(const teq_dna *d, const float *x, size_t n, int threads, uint8_t *const *codes, teq_error *err)
{
    const plan *p = d->p;
    int workers = teq_threads(threads);
    run_job j = {.d = d, .x = x, .codes = codes, .logits = malloc((n * (size_t)p->n_classes + 1) * sizeof(float))};
    bool ok = j.logits != NULL;
    size_t most = 1;
    for (int t = 0; t < p->n_tensors; t++)
        most = p->tensor[t].size > most ? p->tensor[t].size : most;
    for (int w = 0; ok && w < workers; w++) {
        j.value[w] = calloc((size_t)p->n_tensors, sizeof *j.value[w]);
        j.in[w] = malloc(most * sizeof(float));
        j.col[w] = malloc(teq_lowered_col_size(p) * sizeof(float));
        ok = j.value[w] && j.in[w] && j.col[w];
        for (int t = 0; ok && t < p->n_tensors; t++)
            ok = (j.value[w][t] = malloc(p->tensor[t].size * sizeof(float))) != NULL;
    }
    if (ok)
        teq_parallel(n, workers, run_sample, &j);
    for (int w = 0; w < workers; w++) {
        for (int t = 0; j.value[w] != NULL && t < p->n_tensors; t++)
            free(j.value[w][t]);
        free(j.value[w]);
        free(j.in[w]);
        free(j.col[w]);
    }
    if (ok)
        return j.logits;
    free(j.logits);
    teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for %zu samples", p->name, n);
    return NULL;
}

float *teq_dna_logits(const teq_dna *d, const float *x, size_t n, int threads, teq_error *err)
{
    return run_samples(d, x, n, threads, NULL, err);
}

/* --- for a scheduler --------------------------------------------------------------------- */

/* The layer that reads a tensor, behind poolings and moves too; -1: none. */
static int reader(const teq_dna *d, int tensor)
{
    for (int i = 0; i < d->p->n_steps; i++) {
        const teq_qlayer *g = &d->p->step[i].g;
        for (int k = 0; k < g->n_in; k++) {
            if (g->in[k] != tensor)
                continue;
            int found = d->layer_of[i] >= 0 ? d->layer_of[i] : g->out >= 0 ? reader(d, g->out) : -1;
            if (found >= 0)
                return found;
        }
    }
    return -1;
}

teq_qnet *teq_dna_net(const teq_dna *d, const teq_target *target, teq_error *err)
{
    const plan *p = d->p;
    teq_qnet *net = teq_skeleton(p, target, p->input_channels_last, err);
    if (net == NULL)
        return NULL;
    teq_qtensor *all = realloc(net->tensor, (size_t)(p->n_tensors + d->n_layers) * sizeof *all);
    bool ok = all != NULL;
    net->tensor = ok ? all : net->tensor;
    for (int t = 0; ok && t < p->n_tensors; t++) {
        int layer = reader(d, t);
        all[t].n = layer >= 0 ? d->layer[layer].input.n : 0;
    }
    for (int i = 0; ok && i < d->n_layers; i++) {
        teq_qlayer *l = &net->step[d->step[i]];
        all[net->n_tensors] = all[l->in[0]];
        all[net->n_tensors].n = d->layer[i].input.n;
        ok = (all[net->n_tensors].name = strdup(l->name)) != NULL;
        l->in[0] = net->n_tensors++;
        l->res = -1;
        l->n_w = d->layer[i].weight.n;
        l->K = 1;
        l->terms = 1;
        store_codes(&d->layer[i].weight, p->step[d->step[i]].w, (size_t)l->n_out * l->k, l->code);
    }
    if (ok)
        return net;
    teq_qnet_free(net);
    teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for the codes of its weights", p->name);
    return NULL;
}

bool teq_dna_codes(const teq_dna *d, const float *x, size_t n, int threads, uint8_t *const *codes, teq_error *err)
{
    float *y = run_samples(d, x, n, threads, codes, err);
    free(y);
    return y != NULL;
}

/* --- one pair of thresholds -------------------------------------------------------------- */

enum { N_CHOICES = TEQ_DNATEQ_N_MAX - TEQ_DNATEQ_N_MIN + 1 };

/* What does not depend on the thresholds: the layer at every n. */
static void fit_choices(teq_dna_layer *choice, const teq_dna_layer *layer, const looked *w, const looked *a)
{
    for (int k = 0; k < N_CHOICES; k++) {
        teq_dna_layer *l = &choice[k];
        *l = *layer;
        l->weights_lead = w->rss <= a->rss;
        double base = search_base(TEQ_DNATEQ_N_MIN + k, l->weights_lead ? w : a);
        l->weight = (teq_dnateq){.n = (uint8_t)(TEQ_DNATEQ_N_MIN + k), .base = base};
        l->input = l->weight;
        scales(&l->weight, w);
        scales(&l->input, a);
        l->rmae_w = rmae(&l->weight, w);
        l->rmae_a = rmae(&l->input, a);
    }
}

/* The first n that both tensors' thresholds allow. */
static const teq_dna_layer *choose(const teq_dna_layer *choice, double threshold)
{
    int k = 0;
    while (k < N_CHOICES - 1 && (choice[k].rmae_w > threshold || choice[k].rmae_a > threshold))
        k++;
    return &choice[k];
}

static void round_weights(const teq_dna *d, int layer)
{
    const plan_step *s = &d->p->step[d->step[layer]];
    round_input(&d->layer[layer].weight, s->w, (size_t)s->g.n_out * s->g.k, d->weight[layer]);
}

int teq_dna_layers(const teq_dna *d, const teq_dna_layer **layers)
{
    *layers = d->layer;
    return d->n_layers;
}

teq_qbits teq_dna_bits(const teq_dna *d)
{
    teq_qbits b = {0};
    for (int i = 0; i < d->n_layers; i++) {
        const teq_dna_layer *l = &d->layer[i];
        b.weight_codes += l->n_weights;
        b.weight_bits += l->n_weights * (l->weight.n + 1u);
        b.activation_codes += l->n_inputs;
        b.activation_bits += l->n_inputs * (l->input.n + (l->input_signed ? 1u : 0u));
    }
    b.weights = (double)b.weight_bits / (double)(b.weight_codes ? b.weight_codes : 1);
    b.activations = (double)b.activation_bits / (double)(b.activation_codes ? b.activation_codes : 1);
    b.all = (double)(b.weight_bits + b.activation_bits) / (double)(b.weight_codes + b.activation_codes);
    return b;
}

void teq_dna_free(teq_dna *d)
{
    if (d == NULL)
        return;
    for (int i = 0; d->weight != NULL && i < d->n_layers; i++)
        free(d->weight[i]);
    free(d->weight);
    free(d->layer);
    free(d->step);
    free(d->layer_of);
    teq_lowered_free(d->p);
    free(d);
}

static teq_dna *dna_new(const teq_graph *graph, bool input_signed, teq_error *err)
{
    teq_dna *d = calloc(1, sizeof *d);
    if (d == NULL || (d->p = teq_lowered_make(graph, input_signed, err)) == NULL) {
        free(d);
        return NULL;
    }
    size_t ns = (size_t)d->p->n_steps;
    d->step = malloc(ns * sizeof *d->step);
    d->layer_of = malloc(ns * sizeof *d->layer_of);
    d->layer = calloc(ns, sizeof *d->layer);
    d->weight = calloc(ns, sizeof *d->weight);
    bool ok = d->step && d->layer_of && d->layer && d->weight;
    for (int i = 0; ok && i < d->p->n_steps; i++) {
        const plan_step *s = &d->p->step[i];
        d->layer_of[i] = -1;
        if (!s->has_weights)
            continue;
        teq_dna_layer *l = &d->layer[d->n_layers];
        *l = (teq_dna_layer){.name = s->g.name, .n_weights = (size_t)s->g.n_out * s->g.k,
                             .n_inputs = d->p->tensor[s->g.in[0]].size,
                             .input_signed = d->p->tensor[s->g.in[0]].is_signed};
        for (int k = 0; k < d->n_layers; k++)
            if (d->p->step[d->step[k]].g.in[0] == s->g.in[0])
                l->n_inputs = 0;
        ok = (d->weight[d->n_layers] = malloc(l->n_weights * sizeof(float))) != NULL;
        d->layer_of[i] = d->n_layers;
        d->step[d->n_layers++] = i;
    }
    if (ok)
        return d;
    teq_dna_free(d);
    teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory", graph->name);
    return NULL;
}

__attribute__((format(printf, 2, 3))) static void say(const teq_quant_options *o, const char *format, ...)
{
    char line[300];
    va_list args;
    if (o->log == NULL)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    o->log(o->log_context, line);
}

typedef struct fit_job {
    teq_dna *d;
    const looked *w, *a;
    teq_dna_layer *choice; /* N_CHOICES of each layer */
    double threshold;
} fit_job;

static void fit_body(void *context, size_t layer, int worker)
{
    (void)worker;
    fit_job *j = context;
    fit_choices(j->choice + layer * N_CHOICES, &j->d->layer[layer], &j->w[layer], &j->a[layer]);
}

static void choose_body(void *context, size_t layer, int worker)
{
    (void)worker;
    fit_job *j = context;
    j->d->layer[layer] = *choose(j->choice + layer * N_CHOICES, j->threshold);
    round_weights(j->d, (int)layer);
}

/* Thresholds go up until the loss is reached; the last that keeps it is built again. */
static bool raise_thresholds(fit_job *j, const float *x, const output_metric *m, const teq_quant_options *o,
                             teq_quant_report *report, teq_error *err)
{
    static const double thresholds[] = {0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25, 0.30};
    enum { N = sizeof thresholds / sizeof *thresholds };
    int kept = 0;
    for (int k = 0; k <= N; k++) {
        bool last = k == N;
        j->threshold = thresholds[last ? kept : k];
        teq_parallel((size_t)j->d->n_layers, o->threads, choose_body, j);
        float *y = teq_dna_logits(j->d, x, m->n, o->threads, err);
        if (y == NULL)
            return false;
        quality q = teq_quality(m, y, o->labels);
        free(y);
        double loss = o->labels ? q.label_loss : q.expected_loss;
        say(o, "threshold %.2f: %.3f bits, agreement %.1f %%, loss %.2f points%s", j->threshold,
            teq_dna_bits(j->d).all, 100 * q.agreement, loss, last ? ": taken" : "");
        report->agreement = q.agreement;
        report->expected_loss = q.expected_loss;
        report->judged_loss = loss;
        report->logit_error = q.logit_error;
        report->candidates++;
        if (!last && loss <= o->max_loss)
            kept = k;
        else if (!last)
            k = N - 1;
    }
    return true;
}

static bool sweep(teq_dna *d, const looked *w, const looked *a, const float *x, const output_metric *m,
                  const teq_quant_options *o, teq_quant_report *report, teq_error *err)
{
    fit_job j = {.d = d, .w = w, .a = a, .choice = calloc((size_t)d->n_layers * N_CHOICES, sizeof *j.choice)};
    if (j.choice == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "no memory for %d layers at %d numbers of bits", d->n_layers, N_CHOICES);
    teq_parallel((size_t)d->n_layers, o->threads, fit_body, &j);
    bool ok = raise_thresholds(&j, x, m, o, report, err);
    free(j.choice);
    return ok;
}

teq_dna *teq_dna_quantize(const teq_graph *graph, const float *calib, size_t n, const teq_quant_options *options,
                          teq_quant_report *report, teq_error *err)
{
    bool negative = false;
    teq_quant_report dummy;
    report = report ? report : &dummy;
    *report = (teq_quant_report){.candidates = 0};
    for (size_t i = 0; i < n * graph->tensor[graph->input].size; i++)
        negative = negative || calib[i] < 0;
    teq_dna *d = dna_new(graph, negative, err);
    if (d == NULL)
        return NULL;
    plan_values v = {0};
    looked *w = calloc((size_t)d->n_layers, sizeof *w), *a = calloc((size_t)d->n_layers, sizeof *a);
    bool ok = w && a && teq_lowered_run(d->p, calib, n, options->threads, &v, err);
    for (int i = 0; ok && i < d->n_layers; i++) {
        int in = d->p->step[d->step[i]].g.in[0];
        ok = look_at(d->p->step[d->step[i]].w, d->layer[i].n_weights, options->no_beta, &w[i]) &&
             look_at(v.value[in], n * d->p->tensor[in].size, options->no_beta, &a[i]);
    }
    if (ok) {
        bool classify = graph->logits != graph->output || (size_t)d->p->n_classes != d->p->tensor[d->p->input].size;
        output_metric m = teq_metric_make(v.logits, n, (size_t)d->p->n_classes, classify);
        ok = sweep(d, w, a, calib, &m, options, report, err);
        snprintf(report->chosen_on, sizeof report->chosen_on, "%s",
                 options->labels ? "calibration samples with labels"
                                 : "calibration samples without labels: expected loss from margins and logit errors");
    }
    for (int i = 0; ok && i < d->n_layers; i++) {
        const teq_dna_layer *l = &d->layer[i];
        say(options, "  %-24.24s n %d  b %.3f  %s lead  RMAE %.3f, %.3f  alpha %.3g, %.3g  beta %.3g, %.3g", l->name,
            l->weight.n, l->weight.base, l->weights_lead ? "weights" : "inputs ", l->rmae_w, l->rmae_a,
            l->weight.alpha, l->input.alpha, l->weight.beta, l->input.beta);
    }
    for (int i = 0; i < d->n_layers; i++) {
        free(w ? w[i].x : NULL);
        free(w ? w[i].sum : NULL);
        free(a ? a[i].x : NULL);
        free(a ? a[i].sum : NULL);
    }
    free(w);
    free(a);
    teq_lowered_values_free(d->p, &v);
    if (ok)
        return d;
    teq_dna_free(d);
    return NULL;
}
