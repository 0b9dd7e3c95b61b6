/* SPDX-License-Identifier: Apache-2.0 */
#include "methods.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

teq_quant_options teq_quant_defaults(void)
{
    teq_quant_options o = {.method = TEQ_METHOD_TEQ, .n_w = 4, .n_a = 5, .bits = 8, .max_loss = 1.0};
    teq_target_find("none", &o.target);
    return o;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool check_options(const teq_quant_options *o, teq_error *err)
{
    if (o->method == TEQ_METHOD_RANGE && (o->n_w < 2 || o->n_w > 7 || o->n_a < 2 || o->n_a > 7))
        return teq_fail(err, TEQ_ERR_ARG, "n_w %d, n_a %d: expected 2..7", o->n_w, o->n_a);
    if (o->method == TEQ_METHOD_INT && o->bits != 0 && (o->bits < 4 || o->bits > 8))
        return teq_fail(err, TEQ_ERR_ARG, "bits: got %d, expected 4..8", o->bits);
    if ((o->method == TEQ_METHOD_INT) != (o->target.arith == TEQ_ARITH_INT))
        return teq_fail(err, TEQ_ERR_ARG, "target \"%s\" does not go with this method", o->target.name);
    return true;
}

teq_qnet *teq_quantize(const teq_graph *graph, const float *calib, size_t n, const teq_quant_options *options,
                       teq_quant_report *report, teq_error *err)
{
    double start = now();
    if (!check_options(options, err))
        return NULL;
    if (n == 0) {
        teq_fail(err, TEQ_ERR_ARG, "%s: no calibration samples", graph->name);
        return NULL;
    }
    bool negative = false;
    for (size_t i = 0; i < n * graph->tensor[graph->input].size; i++)
        negative = negative || calib[i] < 0;
    plan *p = teq_lowered_make(graph, negative, err);
    if (p == NULL)
        return NULL;
    plan_values v = {0};
    quant_state s = {0};
    teq_qnet *net = NULL;
    if (teq_lowered_run(p, calib, n, options->threads, &v, err) &&
        teq_state_init(&s, p, &v, &options->target, options->threads, err)) {
        if (teq_method_range(&s, options, err)) {
            net = s.net;
            s.net = NULL;
        }
        teq_state_free(&s);
    }
    teq_lowered_values_free(p, &v);
    teq_lowered_free(p);
    if (report != NULL)
        *report = (teq_quant_report){.seconds = now() - start};
    return net;
}
