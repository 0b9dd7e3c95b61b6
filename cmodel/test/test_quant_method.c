/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods on the embedded network: budgets are kept, classes are kept, threads change
 * nothing. And the allocator alone, against trying everything.
 */
#include "quant_check.h"
#include "teq/alloc.h"
#include "teq/dna.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static teq_graph *graph;
static float *calib, *eval, *wanted;
static size_t n_calib, n_eval;

static int setup(void **state)
{
    (void)state;
    teq_error err = {0};
    graph = teq_onnx_load(DIGITS ".onnx", &err);
    ok_or_fail(graph != NULL, err);
    calib = quant_check_samples(graph, DIGITS "_calib_x.npy", &n_calib);
    eval = quant_check_samples(graph, DIGITS "_eval_x.npy", &n_eval);
    wanted = teq_exec_logits(graph, eval, n_eval, 0, &err);
    ok_or_fail(wanted != NULL, err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    teq_graph_free(graph);
    free(calib);
    free(eval);
    free(wanted);
    return 0;
}

static double agreement(const float *logits)
{
    size_t same = 0;
    for (size_t i = 0; i < n_eval; i++)
        same += teq_argmax(logits + 10 * i, 10) == teq_argmax(wanted + 10 * i, 10);
    return (double)same / (double)n_eval;
}

static float *logits_of(teq_quant_options o, double *bits)
{
    teq_error err = {0};
    teq_qnet *net = teq_quantize(graph, calib, n_calib, &o, NULL, &err);
    ok_or_fail(net != NULL, err);
    *bits = teq_qnet_bits(net).all;
    float *y = teq_qnet_logits(net, eval, n_eval, NULL, &err);
    ok_or_fail(y != NULL, err);
    teq_qnet_free(net);
    return y;
}

static void check_method(teq_method method, const char *target, int bits, double budget, double least)
{
    teq_quant_options o = teq_quant_defaults();
    double got;
    o.method = method;
    o.bits = bits;
    o.min_bits = o.max_bits = budget;
    assert_true(teq_target_find(target, &o.target));
    float *y = logits_of(o, &got);
    if (got > budget + 1e-9 || got < budget - 0.3 || agreement(y) < least)
        fail_msg("%s at %.2f bits: got %.3f bits, agreement %.3f, expected at least %.3f", target, budget, got,
                 agreement(y), least);
    free(y);
}

/* Products of four bits lose more than three tenths of a point with one term a weight, less with
 * two; some layers with two are enough. */
static void cycles(void **state)
{
    (void)state;
    teq_quant_options o = teq_quant_defaults();
    teq_quant_report report;
    teq_error err = {0};
    int layers = 0, twice = 0;
    o.max_loss = 0.3;
    assert_true(teq_target_find("shift4_4_4", &o.target));
    teq_qnet *net = teq_quantize(graph, calib, n_calib, &o, &report, &err);
    ok_or_fail(net != NULL, err);
    for (int i = 0; i < net->n_steps; i++) {
        layers += net->step[i].op == TEQ_QOP_DOT && net->step[i].kind != TEQ_QKIND_POOL;
        twice += net->step[i].terms == 2;
    }
    teq_qnet_free(net);
    if (!(report.judged_loss <= o.max_loss) || twice == 0 || twice == layers)
        fail_msg("shift4_4_4, %g points allowed: expected loss %.3f, two terms in %d of %d layers; wanted: within, in some of them",
                 o.max_loss, report.judged_loss, twice, layers);
}

static void format_alone(void **state) { (void)state; check_method(TEQ_METHOD_TEQ, "none", 0, 4.0, 0.98); }
static void published(void **state) { (void)state; check_method(TEQ_METHOD_TEQ, "shift4", 0, 4.5, 0.97); }
static void int_mixed(void **state) { (void)state; check_method(TEQ_METHOD_INT, "int8", 0, 4.5, 0.97); }
static void int_six(void **state) { (void)state; check_method(TEQ_METHOD_INT, "int6", 6, 6.0, 0.98); }

/* shift5 runs weights of 5 bits, but the smallest of them leave little of an 8-bit product:
 * where nothing else is saved by fewer bits, 4 bits must win nearly everywhere. */
static void wider(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_quant_report report;
    teq_quant_options o = teq_quant_defaults();
    assert_true(teq_target_find("shift5", &o.target));
    teq_qnet *net = teq_quantize(graph, calib, n_calib, &o, &report, &err);
    ok_or_fail(net != NULL, err);
    double bits = teq_qnet_bits(net).weights;
    if (bits > 5.5 || report.logit_error > 0.01)
        fail_msg("expected weights of 5.5 bits at most, sign included, and a logit error of 0.01, got %g and %g", bits,
                 report.logit_error);
    teq_qnet_free(net);
}

static void threads(void **state)
{
    (void)state;
    double bits;
    teq_quant_options o = teq_quant_defaults();
    o.min_bits = o.max_bits = 4;
    o.threads = 1;
    float *a = logits_of(o, &bits);
    o.threads = 3;
    float *b = logits_of(o, &bits);
    assert_memory_equal(a, b, n_eval * 10 * sizeof *a);
    free(a);
    free(b);
}

/* The codes for a scheduler are those of the network: products of the last layer's, less those of
 * another sample, are differences of logits. */
static void dna_codes(const teq_dna *d, const float *logits)
{
    teq_error err = {0};
    teq_target target;
    assert_true(teq_target_find("none", &target));
    teq_qnet *net = teq_dna_net(d, &target, &err);
    ok_or_fail(net != NULL, err);
    uint8_t **codes = calloc((size_t)net->n_tensors, sizeof *codes);
    assert_non_null(codes);
    for (int t = 0; t < net->n_tensors; t++)
        assert_non_null(codes[t] = malloc(2 * net->tensor[t].size));
    ok_or_fail(teq_dna_codes(d, eval, 2, 1, codes, &err), err);
    const teq_dna_layer *layers;
    const int last = teq_dna_layers(d, &layers) - 1;
    const teq_dna_layer *f = &layers[last];
    const teq_qlayer *l = &net->step[net->n_steps - 1];
    assert_int_equal(l->n_w, f->weight.n);
    assert_int_equal(net->tensor[l->in[0]].n, f->input.n);
    const uint8_t *a = codes[l->in[0]];
    for (int o = 0; o < l->n_out; o++) {
        double difference = 0;
        for (size_t i = 0; i < l->k; i++)
            difference += teq_dnateq_decode(&f->weight, l->code[(size_t)o * l->k + i]) *
                          (teq_dnateq_decode(&f->input, a[l->k + i]) - teq_dnateq_decode(&f->input, a[i]));
        assert_true(fabs(difference - (double)(logits[l->n_out + o] - logits[o])) < 1e-3);
    }
    for (int t = 0; t < net->n_tensors; t++)
        free(codes[t]);
    free(codes);
    teq_qnet_free(net);
}

static void dna_teq(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_quant_options o = teq_quant_defaults();
    teq_dna *d = teq_dna_quantize(graph, calib, n_calib, &o, NULL, &err);
    ok_or_fail(d != NULL, err);
    const teq_dna_layer *l;
    for (int i = 0, n = teq_dna_layers(d, &l); i < n; i++) {
        assert_in_range(l[i].weight.n, 3, 7);
        assert_true(l[i].weight.base == l[i].input.base && l[i].weight.n == l[i].input.n);
    }
    float *y = teq_dna_logits(d, eval, n_eval, 0, &err);
    assert_true(agreement(y) > 0.95);
    dna_codes(d, y);
    free(y);
    teq_dna_free(d);
    o.no_beta = true;
    ok_or_fail((d = teq_dna_quantize(graph, calib, n_calib, &o, NULL, &err)) != NULL, err);
    for (int i = 0, n = teq_dna_layers(d, &l); i < n; i++)
        assert_true(l[i].weight.beta == 0 && l[i].input.beta == 0 && l[i].weight.alpha > 0);
    teq_dna_free(d);
}

static void refusals(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_quant_options o = teq_quant_defaults();
    o.min_bits = 5;
    o.max_bits = 4;
    assert_null(teq_quantize(graph, calib, n_calib, &o, NULL, &err));
    assert_non_null(strstr(err.message, "average bits from 5 to 4"));
    o = teq_quant_defaults();
    o.method = TEQ_METHOD_INT;
    assert_null(teq_quantize(graph, calib, n_calib, &o, NULL, &err));
    assert_null(teq_quantize(graph, calib, 0, &o, NULL, &err));
}

/* Four items of four options: no choice of at most the same bits has less error than the
 * hull allows, checked where the budget is a hull point. */
static void allocator(void **state)
{
    (void)state;
    teq_alloc_option option[4][4];
    teq_alloc_item item[4];
    uint32_t seed = 12345;
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++) {
            seed = seed * 1664525u + 1013904223u;
            option[i][k] = (teq_alloc_option){100.0 * (k + 1), (1.0 + (seed >> 24) / 256.0) * pow(0.3, k)};
        }
        item[i] = (teq_alloc_item){4, option[i], 0};
    }
    for (double lambda = 1e-4; lambda < 0.1; lambda *= 2) {
        double bits = teq_allocate(item, 4, lambda), error = teq_allocate_error(item, 4), best = INFINITY;
        for (int code = 0; code < 256; code++) {
            double b = 0, e = 0;
            for (int i = 0; i < 4; i++) {
                b += option[i][code >> (2 * i) & 3].bits;
                e += option[i][code >> (2 * i) & 3].error;
            }
            if (b <= bits && e < best)
                best = e;
        }
        if (error > best + 1e-12)
            fail_msg("lambda %g, %g bits: expected error %g, got %g", lambda, bits, best, error);
        assert_true(teq_allocate_budget(item, 4, bits + 50) <= bits + 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(format_alone), cmocka_unit_test(published),
                                       cmocka_unit_test(int_mixed),    cmocka_unit_test(int_six),
                                       cmocka_unit_test(wider),        cmocka_unit_test(cycles),
                                       cmocka_unit_test(threads),      cmocka_unit_test(dna_teq),
                                       cmocka_unit_test(refusals),     cmocka_unit_test(allocator)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
