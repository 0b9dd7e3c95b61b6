/* SPDX-License-Identifier: Apache-2.0
 *
 * One operator at a time with inputs and attributes that do not fit, and with those that
 * rarely occur but do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net_check.h"

#include <stdlib.h>
#include <string.h>

/* x -> op -> y. The constants i0 (0), im1 (-1), i12 (1,2), i4 (1,2,3,4), f1, f3, f33
 * (3 x 3), f133 (1 x 1 x 3 x 3), none (no values) may be named among the inputs. */
static onnx_builder *with(const char *dims, const char *op, const char *in, const char *attributes)
{
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", dims);
    onnx_ints(b, "i0", "0");
    onnx_ints(b, "im1", "-1");
    onnx_ints(b, "i12", "1,2");
    onnx_ints(b, "i4", "1,2,3,4");
    onnx_random(b, "f1", "1", 1);
    onnx_random(b, "f3", "3", 1);
    onnx_random(b, "f33", "3,3", 1);
    onnx_random(b, "f133", "1,1,3,3", 1);
    onnx_random(b, "none", "0", 1);
    onnx_node(b, op, "node", in, "y", attributes);
    onnx_output(b, "y");
    return b;
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *dims, *op, *in, *attributes, *words;
    } cases[] = {
        {"1,3,4,4", "Conv", "x f33", "", "input of 4 and weights of 2 axes"},
        {"1,3,4,4", "Conv", "x x", "", "expected a constant"},
        {"1,1,4,4", "Conv", "x f133 f3", "", "bias \"f3\" has 3 values, expected 1"},
        {"1,1,4,4", "Conv", "f133 f133", "", "\"f133\" is a constant, expected a tensor"},
        {"1,1,4,4", "Conv", "x", "", "1 inputs, expected 2 to 3"},
        {"1,1,4,4", "Conv", "- f133", "", "input 0 is missing"},
        {"1,1,4,4", "Conv", "x f133", "strides=2", "\"strides\" has 0 values"},
        {"1,1,4,4", "Conv", "x f133", "group=1.5", "\"group\" is not an integer"},
        {"1,1,4,4", "Conv", "x f133", "auto_pad=VALID pads=[1,1,1,1]", "both \"auto_pad\" and \"pads\""},
        {"1,3", "Gemm", "x f33", "transA=1", "transA 0"},
        {"1,4", "Gemm", "x f33", "", "4 inputs, weights \"f33\" for 3"},
        {"1,3", "Gemm", "x f33 i12", "", "bias \"i12\" has 2 values, expected 3"},
        {"1,3", "Gemm", "x f33", "alpha=2", "\"alpha\" is not a float"},
        {"1,3,3", "Gemm", "x f33", "", "expected a vector"},
        {"1,2,3", "MatMul", "x f33", "", "the last axis of \"x\" is not its channels"},
        {"1,3", "MatMul", "x f3", "", "2 and 1 axes, expected a matrix"},
        {"1,4,3", "BatchNormalization", "x f3 f3 f3 f3", "", "\"f3\" has 3 values, expected 4"},
        {"1,3,4", "BatchNormalization", "x f3 f3 f3 f3", "training_mode=1", "training_mode"},
        {"1,3,4", "Softmax", "x", "axis=5", "axis 5, expected -3..2"},
        {"1,3,4", "Clip", "x f3", "", "limit \"f3\" has 3 values"},
        {"1,3,4", "Max", "x f3", "", "limit \"f3\" has 3 values"},
        {"1,3,4,4", "Add", "x f3", "", "axis 0 of \"f3\" is 3, which does not fit"},
        {"1,3", "Add", "x none", "", "\"none\" is empty"},
        {"1,3", "Div", "f3 x", "", "a constant divided by a tensor"},
        {"1,3", "Div", "x i0", "", "division by \"i0\""},
        {"1,3,4,4", "Relu", "f133", "", "is a constant"},
        {"1,3,4,4", "MaxPool", "x", "kernel_shape=[2]", "\"kernel_shape\" has 1 values, expected 2"},
        {"1,3", "MaxPool", "x", "kernel_shape=[1,1]", "input of 2 axes"},
        {"1,3", "GlobalAveragePool", "x", "", "input of 2 axes"},
        {"1,3,4,4", "MaxPool", "x", "kernel_shape=[2,2] storage_order=1", "indices"},
        {"1,3,4,4", "AveragePool", "x", "kernel_shape=[3,3] pads=[1,1,1,1] ceil_mode=1 count_include_pad=1",
         "ceil_mode with count_include_pad"},
        {"1,3,4,4", "ReduceMean", "x", "", "without axes"},
        {"1,3,4,4", "ReduceMean", "x", "axes=[2]", "over 4 values, expected all 4 x 4"},
        {"1,3,4,4", "ReduceMean", "x", "axes=[7]", "axis 7"},
        {"1,3,4,4", "Pad", "x i4", "mode=reflect", "mode is not \"constant\""},
        {"1,3,4,4", "Pad", "x i4", "", "4 pads for 4 axes"},
        {"1,3,4,4", "Pad", "x", "pads=[0,0,1,1,0,0,1,1] value=1.0", "expected zeros around"},
        {"1,3,4,4", "Pad", "x", "pads=[0,0,-1,0,0,0,0,0]", "pads -1, 0"},
        {"1,3,4,4", "Pad", "x", "pads=[0,1,0,0,0,0,0,0]", "on axis 1"},
        {"1,3,4,4", "Reshape", "x f3", "", "\"f3\" is not a list of"},
        {"1,3,4,4", "Reshape", "x", "", "the shape is missing"},
        {"1,3,4,4", "Reshape", "x i0", "allowzero=1", "size 0 of the shape is 0"},
        {"1,3,4,4", "Flatten", "x", "axis=5", "axis 5 of 4"},
        {"1,3,4,4", "Squeeze", "x", "", "drop the batch"},
        {"1,3,1,1", "Squeeze", "x", "axes=[2,2]", "axis 2 twice"},
        {"1,3,1,1", "Squeeze", "x", "axes=[9]", "axis 9"},
        {"1,3", "Unsqueeze", "x", "", "-1 axes for a value of rank 2"},
        {"1,3,4,4", "Transpose", "x", "perm=[0,1,2]", "perm is not an order of 4 axes"},
        {"1,3,4,4", "Transpose", "x", "perm=[0,1,1,2]", "perm is not an order of 4 axes"},
        {"1,3,4,4", "Concat", "x f133", "axis=1", "\"f133\" is a constant"},
        {"1,3,4,4", "Concat", "x x", "axis=2", "along axis 2"},
        {"1,3,4,4", "Gather", "x i0", "", "expected a constant"},
        {"1,3", "Gather", "f3 i0", "axis=1", "expected axis 0"},
        {"1,3", "Gather", "i0 i12", "", "index 1 of 1"},
        {"1,3", "Slice", "i4 i12 im1", "", "differ in number"},
        {"1,3", "Slice", "i4 i0 im1 i0 i0", "", "step 0"},
        {"1,3", "Slice", "i4 i0 im1 i12", "", "differ in number"},
        {"1,3", "ConstantOfShape", "im1", "", "size 0 is -1"},
        {"1,3", "Constant", "", "", "expected one of value"},
        {"1,3", "Concat", "i4 f33", "axis=0", "\"f33\" does not fit"},
        {"1,3", "Mul", "f3 i12", "", "do not fit each other"},
        {"1,3", "Dropout", "x f1 f1", "", "in training mode"},
        {"1,3", "Identity", "-", "", "input 0 is missing"},
        {"1,3", "Shape", "x", "", "output \"y\" is a constant"},
        {"1,3", "Identity", "x", "", "the input itself"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char words[200] = "\"node\"|";
        if (strncmp(cases[i].words, "output", 6) == 0 || strncmp(cases[i].words, "the input", 9) == 0)
            words[0] = 0;
        strncat(words, cases[i].words, sizeof words - 20);
        if (!net_refused(with(cases[i].dims, cases[i].op, cases[i].in, cases[i].attributes), words))
            fail_msg("%s (%s) %s", cases[i].op, cases[i].in, cases[i].attributes);
    }
}

