/* SPDX-License-Identifier: Apache-2.0
 *
 * The importer: file, initializers, input, then node after node, then folding.
 */
#include "teq/onnx.h"

#include "file.h"
#include "onnx_import.h"
#include "onnx_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From 19 on these operators got more data types, and nothing else that is read here. */
#define FIRST_OPSET 9
#define LAST_OPSET 23

/* Every operator with all attributes that its specification has in these opsets: one
 * that is not listed would change what the operator does. */
static const struct {
    const char *name;
    teq_importer_op *import;
    size_t min_in, max_in;
    const char *attributes;
} operators[] = {
    {"Add", teq_import_binary, 2, 2, ""},
    {"AveragePool", teq_import_pool, 1, 1,
     "auto_pad ceil_mode count_include_pad kernel_shape pads strides dilations"},
    {"BatchNormalization", teq_import_batchnorm, 5, 5, "epsilon momentum spatial training_mode"},
    {"Cast", teq_import_identity, 1, 1, "to saturate"},
    {"Clip", teq_import_clip, 1, 3, "min max"},
    {"Concat", teq_import_concat, 1, 4096, "axis"},
    {"Constant", teq_import_constant, 0, 0,
     "value value_float value_floats value_int value_ints"},
    {"ConstantOfShape", teq_import_constant_of_shape, 1, 1, "value"},
    {"Conv", teq_import_conv, 2, 3, "auto_pad dilations group kernel_shape pads strides"},
    {"Div", teq_import_binary, 2, 2, ""},
    {"Dropout", teq_import_identity, 1, 3, "ratio seed"},
    {"Flatten", teq_import_flatten, 1, 1, "axis"},
    {"Gather", teq_import_gather, 2, 2, "axis"},
    {"Gemm", teq_import_gemm, 2, 3, "alpha beta transA transB"},
    {"GlobalAveragePool", teq_import_global_pool, 1, 1, ""},
    {"Identity", teq_import_identity, 1, 1, ""},
    {"LeakyRelu", teq_import_leaky, 1, 1, "alpha"},
    {"MatMul", teq_import_matmul, 2, 2, ""},
    {"Max", teq_import_binary, 2, 2, ""},
    {"MaxPool", teq_import_pool, 1, 1,
     "auto_pad ceil_mode dilations kernel_shape pads storage_order strides"},
    {"Min", teq_import_binary, 2, 2, ""},
    {"Mul", teq_import_binary, 2, 2, ""},
    {"Pad", teq_import_pad, 1, 4, "mode pads value"},
    {"ReduceMean", teq_import_reduce_mean, 1, 2, "axes keepdims noop_with_empty_axes"},
    {"Relu", teq_import_relu, 1, 1, ""},
    {"Reshape", teq_import_reshape, 1, 2, "allowzero"},
    {"Shape", teq_import_shape, 1, 1, "start end"},
    {"Slice", teq_import_slice, 1, 5, "starts ends axes"},
    {"Softmax", teq_import_softmax, 1, 1, "axis"},
    {"Squeeze", teq_import_squeeze, 1, 2, "axes"},
    {"Sub", teq_import_binary, 2, 2, ""},
    {"Sum", teq_import_binary, 2, 2, ""},
    {"Transpose", teq_import_transpose, 1, 1, "perm"},
    {"Unsqueeze", teq_import_unsqueeze, 1, 2, "axes"},
};
#define N_OPERATORS (sizeof operators / sizeof operators[0])

teq_node *teq_emit(teq_importer *im, teq_op op, const int *in, int n_in, size_t c, size_t h, size_t w)
{
    if (c > TEQ_TENSOR_MAX || h > TEQ_TENSOR_MAX || w > TEQ_TENSOR_MAX || c * h > TEQ_TENSOR_MAX ||
        c * h * w > TEQ_TENSOR_MAX) {
        teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "output of %zu x %zu x %zu, expected at most %zu values",
                      c, h, w, TEQ_TENSOR_MAX);
        return NULL;
    }
    int i = teq_graph_add_node(im->g, op, teq_text(im->node->name), in, n_in, im->node->output[0],
                               (int)c, (int)h, (int)w);
    if (i < 0) {
        teq_node_fail(im, TEQ_ERR_MEMORY, "no memory");
        return NULL;
    }
    return &im->g->node[i];
}

