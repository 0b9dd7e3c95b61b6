/* SPDX-License-Identifier: Apache-2.0
 *
 * Activation functions, and arithmetic of a tensor with a constant or another tensor.
 * All of them work through any view: the result lies as its input does.
 */
#include "onnx_import.h"

#include <math.h>
#include <string.h>

/* A node that keeps x's shape and view. */
static teq_node *like(teq_importer *im, teq_op op, const int *in, int n_in, teq_value *y)
{
    const teq_tensor t = im->g->tensor[y->tensor];
    teq_node *n = teq_emit(im, op, in, n_in, (size_t)t.c, (size_t)t.h, (size_t)t.w);
    if (n != NULL)
        y->tensor = n->out;
    return n;
}

static bool activation(teq_importer *im, const teq_value *x, teq_act act, double lo, double hi,
                       double slope)
{
    teq_value y = *x;
    int in = y.tensor;
    teq_node *n = like(im, TEQ_OP_ACT, &in, 1, &y);
    if (n == NULL)
        return false;
    n->act = act;
    n->act_lo = (float)lo;
    n->act_hi = (float)hi;
    n->act_slope = (float)slope;
    return teq_output(im, &y);
}

bool teq_import_relu(teq_importer *im)
{
    const teq_value *x = teq_input_view(im, 0);
    return x != NULL && activation(im, x, TEQ_ACT_RELU, 0, 0, 0);
}

bool teq_import_leaky(teq_importer *im)
{
    double alpha = 0.01;
    const teq_value *x = teq_input_view(im, 0);
    return x != NULL && teq_attr_float(im, "alpha", &alpha) &&
           activation(im, x, TEQ_ACT_LEAKY, 0, 0, (double)(float)alpha);
}

static bool clip(teq_importer *im, const teq_value *x, double lo, double hi)
{
    if (isnan(lo) || isnan(hi) || lo > hi)
        return teq_node_fail(im, TEQ_ERR_VALUE, "limits %g and %g", lo, hi);
    /* Exporters write "no limit" as the largest float. */
    lo = lo <= -(double)3.4e38f ? -(double)INFINITY : lo;
    hi = hi >= (double)3.4e38f ? (double)INFINITY : hi;
    if (lo == 0 && isinf(hi))
        return activation(im, x, TEQ_ACT_RELU, 0, 0, 0);
    if (isinf(lo) && isinf(hi)) {
        teq_value y = *x;
        return teq_output(im, &y);
    }
    return activation(im, x, TEQ_ACT_CLIP, lo, hi, 0);
}

bool teq_import_clip(teq_importer *im)
{
    double limit[2] = {-(double)INFINITY, (double)INFINITY};
    const teq_value *x = teq_input_view(im, 0);
    if (x == NULL || !teq_attr_float(im, "min", &limit[0]) || !teq_attr_float(im, "max", &limit[1]))
        return false;
    for (size_t i = 0; i < 2; i++)
        if (teq_input(im, i + 1) != NULL) {
            const teq_value *v = teq_input_const(im, i + 1);
            if (v == NULL)
                return false;
            if (v->count != 1)
                return teq_node_fail(im, TEQ_ERR_SHAPE, "limit \"%s\" has %zu values, expected 1",
                                     v->name, v->count);
            limit[i] = v->data[0];
        }
    return clip(im, x, limit[0], limit[1]);
}

/* --- arithmetic ------------------------------------------------------------------------- */

/* A constant that is broadcast over x, as one value for each of the tensor's channels. */
static bool by_channel(teq_importer *im, const teq_value *x, const teq_value *k, float *out)
{
    const teq_tensor *t = &im->g->tensor[x->tensor];
    const size_t pixels = (size_t)t->h * (size_t)t->w;
    const int shift = x->rank - k->rank;
    for (int i = 0; i < k->rank; i++) {
        if (k->dim[i] == 1)
            continue;
        if (i + shift < 0 || k->dim[i] != x->dim[i + shift])
            return teq_node_fail(im, TEQ_ERR_SHAPE, "axis %d of \"%s\" is %zu, which does not fit \"%s\"",
                                 i, k->name, k->dim[i], x->name);
        for (size_t e = 0; e < k->dim[i]; e++)
            if (teq_view_offset(x, i + shift, e) % pixels != 0)
                return teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                                     "constant \"%s\" differs from pixel to pixel, expected one value "
                                     "for each channel",
                                     k->name);
    }
    for (int c = 0; c < t->c; c++) {
        size_t at = 0, step = 1;
        for (int i = k->rank; i-- > 0;) {
            if (k->dim[i] > 1)
                at += step * teq_view_index(x, i + shift, (size_t)c * pixels);
            step *= k->dim[i];
        }
        out[c] = (float)k->data[at];
    }
    return true;
}

