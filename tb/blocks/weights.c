/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_weights: commands one behind the other, direct and by template, from a memory of
 * random slots; the array takes beats when it likes.
 */
#include <stdlib.h>

#include "block.h"

enum {
    DESC, PUSH, LOAD, FULL, REN, RADDR, RDATA, ERROR, ERROR_ADDR, TVALID, TREADY, TDATA, TUSER, TLAST, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "desc_i", "push_i", "load_i", "full_o", "ren_o", "raddr_o", "rdata_i", "error_o", "error_addr_o", "m_axis_w_tvalid",
    "m_axis_w_tready", "m_axis_w_tdata", "m_axis_w_tuser", "m_axis_w_tlast",
};

enum {
    DIRECT, INDIRECT, NONE, SUB, STALL, PUSH_FULL, NO_BUBBLE, NEW_CODES, AFTER_DIRECT, IDLE_PUSH, RESET, RESET_CODES, WGT, WGT_COMPACT,
    N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "direct beat", "beat by template", "slot without a weight", "compact word above the first", "a beat waits", "push while full",
    "tiles without a cycle between", "next tile's codes come as a beat leaves", "template after direct", "command to an idle loader",
    "reset in the middle of a tile", "reset with a compact word", "error: word", "error: compact word",
};

typedef struct state {
    teq_core_weights w;
    teq_core_ram wgt;
    teq_descriptor d;
    bench_stall push, ready;
    bool was_direct;
} state;

/* Slots are {none, idx} to a template, {s, code} else: any bits will do. */
static bool open(block *k) {
    state *s = k->state;
    teq_error err;
    const unsigned slots = teq_core_slots(&k->params);
    if (!bench_check(k->bench, teq_core_ram_init(&s->wgt, k->params.wgt_words, slots, false, &err), "%s", err.message)) return false;
    for (uint32_t i = 0; i < k->params.wgt_words * slots; i++)
        s->wgt.word[i] = (uint8_t)block_below(k, 1u << teq_weight_bits(&k->params.array));
    return true;
}
static void close(block *k) { teq_core_ram_free(&((state *)k->state)->wgt); }

static void init(block *k) {
    state *s = k->state;
    teq_core_weights_init(&s->w);
}

/* A layer may follow when nothing of the one before is left. */
static void next_layer(block *k, state *s) {
    const teq_core_weights *w = &s->w;
    if (w->queue.n || w->beat || w->compact || !block_chance(k, 32)) return;
    s->was_direct = !s->d.indirect;
    block_draw_descriptor(k, &s->d);
    s->d.indirect &= k->params.indirect;
    s->d.w_n = block_between(k, 2, k->params.array.n_max);
    s->d.w_shift = block_below(k, k->params.array.n_max - s->d.w_n + 1u);
}

static teq_core_load draw_load(block *k) {
    const teq_core_params *p = &k->params;
    const bool outside = block_chance(k, 1);
    return (teq_core_load){
        .word = (block_below(k, outside ? 2 * p->wgt_words : p->wgt_words - teq_load_cycles(&p->array) + 1)) & teq_core_mask(p),
        .compact = block_below(k, p->wgt_words * teq_core_sub(p) * (outside ? 2 : 1)) & teq_core_mask(p),
    };
}

static void show(block *k, const state *s, const teq_core_weights_out *out) {
    const teq_core_weights *w = &s->w;
    block_put(k, FULL, w->queue.n == 2);
    block_put(k, REN, out->step);
    if (out->step) block_put(k, RADDR, out->raddr);
    block_put_error(k, ERROR, TEQ_ERROR_CAUSE_WGT, &out->fault);
    if (out->fault.cause) block_put(k, ERROR_ADDR, out->fault.info);
    block_put(k, TVALID, w->beat);
    if (!w->beat) return;
    uint8_t slots[TEQ_COLS_MAX * TEQ_ROWS_MAX];
    const unsigned width = teq_weight_bits(&k->params.array);
    teq_core_weights_beat(w, &k->params, &s->d, teq_core_ram_out(&s->wgt), slots);
    for (unsigned i = 0; i < teq_core_slots(&k->params); i++) block_put_field(k, TDATA, i * width, width, slots[i]);
    block_put(k, TUSER, s->d.w_shift << 3 | s->d.w_n);
    block_put(k, TLAST, w->last);
}

static void look_corners(block *k, const state *s, bool push, bool ready, const teq_core_weights_out *out) {
    const teq_core_weights *w = &s->w;
    const uint8_t *word = teq_core_ram_out(&s->wgt);
    block_hit(k, DIRECT, w->beat && !s->d.indirect);
    block_hit(k, INDIRECT, w->beat && s->d.indirect);
    block_hit(k, NONE, w->beat && s->d.indirect && word[0] >> k->params.array.n_max);
    block_hit(k, SUB, w->compact && w->sub > 0);
    block_hit(k, STALL, w->beat && !ready);
    block_hit(k, PUSH_FULL, push && w->queue.n == 2);
    block_hit(k, NO_BUBBLE, w->beat && w->last && out->step && !s->d.indirect);
    block_hit(k, NEW_CODES, w->beat && w->last && out->step && s->d.indirect);
    block_hit(k, AFTER_DIRECT, w->compact && s->was_direct);
    block_hit(k, IDLE_PUSH, push && !w->queue.n && !w->beat);
    block_hit(k, RESET, k->reset && w->step > 0 && w->beat);
    block_hit(k, RESET_CODES, k->reset && w->compact);
    block_hit(k, WGT, out->fault.cause && !(s->d.indirect && w->step == 0));
    block_hit(k, WGT_COMPACT, out->fault.cause && s->d.indirect && w->step == 0);
}

static void cycle(block *k) {
    state *s = k->state;
    teq_core_weights *w = &s->w;
    next_layer(k, s);
    const bool push = !block_stalls(k, &s->push), ready = !block_stalls(k, &s->ready);
    const teq_core_load load = draw_load(k);
    block_put_descriptor(k, DESC, &s->d);
    block_put(k, PUSH, push);
    if (push) {
        block_put_field(k, LOAD, 0, k->params.reach, load.word);
        block_put_field(k, LOAD, k->params.reach, k->params.reach, load.compact);
    }
    block_put(k, TREADY, ready);
    const uint8_t *word = teq_core_ram_out(&s->wgt);
    const unsigned width = teq_weight_bits(&k->params.array);
    for (unsigned i = 0; (w->beat || w->compact) && i < teq_core_slots(&k->params); i++)
        block_put_field(k, RDATA, i * width, width, word[i]);
    teq_core_weights_out out;
    teq_core_weights_look(w, &k->params, &s->d, ready, &out);
    show(k, s, &out);
    look_corners(k, s, push, ready, &out);
    k->error = out.fault.cause != TEQ_ERROR_CAUSE_NONE;
    if (k->error) return;
    teq_core_weights_step(w, &k->params, &s->d, ready, word, &out, push ? &load : NULL);
    if (out.step) teq_core_ram_read(&s->wgt, out.raddr);
}

static bool cannot(const block *k, unsigned corner) {
    if (corner == SUB && teq_core_sub(&k->params) == 1) return true;
    if (corner == RESET && teq_load_cycles(&k->params.array) == 1) return true;
    if (k->params.indirect) return false;
    return corner == INDIRECT || corner == NONE || corner == SUB || corner == NEW_CODES || corner == AFTER_DIRECT ||
           corner == RESET_CODES || corner == WGT_COMPACT;
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 100000,
    .open = open, .init = init, .cycle = cycle, .close = close, .cannot = cannot,
};