bool teq_output(teq_importer *im, teq_value *v)
{
    return teq_value_add(im, im->node->output[0], v);
}

/* --- the parts of a model ------------------------------------------------------------------ */

static bool read_opset(teq_importer *im, const Onnx__ModelProto *m)
{
    im->opset = 0;
    for (size_t i = 0; i < m->n_opset_import; i++) {
        const char *domain = teq_text(m->opset_import[i]->domain);
        if (domain[0] == 0 || strcmp(domain, "ai.onnx") == 0)
            im->opset = m->opset_import[i]->version;
    }
    if (im->opset < FIRST_OPSET || im->opset > LAST_OPSET)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: opset %lld, expected %d to %d", im->file,
                        (long long)im->opset, FIRST_OPSET, LAST_OPSET);
    return true;
}

static bool read_initializers(teq_importer *im, const Onnx__GraphProto *g)
{
    if (g->n_sparse_initializer > 0)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: sparse initializers", im->file);
    for (size_t i = 0; i < g->n_initializer; i++) {
        teq_value v;
        const char *name = teq_text(g->initializer[i]->name);
        if (!teq_value_from_proto(im, g->initializer[i], name, &v) || !teq_value_add(im, name, &v))
            return false;
    }
    return true;
}

/* Does the file hold its images channels last? Then the first Transpose behind the input,
 * with only operators between them that look at one value at a time, is N,H,W,C to N,C,H,W.
 * Signals, N,W,C, are made images of one row first, or transposed as they are. */
static bool is_channels_last(const Onnx__GraphProto *g, const char *name, int rank)
{
    static const char *const through[] = {"Identity", "Cast", "Add",  "Sub",     "Mul",       "Div",
                                          "Pad",      "Clip", "Relu", "Dropout", "Unsqueeze", "Reshape"};
    const size_t n_through = sizeof through / sizeof through[0] - (rank == 3 ? 0 : 2);
    static const int64_t image[] = {0, 3, 1, 2}, signal[] = {0, 2, 1};
    for (size_t i = 0; i < g->n_node; i++) {
        const Onnx__NodeProto *n = g->node[i];
        bool reads = false;
        for (size_t k = 0; k < n->n_input; k++)
            reads = reads || strcmp(n->input[k], name) == 0;
        if (!reads)
            continue;
        const char *op = teq_text(n->op_type);
        if (strcmp(op, "Transpose") == 0) {
            const Onnx__AttributeProto *perm = n->n_attribute == 1 ? n->attribute[0] : NULL;
            return perm != NULL &&
                   ((perm->n_ints == 4 && memcmp(perm->ints, image, sizeof image) == 0) ||
                    (rank == 3 && perm->n_ints == 3 && memcmp(perm->ints, signal, sizeof signal) == 0));
        }
        for (size_t k = 0; n->n_output > 0 && k < n_through; k++)
            if (strcmp(op, through[k]) == 0) {
                name = n->output[0];
                break;
            }
    }
    return false;
}

