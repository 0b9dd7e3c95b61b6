/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_config: layers of a few entries and passes from a PRG of random words. The array
 * takes vectors of a pass in its bank and goes on to the next when that one is configured; the
 * writer finishes passes behind it.
 */
#include "block.h"

enum {
    DESC, START, PASSES, TAKE, BANK, LOADED, IDLE, PORT_FREE, REN, RADDR, RDATA, CFG_WE, CFG_SEL, CFG_INDEX, CFG_DATA, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "desc_i", "start_i", "passes_i", "take_i", "bank_i", "loaded_o", "idle_o", "port_free_i", "ren_o", "raddr_o", "rdata_i",
    "cfg_we_o", "cfg_sel_o", "cfg_index_o", "cfg_data_o",
};

enum {
    OF_LAYER, NO_LAYER, OF_PASS, SKIP, WAITS_PORT, WAITS_PASS, FREED, NOT_FREED, AHEAD, LAST_WORD, AT_ONCE, RESET, RESET_PORT, PRG,
    N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "entry of a layer", "layer without entries of its own", "entry of a pass", "pass without entries", "PRG's port is taken",
    "a pass waits for an earlier one", "a pass waits no more for the writer, but the array", "the array alone does not free a pass",
    "constants of two passes ahead of the writer", "last word of PRG", "layer follows at once", "reset in the middle",
    "reset with an entry on the port", "error: PRG",
};

typedef struct state {
    teq_core_config_loader c;
    teq_core_ram prg;
    teq_descriptor d;
    bool begun, working;
    uint32_t array_pass, passes; /* the array is in; the writer has finished */
    bench_stall start, port, take, final, writer;
} state;

static bool open(block *k) {
    state *s = k->state;
    teq_error err;
    if (!bench_check(k->bench, teq_core_ram_init(&s->prg, k->params.prg_words, sizeof(uint64_t), false, &err), "%s", err.message))
        return false;
    for (size_t i = 0; i < k->params.prg_words * sizeof(uint64_t); i++) s->prg.word[i] = (uint8_t)block_word(k);
    return true;
}
static void close(block *k) { teq_core_ram_free(&((state *)k->state)->prg); }

static void init(block *k) {
    state *s = k->state;
    teq_core_config_init(&s->c);
    s->begun = s->working = false;
}

static void draw_layer(block *k, state *s) {
    teq_descriptor *d = &s->d;
    block_draw_descriptor(k, d);
    d->op = TEQ_OP_DOT;
    d->n_pass = block_between(k, 1, 6);
    d->n_layer_cfg = block_below(k, 5);
    d->n_pass_cfg = block_below(k, 4);
    const uint32_t n = d->n_layer_cfg + d->n_pass * d->n_pass_cfg, room = k->params.prg_words - n;
    d->cfg_addr = block_chance(k, 32) ? room : block_below(k, room + 1);
    if (n && block_chance(k, 8)) d->cfg_addr = room + block_between(k, 1, n);
    teq_descriptor_fit(&k->params, d);
    s->array_pass = s->passes = 0;
    s->begun = s->working = true;
}

static void show(block *k, const state *s, bool start, const teq_core_config_out *out) {
    const teq_core_config_loader *c = &s->c;
    block_put(k, IDLE, teq_core_config_idle(c));
    if (s->begun && !start) block_put(k, LOADED, c->loaded);
    block_put(k, REN, out->read);
    if (out->read) block_put(k, RADDR, c->addr);
    block_put(k, CFG_WE, c->on_port);
    if (!c->on_port) return;
    teq_config_entry e;
    teq_config_entry_unpack(*(const uint64_t *)teq_core_ram_out(&s->prg), &e);
    block_put(k, CFG_SEL, e.sel);
    block_put(k, CFG_INDEX, e.index);
    block_put(k, CFG_DATA, e.data);
}

static void look_corners(block *k, const state *s, bool start, bool free, const teq_core_config_out *out) {
    const teq_core_config_loader *c = &s->c;
    const bool turn = !c->layer_left && c->pass < c->n_pass, waits = turn && teq_core_config_waits(c, &k->params, &s->d, s->passes);
    const bool writer_waits = c->pass >= 2 && s->passes < c->pass - 1, freed = c->freed + 1 >= c->pass;
    block_hit(k, OF_LAYER, out->read && c->layer_left);
    block_hit(k, NO_LAYER, start && s->d.n_layer_cfg == 0);
    block_hit(k, OF_PASS, out->read && turn);
    block_hit(k, SKIP, out->skip);
    block_hit(k, WAITS_PORT, !free && (c->layer_left || turn));
    block_hit(k, WAITS_PASS, waits);
    block_hit(k, FREED, turn && !waits && writer_waits);
    block_hit(k, NOT_FREED, waits && freed);
    block_hit(k, AHEAD, c->loaded >= s->passes + 2);
    block_hit(k, LAST_WORD, out->read && c->addr + 1 == k->params.prg_words);
    block_hit(k, AT_ONCE, start && c->loaded == c->n_pass && c->n_pass);
    block_hit(k, RESET, k->reset && c->pass > 0 && c->pass < c->n_pass);
    block_hit(k, RESET_PORT, k->reset && c->on_port);
    block_hit(k, PRG, out->fault.cause != TEQ_ERROR_CAUSE_NONE);
}

static void cycle(block *k) {
    state *s = k->state;
    teq_core_config_loader *c = &s->c;
    const bool rests = !s->working || (s->passes == s->d.n_pass && teq_core_config_idle(c));
    const bool start = rests && !block_stalls(k, &s->start), free = !block_stalls(k, &s->port);
    if (rests) s->working = false;
    if (start) draw_layer(k, s);
    const bool take = s->working && !start && s->array_pass < s->d.n_pass && !block_stalls(k, &s->take), bank = s->array_pass & 1u;
    if (s->working) {
        block_put_descriptor(k, DESC, &s->d);
        block_put(k, PASSES, s->passes);
    }
    block_put(k, START, start);
    block_put(k, TAKE, take);
    if (take) block_put(k, BANK, bank);
    block_put(k, PORT_FREE, free);
    if (c->on_port) block_put(k, RDATA, *(const uint64_t *)teq_core_ram_out(&s->prg));
    teq_core_config_out out;
    teq_core_config_look(c, &k->params, &s->d, free, s->passes, &out);
    show(k, s, start, &out);
    look_corners(k, s, start, free, &out);
    k->error = out.fault.cause != TEQ_ERROR_CAUSE_NONE;
    if (k->error) return;
    const uint32_t addr = c->addr;
    if (s->passes < s->array_pass && !block_stalls(k, &s->writer)) s->passes++;
    if (take && c->loaded > s->array_pass && !block_stalls(k, &s->final)) s->array_pass++;
    teq_core_config_step(c, &s->d, start, take, bank, &out);
    if (out.read) teq_core_ram_read(&s->prg, addr);
}

static bool cannot(const block *k, unsigned corner) { return k->params.array.serial && corner == FREED; }

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 100000,
    .open = open, .init = init, .cycle = cycle, .close = close, .cannot = cannot,
};
