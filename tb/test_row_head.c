/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_row_head, exhaustively: every code of every format (zero code) at every
 * shift, against the power of two itself (reference.h); then random enables: x_o holds, and
 * an input that is unknown while en_i is low does not matter.
 */
#include <string.h>

#include "bench.h"
#include "reference.h"

enum { SHIFTS = 7 };

typedef struct head_in {
    bool en;
    unsigned code, zero, shift;
} head_in;

static void expected_x(unsigned k_res, unsigned mb, const head_in *in, uint32_t *x) {
    const unsigned e = in->code << in->shift;
    memset(x, 0, sizeof(uint32_t) * 4);
    for (unsigned r = 0; r < k_res; r++)
        bits_put(x, r * mb, mb, in->code == in->zero ? 0 : reference_head(k_res, mb, e, r));
}

void bench_run(bench *b) {
    dut_port *en_i = bench_port(b, "en_i"), *code_i = bench_port(b, "code_i"), *zero_i = bench_port(b, "zero_i"),
             *shift_i = bench_port(b, "shift_i"), *x_o = bench_port(b, "x_o");
    const unsigned na_max = (unsigned)bench_param(b, "NA_MAX");
    const unsigned k_res = (unsigned)bench_param(b, "K_RES"), mb = (unsigned)bench_param(b, "MB");
    const unsigned codes = 1u << na_max;
    const uint64_t directed = (uint64_t)(na_max - 1) * SHIFTS * codes;
    uint32_t x[4];
    bench_lanes(b, x_o, mb);
    while (bench_running(b, directed + 2000)) {
        const uint64_t k = dut_cycle();
        head_in in = {.en = true};
        if (k < directed) {
            in.code = (unsigned)(k % codes);
            in.shift = (unsigned)(k / codes % SHIFTS);
            in.zero = (4u << (k / codes / SHIFTS)) - 1; /* formats of 2 .. NA_MAX bits */
        } else {
            in.en = rng_chance(&b->rng, 128);
            in.code = (unsigned)rng_below(&b->rng, codes);
            in.shift = (unsigned)rng_below(&b->rng, SHIFTS);
            in.zero = (4u << rng_below(&b->rng, na_max - 1)) - 1;
        }
        dut_set_u64(en_i, in.en);
        dut_set_u64(code_i, in.code);
        dut_set_u64(zero_i, in.zero);
        dut_set_u64(shift_i, in.shift);
        if (in.en) expected_x(k_res, mb, &in, x);
        else bench_set_poison(b, code_i);
        bench_tick(b);
        bench_compare(b, x_o, x, NULL);
    }
}
