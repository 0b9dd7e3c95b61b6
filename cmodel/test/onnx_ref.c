/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_ref.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANK 8

typedef struct {
    const char *name;
    int rank;
    int64_t d[RANK];
    double *v;
} array;

typedef struct {
    int n;
    array a[512];
    int64_t opset;
} state;

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "reference interpreter: %s: %s\n", what, detail);
    abort();
}

static int64_t count_of(const array *a)
{
    int64_t n = 1;
    for (int i = 0; i < a->rank; i++)
        n *= a->d[i];
    return n;
}

static array make(int rank, const int64_t *d)
{
    array a = {.rank = rank};
    memcpy(a.d, d, (size_t)rank * sizeof *d);
    a.v = calloc((size_t)count_of(&a) + 1, sizeof *a.v);
    if (a.v == NULL)
        abort();
    return a;
}

static const array *find(const state *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->a[i].name, name) == 0)
            return &s->a[i];
    return NULL;
}

static void put(state *s, const char *name, array a)
{
    if (s->n == 512)
        die("too many values", name);
    a.name = name;
    s->a[s->n++] = a;
}

static array from_proto(const Onnx__TensorProto *t)
{
    array a = make((int)t->n_dims, t->dims);
    for (int64_t i = 0; i < count_of(&a); i++) {
        float f;
        int64_t k;
        if (t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64 && t->has_raw_data) {
            memcpy(&k, t->raw_data.data + 8 * i, 8);
            a.v[i] = (double)k;
        } else if (t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64) {
            a.v[i] = (double)t->int64_data[i];
        } else if (t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE) {
            a.v[i] = t->double_data[i];
        } else if (t->has_raw_data) {
            memcpy(&f, t->raw_data.data + 4 * i, 4);
            a.v[i] = (double)f;
        } else {
            a.v[i] = (double)t->float_data[i];
        }
    }
    return a;
}

/* --- a node's inputs and attributes ------------------------------------------------------- */

typedef struct {
    const state *s;
    const Onnx__NodeProto *n;
} node;

static const array *input(node c, size_t i)
{
    return i < c.n->n_input && c.n->input[i][0] != 0 ? find(c.s, c.n->input[i]) : NULL;
}

static const Onnx__AttributeProto *attr(node c, const char *name)
{
    for (size_t i = 0; i < c.n->n_attribute; i++)
        if (strcmp(c.n->attribute[i]->name, name) == 0)
            return c.n->attribute[i];
    return NULL;
}

static int64_t int_of(node c, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *a = attr(c, name);
    return a != NULL ? a->i : otherwise;
}

static double float_of(node c, const char *name, double otherwise)
{
    const Onnx__AttributeProto *a = attr(c, name);
    return a != NULL ? (double)a->f : otherwise;
}

/* From an attribute or an input; returns how many, -1 for none. */
static int list_of(node c, const char *name, size_t i, int64_t *list)
{
    const Onnx__AttributeProto *a = attr(c, name);
    const array *v = input(c, i);
    if (a != NULL) {
        for (size_t k = 0; k < a->n_ints; k++)
            list[k] = a->ints[k];
        return (int)a->n_ints;
    }
    if (v == NULL)
        return -1;
    for (int64_t k = 0; k < count_of(v); k++)
        list[k] = (int64_t)v->v[k];
    return (int)count_of(v);
}

/* --- operators ------------------------------------------------------------------------------ */

static array copy(const array *x, int rank, const int64_t *d)
{
    array y = make(rank, d);
    memcpy(y.v, x->v, (size_t)count_of(&y) * sizeof *y.v);
    return y;
}

static array transpose(const array *x, const int64_t *perm)
{
    int64_t d[RANK], step[RANK], product = 1;
    for (int i = x->rank; i-- > 0;) {
        step[i] = product;
        product *= x->d[i];
    }
    for (int i = 0; i < x->rank; i++)
        d[i] = x->d[perm[i]];
    array y = make(x->rank, d);
    for (int64_t i = 0; i < product; i++) {
        int64_t from = 0, rest = i;
        for (int k = x->rank; k-- > 0;) {
            from += rest % d[k] * step[perm[k]];
            rest /= d[k];
        }
        y.v[i] = x->v[from];
    }
    return y;
}

