/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_writer, and in it teq_core_walk and teq_core_serializer: layers of a few vectors,
 * of codes, of words and of MAX, offered when they like from the third cycle after start on.
 */
#include "block.h"

enum {
    DESC, START, PASSES, DONE, Y_VALID, Y_READY, Y_WORDS, MAX_VALID, W_EN, W_ADDR, W_BASE0, W_BASE1, W_LANES, OUTSIDE,
    Y_FULL, Y_PUSH, DATA, KEEP, LAST, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "desc_i", "start_i", "passes_o", "done_o", "y_valid_i", "y_ready_o", "y_words_i", "max_valid_i", "w_en_o", "w_addr_o",
    "w_base0_o", "w_base1_o", "w_lanes_o", "outside_o", "full_i", "push_o", "data_o", "keep_o", "last_o",
};

enum {
    CODES, MAXIMUM, STREAM, ODD_WORD, LAST_BEAT, LAST_ODD, WAITS, PUSH_WAITS, NO_BUBBLE, BACK_TO_BACK, FAR, FAR_WRAPS, LANES_X,
    LANES_PASS, BACKWARD, SEVERAL, TWO_WORDS, AT_ONCE, RESET, RESET_WORDS, WRITE, N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "codes", "MAX", "words", "odd last word", "TLAST", "TLAST with an odd word", "a vector waits for the serializer",
    "a beat waits for the buffer", "a vector is taken as the last beat goes", "codes of two vectors in succession", "T > 0",
    "T > 0, first lane not in bank 0", "row ends with fewer lanes", "last pass has fewer lanes", "step backward", "several passes",
    "vector in two words", "first vector three cycles after start", "reset in the middle", "reset with words", "error: outside ACT",
};

typedef struct state {
    teq_core_writer w;
    teq_core_act act; /* its size alone */
    teq_descriptor d;
    bench_stall start, valid, full;
    bool begun;       /* since reset */
    unsigned age;     /* cycles since start */
    bool just_taken;
} state;

enum { AGE_OF_FIRST = 3, LONG_AGO = 1000 };

static bool open(block *k) { return block_open_act(k, &((state *)k->state)->act); }
static void close(block *k) { teq_core_act_free(&((state *)k->state)->act); }

static void init(block *k) {
    state *s = k->state;
    teq_core_writer_init(&s->w);
    s->begun = s->just_taken = false;
}

static void draw_layer(block *k, teq_descriptor *d) {
    block_draw_descriptor(k, d);
    d->op = block_chance(k, 64) ? TEQ_OP_MAX : TEQ_OP_DOT;
    block_draw_layer(k, d);
    const block_walk walk = block_draw_walk(k, d, block_chance(k, 16));
    d->out_base = walk.base;
    d->out_t = walk.t;
    d->out_pass = walk.pass;
    d->out_oy = walk.oy;
    d->out_ox = walk.ox;
    teq_descriptor_fit(&k->params, d);
}

static void show(block *k, const state *s, bool start, const teq_core_writer_out *out) {
    const teq_core_writer *w = &s->w;
    block_put(k, PASSES, w->passes);
    if (s->begun && !start) block_put(k, DONE, teq_core_writer_done(w));
    if (w->active && s->d.op == TEQ_OP_DOT) block_put(k, Y_READY, out->ready);
    block_put(k, W_EN, out->writes);
    block_put_error(k, OUTSIDE, TEQ_ERROR_CAUSE_WRITE, &out->fault);
    block_put(k, Y_PUSH, out->push);
    if (out->push) {
        block_put(k, DATA, out->beat.data);
        block_put(k, KEEP, out->beat.keep);
        block_put(k, LAST, out->beat.last);
    }
    if (!out->writes) return;
    block_put(k, W_ADDR, out->addr);
    block_put(k, W_LANES, out->lanes);
    block_put_bases(k, W_BASE0, W_BASE1, out->addr, s->d.out_t);
}

