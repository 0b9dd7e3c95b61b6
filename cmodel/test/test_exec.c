/* SPDX-License-Identifier: Apache-2.0
 *
 * The executor: the same bits for any number of threads and any company of samples; parts
 * of a network; hooks. That its operators compute the right thing is in test_onnx.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net_check.h"
#include "teq/exec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 37

typedef struct {
    teq_graph *g;
    float *x;      /* N samples                    */
    float *logits; /* by one thread, all at once   */
} fixture;

/* A residual network with every kind of node. */
static teq_graph *residual(void)
{
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "in", "0,3,12,11");
    onnx_random(b, "w1", "8,3,3,3", 0.3);
    onnx_random(b, "w2", "8,8,3,3", 0.2);
    onnx_random(b, "w3", "8,1,3,3", 0.3);
    onnx_random(b, "w4", "6,16,1,1", 0.3);
    onnx_random(b, "k", "1,6,1,1", 1);
    onnx_random(b, "w5", "6,5", 0.5);
    onnx_node(b, "Conv", "c1", "in w1", "c1", "auto_pad=SAME_UPPER");
    onnx_node(b, "Relu", "", "c1", "r1", "");
    onnx_node(b, "Conv", "c2", "r1 w2", "c2", "auto_pad=SAME_UPPER");
    onnx_node(b, "Add", "sum", "r1 c2", "s", "");
    onnx_node(b, "LeakyRelu", "", "s", "r2", "alpha=0.1");
    onnx_node(b, "Conv", "dw", "r2 w3", "d", "group=8 auto_pad=SAME_UPPER");
    onnx_node(b, "Concat", "cat", "d r2", "m", "axis=1");
    onnx_node(b, "MaxPool", "mp", "m", "p", "kernel_shape=[2,2] strides=[2,2]");
    onnx_node(b, "Conv", "pw", "p w4", "q", "");
    onnx_node(b, "Relu", "", "q", "r3", "");
    onnx_node(b, "Mul", "scale", "r3 k", "t", "");
    onnx_node(b, "GlobalAveragePool", "", "t", "g", "");
    onnx_node(b, "Flatten", "", "g", "f", "");
    onnx_node(b, "MatMul", "fc", "f w5", "logits", "");
    onnx_node(b, "Softmax", "", "logits", "probs", "");
    onnx_output(b, "probs");
    return net_check(b);
}

static int setup(void **state)
{
    static fixture f;
    uint64_t random = 5;
    f.g = residual();
    if (f.g == NULL)
        return 1;
    size_t size = f.g->tensor[f.g->input].size;
    f.x = malloc(N * size * sizeof *f.x);
    for (size_t i = 0; i < N * size; i++)
        f.x[i] = (float)onnx_uniform(&random);
    f.logits = teq_exec_logits(f.g, f.x, N, 1, NULL);
    *state = &f;
    return f.logits == NULL;
}

static int teardown(void **state)
{
    fixture *f = *state;
    teq_graph_free(f->g);
    free(f->x);
    free(f->logits);
    return 0;
}

static void test_threads(void **state)
{
    const fixture *f = *state;
    for (int threads = 0; threads <= 5; threads++) {
        float *y = teq_exec_logits(f->g, f->x, N, threads, NULL);
        assert_memory_equal(y, f->logits, N * 5 * sizeof *y);
        free(y);
    }
    /* One by one: the same as in company. */
    size_t size = f->g->tensor[f->g->input].size;
    for (size_t s = 0; s < N; s++) {
        float *y = teq_exec_logits(f->g, f->x + s * size, 1, 1, NULL);
        assert_memory_equal(y, f->logits + s * 5, 5 * sizeof *y);
        free(y);
    }
    float *y = teq_exec_logits(f->g, f->x, 0, 2, NULL);
    assert_non_null(y);
    free(y);
}

/* All tensors at once; then each node alone, from its inputs, gives the same bits. */
static void test_parts(void **state)
{
    const fixture *f = *state;
    teq_graph *g = f->g;
    teq_error err;
    teq_exec_bind all[64];
    for (int t = 0; t < g->n_tensors; t++)
        all[t] = (teq_exec_bind){t, calloc(N * g->tensor[t].size, sizeof(float))};
    teq_exec_bind in = {g->input, f->x};
    assert_true(teq_exec_run(g, N, &in, 1, all, g->n_tensors, NULL, &err));
    assert_memory_equal(all[g->logits].data, f->logits, N * 5 * sizeof(float));
    assert_memory_equal(all[g->input].data, f->x, N * g->tensor[g->input].size * sizeof(float));
    for (int i = 0; i < g->n_nodes; i++) {
        const teq_node *n = &g->node[i];
        teq_exec_bind from[2];
        assert_true(n->n_in <= 2);
        for (int j = 0; j < n->n_in; j++)
            from[j] = all[n->in[j]];
        size_t size = g->tensor[n->out].size;
        teq_exec_bind to = {n->out, malloc(N * size * sizeof(float))};
        assert_true(teq_exec_run(g, N, from, n->n_in, &to, 1, NULL, &err));
        assert_memory_equal(to.data, all[n->out].data, N * size * sizeof(float));
        free(to.data);
    }
    for (int t = 0; t < g->n_tensors; t++)
        free(all[t].data);
}

