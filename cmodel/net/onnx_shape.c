/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators that move no data: they change the view. Concat, which moves whole channels.
 */
#include "onnx_import.h"

#include <stdlib.h>
#include <string.h>

/* The current node's output is v, a view or (its data copied) a constant. */
static bool pass_on(teq_importer *im, const teq_value *v)
{
    teq_value y = *v;
    if (v->data != NULL) {
        if (!teq_value_alloc(im, &y))
            return false;
        memcpy(y.data, v->data, y.count * sizeof *y.data);
    }
    return teq_output(im, &y);
}

static bool reshaped(teq_importer *im, const teq_value *x, const size_t *dim, int rank)
{
    teq_value y = *x;
    return teq_view_reshape(im, &y, dim, rank) && pass_on(im, &y);
}

bool teq_import_identity(teq_importer *im)
{
    const bool cast = strcmp(im->node->op_type, "Cast") == 0;
    const bool dropout = strcmp(im->node->op_type, "Dropout") == 0;
    int64_t to = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    const teq_value *x = teq_input(im, 0);
    if (x == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    if (!teq_attr_int(im, "to", &to))
        return false;
    teq_value y = *x;
    if (cast) {
        const bool is_int = to == ONNX__TENSOR_PROTO__DATA_TYPE__INT32 ||
                            to == ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
        const bool is_float = to == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT ||
                              to == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE ||
                              to == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16;
        if (!is_float && !(is_int && x->is_int))
            return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "to data type %lld, expected float", (long long)to);
        y.is_int = is_int;
    }
    if (dropout) {
        const teq_value *training = teq_input(im, 2);
        if (training != NULL && (training->data == NULL || training->count != 1 || training->data[0] != 0))
            return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "in training mode");
    }
    return pass_on(im, &y);
}

bool teq_import_reshape(teq_importer *im)
{
    int64_t shape[TEQ_ONNX_RANK], allow_zero = 0;
    int rank;
    const teq_value *x = teq_input(im, 0);
    if (x == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    if (!teq_ints_of(im, "shape", 1, shape, TEQ_ONNX_RANK, &rank) ||
        !teq_attr_int(im, "allowzero", &allow_zero))
        return false;
    if (rank < 0)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "the shape is missing");
    size_t dim[TEQ_ONNX_RANK] = {0};
    size_t known = 1;
    int open = -1;
    for (int i = 0; i < rank; i++) {
        if (shape[i] == -1 && open < 0) {
            open = i;
            continue;
        }
        if (shape[i] == 0 && allow_zero == 0 && i < x->rank)
            dim[i] = x->dim[i];
        else if (shape[i] > 0 && i == 0 && x->data == NULL && im->batch > 1 &&
                 (size_t)shape[i] == im->batch)
            dim[i] = 1; /* the batch that the file was exported for */
        else if (shape[i] > 0 && (uint64_t)shape[i] <= TEQ_TENSOR_MAX)
            dim[i] = (size_t)shape[i];
        else
            return teq_node_fail(im, TEQ_ERR_SHAPE, "size %d of the shape is %lld", i, (long long)shape[i]);
        if (dim[i] > 0 && known > TEQ_TENSOR_MAX / dim[i])
            return teq_node_fail(im, TEQ_ERR_SHAPE, "shape of more than %zu values", TEQ_TENSOR_MAX);
        known *= dim[i];
    }
    if (open >= 0 && known > 0) {
        dim[open] = x->count / known;
        known *= dim[open];
    }
    if (known != x->count || known == 0)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "the shape has %zu values, \"%s\" has %zu", known, x->name,
                             x->count);
    return reshaped(im, x, dim, rank);
}

bool teq_import_flatten(teq_importer *im)
{
    int64_t axis = 1;
    const teq_value *x = teq_input(im, 0);
    if (x == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    if (!teq_attr_int(im, "axis", &axis))
        return false;
    if (axis < -x->rank || axis > x->rank)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "axis %lld of %d", (long long)axis, x->rank);
    axis += axis < 0 ? x->rank : 0;
    size_t dim[2] = {1, 1};
    for (int i = 0; i < x->rank; i++)
        dim[i >= axis] *= x->dim[i];
    return reshaped(im, x, dim, 2);
}

/* Marks the axes listed by attribute or input 1; *n is -1 if there is no list. */
static bool marked_axes(teq_importer *im, int rank, bool *mark, int *n)
{
    int64_t list[TEQ_ONNX_RANK];
    if (!teq_ints_of(im, "axes", 1, list, TEQ_ONNX_RANK, n))
        return false;
    for (int i = 0; i < *n; i++) {
        int axis;
        if (!teq_axis(im, list[i], rank, &axis))
            return false;
        if (mark[axis])
            return teq_node_fail(im, TEQ_ERR_FORMAT, "axis %d twice", axis);
        mark[axis] = true;
    }
    return true;
}

