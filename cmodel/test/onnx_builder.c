/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tests have memory or stop. */
static void *get(size_t n)
{
    void *p = calloc(1, n > 0 ? n : 1);
    if (p == NULL)
        abort();
    return p;
}

static char *text(const char *s, size_t n)
{
    return memcpy(get(n + 1), s, n);
}

/* Append a pointer to a protobuf-c list. */
static void append(void *list_pointer, size_t *n, void *item)
{
    void **list;
    memcpy(&list, list_pointer, sizeof list);
    list = realloc(list, (*n + 1) * sizeof *list);
    if (list == NULL)
        abort();
    list[(*n)++] = item;
    memcpy(list_pointer, &list, sizeof list);
}

double onnx_uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 4503599627370496.0 - 1;
}

onnx_builder *onnx_begin(int opset)
{
    onnx_builder *b = get(sizeof *b);
    b->random = 1;
    b->model = get(sizeof *b->model);
    onnx__model_proto__init(b->model);
    b->model->has_ir_version = 1;
    b->model->ir_version = 8;
    b->model->graph = get(sizeof *b->model->graph);
    onnx__graph_proto__init(b->model->graph);
    Onnx__OperatorSetIdProto *o = get(sizeof *o);
    onnx__operator_set_id_proto__init(o);
    o->has_version = 1;
    o->version = opset;
    append(&b->model->opset_import, &b->model->n_opset_import, o);
    return b;
}

/* "1,2,3" */
static size_t numbers(const char *s, int64_t *list)
{
    size_t n = 0;
    while (*s != 0) {
        char *end;
        list[n++] = strtoll(s, &end, 10);
        s = *end == ',' ? end + 1 : end;
    }
    return n;
}

static Onnx__ValueInfoProto *value_info(const char *name, const char *dims)
{
    Onnx__ValueInfoProto *v = get(sizeof *v);
    onnx__value_info_proto__init(v);
    v->name = text(name, strlen(name));
    if (dims == NULL)
        return v;
    v->type = get(sizeof *v->type);
    onnx__type_proto__init(v->type);
    v->type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    Onnx__TypeProto__Tensor *t = v->type->tensor_type = get(sizeof *t);
    onnx__type_proto__tensor__init(t);
    t->has_elem_type = 1;
    t->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    t->shape = get(sizeof *t->shape);
    onnx__tensor_shape_proto__init(t->shape);
    int64_t size[16];
    size_t n = numbers(dims, size);
    for (size_t i = 0; i < n; i++) {
        Onnx__TensorShapeProto__Dimension *d = get(sizeof *d);
        onnx__tensor_shape_proto__dimension__init(d);
        if (size[i] != 0) {
            d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            d->dim_value = size[i];
        } else {
            d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            d->dim_param = text("N", 1);
        }
        append(&t->shape->dim, &t->shape->n_dim, d);
    }
    return v;
}

void onnx_input(onnx_builder *b, const char *name, const char *dims)
{
    append(&b->model->graph->input, &b->model->graph->n_input, value_info(name, dims));
}

void onnx_output(onnx_builder *b, const char *name)
{
    append(&b->model->graph->output, &b->model->graph->n_output, value_info(name, NULL));
}

static Onnx__TensorProto *tensor(onnx_builder *b, const char *name, const int64_t *dims, size_t n,
                                 int32_t type)
{
    Onnx__TensorProto *t = get(sizeof *t);
    onnx__tensor_proto__init(t);
    t->name = text(name, strlen(name));
    t->has_data_type = 1;
    t->data_type = type;
    t->n_dims = n;
    t->dims = memcpy(get(n * sizeof *dims + 1), dims, n * sizeof *dims);
    append(&b->model->graph->initializer, &b->model->graph->n_initializer, t);
    return t;
}

