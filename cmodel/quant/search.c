/* SPDX-License-Identifier: Apache-2.0
 *
 * The default method: formats by measured output error, a budget by what the network's
 * own margins can bear, weights by compensated rounding.
 */
#include "augment.h"
#include "build.h"
#include "formats.h"
#include "select.h"
#include "tables.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The estimate comes from few samples, and the class changes that cost accuracy come in
 * whole samples: the search aims at this part of the loss that is allowed. Not for cycles: a
 * second term doubles those of a layer, and is taken for what is above the loss allowed alone. */
#define AIM 0.7

/* The price of energy where the loss leaves no room: a hundredth of energy is worth half a hundredth of the
 * expected error; or a half, a quarter of that, or nothing, while loss or error of the logits rise by more than two
 * fits differ by. */
#define LEAST_PRICE 0.5
#define LEAST_HALVED 2
#define FITS_DIFFER 0.1

/* And the largest relative error of the logits, for a point of loss allowed or in parts of what it is without
 * a price, whichever is more: few samples with wide margins say little of others. */
#define MOST_ERROR 0.015
#define MOST_RISE 1.25

/* Parts of the cross-check; the least loss that it tells from none, points. */
#define FOLDS 3
#define LEAST_LOSS 1e-3

/* The range of costs is one for networks of the usual kind, and the estimate of the loss is no better than to
 * a factor of two: where it is more than FAR times max_loss at the upper end, it is the range that is wrong.
 * Bits then go on to MOST_BITS, in steps of STEP at least, as far as BUDGETS looks lead. */
#define FAR 2.0
#define MOST_BITS 6.0
#define STEP 0.25
#define CYCLES_STEP 0.1
#define BUDGETS 4

/* Of the moments' mean diagonal. Flat about here: a fourth or four times of it changes
 * errors on samples not fitted by less than a tenth. */
#define RIDGE 0.25

typedef struct searching {
    quant_state *s;
    const teq_quant_options *options;
    output_metric metric;
    quant_tables tables;
    augment aug;
    double looked[BUDGETS]; /* costs that were cross-checked ...     */
    quality found[BUDGETS]; /* ... and what came of it               */
    double spent[BUDGETS];  /* energy, if that counts                */
    int looks;
    energy_price price;
    double energy;    /* pJ a sample, of the networks of the last cross-check    */
    int built;
    teq_error *err;
} searching;

__attribute__((format(printf, 2, 3))) static void say(const searching *x, const char *format, ...)
{
    char line[400];
    va_list args;
    if (x->options->log == NULL)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    x->options->log(x->options->log_context, line);
}

/* Sums of exact products are linear in the weights: compensated rounding has done all there
 * is to do. Truncated ones are not; but more than one pass over the codes, or over fewer rows,
 * fits the rows rather than the layer. */
static int polish(const searching *x, int passes)
{
    return x->s->net->target.arith == TEQ_ARITH_SHIFT ? passes : 0;
}

/* The base of a layer's weights nearest to the one wanted that goes with its input. */
static bool settle_bases(const searching *x, quant_choice *c)
{
    const plan *p = x->s->p;
    const teq_target *target = &x->s->net->target;
    for (int i = 0; i < p->n_steps; i++) {
        layer_choice *l = &c->layer[i];
        const tensor_choice *t = &c->tensor[p->step[i].g.in[0]];
        if (!p->step[i].has_weights || target->arith == TEQ_ARITH_INT)
            continue;
        int best = 0, K, t_w, t_a;
        double best_distance = 0;
        for (int k = 0; teq_steps48[k] != 0; k++) {
            double distance = fabs(log((double)teq_steps48[k] / l->step48));
            if (teq_layer_base(target, l->n_w, teq_steps48[k], t->n, t->step48, &K, &t_w, &t_a) &&
                (best == 0 || distance < best_distance)) {
                best = teq_steps48[k];
                best_distance = distance;
            }
        }
        if (best == 0)
            return teq_fail(x->err, TEQ_ERR_UNSUPPORTED,
                            "layer \"%s\": no base that target \"%s\" runs goes with %d-bit weights and inputs of "
                            "%d bits, base 2^(%d/48)",
                            p->step[i].g.name, target->name, l->n_w, t->n, t->step48);
        l->step48 = best;
    }
    return true;
}

