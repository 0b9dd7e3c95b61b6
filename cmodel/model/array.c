/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_array: streams, control, tile, partial sums, requantizers. The equations of
 * docs/array.md, section "Timing", by their names there.
 */
#include "teq/model_array.h"
#include "teq/model_count.h"

#include <stdlib.h>
#include <string.h>

static bool init_count(teq_array *a, teq_error *err)
{
    const teq_count_params p = teq_count_params_of_array(&a->params);
    a->count = malloc(sizeof *a->count);
    if (!a->count)
        return teq_fail(err, TEQ_ERR_MEMORY, "count tile: out of memory");
    return teq_count_tile_init(a->count, &p, err);
}

bool teq_array_init(teq_array *a, const teq_array_params *p, teq_error *err)
{
    memset(a, 0, sizeof *a);
    if (!teq_array_params_check(p, err))
        return false;
    a->params = *p;
    const bool is_count = p->engine == TEQ_ARRAY_COUNT;
    if (!(is_count ? init_count(a, err) : teq_tile_init(&a->tile, p, err)) ||
        !teq_psum_init(&a->psum, p, err)) {
        teq_array_free(a);
        return false;
    }
    teq_requant_unit_init(&a->requant, p);
    return true;
}

void teq_array_free(teq_array *a)
{
    teq_tile_free(&a->tile);
    teq_psum_free(&a->psum);
    free(a->count);
    a->count = NULL;
}

/* --- what the state decides ----------------------------------------------- */

static bool sum_valid(const teq_array *a) { return a->count ? a->count->done : a->v2; }

/* The accumulators may be written. */
static bool can_add(const teq_array *a)
{
    if (a->count)
        return !(a->v1 && a->user1.final && a->count->busy);
    return !a->v2 || teq_requant_unit_done(&a->requant, a->v2);
}

/* Stage 1 may move on. */
static bool adv(const teq_array *a) { return (a->params.pipe && !a->vp) || can_add(a); }

bool teq_array_moves(const teq_array *a) { return a->v1 && adv(a); }
bool teq_array_adds(const teq_array *a) { return (a->params.pipe ? a->vp : a->v1) && can_add(a); }
const teq_array_user *teq_array_added(const teq_array *a) { return a->params.pipe ? &a->userp : &a->user1; }

/* The last vector of the active tile is in stage 1. */
static bool ends(const teq_array *a) { return a->v1 && a->last1; }

static bool swap(const teq_array *a)
{
    return a->params.is_double && a->shadow_full && (!a->active || (ends(a) && adv(a)));
}

static bool w_tready(const teq_array *a)
{
    return a->params.is_double ? !a->shadow_full || (!a->params.w_latch && swap(a)) : !a->active;
}

static bool a_tready(const teq_array *a)
{
    const bool has_weights = a->active && !ends(a);
    const bool gets_weights = a->params.is_double && a->shadow_full && (!a->active || ends(a));
    return (!a->v1 || adv(a)) && (has_weights || gets_weights);
}

void teq_array_outputs(const teq_array *a, teq_array_out *out)
{
    out->s_axis_w_tready = w_tready(a);
    out->s_axis_a_tready = a_tready(a);
    out->s_axis_r_tready = teq_requant_unit_r_tready(&a->requant);
    out->m_axis_y = teq_requant_unit_y(&a->requant);
    out->m_axis_y_tvalid = out->m_axis_y != NULL;
    out->busy_o = a->v1 || a->vp || sum_valid(a) || teq_requant_unit_busy(&a->requant) || (a->count && a->count->busy);
    out->error_o = (uint8_t)(a->error | (a->count && a->count->overflow ? 4u : 0u));
}

/* --- one edge ------------------------------------------------------------- */

static uint8_t zero_code(const teq_array_in *in)
{
    return (uint8_t)((1u << in->s_axis_a_tuser.a_n) - 1u);
}

/* A vector moves from stage 1 into the histograms, another may take its place. */
static void step_count(teq_array *a, const teq_array_in *in, bool accept, bool moves, bool take,
                       const teq_tile_in *tile)
{
    const teq_count_tile_in count = {
        .rst_n = in->rst_ni, .load = tile->load, .swap = tile->swap, .w = tile->w,
        .x_en = accept, .code = in->s_axis_a_tdata, .zero = zero_code(in),
        .acc_en = moves, .clr = a->user1.first, .final = a->user1.final,
        .g_we = in->cfg_we_i && in->cfg_sel_i == 6, .g_index = in->cfg_index_i, .g_data = (uint16_t)in->cfg_data_i,
        .take = take,
    };
    teq_count_tile_step(a->count, &count);
}

