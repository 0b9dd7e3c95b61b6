/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools, means over the pixels, and Pad.
 */
#include "onnx_import.h"

#include <string.h>

bool teq_import_pool(teq_importer *im)
{
    const bool max = strcmp(im->node->op_type, "MaxPool") == 0;
    const teq_value *x = teq_input_view(im, 0);
    if (x == NULL)
        return false;
    const int spatial = x->rank - 2;
    if ((spatial != 1 && spatial != 2) || x->dim[0] != 1)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "input of %d axes, expected 4 (or 3)", x->rank);
    int64_t count_pads = 0, storage_order = 0, ceil_mode = 0;
    teq_window win;
    if (!teq_attr_int(im, "count_include_pad", &count_pads) ||
        !teq_attr_int(im, "storage_order", &storage_order) || !teq_attr_int(im, "ceil_mode", &ceil_mode) ||
        !teq_window_read(im, spatial, x->dim + 2, NULL, &win))
        return false;
    const bool padded = win.before[0] + win.before[1] + win.after[0] + win.after[1] > 0;
    if (win.dilation[0] != 1 || win.dilation[1] != 1)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "dilations other than 1");
    if (storage_order != 0 || (im->node->n_output > 1 && im->node->output[1][0] != 0))
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "indices as a second output");
    if (ceil_mode != 0 && count_pads != 0 && padded)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "ceil_mode with count_include_pad");
    const size_t h = spatial == 2 ? x->dim[2] : 1, w = x->dim[x->rank - 1];
    int in = teq_view_as(im, x, x->dim[1], h, w);
    if (in < 0)
        return false;
    const bool whole = !padded && (size_t)win.kernel[0] == h && (size_t)win.kernel[1] == w;
    const teq_op op = max ? TEQ_OP_MAXPOOL : whole ? TEQ_OP_GLOBAL_AVGPOOL : TEQ_OP_AVGPOOL;
    teq_value y = {.rank = x->rank, .dim = {1, x->dim[1]}};
    for (int i = 0; i < spatial; i++)
        y.dim[2 + i] = win.out[2 - spatial + i];
    teq_node *n = teq_emit(im, op, &in, 1, x->dim[1], win.out[0], win.out[1]);
    if (n == NULL)
        return false;
    if (op != TEQ_OP_GLOBAL_AVGPOOL)
        teq_window_put(&win, n);
    n->count_pads = op == TEQ_OP_AVGPOOL && (count_pads != 0 || !padded);
    teq_view_plain(&y, n->out);
    return teq_output(im, &y);
}

bool teq_import_global_pool(teq_importer *im)
{
    const teq_value *x = teq_input_view(im, 0);
    if (x == NULL)
        return false;
    if (x->rank != 3 && x->rank != 4)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "input of %d axes, expected 4 (or 3)", x->rank);
    if (x->dim[0] != 1)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "input of %zu samples, expected 1", x->dim[0]);
    int in = teq_view_as(im, x, x->dim[1], x->rank == 4 ? x->dim[2] : 1, x->dim[x->rank - 1]);
    if (in < 0)
        return false;
    teq_value y = {.rank = x->rank, .dim = {1, x->dim[1], 1, 1}};
    const teq_node *n = teq_emit(im, TEQ_OP_GLOBAL_AVGPOOL, &in, 1, x->dim[1], 1, 1);
    if (n == NULL)
        return false;
    teq_view_plain(&y, n->out);
    return teq_output(im, &y);
}

