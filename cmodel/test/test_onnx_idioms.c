/* SPDX-License-Identifier: Apache-2.0
 *
 * What exporters write around a network: tf2onnx and Keras (channels last, transposes,
 * biases apart), PyTorch (shape arithmetic, dropout, normalisation apart).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net_check.h"

#include <string.h>

static void check(onnx_builder *b, const char *summary)
{
    teq_graph *g = net_check(b);
    assert_non_null(g);
    assert_string_equal(net_summary(g), summary);
    teq_graph_free(g);
}

/* tf2onnx: N,H,W,C outside, a Transpose around every convolution, bias as Add on the
 * channels-last map, BatchNormalization as Mul and Add, flatten in N,H,W,C order. */
static void test_channels_last(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "in", "0,6,5,3");
    onnx_random(b, "w1", "4,3,3,3", 1);
    onnx_random(b, "b1", "4", 1);
    onnx_random(b, "w2", "8,4,3,3", 1);
    onnx_random(b, "g2", "8", 1);
    onnx_random(b, "o2", "1,1,1,8", 1);
    onnx_random(b, "bf", "7", 1);
    onnx_node(b, "Transpose", "", "in", "in_t", "perm=[0,3,1,2]");
    onnx_node(b, "Conv", "c1", "in_t w1", "c1", "auto_pad=SAME_UPPER");
    onnx_node(b, "Transpose", "", "c1", "c1_t", "perm=[0,2,3,1]");
    onnx_node(b, "Add", "", "c1_t b1", "a1", "");
    onnx_node(b, "Relu", "", "a1", "r1", "");
    onnx_node(b, "Transpose", "", "r1", "r1_t", "perm=[0,3,1,2]");
    onnx_node(b, "Conv", "c2", "r1_t w2", "c2", "auto_pad=SAME_UPPER strides=[2,2]");
    onnx_node(b, "Transpose", "", "c2", "c2_t", "perm=[0,2,3,1]");
    onnx_node(b, "Mul", "", "c2_t g2", "m2", "");
    onnx_node(b, "Add", "", "m2 o2", "a2", "");
    onnx_node(b, "Relu", "", "a2", "r2", "");
    onnx_node(b, "Transpose", "", "r2", "r2_t", "perm=[0,3,1,2]");
    onnx_node(b, "MaxPool", "", "r2_t", "p2", "kernel_shape=[2,2]");
    onnx_node(b, "Transpose", "", "p2", "p2_t", "perm=[0,2,3,1]");
    onnx_node(b, "Identity", "", "p2_t", "p2_i", "");
    onnx_ints(b, "shape2", "-1,32");
    onnx_node(b, "Reshape", "flatten", "p2_i shape2", "f", "");
    onnx_random(b, "wf2", "32,7", 1);
    onnx_node(b, "MatMul", "fc", "f wf2", "fc", "");
    onnx_node(b, "Add", "", "fc bf", "logits", "");
    onnx_node(b, "Softmax", "", "logits", "probs", "");
    onnx_output(b, "probs");
    teq_graph *g = net_check(b);
    assert_non_null(g);
    assert_string_equal(net_summary(g), "conv+relu conv+relu maxpool dense softmax");
    assert_true(g->input_channels_last);
    assert_int_equal(g->tensor[g->input].c, 3);
    assert_int_equal(g->tensor[g->input].h, 6);
    assert_int_equal(g->node[1].pt, 0);
    assert_int_equal(g->node[1].pb, 1);
    assert_string_equal(g->tensor[g->logits].name, "logits");
    teq_graph_free(g);
}

/* The output of an autoencoder stays channels last; a global mean over H and W. */
static void test_channels_last_output(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "in", "1,6,5,3");
    onnx_random(b, "w", "4,3,3,3", 1);
    onnx_node(b, "Transpose", "", "in", "t", "perm=[0,3,1,2]");
    onnx_node(b, "Conv", "", "t w", "c", "");
    onnx_node(b, "Transpose", "", "c", "out", "perm=[0,2,3,1]");
    onnx_output(b, "out");
    teq_graph *g = net_check(b);
    assert_non_null(g);
    assert_true(g->output_channels_last);
    teq_graph_free(g);
    b = onnx_begin(13);
    onnx_input(b, "in", "1,6,5,3");
    onnx_random(b, "w", "4,3,3,3", 1);
    onnx_node(b, "Transpose", "", "in", "t", "perm=[0,3,1,2]");
    onnx_node(b, "Conv", "", "t w", "c", "");
    onnx_node(b, "Transpose", "", "c", "u", "perm=[0,2,3,1]");
    onnx_node(b, "ReduceMean", "", "u", "out", "axes=[1,2] keepdims=0");
    onnx_output(b, "out");
    check(b, "conv global_avgpool");
}