Onnx__TensorProto *onnx_floats(onnx_builder *b, const char *name, const char *dims, const float *v)
{
    int64_t size[16];
    size_t n = numbers(dims, size), count = 1;
    for (size_t i = 0; i < n; i++)
        count *= (size_t)size[i];
    Onnx__TensorProto *t = tensor(b, name, size, n, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    t->has_raw_data = 1;
    t->raw_data.len = count * 4;
    t->raw_data.data = memcpy(get(count * 4), v, count * 4);
    return t;
}

Onnx__TensorProto *onnx_random(onnx_builder *b, const char *name, const char *dims, double range)
{
    int64_t size[16];
    size_t n = numbers(dims, size), count = 1;
    for (size_t i = 0; i < n; i++)
        count *= (size_t)size[i];
    float *v = get(count * sizeof *v);
    for (size_t i = 0; i < count; i++)
        v[i] = (float)(range * onnx_uniform(&b->random));
    Onnx__TensorProto *t = onnx_floats(b, name, dims, v);
    free(v);
    return t;
}

Onnx__TensorProto *onnx_full(onnx_builder *b, const char *name, const char *dims, double value)
{
    Onnx__TensorProto *t = onnx_random(b, name, dims, 0);
    float f = (float)value;
    for (size_t i = 0; i < t->raw_data.len / 4; i++)
        memcpy(t->raw_data.data + 4 * i, &f, 4);
    return t;
}

Onnx__TensorProto *onnx_ints(onnx_builder *b, const char *name, const char *values)
{
    int64_t list[64], n = (int64_t)numbers(values, list);
    Onnx__TensorProto *t = tensor(b, name, &n, 1, ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
    t->n_int64_data = (size_t)n;
    t->int64_data = memcpy(get((size_t)n * 8 + 1), list, (size_t)n * 8);
    return t;
}

static void split(const char *s, char ***list, size_t *n)
{
    while (*s != 0) {
        size_t length = strcspn(s, " ");
        bool out = length == 1 && s[0] == '-';
        append(list, n, text(s, out ? 0 : length));
        s += length;
        s += strspn(s, " ");
    }
}

static Onnx__AttributeProto *attribute(const char *s, size_t length)
{
    Onnx__AttributeProto *a = get(sizeof *a);
    onnx__attribute_proto__init(a);
    const char *value = memchr(s, '=', length);
    if (value == NULL)
        abort();
    a->name = text(s, (size_t)(value - s));
    value++;
    char *v = text(value, length - (size_t)(value - s));
    a->has_type = 1;
    bool list = v[0] == '[', real = strpbrk(v, ".") != NULL;
    if (list) {
        char *at = v + 1;
        if (real)
            a->floats = get(64 * sizeof *a->floats);
        else
            a->ints = get(64 * sizeof *a->ints);
        while (*at != ']' && *at != 0) {
            if (real)
                a->floats[a->n_floats++] = strtof(at, &at);
            else
                a->ints[a->n_ints++] = strtoll(at, &at, 10);
            at += *at == ',';
        }
        a->type = real ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS
                       : ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
    } else if (strchr("-0123456789", v[0]) == NULL) {
        a->has_s = 1;
        a->s.len = strlen(v);
        a->s.data = (uint8_t *)text(v, strlen(v));
        a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
    } else if (real) {
        a->has_f = 1;
        a->f = strtof(v, NULL);
        a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
    } else {
        a->has_i = 1;
        a->i = strtoll(v, NULL, 10);
        a->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    }
    free(v);
    return a;
}

Onnx__NodeProto *onnx_node(onnx_builder *b, const char *op, const char *name, const char *in,
                           const char *out, const char *attributes)
{
    Onnx__NodeProto *n = get(sizeof *n);
    onnx__node_proto__init(n);
    n->op_type = text(op, strlen(op));
    n->name = text(name, strlen(name));
    split(in, &n->input, &n->n_input);
    split(out, &n->output, &n->n_output);
    for (const char *s = attributes; *s != 0;) {
        size_t length = strcspn(s, " ");
        append(&n->attribute, &n->n_attribute, attribute(s, length));
        s += length;
        s += strspn(s, " ");
    }
    append(&b->model->graph->node, &b->model->graph->n_node, n);
    return n;
}

void onnx_make_constant(onnx_builder *b, const char *initializer)
{
    Onnx__GraphProto *g = b->model->graph;
    for (size_t i = 0; i < g->n_initializer; i++) {
        if (strcmp(g->initializer[i]->name, initializer) != 0)
            continue;
        Onnx__NodeProto *n = onnx_node(b, "Constant", "", "", initializer, "value=0");
        n->attribute[0]->t = g->initializer[i];
        n->attribute[0]->has_i = 0;
        n->attribute[0]->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
        g->initializer[i] = g->initializer[--g->n_initializer];
        return;
    }
    abort();
}

uint8_t *onnx_pack(const onnx_builder *b, size_t *size)
{
    *size = onnx__model_proto__get_packed_size(b->model);
    uint8_t *bytes = get(*size);
    onnx__model_proto__pack(b->model, bytes);
    return bytes;
}

void onnx_free(onnx_builder *b)
{
    onnx__model_proto__free_unpacked(b->model, NULL);
    free(b);
}
