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

/* Floats copied at a time. */
#define COPY 8

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

/* A plane of the input as im2col reads it: rows y0 * sh - pt and on, with their padding;
 * in each row the columns 0, sw, 2 sw.. lie together, then 1, sw + 1.. and so on, so that
 * what one tap of the window sees is always a run. */
typedef struct {
    int rows, width; /* width of one of the sw parts of a row */
    size_t size;
} plane;

static plane lay_out(const teq_graph *g, const teq_node *n, int out_rows)
{
    plane p;
    p.rows = (out_rows - 1) * n->sh + (n->kh - 1) * n->dh + 1;
    p.width = (g->tensor[n->in[0]].w + n->pl + n->pr + n->sw - 1) / n->sw;
    /* Runs are copied COPY at a time: the last may read beyond the end. */
    p.size = (size_t)p.rows * (size_t)n->sw * (size_t)p.width + COPY;
    return p;
}

size_t teq_conv_scratch(const teq_graph *g, const teq_node *n)
{
    if (is_pointwise(n))
        return 0;
    const int rows = tile_rows(g, n);
    return n->k * (size_t)rows * (size_t)g->tensor[n->out].w + COPY + lay_out(g, n, rows).size;
}

/* Put an input plane (h x w) in; what is padding has been zero before and stays so. */
static void fill(const teq_node *n, plane p, const float *x, int h, int w, int first, float *to)
{
    for (int r = 0; r < p.rows; r++, to += (size_t)n->sw * (size_t)p.width) {
        if (first + r < 0 || first + r >= h)
            continue;
        const float *from = x + (size_t)(first + r) * (size_t)w;
        if (n->sw == 1) {
            memcpy(to + n->pl, from, (size_t)w * sizeof *to);
            continue;
        }
        for (int part = 0; part < n->sw; part++) {
            /* Padded columns part, part + sw, ..; the first that is on the input. */
            int i = part < n->pl ? (n->pl - part + n->sw - 1) / n->sw : 0;
            float *run = to + (size_t)part * (size_t)p.width;
            for (int c = i * n->sw + part - n->pl; c < w; c += n->sw)
                run[i++] = from[c];
        }
    }
}

/* Columns of output rows y0..y1-1, from the `channels` planes of x. */
static void im2col(const teq_node *n, const float *x, int channels, int h, int w, int ow, int y0,
                   int y1, plane p, float *padded, float *col)
{
    const size_t row = (size_t)n->sw * (size_t)p.width;
    memset(padded, 0, p.size * sizeof *padded);
    for (int c = 0; c < channels; c++) {
        fill(n, p, x + (size_t)c * (size_t)h * (size_t)w, h, w, y0 * n->sh - n->pt, padded);
        for (int ky = 0; ky < n->kh; ky++)
            for (int kx = 0; kx < n->kw; kx++) {
                const int at = kx * n->dw;
                const float *from = padded + (size_t)(ky * n->dh) * row +
                                    (size_t)(at % n->sw) * (size_t)p.width + (size_t)(at / n->sw);
                for (int oy = y0; oy < y1; oy++, col += ow, from += (size_t)n->sh * row)
                    /* Rows are short, a call of memcpy would cost more than the copy. What is
                     * written too much is written again by the next row. */
                    for (int i = 0; i < ow; i += COPY)
                        memcpy(col + i, from + i, COPY * sizeof *col);
            }
    }
}

/* The same for one tap: every value is used at most once. */
static void gather(const teq_node *n, const float *x, int channels, int h, int w, int ow, int y0,
                   int y1, float *col)
{
    for (int c = 0; c < channels; c++, x += (size_t)h * (size_t)w)
        for (int oy = y0; oy < y1; oy++, col += ow) {
            const float *from = x + (size_t)(oy * n->sh) * (size_t)w;
            for (int i = 0; i < ow; i++)
                col[i] = from[i * n->sw];
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
    const plane p = lay_out(g, n, step);
    float *padded = direct ? NULL : scratch + n->k * (size_t)step * (size_t)out->w + COPY;
    for (int group = 0; group < n->group; group++) {
        const float *xg = x + (size_t)(group * channels) * (size_t)in->h * (size_t)in->w;
        const float *wg = n->weight + (size_t)(group * rows) * n->k;
        for (int y0 = 0; y0 < out->h; y0 += step) {
            int y1 = out->h - y0 < step ? out->h : y0 + step;
            size_t count = (size_t)(y1 - y0) * (size_t)out->w;
            float *yg = y + (size_t)(group * rows) * pixels + (size_t)y0 * (size_t)out->w;
            const float *col = xg;
            if (!direct) {
                /* A window of one tap has no pads (pads are smaller than the window). */
                if (n->kh * n->kw == 1)
                    gather(n, xg, channels, in->h, in->w, out->w, y0, y1, scratch);
                else
                    im2col(n, xg, channels, in->h, in->w, out->w, y0, y1, p, padded, scratch);
                col = scratch;
            }
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, (int)count, (int)n->k,
                        1.0f, wg, (int)n->k, col, (int)count, 0.0f, yg, (int)pixels);
            for (int o = 0; o < rows; o++)
                teq_bias_act(n, n->bias[group * rows + o], yg + (size_t)o * pixels, count);
        }
    }
}
