/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_requantize against the equations of docs/number_format.md, section 6, with
 * thresholds counted one by one. Sums come with their constants stage by stage,
 * moves stall at random, and what is not moved is junk.
 *
 * Corners by design: sums that wrap, both saturations of both steps, shifts 0 and
 * 63, multipliers 0 and 65535, the extremes of C, and words exactly on, just above
 * and just below a threshold.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { STAGES_MAX = 16, TH_MAX = 255 };

typedef struct token {
    bool valid; /* not in flight when the tables changed */
    uint64_t acc, b;
    uint32_t m, s;
    int64_t c;
    bool res_neg, sgn;
    int32_t res_d;
    uint32_t code; /* expected */
    int32_t word;
} token;

typedef struct unit {
    bench *b;
    unsigned acc_w, na_max, stages;
    bool is_int;
    int32_t th[TH_MAX];
    unsigned zero, int_shift, code_top;
} unit;

static int32_t saturated(int64_t v) { return v > 32767 ? 32767 : v < -32767 ? -32767 : (int32_t)v; }

static int64_t sign_extended(uint64_t v, unsigned width) { return (int64_t)(v << (64 - width)) >> (64 - width); }

static void expect(const unit *u, token *t) {
    const int64_t sum = sign_extended(t->acc + t->b, u->acc_w);
    const int32_t y0 = saturated((sum * (int64_t)t->m + t->c) >> t->s);
    const int32_t y = saturated((int64_t)y0 + (t->res_neg ? -t->res_d : t->res_d));
    const bool negative = t->sgn && y < 0;
    const int32_t v = negative ? -y : y;
    uint32_t code = 0;
    bool s = negative;
    if (u->is_int) {
        const int32_t half = u->int_shift ? 1 << (u->int_shift - 1) : 0;
        const int32_t units = ((v < 0 ? 0 : v) + half) >> u->int_shift;
        code = units > (int32_t)u->code_top ? u->code_top : (uint32_t)units;
        s = s && code > 0;
    } else {
        for (unsigned j = 0; j < (1u << u->na_max) - 1; j++) code += v < u->th[j];
        s = s && code != u->code_top;
    }
    t->word = y;
    t->code = code | (uint32_t)s << u->na_max;
}

static unsigned below(bench *b, uint64_t n) { return (unsigned)rng_below(&b->rng, n); }

static int descending(const void *x, const void *y) {
    const int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
    return (b > a) - (b < a);
}

static void new_tables(unit *u) {
    bench *b = u->b;
    const unsigned levels = (1u << u->na_max) - 1, bits = 2 + below(b, u->na_max - 1u);
    const bool positive = rng_chance(&b->rng, 128);
    u->zero = (1u << bits) - 1;
    u->int_shift = below(b, 16);
    u->code_top = u->is_int ? 1 + below(b, levels) : u->zero;
    for (unsigned j = 0; j < levels; j++) {
        const int32_t v = (int32_t)below(b, 32768) >> below(b, 15);
        u->th[j] = j >= u->zero ? -32768 : positive || rng_chance(&b->rng, 128) ? v : -v;
    }
    qsort(u->th, u->zero, sizeof *u->th, descending);
}

static token new_token(const unit *u) {
    bench *b = u->b;
    const unsigned c_w = u->acc_w + 18;
    const uint64_t all = (UINT64_C(1) << u->acc_w) - 1;
    token t = {
        .valid = true, .acc = rng_u64(&b->rng) & all, .b = rng_u64(&b->rng) & all,
        .m = rng_chance(&b->rng, 32) ? 0 : rng_chance(&b->rng, 32) ? 65535 : below(b, 65536),
        .s = rng_chance(&b->rng, 128) ? below(b, 64) : u->acc_w - 2 + below(b, 8),
        .c = sign_extended(rng_u64(&b->rng), 64) >> (64 - c_w) >> below(b, c_w),
        .res_neg = rng_chance(&b->rng, 128), .sgn = rng_chance(&b->rng, 128),
        .res_d = rng_chance(&b->rng, 128) ? 0 : (int32_t)below(b, 32768) >> below(b, 15),
    };
    if (rng_chance(&b->rng, 8)) t.c = (INT64_C(1) << (c_w - 1)) - 1;
    if (rng_chance(&b->rng, 8)) t.c = -(INT64_C(1) << (c_w - 1));
    if (rng_chance(&b->rng, 64)) { /* y is a threshold, or next to it */
        const int32_t near = u->th[below(b, u->zero)] + (int32_t)below(b, 3) - 1;
        t.m = 1;
        t.s = 0;
        t.res_d = 0;
        t.c = t.sgn && rng_chance(&b->rng, 128) ? -near : near;
        t.b = (0 - t.acc) & all;
    }
    expect(u, &t);
    return t;
}

