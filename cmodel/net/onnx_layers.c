/* SPDX-License-Identifier: Apache-2.0
 *
 * Conv, Gemm, MatMul: the layers. BatchNormalization and Softmax.
 */
#include "onnx_import.h"

#include <math.h>
#include <string.h>

static void put_floats(float *to, const double *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

/* A few bytes can ask for a window spread over gigabytes of padding. */
static bool is_workable(teq_importer *im, const teq_value *x, const teq_value *w, const teq_window *win)
{
    const size_t h = x->rank == 4 ? x->dim[2] : 1, k = w->count / w->dim[0];
    const size_t height = h + (size_t)(win->before[0] + win->after[0]);
    const size_t width = x->dim[x->rank - 1] + (size_t)(win->before[1] + win->after[1]);
    if (height > TEQ_TENSOR_MAX / width || win->out[1] > TEQ_TENSOR_MAX / k)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                             "a padded input of %zu x %zu under windows of %zu values is too large", height,
                             width, k);
    return true;
}

bool teq_import_conv(teq_importer *im)
{
    const teq_value *x = teq_input_view(im, 0);
    const teq_value *w = x != NULL ? teq_input_weights(im, 1) : NULL;
    if (w == NULL)
        return false;
    const int spatial = x->rank - 2;
    if ((spatial != 1 && spatial != 2) || w->rank != x->rank || x->dim[0] != 1)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                             "input of %d and weights of %d axes, expected 4 and 4 (or 3 and 3)", x->rank,
                             w->rank);
    int64_t group = 1;
    if (!teq_attr_int(im, "group", &group))
        return false;
    if (group < 1 || (uint64_t)group > x->dim[1] || x->dim[1] % (uint64_t)group != 0 ||
        w->dim[0] == 0 || w->dim[0] % (uint64_t)group != 0 || w->count == 0 ||
        w->dim[1] != x->dim[1] / (uint64_t)group)
        return teq_node_fail(im, TEQ_ERR_SHAPE,
                             "%zu input channels, weights \"%s\" %zu x %zu channels, group %lld do not fit",
                             x->dim[1], w->name, w->dim[0], w->dim[1], (long long)group);
    teq_window win;
    if (!teq_window_read(im, spatial, x->dim + 2, w->dim + 2, &win) || !is_workable(im, x, w, &win))
        return false;
    int in = teq_view_as(im, x, x->dim[1], spatial == 2 ? x->dim[2] : 1, x->dim[x->rank - 1]);
    if (in < 0)
        return false;
    teq_node *n = teq_emit(im, TEQ_OP_CONV, &in, 1, w->dim[0], win.out[0], win.out[1]);
    if (n == NULL)
        return false;
    teq_window_put(&win, n);
    n->group = (int)group;
    if (!teq_node_alloc_weights(n, (int)w->dim[0], w->count / w->dim[0]))
        return teq_node_fail(im, TEQ_ERR_MEMORY, "no memory for %zu weights", w->count);
    put_floats(n->weight, w->data, w->count);
    if (teq_input(im, 2) != NULL) {
        const teq_value *b = teq_input_weights(im, 2);
        if (b == NULL)
            return false;
        if (b->count != w->dim[0])
            return teq_node_fail(im, TEQ_ERR_SHAPE, "bias \"%s\" has %zu values, expected %zu", b->name,
                                 b->count, w->dim[0]);
        put_floats(n->bias, b->data, b->count);
    }
    teq_value y = {.rank = x->rank, .dim = {1, w->dim[0]}};
    for (int i = 0; i < spatial; i++)
        y.dim[2 + i] = win.out[2 - spatial + i];
    teq_view_plain(&y, n->out);
    return teq_output(im, &y);
}

/* x (k values in its last axis) times k x n weights: column o of weights is at
 * w[i * row_step + o * column_step]. */
