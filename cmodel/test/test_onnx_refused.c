/* SPDX-License-Identifier: Apache-2.0
 *
 * What the importer refuses, and that it says why: operators and attributes that it does
 * not know, shapes that do not fit, numbers that are none, files that are cut or damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net_check.h"
#include "teq/onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSED(b, words) assert_true(net_refused(b, words))

static onnx_builder *one(const char *dims, const char *op, const char *attributes)
{
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", dims);
    onnx_node(b, op, "node7", "x", "y", attributes);
    onnx_output(b, "y");
    return b;
}

static onnx_builder *conv(const char *in, const char *weights, const char *attributes)
{
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", in);
    onnx_random(b, "w", weights, 1);
    onnx_node(b, "Conv", "conv3", "x w", "y", attributes);
    onnx_output(b, "y");
    return b;
}

static void test_operators(void **state)
{
    (void)state;
    REFUSED(one("1,3,4,4", "HardSwish", ""), "test.onnx|\"node7\"|HardSwish|not supported");
    REFUSED(one("1,3,4,4", "QuantizeLinear", ""), "\"node7\"|QuantizeLinear");
    onnx_builder *b = one("1,3,4,4", "Relu", "");
    b->model->graph->node[0]->domain = strdup("com.microsoft");
    REFUSED(b, "\"node7\"|com.microsoft.Relu");
    REFUSED(one("1,3,4,4", "Relu", "slope=1"), "\"node7\"|Relu|\"slope\"");
    b = onnx_begin(13);
    onnx_input(b, "x", "1,3,4,4");
    onnx_node(b, "Mul", "se", "x x", "y", "");
    onnx_output(b, "y");
    REFUSED(b, "\"se\"|Mul|two tensors");
    REFUSED(one("1,3,4,4", "MaxPool", "kernel_shape=[2,2] dilations=[2,2]"), "MaxPool|dilations");
    REFUSED(one("1,3,4,4", "MaxPool", ""), "MaxPool|kernel_shape");
    REFUSED(one("1,3,4,4", "Softmax", "axis=1"), "Softmax|3 of the 48");
    REFUSED(one("1,3,4,4", "Concat", ""), "Concat|axis");
    REFUSED(one("1,3,4,4", "Cast", "to=6"), "Cast|6");
    REFUSED(one("1,3,4,4", "ReduceMean", "axes=[1]"), "ReduceMean|pixels");
    REFUSED(one("1,3,4,4", "Clip", "min=2.0 max=1.0"), "Clip|limits");
    REFUSED(one("1,3,4,4", "Squeeze", "axes=[1]"), "Squeeze|size 3");
}

static void test_order(void **state)
{
    (void)state;
    /* Channel shuffle moves data: no view can stand for it in front of a convolution. */
    onnx_builder *b = onnx_begin(13);
    onnx_input(b, "x", "1,4,3,3");
    onnx_ints(b, "s1", "1,2,2,3,3");
    onnx_ints(b, "s2", "1,4,3,3");
    onnx_random(b, "w", "4,4,1,1", 1);
    onnx_node(b, "Reshape", "", "x s1", "a", "");
    onnx_node(b, "Transpose", "", "a", "t", "perm=[0,2,1,3,4]");
    onnx_node(b, "Reshape", "", "t s2", "c", "");
    onnx_node(b, "Conv", "conv3", "c w", "y", "");
    onnx_output(b, "y");
    REFUSED(b, "\"conv3\"|order|dissolved");
    /* Two samples in one: pooling would lose one of them. */
    b = onnx_begin(13);
    onnx_input(b, "x", "1,6,4,4");
    onnx_ints(b, "s", "2,3,4,4");
    onnx_node(b, "Reshape", "", "x s", "a", "");
    onnx_node(b, "GlobalAveragePool", "pool", "a", "y", "");
    onnx_output(b, "y");
    REFUSED(b, "\"pool\"|2 samples");
    b = onnx_begin(13);
    onnx_input(b, "x", "1,4,4,4");
    onnx_node(b, "Transpose", "", "x", "t", "perm=[0,2,1,3]");
    onnx_node(b, "Add", "sum", "x t", "y", "");
    onnx_output(b, "y");
    REFUSED(b, "\"sum\"|different order");
    b = one("1,4,5,6", "Transpose", "perm=[0,3,2,1]");
    onnx_node(b, "Relu", "", "y", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    REFUSED(b, "output \"z\"|channels");
}