/* ReduceMean over exactly the pixels: how some exporters write a global pool. */
bool teq_import_reduce_mean(teq_importer *im)
{
    int64_t axes[TEQ_ONNX_RANK], keep = 1;
    int n_axes;
    bool drop[TEQ_ONNX_RANK] = {false};
    const teq_value *x = teq_input_view(im, 0);
    if (x == NULL || !teq_ints_of(im, "axes", 1, axes, TEQ_ONNX_RANK, &n_axes) ||
        !teq_attr_int(im, "keepdims", &keep))
        return false;
    if (n_axes <= 0)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "without axes");
    for (int i = 0; i < n_axes; i++) {
        int axis;
        if (!teq_axis(im, axes[i], x->rank, &axis))
            return false;
        drop[axis] = true;
    }
    teq_role role[TEQ_ONNX_RANK];
    teq_view_roles(im, x, role);
    const teq_tensor t = im->g->tensor[x->tensor];
    size_t dropped = 1;
    for (int i = 0; i < x->rank; i++) {
        if (drop[i])
            dropped *= x->dim[i];
        if (drop[i] && (role[i] == TEQ_ROLE_C || role[i] == TEQ_ROLE_MIXED) && x->dim[i] > 1) {
            /* h and w flattened to one axis are still the pixels. */
            if (teq_view_offset(x, i, 1) != 1 || x->dim[i] != (size_t)t.h * (size_t)t.w)
                return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "over axis %d, expected the pixels only", i);
        }
    }
    if (dropped != (size_t)t.h * (size_t)t.w)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "over %zu values, expected all %d x %d pixels",
                             dropped, t.h, t.w);
    teq_value y = {.rank = 0};
    for (int i = 0; i < x->rank; i++)
        if (!drop[i] && x->dim[i] > 1 && role[i] != TEQ_ROLE_C)
            return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "axis %d, which stays, is not the channels", i);
    for (int i = 0; i < x->rank; i++)
        if (!drop[i])
            y.dim[y.rank++] = x->dim[i];
        else if (keep != 0)
            y.dim[y.rank++] = 1;
    const int in = x->tensor;
    const teq_node *n = teq_emit(im, TEQ_OP_GLOBAL_AVGPOOL, &in, 1, (size_t)t.c, 1, 1);
    if (n == NULL)
        return false;
    teq_view_plain(&y, n->out);
    return teq_output(im, &y);
}

bool teq_import_pad(teq_importer *im)
{
    int64_t pads[2 * TEQ_ONNX_RANK], axes[TEQ_ONNX_RANK];
    int n_pads, n_axes;
    double value = 0;
    const Onnx__AttributeProto *mode = teq_attr(im, "mode");
    const teq_value *x = teq_input_view(im, 0);
    if (x == NULL || !teq_ints_of(im, "pads", 1, pads, 2 * TEQ_ONNX_RANK, &n_pads) ||
        !teq_ints_of(im, "axes", 3, axes, TEQ_ONNX_RANK, &n_axes) || !teq_attr_float(im, "value", &value))
        return false;
    if (mode != NULL && (mode->s.len != 8 || memcmp(mode->s.data, "constant", 8) != 0))
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "mode is not \"constant\"");
    if (teq_input(im, 2) != NULL) {
        const teq_value *v = teq_input_weights(im, 2);
        if (v == NULL)
            return false;
        value = v->count > 0 ? v->data[0] : 0;
    }
    if (n_axes < 0)
        for (n_axes = 0; n_axes < x->rank; n_axes++)
            axes[n_axes] = n_axes;
    if (n_pads != 2 * n_axes)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "%d pads for %d axes", n_pads, n_axes);
    teq_role role[TEQ_ONNX_RANK];
    teq_view_roles(im, x, role);
    int before[2] = {0, 0}, after[2] = {0, 0};
    bool any = false;
    for (int i = 0; i < n_axes; i++) {
        int axis;
        if (!teq_axis(im, axes[i], x->rank, &axis))
            return false;
        const int64_t b = pads[i], a = pads[n_axes + i];
        if (b == 0 && a == 0)
            continue;
        any = true;
        if ((role[axis] != TEQ_ROLE_H && role[axis] != TEQ_ROLE_W) || b < 0 || a < 0 || b > 65536 ||
            a > 65536 || value != 0)
            return teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                                 "pads %lld, %lld of %g on axis %d, expected zeros around the pixels",
                                 (long long)b, (long long)a, value, axis);
        before[role[axis] == TEQ_ROLE_W] = (int)b;
        after[role[axis] == TEQ_ROLE_W] = (int)a;
    }
    teq_value y = *x;
    if (!any)
        return teq_output(im, &y);
    const teq_tensor t = im->g->tensor[x->tensor];
    teq_node *n = teq_emit(im, TEQ_OP_PAD, &y.tensor, 1, (size_t)t.c,
                           (size_t)(t.h + before[0] + after[0]), (size_t)(t.w + before[1] + after[1]));
    if (n == NULL)
        return false;
    n->pt = before[0];
    n->pl = before[1];
    n->pb = after[0];
    n->pr = after[1];
    return teq_view_from_roles(im, &y, n->out, role) && teq_output(im, &y);
}
