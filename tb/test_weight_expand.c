/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_weight_expand, exhaustively: every code of every format at every shift.
 */
#include "bench.h"

void bench_run(bench *b) {
    dut_port *code_i = bench_port(b, "code_i"), *zero_i = bench_port(b, "zero_i"), *shift_i = bench_port(b, "shift_i"),
             *legal_i = bench_port(b, "legal_i"), *word_o = bench_port(b, "word_o");
    const unsigned n_max = (unsigned)bench_param(b, "N_MAX"), none = (1u << n_max) - 1;
    for (unsigned n = 2; n <= n_max; n++)
        for (unsigned shift = 0; shift <= n_max; shift++)
            for (unsigned e = 0; e < 1u << n; e++)
                for (unsigned s = 0; s < 2; s++) {
                    const bool legal = n + shift <= n_max;
                    const unsigned zero = (1u << n) - 1;
                    dut_set_u64(code_i, s << n_max | e);
                    dut_set_u64(zero_i, zero);
                    dut_set_u64(shift_i, shift);
                    dut_set_u64(legal_i, legal);
                    bench_tick(b);
                    if (!bench_compare_u64(b, word_o, !legal || e == zero ? none : s << n_max | e << shift)) return;
                }
}