typedef struct ports {
    dut_port *en, *acc, *b, *m, *c, *s, *neg, *d, *sgn, *th, *int_shift, *code_top, *code, *word;
} ports;

/* pipe[k] is the token that moves into stage k + 1. */
static void drive(bench *b, const ports *p, bool en, const token *pipe) {
    dut_port *const moving[] = {p->acc, p->b, p->m, p->c, p->s, p->neg, p->d, p->sgn};
    dut_set_u64(p->en, en);
    if (!en) {
        for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) bench_set_poison(b, moving[i]);
        return;
    }
    dut_set_u64(p->acc, pipe[0].acc);
    dut_set_u64(p->b, pipe[0].b);
    dut_set_u64(p->m, pipe[1].m);
    dut_set_u64(p->c, (uint64_t)pipe[2].c);
    dut_set_u64(p->s, pipe[2].s);
    dut_set_u64(p->neg, pipe[3].res_neg);
    dut_set_u64(p->d, (uint64_t)pipe[3].res_d);
    dut_set_u64(p->sgn, pipe[3].sgn);
}

static void drive_tables(const unit *u, const ports *p) {
    uint32_t words[DUT_MAX_WORDS] = {0};
    for (unsigned j = 0; j < (1u << u->na_max) - 1; j++) bits_put(words, 16 * j, 16, (uint64_t)u->th[j]);
    dut_set(p->th, words);
    dut_set_u64(p->int_shift, u->int_shift);
    dut_set_u64(p->code_top, u->code_top);
}

void bench_run(bench *b) {
    const ports p = {
        .en = bench_port(b, "en_i"), .acc = bench_port(b, "acc_i"), .b = bench_port(b, "par_b_i"),
        .m = bench_port(b, "par_m_i"), .c = bench_port(b, "par_c_i"), .s = bench_port(b, "par_s_i"),
        .neg = bench_port(b, "res_neg_i"), .d = bench_port(b, "res_d_i"), .sgn = bench_port(b, "sgn_i"),
        .th = bench_port(b, "th_i"), .int_shift = bench_port(b, "int_shift_i"),
        .code_top = bench_port(b, "code_top_i"), .code = bench_port(b, "code_o"), .word = bench_port(b, "word_o"),
    };
    unit u = {.b = b, .acc_w = (unsigned)bench_param(b, "ACC_W"), .na_max = (unsigned)bench_param(b, "NA_MAX"),
              .is_int = bench_param(b, "INT")};
    u.stages = 4 + (u.is_int ? 1 : u.na_max);
    token pipe[STAGES_MAX] = {{0}};
    token out = {0};
    bench_stall stall = bench_stall_random(b);
    uint64_t compared = 0;
    while (bench_running(b, 30000)) {
        if (dut_cycle() % 500 == 0) {
            new_tables(&u);
            drive_tables(&u, &p);
            for (unsigned i = 0; i < u.stages; i++) pipe[i].valid = false;
            out.valid = false;
            stall = bench_stall_random(b);
        }
        const bool en = !bench_stalls(b, &stall);
        if (en) {
            memmove(&pipe[1], &pipe[0], (STAGES_MAX - 1) * sizeof *pipe);
            pipe[0] = new_token(&u);
        }
        drive(b, &p, en, pipe);
        bench_tick(b);
        if (en) out = pipe[u.stages - 1];
        if (!out.valid) continue;
        bench_compare_u64(b, p.word, (uint16_t)out.word);
        bench_compare_u64(b, p.code, out.code);
        compared++;
    }
    bench_check(b, compared > 0, "no result came out");
}
