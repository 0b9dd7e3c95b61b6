/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX
#define BUCKETS (sizeof((teq_importer *)0)->bucket / sizeof(size_t))

static size_t hash(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name != 0; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h % BUCKETS;
}

teq_value *teq_value_find(teq_importer *im, const char *name)
{
    if (im->n_values == 0)
        return NULL;
    for (size_t i = im->bucket[hash(name)]; i != NONE; i = im->next[i])
        if (strcmp(im->value[i].name, name) == 0)
            return &im->value[i];
    return NULL;
}

bool teq_value_add(teq_importer *im, const char *name, teq_value *v)
{
    bool ok = true;
    if (teq_value_find(im, name) != NULL)
        ok = teq_fail(im->err, TEQ_ERR_FORMAT, "%s: two values are called \"%s\"", im->file, name);
    if (ok && im->n_values == im->room) {
        size_t room = im->room * 2 + 64;
        teq_value *value = realloc(im->value, room * sizeof *value);
        im->value = value != NULL ? value : im->value;
        size_t *next = realloc(im->next, room * sizeof *next);
        im->next = next != NULL ? next : im->next;
        ok = value != NULL && next != NULL;
        if (ok)
            im->room = room;
        else
            teq_fail(im->err, TEQ_ERR_MEMORY, "%s: no memory for the values", im->file);
    }
    if (!ok) {
        free(v->data);
        v->data = NULL;
        return false;
    }
    if (im->n_values == 0)
        for (size_t i = 0; i < BUCKETS; i++)
            im->bucket[i] = NONE;
    size_t i = im->n_values++;
    im->value[i] = *v;
    im->value[i].name = name;
    im->next[i] = im->bucket[hash(name)];
    im->bucket[hash(name)] = i;
    return true;
}

void teq_values_free(teq_importer *im)
{
    for (size_t i = 0; i < im->n_values; i++)
        free(im->value[i].data);
    free(im->value);
    free(im->next);
    im->value = NULL;
    im->next = NULL;
    im->n_values = 0;
    free(im->external);
    im->external = NULL;
}

bool teq_value_alloc(teq_importer *im, teq_value *v)
{
    v->count = 1;
    v->data = NULL;
    for (int i = 0; i < v->rank; i++) {
        if (v->dim[i] != 0 && v->count > TEQ_TENSOR_MAX / v->dim[i])
            return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: a constant of more than %zu values",
                            im->file, TEQ_TENSOR_MAX);
        v->count *= v->dim[i];
    }
    im->n_const += v->count;
    if (im->n_const > TEQ_TENSOR_MAX)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: constants of more than %zu values",
                        im->file, TEQ_TENSOR_MAX);
    v->data = calloc(v->count + 1, sizeof *v->data);
    if (v->data == NULL)
        return teq_fail(im->err, TEQ_ERR_MEMORY, "%s: no memory for %zu values", im->file, v->count);
    return true;
}

/* --- tensors of the file ----------------------------------------------------------------- */

static uint64_t little_endian(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = n; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static double from_half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double mantissa = (double)(bits & 1023);
    double v = exponent == 0    ? ldexp(mantissa, -24)
               : exponent == 31 ? (mantissa == 0.0 ? (double)INFINITY : (double)NAN)
                                : ldexp(mantissa + 1024, exponent - 25);
    return (bits >> 15 & 1) ? -v : v;
}

/* Value of a type from its bits. */
static double from_bits(int32_t type, uint64_t bits)
{
    float f;
    double d;
    uint32_t word = (uint32_t)bits;
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        memcpy(&f, &word, sizeof f);
        return (double)f;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        memcpy(&d, &bits, sizeof d);
        return d;
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
        return from_half(bits);
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
        return (double)(int32_t)word;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        return (double)(int64_t)bits;
    case ONNX__TENSOR_PROTO__DATA_TYPE__BOOL:
    default:
        return bits != 0;
    }
}

/* Bytes of a value in raw data, 0 for a type that is not read; typed field beside it. */
static size_t stored(const Onnx__TensorProto *t, size_t *n_typed)
{
    switch (t->data_type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        *n_typed = t->n_float_data;
        return 4;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        *n_typed = t->n_double_data;
        return 8;
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
        *n_typed = t->n_int32_data;
        return 2;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
        *n_typed = t->n_int32_data;
        return 4;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        *n_typed = t->n_int64_data;
        return 8;
    case ONNX__TENSOR_PROTO__DATA_TYPE__BOOL:
        *n_typed = t->n_int32_data;
        return 1;
    default:
        *n_typed = 0;
        return 0;
    }
}

static double typed(const Onnx__TensorProto *t, size_t i)
{
    switch (t->data_type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        return (double)t->float_data[i];
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        return t->double_data[i];
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
        return from_half((uint64_t)(uint32_t)t->int32_data[i]);
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        return (double)t->int64_data[i];
    default:
        return (double)t->int32_data[i];
    }
}

bool teq_value_from_proto(teq_importer *im, const Onnx__TensorProto *t, const char *name,
                          teq_value *v)
{
    *v = (teq_value){.name = name};
    const uint8_t *raw = t->has_raw_data ? t->raw_data.data : NULL;
    size_t raw_size = t->raw_data.len;
    const bool external = t->n_external_data > 0 || t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    const bool has_raw = t->has_raw_data || external;
    if (external && !teq_external_data(im, t, name, &raw, &raw_size))
        return false;
    size_t n_typed;
    size_t each = stored(t, &n_typed);
    if (each == 0 || t->segment != NULL)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED,
                        "%s: tensor \"%s\": data type %d, expected float, double, float16, int32, "
                        "int64 or bool, unsegmented",
                        im->file, name, (int)t->data_type);
    if (t->n_dims > TEQ_ONNX_RANK)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: tensor \"%s\" has %zu axes, expected <= %d",
                        im->file, name, t->n_dims, TEQ_ONNX_RANK);
    v->rank = (int)t->n_dims;
    size_t there = has_raw ? raw_size / each : n_typed;
    size_t count = 1;
    for (int i = 0; i < v->rank; i++) {
        if (t->dims[i] < 0 || (t->dims[i] > 0 && count > there / (uint64_t)t->dims[i]))
            return teq_fail(im->err, TEQ_ERR_FORMAT,
                            "%s: tensor \"%s\": axis %d claims %lld, more than its %zu values", im->file,
                            name, i, (long long)t->dims[i], there);
        v->dim[i] = (size_t)t->dims[i];
        count *= v->dim[i];
    }
    if (count != there || (has_raw && raw_size != count * each))
        return teq_fail(im->err, TEQ_ERR_FORMAT,
                        "%s: tensor \"%s\": %zu %s stored, expected %zu for its shape", im->file, name,
                        has_raw ? raw_size : there, has_raw ? "bytes" : "values", has_raw ? count * each : count);
    if (!teq_value_alloc(im, v))
        return false;
    v->is_int = t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT32 ||
                t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    for (size_t i = 0; i < count; i++)
        v->data[i] = has_raw ? from_bits(t->data_type, little_endian(raw + i * each, each)) : typed(t, i);
    return true;
}
