/* SPDX-License-Identifier: Apache-2.0
 *
 * The cycles of a program: the core's model without data, fed with all the input it asks
 * for.
 */
#include "teq/model_core.h"

#include <string.h>

const char *teq_core_cause_name(unsigned cause)
{
    static const char *const names[] = {"none",  "OP",    "FIELD", "TILE",  "PRG", "WGT",    "READ",   "WRITE", "PSUM",
                                        "INPUT", "IMAGE", "RANGE", "TLAST", "SUM", "CONFIG", "PARITY", "START", "PORT"};
    return cause < sizeof names / sizeof *names ? names[cause] : "unknown";
}

/* The beats of the INPUT descriptors, in the order of the program. */
typedef struct input_stream {
    const uint64_t *prg;
    size_t n_prg, pc;
    teq_descriptor d;
    uint32_t line, taken;
    bool is_open; /* d is an INPUT with beats left */
} input_stream;

/* The next INPUT from pc on; false behind the end of the program. */
static bool find_input(input_stream *s)
{
    for (; s->pc + TEQ_DESCRIPTOR_WORDS <= s->n_prg; s->pc += TEQ_DESCRIPTOR_WORDS) {
        teq_descriptor_unpack(s->prg + s->pc, &s->d);
        if (s->d.op == TEQ_OP_END)
            return false;
        if (s->d.op == TEQ_OP_INPUT && s->d.n_lines && s->d.line_len) {
            s->line = s->taken = 0;
            s->pc += TEQ_DESCRIPTOR_WORDS;
            return true;
        }
    }
    return false;
}

static bool has_beat(input_stream *s) { return s->is_open || (s->is_open = find_input(s)); }

static teq_axis_beat next_beat(input_stream *s)
{
    const uint32_t left = s->d.line_len - s->taken, n = left < 4 ? left : 4;
    s->taken += n;
    if (s->taken == s->d.line_len) {
        s->taken = 0;
        s->is_open = ++s->line < s->d.n_lines;
    }
    return (teq_axis_beat){.keep = (uint8_t)((1u << n) - 1u), .last = !s->is_open};
}

static teq_core_counters difference(const teq_core_counters *a, const teq_core_counters *b)
{
    return (teq_core_counters){a->cycles - b->cycles, a->vectors - b->vectors, a->stalls - b->stalls,
                               a->row_ops - b->row_ops, a->zero_skips - b->zero_skips};
}

/* Runs to the end; number of descriptors, or -1. */
static int run(teq_core *c, input_stream *s, uint64_t max_cycles, teq_core_layer *layers, int max_layers, teq_error *err)
{
    teq_core_in in = {.rst_ni = true, .m_axis_y_tready = true};
    teq_core_counters begun = {0};
    int n = 0;
    c->image.valid = c->regs.start = true;
    for (;;) {
        if (!in.s_axis_x_tvalid && has_beat(s)) {
            in.s_axis_x = next_beat(s);
            in.s_axis_x_tvalid = true;
        }
        const bool taken = c->x.n < 2;
        const teq_core_state before = c->sequencer.state;
        const uint32_t pc = c->sequencer.pc, op = c->sequencer.d.op;
        teq_core_step(c, &in);
        if (taken)
            in.s_axis_x_tvalid = false;
        const teq_core_counters *now = &c->regs.counters;
        const teq_core_state state = c->sequencer.state;
        if (state == TEQ_CORE_ERROR) {
            teq_fail(err, TEQ_ERR_VALUE, "program: descriptor at word %u, cycle %llu: %s, info %u", pc,
                     (unsigned long long)now->cycles, teq_core_cause_name(c->raised.cause), c->raised.info);
            return -1;
        }
        const bool ends = before != TEQ_CORE_IDLE && before != TEQ_CORE_DESC &&
                          (state == TEQ_CORE_DESC || state == TEQ_CORE_IDLE);
        if (ends) {
            if (layers && n < max_layers)
                layers[n] = (teq_core_layer){.pc = pc, .op = op, .first = begun.cycles, .last = now->cycles,
                                             .counters = difference(now, &begun)};
            n++;
            begun = *now;
        }
        if (ends && state == TEQ_CORE_IDLE)
            return n;
        if (now->cycles >= max_cycles) {
            teq_fail(err, TEQ_ERR_VALUE, "program: descriptor at word %u: not at its end after %llu cycles", pc,
                     (unsigned long long)max_cycles);
            return -1;
        }
    }
}

int teq_core_predict(const teq_core_params *p, const uint64_t *prg, size_t n_prg, uint64_t max_cycles,
                     teq_core_layer *layers, int max_layers, teq_core_counters *total, teq_error *err)
{
    if (n_prg > p->prg_words) {
        teq_fail(err, TEQ_ERR_ARG, "program: %zu words, expected at most PRG_WORDS = %u", n_prg, p->prg_words);
        return -1;
    }
    teq_core *c = teq_core_new(p, err);
    if (!c)
        return -1;
    memcpy(c->prg.word, prg, n_prg * sizeof *prg);
    c->no_data = c->array.no_data = true;
    input_stream s = {.prg = prg, .n_prg = n_prg};
    const int n = run(c, &s, max_cycles, layers, max_layers, err);
    if (total)
        *total = c->regs.counters;
    teq_core_free(c);
    return n;
}
