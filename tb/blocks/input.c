/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_input: inputs of a few lines, good beats and bad ones, ACT's port free or not;
 * the numbers of the descriptor stand at start alone.
 */
#include "block.h"

enum {
    START, BASE, N_LINES, LINE_LEN, LINE_STEP, SGN, BUSY, DONE, NEXT, BEAT_VALID, BEAT_PORT, BEAT_LAST, BEAT_KEEP, BEAT_DATA,
    TAKE, PORT_FREE, W_A0, W_BASE0, W_BASE1, W_LANES, W_DATA, OUTSIDE, BAD, TAKEN, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "start_i", "base_i", "n_lines_i", "line_len_i", "line_step_i", "sgn_i", "busy_o", "done_o", "next_o", "beat_valid_i",
    "beat_port_i", "beat_last_i", "beat_keep_i", "beat_data_i", "take_o", "port_free_i", "w_a0_o", "w_base0_o", "w_base1_o",
    "w_lanes_o", "w_data_o", "outside_o", "bad_o", "taken_o",
};

enum {
    LINES, PART, ONE_BEAT, WAITS_PORT, WAITS_BEAT, TWO_WORDS, BY_PORT, PORT_KEEP, NEGATIVE, UNSIGNED_TOP, AT_ONCE, BACKWARD, RESET,
    BAD_KEEP, BAD_EARLY, BAD_MISSING, WRITE, N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "several lines", "beat partly used", "input of one beat", "a beat waits for ACT's port", "a beat is waited for",
    "codes in two words", "data port", "data port, other bytes than the line has left", "negative code", "code with bit 7",
    "input begins after the end of another", "lines backward", "reset in the middle", "error: TKEEP", "error: TLAST early",
    "error: TLAST missing", "error: outside ACT",
};

typedef struct state {
    teq_core_input unit;
    teq_core_act act; /* its size alone */
    teq_descriptor d;
    bench_stall start, beat, port;
    bool just_done;
} state;

static bool open(block *k) { return block_open_act(k, &((state *)k->state)->act); }
static void close(block *k) { teq_core_act_free(&((state *)k->state)->act); }

static void init(block *k) {
    state *s = k->state;
    teq_core_input_init(&s->unit);
    s->just_done = false;
}

/* Mostly inside ACT; the lines of some come backward. */
static void draw_input(block *k, teq_descriptor *d) {
    const uint32_t n = teq_core_elements(&k->params);
    block_draw_descriptor(k, d);
    d->n_lines = block_between(k, 1, 4);
    d->line_len = block_chance(k, 64) ? block_between(k, 1, 4) : block_between(k, 1, n / 4);
    const uint32_t room = n - (d->line_len < n ? d->line_len : n);
    d->line_step = d->n_lines > 1 ? block_below(k, room / (d->n_lines - 1) + 1) : block_word(k) & 0xffffff;
    const uint32_t used = d->n_lines > 1 ? d->line_step * (d->n_lines - 1) : 0;
    d->out_base = block_below(k, room - used + 1);
    if (block_chance(k, 24)) d->out_base += block_between(k, 1, 6);
    if (block_chance(k, 32)) {
        d->out_base += used;
        d->line_step = (0 - d->line_step) & 0xffffff;
    }
    teq_descriptor_fit(&k->params, d);
}

/* What the unit expects, or not. */
static teq_axis_beat draw_beat(block *k, const teq_core_input *u) {
    const uint32_t left = u->line_len - u->taken, n = left < 4 ? left : 4;
    teq_axis_beat beat = {.data = block_word(k), .keep = (uint8_t)((1u << n) - 1u), .last = u->line + 1 == u->n_lines && left <= 4,
                          .port = block_chance(k, 64)};
    if (beat.port) beat.keep = 15;
    if (block_chance(k, 2)) beat.last = !beat.last;
    if (block_chance(k, 2)) beat.keep = (uint8_t)block_below(k, 16);
    return beat;
}

