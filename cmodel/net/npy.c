/* SPDX-License-Identifier: Apache-2.0
 *
 * The .npy format: "\x93NUMPY", version, length of the header, a Python dictionary
 * literal with the keys descr, fortran_order and shape, padding, then the data.
 */
#include "teq/npy.h"

#include "file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is stored; in memory the first two are TEQ_F32 and the last three TEQ_I32. */
typedef enum {
    STORED_F4,
    STORED_F8,
    STORED_I1,
    STORED_U1,
    STORED_I2,
    STORED_I4,
    STORED_I8
} stored;

static const struct {
    const char *descr;
    size_t size;
    teq_dtype dtype;
} stored_as[] = {
    {"<f4", 4, TEQ_F32}, {"<f8", 8, TEQ_F32}, {"|i1", 1, TEQ_I8},  {"|u1", 1, TEQ_U8},
    {"<i2", 2, TEQ_I32}, {"<i4", 4, TEQ_I32}, {"<i8", 8, TEQ_I32},
};

size_t teq_dtype_size(teq_dtype dtype)
{
    return dtype == TEQ_I8 || dtype == TEQ_U8 ? 1 : 4;
}

const char *teq_dtype_name(teq_dtype dtype)
{
    static const char *const names[] = {"float32", "int8", "uint8", "int32"};
    return (unsigned)dtype < 4 ? names[dtype] : "unknown";
}

/* --- header: a cursor over the dictionary ------------------------------------------ */

typedef struct {
    const char *at, *end;
} cursor;

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t'))
        c->at++;
}

static bool take(cursor *c, char ch)
{
    skip_space(c);
    if (c->at == c->end || *c->at != ch)
        return false;
    c->at++;
    return true;
}

/* A quoted string into text (room for `room` characters with the final zero). */
static bool take_string(cursor *c, char *text, size_t room)
{
    skip_space(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    char quote = *c->at++;
    size_t n = 0;
    while (c->at < c->end && *c->at != quote) {
        if (n + 1 == room || *c->at < ' ' || *c->at > '~')
            return false;
        text[n++] = *c->at++;
    }
    text[n] = 0;
    return take(c, quote);
}

static bool take_word(cursor *c, const char *word)
{
    skip_space(c);
    size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

static bool take_size(cursor *c, size_t *value)
{
    skip_space(c);
    if (c->at == c->end || *c->at < '0' || *c->at > '9')
        return false;
    size_t v = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        size_t digit = (size_t)(*c->at++ - '0');
        if (v > (SIZE_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return true;
}

static bool take_shape(cursor *c, teq_ndarray *a)
{
    if (!take(c, '('))
        return false;
    while (!take(c, ')')) {
        if (a->rank == TEQ_NPY_MAX_RANK || !take_size(c, &a->dim[a->rank]))
            return false;
        a->rank++;
        (void)take(c, 'L'); /* Python 2 wrote (10L, 3L) */
        if (!take(c, ',')) {
            if (!take(c, ')'))
                return false;
            break;
        }
    }
    return true;
}

typedef struct {
    bool has_descr, has_order, has_shape;
    stored type;
} header;

static bool parse_header(cursor c, const char *what, teq_ndarray *a, header *h, teq_error *err)
{
    if (!take(&c, '{'))
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: header is not a dictionary", what);
    while (!take(&c, '}')) {
        char key[20];
        if (!take_string(&c, key, sizeof key) || !take(&c, ':'))
            return teq_fail(err, TEQ_ERR_FORMAT, "%s: header: expected a key and a colon", what);
        if (strcmp(key, "descr") == 0 && !h->has_descr) {
            char descr[20];
            if (!take_string(&c, descr, sizeof descr))
                return teq_fail(err, TEQ_ERR_UNSUPPORTED,
                                "%s: header: descr is not a plain type name", what);
            size_t n = sizeof stored_as / sizeof stored_as[0];
            size_t i = 0;
            while (i < n && strcmp(stored_as[i].descr, descr) != 0)
                i++;
            if (i == n)
                return teq_fail(err, TEQ_ERR_UNSUPPORTED,
                                "%s: header: descr '%s', expected one of <f4 <f8 |i1 |u1 <i2 <i4 <i8",
                                what, descr);
            h->type = (stored)i;
            h->has_descr = true;
        } else if (strcmp(key, "fortran_order") == 0 && !h->has_order) {
            if (take_word(&c, "True"))
                return teq_fail(err, TEQ_ERR_UNSUPPORTED,
                                "%s: header: fortran_order is True, expected False", what);
            if (!take_word(&c, "False"))
                return teq_fail(err, TEQ_ERR_FORMAT, "%s: header: fortran_order is not a boolean",
                                what);
            h->has_order = true;
        } else if (strcmp(key, "shape") == 0 && !h->has_shape) {
            if (!take_shape(&c, a))
                return teq_fail(err, TEQ_ERR_FORMAT,
                                "%s: header: shape is not a tuple of at most %d sizes", what,
                                TEQ_NPY_MAX_RANK);
            h->has_shape = true;
        } else {
            return teq_fail(err, TEQ_ERR_FORMAT, "%s: header: key '%s' unknown or twice", what, key);
        }
        if (!take(&c, ',')) {
            if (!take(&c, '}'))
                return teq_fail(err, TEQ_ERR_FORMAT, "%s: header: expected ',' or '}' after '%s'",
                                what, key);
            break;
        }
    }
    skip_space(&c);
    if (c.at != c.end)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: header: text after the dictionary", what);
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: header: %s is missing", what,
                        !h->has_descr ? "descr" : !h->has_order ? "fortran_order" : "shape");
    return true;
}

/* Product of the sizes; a zero anywhere makes it 0 whatever the others are. */
static bool count_values(teq_ndarray *a)
{
    a->count = 1;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] == 0) {
            a->count = 0;
            return true;
        }
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] > SIZE_MAX / a->count)
            return false;
        a->count *= a->dim[i];
    }
    return true;
}

