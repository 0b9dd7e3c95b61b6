/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* conv (3 -> 4, padded) -> depthwise -> relu -> global mean -> dense -> softmax */
static teq_graph *small(bool channels_last)
{
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "in", channels_last ? "0,6,5,3" : "0,3,6,5");
    onnx_random(b, "w1", "4,3,3,3", 1);
    onnx_random(b, "w2", "4,1,3,3", 1);
    onnx_random(b, "w3", "4,7", 1);
    if (channels_last)
        onnx_node(b, "Transpose", "", "in", "t", "perm=[0,3,1,2]");
    onnx_node(b, "Conv", "c1", channels_last ? "t w1" : "in w1", "c1_out", "pads=[1,1,1,1]");
    onnx_node(b, "Conv", "dw", "c1_out w2", "dw_out", "group=4");
    onnx_node(b, "Relu", "", "dw_out", "r", "");
    onnx_node(b, "GlobalAveragePool", "", "r", "g", "");
    onnx_node(b, "Flatten", "", "g", "f", "");
    onnx_node(b, "MatMul", "fc", "f w3", "logits", "");
    onnx_node(b, "Softmax", "sm", "logits", "probs", "");
    onnx_output(b, "probs");
    teq_graph *g = net_check(b);
    assert_non_null(g);
    return g;
}

static void test_structure(void **state)
{
    (void)state;
    teq_graph *g = small(false);
    assert_string_equal(net_summary(g), "conv conv+relu global_avgpool dense softmax");
    for (int i = 0; i < g->n_nodes; i++) {
        assert_int_equal(g->tensor[g->node[i].out].node, i);
        for (int j = 0; j < g->node[i].n_in; j++)
            assert_true(g->tensor[g->node[i].in[j]].node < i);
    }
    const teq_node *c1 = &g->node[teq_graph_find_node(g, "c1")];
    const teq_node *dw = &g->node[teq_graph_find_node(g, "dw")];
    const teq_node *fc = &g->node[teq_graph_find_node(g, "fc")];
    assert_int_equal(c1->k, 27);
    assert_int_equal(teq_node_macs(g, c1), 27 * 4 * 6 * 5);
    assert_false(teq_node_is_depthwise(c1));
    assert_true(teq_node_is_depthwise(dw));
    assert_int_equal(teq_node_macs(g, dw), 9 * 4 * 4 * 3);
    assert_int_equal(teq_node_macs(g, fc), 28);
    assert_int_equal(teq_node_macs(g, &g->node[2]), 0);
    assert_int_equal(teq_graph_n_readers(g, g->input), 1);
    assert_int_equal(teq_graph_n_readers(g, g->output), 0);
    assert_int_equal(teq_graph_find_node(g, "nobody"), -1);
    assert_int_equal(teq_graph_find_tensor(g, "logits"), g->logits);
    assert_int_equal(teq_graph_find_tensor(g, "dw_out"), -1); /* the value after Relu took its place */
    assert_true(teq_graph_find_tensor(g, "r") >= 0);
    teq_graph_free(g);
    teq_graph_free(NULL);
}

static void test_clone(void **state)
{
    (void)state;
    teq_graph *g = small(false), *h = teq_graph_clone(g);
    assert_non_null(h);
    assert_string_equal(net_summary(h), "conv conv+relu global_avgpool dense softmax");
    assert_true(h->node[0].weight != g->node[0].weight);
    assert_memory_equal(h->node[0].weight, g->node[0].weight, 4 * 27 * sizeof(float));
    h->node[0].weight[0] += 1;
    assert_true(h->node[0].weight[0] != g->node[0].weight[0]);
    assert_int_equal(h->logits, g->logits);
    teq_graph_free(g);
    assert_string_equal(h->node[1].name, "dw");
    teq_graph_free(h);
}

static void test_samples(void **state)
{
    (void)state;
    uint8_t q[180];
    for (int i = 0; i < 180; i++)
        q[i] = (uint8_t)i;
    teq_ndarray a = {.dtype = TEQ_U8, .rank = 4, .dim = {2, 3, 6, 5}, .count = 180, .data = q};
    teq_error err;
    size_t n;
    teq_graph *g = small(false), *l = small(true);
    float *x = teq_graph_samples(g, &a, 0.5, 10, &n, &err);
    assert_int_equal(n, 2);
    for (int i = 0; i < 180; i++)
        assert_true(x[i] == (float)(i - 10) * 0.5f);
    free(x);
    /* The file is channels last; so may the samples be. Both orders are understood. */
    x = teq_graph_samples(l, &a, 1, 0, &n, &err);
    assert_true(x[1] == 1.0f);
    free(x);
    teq_ndarray last = {.dtype = TEQ_U8, .rank = 4, .dim = {2, 6, 5, 3}, .count = 180, .data = q};
    x = teq_graph_samples(l, &last, 1, 0, &n, &err);
    assert_true(x[0] == 0.0f && x[1] == 3.0f && x[30] == 1.0f && x[90] == 90.0f);
    free(x);
    assert_null(teq_graph_samples(g, &last, 1, 0, &n, &err));
    assert_non_null(strstr(err.message, "2x6x5x3"));
    assert_non_null(strstr(err.message, "n x 3 x 6 x 5"));
    float nan[90] = {[7] = NAN};
    teq_ndarray f = {.dtype = TEQ_F32, .rank = 4, .dim = {1, 3, 6, 5}, .count = 90, .data = nan};
    assert_null(teq_graph_samples(g, &f, 1, 0, &n, &err));
    assert_non_null(strstr(err.message, "value 7 of sample 0"));
    f.rank = 0;
    assert_null(teq_graph_samples(g, &f, 1, 0, &n, &err));
    teq_graph_free(g);
    teq_graph_free(l);
}

static void test_activations(void **state)
{
    (void)state;
    teq_node n = {.act_lo = -1, .act_hi = 6, .act_slope = 0.25f};
    static const float x[4] = {-4, -0.5f, 2, 9};
    static const float y[4][4] = {{-4, -0.5f, 2, 9}, {0, 0, 2, 9}, {-1, -0.5f, 2, 6}, {-1, -0.125f, 2, 9}};
    static const char *const name[4] = {"none", "relu", "clip", "leaky"};
    for (int act = TEQ_ACT_NONE; act <= TEQ_ACT_LEAKY; act++) {
        n.act = (teq_act)act;
        assert_string_equal(teq_act_name(n.act), name[act]);
        for (int i = 0; i < 4; i++)
            assert_true(teq_act_apply(&n, x[i]) == y[act][i]);
    }
    assert_string_equal(teq_op_name(TEQ_OP_SOFTMAX), "softmax");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_clone),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_activations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
