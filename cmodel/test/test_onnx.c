/* SPDX-License-Identifier: Apache-2.0
 *
 * Every operator that the importer takes, against the reference interpreter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net_check.h"
#include "teq/onnx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The graph agrees with the reference and has these nodes. */
static void check(onnx_builder *b, const char *summary)
{
    teq_graph *g = net_check(b);
    assert_non_null(g);
    assert_string_equal(net_summary(g), summary);
    teq_graph_free(g);
}

/* input -> one operator -> output */
static onnx_builder *one(int opset, const char *dims, const char *op, const char *attributes)
{
    onnx_builder *b = onnx_begin(opset);
    onnx_input(b, "x", dims);
    onnx_node(b, op, "node", "x", "y", attributes);
    onnx_output(b, "y");
    return b;
}

static onnx_builder *conv(const char *in, const char *weights, const char *bias, const char *attributes)
{
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", in);
    onnx_random(b, "w", weights, 1);
    if (bias != NULL)
        onnx_random(b, "b", bias, 1);
    onnx_node(b, "Conv", "conv", bias != NULL ? "x w b" : "x w", "y", attributes);
    onnx_output(b, "y");
    return b;
}

static void test_conv(void **state)
{
    (void)state;
    check(conv("1,3,8,9", "4,3,3,3", NULL, ""), "conv");
    check(conv("1,3,8,9", "4,3,3,2", "4", "pads=[1,0,2,1] strides=[2,1]"), "conv");
    check(conv("0,3,8,9", "4,3,1,1", "4", ""), "conv");
    check(conv("1,3,8,9", "4,3,1,1", "4", "strides=[2,3]"), "conv");
    check(conv("1,4,8,9", "6,2,3,3", "6", "group=2 pads=[1,1,1,1]"), "conv");
    check(conv("1,4,8,9", "4,1,3,3", "4", "group=4 pads=[1,1,1,1]"), "conv");
    check(conv("1,4,8,9", "8,1,5,3", "8", "group=4 pads=[2,1,2,1] strides=[2,2]"), "conv");
    check(conv("1,4,33,9", "4,1,3,3", "4", "group=4 strides=[1,2] dilations=[2,3] pads=[0,3,1,2]"), "conv");
    check(conv("1,2,9,9", "3,2,3,3", NULL, "dilations=[2,3] pads=[1,4,1,4]"), "conv");
    check(conv("1,2,9,10", "3,2,3,3", NULL, "auto_pad=SAME_UPPER strides=[2,2]"), "conv");
    check(conv("1,2,9,10", "3,2,2,4", NULL, "auto_pad=SAME_LOWER strides=[1,3] kernel_shape=[2,4]"), "conv");
    check(conv("1,2,9,10", "3,2,2,4", NULL, "auto_pad=VALID"), "conv");
    check(conv("1,2,40", "3,2,5", "3", "pads=[2,1] strides=[2]"), "conv");
    check(conv("1,16,65,67", "5,16,3,3", "5", "pads=[1,1,1,1]"), "conv"); /* several tiles of columns */
}

/* Random windows: whatever is accepted must agree. */
static void test_conv_random(void **state)
{
    (void)state;
    const char *text = getenv("TEQ_SEED");
    uint64_t random = text != NULL ? strtoull(text, NULL, 10) : 1, seed = random;
    for (int i = 0; i < 60; i++) {
        char in[60], w[60], attributes[200];
        int r[12];
        for (int k = 0; k < 12; k++)
            r[k] = (int)((onnx_uniform(&random) + 1) * 500);
        int group = 1 + r[0] % 3, ci = group * (1 + r[1] % 2), co = group * (1 + r[2] % 3);
        int kh = 1 + r[3] % 4, kw = 1 + r[4] % 4, dh = 1 + r[5] % 2, dw = 1 + r[6] % 2;
        int ph = (kh - 1) * dh, pw = (kw - 1) * dw;
        snprintf(in, sizeof in, "1,%d,%d,%d", ci, 8 + r[7] % 7, 8 + r[8] % 9);
        snprintf(w, sizeof w, "%d,%d,%d,%d", co, ci / group, kh, kw);
        snprintf(attributes, sizeof attributes,
                 "group=%d strides=[%d,%d] dilations=[%d,%d] pads=[%d,%d,%d,%d]", group, 1 + r[9] % 3,
                 1 + r[10] % 3, dh, dw, r[11] % (ph + 1), r[10] % (pw + 1), r[9] % (ph + 1), r[8] % (pw + 1));
        teq_graph *g = net_check(conv(in, w, NULL, attributes));
        if (g == NULL)
            fail_msg("TEQ_SEED=%llu, model %d: input %s, weights %s, %s", (unsigned long long)seed, i, in, w,
                     attributes);
        teq_graph_free(g);
    }
}

