/* SPDX-License-Identifier: Apache-2.0
 *
 * The integer executor against the literal reference, for every arithmetic, on every
 * output of every layer of the embedded network.
 */
#include "quant_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static teq_graph *graph;
static float *calib, *eval;
static size_t n_calib, n_eval;

static int setup(void **state)
{
    (void)state;
    teq_error err = {0};
    graph = teq_onnx_load(DIGITS ".onnx", &err);
    ok_or_fail(graph != NULL, err);
    calib = quant_check_samples(graph, DIGITS "_calib_x.npy", &n_calib);
    eval = quant_check_samples(graph, DIGITS "_eval_x.npy", &n_eval);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    teq_graph_free(graph);
    free(calib);
    free(eval);
    return 0;
}

static teq_qnet *quantize(const char *target)
{
    teq_error err = {0};
    teq_quant_options o = teq_quant_defaults();
    assert_true(teq_target_find(target, &o.target));
    o.method = o.target.arith == TEQ_ARITH_INT ? TEQ_METHOD_INT : TEQ_METHOD_RANGE;
    o.bits = target[3] - '0';
    if (o.target.arith == TEQ_ARITH_SHIFT)
        o.n_w = o.target.caps.n_max == 5 ? 5 : 4;
    teq_qnet *net = teq_quantize(graph, calib, n_calib, &o, NULL, &err);
    ok_or_fail(net != NULL, err);
    ok_or_fail(teq_qnet_check(net, &err), err);
    return net;
}

static void compare(const char *target)
{
    enum { N = 3 };
    teq_error err = {0};
    teq_qnet *net = quantize(target);
    uint8_t *input = malloc(N * net->tensor[net->input].size);
    teq_qnet_encode(net, eval, N, input);
    teq_qbind *bind = calloc((size_t)net->n_tensors, sizeof *bind);
    for (int i = 0; i < net->n_tensors; i++)
        bind[i] = (teq_qbind){i, malloc(N * net->tensor[i].size)};
    int16_t *words = malloc(N * (size_t)net->n_classes * sizeof *words);
    ok_or_fail(teq_qnet_run(net, N, input, bind, net->n_tensors, words, NULL, &err), err);
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        if (l->op != TEQ_QOP_DOT)
            continue;
        size_t outs = (size_t)l->n_out * (size_t)l->oh * (size_t)l->ow;
        const uint8_t *in[1] = {bind[l->in[0]].codes}, *res = l->res >= 0 ? bind[l->res].codes : NULL;
        int16_t *y = malloc(N * outs * sizeof *y);
        ok_or_fail(teq_qnet_run_step(net, i, N, in, res, NULL, y, NULL, 1, &err), err);
        for (size_t s = 0; s < N; s++)
            for (size_t j = 0; j < outs; j++) {
                int o = (int)j / (l->oh * l->ow), p = (int)j % (l->oh * l->ow);
                int16_t want = teq_qnet_reference_word(net, i, in[0] + s * net->tensor[l->in[0]].size,
                                                       res ? res + s * outs : NULL, o, p / l->ow, p % l->ow);
                if (y[s * outs + j] != want)
                    fail_msg("%s: layer %s, sample %zu, channel %d, row %d, column %d: expected y = %d, got %d", target,
                             l->name, s, o, p / l->ow, p % l->ow, want, y[s * outs + j]);
                if (l->out < 0)
                    assert_int_equal(words[s * outs + j], want);
                else if (net->target.arith != TEQ_ARITH_INT) {
                    const teq_qtensor *t = &net->tensor[l->out];
                    teq_format f = {(uint8_t)t->n, 1, 0, t->is_signed};
                    assert_int_equal(bind[l->out].codes[s * outs + j], teq_next_code(l->th, 127, f, want));
                }
            }
        free(y);
    }
    for (int i = 0; i < net->n_tensors; i++)
        free(bind[i].codes);
    free(bind);
    free(words);
    free(input);
    teq_qnet_free(net);
}

static void shift4(void **state) { (void)state; compare("shift4"); }
static void shift5(void **state) { (void)state; compare("shift5"); }
static void shift4_6_8(void **state) { (void)state; compare("shift4_6_8"); }
static void none(void **state) { (void)state; compare("none"); }
static void int4(void **state) { (void)state; compare("int4"); }
static void int8(void **state) { (void)state; compare("int8"); }

/* Threads change nothing, neither in what the quantizer makes nor in what runs. */
static void threads(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_quant_options o = teq_quant_defaults();
    o.method = TEQ_METHOD_RANGE;
    assert_true(teq_target_find("shift4", &o.target));
    float *logits[2];
    for (int i = 0; i < 2; i++) {
        o.threads = i == 0 ? 1 : 3;
        teq_qnet *net = teq_quantize(graph, calib, n_calib, &o, NULL, &err);
        ok_or_fail(net != NULL, err);
        teq_qrun_options run = {.threads = i == 0 ? 3 : 1};
        logits[i] = teq_qnet_logits(net, eval, n_eval, &run, &err);
        ok_or_fail(logits[i] != NULL, err);
        teq_qnet_free(net);
    }
    assert_memory_equal(logits[0], logits[1], n_eval * 10 * sizeof(float));
    free(logits[0]);
    free(logits[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shift4),     cmocka_unit_test(shift5),
                                       cmocka_unit_test(shift4_6_8), cmocka_unit_test(none),
                                       cmocka_unit_test(int4),       cmocka_unit_test(int8),
                                       cmocka_unit_test(threads)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
