/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include "formats.h"
#include "probe.h"
#include "teq/cost.h"
#include "truncation.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- tensors ------------------------------------------------------------------------- */

/* Some weight format must go with it. */
static bool base_is_usable(const teq_target *target, int n_a, int step_a)
{
    int K, t_w, t_a;
    for (int n_w = 2; n_w <= target->caps.n_max; n_w++)
        for (int i = 0; teq_steps48[i] != 0; i++)
            if (teq_layer_base(target, n_w, teq_steps48[i], n_a, step_a, &K, &t_w, &t_a))
                return true;
    return false;
}

static double best_base(const quant_state *s, const magnitude_spread *m, int tensor, int n, tensor_choice *c,
                        double *error, double *alphas)
{
    double best = DBL_MAX, limit = teq_tie_limit(s, tensor), alpha;
    if (s->net->target.arith == TEQ_ARITH_INT) {
        best = teq_spread_fit_int(m, n, limit, &alpha);
        *c = (tensor_choice){n, 0, alpha, 0};
        return best;
    }
    for (int i = 0; teq_steps48[i] != 0; i++) {
        teq_codebook book;
        if (!teq_step_codebook(n, teq_steps48[i], &book) || !base_is_usable(&s->net->target, n, teq_steps48[i]))
            continue;
        double e = teq_spread_fit(m, &book, limit, &alpha);
        error[i] = e;
        alphas[i] = alpha;
        if (e < best) {
            best = e;
            *c = (tensor_choice){n, teq_steps48[i], alpha, 0};
        }
    }
    return best;
}

/* Mean importance of a channel's sums: of its outputs, where Relu lets them through. */
static void channel_weights(const quant_state *s, const output_metric *m, int step, double *weight)
{
    const plan_step *ps = &s->p->step[step];
    const teq_qlayer *g = &ps->g;
    size_t pixels = (size_t)g->oh * (size_t)g->ow, outs = (size_t)g->n_out * pixels;
    for (int o = 0; o < g->n_out; o++) {
        double sum = 0;
        if (g->out < 0) {
            weight[o] = teq_metric_weight(m, (size_t)o);
            continue;
        }
        for (size_t i = 0; i < s->n; i++)
            for (size_t p = i * outs + (size_t)o * pixels; p < i * outs + (size_t)(o + 1) * pixels; p++)
                if (ps->act == TEQ_ACT_NONE || s->v->value[g->out][p] != 0)
                    sum += (double)s->importance[g->out][p];
        weight[o] = sum / (double)(s->n * pixels) + 1e-30;
    }
}

/* --- what truncation adds ------------------------------------------------------------- */

#define ALPHAS 9                       /* that are tried */
#define MORE (TABLE_ALPHAS - ALPHAS)   /* larger ones, which spare energy */

/* Layers with weights that read a tensor or one tied to it. */
static int readers(const quant_state *s, const output_metric *m, int tensor, truncation_probe **probe)
{
    const plan *p = s->p;
    int n = 0;
    *probe = calloc((size_t)p->n_steps, sizeof **probe);
    for (int i = 0; *probe != NULL && i < p->n_steps; i++) {
        const teq_qlayer *g = &p->step[i].g;
        if (!p->step[i].has_weights || p->tensor[g->in[0]].tie != tensor)
            continue;
        double *importance = malloc((size_t)g->n_out * sizeof *importance);
        bool ok = importance != NULL;
        if (ok) {
            channel_weights(s, m, i, importance);
            ok = teq_truncation_init(&(*probe)[n], s, i, importance);
        }
        free(importance);
        if (!ok)
            return -1;
        n++;
    }
    return *probe ? n : -1;
}

/* The base and alpha with the least error, truncation in the layers that read it included;
 * *extra is that part. */
