/* SPDX-License-Identifier: Apache-2.0 */
#include "block.h"

#include "../core_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESET_CYCLES = 2, RESET_EVERY = 600, PROFILE_EVERY = 300 };

/* ---- ports ------------------------------------------------------------------------- */

void block_put_field(block *k, unsigned port, unsigned low, unsigned width, uint64_t value) {
    bits_put(k->port[port].word, low, width, value);
    bits_put(k->port[port].mask, low, width, ~UINT64_C(0));
}

void block_put(block *k, unsigned port, uint64_t value) { block_put_field(k, port, 0, k->port[port].width, value); }

static bool find_ports(block *k, const block_test *t) {
    k->port = calloc(t->n_ports, sizeof *k->port);
    k->hits = calloc(t->n_corners, sizeof *k->hits);
    k->state = calloc(1, t->size);
    bool good = k->port && k->hits && k->state;
    for (unsigned i = 0; good && i < t->n_ports; i++) {
        block_port *p = &k->port[i];
        p->port = bench_port(k->bench, t->ports[i]);
        p->width = dut_width(p->port);
        p->words = dut_words(p->port);
        p->word = calloc(p->words, sizeof *p->word);
        p->mask = calloc(p->words, sizeof *p->mask);
        good = p->word && p->mask;
    }
    return bench_check(k->bench, good, "out of memory");
}

static void clear_ports(const block *k, const block_test *t) {
    for (unsigned i = 0; i < t->n_ports; i++) {
        memset(k->port[i].word, 0, k->port[i].words * sizeof *k->port[i].word);
        memset(k->port[i].mask, 0, k->port[i].words * sizeof *k->port[i].mask);
    }
}

static bool is_put(const block_port *p) {
    for (unsigned i = 0; i < p->words; i++)
        if (p->mask[i]) return true;
    return false;
}

static bool is_whole(const block_port *p) {
    const unsigned rest = p->width % 32;
    for (unsigned i = 0; i < p->words; i++)
        if (p->mask[i] != (i + 1 == p->words && rest ? (UINT32_C(1) << rest) - 1 : UINT32_MAX)) return false;
    return true;
}

static void drive(block *k, const block_port *p) {
    uint32_t junk[DUT_MAX_WORDS];
    if (!is_put(p)) {
        bench_set_poison(k->bench, p->port);
    } else if (is_whole(p)) {
        dut_set(p->port, p->word);
    } else {
        rng_bits(&k->bench->rng, junk, p->width);
        for (unsigned i = 0; i < p->words; i++) junk[i] = (junk[i] & ~p->mask[i]) | (p->word[i] & p->mask[i]);
        dut_set(p->port, junk);
    }
}

/* ---- what is drawn ------------------------------------------------------------------ */

bool block_stalls(block *k, bench_stall *stall) {
    if (rng_below(&k->bench->rng, PROFILE_EVERY) == 0 || (!stall->begin && !stall->end)) *stall = bench_stall_random(k->bench);
    return bench_stalls(k->bench, stall);
}

void block_draw_descriptor(block *k, teq_descriptor *d) {
    uint64_t word[TEQ_DESCRIPTOR_WORDS];
    for (unsigned i = 0; i < TEQ_DESCRIPTOR_WORDS; i++) word[i] = rng_u64(&k->bench->rng);
    teq_descriptor_unpack(word, d);
}

void block_put_descriptor(block *k, unsigned port, const teq_descriptor *d) {
    uint64_t word[TEQ_DESCRIPTOR_WORDS];
    teq_error err;
    if (!bench_check(k->bench, teq_descriptor_pack(d, word, &err), "%s", err.message)) return;
    for (unsigned i = 0; i < TEQ_DESCRIPTOR_WORDS; i++) block_put_field(k, port, 64 * i, 64, word[i]);
}

static unsigned lane_count(block *k) { return block_between(k, 1, k->params.array.cols); }

void block_draw_layer(block *k, teq_descriptor *d) {
    d->n_pass = block_between(k, 1, 4);
    d->oh = block_between(k, 1, 5);
    d->ow = block_between(k, 1, 6);
    d->lanes = block_chance(k, 128) ? k->params.array.cols : lane_count(k);
    d->lanes_x = lane_count(k);
    d->lanes_pass = lane_count(k);
}