static array broadcast(const array *a, const array *b, char op)
{
    int rank = a->rank > b->rank ? a->rank : b->rank;
    int64_t d[RANK];
    for (int i = 0; i < rank; i++) {
        int64_t da = i - rank + a->rank >= 0 ? a->d[i - rank + a->rank] : 1;
        int64_t db = i - rank + b->rank >= 0 ? b->d[i - rank + b->rank] : 1;
        d[i] = da > db ? da : db;
    }
    array y = make(rank, d);
    for (int64_t i = 0; i < count_of(&y); i++) {
        double v[2];
        for (int w = 0; w < 2; w++) {
            const array *x = w == 0 ? a : b;
            int64_t at = 0, step = 1, rest = i;
            for (int k = rank; k-- > 0;) {
                int axis = k - rank + x->rank;
                int64_t digit = rest % d[k];
                rest /= d[k];
                if (axis >= 0) {
                    at += x->d[axis] > 1 ? digit * step : 0;
                    step *= x->d[axis];
                }
            }
            v[w] = x->v[at];
        }
        y.v[i] = op == '+'   ? v[0] + v[1]
                 : op == '-' ? v[0] - v[1]
                 : op == '*' ? v[0] * v[1]
                 : op == '/' ? v[0] / v[1]
                 : op == 'm' ? fmin(v[0], v[1])
                             : fmax(v[0], v[1]);
    }
    return y;
}

/* Conv, AveragePool and MaxPool in one: a window over the last one or two axes. */
static array windowed(node c, char kind)
{
    const array *x = input(c, 0), *w = kind == 'c' ? input(c, 1) : NULL, *bias = kind == 'c' ? input(c, 2) : NULL;
    int sp = x->rank - 2;
    int64_t k[2] = {1, 1}, st[2] = {1, 1}, dil[2] = {1, 1}, pads[4] = {0}, out[2] = {1, 1}, in[2] = {1, 1};
    int64_t list[8], pad[2] = {0, 0};
    const Onnx__AttributeProto *mode = attr(c, "auto_pad");
    int off = 2 - sp; /* one axis: the second of two */
    for (int i = 0; i < sp; i++) {
        in[off + i] = x->d[2 + i];
        k[off + i] = w != NULL ? w->d[2 + i] : attr(c, "kernel_shape")->ints[i];
    }
    if (list_of(c, "strides", 99, list) > 0)
        memcpy(st + off, list, (size_t)sp * sizeof *list);
    if (list_of(c, "dilations", 99, list) > 0)
        memcpy(dil + off, list, (size_t)sp * sizeof *list);
    bool given = list_of(c, "pads", 99, pads) > 0;
    int64_t all = int_of(c, "count_include_pad", 0);
    int64_t after[2] = {0, 0};
    for (int i = 0; i < sp; i++) {
        int64_t span = (k[off + i] - 1) * dil[off + i] + 1;
        if (mode != NULL && memcmp(mode->s.data, "SAME", 4) == 0) {
            out[off + i] = (in[off + i] + st[off + i] - 1) / st[off + i];
            int64_t total = (out[off + i] - 1) * st[off + i] + span - in[off + i];
            total = total < 0 ? 0 : total;
            pad[off + i] = mode->s.data[5] == 'U' ? total / 2 : (total + 1) / 2;
            after[off + i] = total - pad[off + i];
        } else {
            pad[off + i] = given ? pads[i] : 0;
            after[off + i] = given ? pads[sp + i] : 0;
            double steps = (double)(in[off + i] + pad[off + i] + after[off + i] - span) / (double)st[off + i];
            out[off + i] = (int64_t)(int_of(c, "ceil_mode", 0) ? ceil(steps) : floor(steps)) + 1;
            if ((out[off + i] - 1) * st[off + i] >= in[off + i] + pad[off + i])
                out[off + i]--;
        }
    }
    int64_t group = int_of(c, "group", 1), ci = x->d[1];
    int64_t co = w != NULL ? w->d[0] : ci, per = w != NULL ? w->d[1] : 1;
    int64_t d[4] = {1, co, out[off], out[1]};
    array y = make(x->rank, d);
    for (int64_t o = 0; o < co; o++)
        for (int64_t oy = 0; oy < out[0]; oy++)
            for (int64_t ox = 0; ox < out[1]; ox++) {
                double sum = kind == 'm' ? -HUGE_VAL : 0;
                int64_t seen = 0, under = 0;
                for (int64_t c2 = 0; c2 < per; c2++)
                    for (int64_t ky = 0; ky < k[0]; ky++)
                        for (int64_t kx = 0; kx < k[1]; kx++) {
                            int64_t iy = oy * st[0] + ky * dil[0] - pad[0];
                            int64_t ix = ox * st[1] + kx * dil[1] - pad[1];
                            under += iy < in[0] + after[0] && ix < in[1] + after[1];
                            if (iy < 0 || ix < 0 || iy >= in[0] || ix >= in[1])
                                continue;
                            int64_t from = w != NULL ? o / (co / group) * per + c2 : o;
                            double v = x->v[(from * in[0] + iy) * in[1] + ix];
                            if (kind == 'c')
                                sum += v * w->v[((o * per + c2) * k[0] + ky) * k[1] + kx];
                            else
                                sum = kind == 'm' ? fmax(sum, v) : sum + v;
                            seen++;
                        }
                if (kind == 'a')
                    sum /= (double)(all ? under : seen);
                if (bias != NULL)
                    sum += bias->v[o];
                y.v[(o * out[0] + oy) * out[1] + ox] = sum;
            }
    return y;
}

