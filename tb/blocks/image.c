/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_image: images of a few packets, every second one with a mistake, while the core
 * runs or not; what goes to the memories is compared with what the model leaves in its own.
 */
#include <stdlib.h>
#include <string.h>

#include "block.h"

enum {
    POR, RUN, ERROR, VALID, LOADING, DONE, BEAT_VALID, BEAT_DATA, BEAT_KEEP, BEAT_LAST, TAKE, PRG_WEN, PRG_WADDR, PRG_WDATA, WGT_WEN,
    WGT_WADDR, WGT_WDATA, BAD_IMAGE, BAD_RANGE, BAD_TLAST, BAD_SUM, BAD_CONFIG, HEADER, SUM, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "por_ni", "run_i", "error_i", "valid_o", "loading_o", "done_o", "beat_valid_i", "beat_data_i", "beat_keep_i", "beat_last_i",
    "take_o", "prg_wen_o", "prg_waddr_o", "prg_wdata_o", "wgt_wen_o", "wgt_waddr_o", "wgt_wdata_o", "bad_image_o", "bad_range_o",
    "bad_tlast_o", "bad_sum_o", "bad_config_o", "header_o", "sum_o",
};

enum {
    GOOD, SECOND, EMPTY, LAST_PRG, LAST_WGT, BEAT_WAITS, RUNS, ERROR_ELSEWHERE, ERROR_AT_END, RESET_LOADING, POR_VALID, RESET_VALID,
    UNKNOWN_DEST, NOT_FIRST, CONFIG_AGAIN, CONFIG_COUNT, KEEP_HEADER, KEEP_PAYLOAD, RANGE_PRG, RANGE_WGT, LAST_EARLY, LAST_MISSING,
    WRONG_SUM, OTHER_CONFIG, N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "good image", "image after a good one", "packet of no words", "last word of PRG", "last word of WGT", "a beat is waited for",
    "beats wait while the core runs", "error elsewhere", "error elsewhere as the image ends", "reset while loading",
    "power-on reset of a good image", "reset keeps a good image", "error: unknown destination", "error: configuration not first",
    "error: configuration again", "error: count of the configuration", "error: TKEEP of a header", "error: TKEEP of a word",
    "error: beyond PRG", "error: beyond WGT", "error: TLAST early", "error: TLAST missing", "error: sum", "error: other configuration",
};

enum { DEST_LSB = 28 };
enum { FIRST_HEADER, NEXT_HEADER, COUNT, PAYLOAD }; /* states of the model */

typedef struct state {
    teq_core_image m;
    teq_core_ram prg, wgt;
    teq_image image;        /* the one that is being sent */
    size_t at;
    size_t bad_keep, bad_last; /* beats with a wrong TKEEP, TLAST; none: the number of beats */
    bench_stall beat, run;
    uint64_t words[64];
    uint8_t *slots;
} state;

static bool open(block *k) {
    state *s = k->state;
    const teq_core_params *p = &k->params;
    teq_error err = {0};
    const unsigned n = teq_core_slots(p);
    s->slots = calloc(p->wgt_words, n);
    for (uint32_t i = 0; s->slots && i < p->wgt_words * n; i++) s->slots[i] = (uint8_t)block_below(k, 1u << teq_weight_bits(&p->array));
    const bool good = s->slots && teq_core_image_init(&s->m, p, &err) && teq_core_ram_init(&s->prg, p->prg_words, 8, false, &err) &&
                      teq_core_ram_init(&s->wgt, p->wgt_words, n, false, &err);
    return bench_check(k->bench, good, "%s", err.message) && block_config_matches(k);
}

static void close(block *k) {
    state *s = k->state;
    teq_core_image_free(&s->m);
    teq_core_ram_free(&s->prg);
    teq_core_ram_free(&s->wgt);
    teq_image_free(&s->image);
    free(s->slots);
}

/* After a reset the buffer before the loader is empty: another image comes. */
static void init(block *k) {
    state *s = k->state;
    teq_core_image_reset(&s->m);
    s->at = s->image.n_beats;
}

/* ---- images ------------------------------------------------------------------------ */

static void draw_packet(block *k, state *s) {
    const teq_core_params *p = &k->params;
    const bool to_prg = block_chance(k, 128);
    const uint32_t room = to_prg ? p->prg_words : p->wgt_words, most = room < 12 ? room : 12;
    const uint32_t n = block_chance(k, 32) ? 0 : block_between(k, 1, most);
    const uint32_t start = block_chance(k, 64) ? room - n : block_below(k, room - n + 1);
    for (unsigned i = 0; i < n; i++) s->words[i] = rng_u64(&k->bench->rng);
    if (to_prg) teq_image_prg(&s->image, start, s->words, n, NULL);
    else teq_image_wgt(&s->image, p, start, s->slots + block_below(k, p->wgt_words - n + 1) * teq_core_slots(p), n, NULL);
}