/* --- data --------------------------------------------------------------------------- */

static uint64_t little_endian(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = n; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static bool convert(const uint8_t *p, stored type, const char *what, teq_ndarray *a, teq_error *err)
{
    size_t size = stored_as[type].size;
    for (size_t i = 0; i < a->count; i++, p += size) {
        uint64_t bits = little_endian(p, size);
        if (type == STORED_F4) {
            uint32_t word = (uint32_t)bits;
            memcpy((float *)a->data + i, &word, sizeof word);
        } else if (type == STORED_F8) {
            double d;
            memcpy(&d, &bits, sizeof d);
            float f = (float)d;
            if (isinf(f) && !isinf(d))
                return teq_fail(err, TEQ_ERR_VALUE, "%s: value %zu is %g, beyond float32", what, i, d);
            ((float *)a->data)[i] = f;
        } else if (type == STORED_I1 || type == STORED_U1) {
            ((uint8_t *)a->data)[i] = (uint8_t)bits;
        } else if (type == STORED_I2) {
            ((int32_t *)a->data)[i] = (int16_t)(uint16_t)bits;
        } else {
            int64_t v = type == STORED_I4 ? (int32_t)(uint32_t)bits : (int64_t)bits;
            if (v < INT32_MIN || v > INT32_MAX)
                return teq_fail(err, TEQ_ERR_VALUE, "%s: value %zu is %lld, beyond int32", what, i,
                                (long long)v);
            ((int32_t *)a->data)[i] = (int32_t)v;
        }
    }
    return true;
}

bool teq_npy_parse(const void *bytes, size_t size, const char *what, teq_ndarray *out, teq_error *err)
{
    const uint8_t *p = bytes;
    *out = (teq_ndarray){0};
    if (size < 10 || memcmp(p, "\x93NUMPY", 6) != 0)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: not a .npy file (no \\x93NUMPY at byte 0)", what);
    int major = p[6], minor = p[7];
    if ((major != 1 && major != 2) || minor != 0)
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "%s: .npy version %d.%d, expected 1.0 or 2.0",
                        what, major, minor);
    size_t start = major == 1 ? 10 : 12;
    if (size < start)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: cut short in the header, at byte %zu", what, size);
    size_t length = (size_t)little_endian(p + 8, start - 8);
    if (length > size - start)
        return teq_fail(err, TEQ_ERR_FORMAT,
                        "%s: cut short in the header: %zu bytes claimed at byte 8, %zu there", what,
                        length, size - start);
    teq_ndarray a = {0};
    header h = {0};
    cursor c = {(const char *)p + start, (const char *)p + start + length};
    if (!parse_header(c, what, &a, &h, err))
        return false;
    size_t there = size - start - length;
    size_t each = stored_as[h.type].size;
    if (!count_values(&a) || a.count > SIZE_MAX / each || a.count * each > there)
        return teq_fail(err, TEQ_ERR_FORMAT,
                        "%s: cut short in the data: %zu bytes from byte %zu, fewer than shape and "
                        "type ask for", what, there, start + length);
    if (a.count * each < there)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: %zu bytes after the data, at byte %zu", what,
                        there - a.count * each, start + length + a.count * each);
    a.dtype = stored_as[h.type].dtype;
    a.data = malloc(a.count > 0 ? a.count * teq_dtype_size(a.dtype) : 1);
    if (a.data == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for %zu values", what, a.count);
    if (!convert(p + start + length, h.type, what, &a, err)) {
        teq_ndarray_free(&a);
        return false;
    }
    *out = a;
    return true;
}