static double best_with_truncation(const quant_state *s, const magnitude_spread *m, int tensor, int n,
                                   const truncation_probe *probe, int n_probes, tensor_choice *c, double *extra,
                                   table_item *it)
{
    const int k = it->n_options, more_alphas = it->activity ? MORE : 0, n_alphas = ALPHAS + more_alphas;
    double *base_error = it->base_error[k], *base_alpha = it->base_alpha[k];
    double best = DBL_MAX, limit = teq_tie_limit(s, tensor), top;
    for (int i = 0; teq_steps48[i] != 0; i++) {
        teq_codebook book;
        double alpha[TABLE_ALPHAS], error[TABLE_ALPHAS], more[TABLE_ALPHAS], sum[TABLE_ALPHAS] = {0};
        if (!teq_step_codebook(n, teq_steps48[i], &book) || !base_is_usable(&s->net->target, n, teq_steps48[i]))
            continue;
        teq_spread_fit(m, &book, limit, &top);
        for (int a = 0; a < n_alphas; a++) {
            alpha[a] = fmin(limit, top * exp2((1 + more_alphas - a) / 3.0));
            error[a] = teq_spread_error(m, &book, alpha[a]);
        }
        for (int j = 0; j < n_probes; j++)
            if (teq_truncation_extra(&probe[j], n, teq_steps48[i], alpha, n_alphas, more))
                for (int a = 0; a < n_alphas; a++)
                    sum[a] += more[a];
        it->most_alpha = limit;
        it->first_alpha[k][i] = top * exp2((1 + more_alphas) / 3.0);
        for (int a = 0; a < TABLE_ALPHAS; a++) /* none twice */
            it->alpha_error[k][i][a] = a < n_alphas && (a == n_alphas - 1 || alpha[a] > alpha[a + 1]) ? error[a] + sum[a] : INFINITY;
        for (int a = more_alphas; a < n_alphas; a++)
            if (error[a] + sum[a] < base_error[i]) {
                base_error[i] = error[a] + sum[a];
                base_alpha[i] = alpha[a];
            }
        for (int a = more_alphas; a < n_alphas; a++)
            if (error[a] + sum[a] < best) {
                best = error[a] + sum[a];
                *extra = sum[a];
                *c = (tensor_choice){n, teq_steps48[i], alpha[a], 0};
            }
    }
    return best;
}

/* --- measuring ------------------------------------------------------------------------- */

typedef struct rounding {
    const quant_state *s;
    tensor_choice c;
    int levels;
    float threshold[128], level[129];
} rounding;

static void round_values(const void *context, float *x, size_t n)
{
    const rounding *r = context;
    if (r->s->net->target.arith == TEQ_ARITH_INT) {
        float step = (float)r->c.alpha, top = (float)((1 << r->c.n) - 1);
        for (size_t i = 0; i < n; i++)
            x[i] = fmaxf(-top, fminf(top, roundf(x[i] / step))) * step;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        float a = fabsf(x[i]);
        int lo = 0, hi = r->levels; /* number of thresholds above a */
        while (lo < hi) {
            int mid = (lo + hi) / 2;
            if (a < r->threshold[mid])
                lo = mid + 1;
            else
                hi = mid;
        }
        x[i] = x[i] < 0 ? -r->level[lo] : r->level[lo];
    }
}

static double measure_tensor(const quant_state *s, const output_metric *m, int tensor, const tensor_choice *c)
{
    rounding r = {.s = s, .c = *c};
    teq_codebook book;
    if (c->step48 != 0 && teq_step_codebook(c->n, c->step48, &book)) {
        r.levels = (int)book.m;
        for (int i = 0; i < r.levels; i++) {
            r.threshold[i] = (float)(book.threshold[i] * c->alpha);
            r.level[i] = (float)(book.level[i] * c->alpha);
        }
        r.level[r.levels] = 0;
    }
    probe_change change = {.tensor = tensor, .round = round_values, .context = &r, .step = -1};
    return teq_probe(s->p, s->v, m, &change, s->threads);
}

/* What one rounding really costs is as much chance as rule, above all where a layer has few
 * weights: the mean over options, of log(measured / expected). */
typedef struct mean_ratio {
    double sum;
    int n;
} mean_ratio;

