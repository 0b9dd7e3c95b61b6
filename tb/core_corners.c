/* SPDX-License-Identifier: Apache-2.0 */
#include "core_corners.h"

#include <stdio.h>
#include <string.h>

static const char *const names[N_CORE_CORNERS] = {
    [K_INPUT_LINES] = "input of several lines", [K_INPUT_EARLY] = "early input", [K_INPUT_PART] = "beat partly used",
    [K_READER_WAITS_INPUT] = "a vector waits for the input", [K_INPUT_WAITS_WRITER] = "the input waits for the writer",
    [K_CHECK_WAITS_INPUT] = "END or INPUT waits for the input",
    [K_MAX] = "MAX", [K_MAX_EMPTY] = "MAX of masked lanes", [K_MAX_SIGNED] = "MAX is negative",
    [K_PART_1] = "part 1", [K_PART_2] = "part 2", [K_RESIDUAL] = "residual", [K_SIGNED] = "signed output",
    [K_STREAM] = "words to m_axis_y", [K_ODD_WORD] = "odd last word", [K_INDIRECT] = "indirect weights",
    [K_NONE] = "slot without a weight", [K_T_WRITE] = "T > 0 in a write", [K_T_RESIDUAL] = "T > 0 in a residual",
    [K_SKIP_CONFIG] = "pass without configuration", [K_CONFIG_WAITS_PASS] = "configuration waits for a pass",
    [K_CONFIG_WAITS_PORT] = "configuration waits for PRG", [K_FINAL_WAITS_CONFIG] = "final vector waits for configuration",
    [K_MULTI] = "several reload entries", [K_SAME_WEIGHTS] = "tile goes on with the weights before",
    [K_RELOAD_GROUP] = "load in a later group", [K_TILES_FULL] = "reader's queue full", [K_LOADS_FULL] = "loader's queue full",
    [K_WEIGHTS_STALL] = "weights wait", [K_WINDOW] = "window walked", [K_GROUPS] = "several groups", [K_PASSES] = "several passes",
    [K_CHAIN] = "chain goes on", [K_CHAIN_GROUP] = "chain over groups",
    [K_VECTOR_STALL] = "vector waits", [K_RESIDUAL_STALL] = "residual waits", [K_OUTPUT_STALL] = "output buffer full",
    [K_MASKED_BELOW] = "lanes masked below", [K_MASKED_ABOVE] = "lanes masked above", [K_MASKED_ROW] = "vector masked by y",
    [K_WRAPPED] = "vector begins below element 0", [K_FULL_VECTOR] = "vector of all lanes",
    [K_EMPTY_PACKET] = "packet of no words", [K_IMAGE_PORT] = "image through the port", [K_INPUT_PORT] = "input through the port",
    [K_OUTPUT_PORT] = "output through the port", [K_PORT_BUSY_STREAM] = "port and stream at once",
    [K_LOAD_WHILE_RUNNING] = "image waits while running",
    [K_SLVERR_READ] = "SLVERR, read", [K_SLVERR_WRITE] = "SLVERR, write", [K_STROBE] = "incomplete strobe",
    [K_WRITE_PIPELINED] = "write waits for a response", [K_IRQ] = "interrupt", [K_IRQ_CLEAR_RACE] = "event meets its clearing",
    [K_SOFT_RESET_FIRST + TEQ_CORE_IDLE] = "soft reset in IDLE", [K_SOFT_RESET_FIRST + TEQ_CORE_DESC] = "soft reset in DESC",
    [K_SOFT_RESET_FIRST + TEQ_CORE_CHECK] = "soft reset in CHECK", [K_SOFT_RESET_FIRST + TEQ_CORE_INPUT] = "soft reset in INPUT",
    [K_SOFT_RESET_FIRST + TEQ_CORE_RUN] = "soft reset in RUN", [K_SOFT_RESET_FIRST + TEQ_CORE_DRAIN] = "soft reset in DRAIN",
    [K_SOFT_RESET_FIRST + TEQ_CORE_ERROR] = "soft reset in ERROR",
    [K_RESET_RUNNING] = "reset while running", [K_PREDICTED] = "cycles predicted",
    [K_NO_MAX] = "MAX refused", [K_NO_RESIDUAL] = "residual refused", [K_NO_INDIRECT] = "indirect weights refused",
    [K_NO_CHAIN] = "chain refused",
    [K_PARITY_PRG] = "flipped bit in PRG", [K_PARITY_WGT] = "flipped bit in WGT", [K_PARITY_ACT] = "flipped bit in ACT",
};