/* One channel: exporters write the transposes as reshapes. */
static void test_one_channel(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        onnx_builder *b = onnx_begin(13);
        onnx_input(b, "in", "0,9,5,1");
        onnx_ints(b, "shape", "-1,1,9,5");
        onnx_random(b, "w", "4,1,3,3", 1);
        if (i == 0)
            onnx_node(b, "Reshape", "", "in shape", "t", "");
        else
            onnx_node(b, "Transpose", "", "in", "t", "perm=[0,3,1,2]");
        onnx_node(b, "Conv", "", "t w", "c", "auto_pad=SAME_LOWER");
        onnx_output(b, "c");
        teq_graph *g = net_check(b);
        assert_non_null(g);
        assert_string_equal(net_summary(g), "conv");
        assert_int_equal(g->tensor[g->input].c, 1);
        assert_int_equal(g->tensor[g->input].h, 9);
        teq_graph_free(g);
    }
}

/* Keras Conv1D: N,W,C, made an image of one row or transposed as it is. */
static void test_signal(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        onnx_builder *b = onnx_begin(11);
        onnx_input(b, "in", "0,20,3");
        onnx_random(b, "w", i == 0 ? "4,3,1,5" : "4,3,5", 1);
        onnx_random(b, "k", "4", 1);
        if (i == 0) {
            onnx_node(b, "Unsqueeze", "", "in", "u", "axes=[1]");
            onnx_node(b, "Transpose", "", "u", "t", "perm=[0,3,1,2]");
            onnx_node(b, "Conv", "", "t w", "c", "auto_pad=SAME_UPPER strides=[1,2]");
            onnx_node(b, "Squeeze", "", "c", "s", "axes=[2]");
        } else {
            onnx_node(b, "Transpose", "", "in", "t", "perm=[0,2,1]");
            onnx_node(b, "Conv", "", "t w", "s", "auto_pad=SAME_UPPER strides=[2]");
        }
        onnx_node(b, "Transpose", "", "s", "v", "perm=[0,2,1]");
        onnx_node(b, "Add", "", "v k", "a", "");
        onnx_node(b, "Relu", "", "a", "r", "");
        onnx_output(b, "r");
        teq_graph *g = net_check(b);
        assert_non_null(g);
        assert_string_equal(net_summary(g), "conv+relu");
        assert_true(g->input_channels_last && g->output_channels_last);
        assert_int_equal(g->tensor[g->input].c, 3);
        assert_int_equal(g->tensor[g->input].w, 20);
        teq_graph_free(g);
    }
}

/* Keras: depthwise weights reach Conv through Reshape and Transpose of the stored kernel;
 * ZeroPadding2D as a Pad on the channels-last map; a residual on channels-last maps. */
static void test_keras(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "in", "0,8,8,4");
    onnx_random(b, "kernel", "3,3,4,1", 1); /* H,W,C,1 */
    onnx_ints(b, "pads", "0,0,0,0,0,1,1,0");
    onnx_random(b, "bn_s", "4", 1);
    onnx_random(b, "bn_b", "4", 1);
    onnx_random(b, "bn_m", "4", 1);
    onnx_full(b, "bn_v", "4", 0.3);
    onnx_random(b, "pw", "4,4,1,1", 1);
    onnx_full(b, "six", "", 6);
    onnx_full(b, "zero", "", 0);
    onnx_node(b, "Pad", "", "in pads", "p", "");
    onnx_node(b, "Transpose", "", "kernel", "k", "perm=[2,3,0,1]");
    onnx_node(b, "Transpose", "", "p", "t", "perm=[0,3,1,2]");
    onnx_node(b, "Conv", "dw", "t k", "d", "group=4 strides=[2,2]");
    onnx_node(b, "BatchNormalization", "bn", "d bn_s bn_b bn_m bn_v", "n", "epsilon=0.001");
    onnx_node(b, "Clip", "relu6", "n zero six", "r", "");
    onnx_node(b, "Conv", "pw", "r pw", "q", "");
    onnx_node(b, "Transpose", "", "q", "q_t", "perm=[0,2,3,1]");
    onnx_node(b, "Transpose", "", "r", "r_t", "perm=[0,2,3,1]");
    onnx_node(b, "Add", "sum", "q_t r_t", "s", "");
    onnx_node(b, "Transpose", "", "s", "s_t", "perm=[0,3,1,2]");
    onnx_node(b, "GlobalAveragePool", "", "s_t", "g", "");
    onnx_ints(b, "axes", "2,3");
    onnx_node(b, "Squeeze", "", "g axes", "v", "");
    onnx_random(b, "fw", "4,3", 1);
    onnx_node(b, "MatMul", "fc", "v fw", "y", "");
    onnx_output(b, "y");
    check(b, "conv+clip conv add global_avgpool dense");
}

