/* SPDX-License-Identifier: Apache-2.0
 *
 * Depthwise layers over planes: lanes are neighbouring pixels of one channel, columns are
 * neighbouring outputs of it, a pass is a channel.
 *
 *   band   a piece of a row; a tile for each row of the window. ROWS lanes hold the windows
 *          of floor((ROWS - k) / s) + 1 outputs.
 *   rows   whole rows of a narrow plane: a vector holds as many as fit, the rows that some
 *          rows of outputs need are spread over tiles. u counts through the whole plane, so
 *          it masks what is above and below; what is left and right of the plane is cut
 *          from the weights, and a cut weight goes to a lane that is never read, so that
 *          all columns have the same B_o.
 *   chain  the same with each row of the plane in one vector only: what it gives to outputs
 *          that later rows complete waits in the upper half of the columns (docs/array.md,
 *          chained vectors).
 */
#include "compiler.h"

#include <stdio.h>

static bool applies(const cc *c, int step, const cc_geometry *g)
{
    return c->net->step[step].op == TEQ_QOP_DOT && g->cg == 1;
}

/* A job for each of the outputs that a channel has: channel o / og, output o % og. */
static cc_job *start(const cc *c, int step, const cc_geometry *g, int which, cc_jobs *out)
{
    const cc_storage *s = &c->storage[c->view[c->net->step[step].in[0]].storage];
    cc_job *j = cc_job_add(out);
    if (!j)
        return NULL;
    j->step = step;
    j->pixel_lanes = true;
    j->indirect = c->p->indirect;
    j->ch0 = which;
    j->ch_step = g->og;
    j->n_ch = c->net->step[step].n_out;
    j->n_pass = g->groups;
    j->in_off = g->in_base;
    j->in_pass = s->plane;
    j->out_off = g->out_base + which * g->out_c;
    j->out_pass = g->og * g->out_c;
    j->res_off = g->res_base + which * g->res_c;
    j->res_pass = g->og * g->res_c;
    j->out_lane = g->out[1];
    j->res_lane = g->res[1];
    return j;
}

static int least(int a, int b) { return a < b ? a : b; }

/* One tile for each term and part of what `model` says. */
static bool repeat(const cc *c, cc_job *j)
{
    const teq_qlayer *l = &c->net->step[j->step];
    const int parts = cc_parts(c, j->step), n = j->n_tiles;
    const size_t cells = (size_t)c->p->array.rows * c->p->array.cols;
    for (int t = 0; t < n; t++)
        j->tile[t].part = parts == 1 ? 0 : 1;
    for (int k = 1; k < parts * l->terms; k++)
        for (int t = 0; t < n; t++) {
            cc_tile *copy = cc_tile_add(c, j);
            if (!copy)
                return false;
            int32_t *tap = copy->tap;
            *copy = j->tile[t];
            copy->tap = tap;
            copy->term = k / parts;
            copy->part = parts == 1 ? 0 : k % parts + 1;
            for (size_t i = 0; i < cells; i++)
                tap[i] = j->tile[t].tap[i];
        }
    return true;
}

/* --- band ------------------------------------------------------------------------------------ */

static bool band(const cc *c, int step, const cc_geometry *g, int which, cc_jobs *out)
{
    const int rows = c->p->array.rows, cols = c->p->array.cols;
    const int reach = (g->k[1] - 1) * g->dil[1] + 1;
    if (reach > rows)
        return false;
    const int most = least((rows - reach) / g->stride[1] + 1, cols);
    const int vectors = (g->o[1] + most - 1) / most, n = (g->o[1] + vectors - 1) / vectors;
    cc_job *j = start(c, step, g, which, out);
    if (!j)
        return false;
    j->n_col = j->lanes = j->lanes_pass = n;
    j->oh = g->o[0], j->ow = (g->o[1] + n - 1) / n;
    j->lanes_x = g->o[1] - (j->ow - 1) * n;
    j->in_oy = g->stride[0] * g->step[0];
    j->u_ox = n * g->stride[1];
    j->u_len = g->size[1], j->h = g->size[0], j->y_oy = g->stride[0];
    j->out_oy = g->out[0], j->out_ox = n * g->out[1];
    j->res_oy = g->res[0], j->res_ox = n * g->res[1];
    for (int ky = 0; ky < g->k[0]; ky++) {
        cc_tile *t = cc_tile_add(c, j);
        if (!t)
            return false;
        t->lanes = (n - 1) * g->stride[1] + reach;
        t->y_off = ky * g->dil[0] - g->pad[0];
        t->u_off = -g->pad[1];
        t->off = t->y_off * g->step[0] + t->u_off;
        for (int col = 0; col < n; col++)
            for (int kx = 0; kx < g->k[1]; kx++)
                t->tap[(col * g->stride[1] + kx * g->dil[1]) * cols + col] = cc_tap(g, 0, ky, kx);
    }
    snprintf(j->how, sizeof j->how, "band of %d outputs%s", n, g->transposed ? ", down columns" : "");
    return repeat(c, j);
}

