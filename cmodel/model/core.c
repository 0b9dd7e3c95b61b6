/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core: its blocks, the array, the streams between them. docs/core.md, section 6.
 * A step looks at all blocks first (what each does in this cycle is a function of state
 * before the edge), then moves them all.
 */
#include "teq/model_core.h"

#include <stdlib.h>
#include <string.h>

teq_core *teq_core_new(const teq_core_params *p, teq_error *err)
{
    if (!teq_core_params_check(p, err))
        return NULL;
    teq_core *c = calloc(1, sizeof *c);
    if (!c) {
        teq_fail(err, TEQ_ERR_MEMORY, "core: out of memory");
        return NULL;
    }
    c->params = *p;
    if (teq_array_init(&c->array, &p->array, err) && teq_core_act_init(&c->act, p, err) &&
        teq_core_ram_init(&c->prg, p->prg_words, sizeof(uint64_t), p->parity, err) &&
        teq_core_ram_init(&c->wgt, p->wgt_words, teq_core_slots(p), p->parity, err) &&
        teq_core_image_init(&c->image, p, err))
        return c;
    teq_core_free(c);
    return NULL;
}

void teq_core_free(teq_core *c)
{
    if (!c)
        return;
    teq_array_free(&c->array);
    teq_core_act_free(&c->act);
    teq_core_ram_free(&c->prg);
    teq_core_ram_free(&c->wgt);
    teq_core_image_free(&c->image);
    free(c);
}

void teq_core_outputs(const teq_core *c, teq_core_out *out)
{
    const teq_core_regs *r = &c->regs;
    *out = (teq_core_out){
        .s_axil_awready = !r->aw_valid, .s_axil_wready = !r->w_valid, .s_axil_bvalid = r->b_valid,
        .s_axil_arready = !r->ar_valid, .s_axil_rvalid = r->r_valid,
        .s_axil_bresp = r->bresp, .s_axil_rresp = r->rresp, .s_axil_rdata = r->r,
        .s_axis_p_tready = c->p.n < 2, .s_axis_x_tready = c->x.n < 2,
        .m_axis_y_tvalid = c->y.n > 0, .m_axis_y = c->y.beat[0],
        .irq_o = r->irq_enable & r->irq_status,
    };
}

/* --- streams ---------------------------------------------------------------- */

static const teq_axis_beat *head(const teq_axis_fifo *f) { return f->n ? &f->beat[0] : NULL; }

static void step_fifo(teq_axis_fifo *f, bool pop, const teq_axis_beat *push)
{
    const bool full = f->n == 2;
    if (pop && f->n) {
        f->beat[0] = f->beat[1];
        f->n--;
    }
    if (push && !full)
        f->beat[f->n++] = *push;
}

/* --- one cycle -------------------------------------------------------------- */

/* What each block does in a cycle. */
typedef struct cycle {
    teq_array_out array;
    teq_core_sequencer_in seq_in;
    teq_core_sequencer_out seq;
    teq_core_config_out config;
    teq_core_weights_out weights;
    teq_core_reader_out reader;
    teq_core_writer_out writer;
    teq_core_input_out input;
    teq_core_image_out image;
    teq_core_regs_out regs;
    bool p_ready, x_ready; /* for the data ports */
    bool start;
    teq_core_fault fault;
} cycle;

static void collect(cycle *y, const teq_core_fault *f)
{
    if (f->cause != TEQ_ERROR_CAUSE_NONE)
        teq_core_raise(&y->fault, f->cause, f->info);
}

static bool to_image(uint8_t port) { return port == TEQ_REG_IMAGE_DATA || port == TEQ_REG_IMAGE_LAST; }

static void look_regs(const teq_core *c, const teq_core_in *in, cycle *y)
{
    const teq_core_state state = c->sequencer.state;
    y->p_ready = c->p.n < 2 && !in->s_axis_p_tvalid;
    y->x_ready = c->x.n < 2 && !in->s_axis_x_tvalid;
    const teq_core_regs_in regs = {
        .busy = state != TEQ_CORE_IDLE && state != TEQ_CORE_ERROR, .in_error = state == TEQ_CORE_ERROR,
        .image = c->image.valid, .loading = c->image.state != 0 && state != TEQ_CORE_ERROR,
        .p_ready = y->p_ready, .x_ready = y->x_ready, .y = head(&c->y),
    };
    teq_core_regs_look(&c->regs, &c->params, &regs, &y->regs);
}

