/* SPDX-License-Identifier: Apache-2.0 */
#include "core_host.h"

#include <stdlib.h>
#include <string.h>

bool core_host_init(core_host *h, bench *b, teq_core *core) {
    *h = (core_host){.bench = b, .core = core, .parity = core->params.parity, .reset_left = 2};
    if (!core_gen_init(&h->gen, &core->params, rng_u64(&b->rng))) return false;
    h->gen.reserve = h->parity;
    h->it = (teq_interpreter){.params = &core->params, .prg = h->gen.prg, .wgt = h->gen.wgt};
    h->it.act = calloc(teq_core_elements(&core->params), sizeof *h->it.act);
    return h->it.act != NULL;
}

void core_host_free(core_host *h) {
    core_gen_free(&h->gen);
    teq_interpret_free(&h->it);
    teq_image_free(&h->image);
    free(h->it.act);
    free(h->keep);
    free(h->last);
    free(h->words);
}

/* After a reset, or an error. */
static void forget(core_host *h) {
    h->gen.act_known = h->gen.tables_known = false;
    h->p_shown = h->x_shown = false;
    h->job = JOB_LEGAL;
    h->cause = 0;
    core_enter(h, STEP_GAP);
}

/* ---- what has happened ------------------------------------------------------------- */

static bool registers_rest(const core_host *h) {
    const teq_core_regs *r = &h->core->regs;
    return !h->write.aw && !h->write.w && !r->aw_valid && !r->w_valid && !r->b_valid && !h->read.busy && !r->start &&
           !r->reset && !r->port_write;
}

/* The program has ended: words, ACT and, if nobody stalled, cycles. */
static void compare_results(core_host *h) {
    bench *b = h->bench;
    teq_error err = {0};
    h->it.in = h->gen.in;
    h->it.n_in = h->gen.n_in;
    h->it.in_at = h->it.n_out = 0;
    if (!bench_check(b, teq_interpret(&h->it, &err), "interpreter: %s", err.message)) return;
    if (!bench_check(b, h->n_words == h->it.n_out, "m_axis_y: expected %zu words, got %zu", h->it.n_out, h->n_words))
        return;
    for (size_t i = 0; i < h->n_words; i++)
        if (!bench_check(b, h->words[i] == h->it.out[i], "word %zu of m_axis_y: expected %d, got %d", i, h->it.out[i],
                         h->words[i]))
            return;
    const size_t n = teq_core_elements(&h->core->params);
    const bool same = memcmp(h->core->act.code, h->it.act, n * sizeof *h->it.act) == 0;
    for (size_t i = 0; i < n && !same; i++)
        if (!bench_check(b, h->core->act.code[i] == h->it.act[i], "ACT, element %zu: expected 0x%x, model has 0x%x", i,
                         h->it.act[i], h->core->act.code[i]))
            return;
    h->finished++;
    if (!h->quick) return;
    teq_core_counters total = {0};
    const bool good = teq_core_predict(&h->core->params, h->gen.prg, h->gen.n_prg, 1000000, NULL, 0, &total, &err) > 0;
    if (!bench_check(b, good, "prediction: %s", err.message)) return;
    bench_check(b, total.cycles == h->core->regs.counters.cycles, "cycles: predicted %llu, took %llu",
                (unsigned long long)total.cycles, (unsigned long long)h->core->regs.counters.cycles);
    h->predicted++;
}

static void check_cause(core_host *h) {
    const unsigned cause = h->core->regs.error & TEQ_ERROR_CAUSE_MASK;
    const bool of_image = cause >= TEQ_ERROR_CAUSE_IMAGE && cause <= TEQ_ERROR_CAUSE_CONFIG;
    bool expected = cause == h->cause;
    if (h->job == JOB_SPOILED && h->parity) expected |= cause == TEQ_ERROR_CAUSE_PARITY; /* the last word was read */
    if (h->job == JOB_BAD_IMAGE && h->cause == 0) expected |= of_image; /* another destination: it depends */
    if (h->job == JOB_PORT && h->port_misuse < 2) expected |= of_image; /* the port's beat came in between */
    bench_check(h->bench, expected, "cause: expected %s, got %s", teq_core_cause_name(h->cause),
                teq_core_cause_name(cause));
    h->refused++;
}

