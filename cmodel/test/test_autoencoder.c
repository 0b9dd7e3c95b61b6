/* SPDX-License-Identifier: Apache-2.0
 *
 * The autoencoder kind of task: signed inputs, outputs as long as the inputs, no classes.
 * A network that projects 24 values on 4 directions; samples near these are normal, all
 * others are anomalies, told by what the network cannot reproduce.
 *
 *     test_autoencoder [DIR]    also writes ae.onnx, calib.npy, eval.npy, labels.npy to DIR
 */
#include "onnx_builder.h"
#include "quant_check.h"
#include "teq/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { D = 24, R = 4, CALIB = 80, EVAL = 120 };

static const char *folder;
static uint8_t *bytes;
static size_t n_bytes;
static float calib[CALIB * D], eval[EVAL * D];
static uint8_t label[EVAL]; /* 1: anomaly */

/* Direction j of the subspace: a row of the cosine transform. */
static double direction(int j, int i) { return sqrt(2.0 / D) * cos(3.14159265358979 * (i + 0.5) * (2 * j + 1) / D); }

static void sample(uint64_t *random, bool anomaly, float *x)
{
    double c[R];
    for (int j = 0; j < R; j++)
        c[j] = 2 * onnx_uniform(random);
    for (int i = 0; i < D; i++) {
        double v = (anomaly ? 0.5 : 0.02) * onnx_uniform(random);
        for (int j = 0; j < R; j++)
            v += c[j] * direction(j, i);
        x[i] = (float)v;
    }
}

/* Relu(+-directions), then back: the projection on the subspace. */
static void make_model(void)
{
    float down[2 * R * D], up[D * 2 * R];
    for (int j = 0; j < 2 * R; j++)
        for (int i = 0; i < D; i++) {
            double v = direction(j % R, i) * (j < R ? 1 : -1);
            down[j * D + i] = (float)v;
            up[i * 2 * R + j] = (float)v;
        }
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,24");
    onnx_floats(b, "down", "8,24", down);
    onnx_floats(b, "up", "24,8", up);
    onnx_node(b, "Gemm", "encode", "x down", "h", "transB=1");
    onnx_node(b, "Relu", "relu", "h", "c", "");
    onnx_node(b, "Gemm", "decode", "c up", "y", "transB=1");
    onnx_output(b, "y");
    bytes = onnx_pack(b, &n_bytes);
    onnx_free(b);
}

static int setup(void **state)
{
    (void)state;
    uint64_t random = 7;
    make_model();
    for (int i = 0; i < CALIB; i++)
        sample(&random, false, calib + i * D);
    for (int i = 0; i < EVAL; i++) {
        label[i] = (uint8_t)(i % 2);
        sample(&random, label[i], eval + i * D);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(bytes);
    return 0;
}

static teq_graph *load(void)
{
    teq_error err = {0};
    teq_graph *g = teq_onnx_parse(bytes, n_bytes, "ae.onnx", &err);
    ok_or_fail(g != NULL, err);
    return g;
}

/* Pairs of an anomaly and a normal sample in the right order. */
static double auc(const float *y)
{
    double score[EVAL] = {0}, good = 0, pairs = 0;
    for (int i = 0; i < EVAL; i++)
        for (int k = 0; k < D; k++)
            score[i] += pow((double)(y[i * D + k] - eval[i * D + k]), 2);
    for (int i = 1; i < EVAL; i += 2)
        for (int k = 0; k < EVAL; k += 2) {
            pairs += 1;
            good += score[i] > score[k];
        }
    return good / pairs;
}

static void check_target(const char *target)
{
    teq_error err = {0};
    teq_graph *g = load();
    teq_quant_options o = teq_quant_defaults();
    assert_true(teq_target_find(target, &o.target));
    float *f = teq_exec_logits(g, eval, EVAL, 1, &err);
    ok_or_fail(f != NULL, err);
    assert_true(auc(f) > 0.999);
    teq_qnet *net = teq_quantize(g, calib, CALIB, &o, NULL, &err);
    ok_or_fail(net != NULL, err);
    float *y = teq_qnet_logits(net, eval, EVAL, NULL, &err);
    ok_or_fail(y != NULL, err);
    if (auc(y) < 0.98)
        fail_msg("%s: AUC %.4f, expected at least 0.98", target, auc(y));
    free(f);
    free(y);
    teq_qnet_free(net);
    teq_graph_free(g);
}

static void format_alone(void **state) { (void)state; check_target("none"); }
static void published_array(void **state) { (void)state; check_target("shift4"); }

static void write_npy(const char *name, teq_dtype type, size_t n, size_t width, const void *data)
{
    char path[600];
    teq_error err = {0};
    teq_ndarray a = {.dtype = type, .rank = width > 1 ? 2 : 1, .dim = {n, width}, .count = n * width};
    a.data = malloc(a.count * teq_dtype_size(type));
    assert_non_null(a.data);
    memcpy(a.data, data, a.count * teq_dtype_size(type));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ok_or_fail(teq_npy_write(path, &a, &err), err);
    teq_ndarray_free(&a);
}

static void write_files(void **state)
{
    (void)state;
    char path[600];
    if (folder == NULL)
        return;
    write_npy("calib.npy", TEQ_F32, CALIB, D, calib);
    write_npy("eval.npy", TEQ_F32, EVAL, D, eval);
    write_npy("labels.npy", TEQ_U8, EVAL, 1, label);
    snprintf(path, sizeof path, "%s/ae.onnx", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n_bytes, f), n_bytes);
    assert_int_equal(fclose(f), 0);
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {cmocka_unit_test(format_alone), cmocka_unit_test(published_array),
                                       cmocka_unit_test(write_files)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
