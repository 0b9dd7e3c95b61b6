/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_requant_unit: N_REQUANT requantizers, the chunks that they take, residual and
 * output buffers.
 */
#include "teq/model_requant.h"

#include <string.h>

enum { R1, R2, R3, R4 }; /* and the stages of the code behind them */

void teq_requant_unit_init(teq_requant_unit *u, const teq_array_params *p)
{
    memset(u, 0, sizeof *u);
    u->params = *p;
    teq_requant_table_init(&u->table);
    for (unsigned i = 0; i < p->n_requant; i++)
        teq_requantize_init(&u->lane[i], &u->params);
}

static unsigned last_stage(const teq_requant_unit *u) { return R4 + teq_code_stages(&u->params); }

bool teq_requant_unit_moves(const teq_requant_unit *u)
{
    const bool output_full = u->tag[last_stage(u)].valid && u->n_y == 2;
    const bool no_residual = u->tag[R3].valid && u->tag[R3].res && u->n_r == 0;
    return !output_full && !no_residual;
}

bool teq_requant_unit_done(const teq_requant_unit *u, bool v2)
{
    if (u->params.serial)
        return teq_requant_serial_done(u);
    return v2 && teq_requant_unit_moves(u) && u->chunk == teq_chunks(&u->params) - 1u;
}

bool teq_requant_unit_busy(const teq_requant_unit *u)
{
    bool busy = u->n_y > 0;
    for (unsigned i = 0; i <= last_stage(u); i++)
        busy |= u->tag[i].valid;
    return busy;
}

/* All requantizers move: each stage reads the tables at the entry of the sum that comes. */
static void move_lanes(teq_requant_unit *u, const teq_requant_unit_in *in, teq_requant_tag taken)
{
    const teq_requant_tag *tag = u->tag;
    const teq_requant_table *t = &u->table;
    const unsigned first = u->chunk * u->params.n_requant;
    for (unsigned i = 0; i < u->params.n_requant; i++) {
        teq_requantize_in lane = {.en = true, .table = t, .sgn = tag[R3].sgn};
        if (taken.valid) {
            lane.acc = in->acc[first + i];
            lane.b = t->b[taken.entry + i];
        }
        lane.m = t->m[tag[R1].entry + i];
        lane.c = t->c[tag[R2].entry + i];
        lane.s = t->s[tag[R2].entry + i];
        if (tag[R3].valid && tag[R3].res) {
            const unsigned slot = u->r[0][i], na_max = u->params.na_max;
            lane.res_neg = slot >> na_max & 1u;
            lane.res_d = t->d[slot & ((1u << na_max) - 1u)];
        }
        teq_requantize_step(&u->lane[i], &lane);
    }
}

static void push_output(teq_requant_unit *u)
{
    const unsigned last = teq_code_stages(&u->params) - 1u;
    teq_y_beat *beat = &u->y[u->n_y++];
    beat->last = u->tag[last_stage(u)].last;
    for (unsigned i = 0; i < u->params.n_requant; i++) {
        beat->code[i] = u->lane[i].out[last].code;
        beat->word[i] = u->lane[i].out[last].word;
    }
}

void teq_requant_unit_step(teq_requant_unit *u, const teq_requant_unit_in *in)
{
    if (u->params.serial) {
        teq_requant_serial_step(u, in);
        return;
    }
    const teq_array_params *p = &u->params;
    const bool moves = teq_requant_unit_moves(u), push_r = in->r_tvalid && u->n_r < 2;
    const bool done = teq_requant_unit_done(u, in->v2);
    teq_requant_tag taken = {.valid = in->v2 && moves, .last = done, .res = in->res, .sgn = in->sgn};
    taken.entry = (uint8_t)((in->bank ? p->cols : 0u) + u->chunk * p->n_requant);

    bool any = taken.valid;
    for (unsigned i = 0; i <= last_stage(u); i++)
        any |= u->tag[i].valid;
    const bool push_y = moves && u->tag[last_stage(u)].valid;
    const bool pop_r = moves && u->tag[R3].valid && u->tag[R3].res;

    /* The head of the output leaves; its place may be taken at the same edge. */
    if (in->y_tready && u->n_y > 0) {
        u->y[0] = u->y[1];
        u->n_y--;
    }
    if (push_y)
        push_output(u);
    if (moves && any) {
        if (!in->no_data)
            move_lanes(u, in, taken);
        memmove(&u->tag[1], &u->tag[0], last_stage(u) * sizeof u->tag[0]);
        u->tag[R1] = taken;
    }
    if (taken.valid)
        u->chunk = done ? 0 : u->chunk + 1u;
    if (pop_r) {
        memcpy(u->r[0], u->r[1], sizeof u->r[0]);
        u->n_r--;
    }
    if (push_r)
        memcpy(u->r[u->n_r++], in->r_tdata, p->n_requant * sizeof u->r[0][0]);

    if (in->cfg_we)
        teq_requant_table_write(&u->table, p, in->cfg_sel, in->cfg_index, in->cfg_data);
    if (!in->rst_n) {
        memset(u->tag, 0, sizeof u->tag);
        u->chunk = u->n_y = u->n_r = 0;
    }
}