static void test_gemm(void **state)
{
    (void)state;
    static const char *const attributes[] = {"transB=1", "transB=0 alpha=0.5 beta=2.0"};
    for (int i = 0; i < 2; i++) {
        onnx_builder *b = onnx_begin(13);
        onnx_input(b, "x", "0,6");
        onnx_random(b, "w", i == 0 ? "5,6" : "6,5", 1);
        onnx_random(b, "b", i == 0 ? "5" : "1,5", 1);
        onnx_node(b, "Gemm", "fc", "x w b", "y", attributes[i]);
        onnx_output(b, "y");
        check(b, "dense");
    }
    onnx_builder *b = onnx_begin(11);
    onnx_input(b, "x", "1,6");
    onnx_random(b, "w", "6,5", 1);
    onnx_full(b, "b", "", 0.25);
    onnx_node(b, "Gemm", "fc", "x w b", "y", "");
    onnx_output(b, "y");
    check(b, "dense");
}

static void test_matmul(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,6");
    onnx_random(b, "w", "6,5", 1);
    onnx_random(b, "b", "5", 1);
    onnx_node(b, "MatMul", "fc", "x w", "p", "");
    onnx_node(b, "Add", "bias", "b p", "s", "");
    onnx_node(b, "Relu", "relu", "s", "y", "");
    onnx_output(b, "y");
    check(b, "dense+relu");
    /* A dense layer on the last axis of a channels-last map is a 1 x 1 convolution. */
    b = onnx_begin(13);
    onnx_input(b, "x", "1,6,4,3");
    onnx_random(b, "w", "6,5", 1);
    onnx_node(b, "Transpose", "t", "x", "xt", "perm=[0,2,3,1]");
    onnx_node(b, "MatMul", "fc", "xt w", "p", "");
    onnx_output(b, "p");
    check(b, "conv");
}

static void test_batchnorm(void **state)
{
    (void)state;
    for (int alone = 0; alone < 2; alone++) {
        onnx_builder *b = conv("1,3,5,5", "4,3,3,3", "4", "pads=[1,1,1,1]");
        onnx_random(b, "s", "4", 2);
        onnx_random(b, "o", "4", 1);
        onnx_random(b, "m", "4", 1);
        onnx_full(b, "v", "4", 0.7);
        onnx_node(b, "Relu", "relu", "y", "r", "");
        onnx_node(b, "BatchNormalization", "bn", alone ? "r s o m v" : "y s o m v", "z", "epsilon=0.01");
        b->model->graph->output[0]->name[0] = 'z';
        check(b, alone ? "conv+relu scale" : "conv");
    }
    onnx_builder *b = one(9, "1,4,3,3", "Flatten", "");
    onnx_random(b, "s", "36", 2);
    onnx_random(b, "o", "36", 1);
    onnx_random(b, "m", "36", 1);
    onnx_full(b, "v", "36", 1);
    onnx_node(b, "BatchNormalization", "bn", "y s o m v", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "reshape scale");
}