enum { MEASURED = 4 }; /* options, from the smallest number of bits on */

static bool add_ratio(mean_ratio *r, double measured, double expected)
{
    if (measured > 0 && expected > 0) {
        r->sum += log(measured / expected);
        r->n++;
    }
    return measured >= 0;
}

static double ratio_mean(const mean_ratio *r) { return r->n > 0 ? exp(r->sum / r->n) : 1; }

static void no_bases(table_item *it, int k)
{
    for (int i = 0; i < TABLE_BASES; i++) {
        it->base_error[k][i] = INFINITY;
        it->base_alpha[k][i] = 1;
    }
}

static void scale_bases(table_item *it, int k, double factor)
{
    for (int i = 0; i < TABLE_BASES; i++)
        if (isfinite(it->base_error[k][i])) {
            it->base_error[k][i] *= factor;
            for (int a = 0; a < TABLE_ALPHAS; a++)
                it->alpha_error[k][i][a] *= factor;
        }
}

static bool fill_tensor(quant_state *s, const output_metric *m, int lo, int hi, const teq_energy_model *model, table_item *it)
{
    magnitude_spread *spread = malloc(sizeof *spread);
    if (spread == NULL)
        return false;
    const plan_tensor *pt = &s->p->tensor[it->tensor];
    teq_tie_spread(s, it->tensor, spread);
    bool is_int = s->net->target.arith == TEQ_ARITH_INT;
    int sign = pt->is_signed ? 1 : 0, n_probes = 0;
    double extra[TABLE_OPTIONS] = {0};
    truncation_probe *probe = NULL;
    if (s->p->input_terms == 2 && it->tensor == s->p->input) {
        it->as_tensor[0] = (tensor_choice){s->p->input_n, s->p->input_step48, s->p->input_alpha, 0};
        it->option[0] = (teq_alloc_option){(double)it->codes * (s->p->input_n + sign), 0};
        no_bases(it, 0);
        for (int i = 0; teq_steps48[i] != 0; i++)
            if (teq_steps48[i] == s->p->input_step48) {
                it->base_error[0][i] = 0;
                it->base_alpha[0][i] = s->p->input_alpha;
            }
        it->n_options = 1;
        it->factor = 1;
        free(spread);
        return true;
    }
    if (model != NULL && s->p->tensor[s->p->input].tie != it->tensor &&
        (it->activity = teq_activity_make(s, it->tensor, spread, model)) == NULL) {
        free(spread);
        return false;
    }
    if (s->net->target.arith == TEQ_ARITH_SHIFT)
        n_probes = readers(s, m, it->tensor, &probe);
    for (int n = is_int ? lo - sign : lo; n <= (is_int ? hi - sign : hi); n++) {
        if (n < (is_int ? 1 : 2) || (!is_int && n > s->net->target.caps.na_max))
            continue;
        tensor_choice c;
        int k = it->n_options;
        no_bases(it, k);
        double more = 0, e = n_probes > 0 ? best_with_truncation(s, spread, it->tensor, n, probe, n_probes, &c, &more, it)
                                          : best_base(s, spread, it->tensor, n, &c, it->base_error[k], it->base_alpha[k]);
        if (e >= DBL_MAX)
            continue;
        it->as_tensor[it->n_options] = c;
        extra[it->n_options] = more / (double)s->n;
        it->option[it->n_options] = (teq_alloc_option){(double)it->codes * (n + sign), (e - more) / (double)s->n};
        it->n_options++;
    }
    for (int k = 0; probe != NULL && k < s->p->n_steps; k++)
        teq_truncation_free(&probe[k]);
    free(probe);
    free(spread);
    if (n_probes < 0)
        return false;
    if (it->n_options == 0)
        return true;
    mean_ratio ratio = {0};
    for (int k = 0; it->n_options > 1 && k < it->n_options && k < MEASURED; k++) /* one is no choice */
        if (!add_ratio(&ratio, measure_tensor(s, m, it->tensor, &it->as_tensor[k]), it->option[k].error))
            return false;
    it->factor = ratio_mean(&ratio);
    for (int k = 0; k < it->n_options; k++) {
        double base = it->option[k].error + extra[k];
        it->option[k].error = it->option[k].error * it->factor + extra[k];
        scale_bases(it, k, base > 0 ? it->option[k].error / base / (double)s->n : 1);
    }
    return true;
}