static void test_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *dims, *op, *in, *attributes, *summary;
    } cases[] = {
        {"1,3", "Add", "x f133", "", NULL}, /* 1,1,3,3 with 1,3 does not fit a vector of 3 */
        {"1,3", "Mul", "f33 x", "", NULL},
        {"1,3", "Add", "x f3", "", "scale"},
        {"1,3,2", "BatchNormalization", "x f3 f3 f3 fv", "", "scale"},
        {"1,3,1,1", "BatchNormalization", "x f3 f3 f3 fv", "", "scale"},
        {"1,1,5,1", "MaxPool", "x", "kernel_shape=[2,1]", "maxpool"},
        {"1,1,1,5", "Pad", "x", "pads=[0,0,2,1,0,0,0,1]", "pad"},
        {"1,2,3,4", "Pad", "x", "pads=[0,0,2,1,0,0,0,1]", "pad"},
        {"1,2,5", "Pad", "x", "pads=[0,0,2,0,0,1]", "pad"},
        {"1,2,5", "Concat", "x x", "axis=-2", "concat"},
        {"1,1,5", "Concat", "x x", "axis=1", "concat"},
        {"1,1", "Concat", "x x x", "axis=1", "concat"},
        {"1,1,1,1", "GlobalAveragePool", "x", "", "global_avgpool"},
        {"1,2,3,3", "Clip", "x", "max=0.5", "act+clip"},
        {"1,2,3,3", "Max", "f1 x", "", "act+clip"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        onnx_builder *b = with(cases[i].dims, cases[i].op, cases[i].in, cases[i].attributes);
        onnx_full(b, "fv", "3", 0.4);
        if (strcmp(cases[i].op, "Clip") == 0)
            b->model->opset_import[0]->version = 9;
        if (cases[i].summary == NULL) {
            assert_true(net_refused(b, "does not fit"));
            continue;
        }
        teq_graph *g = net_check(b);
        if (g == NULL || strcmp(net_summary(g), cases[i].summary) != 0)
            fail_msg("%s (%s) %s: %s", cases[i].op, cases[i].in, cases[i].attributes,
                     g != NULL ? net_summary(g) : "refused");
        teq_graph_free(g);
    }
}