/* Build on all samples but [from, to) and on what is made of them. */
static bool fit(searching *x, const quant_choice *c, size_t from, size_t to, const build_tuning *tuning, teq_qnet **net)
{
    const plan *p = x->s->p;
    size_t size = p->tensor[p->input].size, n = x->s->n, left = n - (to - from);
    const float *all = x->s->v->value[p->input];
    float *input = malloc(left * size * sizeof *input), **value = calloc((size_t)p->n_tensors, sizeof *value);
    plan_values v = {.n = left, .value = value}, more = {0};
    quant_state part = {0};
    bool ok = input != NULL && value != NULL;
    if (ok) {
        memcpy(input, all, from * size * sizeof *all);
        memcpy(input + from * size, all + to * size, (n - to) * size * sizeof *all);
        value[p->input] = input;
    } else {
        teq_fail(x->err, TEQ_ERR_MEMORY, "%s: no memory to select", p->name);
    }
    ok = ok && teq_augment_run(&x->aug, &v, x->s->threads, &more, x->err) &&
         teq_state_init(&part, p, &more, &x->s->net->target, x->s->threads, x->err) &&
         teq_build(&part, c, 0, tuning, x->err);
    if (ok) {
        *net = part.net;
        part.net = NULL;
    }
    if (part.p != NULL)
        teq_state_free(&part);
    if (more.value != NULL)
        teq_lowered_values_free(p, &more);
    free(input);
    free(value);
    x->built++;
    return ok;
}

/* Adds a share of what a network is expected to cost on samples. */
static bool add_energy(searching *x, const teq_qnet *net, const float *samples, size_t n, double share)
{
    uint8_t *codes = malloc(n * net->tensor[net->input].size);
    if (codes == NULL)
        return teq_fail(x->err, TEQ_ERR_MEMORY, "%s: no memory for the codes of %zu samples", net->name, n);
    teq_qnet_encode(net, samples, n, codes);
    double pj = teq_energy_network(net, x->price.model, codes, n, x->s->threads, x->err);
    free(codes);
    x->energy += share * pj;
    return pj >= 0;
}

/* Fit on all samples but [from, to), give the logits of these. from = to: fit on all and
 * give all. */
static bool fit_and_run(searching *x, const quant_choice *c, size_t from, size_t to, float *logits)
{
    const plan *p = x->s->p;
    const build_tuning tuning = {.ridge = RIDGE, .refit = true, .polish = polish(x, 1), .price = &x->price};
    size_t classes = (size_t)p->n_classes, first = from == to ? 0 : from, count = from == to ? x->s->n : to - from;
    teq_qnet *net = NULL;
    if (!fit(x, c, from, to, &tuning, &net))
        return false;
    teq_qrun_options run = {.threads = x->s->threads};
    net->input_terms = 1; /* the plan's values are taken apart already */
    const float *samples = x->s->v->value[p->input] + first * p->tensor[p->input].size;
    float *y = teq_qnet_logits(net, samples, count, &run, x->err);
    if (y != NULL && x->price.model != NULL && !add_energy(x, net, samples, count, (double)count / (double)x->s->n)) {
        free(y);
        y = NULL;
    }
    if (y != NULL)
        memcpy(logits, y, count * classes * sizeof *y);
    free(y);
    teq_qnet_free(net);
    return y != NULL;
}

/* Quality of a choice on samples that its weights have not seen: each part of the
 * samples by a network fitted to all others. */
static bool cross_check(searching *x, const quant_choice *c, quality *q)
{
    size_t n = x->s->n, classes = (size_t)x->s->p->n_classes, folds = n < FOLDS * 2 ? 1 : FOLDS;
    float *logits = malloc(n * classes * sizeof *logits);
    bool ok = logits != NULL;
    x->energy = 0;
    for (size_t k = 0; ok && k < folds; k++) {
        size_t from = k * n / folds, to = (k + 1) * n / folds;
        ok = fit_and_run(x, c, folds > 1 ? from : to, to, logits + from * classes);
    }
    if (ok)
        *q = teq_quality(&x->metric, logits, x->options->labels);
    free(logits);
    return ok;
}

/* What --max-loss is held against. */
static double judged_loss(const searching *x, const quality *q)
{
    return x->options->labels ? fmax(q->label_loss, 0.5 * q->expected_loss) : q->expected_loss;
}

static double wanted_loss(const searching *x)
{
    return AIM * x->options->max_loss;
}

/* What the budget is chosen for. */
static double budgeted_loss(const searching *x)
{
    return teq_counts_cycles(x->options) ? x->options->max_loss : wanted_loss(x);
}

/* One look: build for a budget, cross-check, add (bits, log of the loss) to the line. */
typedef struct line_fit {
    double n, x, y, xx, xy;
} line_fit;

