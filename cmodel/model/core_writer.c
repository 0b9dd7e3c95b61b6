/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer: codes to ACT, or words through the serializer to the output buffer.
 * docs/core.md, section 6, "Writer".
 */
#include "teq/model_core.h"

#include <string.h>

void teq_core_writer_init(teq_core_writer *w) { memset(w, 0, sizeof *w); }

bool teq_core_writer_done(const teq_core_writer *w) { return !w->active && w->n_words == 0; }

static void look_serializer(const teq_core_writer *w, bool y_full, teq_core_writer_out *out)
{
    const unsigned left = w->n_words - w->at;
    out->push = w->n_words > 0 && !y_full;
    if (!out->push)
        return;
    out->beat = (teq_axis_beat){.data = (uint16_t)w->word[w->at], .keep = 3, .last = w->last && left <= 2};
    if (left > 1) {
        out->beat.data |= (uint32_t)(uint16_t)w->word[w->at + 1] << 16;
        out->beat.keep = 15;
    }
}

void teq_core_writer_look(const teq_core_writer *w, const teq_descriptor *d, const teq_core_act *act, bool valid,
                          bool y_full, teq_core_writer_out *out)
{
    const bool stream = d->op == TEQ_OP_DOT && d->stream;
    out->fault = (teq_core_fault){0};
    look_serializer(w, y_full, out);
    out->ready = w->active && (!stream || w->n_words == 0 || (out->push && w->n_words - w->at <= 2));
    out->takes = valid && out->ready;
    out->writes = out->takes && !stream;
    if (!out->takes)
        return;
    out->addr = (w->pass_addr + w->row_addr + w->col_addr) & act->mask;
    out->lanes = teq_core_lanes(d, w->ox + 1 == d->ow, w->passes + 1 == d->n_pass);
    if (out->writes && teq_core_act_outside(act, out->addr, d->out_t, ~UINT64_C(0) >> (64 - out->lanes)))
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_WRITE, out->addr);
}

static void advance(teq_core_writer *w, const teq_descriptor *d)
{
    w->col_addr += (uint32_t)d->out_ox;
    if (++w->ox < d->ow)
        return;
    w->ox = w->col_addr = 0;
    w->row_addr += (uint32_t)d->out_oy;
    if (++w->oy < d->oh)
        return;
    w->oy = w->row_addr = 0;
    w->pass_addr += (uint32_t)d->out_pass;
    if (++w->passes == d->n_pass)
        w->active = false;
}

void teq_core_writer_step(teq_core_writer *w, const teq_descriptor *d, bool start, const int16_t *words,
                          const teq_core_writer_out *out)
{
    if (out->push) {
        w->at += 2;
        if (w->at >= w->n_words)
            w->n_words = w->at = 0;
    }
    if (out->takes) {
        if (!out->writes) {
            memcpy(w->word, words, out->lanes * sizeof *words);
            w->n_words = out->lanes;
            w->last = w->passes + 1 == d->n_pass && w->oy + 1 == d->oh && w->ox + 1 == d->ow;
        }
        advance(w, d);
    }
    if (start) {
        w->active = true;
        w->passes = w->oy = w->ox = 0;
        w->pass_addr = d->out_base;
        w->row_addr = w->col_addr = 0;
    }
}