static array batchnorm(node c)
{
    const array *x = input(c, 0), *p[4];
    for (size_t i = 0; i < 4; i++)
        p[i] = input(c, i + 1);
    array y = copy(x, x->rank, x->d);
    int64_t inner = count_of(x) / x->d[1];
    for (int64_t i = 0; i < count_of(x); i++) {
        int64_t ch = i / inner;
        y.v[i] = (x->v[i] - p[2]->v[ch]) / sqrt(p[3]->v[ch] + float_of(c, "epsilon", 1e-5)) * p[0]->v[ch] +
                 p[1]->v[ch];
    }
    return y;
}

/* [.., m, k] x [k, n]; Gemm with its factors. */
static array product(node c, bool gemm)
{
    const array *a = input(c, 0), *b = input(c, 1), *add = gemm ? input(c, 2) : NULL;
    bool tb = gemm && int_of(c, "transB", 0) != 0;
    int64_t k = a->d[a->rank - 1], n = tb ? b->d[0] : b->d[1], m = count_of(a) / k, d[RANK];
    memcpy(d, a->d, sizeof d);
    d[a->rank - 1] = n;
    array y = make(a->rank, d);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t t = 0; t < k; t++)
                sum += a->v[i * k + t] * (tb ? b->v[j * k + t] : b->v[t * n + j]);
            sum *= gemm ? float_of(c, "alpha", 1) : 1;
            if (add != NULL)
                sum += float_of(c, "beta", 1) * add->v[count_of(add) == 1 ? 0 : j];
            y.v[i * n + j] = sum;
        }
    return y;
}

static array reshape(node c)
{
    const array *x = input(c, 0);
    int64_t d[RANK], known = 1;
    int n = list_of(c, "shape", 1, d), open = -1;
    for (int i = 0; i < n; i++) {
        d[i] = d[i] == 0 ? x->d[i] : d[i];
        if (d[i] == -1)
            open = i;
        else
            known *= d[i];
    }
    if (open >= 0)
        d[open] = count_of(x) / known;
    return copy(x, n, d);
}

static array squeeze(node c, bool un)
{
    const array *x = input(c, 0);
    int64_t axes[RANK], d[RANK];
    int n = list_of(c, "axes", 1, axes), rank = 0, from = 0, total = un ? x->rank + n : x->rank;
    for (int i = 0; i < total; i++) {
        bool listed = false;
        for (int k = 0; k < n; k++)
            listed = listed || axes[k] == i || axes[k] + total == i;
        if (un)
            d[rank++] = listed ? 1 : x->d[from++];
        else if (!listed)
            d[rank++] = x->d[i];
    }
    return copy(x, rank, d);
}

static array pad(node c)
{
    const array *x = input(c, 0);
    int64_t p[2 * RANK], d[RANK], axes[RANK], before[RANK] = {0};
    int n = list_of(c, "pads", 1, p) / 2;
    if (list_of(c, "axes", 3, axes) < 0)
        for (int i = 0; i < n; i++)
            axes[i] = i;
    memcpy(d, x->d, sizeof d);
    for (int i = 0; i < n; i++) {
        d[axes[i]] += p[i] + p[n + i];
        before[axes[i]] = p[i];
    }
    array y = make(x->rank, d);
    for (int64_t i = 0; i < count_of(x); i++) {
        int64_t rest = i, at = 0, step = 1;
        for (int k = x->rank; k-- > 0;) {
            at += (rest % x->d[k] + before[k]) * step;
            rest /= x->d[k];
            step *= d[k];
        }
        y.v[at] = x->v[i];
    }
    return y;
}