static bool look(searching *x, quant_choice *c, double cost, line_fit *f, bool *enough)
{
    double error, real = teq_tables_choose(x->s->p, &x->tables, cost, 0, c, &error);
    quality q;
    if (!settle_bases(x, c) || !cross_check(x, c, &q))
        return false;
    double loss = log(fmax(LEAST_LOSS, judged_loss(x, &q)));
    x->looked[x->looks] = cost;
    x->spent[x->looks] = x->energy;
    x->found[x->looks++] = q;
    *enough = judged_loss(x, &q) <= budgeted_loss(x);
    f->n += 1;
    f->x += real, f->y += loss;
    f->xx += real * real, f->xy += real * loss;
    say(x, "%.3f %s: expected error %.5f; on samples not fitted: agreement %.1f %%, logit error %.4f, expected loss "
           "%.2f points",
        real, teq_counts_cycles(x->options) ? "of the least cycles" : "bits", error, 100 * q.agreement, q.logit_error, q.expected_loss);
    return true;
}

/* The range of costs: average bits; or cycles, from one term everywhere to two. */
static double lowest(const searching *x)
{
    return teq_counts_cycles(x->options) ? 1.0001 : x->options->min_bits;
}

static double highest(const searching *x)
{
    return teq_counts_cycles(x->options) ? 2.0001 : x->options->max_bits;
}

/* The loss falls with bits as exp(a - b bits), closely enough over half a bit. */
static double best_budget(const searching *x, const line_fit *f, double loss, double most)
{
    double var = f->xx - f->x * f->x / f->n, b = var > 1e-6 ? -(f->xy - f->x * f->y / f->n) / var : 1;
    b = fmin(teq_counts_cycles(x->options) ? 20.0 : 3.0, fmax(0.4, b));
    double a = (f->y + b * f->x) / f->n, cost = (a - log(fmax(LEAST_LOSS, loss))) / b;
    return fmin(most, fmax(lowest(x), cost));
}

/* What --max-loss is missed by is more than the estimate's own doubt. */
static bool is_far_above(const searching *x, const quality *q)
{
    return judged_loss(x, q) > FAR * x->options->max_loss;
}

/* Bits beyond the range's end, as many as max_loss takes by the line. */
static bool pass_highest(searching *x, quant_choice *c, line_fit *f, double *budget)
{
    bool enough;
    while (x->looks < BUDGETS && *budget < MOST_BITS && is_far_above(x, &x->found[x->looks - 1])) {
        const double least = fmin(MOST_BITS, *budget + STEP);
        *budget = fmax(least, best_budget(x, f, x->options->max_loss, MOST_BITS));
        if (!look(x, c, *budget, f, &enough))
            return false;
    }
    return true;
}

/* The least of the costs looked at that is enough: the highest is; *budget is looked at first, then what is half-way
 * between the least that was enough and the most that was not. */
static bool find_cycles(searching *x, quant_choice *c, line_fit *f, double *budget)
{
    double few = lowest(x), good = highest(x);
    while (x->looks < BUDGETS && *budget < good - CYCLES_STEP) {
        bool enough;
        if (!look(x, c, *budget, f, &enough))
            return false;
        *(enough ? &good : &few) = *budget;
        *budget = (few + good) / 2;
    }
    *budget = good;
    return true;
}

static bool find_budget(searching *x, quant_choice *c, double *budget)
{
    line_fit f = {0};
    bool enough;
    *budget = lowest(x);
    if (!look(x, c, lowest(x), &f, &enough))
        return false;
    if (enough)
        return true;
    if (!look(x, c, highest(x), &f, &enough))
        return false;
    *budget = best_budget(x, &f, budgeted_loss(x), highest(x));
    if (!teq_counts_cycles(x->options))
        return !x->options->is_open || !x->metric.classify || pass_highest(x, c, &f, budget);
    const double most = x->options->max_loss, one = judged_loss(x, &x->found[0]), two = judged_loss(x, &x->found[1]);
    if (enough)
        return find_cycles(x, c, &f, budget);
    if (is_far_above(x, &x->found[0]) && two - most < (one - most) / 2) {
        *budget = highest(x);
    } else {
        say(x, "two terms everywhere do not bring the expected loss to %g points either: one term", most);
        *budget = lowest(x);
    }
    return true;
}

/* The last cross-check of a cost; -1: there was none. */
static int looked_at(const searching *x, double cost)
{
    int at = x->looks - 1;
    while (at >= 0 && x->looked[at] != cost)
        at--;
    return at;
}

/* --- energy ------------------------------------------------------------------------------ */