bool teq_npy_read(const char *path, teq_ndarray *out, teq_error *err)
{
    *out = (teq_ndarray){0};
    size_t size;
    uint8_t *bytes = teq_file_read(path, &size, err);
    if (bytes == NULL)
        return false;
    bool ok = teq_npy_parse(bytes, size, path, out, err);
    free(bytes);
    return ok;
}

bool teq_npy_write(const char *path, const teq_ndarray *array, teq_error *err)
{
    static const char *const descr[] = {"<f4", "|i1", "|u1", "<i4"};
    char head[320] = "\x93NUMPY\x01";
    teq_ndarray check = *array;
    if ((unsigned)array->dtype > TEQ_I32 || array->rank < 0 || array->rank > TEQ_NPY_MAX_RANK ||
        !count_values(&check) || check.count != array->count)
        return teq_fail(err, TEQ_ERR_ARG, "%s: array to write: rank, sizes and count do not agree",
                        path);
    size_t n = 10;
    n += (size_t)snprintf(head + n, sizeof head - n,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (",
                          descr[array->dtype]);
    for (int i = 0; i < array->rank; i++)
        n += (size_t)snprintf(head + n, sizeof head - n, "%zu,%s", array->dim[i],
                              i + 1 < array->rank ? " " : "");
    n += (size_t)snprintf(head + n, sizeof head - n, "), }");
    while (n % 64 != 63)
        head[n++] = ' ';
    head[n++] = '\n';
    head[8] = (char)((n - 10) & 255);
    head[9] = (char)((n - 10) >> 8);

    size_t each = teq_dtype_size(array->dtype);
    const uint16_t one = 1;
    uint8_t low;
    memcpy(&low, &one, 1);
    if (low == 1 || each == 1)
        return teq_file_write(path, head, n, array->data, array->count * each, err);

    /* A big-endian machine: turn the bytes round. */
    uint8_t *turned = malloc(array->count * each + 1);
    if (turned == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory", path);
    for (size_t i = 0; i < array->count * each; i++)
        turned[i] = ((const uint8_t *)array->data)[i ^ (each - 1)];
    bool ok = teq_file_write(path, head, n, turned, array->count * each, err);
    free(turned);
    return ok;
}

/* --- values ------------------------------------------------------------------------- */

float *teq_ndarray_to_float(const teq_ndarray *array, double scale, double zero_point, teq_error *err)
{
    float factor = (float)scale;
    if (!(factor > 0) || isinf(factor)) {
        teq_fail(err, TEQ_ERR_ARG, "scale is %g, expected a positive finite number", scale);
        return NULL;
    }
    float *out = malloc(array->count > 0 ? array->count * sizeof *out : 1);
    if (out == NULL) {
        teq_fail(err, TEQ_ERR_MEMORY, "no memory for %zu values", array->count);
        return NULL;
    }
    for (size_t i = 0; i < array->count; i++) {
        if (array->dtype == TEQ_F32)
            out[i] = (((const float *)array->data)[i] - (float)zero_point) * factor;
        else if (array->dtype == TEQ_I8)
            out[i] = (float)(((const int8_t *)array->data)[i] - zero_point) * factor;
        else if (array->dtype == TEQ_U8)
            out[i] = (float)(((const uint8_t *)array->data)[i] - zero_point) * factor;
        else
            out[i] = (float)(((const int32_t *)array->data)[i] - zero_point) * factor;
    }
    return out;
}

int32_t *teq_ndarray_to_int(const teq_ndarray *array, teq_error *err)
{
    if (array->dtype == TEQ_F32) {
        teq_fail(err, TEQ_ERR_ARG, "float32 array where integers were expected");
        return NULL;
    }
    int32_t *out = malloc(array->count > 0 ? array->count * sizeof *out : 1);
    if (out == NULL) {
        teq_fail(err, TEQ_ERR_MEMORY, "no memory for %zu values", array->count);
        return NULL;
    }
    for (size_t i = 0; i < array->count; i++)
        out[i] = array->dtype == TEQ_I8   ? ((const int8_t *)array->data)[i]
                 : array->dtype == TEQ_U8 ? ((const uint8_t *)array->data)[i]
                                          : ((const int32_t *)array->data)[i];
    return out;
}

void teq_ndarray_free(teq_ndarray *array)
{
    if (array != NULL) {
        free(array->data);
        *array = (teq_ndarray){0};
    }
}
