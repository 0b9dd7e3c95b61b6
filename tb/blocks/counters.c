/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_counters: vectors, stalls and clears at random. Sums of 64 bits are not waited for.
 */
#include "block.h"

enum { CLEAR, RUN, VECTOR, STALL, MASK, CODE, ZERO, COUNTERS, N_PORTS };
static const char *const ports[N_PORTS] = {"clear_i", "run_i", "vector_i", "stall_i", "mask_i", "code_i", "zero_i", "counters_o"};

enum { CLEARED, CLEARED_WHILE, ALL_ZERO, NO_LANE, VECTOR_STALLS, N_CORNERS };
static const char *const corners[N_CORNERS] = {
    "clear", "clear in a cycle with a vector", "all lanes zero", "vector of no lane", "vector and stall",
};

typedef struct state {
    teq_core_counters n;
    bool known; /* cleared once */
    bench_stall vector, run;
} state;

/* There is no reset but clear_i. */
static void init(block *k) { (void)k; }

static void show(block *k, const state *s) {
    const teq_core_counters *n = &s->n;
    const uint64_t counter[] = {n->cycles, n->vectors, n->stalls, n->row_ops, n->zero_skips};
    for (unsigned i = 0; i < 5; i++)
        block_put_field(k, COUNTERS, 64 * i, 64, k->params.counters ? counter[i] : i ? 0 : (uint32_t)counter[i]);
}

static void cycle(block *k) {
    state *s = k->state;
    const unsigned rows = k->params.array.rows, w = k->params.array.na_max, zero = block_chance(k, 128) ? (1u << w) - 1u : 0;
    const bool common = block_chance(k, 64);
    uint64_t mask = rng_u64(&k->bench->rng) & (~UINT64_C(0) >> (64 - rows));
    if (block_chance(k, 16)) mask = 0;
    teq_core_counters_in in = {.clear = block_below(k, 200) == 0 || dut_cycle() == 1, .run = !block_stalls(k, &s->run),
                               .vector = !block_stalls(k, &s->vector), .stall = block_chance(k, 64)};
    block_put(k, CLEAR, in.clear);
    block_put(k, RUN, in.run);
    block_put(k, STALL, in.stall);
    block_put(k, VECTOR, in.vector);
    if (in.vector) {
        block_put(k, MASK, mask);
        block_put(k, ZERO, zero);
        for (unsigned i = 0; i < rows; i++) {
            const unsigned code = common || block_chance(k, 64) ? zero : block_below(k, 1u << w);
            block_put_field(k, CODE, i * w, w, code);
            in.lanes += mask >> i & 1u;
            in.zeros += (mask >> i & 1u) && code == zero;
        }
    }
    if (s->known) show(k, s);
    block_hit(k, CLEARED, in.clear && s->n.vectors);
    block_hit(k, CLEARED_WHILE, in.clear && in.vector);
    block_hit(k, ALL_ZERO, in.vector && in.zeros == rows);
    block_hit(k, NO_LANE, in.vector && !in.lanes);
    block_hit(k, VECTOR_STALLS, in.vector && in.stall);
    teq_core_counters_step(&s->n, &in);
    s->known |= in.clear;
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 40000,
    .init = init, .cycle = cycle, .no_reset = true,
};
