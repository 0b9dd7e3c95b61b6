/* SPDX-License-Identifier: Apache-2.0
 *
 * The sequencer: fetches descriptors and tile entries, gives commands to reader and weight
 * loader. docs/core.md, section 6, "Sequencer".
 */
#include "teq/model_core.h"

#include <string.h>

enum { A, B, C }; /* cycles of a tile */

void teq_core_sequencer_init(teq_core_sequencer *s) { memset(s, 0, sizeof *s); }

static bool layer_is_legal(const teq_core_params *p, const teq_descriptor *d)
{
    const unsigned cols = p->array.cols;
    if (!d->n_tiles || !d->n_pass || !d->oh || !d->ow || !d->group_rows || !d->n_ty || !d->n_tx)
        return false;
    if (!d->lanes || d->lanes > cols || !d->lanes_x || d->lanes_x > cols || !d->lanes_pass || d->lanes_pass > cols)
        return false;
    if (d->op == TEQ_OP_MAX)
        return d->n_tiles == 1;
    if ((d->res && !p->residual) || (d->indirect && !p->indirect))
        return false;
    if (d->chain && (!p->array.chain || d->n_tiles > 1 || d->n_ty > 1 || d->n_tx > 1))
        return false;
    return teq_array_is_int(&p->array) || (d->w_n >= 2 && d->w_n + d->w_shift <= p->array.n_max && d->a_n >= 2 &&
                                           d->a_n <= p->array.na_max && d->a_shift <= 6);
}

unsigned teq_core_check_descriptor(const teq_core_params *p, const teq_descriptor *d)
{
    bool legal = true;
    if (d->op > TEQ_OP_MAX || (d->op == TEQ_OP_MAX && !p->maximum))
        return TEQ_ERROR_CAUSE_OP;
    if (d->op == TEQ_OP_INPUT)
        legal = d->n_lines && d->line_len && !(d->early && d->n_lines > 1);
    else if (d->op != TEQ_OP_END)
        legal = layer_is_legal(p, d);
    return legal ? TEQ_ERROR_CAUSE_NONE : TEQ_ERROR_CAUSE_FIELD;
}

static void read(const teq_core_params *p, uint32_t addr, teq_core_sequencer_out *out)
{
    out->read = true;
    out->raddr = addr;
    if (addr >= p->prg_words)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_PRG, addr);
}

/* --- RUN -------------------------------------------------------------------- */

static uint32_t group_rows(const teq_core_sequencer *s)
{
    const uint32_t left = s->d.oh - s->rows_done;
    return left < s->d.group_rows ? left : s->d.group_rows;
}

static bool is_last_group(const teq_core_sequencer *s) { return s->rows_done + group_rows(s) == s->d.oh; }
static bool is_last_tile(const teq_core_sequencer *s) { return s->t + 1 == s->d.n_tiles; }

static bool multi_now(const teq_core_sequencer *s, const teq_tile_entry *e) { return s->multi || (e->reload && s->t > 0); }
static bool load_due(const teq_core_sequencer *s, const teq_tile_entry *e)
{
    return e->reload && (s->group0 || multi_now(s, e));
}

static void check_and_push(const teq_core_sequencer *s, const teq_core_params *p, uint64_t next_entry,
                           teq_core_sequencer_out *out)
{
    const teq_descriptor *d = &s->d;
    teq_tile_entry e, next;
    teq_tile_entry_unpack(s->entry, &e);
    teq_tile_entry_unpack(next_entry, &next);
    if (e.lanes == 0 || e.lanes > p->array.rows || e.part == 3 || (s->t == 0 && !e.reload))
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_TILE, d->tile_addr + s->t);
    const bool multi = multi_now(s, &e);
    bool end;
    if (!is_last_tile(s))
        end = next.reload && (s->group0 || multi);
    else
        end = is_last_group(s) || multi;
    out->push_tile = true;
    out->tile = (teq_core_tile){
        .addr = (s->in_group + (uint32_t)e.off) & teq_core_mask(p),
        .y = (s->y_group + (uint32_t)e.y_off) & teq_core_mask(p),
        .u = (uint32_t)e.u_off & teq_core_mask(p),
        .res_addr = s->res_group,
        .rows = (uint16_t)group_rows(s), .pass = (uint16_t)s->pass, .lanes = (uint8_t)e.lanes, .part = (uint8_t)e.part,
        .first = s->t == 0 && (s->group0 || !teq_descriptor_chains(d)), .last = is_last_tile(s), .end = end,
    };
    out->push_load = d->op == TEQ_OP_DOT && load_due(s, &e);
    out->load = (teq_core_load){.word = s->w_load, .compact = (s->c_pass + e.cidx) & teq_core_mask(p)};
}

static void look_run(const teq_core_sequencer *s, const teq_core_params *p, const teq_core_sequencer_in *in,
                     teq_core_sequencer_out *out)
{
    if (s->phase == A && !in->tiles_full && (s->d.op == TEQ_OP_MAX || !in->loads_full))
        read(p, s->d.tile_addr + s->t, out);
    else if (s->phase == B && !is_last_tile(s))
        read(p, s->d.tile_addr + s->t + 1, out);
    else if (s->phase == C)
        check_and_push(s, p, *in->prg, out);
}