static bool read_input(teq_importer *im, const Onnx__GraphProto *g)
{
    const Onnx__ValueInfoProto *in = NULL;
    for (size_t i = 0; i < g->n_input; i++) {
        /* Before IR version 4 the initializers were listed here too. */
        const char *name = teq_text(g->input[i]->name);
        if (teq_value_find(im, name) != NULL)
            continue;
        if (in != NULL)
            return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: two inputs, \"%s\" and \"%s\"", im->file,
                            teq_text(in->name), name);
        in = g->input[i];
    }
    if (in == NULL || g->n_output != 1)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: %s, expected one input and one output", im->file,
                        in == NULL ? "no input" : "no or several outputs");
    const char *name = teq_text(in->name);
    const Onnx__TypeProto__Tensor *type =
        in->type != NULL && in->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
            ? in->type->tensor_type
            : NULL;
    if (type == NULL || type->shape == NULL || type->shape->n_dim < 2 || type->shape->n_dim > 4)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED,
                        "%s: input \"%s\" has no shape of 2 to 4 axes, batch first", im->file, name);
    if (type->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT &&
        type->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE &&
        type->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: input \"%s\" has data type %d, expected float",
                        im->file, name, (int)type->elem_type);
    teq_value v = {.rank = (int)type->shape->n_dim};
    size_t count = 1;
    for (int i = 0; i < v.rank; i++) {
        const Onnx__TensorShapeProto__Dimension *d = type->shape->dim[i];
        int64_t size = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE ? d->dim_value : 0;
        if (i == 0) {
            im->batch = size > 0 ? (size_t)size : 1;
            size = 1;
        }
        if (i > 0 && d->value_case != ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
            return teq_fail(im->err, TEQ_ERR_SHAPE,
                            "%s: input \"%s\": axis %d is \"%s\", not a number: export the network with a fixed size", im->file,
                            name, i,
                            d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM ? teq_text(d->dim_param) : "?");
        if (size < 1 || (uint64_t)size > TEQ_TENSOR_MAX / count)
            return teq_fail(im->err, TEQ_ERR_SHAPE, "%s: input \"%s\": axis %d is %lld, expected a fixed size >= 1",
                            im->file, name, i, (long long)size);
        v.dim[i] = (size_t)size;
        count *= (size_t)size;
    }
    /* The tensor is c, h, w: a vector; c x w; or one of the two orders of an image. */
    im->g->input_channels_last = v.rank >= 3 && is_channels_last(g, name, v.rank);
    const bool last = im->g->input_channels_last;
    const int c = (int)(last ? v.dim[v.rank - 1] : v.dim[1]);
    const int h = (int)(v.rank < 4 ? 1 : last ? v.dim[1] : v.dim[2]);
    const int w = (int)(v.rank < 3 ? 1 : last ? v.dim[v.rank - 2] : v.dim[v.rank - 1]);
    im->g->input = teq_graph_add_tensor(im->g, name, c, h, w);
    if (im->g->input < 0)
        return teq_fail(im->err, TEQ_ERR_MEMORY, "%s: no memory", im->file);
    if (last) {
        size_t hw = (size_t)h * (size_t)w;
        const teq_atom nhwc[3] = {{(size_t)h, (size_t)w}, {(size_t)w, 1}, {(size_t)c, hw}};
        v.tensor = im->g->input;
        v.count = count;
        for (int i = 0; i < 3; i++)
            if (nhwc[i].size > 1)
                v.atom[v.n_atoms++] = nhwc[i];
    } else {
        teq_view_plain(&v, im->g->input);
    }
    return teq_value_add(im, name, &v);
}

/* Is `name` one of the words of a list? */
static bool in_list(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; n > 0 && (at = strstr(at, name)) != NULL; at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == 0 || at[n] == ' '))
            return true;
    return false;
}

static bool import_node(teq_importer *im, const Onnx__NodeProto *n)
{
    im->node = n;
    const char *op = teq_text(n->op_type), *domain = teq_text(n->domain);
    size_t k = 0;
    while (k < N_OPERATORS && strcmp(operators[k].name, op) != 0)
        k++;
    if (k == N_OPERATORS || (domain[0] != 0 && strcmp(domain, "ai.onnx") != 0))
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "operator %s%s%s is not supported", domain,
                             domain[0] != 0 ? "." : "", op);
    if (n->n_output < 1 || n->output[0][0] == 0)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "has no output");
    if (n->n_input < operators[k].min_in || n->n_input > operators[k].max_in)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "%zu inputs, expected %zu to %zu", n->n_input,
                             operators[k].min_in, operators[k].max_in);
    for (size_t i = 0; i < n->n_input; i++)
        if (n->input[i][0] != 0 && teq_value_find(im, n->input[i]) == NULL)
            return teq_node_fail(im, TEQ_ERR_FORMAT, "input \"%s\" is not defined by anything before it",
                                 n->input[i]);
    for (size_t i = 0; i < n->n_attribute; i++)
        if (!in_list(operators[k].attributes, teq_text(n->attribute[i]->name)))
            return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "attribute \"%s\" is not known",
                                 teq_text(n->attribute[i]->name));
    return operators[k].import(im);
}