typedef struct {
    int tensor;
    int calls[N];
} halving;

static void halve(void *context, int tensor, size_t sample, float *data, size_t size)
{
    halving *h = context;
    if (tensor != h->tensor)
        return;
    h->calls[sample]++;
    for (size_t i = 0; i < size; i++)
        data[i] *= 0.5f;
}

static void test_hook(void **state)
{
    const fixture *f = *state;
    teq_graph *g = f->g;
    teq_error err;
    size_t size = g->tensor[g->input].size;
    float *half = malloc(N * size * sizeof *half), *keep = malloc(N * size * sizeof *keep);
    for (size_t i = 0; i < N * size; i++)
        half[i] = 0.5f * f->x[i];
    memcpy(keep, f->x, N * size * sizeof *keep);
    float *expected = teq_exec_logits(g, half, N, 2, &err);
    float y[N * 5];
    halving h = {.tensor = g->input};
    teq_exec_options options = {.threads = 2, .hook = halve, .context = &h};
    teq_exec_bind in = {g->input, f->x}, out = {g->logits, y};
    assert_true(teq_exec_run(g, N, &in, 1, &out, 1, &options, &err));
    assert_memory_equal(y, expected, sizeof y);
    assert_memory_equal(f->x, keep, N * size * sizeof *keep); /* a hook sees a copy */
    for (int i = 0; i < N; i++)
        assert_int_equal(h.calls[i], 1);
    /* On the logits themselves: what the caller gets. */
    memset(&h, 0, sizeof h);
    h.tensor = g->logits;
    assert_true(teq_exec_run(g, N, &in, 1, &out, 1, &options, &err));
    for (int i = 0; i < N * 5; i++)
        assert_true(y[i] == 0.5f * f->logits[i]);
    free(half);
    free(keep);
    free(expected);
}

static void count(void *context, size_t done, size_t n)
{
    size_t *last = context;
    assert_int_equal(done, *last + 1);
    assert_int_equal(n, N);
    *last = done;
}

static void test_progress(void **state)
{
    const fixture *f = *state;
    size_t last = 0;
    float y[N * 5];
    teq_exec_options options = {.threads = 3, .progress = count, .progress_context = &last};
    teq_exec_bind in = {f->g->input, f->x}, out = {f->g->logits, y};
    assert_true(teq_exec_run(f->g, N, &in, 1, &out, 1, &options, NULL));
    assert_int_equal(last, N);
}

static void test_refused(void **state)
{
    const fixture *f = *state;
    teq_graph *g = f->g;
    teq_error err;
    float y[N * 5];
    teq_exec_bind in = {g->input, f->x}, out = {g->logits, y}, bad = {g->n_tensors, y}, none = {g->logits, NULL};
    assert_false(teq_exec_run(g, N, &in, 1, &bad, 1, NULL, &err));
    assert_non_null(strstr(err.message, "wanted tensor"));
    assert_false(teq_exec_run(g, N, &in, 1, &none, 1, NULL, &err));
    assert_non_null(strstr(err.message, "no data"));
    teq_exec_bind twice[2] = {out, out};
    assert_false(teq_exec_run(g, N, &in, 1, twice, 2, NULL, &err));
    assert_non_null(strstr(err.message, "twice"));
    assert_false(teq_exec_run(g, N, NULL, 0, &out, 1, NULL, &err));
    assert_non_null(strstr(err.message, "\"in\""));
    /* The residual: one side given is not enough. */
    int sum = teq_graph_find_node(g, "sum");
    teq_exec_bind side = {g->node[sum].in[1], calloc(N * g->tensor[g->node[sum].in[1]].size, sizeof(float))};
    assert_false(teq_exec_run(g, N, &side, 1, &out, 1, NULL, &err));
    free(side.data);
}

static void test_argmax(void **state)
{
    (void)state;
    static const float v[6] = {1, 3, 3, -2, 0, 5};
    static const int32_t labels[2] = {1, 1};
    assert_int_equal(teq_argmax(v, 5), 1);
    assert_true(fabs(teq_accuracy(v, labels, 2, 3) - 0.5) < 1e-12);
    assert_true(teq_accuracy(v, labels, 0, 3) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),  cmocka_unit_test(test_parts),   cmocka_unit_test(test_hook),
        cmocka_unit_test(test_progress), cmocka_unit_test(test_refused), cmocka_unit_test(test_argmax),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
