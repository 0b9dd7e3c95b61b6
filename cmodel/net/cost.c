/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/cost.h"

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t parts(uint64_t n, uint64_t of) { return (n + of - 1) / of; }

/* Tiles of ROWS for one pass of a full convolution: a tile holds channels of one place of the
 * window, or a stretch of a window's row or column. */
static uint64_t tiles(const teq_qlayer *l, uint64_t rows)
{
    uint64_t c = (uint64_t)(l->c / l->group), kh = (uint64_t)l->kh, kw = (uint64_t)l->kw;
    return least(kh * kw * parts(c, rows), least(kh * parts(kw * c, rows), kw * parts(kh * c, rows)));
}

uint64_t teq_layer_cycles(const teq_qnet *net, const teq_qlayer *l, int rows, int cols)
{
    if (l->op != TEQ_QOP_DOT)
        return 0;
    uint64_t r = (uint64_t)rows, co = (uint64_t)cols, oh = (uint64_t)l->oh, ow = (uint64_t)l->ow;
    uint64_t times = (uint64_t)l->terms * (net->tensor[l->in[0]].is_signed ? 2 : 1), passes = parts((uint64_t)l->n_out, co);
    if (l->kind == TEQ_QKIND_POOL)
        return passes * times * l->k * oh * ow;
    if (l->group > 1) { /* neighbouring outputs of a channel in one vector */
        uint64_t wide = least(ow, co), width = least((uint64_t)l->w, (wide - 1) * (uint64_t)l->sw + (uint64_t)l->kw);
        uint64_t channels = (uint64_t)(l->c / l->group);
        return (uint64_t)l->n_out * oh * parts(ow, co) * parts((uint64_t)l->kh * width * channels * times, r);
    }
    return passes * tiles(l, r) * times * oh * ow;
}

uint64_t teq_qnet_cycles(const teq_qnet *net, int rows, int cols)
{
    uint64_t sum = 0;
    for (int i = 0; i < net->n_steps; i++)
        sum += teq_layer_cycles(net, &net->step[i], rows, cols);
    return sum;
}