static void look(core_host *h) {
    const teq_core *c = h->core;
    const teq_core_state state = c->sequencer.state;
    h->since++;
    if (c->regs.reset) {
        forget(h);
        return;
    }
    if (state == TEQ_CORE_ERROR && h->step != STEP_ERROR) {
        check_cause(h);
        h->act_at = core_between(h, 1, 40);
        h->acted = false;
        h->p_shown = h->x_shown = false;
        core_enter(h, STEP_ERROR);
    }
    switch (h->step) {
    case STEP_GAP:
        if (h->since > 3 && c->y.n == 0 && state == TEQ_CORE_IDLE && registers_rest(h) && core_chance(h, 64)) core_job_new(h);
        break;
    case STEP_IMAGE:
        if (h->next_beat < h->image.n_beats || c->p.n > 0 || c->image.state != 0 || !registers_rest(h)) break;
        bench_check(h->bench, c->image.valid, "the image has come and is not valid");
        bench_check(h->bench, h->job != JOB_BAD_IMAGE, "a damaged image has been accepted");
        h->memories_whole = true;
        core_enter(h, STEP_START);
        break;
    case STEP_START:
        if (c->regs.start) core_enter(h, STEP_RUN);
        break;
    case STEP_RUN:
        bench_check(h->bench, h->since < 400000, "the program does not end");
        if (state != TEQ_CORE_IDLE || h->since < 2 || c->y.n > 0 || c->regs.start) break;
        if (h->parity && h->job == JOB_SPOILED) { /* outside what programs may use is not outside memory: it may */
            forget(h);                            /* have read what it wrote */
            break;
        }
        compare_results(h);
        core_enter(h, STEP_GAP);
        break;
    default: break;
    }
}

/* ---- registers --------------------------------------------------------------------- */

static void start_write(core_host *h, uint8_t addr, uint32_t data) {
    h->write = (core_write){.aw = true, .w = true, .addr = addr, .strb = 15, .data = data};
}

/* A write of no consequence to the job. */
static void noise_write(core_host *h) {
    static const uint8_t read_only[] = {TEQ_REG_ID, TEQ_REG_STATUS, TEQ_REG_ERROR, TEQ_REG_CYCLES_LO, TEQ_REG_OUTPUT_DATA};
    static const uint8_t effective[] = {TEQ_REG_CONTROL, TEQ_REG_IRQ_ENABLE, TEQ_REG_IMAGE_DATA, TEQ_REG_INPUT_LAST};
    switch (core_below(h, 8)) {
    case 0: start_write(h, read_only[core_below(h, 5)], core_word(h)); break;
    case 1: start_write(h, (uint8_t)(0x94 + core_below(h, 0x100 - 0x94)), core_word(h)); break;
    case 2:
        start_write(h, effective[core_below(h, 4)], core_word(h));
        h->write.strb = (uint8_t)core_below(h, 15);
        break;
    case 3: start_write(h, (uint8_t)(effective[core_below(h, 4)] + core_between(h, 1, 3)), core_word(h)); break;
    case 4: start_write(h, TEQ_REG_CONTROL, core_word(h) & ~3u); break;
    case 5:
    case 6: start_write(h, TEQ_REG_IRQ_ENABLE, core_word(h)); break;
    default: start_write(h, TEQ_REG_IRQ_STATUS, core_word(h)); break;
    }
}

/* A write that begins now takes effect two cycles later, if nobody stalls. */
static bool meets_state(const core_host *h) {
    const teq_core_sequencer *s = &h->core->sequencer;
    if (h->reset_in == TEQ_CORE_CHECK) return s->state == TEQ_CORE_DESC && s->k == TEQ_DESCRIPTOR_WORDS - 1;
    return h->reset_in < 0 || s->state == (teq_core_state)h->reset_in;
}