/* The same for accumulators with their partial sums. A sum is read a step before it is added. */
static void step_sums(teq_array *a, const teq_array_in *in, bool accept, bool moves, bool adds,
                      teq_tile_in *tile)
{
    const teq_array_user *user = &in->s_axis_a_tuser, *added = teq_array_added(a);
    const teq_array_user *next = a->params.pipe ? &a->user1 : user;
    const bool read = a->params.pipe ? moves : accept;
    teq_psum_in psum = {.rst_n = in->rst_ni, .adv = adds, .addr = read ? next->addr : 0, .addr1 = added->addr};
    const bool chain = a->params.chain && added->chain; /* reads nothing, writes nothing */
    psum.accept = read && !next->first && !(a->params.chain && next->chain);
    psum.final1 = added->final || chain;
    if (a->no_data)
        return;
    tile->sum_en = moves;
    tile->acc_en = adds;
    tile->clr = added->first;
    tile->chain = chain;
    tile->psum_sel = adds && teq_psum_sel(&a->psum, added->addr);
    tile->psum = a->psum.psum;
    tile->x_en = accept;
    if (accept) {
        tile->code = in->s_axis_a_tdata;
        tile->zero = zero_code(in);
        tile->shift = user->a_shift;
    }
    teq_tile_step(&a->tile, tile);

    uint64_t sum[TEQ_COLS_MAX];
    if (adds && !psum.final1)
        for (unsigned col = 0; col < a->params.cols; col++)
            sum[col] = a->tile.column[col].acc;
    psum.sum = sum;
    teq_psum_step(&a->psum, &psum);
}

static void step_requant(teq_array *a, const teq_array_in *in)
{
    uint64_t acc[TEQ_COLS_MAX];
    const bool v2 = sum_valid(a);
    if (v2 && !a->no_data)
        for (unsigned col = 0; col < a->params.cols; col++)
            acc[col] = a->count ? a->count->column[col].acc : a->tile.column[col].acc;
    const teq_requant_unit_in unit = {
        .rst_n = in->rst_ni,
        .cfg_we = in->cfg_we_i, .cfg_sel = in->cfg_sel_i, .cfg_index = in->cfg_index_i,
        .cfg_data = in->cfg_data_i,
        .no_data = a->no_data, .v2 = v2, .bank = a->user2.bank, .res = a->user2.res, .sgn = a->user2.sgn, .acc = acc,
        .r_tvalid = in->s_axis_r_tvalid, .r_tdata = in->s_axis_r_tdata, .y_tready = in->m_axis_y_tready,
    };
    teq_requant_unit_step(&a->requant, &unit);
}

void teq_array_step(teq_array *a, const teq_array_in *in)
{
    const teq_array_params *p = &a->params;
    const bool load = in->s_axis_w_tvalid && w_tready(a), accept = in->s_axis_a_tvalid && a_tready(a);
    const bool swaps = swap(a), moves = teq_array_moves(a), adds = teq_array_adds(a), ended = ends(a) && moves;
    const bool take = teq_requant_unit_done(&a->requant, sum_valid(a));
    const bool last_beat = a->group == teq_load_cycles(p) - 1u;

    /* Weights of a beat, expanded on their way in. */
    const unsigned w_n = in->s_axis_w_tuser & 7u, w_shift = in->s_axis_w_tuser >> 3 & 7u;
    uint8_t words[TEQ_COLS_MAX * TEQ_ROWS_MAX];
    if (load && !a->no_data)
        for (unsigned i = 0; i < (unsigned)p->load_cols * p->rows; i++)
            words[i] = teq_weight_expand(p, in->s_axis_w_tdata[i], w_n, w_shift);
    teq_tile_in tile = {.load = load ? UINT64_C(1) << a->group : 0, .swap = swaps, .w = words};

    step_requant(a, in);
    if (a->count)
        step_count(a, in, accept, moves, take, &tile);
    else
        step_sums(a, in, accept, moves, adds, &tile);

    if (adds || take)
        a->v2 = adds && teq_array_added(a)->final;
    if (adds && teq_array_added(a)->final)
        a->user2 = *teq_array_added(a);
    if (a->params.pipe && (moves || adds))
        a->vp = moves;
    if (moves)
        a->userp = a->user1;
    if (moves || accept)
        a->v1 = accept;
    if (accept) {
        a->user1 = in->s_axis_a_tuser;
        a->last1 = in->s_axis_a_tlast;
    }

    if (ended)
        a->active = false;
    if (p->is_double) {
        if (swaps)
            a->active = true;
        a->shadow_full = (a->shadow_full && !swaps) || (load && last_beat);
    } else if (load && last_beat) {
        a->active = true;
    }
    if (load) {
        if (!teq_weight_format_legal(p, w_n, w_shift))
            a->error |= 1;
        if (in->s_axis_w_tlast != last_beat)
            a->error |= 2;
        a->group = last_beat ? 0 : a->group + 1u;
    }
    if (!in->rst_ni) {
        a->group = 0;
        a->shadow_full = a->active = a->v1 = a->vp = a->v2 = false;
        a->error = 0;
    }
}
