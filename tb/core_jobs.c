/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs of core_host.h: a program, its image, and what is wrong with them.
 */
#include <stdlib.h>

#include "core_host.h"

/* ---- images ---------------------------------------------------------------------- */

/* Beats that are headers: the first, and what follows each packet. */
static size_t pick_header(core_host *h, bool memory) {
    const teq_image *im = &h->image;
    size_t found = 0;
    unsigned seen = 0;
    for (size_t i = 0; i + 2 < im->n_beats;) {
        const unsigned dest = im->beat[i] >> 28;
        const size_t per_word = dest == TEQ_IMAGE_PRG ? 2 : dest == TEQ_IMAGE_WGT ? teq_image_wgt_beats(&h->gen.params) : 1;
        if ((!memory || dest != TEQ_IMAGE_CONFIG) && core_below(h, ++seen) == 0) found = i;
        i += 2 + im->beat[i + 1] * per_word;
    }
    return found;
}

/* One thing wrong with the image's stream; the cause that it must have. */
static unsigned damage(core_host *h) {
    teq_image *im = &h->image;
    const size_t n = im->n_beats, any = core_below(h, (unsigned)n);
    size_t at;
    switch (core_below(h, 10)) {
    case 0:
        im->beat[pick_header(h, false)] ^= (uint32_t)core_between(h, 1, 15) << 28; /* another destination */
        im->beat[n - 1] += 1; /* if nothing else strikes, the sum does */
        return 0;
    case 1: im->beat[pick_header(h, true)] &= 0x0fffffff; return TEQ_ERROR_CAUSE_IMAGE;
    case 2: im->beat[1] = core_chance(h, 128) ? 2 : core_word(h) | 4; return TEQ_ERROR_CAUSE_IMAGE;
    case 3:
        h->keep[any] = (uint8_t)core_below(h, 15);
        h->image_by_port = false; /* which has no TKEEP */
        return TEQ_ERROR_CAUSE_IMAGE;
    case 4:
        at = pick_header(h, true);
        im->beat[at + 1] = h->gen.params.prg_words + h->gen.params.wgt_words + (core_word(h) >> core_between(h, 1, 20));
        return TEQ_ERROR_CAUSE_RANGE;
    case 5: at = pick_header(h, true); im->beat[at] |= 0x0ffffff0; return TEQ_ERROR_CAUSE_RANGE;
    case 6:
        if (any == n - 1) h->last[any] = false;
        else h->last[any] = true;
        return TEQ_ERROR_CAUSE_TLAST;
    case 7: h->last[n - 1] = false; return TEQ_ERROR_CAUSE_TLAST;
    case 8: im->beat[n - 1] ^= 1u << core_below(h, 32); return TEQ_ERROR_CAUSE_SUM;
    default: im->beat[core_between(h, 2, 4)] ^= 1u << core_below(h, 32); return TEQ_ERROR_CAUSE_CONFIG;
    }
}

static void make_image(core_host *h) {
    teq_image_free(&h->image);
    const bool good = core_gen_image(&h->gen, &h->image, (h->parity && !h->memories_whole) || core_chance(h, 12));
    const size_t n = h->image.n_beats;
    if (!bench_check(h->bench, good, "image: out of memory")) return;
    if (n > h->keep_room) {
        free(h->keep);
        free(h->last);
        h->keep_room = 2 * n;
        h->keep = malloc(h->keep_room);
        h->last = malloc(h->keep_room * sizeof *h->last);
        if (!bench_check(h->bench, h->keep && h->last, "image: out of memory")) return;
    }
    for (size_t i = 0; i < n; i++) {
        h->keep[i] = 15;
        h->last[i] = i + 1 == n;
    }
    h->next_beat = 0;
}

/* ---- jobs ------------------------------------------------------------------------ */

static core_job draw_job(core_host *h) {
    static const struct {
        core_job job;
        unsigned parts;
    } kinds[] = {{JOB_SPOILED, 48},  {JOB_BAD_IMAGE, 30}, {JOB_BAD_INPUT, 16},  {JOB_EARLY_START, 6},
                 {JOB_DOUBLE_START, 6}, {JOB_PORT, 16},   {JOB_SOFT_RESET, 32}, {JOB_HARD_RESET, 10}};
    unsigned at = core_below(h, 256);
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (at < kinds[i].parts) return kinds[i].job;
        at -= kinds[i].parts;
    }
    return JOB_LEGAL;
}

