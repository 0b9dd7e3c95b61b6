/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_array: streams, control, tile, partial sums, requantizers. The equations of
 * docs/array.md, section "Timing", by their names there.
 */
#include "teq/model_array.h"

#include <string.h>

bool teq_array_init(teq_array *a, const teq_array_params *p, teq_error *err)
{
    memset(a, 0, sizeof *a);
    if (!teq_array_params_check(p, err))
        return false;
    a->params = *p;
    if (p->engine == TEQ_ARRAY_COUNT)
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "ENGINE: count has no cycle model");
    if (!teq_tile_init(&a->tile, p, err) || !teq_psum_init(&a->psum, p, err)) {
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
}

/* --- what the state decides ----------------------------------------------- */

/* Stage 1 may move into the accumulators. */
static bool adv(const teq_array *a) { return !a->v2 || teq_requant_unit_done(&a->requant, a->v2); }

/* The last vector of the active tile is in stage 1. */
static bool ends(const teq_array *a) { return a->v1 && a->last1; }

static bool swap(const teq_array *a)
{
    return a->params.is_double && a->shadow_full && (!a->active || (ends(a) && adv(a)));
}

static bool w_tready(const teq_array *a)
{
    return a->params.is_double ? !a->shadow_full || swap(a) : !a->active;
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
    out->busy_o = a->v1 || a->v2 || teq_requant_unit_busy(&a->requant);
    out->error_o = a->error;
}

/* --- one edge ------------------------------------------------------------- */

/* A vector moves from stage 1 into the accumulators, another may take its place. */
static void step_sums(teq_array *a, const teq_array_in *in, bool accept, bool moves, teq_tile_in *tile)
{
    const teq_array_user *user = &in->s_axis_a_tuser;
    teq_psum_in psum = {.rst_n = in->rst_ni, .accept = accept, .adv = moves, .final1 = a->user1.final,
                        .addr = accept ? user->addr : 0, .addr1 = a->user1.addr};
    tile->acc_en = moves;
    tile->clr = a->user1.first;
    tile->psum_sel = moves && teq_psum_sel(&a->psum, a->user1.addr);
    tile->psum = a->psum.psum;
    tile->x_en = accept;
    if (accept) {
        tile->code = in->s_axis_a_tdata;
        tile->zero = (uint8_t)((1u << user->a_n) - 1u);
        tile->shift = user->a_shift;
    }
    teq_tile_step(&a->tile, tile);

    uint64_t sum[TEQ_COLS_MAX];
    if (moves && !a->user1.final)
        for (unsigned col = 0; col < a->params.cols; col++)
            sum[col] = a->tile.column[col].acc;
    psum.sum = sum;
    teq_psum_step(&a->psum, &psum);
}

static void step_requant(teq_array *a, const teq_array_in *in)
{
    uint64_t acc[TEQ_COLS_MAX];
    if (a->v2)
        for (unsigned col = 0; col < a->params.cols; col++)
            acc[col] = a->tile.column[col].acc;
    const teq_requant_unit_in unit = {
        .rst_n = in->rst_ni,
        .cfg_we = in->cfg_we_i, .cfg_sel = in->cfg_sel_i, .cfg_index = in->cfg_index_i,
        .cfg_data = in->cfg_data_i,
        .v2 = a->v2, .bank = a->user2.bank, .res = a->user2.res, .sgn = a->user2.sgn, .acc = acc,
        .r_tvalid = in->s_axis_r_tvalid, .r_tdata = in->s_axis_r_tdata, .y_tready = in->m_axis_y_tready,
    };
    teq_requant_unit_step(&a->requant, &unit);
}

void teq_array_step(teq_array *a, const teq_array_in *in)
{
    const teq_array_params *p = &a->params;
    const bool load = in->s_axis_w_tvalid && w_tready(a), accept = in->s_axis_a_tvalid && a_tready(a);
    const bool swaps = swap(a), moves = a->v1 && adv(a), ended = ends(a) && moves;
    const bool v2_leaves = teq_requant_unit_done(&a->requant, a->v2);
    const bool last_beat = a->group == teq_load_cycles(p) - 1u;

    /* Weights of a beat, expanded on their way in. */
    const unsigned w_n = in->s_axis_w_tuser & 7u, w_shift = in->s_axis_w_tuser >> 3 & 7u;
    uint8_t words[TEQ_COLS_MAX * TEQ_ROWS_MAX];
    if (load)
        for (unsigned i = 0; i < (unsigned)p->load_cols * p->rows; i++)
            words[i] = teq_weight_expand(p, in->s_axis_w_tdata[i], w_n, w_shift);
    teq_tile_in tile = {.load = load ? UINT64_C(1) << a->group : 0, .swap = swaps, .w = words};

    step_requant(a, in);
    step_sums(a, in, accept, moves, &tile);

    if (moves) {
        a->v2 = a->user1.final;
        a->user2 = a->user1;
    } else if (v2_leaves) {
        a->v2 = false;
    }
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
        a->shadow_full = a->active = a->v1 = a->v2 = false;
        a->error = 0;
    }
}