void core_corners_init(core_corners *k, const teq_core_params *p) { *k = (core_corners){.params = p}; }

static void hit(core_corners *k, core_corner corner, bool holds) { k->hits[corner] += holds; }

/* ---- streams and registers ---------------------------------------------------------- */

static void look_host_side(core_corners *k, const teq_core *c, const teq_core_in *in, const teq_core_out *out) {
    const teq_core_regs *r = &c->regs;
    const teq_core_state state = c->sequencer.state;
    const bool image_port = r->port == TEQ_REG_IMAGE_DATA || r->port == TEQ_REG_IMAGE_LAST;
    hit(k, K_PORT_BUSY_STREAM, r->port_write && (image_port ? in->s_axis_p_tvalid && c->p.n < 2 : in->s_axis_x_tvalid));
    hit(k, K_IMAGE_PORT, c->p.n > 0 && c->p.beat[0].port && c->p.beat[0].last && state == TEQ_CORE_IDLE);
    hit(k, K_INPUT_PORT, c->input.busy && c->x.n > 0 && c->x.beat[0].port);
    hit(k, K_OUTPUT_PORT, r->ar_valid && !r->r_valid && r->ar == TEQ_REG_OUTPUT_DATA && c->y.n > 0);
    hit(k, K_LOAD_WHILE_RUNNING, c->p.n > 0 && state != TEQ_CORE_IDLE && state != TEQ_CORE_ERROR);
    hit(k, K_SLVERR_READ, out->s_axil_rvalid && out->s_axil_rresp);
    hit(k, K_SLVERR_WRITE, out->s_axil_bvalid && out->s_axil_bresp);
    hit(k, K_STROBE, r->w_valid && r->wstrb != 15);
    hit(k, K_WRITE_PIPELINED, r->aw_valid && r->w_valid && r->b_valid);
    hit(k, K_IRQ, out->irq_o);
    const bool clears = r->aw_valid && r->w_valid && !r->b_valid && r->aw == TEQ_REG_IRQ_STATUS && r->wstrb == 15;
    hit(k, K_IRQ_CLEAR_RACE, clears && (r->w & TEQ_IRQ_STATUS_IMAGE_MASK) && c->image.state == 2 && c->p.n > 0 &&
                                 c->image.header >> 28 == TEQ_IMAGE_END);
    hit(k, K_EMPTY_PACKET, c->image.state == 2 && c->p.n > 0 && c->p.beat[0].data == 0 && c->image.header >> 28 != TEQ_IMAGE_END);
    if (r->reset) hit(k, K_SOFT_RESET_FIRST + state, true);
    hit(k, K_OUTPUT_STALL, c->writer.n_words > 0 && c->y.n == 2);
    if (c->writer.n_words > 0 && c->y.n < 2) hit(k, K_ODD_WORD, c->writer.n_words - c->writer.at == 1);
}

/* ---- the program ---------------------------------------------------------------------- */

static void look_input(core_corners *k, const teq_core *c) {
    const teq_core_sequencer *s = &c->sequencer;
    const teq_core_input *u = &c->input;
    const bool takes = u->busy && c->x.n > 0;
    hit(k, K_INPUT_LINES, takes && u->line > 0);
    hit(k, K_INPUT_EARLY, takes && s->state != TEQ_CORE_INPUT);
    hit(k, K_INPUT_PART, takes && u->line_len - u->taken < 4);
    const bool writes = c->writer.active && (s->d.op == TEQ_OP_MAX ? c->max.valid : c->array.requant.n_y > 0 && !s->d.stream);
    hit(k, K_INPUT_WAITS_WRITER, takes && writes);
    hit(k, K_CHECK_WAITS_INPUT, u->busy && s->state == TEQ_CORE_CHECK && s->d.op <= TEQ_OP_INPUT);
}

static void look_weights(core_corners *k, const teq_core *c) {
    const teq_core_sequencer *s = &c->sequencer;
    teq_array_out array;
    teq_array_outputs(&c->array, &array);
    hit(k, K_WEIGHTS_STALL, c->weights.beat && !array.s_axis_w_tready);
    hit(k, K_INDIRECT, c->weights.compact);
    if (c->weights.beat && s->d.indirect) {
        const uint8_t *slots = teq_core_ram_out(&c->wgt);
        hit(k, K_NONE, slots[0] >> k->params->array.n_max);
    }
    hit(k, K_TILES_FULL, s->state == TEQ_CORE_RUN && s->phase == 0 && c->reader.queue.n == 2);
    hit(k, K_LOADS_FULL, s->state == TEQ_CORE_RUN && s->phase == 0 && c->weights.queue.n == 2);
    if (s->state != TEQ_CORE_RUN || s->phase != 2) return;
    teq_tile_entry e;
    teq_tile_entry_unpack(s->entry, &e);
    hit(k, K_MULTI, s->multi);
    hit(k, K_SAME_WEIGHTS, !e.reload && s->t > 0);
    hit(k, K_RELOAD_GROUP, e.reload && !s->group0 && s->multi);
    hit(k, K_GROUPS, s->rows_done > 0);
    hit(k, K_PASSES, s->pass > 0);
    hit(k, K_CHAIN_GROUP, teq_descriptor_chains(&s->d) && s->rows_done > 0);
}

