/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_fifo2: a two-entry queue; pushes while full and pops while empty are ignored.
 */
#include <string.h>

#include "bench.h"

void bench_run(bench *b) {
    dut_port *rst = bench_port(b, "rst_ni"), *push_i = bench_port(b, "push_i"), *d_i = bench_port(b, "d_i"),
             *full_o = bench_port(b, "full_o"), *pop_i = bench_port(b, "pop_i"), *q_o = bench_port(b, "q_o"),
             *empty_o = bench_port(b, "empty_o");
    uint32_t entry[3][DUT_MAX_WORDS] = {{0}}, words[DUT_MAX_WORDS];
    unsigned level = 0;
    bench_stall source = bench_stall_random(b), sink = bench_stall_random(b);
    bench_reset(b, 2);
    while (bench_running(b, 5000)) {
        if (rng_chance(&b->rng, 2)) {
            source = bench_stall_random(b);
            sink = bench_stall_random(b);
        }
        const bool push = !bench_stalls(b, &source), pop = !bench_stalls(b, &sink), reset = rng_below(&b->rng, 400) == 0;
        dut_set_u64(push_i, push);
        dut_set_u64(pop_i, pop);
        dut_set_u64(rst, !reset);
        if (push) bench_set_random(b, d_i, words);
        else bench_set_poison(b, d_i);
        bench_tick(b);
        const bool pushes = push && level < 2, pops = pop && level > 0;
        if (pops) {
            memcpy(entry[0], entry[1], sizeof entry[0]);
            level--;
        }
        if (pushes) memcpy(entry[level++], words, sizeof words);
        if (reset) level = 0;
        bench_compare_u64(b, full_o, level == 2);
        bench_compare_u64(b, empty_o, level == 0);
        if (level) bench_compare(b, q_o, entry[0], NULL);
    }
}
