/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels brought to one scale under Clip (ReLU6): small ones grow, no value passes the limit,
 * channels that reach it stay, and the network's outputs are what they were.
 */
#include "onnx_builder.h"
#include "quant_check.h"

#include "../quant/equalize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 20, SIZE = 2 * 5 * 5, C = 4, PIXELS = 25, OUT = 3, LIMIT = 6 };

static const float scales[C] = {1.0f, 0.02f, 40.0f, 0.3f}; /* the third reaches the limit */

static plan *network(plan_values *v, float *x)
{
    teq_error err = {0};
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,2,5,5");
    float *w = (float *)(void *)onnx_random(b, "w1", "4,2,3,3", 0.5)->raw_data.data;
    for (int c = 0; c < C; c++)
        for (int i = 0; i < 18; i++)
            w[c * 18 + i] *= scales[c];
    onnx_random(b, "w2", "4,1,3,3", 0.5);
    onnx_random(b, "w3", "3,100", 0.3);
    onnx_full(b, "lo", "", 0);
    onnx_full(b, "hi", "", LIMIT);
    onnx_node(b, "Conv", "c1", "x w1", "s1", "pads=[1,1,1,1]");
    onnx_node(b, "Clip", "r1", "s1 lo hi", "y1", "");
    onnx_node(b, "Conv", "c2", "y1 w2", "s2", "pads=[1,1,1,1] group=4");
    onnx_node(b, "Clip", "r2", "s2 lo hi", "y2", "");
    onnx_node(b, "Flatten", "flat", "y2", "f", "");
    onnx_node(b, "Gemm", "fc", "f w3", "y", "transB=1");
    onnx_output(b, "y");
    size_t size;
    uint8_t *bytes = onnx_pack(b, &size);
    onnx_free(b);
    teq_graph *g = teq_onnx_parse(bytes, size, "clip.onnx", &err);
    ok_or_fail(g != NULL, err);
    free(bytes);
    plan *p = teq_lowered_make(g, true, &err);
    ok_or_fail(p != NULL, err);
    teq_graph_free(g);
    uint64_t random = 3;
    for (size_t i = 0; i < SAMPLES * SIZE; i++)
        x[i] = (float)onnx_uniform(&random);
    ok_or_fail(teq_lowered_run(p, x, SAMPLES, 1, v, &err), err);
    return p;
}

static double top(const plan_values *v, int tensor, int c)
{
    double t = 0;
    for (size_t s = 0; s < SAMPLES; s++)
        for (size_t i = 0; i < PIXELS; i++)
            t = fmax(t, (double)v->value[tensor][(s * C + (size_t)c) * PIXELS + i]);
    return t;
}

static void test_clip(void **state)
{
    (void)state;
    teq_error err = {0};
    float x[SAMPLES * SIZE];
    plan_values v = {0}, again = {0};
    plan *p = network(&v, x);
    assert_int_equal(p->n_steps, 3);
    double before[C];
    for (int c = 0; c < C; c++)
        before[c] = top(&v, p->step[0].g.out, c);
    assert_true(before[2] == LIMIT);
    teq_equalize(p, &v, 1.0);
    ok_or_fail(teq_lowered_run(p, x, SAMPLES, 1, &again, &err), err);
    for (int i = 0; i < SAMPLES * OUT; i++)
        assert_true(fabsf(v.logits[i] - again.logits[i]) < 1e-4f * (1 + fabsf(v.logits[i])));
    for (int c = 0; c < C; c++) {
        double after = top(&again, p->step[0].g.out, c);
        assert_true(after <= LIMIT);
        assert_true(c == 2 ? after == LIMIT : after > 1.5 * before[c]);
        assert_true(fabs(after - top(&v, p->step[0].g.out, c)) < 1e-4);
    }
    assert_true(top(&again, p->step[0].g.out, 1) > 20 * before[1]);
    teq_lowered_values_free(p, &v);
    teq_lowered_values_free(p, &again);
    teq_lowered_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