/* Errors that no block knows of by itself. */
static void look_faults(const teq_core *c, cycle *y)
{
    if (c->regs.start && !y->start)
        teq_core_raise(&y->fault, TEQ_ERROR_CAUSE_START, 0);
    if (c->regs.port_write && !(to_image(c->regs.port) ? y->p_ready : y->x_ready))
        teq_core_raise(&y->fault, TEQ_ERROR_CAUSE_PORT, c->regs.port);
    const bool bad[] = {c->prg.read_bad, c->wgt.read_bad, c->act.read_bad};
    for (unsigned i = 0; i < 3; i++)
        if (bad[i])
            teq_core_raise(&y->fault, TEQ_ERROR_CAUSE_PARITY, (i + 1u) << 30);
}

static void look(const teq_core *c, cycle *y)
{
    const teq_descriptor *d = &c->sequencer.d;
    const teq_core_params *p = &c->params;
    const bool idle = c->sequencer.state == TEQ_CORE_IDLE;
    teq_array_outputs(&c->array, &y->array);
    y->start = c->regs.start && idle && c->image.valid;

    const bool result = d->op == TEQ_OP_MAX ? c->max.valid : y->array.m_axis_y_tvalid;
    teq_core_writer_look(&c->writer, d, &c->act, result, c->y.n == 2, &y->writer);
    teq_core_input_look(&c->input, &c->act, head(&c->x), !y->writer.writes, &y->input);
    const teq_core_reader_in reader = {
        .a_tready = y->array.s_axis_a_tready, .r_tready = y->array.s_axis_r_tready, .loaded = c->config.loaded,
        .input_busy = c->input.busy, .in_next = c->input.in_next,
    };
    teq_core_reader_look(&c->reader, p, d, &c->act, &reader, &y->reader);
    teq_core_weights_look(&c->weights, p, d, y->array.s_axis_w_tready, &y->weights);
    y->seq_in = (teq_core_sequencer_in){
        .start = y->start, .tiles_full = c->reader.queue.n == 2, .loads_full = c->weights.queue.n == 2,
        .input_busy = c->input.busy, .input_last = y->input.last, .writer_done = teq_core_writer_done(&c->writer),
        .array_busy = y->array.busy_o, .config_idle = teq_core_config_idle(&c->config),
        .prg = teq_core_ram_out(&c->prg),
    };
    teq_core_sequencer_look(&c->sequencer, p, &y->seq_in, &y->seq);
    teq_core_config_look(&c->config, p, d, !y->seq.read, c->writer.passes, &y->config);
    teq_core_image_look(&c->image, p, idle ? head(&c->p) : NULL, &y->image);

    collect(y, &y->seq.fault);
    collect(y, &y->config.fault);
    collect(y, &y->weights.fault);
    collect(y, &y->reader.fault);
    collect(y, &y->writer.fault);
    collect(y, &y->input.fault);
    collect(y, &y->image.fault);
    look_faults(c, y);
    collect(y, &y->regs.fault);
}

/* The array's streams, as they stand in this cycle. */
static void step_array(teq_core *c, const cycle *y)
{
    const teq_descriptor *d = &c->sequencer.d;
    const teq_core_vector *v = &c->reader.c;
    teq_array_in *in = &c->array_in;
    teq_config_entry entry;
    in->rst_ni = true;
    in->cfg_we_i = c->config.on_port;
    if (in->cfg_we_i) {
        teq_config_entry_unpack(*(const uint64_t *)teq_core_ram_out(&c->prg), &entry);
        in->cfg_sel_i = (uint8_t)entry.sel;
        in->cfg_index_i = (uint8_t)entry.index;
        in->cfg_data_i = entry.data;
    }
    in->s_axis_w_tvalid = c->weights.beat;
    if (in->s_axis_w_tvalid) {
        in->s_axis_w_tlast = c->weights.last;
        in->s_axis_w_tuser = (uint8_t)(d->w_shift << 3 | d->w_n);
        if (y->array.s_axis_w_tready && !c->no_data)
            teq_core_weights_beat(&c->weights, &c->params, d, teq_core_ram_out(&c->wgt), in->s_axis_w_tdata);
    }
    const bool to_array = v->valid && d->op == TEQ_OP_DOT;
    in->s_axis_a_tvalid = to_array && !v->residual;
    if (in->s_axis_a_tvalid) {
        in->s_axis_a_tlast = v->last;
        in->s_axis_a_tuser = (teq_array_user){.addr = v->addr, .first = v->first, .final = v->final, .bank = v->bank,
                                              .res = d->res, .sgn = d->sgn, .a_n = (uint8_t)d->a_n,
                                              .a_shift = (uint8_t)d->a_shift, .chain = d->chain};
        for (unsigned i = 0; i < c->params.array.rows; i++)
            in->s_axis_a_tdata[i] = (uint8_t)v->code[i];
    }
    in->s_axis_r_tvalid = to_array && v->residual;
    if (in->s_axis_r_tvalid)
        memcpy(in->s_axis_r_tdata, v->code, c->params.array.cols * sizeof *v->code);
    in->m_axis_y_tready = y->writer.ready && d->op == TEQ_OP_DOT;
    teq_array_step(&c->array, in);
}

