/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_sequencer: programs of cmodel/test/core_gen.h, legal and illegal, while the input
 * unit, the layers and the queues take their time.
 */
#include <string.h>

#include "../../cmodel/test/core_gen.h"
#include "block.h"

enum {
    START, IDLE, DONE, DESC, LAYER, REN, RADDR, RDATA, START_INPUT, IN_BUSY, IN_DONE, START_LAYER, START_CONFIG, LAYER_DONE, PUSH_TILE,
    TILE, TILES_FULL, PUSH_LOAD, LOAD, LOADS_FULL, BAD_OP, BAD_FIELD, BAD_TILE, BAD_ADDR, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "start_i", "idle_o", "done_o", "desc_o", "layer_o", "ren_o", "raddr_o", "rdata_i", "start_input_o", "in_busy_i", "in_done_i",
    "start_layer_o", "start_config_o", "layer_done_i", "push_tile_o", "tile_o", "tiles_full_i", "push_load_o", "load_o",
    "loads_full_i", "bad_op_o", "bad_field_o", "bad_tile_o", "bad_addr_o",
};

enum {
    END, INPUT, EARLY, DOT, MAXIMUM, CHECK_WAITS, DRAIN_WAITS_INPUT, TILES_WAIT, LOADS_WAIT, MAX_PASSES_LOADS, RELOAD, MULTI, AGAIN,
    GOES_ON, NOT_AGAIN, GROUPS, PASSES, CHAIN_GROUP, SHORT_GROUP, NO_END, RESET_DESC, RESET_RUN, RESET_DRAIN, OP, FIELD, TILE_BAD, PRG,
    N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "END", "INPUT", "early input", "DOT", "MAX", "CHECK waits for the input", "a layer's end waits for the input",
    "reader's queue full", "loader's queue full", "MAX does not wait for the loader", "tile with weights", "several tiles with weights",
    "weights loaded again in a later group", "tile goes on with the weights before", "weights kept for a later group", "several groups",
    "several passes", "chain over groups", "last group has fewer rows", "tile after which the weights stay", "reset in DESC",
    "reset in RUN", "reset in DRAIN", "error: OP", "error: FIELD", "error: TILE", "error: PRG",
};

enum { ACT_WORDS = 64, WGT_WORDS = 256, PRG_WORDS = 1024 };
enum { TILE_A, TILE_B, TILE_C }; /* phases of the model */

typedef struct state {
    teq_core_sequencer s;
    core_gen gen;
    teq_core_ram prg;
    bool read;     /* in the cycle before */
    bool in_busy;
    bench_stall start, input, done, tiles, loads;
} state;

static bool open(block *k) {
    state *s = k->state;
    teq_core_params *p = &k->params;
    teq_error err = {0};
    p->act_words = ACT_WORDS;
    p->wgt_words = WGT_WORDS;
    p->prg_words = PRG_WORDS;
    if (teq_array_is_int(&p->array)) p->array.acc_w = (uint8_t)(2 * p->array.na_max + 7);
    if (!bench_check(k->bench, teq_core_params_check(p, &err), "%s", err.message)) return false;
    return bench_check(k->bench, teq_core_ram_init(&s->prg, p->prg_words, sizeof(uint64_t), false, &err) &&
                                     core_gen_init(&s->gen, p, rng_u64(&k->bench->rng)), "out of memory");
}

static void close(block *k) {
    state *s = k->state;
    core_gen_free(&s->gen);
    teq_core_ram_free(&s->prg);
}

static void init(block *k) {
    state *s = k->state;
    teq_core_sequencer_init(&s->s);
    s->read = s->in_busy = false;
}

static void draw_program(block *k, state *s) {
    static const unsigned causes[] = {TEQ_ERROR_CAUSE_OP, TEQ_ERROR_CAUSE_FIELD, TEQ_ERROR_CAUSE_TILE, TEQ_ERROR_CAUSE_PRG};
    core_gen_program(&s->gen);
    if (block_chance(k, 64)) core_gen_spoil(&s->gen, causes[block_below(k, 4)]);
    memcpy(s->prg.word, s->gen.prg, s->prg.words * sizeof(uint64_t));
}

static void show(block *k, const state *s, const teq_core_sequencer_out *out) {
    const teq_core_sequencer *q = &s->s;
    block_put(k, IDLE, q->state == TEQ_CORE_IDLE);
    block_put(k, DONE, out->done);
    block_put(k, LAYER, q->layer);
    if (q->state > TEQ_CORE_DESC)
        for (unsigned i = 0; i < TEQ_DESCRIPTOR_WORDS; i++) block_put_field(k, DESC, 64 * i, 64, q->word[i]);
    block_put(k, REN, out->read);
    if (out->read) block_put(k, RADDR, out->raddr);
    block_put(k, START_INPUT, out->start_input);
    block_put(k, START_LAYER, out->start_layer);
    block_put(k, START_CONFIG, out->start_layer && q->d.op == TEQ_OP_DOT);
    block_put(k, PUSH_TILE, out->push_tile);
    if (out->push_tile) block_put_tile(k, TILE, &out->tile);
    block_put(k, PUSH_LOAD, out->push_load);
    if (out->push_load) {
        block_put_field(k, LOAD, 0, k->params.reach, out->load.word);
        block_put_field(k, LOAD, k->params.reach, k->params.reach, out->load.compact);
    }
    block_put_error(k, BAD_OP, TEQ_ERROR_CAUSE_OP, &out->fault);
    block_put_error(k, BAD_FIELD, TEQ_ERROR_CAUSE_FIELD, &out->fault);
    block_put_error(k, BAD_TILE, TEQ_ERROR_CAUSE_TILE, &out->fault);
    if (out->fault.cause && out->fault.cause <= TEQ_ERROR_CAUSE_TILE) block_put(k, BAD_ADDR, out->fault.info);
}