static bool start_energy(searching *x)
{
    x->price.model = teq_energy_find(&x->options->target);
    if (x->price.model == NULL)
        return teq_fail(x->err, TEQ_ERR_UNSUPPORTED, "--objective energy: no tile of the arithmetic of target \"%s\" was measured",
                        x->options->target.name);
    x->price.weight = calloc((size_t)x->s->p->n_steps, sizeof *x->price.weight);
    if (x->price.weight == NULL)
        return teq_fail(x->err, TEQ_ERR_MEMORY, "%s: no memory for prices", x->s->p->name);
    for (int i = 0; i < x->tables.n_items; i++)
        if (x->tables.item[i].step >= 0)
            x->price.weight[x->tables.item[i].step] = x->tables.item[i].weight;
    return true;
}

/* A price: cross-check with it. */
static bool look_at_price(searching *x, quant_choice *c, double budget, double mu, quality *q)
{
    x->price.mu = mu;
    teq_tables_choose(x->s->p, &x->tables, budget, mu, c, NULL);
    return settle_bases(x, c) && cross_check(x, c, q);
}

/* One more price: what came of it; *pooled: the expected loss, followed from that without a price by
 * what one variance for all samples says of both. */
static bool judge_price(searching *x, quant_choice *c, double budget, double price, const quality *plain, double unit,
                        quality *q, double *pooled)
{
    if (!look_at_price(x, c, budget, price * unit, q))
        return false;
    *pooled = fmax(judged_loss(x, plain), 1e-3) * q->pooled_loss / fmax(plain->pooled_loss, 1e-3);
    say(x, "energy at price %.3g: %.0f nJ; agreement %.1f %%, logit error %.4f, expected loss %.2f points, pooled %.2f", price,
        1e-3 * x->energy, 100 * q->agreement, q->logit_error, judged_loss(x, q), *pooled);
    return true;
}

/* The highest price of energy that the loss allows. The expected loss of one price beside another
 * is mostly noise of single samples: the pooled one is held against what is wanted, itself
 * against max_loss. */
static bool find_price(searching *x, quant_choice *c, double budget, quality *found, teq_quant_report *report)
{
    enum { LOOKS = 6 };
    const double step = 4, close = 1.3;
    double error, good = LEAST_PRICE, bad = 0, price = step, pooled;
    quality plain, q;
    bool seen = false;
    teq_tables_choose(x->s->p, &x->tables, budget, 0, c, &error);
    const int at = looked_at(x, budget);
    if (at >= 0) {
        plain = x->found[at];
        x->energy = x->spent[at];
    } else if (!look_at_price(x, c, budget, 0, &plain)) {
        return false;
    }
    const double spent = x->energy;
    double spares = 1;
    const double unit = error / x->energy, left = wanted_loss(x) - judged_loss(x, &plain);
    say(x, "energy %.0f nJ a sample, expected loss %.2f points, %s %.2f", 1e-3 * x->energy, judged_loss(x, &plain),
        left > 0 ? "may rise to" : "wanted", wanted_loss(x));
    for (int i = 0; i < LOOKS && left > 0 && !(bad > 0 && bad / good < close); i++) {
        if (!judge_price(x, c, budget, price, &plain, unit, &q, &pooled))
            return false;
        if (pooled <= wanted_loss(x) && judged_loss(x, &q) <= x->options->max_loss &&
            q.logit_error <= fmax(MOST_ERROR * x->options->max_loss, MOST_RISE * plain.logit_error)) {
            good = price;
            *found = q;
            spares = x->energy / spent;
            seen = true;
        } else {
            bad = price;
        }
        const double up = pooled < wanted_loss(x) / 10 ? step * step : step;
        price = bad <= 0 ? up * price : sqrt(good * bad);
    }
    for (int i = 0; !seen && i <= LEAST_HALVED; i++) {
        good = ldexp(LEAST_PRICE, -i);
        if (!judge_price(x, c, budget, good, &plain, unit, found, &pooled))
            return false;
        seen = found->logit_error <= (1 + FITS_DIFFER) * plain.logit_error &&
               judged_loss(x, found) <= fmax(x->options->max_loss, (1 + FITS_DIFFER) * judged_loss(x, &plain));
        spares = x->energy / spent;
    }
    if (!seen) {
        say(x, "no price of energy that the loss bears");
        good = 0;
        *found = plain;
        spares = 1;
    }
    report->energy_share = spares;
    x->price.mu = good * unit;
    return true;
}