static void test_activations(void **state)
{
    (void)state;
    check(one(13, "1,3,4,4", "Relu", ""), "act+relu");
    check(one(13, "1,3,4,4", "LeakyRelu", "alpha=0.2"), "act+leaky");
    check(one(13, "1,3,4,4", "LeakyRelu", ""), "act+leaky");
    check(one(9, "1,3,4,4", "Clip", "min=-0.5 max=1.0"), "act+clip");
    check(one(9, "1,3,4,4", "Clip", "min=0.0"), "act+relu");
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,7");
    onnx_full(b, "hi", "", 0.75);
    onnx_node(b, "Clip", "", "x - hi", "y", "");
    onnx_output(b, "y");
    check(b, "act+clip");
    /* ReLU6 as some exporters write it. */
    b = conv("1,3,5,5", "4,3,3,3", "4", "");
    onnx_full(b, "six", "", 1.5);
    onnx_node(b, "Relu", "", "y", "r", "");
    onnx_node(b, "Min", "", "r six", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "conv+clip");
}

static void test_arithmetic(void **state)
{
    (void)state;
    static const char *const ops[] = {"Add", "Sub", "Mul", "Div"};
    static const char *const in[] = {"x k", "k x"};
    static const char *const dims[] = {"1,3,1,1", "3,1,1", "", "1"};
    for (int o = 0; o < 4; o++)
        for (int turned = 0; turned < (o == 3 ? 1 : 2); turned++)
            for (int d = 0; d < 4; d++) {
                onnx_builder *b = onnx_begin(13);
                onnx_input(b, "x", "1,3,4,5");
                onnx_random(b, "k", dims[d], 2);
                onnx_node(b, ops[o], "", in[turned], "y", "");
                onnx_output(b, "y");
                check(b, "scale");
            }
    /* The same behind a convolution disappears. */
    onnx_builder *b = conv("1,3,5,5", "4,3,3,3", NULL, "");
    onnx_random(b, "k", "1,4,1,1", 1);
    onnx_random(b, "m", "4,1,1", 1);
    onnx_node(b, "Add", "", "y k", "s", "");
    onnx_node(b, "Mul", "", "m s", "p", "");
    onnx_node(b, "Sub", "", "p k", "q", "");
    onnx_node(b, "Relu", "", "q", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "conv+relu");
    /* A normalisation in front of a convolution without pads goes into it; a factor always. */
    b = onnx_begin(13);
    onnx_input(b, "x", "1,3,6,6");
    onnx_random(b, "mean", "1,3,1,1", 1);
    onnx_full(b, "std", "1,3,1,1", 0.5);
    onnx_random(b, "w", "4,3,3,3", 1);
    onnx_node(b, "Sub", "", "x mean", "a", "");
    onnx_node(b, "Div", "", "a std", "n", "");
    onnx_node(b, "Conv", "", "n w", "y", "");
    onnx_output(b, "y");
    check(b, "conv");
    b = onnx_begin(13);
    onnx_input(b, "x", "1,4,6,6");
    onnx_random(b, "k", "1,4,1,1", 1);
    onnx_random(b, "w", "4,2,3,3", 1);
    onnx_node(b, "Mul", "", "x k", "a", "");
    onnx_node(b, "Conv", "", "a w", "y", "pads=[1,1,1,1] group=2");
    onnx_output(b, "y");
    check(b, "conv");
}