/* --- weights ------------------------------------------------------------------------- */

/* How often the codes of a layer's input would occur, in the widest format that the table has
 * for it and that goes with the weights; into the state's tensor. False: none. */
static bool input_share(quant_state *s, int tensor, const table_item *input, const layer_choice *c, double share[256])
{
    const int wide = input->n_options - 1;
    teq_qtensor *in = &s->net->tensor[tensor];
    double best = INFINITY;
    int K, t_w, t_a;
    for (int i = 0; teq_steps48[i] != 0; i++)
        if (input->base_error[wide][i] < best && teq_layer_base(&s->net->target, c->n_w, c->step48, input->as_tensor[wide].n,
                                                                 teq_steps48[i], &K, &t_w, &t_a)) {
            best = input->base_error[wide][i];
            in->n = input->as_tensor[wide].n;
            in->step48 = teq_steps48[i];
            in->alpha = input->base_alpha[wide][i];
        }
    teq_codebook book;
    if (!isfinite(best) || !teq_step_codebook(in->n, in->step48, &book))
        return false;
    memset(share, 0, 256 * sizeof *share);
    const float *x = s->v->value[tensor];
    for (size_t i = 0; i < s->n * s->p->tensor[tensor].size; i++) {
        unsigned e = teq_encode_magnitude(&book, fabs((double)x[i]) / in->alpha);
        share[e | (x[i] < 0 && in->is_signed && e != book.m ? 1u << in->n : 0u)] += 1;
    }
    return true;
}

/* The expected error of n bits, compensated rounding included, and the rounded weights
 * with the bias that keeps the mean. input: its table, where the target truncates products, so
 * that what this leaves of small weights counts; NULL: it does not. Negative: not on this
 * target. */
static double round_weights(quant_state *s, int step, const quant_moments *m, const layer_choice *c,
                            const table_item *input, const double *channel_weight, float *w, float *b)
{
    static const build_tuning tuning = {.ridge = 0.01};
    const plan_step *ps = &s->p->step[step];
    const teq_qlayer *g = &ps->g;
    teq_qtensor *in = &s->net->tensor[g->in[0]];
    double *error = malloc((size_t)g->n_out * sizeof *error), sum = -1;
    double share[256];
    if (input == NULL) {
        in->n = 2; /* any format that goes with the weights' base: only the bound looks at it */
        in->step48 = c->step48;
    } else if (!input_share(s, g->in[0], input, c, share)) {
        free(error);
        return -1;
    } else {
        s->share = share;
    }
    if (error != NULL && teq_build_weights(s, step, c, m, NULL, &tuning, error, w, NULL)) {
        sum = 0;
        for (int o = 0; o < g->n_out; o++) {
            const double *x = m->x + (size_t)(o / (g->n_out / g->group)) * g->k;
            double shift = 0;
            for (size_t i = 0; i < g->k; i++)
                shift += ((double)ps->w[(size_t)o * g->k + i] - (double)w[(size_t)o * g->k + i]) * x[i];
            b[o] = ps->b[o] + (float)shift;
            sum += error[o] * channel_weight[o] / (double)s->n;
        }
    }
    s->share = NULL;
    free(error);
    return sum;
}

