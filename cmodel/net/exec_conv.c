/* SPDX-License-Identifier: Apache-2.0
 *
 * Convolution as a matrix product: the k inputs under each output pixel become a
 * column (im2col), and y[n_out x pixels] = W[n_out x k] col[k x pixels] by sgemm.
 * Columns are made for a few rows of pixels at a time, so that they are still in
 * the cache when sgemm reads them. 1 x 1 convolutions read the input as it is.
 */
#include "exec_ops.h"

#include <cblas.h>
#include <string.h>

/* Floats of columns made at a time. */
#define COLUMNS ((size_t)32 << 10)

static bool is_pointwise(const teq_node *n)
{
    return n->kh == 1 && n->kw == 1 && n->sh == 1 && n->sw == 1 && n->pt == 0 && n->pl == 0 &&
           n->pb == 0 && n->pr == 0;
}

/* Rows of output pixels that are made at a time. */
static int tile_rows(const teq_graph *g, const teq_node *n)
{
    const teq_tensor *y = &g->tensor[n->out];
    size_t fit = COLUMNS / (n->k * (size_t)y->w);
    return fit < 1 ? 1 : fit < (size_t)y->h ? (int)fit : y->h;
}

size_t teq_conv_scratch(const teq_graph *g, const teq_node *n)
{
    if (is_pointwise(n))
        return 0;
    return n->k * (size_t)tile_rows(g, n) * (size_t)g->tensor[n->out].w;
}

/* One row of one column entry: dst[x] = src[x * sw + at], 0 outside 0..w-1. */
static void copy_row(float *dst, int count, const float *src, int w, int at, int sw)
{
    int x = 0;
    for (; x < count && at < 0; x++, at += sw)
        dst[x] = 0;
    int inside = at < w ? (w - at + sw - 1) / sw : 0;
    int stop = inside < count - x ? x + inside : count;
    if (sw == 1) {
        /* Rows are short: a call of memcpy costs more than the copy. */
        for (; x < stop; x++, at++)
            dst[x] = src[at];
    } else {
        for (; x < stop; x++, at += sw)
            dst[x] = src[at];
    }
    for (; x < count; x++)
        dst[x] = 0;
}

/* Columns of output rows y0..y1-1, from the `channels` planes of x. */
static void im2col(const teq_node *n, const float *x, int channels, int h, int w, int ow, int y0,
                   int y1, float *col)
{
    for (int c = 0; c < channels; c++) {
        const float *plane = x + (size_t)c * (size_t)h * (size_t)w;
        for (int ky = 0; ky < n->kh; ky++)
            for (int kx = 0; kx < n->kw; kx++)
                for (int oy = y0; oy < y1; oy++, col += ow) {
                    int iy = oy * n->sh + ky * n->dh - n->pt;
                    if (iy < 0 || iy >= h)
                        memset(col, 0, (size_t)ow * sizeof *col);
                    else
                        copy_row(col, ow, plane + (size_t)iy * (size_t)w, w,
                                 kx * n->dw - n->pl, n->sw);
                }
    }
}

void teq_conv_run(const teq_graph *g, const teq_node *n, const float *x, float *y, float *scratch)
{
    const teq_tensor *in = &g->tensor[n->in[0]];
    const teq_tensor *out = &g->tensor[n->out];
    const size_t pixels = (size_t)out->h * (size_t)out->w;
    const int rows = n->n_out / n->group;
    const int channels = in->c / n->group;
    const bool direct = is_pointwise(n);
    const int step = direct ? out->h : tile_rows(g, n);
    for (int group = 0; group < n->group; group++) {
        const float *xg = x + (size_t)(group * channels) * (size_t)in->h * (size_t)in->w;
        const float *wg = n->weight + (size_t)(group * rows) * n->k;
        for (int y0 = 0; y0 < out->h; y0 += step) {
            int y1 = out->h - y0 < step ? out->h : y0 + step;
            size_t count = (size_t)(y1 - y0) * (size_t)out->w;
            float *yg = y + (size_t)(group * rows) * pixels + (size_t)y0 * (size_t)out->w;
            const float *col = xg;
            if (!direct) {
                im2col(n, xg, channels, in->h, in->w, out->w, y0, y1, scratch);
                col = scratch;
            }
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, (int)count, (int)n->k,
                        1.0f, wg, (int)n->k, col, (int)count, 0.0f, yg, (int)pixels);
            for (int o = 0; o < rows; o++)
                teq_bias_act(n, n->bias[group * rows + o], yg + (size_t)o * pixels, count);
        }
    }
}