static void test_residual(void **state)
{
    (void)state;
    onnx_builder *b = conv("1,4,5,5", "4,4,3,3", "4", "pads=[1,1,1,1]");
    onnx_node(b, "Sum", "sum", "x y", "s", "");
    onnx_node(b, "Relu", "relu", "s", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "conv add+relu");
    /* Constants among themselves. */
    b = onnx_begin(13);
    onnx_input(b, "x", "1,3");
    onnx_random(b, "p", "3", 1);
    onnx_random(b, "q", "1,3", 1);
    onnx_node(b, "Sum", "", "p q", "r", "");
    onnx_node(b, "Sub", "", "r p", "s", "");
    onnx_node(b, "Mul", "", "s q", "t", "");
    onnx_node(b, "Div", "", "t p", "u", "");
    onnx_node(b, "Max", "", "u q", "v", "");
    onnx_node(b, "Min", "", "v r", "w", "");
    onnx_node(b, "Add", "", "x w", "y", "");
    onnx_output(b, "y");
    check(b, "scale");
    /* The sum and its Relu are both used: the Relu stays. */
    b = conv("1,4,5,5", "4,4,3,3", "4", "pads=[1,1,1,1]");
    onnx_node(b, "Relu", "relu", "y", "r", "");
    onnx_node(b, "Add", "sum", "r y", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "conv act+relu add");
}

static void test_pools(void **state)
{
    (void)state;
    static const char *const op[] = {"MaxPool", "AveragePool"};
    static const char *const name[] = {"maxpool", "avgpool"};
    for (int k = 0; k < 2; k++) {
        check(one(13, "1,3,7,8", op[k], "kernel_shape=[2,2] strides=[2,2]"), name[k]);
        check(one(13, "1,3,7,8", op[k], "kernel_shape=[3,2] pads=[1,0,1,1]"), name[k]);
        check(one(13, "1,3,7,8", op[k], "kernel_shape=[3,3] strides=[2,2] ceil_mode=1"), name[k]);
        check(one(13, "1,3,8,8", op[k], "kernel_shape=[2,2] strides=[3,3] ceil_mode=1 pads=[1,1,0,0]"), name[k]);
        check(one(13, "1,3,7,8", op[k], "kernel_shape=[3,3] strides=[2,2] auto_pad=SAME_UPPER"), name[k]);
        check(one(13, "1,3,7,8", op[k], "kernel_shape=[2,2] strides=[2,1] auto_pad=SAME_LOWER"), name[k]);
        check(one(13, "1,3,12", op[k], "kernel_shape=[3] strides=[2]"), name[k]);
    }
    check(one(13, "1,3,7,8", "AveragePool", "kernel_shape=[3,3] pads=[1,1,1,1] count_include_pad=1"), "avgpool");
    check(one(13, "1,3,7,8", "AveragePool", "kernel_shape=[7,8]"), "global_avgpool");
    check(one(13, "1,3,7,8", "GlobalAveragePool", ""), "global_avgpool");
    check(one(13, "1,3,9", "GlobalAveragePool", ""), "global_avgpool");
    check(one(13, "1,3,7,8", "ReduceMean", "axes=[2,3] keepdims=0"), "global_avgpool");
    check(one(13, "1,3,7,8", "ReduceMean", "axes=[-1,-2]"), "global_avgpool");
}