static void look_config(core_corners *k, const teq_core *c) {
    const teq_core_config_loader *l = &c->config;
    const teq_descriptor *d = &c->sequencer.d;
    if (l->layer_left == 0 && l->pass < l->n_pass) {
        const bool waits = teq_core_config_waits(l, k->params, d, c->writer.passes);
        hit(k, K_SKIP_CONFIG, d->n_pass_cfg == 0 && !waits);
        hit(k, K_CONFIG_WAITS_PASS, waits);
    }
    const bool sequencer_reads = c->sequencer.state == TEQ_CORE_RUN && c->sequencer.phase == 0 && c->reader.queue.n < 2 &&
                                 c->weights.queue.n < 2;
    hit(k, K_CONFIG_WAITS_PORT, l->layer_left > 0 && sequencer_reads);
}

static void look_vectors(core_corners *k, const teq_core *c) {
    const teq_core_sequencer *s = &c->sequencer;
    const teq_descriptor *d = &s->d;
    const teq_core_reader *r = &c->reader;
    teq_array_out array;
    teq_array_outputs(&c->array, &array);
    const bool dot = d->op == TEQ_OP_DOT;
    hit(k, K_VECTOR_STALL, dot && r->c.valid && !r->c.residual && !array.s_axis_a_tready);
    hit(k, K_RESIDUAL_STALL, dot && r->c.valid && r->c.residual && !array.s_axis_r_tready);
    hit(k, K_RESIDUAL, r->c.valid && r->c.residual);
    hit(k, K_T_RESIDUAL, r->c.valid && r->c.residual && d->res_t);
    hit(k, K_STREAM, c->writer.n_words > 0);
    hit(k, K_SIGNED, array.m_axis_y_tvalid && array.m_axis_y->code[0] >> k->params->array.na_max);
    hit(k, K_T_WRITE, array.m_axis_y_tvalid && !d->stream && d->out_t);
    hit(k, K_CHAIN, teq_descriptor_chains(d) && r->c.valid && !r->c.residual && !r->c.first);
    hit(k, K_MAX, c->max.valid);
    hit(k, K_MAX_EMPTY, c->max.valid && !(c->max.seen & 1u));
    hit(k, K_MAX_SIGNED, c->max.valid && c->max.result[0] >> k->params->array.na_max);
    if (r->c.valid && !r->c.residual) {
        const uint64_t all = ~UINT64_C(0) >> (64 - k->params->array.rows);
        hit(k, K_MASKED_BELOW, r->c.mask && !(r->c.mask & 1u));
        hit(k, K_MASKED_ABOVE, (r->c.mask & 1u) && r->c.mask != all);
        hit(k, K_MASKED_ROW, r->c.mask == 0);
        hit(k, K_FULL_VECTOR, r->c.mask == all);
    }
    if (r->queue.n == 0 || r->residual) return;
    const teq_core_tile *t = &r->queue.entry[0];
    const uint32_t addr = (t->addr + r->row_addr + r->col_addr + r->win_addr + r->tap_addr) & teq_core_mask(k->params);
    const bool final = t->last && r->ty + 1 == d->n_ty && r->tx + 1 == d->n_tx;
    hit(k, K_PART_1, dot && t->part == 1);
    hit(k, K_PART_2, dot && t->part == 2);
    hit(k, K_WINDOW, r->ty > 0 && r->tx > 0);
    hit(k, K_WRAPPED, addr >> (k->params->reach - 1) && !c->input.busy);
    hit(k, K_FINAL_WAITS_CONFIG, dot && final && c->config.loaded <= t->pass && !r->b.valid);
    hit(k, K_READER_WAITS_INPUT, c->input.busy && !r->b.valid &&
                                     teq_core_signed(k->params, addr) + k->params->array.rows > teq_core_signed(k->params, c->input.in_next));
}

