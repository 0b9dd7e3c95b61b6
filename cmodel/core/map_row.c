/* SPDX-License-Identifier: Apache-2.0
 *
 * Lanes are channels of one row of the window. A tile is a piece of at most ROWS lanes of
 * a window row: of one pixel's channels, or, if pixels lie side by side without a gap, of
 * the whole row. Columns are output channels, or those of several neighbouring pixels.
 *
 *     element of lane i = (y*W + x)*pixel + c   ->   u = x*pixel + c masks what is outside
 *
 * Groups share a tile as blocks on its diagonal; depthwise is the case of one channel each.
 */
#include "compiler.h"

#include <stdio.h>

/* A layer as lanes and columns. If a window is as wide as its input, its rows follow each
 * other without a gap too: the input is then one row, of pixels of W*C channels. */
typedef struct lowered {
    const cc_geometry *g;
    bool collapsed;
    int size[2], k[2], stride[2], dil[2], pad[2], o[2];
    int32_t step[2], out[2], res[2];
    int channels;      /* of a pixel                                                 */
} lowered;

static bool is_gapless(const cc_geometry *g) { return g->step[1] == g->c && g->in_base == 0; }

static lowered lower(const cc_geometry *g, bool merged)
{
    lowered w = {.g = g, .channels = g->c};
    for (int a = 0; a < 2; a++) {
        w.size[a] = g->size[a], w.k[a] = g->k[a], w.stride[a] = g->stride[a], w.dil[a] = g->dil[a];
        w.pad[a] = g->pad[a], w.o[a] = g->o[a], w.step[a] = g->step[a], w.out[a] = g->out[a], w.res[a] = g->res[a];
    }
    if (!merged || g->k[1] != g->size[1] || g->pad[1] != 0 || g->o[1] != 1 || g->dil[0] != 1 || g->dil[1] != 1 || g->groups != 1)
        return w;
    w.collapsed = true;
    w.channels = g->c * g->size[1];
    w.size[1] = w.size[0], w.k[1] = w.k[0], w.stride[1] = w.stride[0], w.dil[1] = w.dil[0], w.pad[1] = w.pad[0];
    w.o[1] = w.o[0], w.step[1] = w.step[0], w.out[1] = w.out[0], w.res[1] = w.res[0];
    w.size[0] = w.k[0] = w.stride[0] = w.dil[0] = w.o[0] = 1;
    w.pad[0] = 0;
    w.step[0] = w.out[0] = w.res[0] = 0;
    return w;
}

static int32_t tap_of(const lowered *w, int channel, int k_slow, int k_fast)
{
    if (w->collapsed)
        return cc_tap(w->g, channel % w->g->c, k_fast, channel / w->g->c);
    return cc_tap(w->g, channel, k_slow, k_fast);
}

static int least(int a, int b) { return a < b ? a : b; }

/* What a stretch of lanes starts with: element `lane` of the window row, counted from the
 * first pixel of the window, or channel `lane` of window column `column`. */
typedef struct stretch {
    int row, column, lane, lanes;
} stretch;

/* Weights of a tile. Outputs of a pixel: n_per, of `pixels` pixels. */
static void fill(const lowered *w, cc_tile *t, const stretch *s, int cols, int n_col, int n_per, int pixels, bool blocks)
{
    const cc_geometry *g = w->g;
    for (int r = 0; r < s->lanes; r++) {
        const int at = s->lane + r;
        const int pixel = s->column < 0 ? at / w->channels : s->column, channel = s->column < 0 ? at % w->channels : at;
        for (int col = 0; col < n_col; col++) {
            const int q = pixels > 1 ? col / n_per : 0, o = pixels > 1 ? col % n_per : col;
            const int kf = s->column < 0 ? pixel - q * w->stride[1] : pixel;
            if (kf < 0 || kf >= w->k[1] || (blocks && channel / g->cg != o / g->og))
                continue;
            t->tap[r * cols + col] = tap_of(w, blocks ? channel % g->cg : channel, s->row, kf);
        }
    }
}

static bool add_tiles(const cc *c, const lowered *w, cc_job *j, const stretch *s, int n_per, int pixels, bool blocks)
{
    const teq_qlayer *l = &c->net->step[j->step];
    const int parts = cc_parts(c, j->step);
    const int column = s->column < 0 ? 0 : s->column;
    for (int term = 0; term < l->terms; term++)
        for (int part = 0; part < parts; part++) {
            cc_tile *t = cc_tile_add(c, j);
            if (!t)
                return false;
            t->term = term;
            t->part = parts == 1 ? 0 : part + 1;
            t->lanes = s->lanes;
            t->y_off = s->row * w->dil[0] - w->pad[0];
            t->u_off = (column * w->dil[1] - w->pad[1]) * w->step[1] + s->lane;
            t->off = t->y_off * w->step[0] + t->u_off;
            fill(w, t, s, c->p->array.cols, j->n_col, n_per, pixels, blocks);
        }
    return true;
}