static bool time_to_act(core_host *h) {
    if (h->acted || h->step != h->act_in || h->since < h->act_at) return false;
    if (h->job == JOB_EARLY_START && h->core->image.state == 0) return false; /* the image before it still stands */
    if (!meets_state(h)) return false;
    h->acted = true;
    return true;
}

/* Four ways to do it, each where it cannot be right. The word is no header. */
static void misuse_port(core_host *h) {
    const teq_core *c = h->core;
    const uint32_t bad_header = 0x30000000u | core_word(h) >> 4;
    const bool waiting = h->step == STEP_START && !h->started;
    switch (h->port_misuse) {
    case 0: /* the image waits while the program runs: the third word has no place */
        if (h->step == STEP_RUN && h->since > h->act_at)
            start_write(h, core_chance(h, 128) ? TEQ_REG_IMAGE_DATA : TEQ_REG_IMAGE_LAST, bad_header);
        break;
    case 1: /* the stream has a beat */
        if (h->step == STEP_IMAGE && h->since > h->act_at % 32 && !h->acted) {
            h->acted = true;
            start_write(h, TEQ_REG_IMAGE_DATA, bad_header);
        }
        break;
    case 2: /* two beats of the input are there already */
        if (waiting && c->x.n == 2) start_write(h, core_chance(h, 128) ? TEQ_REG_INPUT_DATA : TEQ_REG_INPUT_LAST, core_word(h));
        break;
    default:
        if (waiting && c->y.n == 0 && !h->read.busy)
            h->read = (core_read){.ar = true, .busy = true, .addr = TEQ_REG_OUTPUT_DATA};
        break;
    }
}

/* The start waits until the misuse of a port has struck. */
static bool waits_for_misuse(const core_host *h) {
    return h->job == JOB_PORT && (h->port_misuse == 3 || (h->port_misuse == 2 && h->in_beats >= 3));
}

/* What the job wants to write now. */
static void job_write(core_host *h) {
    const teq_core *c = h->core;
    const bool rest = registers_rest(h);
    switch (h->job) {
    case JOB_EARLY_START:
    case JOB_DOUBLE_START:
        if (time_to_act(h)) start_write(h, TEQ_REG_CONTROL, TEQ_CONTROL_START_MASK);
        break;
    case JOB_SOFT_RESET:
        if (time_to_act(h)) start_write(h, TEQ_REG_CONTROL, TEQ_CONTROL_RESET_MASK | core_below(h, 2));
        break;
    case JOB_PORT:
        if (rest) misuse_port(h);
        break;
    default: break;
    }
    if (h->write.aw || h->write.w || !rest) return;
    if (h->step == STEP_ERROR && h->since > h->act_at && !h->acted) {
        h->acted = true;
        if (core_chance(h, 50))
            h->reset_left = core_between(h, 1, 3);
        else
            start_write(h, TEQ_REG_CONTROL, TEQ_CONTROL_RESET_MASK | core_below(h, 2));
    } else if (h->step == STEP_START && !h->started && !waits_for_misuse(h)) {
        h->started = true;
        start_write(h, TEQ_REG_CONTROL, TEQ_CONTROL_START_MASK);
    } else if (h->step == STEP_IMAGE && h->image_by_port && h->next_beat < h->image.n_beats && c->p.n < 2) {
        const size_t i = h->next_beat++;
        start_write(h, h->last[i] ? TEQ_REG_IMAGE_LAST : TEQ_REG_IMAGE_DATA, h->image.beat[i]);
    } else if (h->step == STEP_RUN && h->input_by_port && h->in_pending && c->x.n < 2) {
        h->in_pending = false;
        start_write(h, h->in_beat.last ? TEQ_REG_INPUT_LAST : TEQ_REG_INPUT_DATA, h->in_beat.data);
    }
}