static array concat(node c)
{
    const array *x = input(c, 0);
    int64_t axis = int_of(c, "axis", 0), d[RANK], inner = 1, row = 0;
    axis += axis < 0 ? x->rank : 0;
    memcpy(d, x->d, sizeof d);
    d[axis] = 0;
    for (size_t i = 0; i < c.n->n_input; i++)
        d[axis] += input(c, i)->d[axis];
    array y = make(x->rank, d);
    for (int k = (int)axis; k < x->rank; k++)
        inner *= d[k];
    for (size_t i = 0; i < c.n->n_input; i++) {
        const array *a = input(c, i);
        int64_t part = 1;
        for (int k = (int)axis; k < a->rank; k++)
            part *= a->d[k];
        for (int64_t o = 0; o < count_of(a); o++)
            y.v[o / part * inner + row + o % part] = a->v[o];
        row += part;
    }
    return y;
}

/* Mean over the listed axes. */
static array reduce_mean(node c)
{
    const array *x = input(c, 0);
    int64_t axes[RANK], d[RANK], kept[RANK];
    int n = list_of(c, "axes", 1, axes), rank = 0;
    memcpy(d, x->d, sizeof d);
    for (int i = 0; i < n; i++)
        d[axes[i] < 0 ? axes[i] + x->rank : axes[i]] = 1;
    array y = make(x->rank, d);
    for (int64_t i = 0; i < count_of(x); i++) {
        int64_t rest = i, at = 0, step = 1;
        for (int k = x->rank; k-- > 0;) {
            at += (d[k] == 1 ? 0 : rest % x->d[k]) * step;
            rest /= x->d[k];
            step *= d[k];
        }
        y.v[at] += x->v[i] * (double)count_of(&y) / (double)count_of(x);
    }
    for (int k = 0; k < x->rank; k++) {
        bool listed = false;
        for (int i = 0; i < n; i++)
            listed = listed || axes[i] == k || axes[i] + x->rank == k;
        if (!listed || int_of(c, "keepdims", 1))
            kept[rank++] = d[k];
    }
    y.rank = rank;
    memcpy(y.d, kept, (size_t)rank * sizeof *kept);
    return y;
}

static array softmax(node c)
{
    const array *x = input(c, 0);
    array y = copy(x, x->rank, x->d);
    double sum = 0;
    for (int64_t i = 0; i < count_of(x); i++)
        sum += exp(x->v[i]);
    for (int64_t i = 0; i < count_of(x); i++)
        y.v[i] = exp(x->v[i]) / sum;
    return y;
}

static array activation(node c)
{
    const array *x = input(c, 0), *lo = input(c, 1), *hi = input(c, 2);
    const char *op = c.n->op_type;
    array y = copy(x, x->rank, x->d);
    double low = lo != NULL ? lo->v[0] : float_of(c, "min", -HUGE_VAL);
    double high = hi != NULL ? hi->v[0] : float_of(c, "max", HUGE_VAL);
    for (int64_t i = 0; i < count_of(x); i++) {
        double v = x->v[i];
        if (op[0] == 'R')
            v = fmax(v, 0);
        else if (op[0] == 'L')
            v = v < 0 ? v * float_of(c, "alpha", 0.01) : v;
        else
            v = fmin(fmax(v, low), high);
        y.v[i] = v;
    }
    return y;
}

static array gather(node c)
{
    const array *x = input(c, 0), *at = input(c, 1);
    array y = make(at->rank, at->d);
    for (int64_t i = 0; i < count_of(at); i++)
        y.v[i] = x->v[(int64_t)at->v[i] + (at->v[i] < 0 ? x->d[0] : 0)];
    return y;
}

