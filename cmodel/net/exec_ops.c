/* SPDX-License-Identifier: Apache-2.0 */
#include "exec_ops.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

void teq_bias_act(const teq_node *n, float bias, float *y, size_t count)
{
    switch (n->act) {
    case TEQ_ACT_NONE:
        for (size_t i = 0; i < count; i++)
            y[i] += bias;
        break;
    case TEQ_ACT_RELU:
        for (size_t i = 0; i < count; i++) {
            float v = y[i] + bias;
            y[i] = v > 0 ? v : 0;
        }
        break;
    case TEQ_ACT_CLIP:
    case TEQ_ACT_LEAKY:
    default:
        for (size_t i = 0; i < count; i++)
            y[i] = teq_act_apply(n, y[i] + bias);
    }
}

static void dense(const teq_graph *g, const teq_node *n, const float *x, float *y)
{
    (void)g;
    cblas_sgemv(CblasRowMajor, CblasNoTrans, n->n_out, (int)n->k, 1.0f, n->weight, (int)n->k, x, 1,
                0.0f, y, 1);
    for (int o = 0; o < n->n_out; o++)
        y[o] = teq_act_apply(n, y[o] + n->bias[o]);
}

static void scale(const teq_graph *g, const teq_node *n, const float *x, float *y)
{
    const teq_tensor *t = &g->tensor[n->out];
    const size_t pixels = (size_t)t->h * (size_t)t->w;
    for (int c = 0; c < t->c; c++) {
        for (size_t i = 0; i < pixels; i++)
            y[i] = n->weight[c] * x[i];
        teq_bias_act(n, n->bias[c], y, pixels);
        x += pixels;
        y += pixels;
    }
}

/* The part of a window that lies on the plane: from..to-1 along one axis. */
static void window(int out, int stride, int kernel, int pad, int size, int *from, int *to)
{
    *from = out * stride - pad;
    *to = *from + kernel < size ? *from + kernel : size;
    *from = *from > 0 ? *from : 0;
}

static void pool(const teq_graph *g, const teq_node *n, const float *x, float *y)
{
    const teq_tensor *in = &g->tensor[n->in[0]], *out = &g->tensor[n->out];
    const bool max = n->op == TEQ_OP_MAXPOOL;
    for (int c = 0; c < out->c; c++, x += (size_t)in->h * (size_t)in->w)
        for (int oy = 0; oy < out->h; oy++)
            for (int ox = 0; ox < out->w; ox++) {
                int y0, y1, x0, x1;
                window(oy, n->sh, n->kh, n->pt, in->h, &y0, &y1);
                window(ox, n->sw, n->kw, n->pl, in->w, &x0, &x1);
                float v = max ? -INFINITY : 0;
                for (int iy = y0; iy < y1; iy++)
                    for (int ix = x0; ix < x1; ix++) {
                        float u = x[(size_t)iy * (size_t)in->w + (size_t)ix];
                        v = !max ? v + u : u > v ? u : v;
                    }
                int count = n->count_pads ? n->kh * n->kw : (y1 - y0) * (x1 - x0);
                *y++ = max ? v : v / (float)count;
            }
}

static void global_pool(const teq_graph *g, const teq_node *n, const float *x, float *y)
{
    const teq_tensor *in = &g->tensor[n->in[0]];
    const size_t pixels = (size_t)in->h * (size_t)in->w;
    for (int c = 0; c < in->c; c++, x += pixels) {
        double sum = 0;
        for (size_t i = 0; i < pixels; i++)
            sum += (double)x[i];
        y[c] = (float)(sum / (double)pixels);
    }
}

static void pad(const teq_graph *g, const teq_node *n, const float *x, float *y)
{
    const teq_tensor *in = &g->tensor[n->in[0]], *out = &g->tensor[n->out];
    const size_t iw = (size_t)in->w, ow = (size_t)out->w;
    memset(y, 0, out->size * sizeof *y);
    for (int c = 0; c < in->c; c++)
        for (int r = 0; r < in->h; r++, x += iw)
            memcpy(y + ((size_t)c * (size_t)out->h + (size_t)(r + n->pt)) * ow + (size_t)n->pl, x,
                   iw * sizeof *y);
}

static void softmax(const teq_graph *g, const teq_node *n, const float *x, float *y)
{
    const size_t size = g->tensor[n->out].size;
    float top = x[0];
    for (size_t i = 1; i < size; i++)
        top = x[i] > top ? x[i] : top;
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        y[i] = expf(x[i] - top);
        sum += (double)y[i];
    }
    for (size_t i = 0; i < size; i++)
        y[i] = (float)((double)y[i] / sum);
}

size_t teq_op_scratch(const teq_graph *g, const teq_node *node)
{
    if (node->op != TEQ_OP_CONV)
        return 0;
    return teq_node_is_depthwise(node) ? teq_depthwise_scratch(g, node) : teq_conv_scratch(g, node);
}

void teq_op_run(const teq_graph *g, const teq_node *n, const float *const *in, float *out,
                float *scratch)
{
    const size_t size = g->tensor[n->out].size;
    switch (n->op) {
    case TEQ_OP_CONV:
        if (teq_node_is_depthwise(n))
            teq_depthwise_run(g, n, in[0], out, scratch);
        else
            teq_conv_run(g, n, in[0], out, scratch);
        break;
    case TEQ_OP_DENSE:
        dense(g, n, in[0], out);
        break;
    case TEQ_OP_ADD:
        for (size_t i = 0; i < size; i++)
            out[i] = in[0][i] + in[1][i];
        if (n->act != TEQ_ACT_NONE)
            teq_bias_act(n, 0, out, size);
        break;
    case TEQ_OP_SCALE:
        scale(g, n, in[0], out);
        break;
    case TEQ_OP_ACT:
        for (size_t i = 0; i < size; i++)
            out[i] = teq_act_apply(n, in[0][i]);
        break;
    case TEQ_OP_AVGPOOL:
    case TEQ_OP_MAXPOOL:
        pool(g, n, in[0], out);
        break;
    case TEQ_OP_GLOBAL_AVGPOOL:
        global_pool(g, n, in[0], out);
        break;
    case TEQ_OP_CONCAT:
        for (int i = 0; i < n->n_in; i++) {
            size_t part = g->tensor[n->in[i]].size;
            memcpy(out, in[i], part * sizeof *out);
            out += part;
        }
        break;
    case TEQ_OP_PAD:
        pad(g, n, in[0], out);
        break;
    case TEQ_OP_SOFTMAX:
        softmax(g, n, in[0], out);
        break;
    case TEQ_OP_RESHAPE:
    default:
        memcpy(out, in[0], size * sizeof *out);
    }
}