static void test_shapes(void **state)
{
    (void)state;
    /* A dense layer at the end shows the order of the values. */
    static const struct {
        const char *in, *op, *attributes, *shape;
    } cases[] = {
        {"1,3,4,2", "Flatten", "axis=1", NULL},
        {"1,3,4,2", "Flatten", "axis=-3", NULL},
        {"1,3,4,2", "Reshape", "", "1,-1"},
        {"1,3,4,2", "Reshape", "", "-1,24"},
        {"1,3,4,2", "Reshape", "", "0,24"},
        {"1,24,1,1", "Squeeze", "axes=[2,3]", NULL},
        {"1,24,1,1", "Squeeze", "axes=[-1,-2]", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        onnx_builder *b = onnx_begin(11);
        onnx_input(b, "x", cases[i].in);
        if (cases[i].shape != NULL)
            onnx_ints(b, "shape", cases[i].shape);
        onnx_node(b, cases[i].op, "", cases[i].shape != NULL ? "x shape" : "x", "f", cases[i].attributes);
        onnx_random(b, "w", "24,5", 1);
        onnx_node(b, "MatMul", "fc", "f w", "y", "");
        onnx_output(b, "y");
        check(b, "dense");
    }
    /* A vector that becomes an image keeps its order; so does a squeeze by input. */
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,12");
    onnx_random(b, "w", "4,12", 1);
    onnx_random(b, "k", "2,1,2,2", 1);
    onnx_ints(b, "shape", "1,1,2,2");
    onnx_node(b, "Gemm", "fc", "x w", "f", "transB=1");
    onnx_node(b, "Reshape", "", "f shape", "m", "");
    onnx_node(b, "Conv", "conv", "m k", "c", "");
    onnx_ints(b, "axes", "2,3");
    onnx_node(b, "Squeeze", "", "c axes", "s", "");
    onnx_ints(b, "back", "-1");
    onnx_node(b, "Unsqueeze", "", "s back", "y", "");
    onnx_output(b, "y");
    check(b, "dense reshape conv");
}

static void test_pad(void **state)
{
    (void)state;
    static const char *const summary[] = {"conv", "maxpool", "pad maxpool", "avgpool", "pad conv"};
    for (int i = 0; i < 5; i++) {
        onnx_builder *b = onnx_begin(i == 0 ? 9 : 13);
        onnx_input(b, "in", "1,2,6,7");
        onnx_node(b, "Relu", "", i == 1 ? "in" : "in2", "x", "");
        if (i != 1) {
            /* Without the Relu: drop it again. */
            Onnx__GraphProto *g = b->model->graph;
            onnx__node_proto__free_unpacked(g->node[--g->n_node], NULL);
        }
        onnx_ints(b, "pads", i == 4 ? "0,0,3,0,0,0,0,0" : "0,0,1,0,0,0,1,1");
        const char *from = i == 1 ? "x" : "in";
        char inputs[40];
        snprintf(inputs, sizeof inputs, "%s pads", from);
        if (i == 0)
            onnx_node(b, "Pad", "pad", from, "p", "pads=[0,0,1,0,0,0,1,1]");
        else
            onnx_node(b, "Pad", "pad", inputs, "p", "mode=constant");
        onnx_random(b, "w", "3,2,3,3", 1);
        if (i == 0 || i == 4)
            onnx_node(b, "Conv", "", "p w", "y", "");
        else
            onnx_node(b, i == 3 ? "AveragePool" : "MaxPool", "", "p", "y", "kernel_shape=[3,3] strides=[2,2]");
        onnx_output(b, "y");
        char with_act[60];
        snprintf(with_act, sizeof with_act, "%s%s", i == 1 ? "act+relu " : "", summary[i]);
        check(b, with_act);
    }
}

static void test_concat(void **state)
{
    (void)state;
    onnx_builder *b = conv("1,3,5,5", "4,3,3,3", "4", "pads=[1,1,1,1]");
    onnx_node(b, "Concat", "cat", "x y x", "z", "axis=1");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "conv concat");
    /* Flattened maps. */
    b = conv("1,3,5,5", "4,3,3,3", "4", "pads=[1,1,1,1]");
    onnx_node(b, "Flatten", "", "x", "fx", "");
    onnx_node(b, "Flatten", "", "y", "fy", "");
    onnx_node(b, "Concat", "cat", "fy fx", "c", "axis=-1");
    onnx_random(b, "fw", "175,6", 1);
    onnx_node(b, "MatMul", "", "c fw", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "conv reshape reshape concat dense");
}

static void test_softmax(void **state)
{
    (void)state;
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,6");
    onnx_random(b, "w", "6,5", 1);
    onnx_node(b, "MatMul", "fc", "x w", "p", "");
    onnx_node(b, "Softmax", "sm", "p", "y", "axis=-1");
    onnx_output(b, "y");
    teq_graph *g = net_check(b);
    assert_non_null(g);
    assert_string_equal(g->tensor[g->logits].name, "p");
    assert_string_equal(g->tensor[g->output].name, "y");
    teq_graph_free(g);
    check(one(11, "1,5,1,1", "Softmax", ""), "softmax");
}