static void look_corners(block *k, const state *s, bool valid, bool full, const teq_core_writer_out *out) {
    const teq_core_writer *w = &s->w;
    const teq_descriptor *d = &s->d;
    const unsigned nb = teq_core_nb(&k->params), all = d->lanes;
    const bool dot = d->op == TEQ_OP_DOT, row_end = w->ox + 1 == d->ow, last_pass = w->passes + 1 == d->n_pass;
    block_hit(k, RESET, k->reset && w->active && w->passes > 0);
    block_hit(k, RESET_WORDS, k->reset && w->n_words > 0);
    block_hit(k, WAITS, w->active && dot && valid && !out->ready);
    block_hit(k, PUSH_WAITS, w->n_words > 0 && full);
    block_hit(k, ODD_WORD, out->push && out->beat.keep == 3);
    block_hit(k, LAST_BEAT, out->push && out->beat.last);
    block_hit(k, LAST_ODD, out->push && out->beat.last && out->beat.keep == 3);
    block_hit(k, WRITE, out->fault.cause != TEQ_ERROR_CAUSE_NONE);
    if (!out->takes || out->fault.cause) return;
    block_hit(k, MAXIMUM, !dot);
    block_hit(k, CODES, dot && out->writes);
    block_hit(k, STREAM, !out->writes);
    block_hit(k, NO_BUBBLE, !out->writes && out->push);
    block_hit(k, BACK_TO_BACK, out->writes && s->just_taken);
    block_hit(k, LANES_X, row_end && d->lanes_x < all && out->lanes == d->lanes_x);
    block_hit(k, LANES_PASS, last_pass && d->lanes_pass < all && out->lanes == d->lanes_pass);
    block_hit(k, SEVERAL, w->passes > 0);
    block_hit(k, AT_ONCE, s->age == AGE_OF_FIRST);
    if (!out->writes) return;
    block_hit(k, FAR, d->out_t > 0 && out->lanes > 1);
    block_hit(k, FAR_WRAPS, d->out_t > 0 && out->addr % nb + out->lanes > nb);
    block_hit(k, BACKWARD, d->out_ox < 0 && w->ox > 0);
    block_hit(k, TWO_WORDS, d->out_t == 0 && out->addr % nb + out->lanes > nb);
}

static void cycle(block *k) {
    state *s = k->state;
    teq_core_writer *w = &s->w;
    const bool start = !block_stalls(k, &s->start) && teq_core_writer_done(w);
    if (start) draw_layer(k, &s->d);
    const bool dot = s->d.op == TEQ_OP_DOT, offered = !block_stalls(k, &s->valid), full = block_stalls(k, &s->full);
    const bool valid = w->active && s->age >= AGE_OF_FIRST && offered;
    int16_t words[TEQ_COLS_MAX];
    if (start || s->begun) block_put_descriptor(k, DESC, &s->d);
    block_put(k, START, start);
    if (dot || !w->active) block_put(k, Y_VALID, valid);
    if (!dot || !w->active) block_put(k, MAX_VALID, valid);
    for (unsigned i = 0; i < k->params.array.cols; i++) words[i] = (int16_t)block_word(k);
    for (unsigned i = 0; valid && i < k->params.array.cols; i++) block_put_field(k, Y_WORDS, 16 * i, 16, (uint16_t)words[i]);
    block_put(k, Y_FULL, full);
    teq_core_writer_out out;
    teq_core_writer_look(w, &s->d, &s->act, valid, full, &out);
    show(k, s, start, &out);
    look_corners(k, s, valid, full, &out);
    s->age = start ? 1 : s->age < LONG_AGO ? s->age + 1 : s->age;
    s->begun |= start;
    s->just_taken = out.takes;
    k->error = out.fault.cause != TEQ_ERROR_CAUSE_NONE;
    if (!k->error) teq_core_writer_step(w, &s->d, start, words, &out);
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 100000,
    .open = open, .init = init, .cycle = cycle, .close = close,
};