static int32_t signed_step(block *k, uint32_t most) {
    const int32_t v = (int32_t)block_below(k, most + 1);
    return block_chance(k, 64) ? -v : v;
}

/* n - 1 steps: how far below and above the first vector they go. */
static void widen(int64_t *low, int64_t *high, int32_t step, uint32_t n) {
    *(step < 0 ? low : high) += (int64_t)step * (n - 1);
}

block_walk block_draw_walk(block *k, const teq_descriptor *d, bool outside) {
    const uint32_t n = teq_core_elements(&k->params), nb = teq_core_nb(&k->params), mask = teq_core_mask(&k->params);
    if (outside) {
        const uint32_t near = block_chance(k, 128) ? n - block_below(k, 2 * nb) : block_word(k) & mask;
        return (block_walk){.base = near & mask, .t = block_below(k, k->params.act_words), .pass = signed_step(k, n),
                            .oy = signed_step(k, n), .ox = signed_step(k, nb)};
    }
    for (;;) {
        block_walk w = {.t = block_chance(k, 128) ? 0 : block_below(k, k->params.act_words / nb + 1), .pass = signed_step(k, n / 4),
                        .oy = signed_step(k, n / 8), .ox = signed_step(k, 2 * nb)};
        int64_t low = 0, high = (int64_t)(k->params.array.cols - 1u) * (nb * w.t + 1u);
        widen(&low, &high, w.pass, d->n_pass);
        widen(&low, &high, w.oy, d->oh);
        widen(&low, &high, w.ox, d->ow);
        if (high - low >= n) continue;
        w.base = (uint32_t)(block_below(k, n - (uint32_t)(high - low)) - low);
        return w;
    }
}

bool block_open_act(block *k, teq_core_act *act) {
    teq_error err;
    return bench_check(k->bench, teq_core_act_init(act, &k->params, &err), "%s", err.message);
}

void block_put_bases(block *k, unsigned base0, unsigned base1, uint32_t addr, unsigned t) {
    const uint32_t nb = teq_core_nb(&k->params), first = addr / nb - addr % nb * t;
    block_put(k, base0, first);
    block_put(k, base1, first + nb * t + 1);
}

void block_put_tile(block *k, unsigned port, const teq_core_tile *tile) {
    const unsigned reach = k->params.reach;
    const struct {
        unsigned width;
        uint64_t value;
    } field[] = {{reach, tile->addr}, {reach, tile->y}, {reach < 16 ? reach : 16, tile->u}, {7, tile->lanes}, {2, tile->part},
                 {12, tile->rows}, {1, tile->first}, {1, tile->last}, {1, tile->end}, {12, tile->pass}};
    unsigned low = 0;
    for (unsigned i = 0; i < sizeof field / sizeof *field; low += field[i++].width)
        block_put_field(k, port, low, field[i].width, field[i].value);
}

void block_put_error(block *k, unsigned port, unsigned cause, const teq_core_fault *fault) {
    if (fault->cause == TEQ_ERROR_CAUSE_NONE || cause <= fault->cause) block_put(k, port, cause == fault->cause);
}

/* ---- a run --------------------------------------------------------------------------- */