/* A mistake; header: the first beats of the n packets. */
static void spoil(block *k, state *s, const size_t *header, unsigned n) {
    uint32_t *beat = s->image.beat;
    const size_t any = block_below(k, (unsigned)s->image.n_beats), of = header[block_below(k, n)];
    switch (block_below(k, 9)) {
        case 0: beat[of] = (beat[of] & ((1u << DEST_LSB) - 1)) | block_below(k, 16) << DEST_LSB; break;
        case 1: beat[of] &= (1u << DEST_LSB) - 1; break; /* configuration again */
        case 2: beat[1] ^= 1u << block_below(k, 32); break;
        case 3: s->bad_keep = block_chance(k, 128) ? of : any; break;
        case 4: beat[of] |= 1u << block_below(k, DEST_LSB); break;
        case 5: beat[of + 1] ^= 1u << block_below(k, 32); break;
        case 6: s->bad_last = block_chance(k, 128) ? s->image.n_beats - 1 : any; break;
        case 7: beat[2 + block_below(k, TEQ_CORE_CONFIGS)] ^= 1u << block_below(k, 32); break;
        default: beat[any] ^= 1u << block_below(k, 32); break;
    }
}

static void draw_image(block *k, state *s) {
    size_t header[8] = {0};
    const unsigned n = 2 + block_below(k, 6);
    s->image.n_beats = s->at = 0;
    teq_image_begin(&s->image, &k->params, NULL);
    for (unsigned i = 1; i < n; i++) {
        header[i] = s->image.n_beats;
        if (i + 1 < n) draw_packet(k, s);
    }
    teq_image_end(&s->image, NULL);
    s->bad_keep = s->bad_last = s->image.n_beats;
    if (block_chance(k, 128)) spoil(k, s, header, n);
}

/* ---- a cycle ------------------------------------------------------------------------- */

static void show_words(block *k, const state *s, unsigned dest, uint32_t addr, bool writes) {
    const bool to_prg = writes && dest == TEQ_IMAGE_PRG, to_wgt = writes && dest == TEQ_IMAGE_WGT;
    block_put(k, PRG_WEN, to_prg);
    block_put(k, WGT_WEN, to_wgt);
    if (to_prg) {
        uint64_t word;
        memcpy(&word, s->prg.word + sizeof word * addr, sizeof word);
        block_put(k, PRG_WADDR, addr);
        block_put(k, PRG_WDATA, word);
    }
    if (to_wgt) {
        const unsigned n = teq_core_slots(&k->params), w = teq_weight_bits(&k->params.array);
        block_put(k, WGT_WADDR, addr);
        for (unsigned i = 0; i < n; i++) block_put_field(k, WGT_WDATA, i * w, w, s->wgt.word[n * addr + i]);
    }
}

static void show(block *k, const state *s, const teq_axis_beat *head, bool error, const teq_core_image_out *out) {
    const teq_core_image *m = &s->m;
    const bool is_header = m->state <= NEXT_HEADER;
    block_put(k, VALID, m->valid);
    block_put(k, LOADING, m->state != FIRST_HEADER);
    block_put(k, DONE, out->done && !error);
    block_put(k, TAKE, out->takes);
    block_put_error(k, BAD_IMAGE, TEQ_ERROR_CAUSE_IMAGE, &out->fault);
    block_put_error(k, BAD_RANGE, TEQ_ERROR_CAUSE_RANGE, &out->fault);
    block_put_error(k, BAD_TLAST, TEQ_ERROR_CAUSE_TLAST, &out->fault);
    block_put_error(k, BAD_SUM, TEQ_ERROR_CAUSE_SUM, &out->fault);
    block_put_error(k, BAD_CONFIG, TEQ_ERROR_CAUSE_CONFIG, &out->fault);
    if (!out->takes) return;
    block_put(k, HEADER, is_header ? head->data : m->header);
    if (m->state == COUNT && m->header >> DEST_LSB == TEQ_IMAGE_END) block_put(k, SUM, m->before);
}

