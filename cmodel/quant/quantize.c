/* SPDX-License-Identifier: Apache-2.0 */
#include "equalize.h"
#include "methods.h"
#include "split.h"
#include "teq/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

teq_quant_options teq_quant_defaults(void)
{
    teq_quant_options o = {.method = TEQ_METHOD_TEQ, .n_w = 4, .n_a = 5, .bits = 8, .max_loss = 1.0};
    teq_target_find("shift4", &o.target);
    return o;
}

static bool check_options(const teq_quant_options *o, teq_error *err)
{
    if (o->method == TEQ_METHOD_RANGE && (o->n_w < 2 || o->n_w > 7 || o->n_a < 2 || o->n_a > 7))
        return teq_fail(err, TEQ_ERR_ARG, "n_w %d, n_a %d: expected 2..7", o->n_w, o->n_a);
    if (!(o->min_bits >= 1 && o->min_bits <= o->max_bits && o->max_bits <= 16) || !(o->max_loss > 0))
        return teq_fail(err, TEQ_ERR_ARG, "average bits from %g to %g, loss %g: expected 1 <= from <= to <= 16, loss > 0",
                        o->min_bits, o->max_bits, o->max_loss);
    if (o->method == TEQ_METHOD_INT && o->bits != 0 && (o->bits < 4 || o->bits > 8))
        return teq_fail(err, TEQ_ERR_ARG, "bits: got %d, expected 4..8", o->bits);
    if (o->method == TEQ_METHOD_RANGE && o->objective == TEQ_OBJECTIVE_ENERGY)
        return teq_fail(err, TEQ_ERR_ARG, "--objective energy: expected method teq or int");
    if ((o->method == TEQ_METHOD_INT) != (o->target.arith == TEQ_ARITH_INT))
        return teq_fail(err, TEQ_ERR_ARG, "target \"%s\" does not go with this method", o->target.name);
    return true;
}

/* Does the network choose among classes? A Softmax at the end says so; without one, a
 * short vector of outputs that is not as long as the input (an autoencoder's is). */
static bool classifies(const teq_graph *g)
{
    const teq_tensor *y = &g->tensor[g->logits];
    if (g->logits != g->output)
        return true;
    return y->size > 1 && y->h * y->w == 1 && y->size <= 1000 && y->size != g->tensor[g->input].size;
}

/* The samples in another order, every other one first, so that both halves of the split
 * are drawn from the whole file; labels alike. */
static size_t place(size_t i, size_t n) { return i % 2 == 0 ? i / 2 : (n + 1) / 2 + i / 2; }

static bool reorder(const float *x, const int32_t *labels, size_t n, size_t size, float **x_out, int32_t **labels_out)
{
    *x_out = malloc(n * size * sizeof **x_out);
    *labels_out = labels ? malloc(n * sizeof **labels_out) : NULL;
    if (*x_out == NULL || (labels != NULL && *labels_out == NULL))
        return false;
    for (size_t i = 0; i < n; i++) {
        memcpy(*x_out + place(i, n) * size, x + i * size, size * sizeof *x);
        if (labels != NULL)
            (*labels_out)[place(i, n)] = labels[i];
    }
    return true;
}

static teq_qnet *quantize_plan(const teq_graph *graph, plan *p, const float *calib, size_t n,
                               const teq_quant_options *options, teq_quant_report *report, teq_error *err)
{
    plan_values v = {0};
    quant_state s = {0};
    teq_qnet *net = NULL;
    float *parts = NULL;
    if (options->method == TEQ_METHOD_TEQ && !teq_split_input(p, &options->target, calib, n, &parts, err))
        return NULL;
    bool ran = teq_lowered_run(p, parts ? parts : calib, n, options->threads, &v, err);
    free(parts);
    if (!ran)
        return NULL;
    if (options->method != TEQ_METHOD_RANGE)
        teq_equalize(p, &v, 1.0);
    if (teq_state_init(&s, p, &v, &options->target, options->threads, err)) {
        bool ok = options->method == TEQ_METHOD_RANGE
                      ? teq_method_range(&s, options, err)
                      : teq_method_search(&s, classifies(graph), options, report, err);
        if (ok && teq_qnet_check(s.net, err)) {
            net = s.net;
            s.net = NULL;
        }
        teq_state_free(&s);
    }
    teq_lowered_values_free(p, &v);
    return net;
}

teq_qnet *teq_quantize(const teq_graph *graph, const float *calib, size_t n, const teq_quant_options *options,
                       teq_quant_report *report, teq_error *err)
{
    double start = teq_seconds();
    size_t size = graph->tensor[graph->input].size;
    teq_quant_report dummy;
    if (report == NULL)
        report = &dummy;
    *report = (teq_quant_report){.agreement = NAN, .expected_loss = NAN, .judged_loss = NAN, .candidates = 1};
    teq_quant_options o = *options;
    if (o.objective == TEQ_OBJECTIVE_DEFAULT)
        o.objective = o.method == TEQ_METHOD_TEQ && o.target.arith == TEQ_ARITH_SHIFT && o.min_bits == 0 && o.max_bits == 0
                          ? TEQ_OBJECTIVE_CYCLES
                          : TEQ_OBJECTIVE_BITS;
    if (o.min_bits == 0) {
        o.min_bits = o.target.arith == TEQ_ARITH_SHIFT ? 4.25 : 3.85;
        o.min_bits = o.max_bits > 0 ? fmin(o.min_bits, o.max_bits) : o.min_bits;
    }
    o.is_open = o.max_bits == 0;
    if (o.max_bits == 0)
        o.max_bits = fmax(o.min_bits, o.target.arith == TEQ_ARITH_SHIFT ? 5.0 : 4.29);
    if (!check_options(&o, err))
        return NULL;
    if (n == 0) {
        teq_fail(err, TEQ_ERR_ARG, "%s: no calibration samples", graph->name);
        return NULL;
    }
    bool negative = false;
    for (size_t i = 0; i < n * size; i++)
        negative = negative || calib[i] < 0;
    plan *p = teq_lowered_make(graph, negative, err);
    if (p == NULL)
        return NULL;
    teq_qnet *net = NULL;
    float *x = NULL;
    int32_t *labels = NULL;
    if (reorder(calib, options->labels, n, size, &x, &labels)) {
        o.labels = labels;
        net = quantize_plan(graph, p, x, n, &o, report, err);
    } else {
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for %zu samples", graph->name, n);
    }
    free(x);
    free(labels);
    teq_lowered_free(p);
    report->seconds = teq_seconds() - start;
    return net;
}