static bool finish_network(searching *x, quant_choice *c, double budget, bool check, teq_quant_report *report)
{
    const build_tuning tuning = {.ridge = RIDGE, .refit = true, .effort = 1, .polish = polish(x, 1), .price = &x->price};
    const plan *p = x->s->p;
    quality q = {NAN, NAN, NAN, NAN, NAN};
    if (x->price.model != NULL && !find_price(x, c, budget, &q, report))
        return false;
    check = check && x->price.model == NULL;
    teq_tables_choose(p, &x->tables, budget, x->price.mu, c, NULL);
    const int at = x->price.model == NULL ? looked_at(x, budget) : -1;
    if (at >= 0) {
        q = x->found[at];
        check = false;
    }
    teq_qnet *net = NULL;
    if (!settle_bases(x, c) || (check && !cross_check(x, c, &q)) || !fit(x, c, 0, 0, &tuning, &net))
        return false;
    teq_qnet_free(x->s->net);
    x->s->net = net;
    if (x->price.model != NULL) {
        int terms = net->input_terms;
        x->energy = 0;
        net->input_terms = 1; /* the plan's values are taken apart already */
        if (!add_energy(x, net, x->s->v->value[p->input], x->s->n, 1))
            return false;
        net->input_terms = terms;
        report->energy_pj = x->energy;
        snprintf(report->energy_of, sizeof report->energy_of, "%s", x->price.model->target);
    }
    report->agreement = q.agreement;
    report->expected_loss = q.expected_loss;
    report->judged_loss = judged_loss(x, &q);
    report->logit_error = q.logit_error;
    report->candidates = x->built;
    teq_qbits bits = teq_qnet_bits(x->s->net);
    say(x, "chosen: %.3f bits (weights %.3f, activations %.3f)", bits.all, bits.weights, bits.activations);
    return true;
}

/* An autoencoder is judged by what it leaves of its input: errors count against that, not
 * against the output. False: it is none. */
static bool autoencodes(const plan *p, const plan_values *v, output_metric *m)
{
    size_t size = (size_t)p->n_classes;
    if (m->classify || p->input_terms != 1 || p->tensor[p->input].size != size)
        return false;
    double sum = 0;
    for (size_t i = 0; i < v->n * size; i++)
        sum += pow((double)v->value[p->input][i] - (double)v->logits[i], 2);
    if (sum > 0)
        m->soft = sum / (double)v->n;
    return sum > 0;
}

bool teq_method_search(quant_state *s, bool classify, const teq_quant_options *options, teq_quant_report *report,
                       teq_error *err)
{
    const plan *p = s->p;
    searching x = {.s = s, .options = options, .err = err};
    quant_choice c = {0};
    x.metric = teq_metric_make(s->v->logits, s->n, (size_t)p->n_classes, classify);
    if (autoencodes(p, s->v, &x.metric))
        say(&x, "an autoencoder: errors count against what it leaves of its input");
    if (!teq_augment_init(&x.aug, p, s->v, x.metric.classify, s->threads, err))
        return false;
    say(&x, "inputs made of the samples: mixed%s%s%s", x.aug.dx ? ", moved sideways" : "",
        x.aug.dy ? ", up and down" : "", x.aug.mirror ? ", mirrored" : "");
    float **importance = teq_importance(p, s->v, &x.metric, 8, s->threads);
    s->importance = importance;
    bool ok = importance != NULL && teq_choice_init(p, &c);
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to search", p->name);
    ok = ok && teq_tables_make(s, &x.metric, options, &x.tables, err);
    s->importance = NULL;
    teq_importance_free(p, importance);
    if (ok && options->objective == TEQ_OBJECTIVE_ENERGY)
        ok = start_energy(&x);
    double budget = options->min_bits;
    bool given = options->min_bits == options->max_bits && options->objective == TEQ_OBJECTIVE_BITS;
    bool fixed = options->method == TEQ_METHOD_INT && options->bits != 0;
    if (ok && !fixed && !given)
        ok = find_budget(&x, &c, &budget);
    ok = ok && finish_network(&x, &c, fixed ? 8 : budget, !fixed && !given, report);
    snprintf(report->chosen_on, sizeof report->chosen_on, "%s",
             fixed && x.price.model == NULL ? "nothing: bits given"
             : given                ? "nothing: average bits given"
             : options->labels       ? "calibration samples with labels, each by a fit to the others"
                                     : "calibration samples without labels, each by a fit to the others: "
                                       "expected loss from margins and logit errors");
    free(x.price.weight);
    teq_tables_free(&x.tables);
    teq_choice_free(&c);
    return ok;
}