/* Constants written as attributes. */
static void test_constants(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "0,3,4,2");
    onnx_node(b, "Constant", "", "", "k", "value_floats=[0.5,2.0,-1.0]");
    onnx_node(b, "Constant", "", "", "s", "value_float=1.5");
    onnx_node(b, "Constant", "", "", "shape", "value_ints=[0,3,8]");
    onnx_node(b, "Constant", "", "", "i", "value_int=2");
    onnx_node(b, "Constant", "", "", "axes", "value_ints=[1,2]");
    onnx_node(b, "Constant", "", "", "one", "value_ints=[1]");
    onnx_ints(b, "two", "2");
    onnx_ints(b, "three", "3");
    onnx_node(b, "Gather", "", "k axes", "last2", "");
    onnx_node(b, "Slice", "", "k two three", "last1", "");
    onnx_node(b, "Unsqueeze", "", "k one", "k3", "");
    onnx_node(b, "Mul", "", "x s", "a", "");
    onnx_node(b, "Reshape", "", "a shape", "r", "");
    onnx_node(b, "Mul", "", "k3 r", "m", "");
    onnx_node(b, "Add", "", "m last1", "n", "");
    onnx_node(b, "ReduceMean", "", "n", "p", "axes=[2] keepdims=0");
    onnx_output(b, "p");
    teq_graph *g = net_import(b);
    assert_non_null(g);
    assert_string_equal(net_summary(g), "scale global_avgpool");
    assert_true(g->node[0].weight[0] == 0.75f && g->node[0].weight[1] == 3.0f && g->node[0].bias[0] == -1.0f);
    teq_graph_free(g);
    /* A limit that limits nothing is no node. */
    b = onnx_begin(13);
    onnx_input(b, "x", "1,3");
    onnx_full(b, "low", "", -3.4028234e38);
    onnx_full(b, "high", "", 3.4028234e38);
    onnx_node(b, "Clip", "", "x low high", "c", "");
    onnx_node(b, "Relu", "", "c", "y", "");
    onnx_output(b, "y");
    g = net_check(b);
    assert_non_null(g);
    assert_string_equal(net_summary(g), "act+relu");
    teq_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
