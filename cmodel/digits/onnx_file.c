/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_file.h"

#include "net.h"
#include "onnx.pb-c.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(float) == 4 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "raw_data is float32 in little endian");

enum { MAX_RANK = 4, MAX_ATTRIBUTES = 5, MAX_NODES = 12, MAX_VALUES = 12, N_TENSORS = 2 * DIGITS_LAYERS };

/* protobuf-c wants arrays of pointers to messages. All of them live here, so
 * that one allocation holds the model and nothing is freed piece by piece. */
typedef struct node_store {
    Onnx__NodeProto node;
    char *input[3], *output[1];
    Onnx__AttributeProto attribute[MAX_ATTRIBUTES], *attributes[MAX_ATTRIBUTES];
    int64_t ints[MAX_ATTRIBUTES][4];
} node_store;

typedef struct value_store {
    Onnx__ValueInfoProto value;
    Onnx__TypeProto type;
    Onnx__TypeProto__Tensor tensor;
    Onnx__TensorShapeProto shape;
    Onnx__TensorShapeProto__Dimension dim[MAX_RANK], *dims[MAX_RANK];
} value_store;

typedef struct tensor_store {
    Onnx__TensorProto tensor;
    char name[32];
    int64_t dims[MAX_RANK];
} tensor_store;

typedef struct builder {
    Onnx__ModelProto model;
    Onnx__OperatorSetIdProto opset, *opsets[1];
    Onnx__GraphProto graph;
    int n_nodes, n_values, n_tensors;
    node_store node[MAX_NODES];
    value_store value[MAX_VALUES], input, output;
    tensor_store tensor[N_TENSORS];
    Onnx__NodeProto *nodes[MAX_NODES];
    Onnx__ValueInfoProto *values[MAX_VALUES], *inputs[1], *outputs[1];
    Onnx__TensorProto *tensors[N_TENSORS];
    float data[DIGITS_PARAMETERS];
} builder;

/* --- attributes --- */

static Onnx__AttributeProto *add_attribute(node_store *n, const char *name)
{
    const size_t i = n->node.n_attribute++;
    onnx__attribute_proto__init(&n->attribute[i]);
    n->attribute[i].name = (char *)name;
    n->attribute[i].has_type = 1;
    n->attributes[i] = &n->attribute[i];
    n->node.attribute = n->attributes;
    return &n->attribute[i];
}

static void add_int(node_store *n, const char *name, int value)
{
    Onnx__AttributeProto *a = add_attribute(n, name);
    a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    a->has_i = 1;
    a->i = value;
}

static void add_float(node_store *n, const char *name, float value)
{
    Onnx__AttributeProto *a = add_attribute(n, name);
    a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
    a->has_f = 1;
    a->f = value;
}

static void add_ints(node_store *n, const char *name, size_t count, const int *values)
{
    int64_t *ints = n->ints[n->node.n_attribute];
    Onnx__AttributeProto *a = add_attribute(n, name);
    for (size_t i = 0; i < count; i++)
        ints[i] = values[i];
    a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
    a->n_ints = count;
    a->ints = ints;
}

/* --- values, tensors, nodes --- */

static void set_value(value_store *v, const char *name, int channels, int height, int width)
{
    const int64_t size[MAX_RANK] = {1, channels, height, width};
    const size_t rank = height == 0 ? 2 : 4; /* height 0: a plain vector */
    onnx__value_info_proto__init(&v->value);
    onnx__type_proto__init(&v->type);
    onnx__type_proto__tensor__init(&v->tensor);
    onnx__tensor_shape_proto__init(&v->shape);
    v->value.name = (char *)name;
    v->value.type = &v->type;
    v->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    v->type.tensor_type = &v->tensor;
    v->tensor.has_elem_type = 1;
    v->tensor.elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    v->tensor.shape = &v->shape;
    v->shape.n_dim = rank;
    v->shape.dim = v->dims;
    for (size_t i = 0; i < rank; i++) {
        onnx__tensor_shape_proto__dimension__init(&v->dim[i]);
        v->dim[i].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        v->dim[i].dim_value = size[i];
        v->dims[i] = &v->dim[i];
    }
}

/* A value between two nodes. */
static void add_value(builder *b, const char *name, int channels, int height, int width)
{
    value_store *v = &b->value[b->n_values];
    set_value(v, name, channels, height, width);
    b->values[b->n_values++] = &v->value;
}