static void choose_write(core_host *h, const teq_core_out *out, teq_core_in *in) {
    if (!h->write.aw && !h->write.w) job_write(h);
    if (!h->write.aw && !h->write.w && h->step != STEP_START && rng_below(&h->bench->rng, 2048) < h->read_chance)
        noise_write(h);
    in->s_axil_awvalid = h->write.aw && !bench_stalls(h->bench, &h->aw_stall);
    in->s_axil_wvalid = h->write.w && !bench_stalls(h->bench, &h->w_stall);
    in->s_axil_awaddr = h->write.addr;
    in->s_axil_wdata = h->write.data;
    in->s_axil_wstrb = h->write.strb;
    in->s_axil_bready = !bench_stalls(h->bench, &h->b_stall);
    if (in->s_axil_awvalid && out->s_axil_awready) h->write.aw = false;
    if (in->s_axil_wvalid && out->s_axil_wready) h->write.w = false;
}

static void keep_words(core_host *h, const teq_axis_beat *beat) {
    if (h->n_words + 2 > h->words_room) {
        h->words_room = 2 * h->words_room + 256;
        int16_t *grown = realloc(h->words, h->words_room * sizeof *grown);
        if (!bench_check(h->bench, grown != NULL, "out of memory")) return;
        h->words = grown;
    }
    h->words[h->n_words++] = (int16_t)beat->data;
    if (beat->keep == 15) h->words[h->n_words++] = (int16_t)(beat->data >> 16);
}

static uint8_t noise_address(core_host *h) {
    const unsigned kind = core_below(h, 4);
    const uint8_t any = (uint8_t)core_word(h);
    if (kind == 0) return any == TEQ_REG_OUTPUT_DATA ? 0 : any;
    if (kind == 1) return (uint8_t)(TEQ_REG_CYCLES_LO + 4 * core_below(h, 10));
    static const uint8_t usual[] = {TEQ_REG_STATUS, TEQ_REG_ERROR, TEQ_REG_ERROR_INFO, TEQ_REG_IRQ_STATUS, TEQ_REG_IRQ_ENABLE};
    return kind == 2 ? usual[core_below(h, 5)] : (uint8_t)(4 * core_below(h, 0x90 / 4));
}

static void choose_read(core_host *h, const teq_core_out *out, teq_core_in *in) {
    const teq_core_regs *r = &h->core->regs;
    if (!h->read.busy && h->output_by_port && h->core->y.n > 0)
        h->read = (core_read){.ar = true, .busy = true, .addr = TEQ_REG_OUTPUT_DATA};
    else if (!h->read.busy && rng_chance(&h->bench->rng, h->read_chance))
        h->read = (core_read){.ar = true, .busy = true, .addr = noise_address(h)};
    in->s_axil_arvalid = h->read.ar && !bench_stalls(h->bench, &h->ar_stall);
    in->s_axil_araddr = h->read.addr;
    in->s_axil_rready = !bench_stalls(h->bench, &h->r_stall);
    if (in->s_axil_arvalid && out->s_axil_arready) h->read.ar = false;
    if (r->ar_valid && !r->r_valid && r->ar == TEQ_REG_OUTPUT_DATA && h->core->y.n > 0)
        keep_words(h, &h->core->y.beat[0]); /* it pops at this edge */
    if (out->s_axil_rvalid && in->s_axil_rready) h->read.busy = false;
}

/* ---- streams ----------------------------------------------------------------------- */

static teq_axis_beat junk(core_host *h) {
    return (teq_axis_beat){.data = core_word(h), .keep = (uint8_t)core_below(h, 16), .last = core_chance(h, 64)};
}