static bool fill_layer(quant_state *s, const output_metric *m, int lo, int hi, const table_item *input, table_item *it,
                       teq_error *err)
{
    const plan_step *ps = &s->p->step[it->step];
    const teq_target *target = &s->net->target;
    bool is_int = target->arith == TEQ_ARITH_INT;
    size_t n_out = (size_t)ps->g.n_out, count = n_out * ps->g.k;
    quant_moments mo = {0};
    float *z = teq_state_target(s, it->step), *w = malloc(count * sizeof *w), *b = malloc(n_out * sizeof *b);
    float *w_best = malloc(count * sizeof *w), *b_best = malloc(n_out * sizeof *b);
    double *weight = it->weight = malloc(n_out * sizeof *weight);
    bool ok = z && w && b && w_best && b_best && weight;
    s->float_input = true;
    ok = ok && teq_state_moments(s, it->step, z, &mo);
    mean_ratio ratio = {0};
    if (ok)
        channel_weights(s, m, it->step, weight);
    for (int terms = 1; ok && terms <= (is_int || target->arith == TEQ_ARITH_EXACT ? 1 : 2); terms++)
        for (int n = is_int ? lo - 1 : lo; ok && n <= (is_int ? hi - 1 : hi); n++) {
            int k = it->n_options, wanted = is_int ? 0 : teq_weight_step(target, n);
            if (n < (is_int ? 1 : 2) || (!is_int && (n > target->caps.n_max || wanted == 0)))
                continue;
            no_bases(it, k);
            double best = INFINITY;
            for (int i = 0; i < TABLE_BASES && (!is_int || i == 0); i++) {
                layer_choice c = {n, is_int ? 0 : teq_steps48[i], terms};
                int K, t_w, t_a;
                if (!is_int && (c.step48 * 3 < wanted * 2 || c.step48 * 2 > wanted * 3 ||
                                !teq_layer_base(target, n, c.step48, 2, c.step48, &K, &t_w, &t_a)))
                    continue;
                double e = round_weights(s, it->step, &mo, &c, input, weight, w, b);
                if (e < 0)
                    continue;
                it->base_error[k][i] = e;
                if (e >= best)
                    continue;
                best = e;
                it->as_layer[k] = c;
                it->option[k] = (teq_alloc_option){(double)it->codes * (n + 1) * terms, e};
                memcpy(w_best, w, count * sizeof *w);
                memcpy(b_best, b, n_out * sizeof *b);
            }
            if (!isfinite(best))
                continue;
            it->n_options++;
            probe_change change = {.tensor = -1, .step = it->step, .w = w_best, .b = b_best};
            if (lo < hi && ratio.n < MEASURED && terms == 1)
                ok = add_ratio(&ratio, teq_probe(s->p, s->v, m, &change, s->threads), best);
        }
    s->float_input = false;
    it->factor = ratio_mean(&ratio);
    for (size_t o = 0; ok && o < n_out; o++)
        weight[o] *= it->factor;
    for (int k = 0; k < it->n_options; k++) {
        it->option[k].error *= it->factor;
        scale_bases(it, k, it->factor);
    }
    teq_moments_free(&mo);
    free(z);
    free(w);
    free(b);
    free(w_best);
    free(b_best);
    return ok || teq_fail(err, TEQ_ERR_MEMORY, "layer \"%s\": no memory to measure it", ps->g.name);
}

/* --- all ------------------------------------------------------------------------------- */

void teq_tables_free(quant_tables *t)
{
    for (int i = 0; i < t->n_items; i++) {
        free(t->item[i].weight);
        free(t->item[i].activity);
    }
    free(t->item);
    *t = (quant_tables){0};
}

bool teq_counts_cycles(const teq_quant_options *o)
{
    return o->objective == TEQ_OBJECTIVE_CYCLES || (o->objective == TEQ_OBJECTIVE_ENERGY && o->target.arith == TEQ_ARITH_SHIFT);
}