static teq_node *dense(teq_importer *im, const teq_value *x, size_t k, size_t n_out, const double *w,
                       size_t row_step, size_t column_step, double factor)
{
    /* Through the view, row i of the weights belongs to value offset(i) of the tensor. */
    teq_node *n = teq_emit(im, TEQ_OP_DENSE, &x->tensor, 1, n_out, 1, 1);
    if (n == NULL)
        return NULL;
    if (!teq_node_alloc_weights(n, (int)n_out, k)) {
        teq_node_fail(im, TEQ_ERR_MEMORY, "no memory for %zu weights", n_out * k);
        return NULL;
    }
    for (size_t i = 0; i < k; i++) {
        size_t at = teq_view_offset(x, x->rank - 1, i);
        for (size_t o = 0; o < n_out; o++)
            n->weight[o * k + at] = (float)(factor * w[i * row_step + o * column_step]);
    }
    return n;
}

bool teq_import_gemm(teq_importer *im)
{
    int64_t trans_a = 0, trans_b = 0;
    double alpha = 1, beta = 1;
    const teq_value *x = teq_input_view(im, 0);
    const teq_value *w = x != NULL ? teq_input_weights(im, 1) : NULL;
    if (w == NULL || !teq_attr_int(im, "transA", &trans_a) || !teq_attr_int(im, "transB", &trans_b) ||
        !teq_attr_float(im, "alpha", &alpha) || !teq_attr_float(im, "beta", &beta))
        return false;
    if (x->rank != 2 || x->dim[0] != 1 || trans_a != 0 || w->rank != 2)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                             "expected a vector (1 x k, transA 0) and a matrix of weights");
    const size_t k = w->dim[trans_b != 0], n_out = w->dim[trans_b == 0];
    if (k != x->count || n_out == 0)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "%zu inputs, weights \"%s\" for %zu", x->count, w->name, k);
    const teq_value *c = NULL;
    if (teq_input(im, 2) != NULL) {
        c = teq_input_weights(im, 2);
        if (c == NULL)
            return false;
        if (c->count != 1 && (c->count != n_out || c->dim[c->rank - 1] != n_out))
            return teq_node_fail(im, TEQ_ERR_SHAPE, "bias \"%s\" has %zu values, expected %zu", c->name,
                                 c->count, n_out);
    }
    teq_node *n = dense(im, x, k, n_out, w->data, trans_b ? 1 : n_out, trans_b ? k : 1, alpha);
    if (n == NULL)
        return false;
    for (size_t o = 0; c != NULL && o < n_out; o++)
        n->bias[o] = (float)(beta * c->data[c->count == 1 ? 0 : o]);
    teq_value y = {.rank = 2, .dim = {1, n_out}};
    teq_view_plain(&y, n->out);
    return teq_output(im, &y);
}

/* MatMul over the channels of every pixel (a dense layer on a map): a 1 x 1 Conv. */
static bool matmul_pixels(teq_importer *im, const teq_value *x, const teq_value *w)
{
    teq_role role[TEQ_ONNX_RANK];
    const size_t k = w->dim[0], n_out = w->dim[1];
    const teq_tensor *t = &im->g->tensor[x->tensor];
    teq_view_roles(im, x, role);
    if (role[x->rank - 1] != TEQ_ROLE_C)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                             "the last axis of \"%s\" is not its channels", x->name);
    teq_node *n = teq_emit(im, TEQ_OP_CONV, &x->tensor, 1, n_out, (size_t)t->h, (size_t)t->w);
    if (n == NULL)
        return false;
    if (!teq_node_alloc_weights(n, (int)n_out, k))
        return teq_node_fail(im, TEQ_ERR_MEMORY, "no memory for %zu weights", n_out * k);
    for (size_t o = 0; o < n_out; o++)
        for (size_t i = 0; i < k; i++)
            n->weight[o * k + i] = (float)w->data[i * n_out + o];
    teq_value y = {.rank = x->rank};
    return teq_view_from_roles(im, &y, n->out, role) && teq_output(im, &y);
}