static void count(teq_core *c, const cycle *y)
{
    const teq_core_vector *v = &c->reader.c;
    const teq_core_counters_in in = {
        .clear = y->start, .run = c->sequencer.state != TEQ_CORE_IDLE, .stall = v->valid && !y->reader.c_taken,
        .vector = y->reader.c_taken && !v->residual && c->sequencer.d.op == TEQ_OP_DOT, .lanes = v->n_lanes, .zeros = v->n_zero,
    };
    teq_core_counters_step(&c->regs.counters, &in);
}

/* What goes to ACT in this cycle. */
typedef struct act_write {
    uint32_t addr;
    unsigned t, lanes; /* 0 lanes: nothing */
    uint16_t code[TEQ_COLS_MAX];
} act_write;

static void look_write(const teq_core *c, const cycle *y, act_write *w)
{
    const teq_descriptor *d = &c->sequencer.d;
    w->lanes = 0;
    if (c->no_data)
        return;
    if (y->writer.writes) {
        const uint16_t *code = d->op == TEQ_OP_MAX ? c->max.result : y->array.m_axis_y->code;
        w->addr = y->writer.addr;
        w->t = d->out_t;
        w->lanes = y->writer.lanes;
        memcpy(w->code, code, w->lanes * sizeof *code);
    } else if (y->input.takes) {
        w->addr = c->input.in_next;
        w->t = 0;
        w->lanes = y->input.lanes;
        teq_core_input_codes(&c->input, &c->params, head(&c->x)->data, w->code);
    }
}

/* All blocks move. Data first, as it hangs on the state of several of them. ACT is read
 * before it is written, as teq_ram does it; no program may depend on that. */
static void move(teq_core *c, cycle *y)
{
    const teq_descriptor *d = &c->sequencer.d;
    const teq_core_params *p = &c->params;
    const bool is_dot = d->op == TEQ_OP_DOT, bank = c->reader.c.bank;
    const bool taken = is_dot && y->reader.c_taken && !c->reader.c.residual;
    count(c, y);
    const bool error = y->fault.cause != TEQ_ERROR_CAUSE_NONE;
    teq_core_image_step(&c->image, p, head(&c->p), &y->image, error, &c->prg, &c->wgt);
    if (error)
        return; /* the others are reset in the next cycle, and nobody sees them before */
    act_write write;
    look_write(c, y, &write);
    const int16_t *words = y->array.m_axis_y ? y->array.m_axis_y->word : NULL;
    teq_core_writer_step(&c->writer, d, y->seq.start_layer, words, &y->writer);
    teq_core_input_step(&c->input, p, d, y->seq.start_input, &y->input);
    step_array(c, y);
    teq_core_max_step(&c->max, p, d->a_n, c->reader.c.valid && !is_dot ? &c->reader.c : NULL);
    c->act.read_bad = false;
    teq_core_reader_step(&c->reader, p, d, &c->act, &y->reader, y->seq.push_tile ? &y->seq.tile : NULL, c->no_data);
    teq_core_act_write(&c->act, write.addr, write.t, write.lanes, write.code);
    teq_core_weights_step(&c->weights, p, d, y->array.s_axis_w_tready, teq_core_ram_out(&c->wgt), &y->weights,
                          y->seq.push_load ? &y->seq.load : NULL);
    const uint32_t cfg_addr = c->config.addr;
    teq_core_config_step(&c->config, d, y->seq.start_layer && is_dot, taken, bank, &y->config);
    teq_core_sequencer_step(&c->sequencer, p, &y->seq_in, &y->seq); /* the next d from here on */

    c->prg.read_bad = c->wgt.read_bad = false;
    if (y->seq.read)
        teq_core_ram_read(&c->prg, y->seq.raddr);
    else if (y->config.read)
        teq_core_ram_read(&c->prg, cfg_addr);
    if (y->weights.step)
        teq_core_ram_read(&c->wgt, y->weights.raddr);
}

