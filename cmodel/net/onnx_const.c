/* SPDX-License-Identifier: Apache-2.0
 *
 * Results that are known at import: constants, arithmetic on them, and the shape
 * calculations that PyTorch writes for x.view(x.size(0), -1).
 */
#include "onnx_import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values of a constant that the file does not hold. */
#define SYNTHESIZED (1 << 22)

/* A constant from one of the attributes value, value_float(s), value_int(s). */
bool teq_import_constant(teq_importer *im)
{
    teq_value v = {0};
    const Onnx__AttributeProto *a = teq_attr(im, "value");
    if (a != NULL && a->t != NULL) {
        const char *name = im->node->n_output > 0 ? im->node->output[0] : "";
        return teq_value_from_proto(im, a->t, name, &v) && teq_output(im, &v);
    }
    static const char *const kinds[] = {"value_float", "value_floats", "value_int", "value_ints"};
    for (int i = 0; i < 4; i++) {
        a = teq_attr(im, kinds[i]);
        if (a == NULL)
            continue;
        v.is_int = i >= 2;
        v.rank = i % 2;
        v.dim[0] = i == 1 ? a->n_floats : a->n_ints;
        if (!teq_value_alloc(im, &v))
            return false;
        for (size_t k = 0; k < v.count; k++)
            v.data[k] = i == 0   ? (double)a->f
                        : i == 1 ? (double)a->floats[k]
                        : i == 2 ? (double)a->i
                                 : (double)a->ints[k];
        return teq_output(im, &v);
    }
    return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "expected one of value, value_float(s), value_int(s)");
}

bool teq_import_constant_of_shape(teq_importer *im)
{
    int64_t shape[TEQ_ONNX_RANK];
    teq_value v = {0}, one = {0};
    const Onnx__AttributeProto *a = teq_attr(im, "value");
    if (!teq_ints_of(im, "", 0, shape, TEQ_ONNX_RANK, &v.rank))
        return false;
    if (v.rank < 0)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    for (int i = 0; i < v.rank; i++) {
        if (shape[i] < 0 || (uint64_t)shape[i] > TEQ_TENSOR_MAX)
            return teq_node_fail(im, TEQ_ERR_SHAPE, "size %d is %lld", i, (long long)shape[i]);
        v.dim[i] = (size_t)shape[i];
    }
    if (a != NULL && a->t != NULL) {
        if (!teq_value_from_proto(im, a->t, "value", &one))
            return false;
        if (one.count != 1) {
            free(one.data);
            return teq_node_fail(im, TEQ_ERR_SHAPE, "attribute \"value\" has %zu values", one.count);
        }
    }
    /* Shapes and pads are made this way, not weights. */
    size_t count = 1;
    for (int i = 0; i < v.rank && count <= SYNTHESIZED; i++)
        count *= v.dim[i];
    if (count > SYNTHESIZED) {
        free(one.data);
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "a constant of more than %d values", SYNTHESIZED);
    }
    v.is_int = one.is_int;
    bool ok = teq_value_alloc(im, &v);
    for (size_t i = 0; ok && one.data != NULL && i < v.count; i++)
        v.data[i] = one.data[0];
    free(one.data);
    return ok && teq_output(im, &v);
}

bool teq_import_shape(teq_importer *im)
{
    const teq_value *x = teq_input(im, 0);
    if (x == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    int64_t start = 0, end = x->rank;
    if (!teq_attr_int(im, "start", &start) || !teq_attr_int(im, "end", &end))
        return false;
    start += start < 0 ? x->rank : 0;
    end += end < 0 ? x->rank : 0;
    start = start < 0 ? 0 : start;
    end = end > x->rank ? x->rank : end;
    teq_value v = {.rank = 1, .is_int = true};
    v.dim[0] = end > start ? (size_t)(end - start) : 0;
    if (!teq_value_alloc(im, &v))
        return false;
    const teq_value *again = teq_input(im, 0);
    for (size_t i = 0; i < v.dim[0]; i++)
        v.data[i] = (double)again->dim[(size_t)start + i];
    return teq_output(im, &v);
}

/* Along axis 0 of a constant, by constant indices. */
bool teq_import_gather(teq_importer *im)
{
    int64_t axis = 0;
    const teq_value *x = teq_input_const(im, 0);
    const teq_value *index = x != NULL ? teq_input_const(im, 1) : NULL;
    if (index == NULL || !teq_attr_int(im, "axis", &axis))
        return false;
    if (axis != 0 || x->rank < 1 || index->rank > 1 || x->dim[0] == 0)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "expected axis 0 and a list of indices");
    teq_value v = {.is_int = x->is_int};
    if (index->rank == 1)
        v.dim[v.rank++] = index->count;
    for (int i = 1; i < x->rank && v.rank < TEQ_ONNX_RANK; i++)
        v.dim[v.rank++] = x->dim[i];
    if (!teq_value_alloc(im, &v))
        return false;
    const size_t row = x->count / x->dim[0];
    for (size_t i = 0; i < index->count; i++) {
        double at = index->data[i] + (index->data[i] < 0 ? (double)x->dim[0] : 0);
        if (!(at >= 0 && at < (double)x->dim[0])) {
            free(v.data);
            return teq_node_fail(im, TEQ_ERR_VALUE, "index %g of %zu", index->data[i], x->dim[0]);
        }
        memcpy(v.data + i * row, x->data + (size_t)at * row, row * sizeof *v.data);
    }
    return teq_output(im, &v);
}