static void test_shapes(void **state)
{
    (void)state;
    REFUSED(conv("1,3,4,4", "4,2,3,3", ""), "\"conv3\"|Conv|3 input channels");
    REFUSED(conv("1,3,0,4", "4,3,3,3", ""), "input \"x\"|axis 2 is \"N\", not a number|fixed size");
    REFUSED(conv("1,3,4,4", "4,3,5,5", ""), "\"conv3\"|window of 5|input of 4");
    REFUSED(conv("1,3,4,4", "4,3,3,3", "strides=[0,1]"), "\"conv3\"|\"strides\"|is 0");
    REFUSED(conv("1,3,4,4", "4,3,3,3", "pads=[-1,0,0,0]"), "\"conv3\"|\"pads\"|is -1");
    REFUSED(conv("1,3,4,4", "4,3,3,3", "pads=[1,1]"), "\"conv3\"|\"pads\"|2 values|expected 4");
    REFUSED(conv("1,3,4,4", "4,3,3,3", "pads=[3,0,0,0]"), "\"conv3\"|pads 3, 0|window");
    REFUSED(conv("1,3,4,4", "4,3,3,3", "auto_pad=SOME"), "\"conv3\"|auto_pad|SOME");
    REFUSED(conv("1,3,4,4", "4,3,3,3", "kernel_shape=[3,2]"), "\"conv3\"|kernel_shape");
    REFUSED(conv("1,3,4,4", "4,3,3,3", "group=0"), "\"conv3\"|group 0");
    REFUSED(conv("1,3,4,4", "4,3,3", ""), "\"conv3\"|4 and weights of 3");
    REFUSED(conv("1,3,0,4", "4,3,3,3", ""), "input \"x\"|axis 2");
    REFUSED(conv("1,3,4,4,4", "4,3,3,3", ""), "input \"x\"|2 to 4 axes");
    onnx_builder *b = one("1,3,4,4", "Relu", "");
    onnx_ints(b, "shape", "1,47");
    onnx_node(b, "Reshape", "view", "y shape", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    REFUSED(b, "\"view\"|47 values|48");
    b = one("1,6", "Relu", "");
    onnx_random(b, "w", "5,5", 1);
    onnx_node(b, "MatMul", "fc", "y w", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    REFUSED(b, "\"fc\"|6 inputs|\"w\" for 5");
    b = onnx_begin(13);
    onnx_input(b, "x", "1,3,4,4");
    onnx_random(b, "k", "1,1,4,4", 1);
    onnx_node(b, "Add", "mask", "x k", "y", "");
    onnx_output(b, "y");
    REFUSED(b, "\"mask\"|\"k\"|pixel to pixel");
    /* A huge map from a small file asks for no memory. */
    REFUSED(conv("1,1,60000,60000", "4,1,3,3", ""), "input \"x\"");
    REFUSED(conv("1,1,8000,8000", "400,1,3,3", ""), "\"conv3\"|400 x 7998 x 7998");
    b = one("1,1,8000,8000", "Relu", "");
    onnx_ints(b, "pads", "0,0,60000,60000,0,0,0,0");
    onnx_node(b, "Pad", "pad", "y pads", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    REFUSED(b, "\"pad\"|68000");
    b = one("1,4", "Relu", "");
    onnx_ints(b, "shape", "60000,60000");
    onnx_node(b, "ConstantOfShape", "zeros", "shape", "z", "");
    REFUSED(b, "\"zeros\"|a constant of more than");
    REFUSED(conv("1,1,4,4", "1,1,3,3", "auto_pad=SAME_UPPER dilations=[60000,60000]"), "\"conv3\"|window of 120001");
    REFUSED(conv("1,1,4,4", "1,1,3,3", "auto_pad=SAME_UPPER dilations=[20000,20000]"), "\"conv3\"|too large");
}

static void test_links(void **state)
{
    (void)state;
    onnx_builder *b = one("1,4", "Relu", "");
    onnx_node(b, "Relu", "r2", "nowhere", "z", "");
    REFUSED(b, "\"r2\"|\"nowhere\"|not defined");
    b = one("1,4", "Relu", "");
    onnx_node(b, "Relu", "r2", "x", "y", "");
    REFUSED(b, "two values|\"y\"");
    b = one("1,4", "Relu", "");
    onnx_input(b, "x2", "1,4");
    REFUSED(b, "two inputs|\"x\"|\"x2\"");
    b = one("1,4", "Relu", "");
    onnx_output(b, "x");
    REFUSED(b, "several outputs");
    b = one("1,4", "Relu", "");
    b->model->graph->output[0]->name[0] = 'q';
    REFUSED(b, "output \"q\"|made by no node");
    b = one("1,4", "Relu", "");
    b->model->graph->output[0]->name[0] = 'x';
    REFUSED(b, "output \"x\"|the input itself");
    b = onnx_begin(13);
    onnx_random(b, "w", "1,4", 1);
    onnx_node(b, "Relu", "", "w", "y", "");
    onnx_output(b, "y");
    REFUSED(b, "no input");
}

static void test_numbers(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        onnx_builder *b = conv("1,3,4,4", "4,3,3,3", "");
        memcpy(b->model->graph->initializer[0]->raw_data.data + 20, &bad[i], 4);
        REFUSED(b, "\"conv3\"|weights \"w\"|value 5|finite");
    }
    /* Folding may overflow what was finite. */
    onnx_builder *b = conv("1,3,4,4", "4,3,3,3", "");
    onnx_full(b, "k", "", 3e38);
    onnx_node(b, "Mul", "", "y k", "z", "");
    onnx_node(b, "Mul", "", "z k", "q", "");
    b->model->graph->output[0]->name[0] = 'q';
    REFUSED(b, "\"conv3\"|after folding");
    b = conv("1,3,4,4", "4,3,3,3", "");
    onnx_full(b, "one", "4", 1);
    onnx_full(b, "v", "4", -1);
    onnx_node(b, "BatchNormalization", "bn", "y one one one v", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    REFUSED(b, "\"bn\"|\"v\"|expected > 0");
    b = one("1,4", "Relu", "");
    onnx_full(b, "k", "", 0);
    onnx_node(b, "Div", "div", "y k", "z", "");
    b->model->graph->output[0]->name[0] = 'z';
    REFUSED(b, "\"div\"|division by \"k\"");
}

static void test_tensors(void **state)
{
    (void)state;
    onnx_builder *b = conv("1,3,4,4", "4,3,3,3", "");
    b->model->graph->initializer[0]->dims[0] = INT64_MAX;
    REFUSED(b, "tensor \"w\"|axis 0|claims");
    b = conv("1,3,4,4", "4,3,3,3", "");
    b->model->graph->initializer[0]->dims[1] = -3;
    REFUSED(b, "tensor \"w\"|axis 1|claims -3");
    b = conv("1,3,4,4", "4,3,3,3", "");
    b->model->graph->initializer[0]->raw_data.len -= 1;
    REFUSED(b, "tensor \"w\"");
    b = conv("1,3,4,4", "4,3,3,3", "");
    b->model->graph->initializer[0]->dims[0] = 3;
    REFUSED(b, "tensor \"w\"|432 bytes|expected 324");
    b = conv("1,3,4,4", "4,3,3,3", "");
    b->model->graph->initializer[0]->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
    REFUSED(b, "tensor \"w\"|data type 2");
    b = conv("1,3,4,4", "4,3,3,3", "");
    b->model->graph->initializer[0]->has_data_location = 1;
    b->model->graph->initializer[0]->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    REFUSED(b, "tensor \"w\"|external");
}

/* Every prefix of a model is refused, and so is every damaged key; nothing crashes. */
static void test_cut(void **state)
{
    (void)state;
    onnx_builder *b = conv("1,3,4,4", "4,3,3,3", "pads=[1,1,1,1]");
    size_t size;
    uint8_t *bytes = onnx_pack(b, &size);
    onnx_free(b);
    teq_error err;
    int said_where = 0;
    for (size_t n = 0; n < size; n++) {
        uint8_t *cut = malloc(n + 1);
        memcpy(cut, bytes, n);
        teq_graph *g = teq_onnx_parse(cut, n, "cut.onnx", &err);
        free(cut);
        if (g != NULL) {
            /* Cut between two fields of the model: opset or graph may be whole. */
            teq_graph_free(g);
            continue;
        }
        assert_non_null(strstr(err.message, "cut.onnx: "));
        said_where += strstr(err.message, "at byte ") != NULL;
    }
    assert_true(said_where > (int)size / 2);
    /* More than half of the file is one tensor. */
    assert_null(teq_onnx_parse(bytes, size / 2, "cut.onnx", &err));
    assert_non_null(strstr(err.message, "in model.graph.initializer[0].raw_data: a length runs past the end"));
    for (size_t i = 0; i < size; i++) {
        uint8_t old = bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (uint8_t)(old ^ (1 << bit));
            teq_graph_free(teq_onnx_parse(bytes, size, "damaged.onnx", &err));
        }
        bytes[i] = old;
    }
    free(bytes);
    assert_null(teq_onnx_parse("", 0, "empty.onnx", &err));
    assert_string_equal(err.message, "empty.onnx: empty file");
    assert_null(teq_onnx_load("/nonexistent/model.onnx", &err));
    assert_non_null(strstr(err.message, "/nonexistent/model.onnx"));
}

/* Messages inside messages: a stack is not for files to fill. */
static void test_deep(void **state)
{
    (void)state;
    /* graph (7) { node (1) { attribute (5) { g (6) { node { ... */
    static const uint8_t key[] = {0x0a, 0x2a, 0x32};
    size_t size = 60000, used = 0;
    uint8_t *bytes = malloc(size + 16);
    /* From the inside out: prepend key and length. */
    uint8_t *at = bytes + size;
    for (int i = 0; used < size - 40; i++) {
        uint8_t head[8];
        size_t n = 0;
        head[n++] = key[2 - i % 3];
        size_t length = used;
        while (length > 127) {
            head[n++] = (uint8_t)(length | 128);
            length >>= 7;
        }
        head[n++] = (uint8_t)length;
        at -= n;
        memcpy(at, head, n);
        used += n;
    }
    /* The outermost is the field graph of the model. */
    for (int i = 0; i < 3; i++) {
        teq_error err = {0};
        uint8_t head[8] = {0x3a};
        size_t n = 1, length = used;
        while (length > 127) {
            head[n++] = (uint8_t)(length | 128);
            length >>= 7;
        }
        head[n++] = (uint8_t)length;
        uint8_t *whole = malloc(used + n);
        memcpy(whole, head, n);
        memcpy(whole + n, at, used);
        assert_null(teq_onnx_parse(whole, used + n, "deep.onnx", &err));
        assert_non_null(strstr(err.message, "deep.onnx"));
        free(whole);
        /* Drop one level, so that each of the three keys is once the first. */
        size_t skip = 1;
        while (at[skip] & 128)
            skip++;
        at += skip + 1;
        used -= skip + 1;
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operators), cmocka_unit_test(test_order), cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_links),     cmocka_unit_test(test_numbers), cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_cut),       cmocka_unit_test(test_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