/* Everything but memories, STATUS.IMAGE, the registers and the output buffer. */
static void reset_blocks(teq_core *c, teq_core_state state)
{
    teq_core_image_reset(&c->image);
    teq_core_sequencer_init(&c->sequencer);
    teq_core_config_init(&c->config);
    teq_core_weights_init(&c->weights);
    teq_core_reader_init(&c->reader);
    teq_core_max_init(&c->max);
    teq_core_writer_init(&c->writer);
    teq_core_input_init(&c->input);
    c->prg.read_bad = c->wgt.read_bad = c->act.read_bad = false;
    c->sequencer.state = state;
    c->p.n = c->x.n = 0;
    memset(&c->array_in, 0, sizeof c->array_in);
    teq_array_step(&c->array, &c->array_in);
}

static void record(teq_core *c, const cycle *y, uint32_t layer)
{
    if (y->fault.cause != TEQ_ERROR_CAUSE_NONE) {
        c->regs.error = y->fault.cause | layer << TEQ_ERROR_LAYER_LSB;
        c->regs.error_info = y->fault.info;
        c->regs.irq_status |= TEQ_IRQ_STATUS_ERROR_MASK;
        c->sequencer.state = TEQ_CORE_ERROR;
        return;
    }
    if (y->seq.done)
        c->regs.irq_status |= TEQ_IRQ_STATUS_DONE_MASK;
    if (y->image.done)
        c->regs.irq_status |= TEQ_IRQ_STATUS_IMAGE_MASK;
}

/* The buffers of the streams: what comes from outside, and from the data ports. */
static void step_streams(teq_core *c, const teq_core_in *in, const cycle *y, bool held)
{
    const teq_core_regs *r = &c->regs;
    const bool for_p = to_image(r->port);
    const teq_axis_beat port = {.data = r->port_data, .keep = 15, .port = true,
                                .last = r->port == TEQ_REG_IMAGE_LAST || r->port == TEQ_REG_INPUT_LAST};
    const teq_axis_beat *p = in->s_axis_p_tvalid ? &in->s_axis_p : r->port_write && for_p ? &port : NULL;
    const teq_axis_beat *x = in->s_axis_x_tvalid ? &in->s_axis_x : r->port_write && !for_p ? &port : NULL;
    step_fifo(&c->y, in->m_axis_y_tready || y->regs.pop_y, !held && y->writer.push ? &y->writer.beat : NULL);
    if (held)
        return;
    step_fifo(&c->p, y->image.takes, p);
    step_fifo(&c->x, y->input.takes, x);
}

void teq_core_step(teq_core *c, const teq_core_in *in)
{
    cycle y;
    const bool in_error = c->sequencer.state == TEQ_CORE_ERROR, soft = c->regs.reset;
    const bool held = in_error || soft || !in->rst_ni;
    y.fault = (teq_core_fault){0};
    look_regs(c, in, &y);
    if (held) {
        step_streams(c, in, &y, true);
        reset_blocks(c, in_error && !soft && in->rst_ni ? TEQ_CORE_ERROR : TEQ_CORE_IDLE);
        teq_core_regs_step(&c->regs, in, &y.regs);
    } else {
        look(c, &y);
        const uint32_t layer = c->sequencer.layer;
        move(c, &y);
        step_streams(c, in, &y, false);
        teq_core_regs_step(&c->regs, in, &y.regs);
        record(c, &y, layer);
    }
    if (soft) {
        c->regs.error = c->regs.error_info = 0;
        c->regs.irq_status = 0;
        c->regs.counters = (teq_core_counters){0};
    }
    if (!in->rst_ni) {
        teq_core_regs_init(&c->regs);
        c->image.valid = false;
        c->y.n = 0;
    }
    c->raised = y.fault;
}

void teq_core_flip(teq_core *c, unsigned memory, uint32_t word)
{
    uint8_t *bad = memory == 1 ? c->prg.bad : memory == 2 ? c->wgt.bad : c->act.bad;
    if (bad)
        bad[word] ^= 1;
}