static void look_tiles(block *k, const teq_core_sequencer *q, const teq_core_sequencer_in *in, const teq_core_sequencer_out *out) {
    const bool dot = q->d.op == TEQ_OP_DOT;
    block_hit(k, TILES_WAIT, q->phase == TILE_A && in->tiles_full);
    block_hit(k, LOADS_WAIT, q->phase == TILE_A && dot && in->loads_full && !in->tiles_full);
    block_hit(k, MAX_PASSES_LOADS, q->phase == TILE_A && !dot && in->loads_full && out->read);
    if (!out->push_tile || out->fault.cause) return;
    teq_tile_entry e;
    teq_tile_entry_unpack(q->entry, &e);
    block_hit(k, RELOAD, out->push_load);
    block_hit(k, MULTI, dot && e.reload && q->t > 0);
    block_hit(k, AGAIN, out->push_load && !q->group0);
    block_hit(k, GOES_ON, dot && !e.reload);
    block_hit(k, NOT_AGAIN, dot && e.reload && !out->push_load);
    block_hit(k, GROUPS, q->rows_done > 0);
    block_hit(k, PASSES, q->pass > 0);
    block_hit(k, SHORT_GROUP, out->tile.rows < q->d.group_rows && q->rows_done > 0);
    block_hit(k, NO_END, dot && !out->tile.end);
    block_hit(k, CHAIN_GROUP, teq_descriptor_chains(&q->d) && q->rows_done > 0);
}

static void look_corners(block *k, const state *s, const teq_core_sequencer_in *in, const teq_core_sequencer_out *out) {
    const teq_core_sequencer *q = &s->s;
    const unsigned cause = out->fault.cause;
    block_hit(k, END, out->done);
    block_hit(k, INPUT, out->start_input && !q->d.early);
    block_hit(k, EARLY, out->start_input && q->d.early);
    block_hit(k, DOT, out->start_layer && q->d.op == TEQ_OP_DOT);
    block_hit(k, MAXIMUM, out->start_layer && q->d.op == TEQ_OP_MAX);
    block_hit(k, CHECK_WAITS, q->state == TEQ_CORE_CHECK && in->input_busy && q->d.op <= TEQ_OP_INPUT);
    block_hit(k, DRAIN_WAITS_INPUT, q->state == TEQ_CORE_DRAIN && in->input_busy && in->writer_done);
    block_hit(k, RESET_DESC, k->reset && q->state == TEQ_CORE_DESC && q->k > 0);
    block_hit(k, RESET_RUN, k->reset && q->state == TEQ_CORE_RUN);
    block_hit(k, RESET_DRAIN, k->reset && q->state == TEQ_CORE_DRAIN);
    block_hit(k, OP, cause == TEQ_ERROR_CAUSE_OP);
    block_hit(k, FIELD, cause == TEQ_ERROR_CAUSE_FIELD);
    block_hit(k, TILE_BAD, cause == TEQ_ERROR_CAUSE_TILE);
    block_hit(k, PRG, cause == TEQ_ERROR_CAUSE_PRG);
    if (q->state == TEQ_CORE_RUN) look_tiles(k, q, in, out);
}

/* An early input mostly comes to its end when it is waited for. */
static bool input_ends(block *k, state *s) {
    if (s->s.state == TEQ_CORE_INPUT) return !block_stalls(k, &s->input);
    return block_chance(k, s->s.state == TEQ_CORE_CHECK || s->s.state == TEQ_CORE_DRAIN ? 24 : 1);
}

static void cycle(block *k) {
    state *s = k->state;
    teq_core_sequencer *q = &s->s;
    const bool ends = s->in_busy && input_ends(k, s), done = !block_stalls(k, &s->done);
    const teq_core_sequencer_in in = {
        .start = q->state == TEQ_CORE_IDLE && !block_stalls(k, &s->start), .tiles_full = block_stalls(k, &s->tiles),
        .loads_full = block_stalls(k, &s->loads), .input_busy = s->in_busy, .input_last = ends, .writer_done = done,
        .config_idle = true, .prg = teq_core_ram_out(&s->prg),
    };
    if (in.start) draw_program(k, s);
    block_put(k, START, in.start);
    if (s->read) block_put(k, RDATA, *in.prg);
    block_put(k, IN_BUSY, in.input_busy);
    block_put(k, IN_DONE, in.input_last);
    if (q->state == TEQ_CORE_DRAIN) block_put(k, LAYER_DONE, done);
    block_put(k, TILES_FULL, in.tiles_full);
    block_put(k, LOADS_FULL, in.loads_full);
    teq_core_sequencer_out out;
    teq_core_sequencer_look(q, &k->params, &in, &out);
    show(k, s, &out);
    look_corners(k, s, &in, &out);
    k->error = out.fault.cause != TEQ_ERROR_CAUSE_NONE;
    if (k->error) return;
    teq_core_sequencer_step(q, &k->params, &in, &out);
    s->read = out.read;
    if (out.read) teq_core_ram_read(&s->prg, out.raddr);
    s->in_busy = (s->in_busy && !ends) || out.start_input;
}

static bool cannot(const block *k, unsigned corner) {
    if (corner == CHAIN_GROUP) return !k->params.array.chain;
    return !k->params.maximum && (corner == MAXIMUM || corner == MAX_PASSES_LOADS);
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 200000,
    .open = open, .init = init, .cycle = cycle, .close = close, .cannot = cannot,
};