/* PyTorch: x.view(x.size(0), -1) with dropout, and x.mean([2, 3]). */
static void test_pytorch(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(11);
    onnx_input(b, "in", "0,3,6,6");
    onnx_random(b, "w", "4,3,3,3", 1);
    onnx_ints(b, "zero", "0");
    b->model->graph->initializer[1]->n_dims = 0; /* a scalar index */
    onnx_ints(b, "minus", "-1");
    onnx_random(b, "fw", "5,64", 1);
    onnx_random(b, "fb", "5", 1);
    onnx_node(b, "Conv", "conv1", "in w", "c", "kernel_shape=[3,3]");
    onnx_node(b, "Relu", "", "c", "r", "");
    onnx_node(b, "Dropout", "", "r", "d", "ratio=0.5");
    onnx_node(b, "Shape", "", "d", "sh", "");
    onnx_node(b, "Gather", "", "sh zero", "n", "axis=0");
    onnx_node(b, "Unsqueeze", "", "n", "n1", "axes=[0]");
    onnx_node(b, "Concat", "", "n1 minus", "shape", "axis=0");
    onnx_node(b, "Reshape", "", "d shape", "f", "");
    onnx_node(b, "Gemm", "fc", "f fw fb", "y", "transB=1");
    onnx_output(b, "y");
    check(b, "conv+relu dense");
    b = onnx_begin(18);
    onnx_input(b, "in", "0,3,6,6");
    onnx_ints(b, "axes", "2,3");
    onnx_node(b, "ReduceMean", "mean", "in axes", "m", "keepdims=0");
    onnx_random(b, "fw", "5,3", 1);
    onnx_node(b, "Gemm", "fc", "m fw", "y", "transB=1");
    onnx_output(b, "y");
    check(b, "global_avgpool dense");
}

/* PyTorch writes the list of nn.ZeroPad2d((1, 2, 3, 0)) as this program. */
static void test_pytorch_pad(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(11);
    onnx_input(b, "in", "0,3,6,6");
    onnx_ints(b, "lrtb", "1,2,3,0");
    onnx_ints(b, "four", "4");
    onnx_ints(b, "pairs", "-1,2");
    onnx_ints(b, "minus", "-1");
    onnx_ints(b, "least", "-9223372036854775807");
    onnx_ints(b, "zero", "0");
    onnx_random(b, "w", "4,3,5,5", 1);
    onnx_node(b, "ConstantOfShape", "", "four", "zeros", "value=0");
    Onnx__AttributeProto *value = b->model->graph->node[0]->attribute[0];
    value->has_i = 0;
    value->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
    onnx_ints(b, "", "0");
    value->t = b->model->graph->initializer[--b->model->graph->n_initializer];
    onnx_node(b, "Concat", "", "lrtb zeros", "all", "axis=0");
    onnx_node(b, "Reshape", "", "all pairs", "p2", "");
    onnx_node(b, "Slice", "", "p2 minus least zero minus", "turned", "");
    onnx_node(b, "Transpose", "", "turned", "t", "perm=[1,0]");
    onnx_node(b, "Reshape", "", "t minus", "flat", "");
    onnx_node(b, "Cast", "", "flat", "pads", "to=7");
    onnx_node(b, "Pad", "pad", "in pads", "p", "mode=constant");
    onnx_node(b, "Conv", "conv", "p w", "y", "");
    onnx_output(b, "y");
    teq_graph *g = net_import(b);
    assert_non_null(g);
    assert_string_equal(net_summary(g), "conv");
    const teq_node *n = &g->node[0];
    assert_true(n->pt == 3 && n->pl == 1 && n->pb == 0 && n->pr == 2);
    teq_graph_free(g);
}

/* A batch fixed at export, and a Reshape that repeats it. */
static void test_fixed_batch(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "in", "1,2,3,3");
    onnx_ints(b, "shape", "16,18");
    onnx_random(b, "w", "18,5", 1);
    onnx_node(b, "Reshape", "", "in shape", "f", "");
    onnx_node(b, "MatMul", "", "f w", "y", "");
    onnx_output(b, "y");
    /* The reference has no batch of 16: import only. */
    b->model->graph->input[0]->type->tensor_type->shape->dim[0]->dim_value = 16;
    teq_graph *g = net_import(b);
    assert_non_null(g);
    assert_string_equal(net_summary(g), "dense");
    teq_graph_free(g);
}

/* Every legal opset, nothing else. */
static void test_opsets(void **state)
{
    (void)state;
    for (int opset = 7; opset < 26; opset++) {
        onnx_builder *b = onnx_begin(opset);
        onnx_input(b, "x", "1,4");
        onnx_node(b, "Relu", "", "x", "y", "");
        onnx_output(b, "y");
        if (opset >= 9 && opset <= 23)
            check(b, "act+relu");
        else
            assert_true(net_refused(b, "opset|expected 9 to 23"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channels_last), cmocka_unit_test(test_channels_last_output),
        cmocka_unit_test(test_one_channel),   cmocka_unit_test(test_keras),
        cmocka_unit_test(test_pytorch),       cmocka_unit_test(test_fixed_batch),
        cmocka_unit_test(test_pytorch_pad),    cmocka_unit_test(test_signal),
        cmocka_unit_test(test_opsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