static void show(block *k, const state *s, const teq_axis_beat *beat, const teq_core_input_out *out) {
    const teq_core_input *u = &s->unit;
    block_put(k, BUSY, u->busy);
    block_put(k, DONE, out->last);
    block_put(k, TAKE, out->takes);
    block_put_error(k, OUTSIDE, TEQ_ERROR_CAUSE_WRITE, &out->fault);
    block_put_error(k, BAD, TEQ_ERROR_CAUSE_INPUT, &out->fault);
    if (!u->busy) return;
    block_put(k, NEXT, u->in_next);
    block_put(k, TAKEN, u->taken);
    if (!out->takes) return;
    uint16_t code[4];
    const unsigned w = k->params.array.na_max + 1u;
    teq_core_input_codes(u, &k->params, beat->data, code);
    for (unsigned i = 0; i < out->lanes; i++) block_put_field(k, W_DATA, i * w, w, code[i]);
    block_put(k, W_A0, u->in_next % teq_core_nb(&k->params));
    block_put_bases(k, W_BASE0, W_BASE1, u->in_next, 0);
    block_put(k, W_LANES, out->lanes);
}

static void look_corners(block *k, const state *s, bool start, const teq_axis_beat *head, bool free, const teq_core_input_out *out) {
    const teq_core_input *u = &s->unit;
    const unsigned nb = teq_core_nb(&k->params), bank = u->in_next % nb;
    block_hit(k, AT_ONCE, start && s->just_done);
    block_hit(k, RESET, k->reset && u->busy && u->line > 0);
    block_hit(k, WAITS_PORT, u->busy && head && !free);
    block_hit(k, WAITS_BEAT, u->busy && !head && free);
    if (!out->takes) return;
    const unsigned right = (1u << out->lanes) - 1u, cause = out->fault.cause;
    block_hit(k, LINES, u->line > 0);
    block_hit(k, PART, out->lanes < 4);
    block_hit(k, ONE_BEAT, out->last && u->line == 0 && u->taken == 0);
    block_hit(k, TWO_WORDS, bank + out->lanes > nb);
    block_hit(k, BY_PORT, head->port);
    block_hit(k, PORT_KEEP, head->port && head->keep != right && cause == TEQ_ERROR_CAUSE_NONE);
    block_hit(k, NEGATIVE, head->data >> 7 & 1u && (k->params.array.na_max < 8 || u->sgn));
    block_hit(k, UNSIGNED_TOP, head->data >> 7 & 1u && !u->sgn);
    block_hit(k, BACKWARD, u->line > 0 && u->line_step >> (k->params.reach - 1) && cause == TEQ_ERROR_CAUSE_NONE);
    if (cause == TEQ_ERROR_CAUSE_INPUT) {
        block_hit(k, BAD_KEEP, !head->port && head->keep != right);
        block_hit(k, BAD_EARLY, head->last && !out->last);
        block_hit(k, BAD_MISSING, !head->last && out->last);
    }
    block_hit(k, WRITE, cause == TEQ_ERROR_CAUSE_WRITE);
}

static void cycle(block *k) {
    state *s = k->state;
    teq_core_input *u = &s->unit;
    const bool start = !block_stalls(k, &s->start) && !u->busy, there = !block_stalls(k, &s->beat), free = !block_stalls(k, &s->port);
    const teq_axis_beat beat = draw_beat(k, u), *head = there ? &beat : NULL;
    block_put(k, START, start);
    if (start) {
        draw_input(k, &s->d);
        block_put(k, BASE, s->d.out_base);
        block_put(k, N_LINES, s->d.n_lines);
        block_put(k, LINE_LEN, s->d.line_len);
        block_put(k, LINE_STEP, s->d.line_step);
        block_put(k, SGN, s->d.sgn);
    }
    block_put(k, PORT_FREE, free);
    block_put(k, BEAT_VALID, there);
    if (there) {
        block_put(k, BEAT_PORT, beat.port);
        block_put(k, BEAT_LAST, beat.last);
        block_put(k, BEAT_KEEP, beat.keep);
        block_put(k, BEAT_DATA, beat.data);
    }
    teq_core_input_out out;
    teq_core_input_look(u, &s->act, head, free, &out);
    show(k, s, head, &out);
    look_corners(k, s, start, head, free, &out);
    k->error = out.fault.cause != TEQ_ERROR_CAUSE_NONE;
    s->just_done = out.last;
    if (!k->error) teq_core_input_step(u, &k->params, &s->d, start, &out);
}

static bool cannot(const block *k, unsigned corner) { return corner == UNSIGNED_TOP && k->params.array.na_max < 8; }

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 100000,
    .open = open, .init = init, .cycle = cycle, .close = close, .cannot = cannot,
};