bool cc_map_band(const cc *c, int step, const cc_geometry *g, cc_jobs *out)
{
    if (!applies(c, step, g))
        return false;
    for (int which = 0; which < g->og; which++)
        if (!band(c, step, g, which, out))
            return false;
    return cc_finish(c, out);
}

/* --- rows ------------------------------------------------------------------------------------ */

/* The rows of the plane that `rows_out` rows of outputs need, in tiles of `lines` rows. */
static int span(const cc_geometry *g, int rows_out)
{
    return (rows_out - 1) * g->stride[0] + (g->k[0] - 1) * g->dil[0] + 1;
}

/* A weight whose pixel lies left or right of the plane goes to a lane that is masked in every
 * vector, of whatever tile has one left: all columns then store the same weights. */
static bool put_aside(const cc *c, const cc_job *j, int col, int32_t tap)
{
    const int rows = c->p->array.rows, cols = c->p->array.cols;
    for (int t = 0; t < j->n_tiles; t++)
        for (int r = j->tile[t].lanes; r < rows; r++)
            if (j->tile[t].tap[r * cols + col] < 0) {
                j->tile[t].tap[r * cols + col] = tap;
                return true;
            }
    return false; /* B_o of this column is its own */
}

static void fill_rows(const cc *c, const cc_geometry *g, cc_job *j, int lines, int rows_out)
{
    const int cols = c->p->array.cols;
    for (int qy = 0; qy < rows_out; qy++)
        for (int qx = 0; qx < g->o[1]; qx++)
            for (int ky = 0; ky < g->k[0]; ky++)
                for (int kx = 0; kx < g->k[1]; kx++) {
                    const int col = qy * g->o[1] + qx, x = qx * g->stride[1] + kx * g->dil[1] - g->pad[1];
                    const int y = qy * g->stride[0] + ky * g->dil[0];
                    const int32_t tap = cc_tap(g, 0, ky, kx);
                    if (x >= 0 && x < g->size[1])
                        j->tile[y / lines].tap[(y % lines * g->size[1] + x) * cols + col] = tap;
                    else
                        (void)put_aside(c, j, col, tap);
                }
}

static bool rows_job(const cc *c, int step, const cc_geometry *g, int which, int rows_out, cc_jobs *out)
{
    const int lines = c->p->array.rows / g->size[1]; /* rows of the plane in a vector */
    if (lines < 1 || (int64_t)g->size[0] * g->size[1] > 65535)
        return false;
    cc_job *j = start(c, step, g, which, out);
    if (!j)
        return false;
    j->n_col = j->lanes = j->lanes_pass = rows_out * g->o[1];
    j->ow = (g->o[0] + rows_out - 1) / rows_out;
    j->lanes_x = (g->o[0] - (j->ow - 1) * rows_out) * g->o[1];
    j->u_ox = rows_out * g->stride[0] * g->size[1];
    j->u_len = g->size[0] * g->size[1];
    j->out_ox = rows_out * g->out[0];
    j->res_ox = rows_out * g->res[0];
    if (rows_out > 1 && (g->out[0] != g->o[1] * g->out[1] || (c->net->step[step].res >= 0 && g->res[0] != g->o[1] * g->res[1])))
        return false; /* the lanes' distance changes from row to row */
    const int rows = span(g, rows_out);
    for (int y = 0; y < rows; y += lines) {
        cc_tile *t = cc_tile_add(c, j);
        if (!t)
            return false;
        t->lanes = least(lines, rows - y) * g->size[1];
        t->off = t->u_off = (y - g->pad[0]) * g->size[1];
    }
    fill_rows(c, g, j, lines, rows_out);
    snprintf(j->how, sizeof j->how, "%d rows of outputs%s", rows_out, g->transposed ? ", down columns" : "");
    return repeat(c, j);
}

