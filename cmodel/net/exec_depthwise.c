/* SPDX-License-Identifier: Apache-2.0
 *
 * Depthwise convolution. A plane is copied into one with its padding around it;
 * there, with unit stride in x, every tap of the window is a fixed distance away
 * from the output pixel, also across the ends of rows. So several rows of pixels
 * are one long vector, the few values that fall into the gap between two rows
 * are thrown away, and short rows cost no more than long ones.
 */
#include "exec_ops.h"

#include <string.h>

#define BLOCK 32 /* outputs that are summed at once, in registers */

/* The same function for several instruction sets, chosen when the program starts.
 * Products are not fused with sums (-ffp-contract=off), so all give the same bits. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

typedef struct {
    size_t width;  /* of a padded row                        */
    size_t rows;   /* of the padded plane                    */
    size_t plane;  /* floats for it, with a block to spare   */
    size_t line;   /* floats of results at unit stride       */
} layout;

static layout lay_out(const teq_graph *g, const teq_node *n)
{
    const teq_tensor *x = &g->tensor[n->in[0]], *y = &g->tensor[n->out];
    layout l;
    l.width = (size_t)(x->w + n->pl + n->pr);
    l.rows = (size_t)(x->h + n->pt + n->pb);
    l.line = round_up(n->sh == 1 ? (size_t)y->h * l.width : l.width, BLOCK);
    l.plane = l.rows * l.width + 2 * BLOCK + (size_t)n->kw * (size_t)n->dw;
    return l;
}

size_t teq_depthwise_scratch(const teq_graph *g, const teq_node *n)
{
    layout l = lay_out(g, n);
    return l.plane + l.line;
}

/* out[i] = sum over taps of weight * x[i + distance of the tap], i < count, a
 * multiple of BLOCK. */
CLONES
static void slide(const float *x, size_t count, const teq_node *n, const float *weight,
                  size_t width, float *out)
{
    for (size_t i = 0; i < count; i += BLOCK) {
        float sum[BLOCK] = {0};
        const float *w = weight;
        for (int ky = 0; ky < n->kh; ky++) {
            const float *from = x + i + (size_t)(ky * n->dh) * width;
            for (int kx = 0; kx < n->kw; kx++, from += n->dw, w++)
                for (int j = 0; j < BLOCK; j++)
                    sum[j] += *w * from[j];
        }
        memcpy(out + i, sum, sizeof sum);
    }
}

void teq_depthwise_run(const teq_graph *g, const teq_node *n, const float *x, float *y,
                       float *scratch)
{
    const teq_tensor *in = &g->tensor[n->in[0]], *out = &g->tensor[n->out];
    const layout l = lay_out(g, n);
    const size_t ih = (size_t)in->h, iw = (size_t)in->w, oh = (size_t)out->h, ow = (size_t)out->w;
    const int per_channel = n->n_out / n->group;
    float *plane = scratch, *line = scratch + l.plane;
    memset(plane, 0, l.plane * sizeof *plane);
    for (int o = 0; o < n->n_out; o++) {
        if (o % per_channel == 0)
            for (size_t r = 0; r < ih; r++) {
                float *to = plane + (r + (size_t)n->pt) * l.width + (size_t)n->pl;
                const float *from = x + ((size_t)(o / per_channel) * ih + r) * iw;
                for (size_t c = 0; c < iw; c++)
                    to[c] = from[c];
            }
        const float *weight = n->weight + (size_t)o * n->k;
        float *yo = y + (size_t)o * oh * ow;
        for (size_t r = 0; r < oh; r++) {
            if (n->sh != 1)
                slide(plane + r * (size_t)n->sh * l.width, l.line, n, weight, l.width, line);
            else if (r == 0)
                slide(plane, l.line, n, weight, l.width, line);
            const float *from = line + (n->sh == 1 ? r * l.width : 0);
            for (size_t c = 0; c < ow; c++)
                yo[r * ow + c] = from[c * (size_t)n->sw];
        }
        teq_bias_act(n, n->bias[o], yo, oh * ow);
    }
}