/* All tiles of a pass whose pixels have `channels` channels. */
static bool tiles(const cc *c, const lowered *w, cc_job *j, int channels, int n_per, int pixels, bool merged, bool blocks)
{
    const int rows = c->p->array.rows;
    for (int ky = 0; ky < w->k[0]; ky++) {
        if (merged) {
            const int length = ((pixels - 1) * w->stride[1] + w->k[1]) * channels;
            for (int at = 0; at < length; at += rows) {
                const stretch s = {ky, -1, at, least(rows, length - at)};
                if (!add_tiles(c, w, j, &s, n_per, pixels, blocks))
                    return false;
            }
            continue;
        }
        for (int kx = 0; kx < w->k[1]; kx++)
            for (int at = 0; at < channels; at += rows) {
                const stretch s = {ky, kx, at, least(rows, channels - at)};
                if (!add_tiles(c, w, j, &s, n_per, pixels, blocks))
                    return false;
            }
    }
    return true;
}

/* What all jobs over (a stretch of) the outputs have alike. x0: first output on the fast axis. */
static void walk(const lowered *w, cc_job *j, int x0, int ow, int pixels)
{
    const cc_geometry *g = w->g;
    j->in_off = g->in_base + x0 * w->stride[1] * w->step[1];
    j->in_oy = w->stride[0] * w->step[0];
    j->u_ox = pixels * w->stride[1] * w->step[1];
    j->u_len = w->size[1] * w->step[1];
    j->h = w->size[0];
    j->y_oy = w->stride[0];
    j->oh = w->o[0];
    j->ow = (ow + pixels - 1) / pixels;
    j->out_off = g->out_base + x0 * w->out[1];
    j->out_oy = w->out[0], j->out_ox = pixels * w->out[1], j->out_lane = g->out_c;
    j->res_off = g->res_base + x0 * w->res[1];
    j->res_oy = w->res[0], j->res_ox = pixels * w->res[1], j->res_lane = g->res_c;
}

static void shift_u(cc_job *j, int32_t by)
{
    for (int t = 0; t < j->n_tiles; t++)
        j->tile[t].u_off += by;
}

/* One job: outputs x0 .. x0 + ow of the fast axis, groups g0 .. g0 + n of them in a pass. */
typedef struct portion {
    int x0, ow, g0, per_pass, n_groups;
    int pixels;
    bool merged;
} portion;

static bool add_job(const cc *c, int step, const lowered *w, const portion *q, cc_jobs *out)
{
    const teq_qlayer *l = &c->net->step[step];
    const cc_geometry *g = w->g;
    const int cols = c->p->array.cols;
    cc_job *j = cc_job_add(out);
    if (!j)
        return false;
    j->step = step;
    walk(w, j, q->x0, q->ow, q->pixels);
    j->ch0 = q->g0 * g->og;
    j->n_ch = (q->g0 + q->n_groups) * g->og;
    const int n = j->n_ch - j->ch0;
    j->in_off += q->g0 * g->cg;
    j->out_off += j->ch0 * g->out_c;
    j->res_off += j->ch0 * g->res_c;
    const bool blocks = q->per_pass > 1;
    if (q->pixels > 1) {
        j->n_col = q->pixels * n;
        j->lanes = j->lanes_pass = j->n_col;
        j->lanes_x = (q->ow - (j->ow - 1) * q->pixels) * n;
        if (l->out < 0 || g->out_c != 1 || w->out[1] != n || (l->res >= 0 && (g->res_c != 1 || w->res[1] != n)))
            return false;
    } else {
        j->ch_step = blocks ? q->per_pass * g->og : cols;
        j->n_pass = blocks ? q->n_groups / q->per_pass : (n + cols - 1) / cols;
        j->n_col = least(j->ch_step, n);
        j->in_pass = blocks ? q->per_pass * g->cg : 0;
        j->out_pass = j->ch_step * g->out_c;
        j->res_pass = j->ch_step * g->res_c;
        j->lanes = j->lanes_x = j->n_col;
        j->lanes_pass = n - (j->n_pass - 1) * j->ch_step;
    }
    for (int col = 0; col < j->n_col; col++)
        j->col_ch[col] = q->pixels > 1 ? col % n : col;
    const int channels = g->groups == 1 ? w->channels : q->per_pass * g->cg;
    if (!tiles(c, w, j, channels, n, q->pixels, q->merged, g->groups > 1))
        return false;
    shift_u(j, q->x0 * w->stride[1] * w->step[1]);
    snprintf(j->how, sizeof j->how, "%s%s%s%s", blocks ? "diagonal" : "channels",
             q->merged ? (w->collapsed ? ", whole window" : ", window row") : "", g->transposed ? ", down columns" : "",
             q->pixels > 1 ? ", pixels side by side" : "");
    return true;
}