bool teq_import_squeeze(teq_importer *im)
{
    bool drop[TEQ_ONNX_RANK] = {false};
    size_t dim[TEQ_ONNX_RANK];
    int n, rank = 0;
    const teq_value *x = teq_input(im, 0);
    if (x == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    if (!marked_axes(im, x->rank, drop, &n))
        return false;
    if (n < 0 && x->data == NULL)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "without axes would drop the batch");
    for (int i = 0; i < x->rank; i++) {
        if (drop[i] && x->dim[i] != 1)
            return teq_node_fail(im, TEQ_ERR_SHAPE, "axis %d has size %zu, expected 1", i, x->dim[i]);
        if (n < 0 ? x->dim[i] != 1 : !drop[i])
            dim[rank++] = x->dim[i];
    }
    return reshaped(im, x, dim, rank);
}

bool teq_import_unsqueeze(teq_importer *im)
{
    bool one[TEQ_ONNX_RANK] = {false};
    size_t dim[TEQ_ONNX_RANK];
    int n, from = 0;
    int64_t list[TEQ_ONNX_RANK];
    const teq_value *x = teq_input(im, 0);
    if (x == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    if (!teq_ints_of(im, "axes", 1, list, TEQ_ONNX_RANK, &n))
        return false;
    if (n < 0 || x->rank + n > TEQ_ONNX_RANK)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "%d axes for a value of rank %d", n, x->rank);
    if (!marked_axes(im, x->rank + n, one, &n))
        return false;
    for (int i = 0; i < x->rank + n; i++)
        dim[i] = one[i] ? 1 : x->dim[from++];
    return reshaped(im, x, dim, x->rank + n);
}

bool teq_import_transpose(teq_importer *im)
{
    int64_t list[TEQ_ONNX_RANK];
    int perm[TEQ_ONNX_RANK], n;
    bool seen[TEQ_ONNX_RANK] = {false};
    const teq_value *x = teq_input(im, 0);
    if (x == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input 0 is missing");
    if (!teq_attr_ints(im, "perm", list, -1, TEQ_ONNX_RANK, &n))
        return false;
    for (int i = 0; i < x->rank; i++) {
        int64_t p = n < 0 ? x->rank - 1 - i : i < n ? list[i] : -1;
        if (p < 0 || p >= x->rank || seen[p] || (n >= 0 && n != x->rank))
            return teq_node_fail(im, TEQ_ERR_FORMAT, "perm is not an order of %d axes", x->rank);
        seen[p] = true;
        perm[i] = (int)p;
    }
    teq_value y = *x;
    if (x->data != NULL)
        return teq_const_transpose(im, x, perm, &y) && teq_output(im, &y);
    return teq_view_transpose(im, &y, perm) && teq_output(im, &y);
}

bool teq_import_concat(teq_importer *im)
{
    int64_t attribute = 1;
    int axis;
    const size_t n = im->node->n_input;
    const teq_value *first = teq_input(im, 0);
    if (first == NULL || teq_attr(im, "axis") == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "no input or no axis");
    if (!teq_attr_int(im, "axis", &attribute) || !teq_axis(im, attribute, first->rank, &axis))
        return false;
    if (first->data != NULL)
        return teq_const_concat(im, axis);
    teq_role role[TEQ_ONNX_RANK] = {TEQ_ROLE_ONE};
    teq_value y = {.rank = first->rank};
    size_t channels = 0;
    int *in = calloc(n, sizeof *in);
    bool ok = in != NULL || teq_node_fail(im, TEQ_ERR_MEMORY, "no memory");
    for (size_t i = 0; ok && i < n; i++) {
        const teq_value *x = teq_input_view(im, i);
        if (x == NULL) {
            ok = false;
            break;
        }
        teq_value v = *x;
        teq_role r[TEQ_ONNX_RANK] = {TEQ_ROLE_ONE};
        teq_view_roles(im, &v, r);
        if (v.rank == 2 && axis == 1 && r[1] != TEQ_ROLE_C) {
            /* Flattened maps: one vector after the other. */
            int as = teq_view_as(im, &v, v.count, 1, 1);
            ok = as >= 0;
            if (!ok)
                break;
            teq_view_plain(&v, as);
            r[1] = TEQ_ROLE_C;
        }
        if (i == 0)
            memcpy(role, r, sizeof role);
        const teq_tensor *t = &im->g->tensor[v.tensor], *t0 = i == 0 ? t : &im->g->tensor[in[0]];
        if (v.rank != y.rank || r[axis] != TEQ_ROLE_C || memcmp(role, r, sizeof role) != 0 ||
            t->h != t0->h || t->w != t0->w)
            ok = teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                               "of \"%s\" (%dx%dx%d) along axis %d; expected channels of equal maps",
                               v.name, t->c, t->h, t->w, axis);
        channels += (size_t)t->c;
        in[i] = v.tensor;
    }
    if (ok) {
        const teq_tensor t = im->g->tensor[in[0]];
        const teq_node *node = teq_emit(im, TEQ_OP_CONCAT, in, (int)n, channels, (size_t)t.h, (size_t)t.w);
        ok = node != NULL && teq_view_from_roles(im, &y, node->out, role);
    }
    free(in);
    return ok && teq_output(im, &y);
}