static void test_pass_through(void **state)
{
    (void)state;
    onnx_builder *b = conv("1,3,5,5", "4,3,3,3", NULL, "");
    onnx_node(b, "Identity", "", "y", "i", "");
    onnx_node(b, "Dropout", "", "i", "d unused_mask", "ratio=0.3");
    onnx_node(b, "Cast", "", "d", "c", "to=1");
    onnx_node(b, "Relu", "", "c", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    check(b, "conv+relu");
}

/* Weights in other places and types. */
static void test_weights(void **state)
{
    (void)state;
    onnx_builder *b = conv("1,3,5,5", "4,3,3,3", NULL, "");
    /* float_data instead of raw data */
    Onnx__TensorProto *t = b->model->graph->initializer[0];
    t->n_float_data = t->raw_data.len / 4;
    t->float_data = (float *)(void *)t->raw_data.data;
    t->has_raw_data = 0;
    t->raw_data.data = NULL;
    t->raw_data.len = 0;
    check(b, "conv");
    b = conv("1,3,5,5", "4,3,3,3", "4", "");
    onnx_node(b, "Identity", "", "y", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    /* Constant nodes instead of initializers; they come first. */
    onnx_make_constant(b, "w");
    onnx_make_constant(b, "b");
    Onnx__GraphProto *g = b->model->graph;
    for (int i = 0; i < 2; i++) {
        Onnx__NodeProto *last = g->node[g->n_node - 1];
        memmove(g->node + 1, g->node, (g->n_node - 1) * sizeof *g->node);
        g->node[0] = last;
    }
    check(b, "conv");
    /* double_data; listed as graph input too, as before IR version 4 */
    b = onnx_begin(9);
    onnx_input(b, "w", "2,2");
    onnx_input(b, "x", "1,2");
    static const float zero[4] = {0};
    t = onnx_floats(b, "w", "2,2", zero);
    free(t->raw_data.data);
    t->raw_data.data = NULL;
    t->raw_data.len = 0;
    t->has_raw_data = 0;
    t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    t->n_double_data = 4;
    t->double_data = malloc(4 * sizeof *t->double_data);
    for (int i = 0; i < 4; i++)
        t->double_data[i] = i - 1.5;
    onnx_node(b, "MatMul", "", "x w", "y", "");
    onnx_output(b, "y");
    check(b, "dense");
}

static void test_half(void **state)
{
    (void)state;
    static const float zero[2] = {0};
    static const uint16_t half[4] = {0x3c00, 0xc000, 0x0001, 0x3555}; /* 1, -2, 2^-24, 0.33325 */
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,2");
    Onnx__TensorProto *t = onnx_floats(b, "w", "2,1", zero);
    t->dims[1] = 2;
    t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16;
    for (int i = 0; i < 4; i++) {
        t->raw_data.data[2 * i] = (uint8_t)(half[i] & 255);
        t->raw_data.data[2 * i + 1] = (uint8_t)(half[i] >> 8);
    }
    onnx_node(b, "MatMul", "", "x w", "y", "");
    onnx_output(b, "y");
    size_t size;
    teq_error err;
    uint8_t *bytes = onnx_pack(b, &size);
    teq_graph *g = teq_onnx_parse(bytes, size, "half", &err);
    free(bytes);
    onnx_free(b);
    assert_non_null(g);
    assert_true(g->node[0].weight[0] == 1.0f && g->node[0].weight[2] == -2.0f);
    assert_true(g->node[0].weight[1] == 0x1p-24f && g->node[0].weight[3] == 0x1.554p-2f);
    teq_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv),       cmocka_unit_test(test_conv_random),
        cmocka_unit_test(test_gemm),       cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_batchnorm),  cmocka_unit_test(test_activations),
        cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_residual),
        cmocka_unit_test(test_pools),      cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_pad),        cmocka_unit_test(test_concat),
        cmocka_unit_test(test_softmax),    cmocka_unit_test(test_pass_through),
        cmocka_unit_test(test_weights),    cmocka_unit_test(test_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