/* Groups, as many in a pass as there are columns and, if pixels follow each other, whole. */
static bool add_groups(const cc *c, int step, const lowered *w, portion q, cc_jobs *out)
{
    const cc_geometry *g = w->g;
    const int cols = c->p->array.cols;
    if (q.pixels > 1 || g->groups == 1) {
        q.g0 = 0, q.n_groups = g->groups, q.per_pass = g->groups;
        return add_job(c, step, w, &q, out);
    }
    const int fit = g->og <= cols ? cols / g->og : 1;
    if (q.merged && fit < g->groups)
        return false;
    q.per_pass = least(fit, g->groups);
    if (q.per_pass == 1) {
        q.n_groups = 1;
        for (q.g0 = 0; q.g0 < g->groups; q.g0++)
            if (!add_job(c, step, w, &q, out))
                return false;
        return true;
    }
    q.n_groups = g->groups / q.per_pass * q.per_pass;
    if (!add_job(c, step, w, &q, out))
        return false;
    q.g0 = q.n_groups;
    q.n_groups = q.per_pass = g->groups - q.g0;
    return q.n_groups == 0 || add_job(c, step, w, &q, out);
}

bool cc_map_row(const cc *c, int step, const cc_geometry *g, int pixels, bool merged, cc_jobs *out)
{
    if (merged && (!is_gapless(g) || g->dil[1] != 1))
        return false;
    const lowered w = lower(g, merged);
    const int depth = c->p->array.psum_depth;
    portion q = {.pixels = pixels, .merged = merged};
    for (q.x0 = 0; q.x0 < w.o[1]; q.x0 += q.ow) { /* rows too wide for the partial sums: in stretches */
        q.ow = least(w.o[1] - q.x0, depth * pixels);
        if (!add_groups(c, step, &w, q, out))
            return false;
    }
    return cc_finish(c, out);
}

/* --- pooling: one tile, the window walked --------------------------------------------------- */

/* All weights of a channel alike, term by term. */
static bool is_even(const teq_qlayer *l)
{
    const size_t terms = (size_t)l->terms;
    for (size_t o = 0; o < (size_t)l->n_out; o++)
        for (size_t i = terms; i < l->k * terms; i++)
            if (l->code[o * l->k * terms + i] != l->code[o * l->k * terms + i % terms])
                return false;
    return true;
}

static bool walk_job(const cc *c, int step, const lowered *w, int c0, int n_pass, int lanes, cc_jobs *out)
{
    const teq_qlayer *l = &c->net->step[step];
    const cc_geometry *g = w->g;
    cc_job *j = cc_job_add(out);
    if (!j)
        return false;
    const bool is_max = l->op == TEQ_QOP_MAXPOOL;
    j->step = step;
    j->is_max = is_max;
    walk(w, j, 0, w->o[1], 1);
    j->n_ty = g->k[0], j->n_tx = g->k[1];
    j->in_ty = g->dil[0] * g->step[0], j->y_ty = g->dil[0];
    j->u_tx = g->dil[1] * g->step[1];
    j->ch0 = c0;
    j->n_ch = c0 + n_pass * lanes;
    j->in_off += c0;
    j->out_off += c0 * g->out_c, j->res_off += c0 * g->res_c;
    j->ch_step = j->in_pass = lanes;
    j->out_pass = lanes * g->out_c, j->res_pass = lanes * g->res_c;
    j->n_pass = n_pass;
    j->n_col = j->lanes = j->lanes_x = j->lanes_pass = lanes;
    for (int col = 0; col < lanes; col++)
        j->col_ch[col] = col;
    const int parts = is_max ? 1 : cc_parts(c, step), terms = is_max ? 1 : l->terms;
    for (int term = 0; term < terms; term++)
        for (int part = 0; part < parts; part++) {
            cc_tile *t = cc_tile_add(c, j);
            if (!t)
                return false;
            t->term = term;
            t->part = parts == 1 ? 0 : part + 1;
            t->lanes = lanes;
            t->y_off = -g->pad[0];
            t->u_off = -g->pad[1] * g->step[1];
            t->off = t->y_off * g->step[0] + t->u_off;
            for (int r = 0; r < lanes && !is_max; r++)
                t->tap[r * c->p->array.cols + r] = 0;
        }
    snprintf(j->how, sizeof j->how, "%s", is_max ? "maximum of channels" : "channels, window walked");
    return true;
}

bool cc_map_walk(const cc *c, int step, const cc_geometry *g, cc_jobs *out)
{
    const teq_qlayer *l = &c->net->step[step];
    if (l->op == TEQ_QOP_DOT && (g->cg != 1 || g->og != 1 || !is_even(l)))
        return false;
    const lowered w = lower(g, false);
    const int lanes = least(g->c, least(c->p->array.rows, c->p->array.cols));
    const int whole = g->c / lanes, rest = g->c - whole * lanes;
    return walk_job(c, step, &w, 0, whole, lanes, out) && (rest == 0 || walk_job(c, step, &w, whole * lanes, 1, rest, out)) &&
           cc_finish(c, out);
}
