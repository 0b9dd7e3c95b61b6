/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_column_sum against a plain sum modulo 2^ACC_W: walking ones and zeros
 * through every input bit, all ones, and random operands of every density.
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

void bench_run(bench *b) {
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
        dut_set(words_i, words);
        dut_set_u64(add_i, add);
        bench_tick(b);
        bench_compare_u64(b, sum_o, plain_sum(&s, words, add));
    }
}
