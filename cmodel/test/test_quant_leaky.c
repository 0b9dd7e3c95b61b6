/* SPDX-License-Identifier: Apache-2.0
 *
 * LeakyRelu is two steps without weights behind the sums: after a convolution, after an addition, at the
 * network's end. The quantized network follows the float executor, which has the function as it is.
 */
#include "onnx_builder.h"
#include "quant_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 40, SIZE = 6 * 6, CLASSES = 5 };

static onnx_builder *network(const char *slope, bool at_end)
{
    char attributes[32];
    snprintf(attributes, sizeof attributes, "alpha=%s", slope);
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,1,6,6");
    onnx_random(b, "w1", "8,1,3,3", 0.6);
    onnx_random(b, "w2", "8,8,1,1", 0.6);
    onnx_random(b, "w3", "5,288", 0.2);
    onnx_random(b, "b1", "8", 0.3);
    onnx_node(b, "Conv", "c1", "x w1 b1", "s1", "pads=[1,1,1,1]");
    onnx_node(b, "LeakyRelu", "l1", "s1", "y1", attributes);
    onnx_node(b, "Conv", "c2", "y1 w2", "s2", "");
    onnx_node(b, "Add", "add", "s2 y1", "sum", "");
    onnx_node(b, "LeakyRelu", "l2", "sum", "y2", attributes);
    onnx_node(b, "Flatten", "flat", "y2", "f", "");
    onnx_node(b, "Gemm", "fc", "f w3", at_end ? "s3" : "y", "transB=1");
    if (at_end)
        onnx_node(b, "LeakyRelu", "l3", "s3", "y", attributes);
    onnx_output(b, "y");
    return b;
}

static teq_graph *graph_of(onnx_builder *b, teq_error *err)
{
    size_t size;
    uint8_t *bytes = onnx_pack(b, &size);
    onnx_free(b);
    teq_graph *g = teq_onnx_parse(bytes, size, "leaky.onnx", err);
    free(bytes);
    return g;
}

/* |quantized - float|^2 / |float|^2 on the calibration samples. */
static double error_of(const char *slope, bool at_end, const char *target)
{
    teq_error err = {0};
    teq_graph *g = graph_of(network(slope, at_end), &err);
    ok_or_fail(g != NULL, err);
    float x[SAMPLES * SIZE];
    uint64_t random = 7;
    for (size_t i = 0; i < SAMPLES * SIZE; i++)
        x[i] = (float)onnx_uniform(&random);
    teq_quant_options o = teq_quant_defaults();
    o.min_bits = o.max_bits = 6;
    assert_true(teq_target_find(target, &o.target));
    teq_qnet *net = teq_quantize(g, x, SAMPLES, &o, NULL, &err);
    ok_or_fail(net != NULL, err);
    float *wanted = teq_exec_logits(g, x, SAMPLES, 1, &err), *got = teq_qnet_logits(net, x, SAMPLES, NULL, &err);
    assert_true(wanted != NULL && got != NULL);
    double d = 0, all = 0;
    for (size_t i = 0; i < SAMPLES * CLASSES; i++) {
        d += (double)(got[i] - wanted[i]) * (double)(got[i] - wanted[i]);
        all += (double)wanted[i] * (double)wanted[i];
    }
    free(wanted);
    free(got);
    teq_qnet_free(net);
    teq_graph_free(g);
    return d / all;
}

static void test_follows_float(void **state)
{
    (void)state;
    static const char *const slopes[] = {"0.01", "0.3"}, *const targets[] = {"none", "shift4"};
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 2; i++) {
            double e = error_of(slopes[i], i == 1, targets[t]);
            printf("%s, slope %s%s: %.4f\n", targets[t], slopes[i], i == 1 ? ", at the end too" : "", e);
            assert_true(e < 0.02);
        }
}

static void test_refused(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_graph *g = graph_of(network("1.5", false), &err);
    ok_or_fail(g != NULL, err);
    float x[SIZE] = {1};
    teq_quant_options o = teq_quant_defaults();
    assert_null(teq_quantize(g, x, 1, &o, NULL, &err));
    assert_non_null(strstr(err.message, "node \"c1\": LeakyRelu with a slope of 1.5"));
    teq_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_follows_float), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