/* Parameters of a core that this block could be in. */
static void find_params(block *k) {
    bench *b = k->bench;
    teq_core_params *p = &k->params;
    teq_array_params *a = &p->array;
    *p = TEQ_CORE_DEFAULT;
    const int64_t few = bench_param_or(b, "WGT_W", 0) > 4096 ? 6 : 2; /* a word of weights that 4 rows do not have */
    const int64_t nb = bench_param_or(b, "NB", INT64_C(1) << bench_param_or(b, "LB", few)); /* banks */
    if (bench_param_or(b, "IS_INT", 0)) a->engine = TEQ_ARRAY_BOOTH;
    a->rows = (uint16_t)bench_param_or(b, "ROWS", bench_param_or(b, "LANES", nb));
    a->cols = a->n_requant = (uint16_t)bench_param_or(b, "COLS", bench_param_or(b, "N", nb));
    a->n_max = (uint8_t)bench_param_or(b, "N_MAX", a->n_max);
    const int64_t column = a->rows * (a->n_max + 1), loads = bench_param_or(b, "LOAD_CYCLES", 0);
    a->load_cols = (uint16_t)bench_param_or(b, "LOAD_COLS", loads ? a->cols / loads : bench_param_or(b, "WGT_W", column) / column);
    a->na_max = (uint8_t)bench_param_or(b, "NA_MAX", bench_param_or(b, "CODE_W", a->na_max + 1) - 1);
    a->psum_depth = (uint16_t)bench_param_or(b, "PSUM_DEPTH", a->psum_depth);
    p->act_words = p->wgt_words = (uint32_t)bench_param_or(b, "WORDS", 64);
    p->act_words = (uint32_t)bench_param_or(b, "ACT_WORDS", p->act_words);
    p->wgt_words = (uint32_t)bench_param_or(b, "WGT_WORDS", p->wgt_words);
    p->prg_words = (uint32_t)bench_param_or(b, "PRG_WORDS", 64);
    p->counters = bench_param_or(b, "ALL", 1);
    core_options(b, p);
}

bool block_config_matches(block *k) {
    uint32_t config[TEQ_CORE_CONFIGS];
    char expected[32];
    const char *listed = bench_param_text(k->bench, "CONFIG");
    teq_core_config(&k->params, config);
    snprintf(expected, sizeof expected, "96'h%08x%08x%08x", config[2], config[1], config[0]);
    return bench_check(k->bench, listed && strcmp(listed, expected) == 0, "CONFIG: expected %s, blocks.mk lists %s", expected,
                       listed ? listed : "none");
}

static void cycle(block *k, const block_test *t, bool looks) {
    clear_ports(k, t);
    t->cycle(k);
    for (unsigned i = 0; i < t->n_ports; i++)
        if (!dut_is_output(k->port[i].port)) drive(k, &k->port[i]);
    dut_eval();
    for (unsigned i = 0; i < t->n_ports && looks; i++)
        if (dut_is_output(k->port[i].port) && is_put(&k->port[i]))
            bench_compare(k->bench, k->port[i].port, k->port[i].word, k->port[i].mask);
    bench_tick(k->bench);
    if (k->reset) t->init(k);
}

static void report(block *k, const block_test *t) {
    bench *b = k->bench;
    const bool judges = !b->max_cycles && !dut_info.four_state;
    unsigned seen = 0, asked = 0;
    for (unsigned i = 0; i < t->n_corners; i++) {
        if (t->cannot && t->cannot(k, i)) continue;
        asked++;
        seen += k->hits[i] > 0;
        if (b->verbose) bench_note(b, "%10llu  %s", (unsigned long long)k->hits[i], t->corners[i]);
        if (judges) bench_check(b, k->hits[i] > 0, "never seen in this run: %s", t->corners[i]);
    }
    bench_note(b, "corners: %u of %u seen", seen, asked);
}

static void run(block *k, const block_test *t) {
    dut_port *rst = t->no_reset ? NULL : bench_port(k->bench, "rst_ni");
    const unsigned reset_every = t->reset_every ? t->reset_every : RESET_EVERY;
    const uint64_t cycles = dut_info.four_state ? t->cycles / 10 : t->cycles;
    t->init(k);
    while (bench_running(k->bench, cycles)) {
        const bool begins = dut_cycle() < RESET_CYCLES, failed = k->error;
        k->error = false;
        k->reset = rst && (begins || failed || rng_below(&k->bench->rng, reset_every) == 0);
        if (rst) dut_set_u64(rst, !k->reset);
        cycle(k, t, dut_cycle() > 0 && !failed);
    }
    report(k, t);
}

void bench_run(bench *b) {
    const block_test *t = &block_under_test;
    block k = {.bench = b};
    find_params(&k);
    if (find_ports(&k, t) && (!t->open || t->open(&k))) run(&k, t);
    if (t->close && k.state) t->close(&k);
    for (unsigned i = 0; k.port && i < t->n_ports; i++) {
        free(k.port[i].word);
        free(k.port[i].mask);
    }
    free(k.port);
    free(k.hits);
    free(k.state);
}