static void choose_p(core_host *h, const teq_core_out *out, teq_core_in *in) {
    if (h->step == STEP_ERROR) { /* taken and thrown away */
        in->s_axis_p_tvalid = core_chance(h, 100);
        in->s_axis_p = junk(h);
        return;
    }
    if (h->step != STEP_IMAGE || h->image_by_port || h->next_beat >= h->image.n_beats) return;
    if (!h->p_shown) h->p_shown = !bench_stalls(h->bench, &h->p_stall);
    if (!h->p_shown) return;
    const size_t i = h->next_beat;
    in->s_axis_p_tvalid = true;
    in->s_axis_p = (teq_axis_beat){.data = h->image.beat[i], .keep = h->keep[i], .last = h->last[i]};
    if (!out->s_axis_p_tready) return;
    h->next_beat++;
    h->p_shown = false;
}

/* The next beat of the input, spoiled if it is the job's. */
static void next_input(core_host *h) {
    teq_axis_beat *beat = &h->in_beat;
    h->in_pending = core_gen_input_beat(&h->gen, &h->in_layer, &h->in_line, &h->in_taken, &h->in_at, &beat->data,
                                        &beat->keep, &beat->last);
    if (!h->in_pending) return;
    for (unsigned i = 0; i < 4; i++) /* bytes that do not count are junk */
        if (!(beat->keep >> i & 1u)) beat->data |= (core_word(h) & 255u) << 8 * i;
    if (h->bad_beat-- != 0) return;
    if (h->input_by_port || core_chance(h, 128)) beat->last = !beat->last;
    else beat->keep ^= (uint8_t)core_between(h, 1, 15);
}

static void choose_x(core_host *h, const teq_core_out *out, teq_core_in *in) {
    if (h->step == STEP_ERROR) {
        in->s_axis_x_tvalid = core_chance(h, 100);
        in->s_axis_x = junk(h);
        return;
    }
    const bool feeds = h->step == STEP_RUN || (h->feeds_early && (h->step == STEP_IMAGE || h->step == STEP_START));
    if (feeds && !h->in_pending) next_input(h);
    if (!feeds || !h->in_pending || h->input_by_port) return;
    if (!h->x_shown) h->x_shown = !bench_stalls(h->bench, &h->x_stall);
    if (!h->x_shown) return;
    in->s_axis_x_tvalid = true;
    in->s_axis_x = h->in_beat;
    if (out->s_axis_x_tready) h->in_pending = h->x_shown = false;
}

static void choose_y(core_host *h, const teq_core_out *out, teq_core_in *in) {
    const bool by_port = h->output_by_port || (h->read.busy && h->read.addr == TEQ_REG_OUTPUT_DATA);
    in->m_axis_y_tready = !by_port && !bench_stalls(h->bench, &h->y_stall);
    if (out->m_axis_y_tvalid && in->m_axis_y_tready) keep_words(h, &out->m_axis_y);
}

/* ---- a cycle ----------------------------------------------------------------------- */

static void choose_in_reset(core_host *h, teq_core_in *in) {
    h->reset_left--;
    in->s_axil_awvalid = core_chance(h, 128);
    in->s_axil_wvalid = core_chance(h, 128);
    in->s_axil_arvalid = core_chance(h, 128);
    in->s_axis_p_tvalid = core_chance(h, 128);
    in->s_axis_x_tvalid = core_chance(h, 128);
    in->m_axis_y_tready = core_chance(h, 128);
    h->write = (core_write){0};
    h->read = (core_read){0};
    forget(h);
}

void core_host_choose(core_host *h, const teq_core_out *out, teq_core_in *in) {
    memset(in, 0, sizeof *in);
    if (h->reset_left == 0) {
        look(h);
        if (h->job == JOB_HARD_RESET && time_to_act(h)) h->reset_left = core_between(h, 1, 3);
    }
    in->rst_ni = h->reset_left == 0;
    if (!in->rst_ni) {
        choose_in_reset(h, in);
        return;
    }
    choose_write(h, out, in);
    if (h->reset_left) return; /* it begins in the next cycle */
    choose_read(h, out, in);
    choose_p(h, out, in);
    choose_x(h, out, in);
    choose_y(h, out, in);
}