static void look_errors(block *k, const state *s, const teq_axis_beat *head, const teq_core_image_out *out) {
    const teq_core_image *m = &s->m;
    const unsigned cause = out->fault.cause, to = m->header >> DEST_LSB, dest = head->data >> DEST_LSB;
    const bool is_header = m->state <= NEXT_HEADER, keeps = head->keep == 15;
    block_hit(k, UNKNOWN_DEST, is_header && keeps && m->state == NEXT_HEADER && dest > TEQ_IMAGE_WGT && dest != TEQ_IMAGE_END);
    block_hit(k, NOT_FIRST, m->state == FIRST_HEADER && keeps && cause == TEQ_ERROR_CAUSE_IMAGE);
    block_hit(k, CONFIG_AGAIN, m->state == NEXT_HEADER && keeps && dest == TEQ_IMAGE_CONFIG);
    block_hit(k, CONFIG_COUNT, m->state == COUNT && keeps && cause == TEQ_ERROR_CAUSE_IMAGE);
    block_hit(k, KEEP_HEADER, is_header && !keeps);
    block_hit(k, KEEP_PAYLOAD, m->state == PAYLOAD && !keeps);
    block_hit(k, RANGE_PRG, cause == TEQ_ERROR_CAUSE_RANGE && to == TEQ_IMAGE_PRG);
    block_hit(k, RANGE_WGT, cause == TEQ_ERROR_CAUSE_RANGE && to == TEQ_IMAGE_WGT);
    block_hit(k, LAST_EARLY, cause == TEQ_ERROR_CAUSE_TLAST && head->last);
    block_hit(k, LAST_MISSING, cause == TEQ_ERROR_CAUSE_TLAST && !head->last);
    block_hit(k, WRONG_SUM, cause == TEQ_ERROR_CAUSE_SUM);
    block_hit(k, OTHER_CONFIG, cause == TEQ_ERROR_CAUSE_CONFIG);
}

static void look_corners(block *k, const state *s, const teq_axis_beat *head, bool run, bool por, bool error, const teq_core_image_out *out) {
    const teq_core_image *m = &s->m;
    const unsigned dest = m->header >> DEST_LSB;
    block_hit(k, GOOD, out->done && !error);
    block_hit(k, SECOND, out->begins && m->valid);
    block_hit(k, EMPTY, out->takes && m->state == COUNT && head->data == 0 && dest != TEQ_IMAGE_END);
    block_hit(k, LAST_PRG, out->writes && dest == TEQ_IMAGE_PRG && m->addr + 1 == k->params.prg_words);
    block_hit(k, LAST_WGT, out->writes && dest == TEQ_IMAGE_WGT && m->addr + 1 == k->params.wgt_words);
    block_hit(k, BEAT_WAITS, m->state == PAYLOAD && !head && !run);
    block_hit(k, RUNS, m->state == PAYLOAD && run);
    block_hit(k, ERROR_ELSEWHERE, error && !out->fault.cause);
    block_hit(k, ERROR_AT_END, error && !out->fault.cause && out->done);
    block_hit(k, RESET_LOADING, k->reset && m->state != FIRST_HEADER);
    block_hit(k, POR_VALID, !por && m->valid);
    block_hit(k, RESET_VALID, k->reset && por && m->valid);
    if (out->takes) look_errors(k, s, head, out);
}

static void cycle(block *k) {
    state *s = k->state;
    teq_core_image *m = &s->m;
    const bool between = s->at == s->image.n_beats || s->at == 0;
    const bool there = !block_stalls(k, &s->beat) && !(between && block_chance(k, 232)), run = block_stalls(k, &s->run);
    const bool por = !k->reset || (dut_cycle() > 1 && block_chance(k, 192));
    if (s->at == s->image.n_beats) draw_image(k, s);
    const bool is_end = s->at + 1 == s->image.n_beats;
    const teq_axis_beat beat = {.data = s->image.beat[s->at], .last = is_end != (s->at == s->bad_last),
                                .keep = (uint8_t)(s->at == s->bad_keep ? block_below(k, 15) : 15)};
    teq_core_image_out out;
    teq_core_image_look(m, &k->params, there && !run ? &beat : NULL, &out);
    const bool elsewhere = block_below(k, is_end && there ? 32 : 1024) == 0, error = elsewhere || out.fault.cause;
    block_put(k, POR, por);
    block_put(k, RUN, run);
    block_put(k, ERROR, error);
    block_put(k, BEAT_VALID, there);
    if (there) {
        block_put(k, BEAT_DATA, beat.data);
        block_put(k, BEAT_KEEP, beat.keep);
        block_put(k, BEAT_LAST, beat.last);
    }
    show(k, s, &beat, error, &out);
    look_corners(k, s, there ? &beat : NULL, run, por, error, &out);
    k->error = error;
    const unsigned dest = m->header >> DEST_LSB;
    const uint32_t addr = m->addr;
    if (!k->reset) teq_core_image_step(m, &k->params, &beat, &out, error, &s->prg, &s->wgt);
    if (!k->reset && !error) show_words(k, s, dest, addr, out.writes);
    s->at += out.takes;
    if (!por) m->valid = false;
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 300000,
    .open = open, .init = init, .cycle = cycle, .close = close,
};