bool cc_map_rows(const cc *c, int step, const cc_geometry *g, int rows_out, cc_jobs *out)
{
    if (!applies(c, step, g))
        return false;
    for (int which = 0; which < g->og; which++)
        if (!rows_job(c, step, g, which, rows_out, out))
            return false;
    return cc_finish(c, out);
}

/* --- chain ----------------------------------------------------------------------------------- */

/* Vector t = -1, 0, 1, ... holds the rows t R + first .. of the plane, R = Q stride, and completes
 * the outputs of rows t Q .. t Q + Q - 1: first = reach - pad - stride. Row y of a vector meets
 * output row q in column q of the lower half, or begins it for the next vector in the upper one.
 * Vector -1 completes rows above the output, which are written in front of it. False where lanes
 * for what is cut are missing: constants of each column's own would cost more cycles. */
static bool fill_chain(const cc *c, const cc_geometry *g, const cc_job *j, int rows_out, int lines, int reach)
{
    const int cols = c->p->array.cols;
    for (int qy = 0; qy < rows_out; qy++)
        for (int qx = 0; qx < g->o[1]; qx++)
            for (int ky = 0; ky < g->k[0]; ky++)
                for (int kx = 0; kx < g->k[1]; kx++) {
                    const int y = (qy + 1) * g->stride[0] + ky * g->dil[0] - reach, x = qx * g->stride[1] + kx * g->dil[1] - g->pad[1];
                    const int sum = qy * g->o[1] + qx, col = y < 0 ? sum + j->chain : sum, other = y < 0 ? sum : sum + j->chain;
                    const int lane = (y < 0 ? y + lines : y) * g->size[1] + x;
                    const int32_t tap = cc_tap(g, 0, ky, kx);
                    if (x >= 0 && x < g->size[1])
                        j->tile[0].tap[lane * cols + col] = tap;
                    else if (!put_aside(c, j, col, tap) && !put_aside(c, j, other, tap))
                        return false;
                }
    return true;
}

static bool chain_job(const cc *c, int step, const cc_geometry *g, int which, int rows_out, cc_jobs *out)
{
    const int lines = rows_out * g->stride[0], reach = (g->k[0] - 1) * g->dil[0] + 1, half = c->p->array.cols / 2;
    const int vectors = (g->o[0] + rows_out - 1) / rows_out; /* and one before them */
    if (lines * g->size[1] > c->p->array.rows || rows_out * g->o[1] > half || lines < reach - g->stride[0] ||
        (int64_t)g->size[0] * g->size[1] > 65535)
        return false;
    cc_job *j = start(c, step, g, which, out);
    cc_tile *t = j ? cc_tile_add(c, j) : NULL;
    if (!t)
        return false;
    j->chain = half;
    j->n_col = j->lanes = j->lanes_pass = rows_out * g->o[1];
    j->ow = 1 + vectors;
    j->lanes_x = (g->o[0] - (vectors - 1) * rows_out) * g->o[1];
    j->u_ox = lines * g->size[1];
    j->u_len = g->size[0] * g->size[1];
    j->out_ox = j->margin = rows_out * g->out[0];
    j->out_off -= j->margin;
    t->lanes = lines * g->size[1];
    t->off = t->u_off = (reach - g->pad[0] - g->stride[0] - lines) * g->size[1];
    snprintf(j->how, sizeof j->how, "chain of %d row%s%s", rows_out, rows_out > 1 ? "s" : "", g->transposed ? ", down columns" : "");
    return fill_chain(c, g, j, rows_out, lines, reach);
}

bool cc_map_chain(const cc *c, int step, const cc_geometry *g, int rows_out, cc_jobs *out)
{
    const teq_qlayer *l = &c->net->step[step];
    if (!applies(c, step, g) || l->res >= 0 || l->terms > 1 || cc_parts(c, step) > 1)
        return false;
    /* what vector -1 writes must lie in front of all channels: pixels, row behind row */
    if (l->out < 0 || cc_is_planes(c->storage[c->view[l->out].storage].kind) || g->out[0] != g->o[1] * g->out[1])
        return false;
    for (int which = 0; which < g->og; which++)
        if (!chain_job(c, step, g, which, rows_out, out))
            return false;
    return cc_finish(c, out);
}