/* One axis of a Slice: first index, count and step, as the specification clamps them. */
static size_t range(int64_t start, int64_t end, int64_t step, int64_t size, int64_t *first)
{
    start += start < 0 ? size : 0;
    end += end < 0 ? size : 0;
    const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    start = start < low + (step < 0) ? low + (step < 0) : start > high ? high : start;
    end = end < low ? low : end > high ? high : end;
    *first = start;
    if (step > 0)
        return end > start ? (size_t)((end - start + step - 1) / step) : 0;
    return start > end ? (size_t)((start - end - step - 1) / -step) : 0;
}

/* Of a constant. */
bool teq_import_slice(teq_importer *im)
{
    int64_t start[TEQ_ONNX_RANK], end[TEQ_ONNX_RANK], axes[TEQ_ONNX_RANK], step[TEQ_ONNX_RANK];
    int64_t first[TEQ_ONNX_RANK] = {0}, every[TEQ_ONNX_RANK];
    int n, n_end, n_axes, n_step;
    const teq_value *x = teq_input_const(im, 0);
    if (x == NULL || !teq_ints_of(im, "starts", 1, start, TEQ_ONNX_RANK, &n) ||
        !teq_ints_of(im, "ends", 2, end, TEQ_ONNX_RANK, &n_end) ||
        !teq_ints_of(im, "axes", 3, axes, TEQ_ONNX_RANK, &n_axes) ||
        !teq_ints_of(im, "steps", 4, step, TEQ_ONNX_RANK, &n_step))
        return false;
    if (n < 1 || n_end != n || (n_axes >= 0 && n_axes != n) || (n_step >= 0 && n_step != n))
        return teq_node_fail(im, TEQ_ERR_FORMAT, "starts, ends, axes and steps differ in number");
    teq_value v = {.rank = x->rank, .is_int = x->is_int};
    memcpy(v.dim, x->dim, sizeof v.dim);
    for (int i = 0; i < TEQ_ONNX_RANK; i++)
        every[i] = 1;
    for (int i = 0; i < n; i++) {
        int axis;
        int64_t by = n_step >= 0 ? step[i] : 1;
        if (!teq_axis(im, n_axes >= 0 ? axes[i] : i, x->rank, &axis))
            return false;
        if (by == 0 || by < -65536 || by > 65536)
            return teq_node_fail(im, TEQ_ERR_VALUE, "step %lld", (long long)by);
        /* Ends far outside stand for "to the end". */
        int64_t far = (int64_t)1 << 40;
        int64_t s = start[i] < -far ? -far : start[i] > far ? far : start[i];
        int64_t e = end[i] < -far ? -far : end[i] > far ? far : end[i];
        every[axis] = by;
        v.dim[axis] = range(s, e, by, (int64_t)x->dim[axis], &first[axis]);
    }
    if (!teq_value_alloc(im, &v))
        return false;
    for (size_t i = 0; i < v.count; i++) {
        size_t at = 0, unit = 1, rest = i;
        for (int k = v.rank; k-- > 0;) {
            at += (size_t)(first[k] + (int64_t)(rest % v.dim[k]) * every[k]) * unit;
            rest /= v.dim[k];
            unit *= x->dim[k];
        }
        v.data[i] = x->data[at];
    }
    return teq_output(im, &v);
}

/* --- arithmetic and order of constants --------------------------------------------------- */