/* Cycles instead of bits, in such units that the least is one a code. Bits break ties. */
static void count_cycles(const quant_state *s, quant_tables *t)
{
    for (int i = 0; i < s->p->n_steps; i++) {
        s->net->step[i].terms = 1;
        t->least_cycles += (double)teq_layer_cycles(s->net, &s->net->step[i], 16, 16);
    }
    for (int i = 0; i < t->n_items; i++)
        for (int k = 0; k < t->item[i].n_options; k++) {
            teq_alloc_option *o = &t->item[i].option[k];
            o->bits *= 1e-6;
            if (t->item[i].step < 0)
                continue;
            teq_qlayer *l = &s->net->step[t->item[i].step];
            l->terms = t->item[i].as_layer[k].terms;
            o->bits += (double)t->codes * (double)teq_layer_cycles(s->net, l, 16, 16) / t->least_cycles;
        }
    /* what no choice changes: poolings */
    double rest = t->least_cycles;
    for (int i = 0; i < s->p->n_steps; i++)
        if (s->p->step[i].has_weights) {
            s->net->step[i].terms = 1;
            rest -= (double)teq_layer_cycles(s->net, &s->net->step[i], 16, 16);
        }
    for (int k = 0; k < t->item[0].n_options; k++)
        t->item[0].option[k].bits += (double)t->codes * rest / t->least_cycles;
}

bool teq_tables_make(quant_state *s, const output_metric *m, const teq_quant_options *options, quant_tables *t,
                     teq_error *err)
{
    const plan *p = s->p;
    bool is_int = s->net->target.arith == TEQ_ARITH_INT;
    const teq_energy_model *model = options->objective == TEQ_OBJECTIVE_ENERGY ? teq_energy_find(&options->target) : NULL;
    int lo = is_int ? 3 : 2, hi = is_int ? 8 : 7;
    if (is_int && options->bits != 0)
        lo = hi = options->bits;
    *t = (quant_tables){.target = &s->net->target, .item = calloc((size_t)(p->n_tensors + p->n_steps), sizeof *t->item)};
    if (t->item == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for the tables", p->name);
    for (int i = 0; i < p->n_tensors; i++) {
        if (p->tensor[i].tie != i)
            continue;
        table_item *it = &t->item[t->n_items++];
        it->tensor = i;
        it->step = -1;
        for (int k = 0; k < p->n_tensors; k++)
            if (p->tensor[k].tie == i && !p->tensor[k].is_alias)
                it->codes += p->tensor[k].size;
        if (!fill_tensor(s, m, lo, hi, model, it))
            return teq_fail(err, TEQ_ERR_MEMORY, "tensor \"%s\": no memory to measure it", p->tensor[i].name);
    }
    for (int i = 0; i < p->n_steps; i++) {
        if (!p->step[i].has_weights)
            continue;
        table_item *it = &t->item[t->n_items++];
        it->tensor = -1;
        it->step = i;
        it->codes = (size_t)p->step[i].g.n_out * p->step[i].g.k;
        const table_item *input = NULL;
        for (int k = 0; s->net->target.arith == TEQ_ARITH_SHIFT && k < t->n_items; k++)
            if (t->item[k].tensor == p->tensor[p->step[i].g.in[0]].tie)
                input = &t->item[k];
        if (!fill_layer(s, m, lo, hi, input, it, err))
            return false;
    }
    for (int i = 0; i < t->n_items; i++) {
        const table_item *it = &t->item[i];
        t->codes += it->codes;
        if (it->n_options == 0)
            return teq_fail(err, TEQ_ERR_UNSUPPORTED, "target \"%s\" has no format for %s \"%s\"",
                            s->net->target.name, it->step < 0 ? "tensor" : "layer",
                            it->step < 0 ? p->tensor[it->tensor].name : p->step[it->step].g.name);
        if (options->log) {
            char line[400];
            int at = snprintf(line, sizeof line, "  %-10s %-24.24s %8zu codes  x%-6.2f", it->step < 0 ? "tensor" : "weights",
                              it->step < 0 ? p->tensor[it->tensor].name : p->step[it->step].g.name, it->codes,
                              it->factor);
            for (int k = 0; k < it->n_options && at < (int)sizeof line - 30; k++)
                at += snprintf(line + at, sizeof line - (size_t)at, " %g:%.2e", it->option[k].bits / (double)it->codes,
                               it->option[k].error);
            options->log(options->log_context, line);
        }
    }
    if (teq_counts_cycles(options))
        count_cycles(s, t);
    return true;
}