/* t, g, p in this order. */
static void advance(teq_core_sequencer *s, const teq_core_params *p)
{
    const teq_descriptor *d = &s->d;
    teq_tile_entry e;
    teq_tile_entry_unpack(s->entry, &e);
    if (e.reload)
        s->w_load = (s->w_load + teq_load_cycles(&p->array)) & teq_core_mask(p);
    s->multi = multi_now(s, &e);
    s->phase = A;
    if (!is_last_tile(s)) {
        s->t++;
        return;
    }
    s->t = 0;
    s->w_load = s->w_pass;
    const uint32_t rows = group_rows(s);
    s->rows_done += rows;
    s->group0 = false;
    s->in_group = (s->in_group + (uint32_t)d->in_group) & teq_core_mask(p);
    s->y_group = (s->y_group + d->y_group) & teq_core_mask(p);
    s->res_group = (s->res_group + rows * (uint32_t)d->res_oy) & teq_core_mask(p);
    if (s->rows_done < d->oh)
        return;
    s->rows_done = 0;
    s->group0 = true;
    s->in_group = s->in_pass = (s->in_pass + (uint32_t)d->in_pass) & teq_core_mask(p);
    s->y_group = 0;
    s->res_group = s->res_pass = (s->res_pass + (uint32_t)d->res_pass) & teq_core_mask(p);
    s->w_load = s->w_pass = (s->w_pass + d->w_pass) & teq_core_mask(p);
    s->c_pass = (s->c_pass + d->c_pass) & teq_core_mask(p);
    if (++s->pass == d->n_pass)
        s->state = TEQ_CORE_DRAIN;
}

static void step_run(teq_core_sequencer *s, const teq_core_params *p, const teq_core_sequencer_in *in,
                     const teq_core_sequencer_out *out)
{
    if (s->phase == A && out->read) {
        s->phase = B;
    } else if (s->phase == B) {
        s->entry = *in->prg;
        s->phase = C;
    } else if (s->phase == C) {
        advance(s, p);
    }
}

static void start_layer(teq_core_sequencer *s)
{
    const teq_descriptor *d = &s->d;
    s->state = TEQ_CORE_RUN;
    s->phase = A;
    s->t = s->pass = s->rows_done = 0;
    s->group0 = true;
    s->multi = false;
    s->in_group = s->in_pass = d->in_base;
    s->y_group = 0;
    s->res_group = s->res_pass = d->res_base;
    s->w_load = s->w_pass = d->w_addr;
    s->c_pass = d->c_addr;
}

/* --- descriptors ------------------------------------------------------------ */

static void look_check(const teq_core_sequencer *s, const teq_core_params *p, const teq_core_sequencer_in *in,
                       teq_core_sequencer_out *out)
{
    const unsigned cause = teq_core_check_descriptor(p, &s->d);
    if (cause != TEQ_ERROR_CAUSE_NONE)
        teq_core_raise(&out->fault, cause, s->pc);
    else if (s->d.op == TEQ_OP_END)
        out->done = !in->input_busy;
    else if (s->d.op == TEQ_OP_INPUT)
        out->start_input = !in->input_busy;
    else
        out->start_layer = true;
}

static void next_descriptor(teq_core_sequencer *s, uint32_t pc)
{
    s->state = TEQ_CORE_DESC;
    s->pc = pc;
    s->k = 0;
}

void teq_core_sequencer_look(const teq_core_sequencer *s, const teq_core_params *p, const teq_core_sequencer_in *in,
                             teq_core_sequencer_out *out)
{
    out->read = out->push_tile = out->push_load = out->start_input = out->start_layer = out->done = false;
    out->fault = (teq_core_fault){0};
    if (s->state == TEQ_CORE_DESC && s->k < TEQ_DESCRIPTOR_WORDS)
        read(p, s->pc + s->k, out);
    else if (s->state == TEQ_CORE_CHECK)
        look_check(s, p, in, out);
    else if (s->state == TEQ_CORE_RUN)
        look_run(s, p, in, out);
}

void teq_core_sequencer_step(teq_core_sequencer *s, const teq_core_params *p, const teq_core_sequencer_in *in,
                             const teq_core_sequencer_out *out)
{
    switch (s->state) {
    case TEQ_CORE_IDLE:
        if (in->start) {
            s->layer = 0;
            next_descriptor(s, 0);
        }
        break;
    case TEQ_CORE_DESC:
        if (s->k > 0)
            s->word[s->k - 1] = *in->prg;
        if (s->k++ == TEQ_DESCRIPTOR_WORDS) {
            teq_descriptor_unpack(s->word, &s->d);
            teq_descriptor_fit(p, &s->d);
            s->layer++;
            s->state = TEQ_CORE_CHECK;
        }
        break;
    case TEQ_CORE_CHECK:
        if (out->done)
            s->state = TEQ_CORE_IDLE;
        else if (out->start_input && s->d.early)
            next_descriptor(s, s->pc + TEQ_DESCRIPTOR_WORDS);
        else if (out->start_input)
            s->state = TEQ_CORE_INPUT;
        else if (out->start_layer)
            start_layer(s);
        break;
    case TEQ_CORE_INPUT:
        if (in->input_last)
            next_descriptor(s, s->pc + TEQ_DESCRIPTOR_WORDS);
        break;
    case TEQ_CORE_RUN:
        step_run(s, p, in, out);
        break;
    case TEQ_CORE_DRAIN:
        if (in->writer_done && !in->input_busy && (s->d.op == TEQ_OP_MAX || (!in->array_busy && in->config_idle)))
            next_descriptor(s, s->pc + TEQ_DESCRIPTOR_WORDS);
        break;
    default:
        break;
    }
}