/* An initializer of floats that start at `at` in the flat array of parameters. */
static char *add_tensor(builder *b, const digits_layer *l, const char *suffix, size_t rank,
                        const int *dims, int at)
{
    tensor_store *t = &b->tensor[b->n_tensors];
    size_t count = 1;
    snprintf(t->name, sizeof t->name, "%s.%s", l->name, suffix);
    onnx__tensor_proto__init(&t->tensor);
    for (size_t i = 0; i < rank; i++) {
        t->dims[i] = dims[i];
        count *= (size_t)dims[i];
    }
    t->tensor.name = t->name;
    t->tensor.n_dims = rank;
    t->tensor.dims = t->dims;
    t->tensor.has_data_type = 1;
    t->tensor.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    t->tensor.has_raw_data = 1;
    t->tensor.raw_data.len = count * sizeof(float);
    t->tensor.raw_data.data = (uint8_t *)(b->data + at);
    b->tensors[b->n_tensors++] = &t->tensor;
    return t->name;
}

static node_store *add_node(builder *b, const char *op, const char *name, const char *in0,
                            const char *in1, const char *in2, const char *out)
{
    node_store *n = &b->node[b->n_nodes];
    onnx__node_proto__init(&n->node);
    n->input[0] = (char *)in0;
    n->input[1] = (char *)in1;
    n->input[2] = (char *)in2;
    n->output[0] = (char *)out;
    n->node.op_type = (char *)op;
    n->node.name = (char *)name;
    n->node.n_input = in2 != NULL ? 3 : in1 != NULL ? 2 : 1;
    n->node.input = n->input;
    n->node.n_output = 1;
    n->node.output = n->output;
    b->nodes[b->n_nodes++] = &n->node;
    return n;
}

/* --- the network --- */

static void add_conv(builder *b, const digits_layer *l, const char *in, const char *out)
{
    const conv_shape *s = &l->shape;
    const int weight[] = {s->out_channels, s->in_channels / s->groups, s->kernel, s->kernel};
    const int kernel[] = {s->kernel, s->kernel};
    const int strides[] = {s->stride, s->stride};
    const int pads[] = {s->pad_top, s->pad_left, s->pad_bottom, s->pad_right};
    const int ones[] = {1, 1};
    const char *w = add_tensor(b, l, "weight", 4, weight, l->weight_at);
    const char *bias = add_tensor(b, l, "bias", 1, weight, l->bias_at);
    node_store *n = add_node(b, "Conv", l->name, in, w, bias, out);
    add_ints(n, "dilations", 2, ones);
    add_int(n, "group", s->groups);
    add_ints(n, "kernel_shape", 2, kernel);
    add_ints(n, "pads", 4, pads);
    add_ints(n, "strides", 2, strides);
    add_value(b, out, s->out_channels, s->out_height, s->out_width);
}

static void add_relu(builder *b, const char *name, const char *in, const char *out, const digits_layer *like)
{
    const conv_shape *s = &like->shape;
    add_node(b, "Relu", name, in, NULL, NULL, out);
    add_value(b, out, s->out_channels, s->out_height, s->out_width);
}

static void add_gemm(builder *b, const digits_layer *l, const char *in, const char *out)
{
    const int weight[] = {l->shape.out_channels, l->shape.in_channels};
    const char *w = add_tensor(b, l, "weight", 2, weight, l->weight_at);
    const char *bias = add_tensor(b, l, "bias", 1, weight, l->bias_at);
    node_store *n = add_node(b, "Gemm", l->name, in, w, bias, out);
    add_float(n, "alpha", 1.0f);
    add_float(n, "beta", 1.0f);
    add_int(n, "transB", 1);
}

static void add_flatten(builder *b, const char *in, int features)
{
    add_int(add_node(b, "Flatten", "flatten", in, NULL, NULL, "flatten_out"), "axis", 1);
    add_value(b, "flatten_out", features, 0, 0);
}