static bool read_output(teq_importer *im, const Onnx__GraphProto *g)
{
    const char *name = teq_text(g->output[0]->name);
    const teq_value *v = teq_value_find(im, name);
    if (v == NULL || v->data != NULL)
        return teq_fail(im->err, TEQ_ERR_FORMAT, "%s: output \"%s\" %s", im->file, name,
                        v == NULL ? "is made by no node" : "is a constant");
    if (v->tensor == im->g->input)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: output \"%s\" is the input itself", im->file, name);
    if (!teq_view_is_plain(v)) {
        teq_role role[TEQ_ONNX_RANK];
        teq_view_roles(im, v, role);
        const bool image = v->rank == 4 && role[1] == TEQ_ROLE_H && role[2] == TEQ_ROLE_W && role[3] == TEQ_ROLE_C;
        const bool signal = v->rank == 3 && role[1] == TEQ_ROLE_W && role[2] == TEQ_ROLE_C;
        if (!image && !signal)
            return teq_fail(im->err, TEQ_ERR_UNSUPPORTED,
                            "%s: output \"%s\" is neither channels first nor channels last", im->file, name);
        im->g->output_channels_last = true;
    }
    im->g->output = im->g->logits = v->tensor;
    return true;
}

static bool import_graph(teq_importer *im, const Onnx__ModelProto *m)
{
    const Onnx__GraphProto *g = m->graph;
    if (g == NULL)
        return teq_fail(im->err, TEQ_ERR_FORMAT, "%s: no graph in it, not an ONNX model", im->file);
    if (g->n_node > TEQ_ONNX_NODES)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: %zu nodes, expected at most %d", im->file,
                        g->n_node, TEQ_ONNX_NODES);
    if (!read_opset(im, m) || !read_initializers(im, g) || !read_input(im, g))
        return false;
    for (size_t i = 0; i < g->n_node; i++)
        if (!import_node(im, g->node[i]))
            return false;
    return read_output(im, g) && teq_graph_fold(im->g, im->err);
}

static teq_graph *parse(const void *bytes, size_t size, const char *name, const char *path, teq_error *err)
{
    if (size == 0) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: empty file", name);
        return NULL;
    }
    if (!teq_onnx_scan(&onnx__model_proto__descriptor, bytes, size, name, err))
        return NULL;
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, bytes);
    if (model == NULL) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: not an ONNX model", name);
        return NULL;
    }
    teq_importer im = {.file = name, .path = path, .err = err, .g = teq_graph_new(name)};
    bool ok = im.g != NULL ? import_graph(&im, model) : teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory", name);
    teq_values_free(&im);
    onnx__model_proto__free_unpacked(model, NULL);
    if (!ok) {
        teq_graph_free(im.g);
        return NULL;
    }
    return im.g;
}

teq_graph *teq_onnx_parse(const void *bytes, size_t size, const char *name, teq_error *err)
{
    return parse(bytes, size, name, NULL, err);
}

teq_graph *teq_onnx_load(const char *path, teq_error *err)
{
    size_t size;
    uint8_t *bytes = teq_file_read(path, &size, err);
    if (bytes == NULL)
        return NULL;
    teq_graph *g = parse(bytes, size, path, path, err);
    free(bytes);
    return g;
}