/* x op k, or k op x if `turned`. */
static bool with_constant(teq_importer *im, size_t which, const char *op)
{
    const bool turned = which == 1;
    const teq_value *k = teq_input_weights(im, turned ? 0 : 1);
    const teq_value *x = teq_input_view(im, which);
    if (k == NULL || x == NULL)
        return false;
    if (k->count == 0)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "constant \"%s\" is empty", k->name);
    if (op[0] == 'M' && op[1] != 'u') {
        if (k->count != 1)
            return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "limit \"%s\" has %zu values, expected 1",
                                 k->name, k->count);
        return op[1] == 'i' ? clip(im, x, -(double)INFINITY, k->data[0])
                            : clip(im, x, k->data[0], (double)INFINITY);
    }
    if (turned && op[0] == 'D')
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "a constant divided by a tensor");
    teq_value y = *x;
    /* A constant of more axes puts axes of 1 in front. */
    for (; y.rank < k->rank; y.rank++) {
        memmove(y.dim + 1, y.dim, (size_t)y.rank * sizeof *y.dim);
        y.dim[0] = 1;
    }
    int in = y.tensor;
    teq_node *n = like(im, TEQ_OP_SCALE, &in, 1, &y);
    if (n == NULL)
        return false;
    const int channels = im->g->tensor[in].c;
    if (!teq_node_alloc_weights(n, channels, 1))
        return teq_node_fail(im, TEQ_ERR_MEMORY, "no memory");
    teq_value view = y;
    view.tensor = in;
    view.name = x->name;
    if (!by_channel(im, &view, k, n->bias))
        return false;
    for (int c = 0; c < channels; c++) {
        float v = n->bias[c];
        if (op[0] == 'D' && v == 0)
            return teq_node_fail(im, TEQ_ERR_VALUE, "division by \"%s\", which has a zero", k->name);
        n->weight[c] = op[0] == 'M' ? v : op[0] == 'D' ? 1 / v : turned && op[0] == 'S' ? -1 : 1;
        n->bias[c] = op[0] == 'A' || (op[0] == 'S' && turned) ? v : op[0] == 'S' ? -v : 0;
    }
    return teq_output(im, &y);
}

static bool same_view(const teq_value *a, const teq_value *b)
{
    if (a->n_atoms != b->n_atoms)
        return false;
    for (int i = 0; i < a->n_atoms; i++)
        if (a->atom[i].size != b->atom[i].size || a->atom[i].stride != b->atom[i].stride)
            return false;
    return true;
}

static bool two_tensors(teq_importer *im, const char *op)
{
    const teq_value *a = teq_input_view(im, 0), *b = teq_input_view(im, 1);
    if (a == NULL || b == NULL)
        return false;
    if (op[0] != 'A')
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "of two tensors; only Add may have two");
    const teq_tensor t = im->g->tensor[a->tensor], u = im->g->tensor[b->tensor];
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    if (!same)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "\"%s\" (%dx%dx%d) and \"%s\" (%dx%dx%d) differ in shape",
                             a->name, t.c, t.h, t.w, b->name, u.c, u.h, u.w);
    int in[2] = {a->tensor, b->tensor};
    if (t.c != u.c || t.h != u.h || t.w != u.w)
        in[1] = teq_view_is_plain(a) ? teq_view_as(im, b, (size_t)t.c, (size_t)t.h, (size_t)t.w) : -2;
    else if (!same_view(a, b) && !(teq_view_is_plain(a) && teq_view_is_plain(b)))
        in[1] = -2;
    if (in[1] == -2)
        teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "\"%s\" and \"%s\" are in different order, and no "
                      "transpose could be dissolved", a->name, b->name);
    if (in[1] < 0)
        return false;
    teq_value y = *a;
    return like(im, TEQ_OP_ADD, in, 2, &y) != NULL && teq_output(im, &y);
}

bool teq_import_binary(teq_importer *im)
{
    const bool sum = strcmp(im->node->op_type, "Sum") == 0;
    const char *op = sum ? "Add" : im->node->op_type;
    const teq_value *a = teq_input(im, 0), *b = teq_input(im, 1);
    if (a == NULL || b == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "expected two inputs");
    if (a->data != NULL && b->data != NULL)
        return teq_const_binary(im, op, a, b);
    if (a->data != NULL || b->data != NULL)
        return with_constant(im, a->data != NULL ? 1 : 0, op);
    return two_tensors(im, op);
}