static array run(node c)
{
    const char *op = c.n->op_type;
    const array *x = input(c, 0);
    int64_t list[RANK];
    if (strcmp(op, "Conv") == 0)
        return windowed(c, 'c');
    if (strcmp(op, "AveragePool") == 0)
        return windowed(c, 'a');
    if (strcmp(op, "MaxPool") == 0)
        return windowed(c, 'm');
    if (strcmp(op, "GlobalAveragePool") == 0) {
        int64_t d[RANK] = {1, x->d[1], 1, 1};
        array y = make(x->rank, d);
        for (int64_t i = 0; i < count_of(x); i++)
            y.v[i / (count_of(x) / d[1])] += x->v[i] * (double)d[1] / (double)count_of(x);
        return y;
    }
    if (strcmp(op, "Gemm") == 0 || strcmp(op, "MatMul") == 0)
        return product(c, op[0] == 'G');
    if (strcmp(op, "BatchNormalization") == 0)
        return batchnorm(c);
    if (strcmp(op, "Relu") == 0 || strcmp(op, "Clip") == 0 || strcmp(op, "LeakyRelu") == 0)
        return activation(c);
    if (strcmp(op, "Add") == 0 || strcmp(op, "Sum") == 0)
        return broadcast(x, input(c, 1), '+');
    if (strcmp(op, "Sub") == 0)
        return broadcast(x, input(c, 1), '-');
    if (strcmp(op, "Mul") == 0)
        return broadcast(x, input(c, 1), '*');
    if (strcmp(op, "Div") == 0)
        return broadcast(x, input(c, 1), '/');
    if (strcmp(op, "Min") == 0 || strcmp(op, "Max") == 0)
        return broadcast(x, input(c, 1), op[1] == 'i' ? 'm' : 'M');
    if (strcmp(op, "Identity") == 0 || strcmp(op, "Dropout") == 0 || strcmp(op, "Cast") == 0)
        return copy(x, x->rank, x->d);
    if (strcmp(op, "Reshape") == 0)
        return reshape(c);
    if (strcmp(op, "Flatten") == 0) {
        int64_t axis = int_of(c, "axis", 1), d[2] = {1, 1};
        for (int i = 0; i < x->rank; i++)
            d[i >= (axis < 0 ? axis + x->rank : axis)] *= x->d[i];
        return copy(x, 2, d);
    }
    if (strcmp(op, "Squeeze") == 0 || strcmp(op, "Unsqueeze") == 0)
        return squeeze(c, op[0] == 'U');
    if (strcmp(op, "Transpose") == 0) {
        if (list_of(c, "perm", 99, list) < 0)
            for (int i = 0; i < x->rank; i++)
                list[i] = x->rank - 1 - i;
        return transpose(x, list);
    }
    if (strcmp(op, "Pad") == 0)
        return pad(c);
    if (strcmp(op, "Concat") == 0)
        return concat(c);
    if (strcmp(op, "ReduceMean") == 0)
        return reduce_mean(c);
    if (strcmp(op, "Softmax") == 0)
        return softmax(c);
    if (strcmp(op, "Constant") == 0)
        return from_proto(attr(c, "value")->t);
    if (strcmp(op, "Shape") == 0) {
        int64_t n = x->rank;
        array y = make(1, &n);
        for (int i = 0; i < x->rank; i++)
            y.v[i] = (double)x->d[i];
        return y;
    }
    if (strcmp(op, "Gather") == 0)
        return gather(c);
    die("unknown operator", op);
    return (array){0};
}

double *onnx_reference(const Onnx__ModelProto *model, const float *in, size_t *count)
{
    const Onnx__GraphProto *g = model->graph;
    state s = {0};
    for (size_t i = 0; i < g->n_initializer; i++)
        put(&s, g->initializer[i]->name, from_proto(g->initializer[i]));
    for (size_t i = 0; i < g->n_input; i++) {
        if (find(&s, g->input[i]->name) != NULL)
            continue;
        const Onnx__TensorShapeProto *shape = g->input[i]->type->tensor_type->shape;
        int64_t d[RANK];
        for (size_t k = 0; k < shape->n_dim; k++) {
            d[k] = shape->dim[k]->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
                       ? shape->dim[k]->dim_value
                       : 1;
        }
        array x = make((int)shape->n_dim, d);
        for (int64_t k = 0; k < count_of(&x); k++)
            x.v[k] = (double)in[k];
        put(&s, g->input[i]->name, x);
    }
    for (size_t i = 0; i < g->n_node; i++)
        put(&s, g->node[i]->output[0], run((node){&s, g->node[i]}));
    const array *y = find(&s, g->output[0]->name);
    *count = (size_t)count_of(y);
    double *out = copy(y, y->rank, y->d).v;
    for (int i = 0; i < s.n; i++)
        free(s.a[i].v);
    return out;
}