static double apply(const char *op, double a, double b, bool is_int)
{
    switch (op[0]) {
    case 'A':
        return a + b;
    case 'S':
        return a - b;
    case 'D':
        return is_int ? (b != 0 ? trunc(a / b) : 0) : a / b;
    default:
        return op[1] == 'u' ? a * b : op[1] == 'i' ? fmin(a, b) : fmax(a, b);
    }
}

/* Index into a constant of the element that out's element `at` is made from, broadcast. */
static size_t broadcast(const teq_value *v, const teq_value *out, size_t at)
{
    size_t index = 0, step = 1;
    for (int i = out->rank; i-- > 0;) {
        int axis = i - (out->rank - v->rank);
        size_t digit = at % out->dim[i];
        at /= out->dim[i];
        if (axis >= 0) {
            index += v->dim[axis] == 1 ? 0 : digit * step;
            step *= v->dim[axis];
        }
    }
    return index;
}

bool teq_const_binary(teq_importer *im, const char *op, const teq_value *a, const teq_value *b)
{
    teq_value v = {.rank = a->rank > b->rank ? a->rank : b->rank, .is_int = a->is_int && b->is_int};
    for (int i = 0; i < v.rank; i++) {
        int ia = i - (v.rank - a->rank), ib = i - (v.rank - b->rank);
        size_t da = ia >= 0 ? a->dim[ia] : 1, db = ib >= 0 ? b->dim[ib] : 1;
        if (da != db && da != 1 && db != 1)
            return teq_node_fail(im, TEQ_ERR_SHAPE, "\"%s\" and \"%s\" do not fit each other", a->name,
                                 b->name);
        v.dim[i] = da == 1 ? db : da;
    }
    size_t count = 1;
    for (int i = 0; i < v.rank && count <= TEQ_TENSOR_MAX; i++)
        count *= v.dim[i];
    if (count > SYNTHESIZED && count > a->count && count > b->count)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "a constant of more than %d values", SYNTHESIZED);
    if (!teq_value_alloc(im, &v))
        return false;
    for (size_t i = 0; i < v.count; i++)
        v.data[i] = apply(op, a->data[broadcast(a, &v, i)],
                          b->data[broadcast(b, &v, i)], v.is_int);
    return teq_output(im, &v);
}

bool teq_const_transpose(teq_importer *im, const teq_value *a, const int *perm, teq_value *out)
{
    size_t step[TEQ_ONNX_RANK];
    const teq_value from = *a;
    *out = (teq_value){.rank = from.rank, .is_int = from.is_int};
    size_t product = 1;
    for (int i = from.rank; i-- > 0;) {
        step[i] = product;
        product *= from.dim[i];
    }
    for (int i = 0; i < from.rank; i++)
        out->dim[i] = from.dim[perm[i]];
    if (!teq_value_alloc(im, out))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        size_t at = 0, rest = i;
        for (int k = out->rank; k-- > 0;) {
            at += rest % out->dim[k] * step[perm[k]];
            rest /= out->dim[k];
        }
        out->data[i] = from.data[at];
    }
    return true;
}

bool teq_const_concat(teq_importer *im, int axis)
{
    const teq_value *a = teq_input_const(im, 0);
    if (a == NULL)
        return false;
    teq_value v = *a;
    v.dim[axis] = 0;
    for (size_t i = 0; i < im->node->n_input; i++) {
        const teq_value *x = teq_input_const(im, i);
        if (x == NULL)
            return false;
        bool fits = x->rank == v.rank;
        for (int k = 0; fits && k < v.rank; k++)
            fits = k == axis || x->dim[k] == v.dim[k];
        if (!fits || x->dim[axis] > TEQ_TENSOR_MAX - v.dim[axis])
            return teq_node_fail(im, TEQ_ERR_SHAPE, "\"%s\" does not fit the others", x->name);
        v.dim[axis] += x->dim[axis];
        v.is_int = v.is_int && x->is_int;
    }
    if (!teq_value_alloc(im, &v))
        return false;
    size_t inner = 1, row = 0;
    for (int k = axis; k < v.rank; k++)
        inner *= v.dim[k];
    for (size_t i = 0; i < im->node->n_input; i++) {
        const teq_value *x = teq_input(im, i);
        size_t part = 1;
        for (int k = axis; k < x->rank; k++)
            part *= x->dim[k];
        for (size_t o = 0; part > 0 && o < x->count / part; o++)
            memcpy(v.data + o * inner + row, x->data + o * part, part * sizeof *v.data);
        row += part;
    }
    return teq_output(im, &v);
}
