/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_column_sum against a plain sum modulo 2^ACC_W: walking ones and zeros
 * through every input bit, all ones, and random operands of every density. teq_column_pipe
 * the same, with the words of the last edge with en_i; words that are zero are called so now and then.
 */
#include <string.h>

#include "bench.h"

typedef struct shape {
    unsigned n_words, word_w, group, step, acc_w;
} shape;

static uint64_t plain_sum(const shape *s, const uint32_t *words, uint64_t add) {
    uint64_t sum = add;
    for (unsigned i = 0; i < s->n_words; i++)
        sum += bits_get(words, i * s->word_w, s->word_w) << (s->step * (i % s->group));
    return s->acc_w < 64 ? sum & ((UINT64_C(1) << s->acc_w) - 1) : sum;
}

/* Bits that are 1 with a probability that is drawn anew for every vector. */
static void random_density(bench *b, uint32_t *words, unsigned n_bits) {
    uint32_t other[DUT_MAX_WORDS];
    rng_bits(&b->rng, words, n_bits);
    for (unsigned rounds = (unsigned)rng_below(&b->rng, 4); rounds > 0; rounds--) {
        const bool dense = rng_chance(&b->rng, 128);
        rng_bits(&b->rng, other, n_bits);
        for (unsigned i = 0; i < (n_bits + 31) / 32; i++)
            words[i] = dense ? words[i] | other[i] : words[i] & other[i];
    }
}

/* teq_column_pipe: what its register holds, and the ports of its first stage. */
typedef struct stage {
    dut_port *en, *zero_i, *zero_o;
    uint32_t words[DUT_MAX_WORDS];
} stage;

static bool all_zero(const uint32_t *words, unsigned n_bits) {
    for (unsigned i = 0; i < n_bits; i++)
        if (bits_get(words, i, 1)) return false;
    return true;
}

/* Drives the first stage; the register follows at the next edge. */
static void drive_stage(bench *b, stage *p, uint32_t *words, unsigned n_bits) {
    const bool en = dut_cycle() == 0 || rng_chance(&b->rng, 224);
    if (rng_chance(&b->rng, 24)) memset(words, 0, DUT_MAX_WORDS * sizeof *words);
    dut_set_u64(p->en, en);
    dut_set_u64(p->zero_i, all_zero(words, n_bits) && rng_chance(&b->rng, 192));
    if (en) memcpy(p->words, words, sizeof p->words);
}

/* A register of zeros says so; a sum that is none comes from one that is not. */
static void check_stage(bench *b, const stage *p, uint64_t sum, unsigned n_bits) {
    if (all_zero(p->words, n_bits)) bench_compare_u64(b, p->zero_o, 1);
    else if (sum != 0) bench_compare_u64(b, p->zero_o, 0);
}

void bench_run(bench *b) {
    const bool is_pipe = strcmp(dut_info.top, "teq_column_pipe") == 0;
    stage pipe = {0};
    if (is_pipe)
        pipe.en = bench_port(b, "en_i"), pipe.zero_i = bench_port(b, "zero_i"), pipe.zero_o = bench_port(b, "zero_o");
    dut_port *words_i = bench_port(b, "words_i"), *add_i = bench_port(b, "add_i"), *sum_o = bench_port(b, "sum_o");
    const shape s = {
        .n_words = (unsigned)bench_param(b, "N_WORDS"),
        .word_w = (unsigned)bench_param(b, "WORD_W"),
        .group = (unsigned)bench_param_or(b, "GROUP", 1),
        .step = (unsigned)bench_param_or(b, "STEP", 0),
        .acc_w = (unsigned)bench_param(b, "ACC_W"),
    };
    const unsigned n_bits = s.n_words * s.word_w;
    const uint64_t all = s.acc_w < 64 ? (UINT64_C(1) << s.acc_w) - 1 : UINT64_MAX;
    /* One 1, one 0 at every place of words and of add_i, then all zeros and all ones. */
    const uint64_t places = n_bits + s.acc_w, directed = 2 * places + 4;
    uint32_t words[DUT_MAX_WORDS];
    while (bench_running(b, directed + 3000)) {
        const uint64_t k = dut_cycle();
        uint64_t add;
        if (k < 2 * places) {
            const bool one = k < places;
            const unsigned at = (unsigned)(k % places);
            memset(words, one ? 0 : 0xFF, sizeof words);
            add = one ? 0 : all;
            if (at < n_bits) bits_put(words, at, 1, one);
            else add ^= UINT64_C(1) << (at - n_bits);
        } else if (k < directed) {
            memset(words, k & 1 ? 0xFF : 0, sizeof words);
            add = k & 2 ? all : 0;
        } else {
            random_density(b, words, n_bits);
            add = rng_u64(&b->rng) & all;
        }
        if (is_pipe) drive_stage(b, &pipe, words, n_bits);
        dut_set(words_i, words);
        dut_set_u64(add_i, add);
        bench_tick(b);
        bench_compare_u64(b, sum_o, plain_sum(&s, is_pipe ? pipe.words : words, add));
        if (is_pipe) check_stage(b, &pipe, plain_sum(&s, pipe.words, 0), n_bits);
    }
}