bool teq_import_matmul(teq_importer *im)
{
    const teq_value *x = teq_input_view(im, 0);
    const teq_value *w = x != NULL ? teq_input_weights(im, 1) : NULL;
    if (w == NULL)
        return false;
    if (x->rank < 2 || w->rank != 2)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "%d and %d axes, expected a matrix of weights",
                             x->rank, w->rank);
    const size_t k = w->dim[0], n_out = w->dim[1];
    if (x->dim[x->rank - 1] != k || n_out == 0 || k == 0)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "%zu inputs, weights \"%s\" for %zu",
                             x->dim[x->rank - 1], w->name, k);
    if (x->count != k)
        return matmul_pixels(im, x, w);
    teq_value y = {.rank = x->rank};
    for (int i = 0; i < x->rank; i++)
        y.dim[i] = i + 1 < x->rank ? x->dim[i] : n_out;
    teq_node *n = dense(im, x, k, n_out, w->data, n_out, 1, 1);
    if (n == NULL)
        return false;
    teq_view_plain(&y, n->out);
    return teq_output(im, &y);
}

/* y = scale (x - mean) / sqrt(variance + epsilon) + bias, by channel (axis 1). */
bool teq_import_batchnorm(teq_importer *im)
{
    double epsilon = 1e-5;
    int64_t training = 0, spatial = 1;
    const teq_value *x = teq_input_view(im, 0);
    const teq_value *p[4] = {0}; /* scale, bias, mean, variance */
    if (x == NULL || !teq_attr_float(im, "epsilon", &epsilon) ||
        !teq_attr_int(im, "training_mode", &training) || !teq_attr_int(im, "spatial", &spatial))
        return false;
    if (training != 0 || spatial != 1)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "training_mode or spatial 0");
    if (x->rank < 2)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "input of rank %d, expected 2 or more", x->rank);
    teq_value v = *x;
    for (size_t i = 0; i < 4; i++) {
        p[i] = teq_input_weights(im, i + 1);
        if (p[i] == NULL)
            return false;
        if (p[i]->count != v.dim[1])
            return teq_node_fail(im, TEQ_ERR_SHAPE, "\"%s\" has %zu values, expected %zu, the channels",
                                 p[i]->name, p[i]->count, v.dim[1]);
    }
    teq_role role[TEQ_ONNX_RANK];
    teq_view_roles(im, &v, role);
    if (role[1] != TEQ_ROLE_C && v.rank == 2 && teq_view_is_plain(&v)) {
        int in = teq_view_as(im, &v, v.count, 1, 1);
        if (in < 0)
            return false;
        teq_view_plain(&v, in);
        role[1] = TEQ_ROLE_C;
    }
    if (role[1] != TEQ_ROLE_C)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "axis 1 of \"%s\" is not its channels", x->name);
    const teq_tensor t = im->g->tensor[v.tensor];
    teq_node *n = teq_emit(im, TEQ_OP_SCALE, &v.tensor, 1, (size_t)t.c, (size_t)t.h, (size_t)t.w);
    if (n == NULL)
        return false;
    if (!teq_node_alloc_weights(n, t.c, 1))
        return teq_node_fail(im, TEQ_ERR_MEMORY, "no memory");
    for (int c = 0; c < t.c; c++) {
        double variance = p[3]->data[c] + epsilon;
        if (!(variance > 0))
            return teq_node_fail(im, TEQ_ERR_VALUE, "\"%s\": value %d + epsilon is %g, expected > 0",
                                 p[3]->name, c, variance);
        double factor = p[0]->data[c] / sqrt(variance);
        n->weight[c] = (float)factor;
        n->bias[c] = (float)(p[1]->data[c] - p[2]->data[c] * factor);
    }
    v.tensor = n->out;
    return teq_output(im, &v);
}

bool teq_import_softmax(teq_importer *im)
{
    int64_t axis = im->opset < 13 ? 1 : -1;
    const teq_value *x = teq_input_view(im, 0);
    int at;
    if (x == NULL || !teq_attr_int(im, "axis", &axis) || !teq_axis(im, axis, x->rank, &at))
        return false;
    size_t covered = x->dim[at];
    for (int i = at + 1; im->opset < 13 && i < x->rank; i++)
        covered *= x->dim[i];
    if (covered != x->count)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "over %zu of the %zu values of a sample", covered,
                             x->count);
    const teq_tensor t = im->g->tensor[x->tensor];
    teq_value y = *x;
    const teq_node *n = teq_emit(im, TEQ_OP_SOFTMAX, &y.tensor, 1, (size_t)t.c, (size_t)t.h, (size_t)t.w);
    if (n == NULL)
        return false;
    y.tensor = n->out;
    return teq_output(im, &y);
}