static void build_digits(builder *b)
{
    const digits_layer *l = digits_layers;
    add_conv(b, &l[CONV1], "input", "conv1_out");
    add_relu(b, "conv1_relu", "conv1_out", "conv1_relu_out", &l[CONV1]);
    add_conv(b, &l[CONV2], "conv1_relu_out", "conv2_out");
    add_relu(b, "conv2_relu", "conv2_out", "conv2_relu_out", &l[CONV2]);
    add_conv(b, &l[DW3], "conv2_relu_out", "dw3_out");
    add_relu(b, "dw3_relu", "dw3_out", "dw3_relu_out", &l[DW3]);
    add_conv(b, &l[PW4], "dw3_relu_out", "pw4_out");
    add_node(b, "Add", "add", "pw4_out", "conv2_relu_out", NULL, "add_out");
    add_value(b, "add_out", DIGITS_C2, DIGITS_SIDE / 2, DIGITS_SIDE / 2);
    add_relu(b, "add_relu", "add_out", "add_relu_out", &l[PW4]);
    add_flatten(b, "add_relu_out", DIGITS_FEATURES);
    add_gemm(b, &l[FC], "flatten_out", "logits");
}

static void build_small(builder *b)
{
    const digits_layer *l = small_layers;
    add_conv(b, &l[0], "input", "conv1_out");
    add_relu(b, "conv1_relu", "conv1_out", "conv1_relu_out", &l[0]);
    add_flatten(b, "conv1_relu_out", l[1].shape.in_channels);
    add_gemm(b, &l[1], "flatten_out", "logits");
}

static void finish(builder *b)
{
    set_value(&b->input, "input", 1, DIGITS_SIDE, DIGITS_SIDE);
    set_value(&b->output, "logits", DIGITS_CLASSES, 0, 0);
    b->inputs[0] = &b->input.value;
    b->outputs[0] = &b->output.value;

    onnx__graph_proto__init(&b->graph);
    b->graph.name = (char *)"digits";
    b->graph.n_node = (size_t)b->n_nodes;
    b->graph.node = b->nodes;
    b->graph.n_initializer = (size_t)b->n_tensors;
    b->graph.initializer = b->tensors;
    b->graph.n_input = 1;
    b->graph.input = b->inputs;
    b->graph.n_output = 1;
    b->graph.output = b->outputs;
    b->graph.n_value_info = (size_t)b->n_values;
    b->graph.value_info = b->values;

    onnx__operator_set_id_proto__init(&b->opset);
    b->opset.domain = (char *)"";
    b->opset.has_version = 1;
    b->opset.version = 13;
    b->opsets[0] = &b->opset;

    onnx__model_proto__init(&b->model);
    b->model.has_ir_version = 1;
    b->model.ir_version = 8;
    b->model.producer_name = (char *)"teq-digits";
    b->model.doc_string = (char *)"UCI handwritten digits, 8x8";
    b->model.graph = &b->graph;
    b->model.n_opset_import = 1;
    b->model.opset_import = b->opsets;
}

static bool write_aside(const char *path, const void *bytes, size_t size, teq_error *err)
{
    char aside[1024];
    if (snprintf(aside, sizeof aside, "%s.tmp", path) >= (int)sizeof aside)
        return teq_fail(err, TEQ_ERR_ARG, "%s: path too long", path);
    FILE *f = fopen(aside, "wb");
    if (f == NULL)
        return teq_fail(err, TEQ_ERR_IO, "%s: %s", aside, strerror(errno));
    const bool whole = fwrite(bytes, 1, size, f) == size;
    if (fclose(f) == 0 && whole && rename(aside, path) == 0)
        return true;
    teq_fail(err, TEQ_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    remove(aside);
    return false;
}

static bool write_model(const char *path, const double *parameters, int n, void (*build)(builder *), teq_error *err)
{
    builder *b = calloc(1, sizeof *b);
    if (b == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: out of memory", path);
    for (int i = 0; i < n; i++)
        b->data[i] = (float)parameters[i];
    build(b);
    finish(b);
    const size_t size = onnx__model_proto__get_packed_size(&b->model);
    uint8_t *bytes = malloc(size);
    bool ok = bytes != NULL;
    if (ok) {
        onnx__model_proto__pack(&b->model, bytes);
        ok = write_aside(path, bytes, size, err);
    } else {
        teq_fail(err, TEQ_ERR_MEMORY, "%s: out of memory", path);
    }
    free(bytes);
    free(b);
    return ok;
}

bool digits_onnx_write(const char *path, const double *parameters, teq_error *err)
{
    return write_model(path, parameters, DIGITS_PARAMETERS, build_digits, err);
}

bool small_onnx_write(const char *path, const double *parameters, teq_error *err)
{
    return write_model(path, parameters, SMALL_PARAMETERS, build_small, err);
}