void core_corners_look(core_corners *k, const teq_core *c, const teq_core_in *in, const teq_core_out *out) {
    const teq_core_state state = c->sequencer.state;
    if (!in->rst_ni) {
        hit(k, K_RESET_RUNNING, state != TEQ_CORE_IDLE && state != TEQ_CORE_ERROR);
        return;
    }
    look_host_side(k, c, in, out);
    if (c->regs.reset || state == TEQ_CORE_ERROR || state == TEQ_CORE_IDLE) return;
    look_input(k, c);
    look_weights(k, c);
    look_config(k, c);
    look_vectors(k, c);
}

void core_corners_raised(core_corners *k, const teq_core *c) {
    k->causes[c->raised.cause]++;
    if (c->raised.cause == TEQ_ERROR_CAUSE_PARITY) hit(k, K_PARITY_PRG + (c->raised.info >> 30) - 1, true);
    const teq_descriptor *d = &c->sequencer.d;
    const bool dot = c->raised.cause == TEQ_ERROR_CAUSE_FIELD && d->op == TEQ_OP_DOT;
    hit(k, K_NO_MAX, c->raised.cause == TEQ_ERROR_CAUSE_OP && d->op == TEQ_OP_MAX);
    hit(k, K_NO_RESIDUAL, dot && d->res && !k->params->residual);
    hit(k, K_NO_INDIRECT, dot && d->indirect && !k->params->indirect);
    hit(k, K_NO_CHAIN, dot && d->chain && !k->params->array.chain);
}

/* ---- the verdict ------------------------------------------------------------------------ */

/* Rare enough that only a longer run must see them; or impossible: a loader that never has
 * more to do than the reader. */
static bool is_rare(const core_corners *k, unsigned corner) {
    if (corner >= K_PARITY_PRG) return !k->params->parity;
    const teq_core_params *p = k->params;
    if (p->array.serial && (corner == K_OUTPUT_STALL || corner == K_RESIDUAL_STALL)) return true; /* vectors come slowly */
    if (!p->maximum && (corner == K_MAX || corner == K_MAX_EMPTY || corner == K_MAX_SIGNED)) return true;
    if (!p->residual && (corner == K_RESIDUAL || corner == K_T_RESIDUAL || corner == K_RESIDUAL_STALL)) return true;
    if (!p->indirect && (corner == K_INDIRECT || corner == K_NONE)) return true;
    if (!p->array.chain && (corner == K_CHAIN || corner == K_CHAIN_GROUP)) return true;
    if (corner == K_NO_MAX) return p->maximum;
    if (corner == K_NO_RESIDUAL) return p->residual;
    if (corner == K_NO_INDIRECT) return p->indirect;
    if (corner == K_NO_CHAIN) return p->array.chain || p->indirect; /* one reason of many there */
    if (corner == K_MAX_SIGNED) return k->params->array.na_max == 8; /* inputs have no sign then */
    if (corner == K_LOADS_FULL) return teq_load_cycles(&k->params->array) < 4;
    return corner == K_IRQ_CLEAR_RACE || corner == K_INPUT_WAITS_WRITER;
}

void core_corners_report(core_corners *k, const core_host *h, bench *b) {
    unsigned seen = 0, asked = 0;
    const bool judges = !b->max_cycles && !dut_info.four_state;
    k->hits[K_PREDICTED] = h->predicted;
    for (unsigned i = 0; i < N_CORE_CORNERS; i++) {
        asked++;
        seen += k->hits[i] > 0;
        if (b->verbose) printf("%10llu  %s\n", (unsigned long long)k->hits[i], names[i]);
        if (judges && !is_rare(k, i)) bench_check(b, k->hits[i] > 0, "never seen in this run: %s", names[i]);
    }
    for (unsigned i = 1; i <= TEQ_ERROR_CAUSE_PORT; i++) {
        /* With parity it is the memories' turn. */
        if (k->params->parity ? i <= TEQ_ERROR_CAUSE_PSUM : i == TEQ_ERROR_CAUSE_PARITY) continue;
        asked++;
        seen += k->causes[i] > 0;
        if (b->verbose) printf("%10llu  error %s\n", (unsigned long long)k->causes[i], teq_core_cause_name(i));
        if (judges) bench_check(b, k->causes[i] > 0, "never seen in this run: error %s", teq_core_cause_name(i));
    }
    bench_note(b, "corners: %u of %u seen", seen, asked);
    bench_note(b, "programs: %llu to their end, %llu refused, %llu predicted to the cycle",
               (unsigned long long)h->finished, (unsigned long long)h->refused, (unsigned long long)h->predicted);
}