static void make_program(core_host *h) {
    core_gen *g = &h->gen;
    const bool act_known = g->act_known, tables_known = g->tables_known;
    h->cause = 0;
    core_gen_program(g);
    if (h->job != JOB_SPOILED) return;
    static const uint8_t memories[] = {TEQ_ERROR_CAUSE_PRG, TEQ_ERROR_CAUSE_WGT, TEQ_ERROR_CAUSE_READ, TEQ_ERROR_CAUSE_READ};
    const teq_core_params *p = &g->params;
    const bool small = !p->residual || !p->indirect || !p->maximum; /* and asked for what it does not have */
    const unsigned most = small && core_chance(h, 150) ? TEQ_ERROR_CAUSE_FIELD : TEQ_ERROR_CAUSE_PSUM;
    h->cause = h->parity ? memories[core_below(h, 4)] : core_between(h, TEQ_ERROR_CAUSE_OP, most);
    while (!core_gen_spoil(g, h->cause)) {
        g->act_known = act_known;
        g->tables_known = tables_known;
        core_gen_program(g);
    }
}

static void count_input(core_host *h) {
    h->in_beats = 0;
    for (unsigned i = 0; i < h->gen.n_layers; i++)
        if (h->gen.layer[i].op == TEQ_OP_INPUT)
            h->in_beats += (size_t)h->gen.layer[i].n_lines * ((h->gen.layer[i].line_len + 3) / 4);
}

static void draw_stalls(core_host *h) {
    bench_stall *all[] = {&h->p_stall, &h->x_stall, &h->y_stall, &h->aw_stall,
                          &h->w_stall, &h->b_stall, &h->ar_stall, &h->r_stall};
    for (unsigned i = 0; i < 8; i++) {
        *all[i] = h->quick || core_chance(h, 90) ? bench_stall_never() : bench_stall_random(h->bench);
        const bool registers = i >= 3;
        if (registers && (h->job == JOB_DOUBLE_START || h->image_by_port || h->reset_in >= 0)) *all[i] = bench_stall_never();
    }
}

void core_job_new(core_host *h) {
    h->job = draw_job(h);
    h->acted = h->started = false;
    make_program(h);
    make_image(h);
    count_input(h);
    h->quick = h->job == JOB_LEGAL && core_chance(h, 60);
    h->image_by_port = !h->quick && core_chance(h, 12);
    h->input_by_port = !h->quick && core_chance(h, 20);
    h->output_by_port = !h->quick && core_chance(h, 24);
    h->feeds_early = h->quick || core_chance(h, 128);
    h->read_chance = h->quick ? 0 : core_chance(h, 128) ? 8 : 80;
    h->in_layer = 0;
    h->in_line = h->in_taken = 0;
    h->in_at = 0;
    h->in_pending = false;
    h->n_words = 0;
    h->bad_beat = SIZE_MAX;
    h->act_in = STEP_RUN;
    h->reset_in = -1;
    h->act_at = core_chance(h, 80) ? core_below(h, 16) : core_below(h, core_chance(h, 128) ? 300 : 1500);
    switch (h->job) {
    case JOB_BAD_IMAGE: h->cause = damage(h); break;
    case JOB_BAD_INPUT:
        h->cause = TEQ_ERROR_CAUSE_INPUT;
        h->bad_beat = h->in_beats ? core_below(h, (unsigned)h->in_beats) : SIZE_MAX;
        break;
    case JOB_EARLY_START:
        h->cause = TEQ_ERROR_CAUSE_START;
        h->act_in = STEP_IMAGE;
        h->act_at = core_between(h, 4, 60);
        break;
    case JOB_DOUBLE_START:
        h->cause = TEQ_ERROR_CAUSE_START;
        h->act_at = core_below(h, 20);
        break;
    case JOB_PORT:
        h->cause = TEQ_ERROR_CAUSE_PORT;
        h->port_misuse = core_below(h, 4);
        h->image_by_port = h->input_by_port = h->output_by_port = false;
        h->feeds_early = true;
        break;
    case JOB_SOFT_RESET:
    case JOB_HARD_RESET:
        h->act_in = core_chance(h, 64) ? STEP_IMAGE : STEP_RUN;
        if (h->job == JOB_HARD_RESET || h->act_in == STEP_IMAGE || core_chance(h, 100)) break;
        h->reset_in = (int)core_between(h, TEQ_CORE_DESC, TEQ_CORE_DRAIN);
        h->act_at = 2 + core_below(h, 40);
        break;
    default: break;
    }
    draw_stalls(h);
    core_enter(h, STEP_IMAGE);
}
