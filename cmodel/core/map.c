/* SPDX-License-Identifier: Apache-2.0
 *
 * All ways to run a step on the array; the one that is expected to take the fewest cycles.
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

void cc_jobs_free(cc_jobs *j)
{
    for (int i = 0; i < j->n; i++) {
        for (int t = 0; t < j->job[i].n_tiles; t++)
            free(j->job[i].tile[t].tap);
        free(j->job[i].tile);
    }
    j->n = 0;
}

cc_job *cc_job_add(cc_jobs *j)
{
    if (j->n == CC_JOBS_MAX)
        return NULL;
    cc_job *job = &j->job[j->n++];
    *job = (cc_job){.n_ty = 1, .n_tx = 1, .n_pass = 1, .oh = 1, .ow = 1, .h = 1, .out_lane = 1, .res_lane = 1};
    return job;
}

/* A tile without weights. */
cc_tile *cc_tile_add(const cc *c, cc_job *j)
{
    const size_t cells = (size_t)c->p->array.rows * c->p->array.cols;
    cc_tile *grown = realloc(j->tile, (size_t)(j->n_tiles + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    j->tile = grown;
    cc_tile *t = &j->tile[j->n_tiles];
    *t = (cc_tile){.tap = malloc(cells * sizeof *t->tap)};
    if (!t->tap)
        return NULL;
    for (size_t i = 0; i < cells; i++)
        t->tap[i] = -1;
    j->n_tiles++;
    return t;
}

int cc_parts(const cc *c, int step)
{
    return c->net->tensor[c->net->step[step].in[0]].is_signed ? 2 : 1;
}

/* Index of the dot product: channel within the group, window position by the axes of ACT. */
int32_t cc_tap(const cc_geometry *g, int channel, int k_slow, int k_fast)
{
    const int ky = g->transposed ? k_fast : k_slow, kx = g->transposed ? k_slow : k_fast;
    return (channel * g->kh + ky) * g->kw + kx;
}

/* --- cost ------------------------------------------------------------------------------ */

static uint64_t most(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Column of the sum that a column adds to: its own; of the upper half of a chain that below. */
int cc_sum_column(const cc_job *j, int col) { return j->chain && col >= j->chain ? col - j->chain : col; }

/* Weights that a sum meets in its column, or columns. */
static int stored_weights(const cc *c, const cc_job *j, int sum)
{
    const int rows = c->p->array.rows, cols = c->p->array.cols;
    int n = 0;
    for (int col = sum; col < cols; col++) {
        if (cc_sum_column(j, col) != sum)
            continue;
        for (int t = 0; t < j->n_tiles; t++)
            for (int r = 0; r < rows; r++)
                n += j->tile[t].tap[r * cols + col] >= 0;
    }
    return n;
}

/* Do all columns belong to one channel, with the same weights and so the same B_o? */
static bool uniform(const cc *c, const cc_job *j)
{
    int n0 = 0;
    for (int col = 0; col < j->n_col; col++) {
        const int n = stored_weights(c, j, col);
        if (col == 0)
            n0 = n;
        if (n != n0 || j->col_ch[col] != j->col_ch[0])
            return false;
    }
    return true;
}

static uint64_t pass_entries(const cc *c, const cc_job *j)
{
    if (uniform(c, j))
        return 3;
    return j->pixel_lanes ? 2 + (uint64_t)j->n_col : 3 * (uint64_t)j->n_col;
}

/* Cycles, near enough to choose by; the exact number is the predictor's. */
static uint64_t cost(const cc *c, const cc_job *j)
{
    const teq_array_params *a = &c->p->array;
    const uint64_t load = teq_hiding_vectors(a) + (j->indirect ? 1u : 0u);
    const uint64_t window = (uint64_t)j->n_ty * (uint64_t)j->n_tx, row = (uint64_t)j->ow * window;
    uint64_t pass = 0;
    if (j->n_tiles == 1) {
        pass = most(row * (uint64_t)j->oh, most(load, 3));
    } else {
        for (int y = 0; y < j->oh; y += j->group_rows) {
            const int rows = j->oh - y < j->group_rows ? j->oh - y : j->group_rows;
            pass += (uint64_t)j->n_tiles * most(row * (uint64_t)rows, most(load, 3));
        }
    }
    if (!j->is_max)
        pass = most(pass, most(pass_entries(c, j), j->n_pass > 2 ? 10 : 0));
    if (a->serial && !j->is_max)
        pass += (uint64_t)j->oh * (uint64_t)j->ow * a->cols * (36u + a->na_max);
    return pass * (uint64_t)j->n_pass + 70;
}

/* --- limits ------------------------------------------------------------------------------ */

static bool lane_legal(const cc *c, int32_t lane, int lanes)
{
    const int32_t half = (INT32_C(1) << (c->p->reach - 1)) / (int32_t)teq_core_nb(c->p), most_t = half > 65536 ? 65535 : half - 1;
    return lanes <= 1 || (lane >= 1 && (lane - 1) % (int32_t)teq_core_nb(c->p) == 0 && (lane - 1) / (int32_t)teq_core_nb(c->p) <= most_t);
}

static bool within(int64_t v, int64_t low, int64_t high) { return v >= low && v <= high; }

/* Rows of a group, and whether the fields of the descriptor hold the job. */
static bool job_fits(const cc *c, cc_job *j)
{
    const teq_qlayer *l = &c->net->step[j->step];
    const int depth = c->p->array.psum_depth;
    const int64_t half = INT64_C(1) << (c->p->reach - 1), longest = half > 65536 ? 65535 : half - 1;
    if (j->n_tiles > 1 && j->ow > depth)
        return false;
    j->group_rows = j->n_tiles > 1 && j->oh > depth / j->ow ? depth / j->ow : j->oh;
    bool ok = within(j->oh, 1, 4095) && within(j->ow, 1, 4095) && within(j->n_ty, 1, 255) && within(j->n_tx, 1, 255) &&
              within(j->n_tiles, 1, 4095) && within(j->n_pass, 1, 4095) && within(j->u_len, 1, longest) &&
              within(j->h, 1, longest) && within(j->u_ox, -32768, 32767) && within(j->u_tx, -32768, 32767) &&
              within(j->y_ty, 0, 255) && within(j->y_oy, 0, 255) && within((int64_t)j->group_rows * j->y_oy, 0, 65535) &&
              (l->out < 0 || lane_legal(c, j->out_lane, j->lanes)) && (l->res < 0 || lane_legal(c, j->res_lane, j->lanes));
    for (int i = 0; i < j->n_tiles; i++)
        ok = ok && within(j->tile[i].u_off, -32768, 32767) && within(j->tile[i].y_off, -128, 127);
    return ok;
}

static uint64_t vectors(const cc_job *j)
{
    return (uint64_t)j->n_pass * (uint64_t)j->oh * (uint64_t)j->ow * (uint64_t)j->n_ty * (uint64_t)j->n_tx * (uint64_t)j->n_tiles;
}

/* Jobs of a mapping are complete: check them and add up. */
bool cc_finish(const cc *c, cc_jobs *jobs)
{
    jobs->cost = jobs->vectors = 0;
    for (int i = 0; i < jobs->n; i++) {
        if (!job_fits(c, &jobs->job[i]))
            return false;
        jobs->job[i].cost = cost(c, &jobs->job[i]);
        jobs->cost += jobs->job[i].cost;
        jobs->vectors += vectors(&jobs->job[i]);
    }
    return jobs->n > 0;
}

/* --- choice -------------------------------------------------------------------------------- */

/* Keep the cheaper of two. */
static void keep(const cc *c, cc_jobs *best, cc_jobs *other, bool applies)
{
    const bool tie = applies && best->n && other->cost == best->cost && other->vectors < best->vectors;
    *c->tied |= tie;
    if (applies && (best->n == 0 || other->cost < best->cost || (tie && !c->ties_first))) {
        cc_jobs_free(best);
        *best = *other;
        other->n = 0;
        return;
    }
    cc_jobs_free(other);
}

static void map_channels(const cc *c, int step, const cc_geometry *g, cc_jobs *best, cc_jobs *try)
{
    keep(c, best, try, cc_map_walk(c, step, g, try));
    if (c->net->step[step].op == TEQ_QOP_MAXPOOL)
        return;
    for (int merged = 0; merged < 2; merged++)
        for (int pixels = 1; pixels <= (merged ? c->p->array.cols : 1); pixels++) {
            if (pixels > 1 && pixels * c->net->step[step].n_out > c->p->array.cols)
                break;
            keep(c, best, try, cc_map_row(c, step, g, pixels, merged, try));
        }
}

static void map_planes(const cc *c, int step, const cc_geometry *g, cc_jobs *best, cc_jobs *try)
{
    keep(c, best, try, cc_map_band(c, step, g, try));
    for (int rows = 1; rows <= g->o[0] && rows * g->o[1] <= c->p->array.cols; rows++)
        keep(c, best, try, cc_map_rows(c, step, g, rows, try));
    for (int rows = 1; c->chain && rows * g->o[1] <= c->p->array.cols / 2; rows++)
        keep(c, best, try, cc_map_chain(c, step, g, rows, try));
}

bool cc_map(const cc *c, int step, cc_jobs *best)
{
    cc_geometry g;
    best->n = 0;
    cc_jobs *try = calloc(1, sizeof *try);
    if (!try)
        return teq_fail(c->err, TEQ_ERR_MEMORY, "%s: no memory to compile", c->net->name);
    if (!cc_geometry_of(c, step, &g)) {
        free(try);
        return false;
    }
    const cc_storage *s = &c->storage[c->view[c->net->step[step].in[0]].storage];
    if (cc_is_planes(s->kind))
        map_planes(c, step, &g, best, try);
    else
        map_channels(c, step, &g, best, try);
    free(try);
    if (best->n == 0)
        return cc_fail(c, step, "no mapping to this core: window %d x %d, input %d x %d x %d, %u x %u cells, PSUM_DEPTH %u",
                       g.kh, g.kw, g.c, g.size[g.transposed], g.size[!g.transposed], c->p->array.rows, c->p->array.cols,
                       c->p->array.psum_depth);
    return true;
}
