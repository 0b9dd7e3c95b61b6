/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_cell_booth and teq_cell_bw, exhaustively: the partial products of every
 * weight and activation sum to w * a + cell_bias(w), the bias being the constant
 * that the cell's header states.
 */
#include <string.h>

#include "bench.h"
#include "int_cell.h"

void bench_run(bench *b) {
    dut_port *a_i = bench_port(b, "a_i"), *w_i = bench_port(b, "w_i"), *pp_o = bench_port(b, "pp_o");
    const unsigned bits = (unsigned)bench_param(b, "B"), levels = 1u << bits;
    const bool booth = strcmp(dut_info.top, "teq_cell_booth") == 0;
    const unsigned n_pp = booth ? (bits + 1) / 2 : bits, pp_w = booth ? bits + 1 : bits, step = booth ? 2 : 1;
    bench_check(b, dut_width(pp_o) == n_pp * pp_w, "pp_o: expected %u bits, got %u", n_pp * pp_w, dut_width(pp_o));
    bench_ignore(b, pp_o, "the sum of its fields is checked");
    while (bench_running(b, (uint64_t)levels * (levels - 1))) {
        const unsigned a = (unsigned)(dut_cycle() % levels);
        const int w = (int)(dut_cycle() / levels) - (int)(levels / 2 - 1); /* -(2^(B-1) - 1) .. 2^(B-1) - 1 */
        uint32_t pp[4] = {0};
        dut_set_u64(a_i, a);
        dut_set_u64(w_i, (uint64_t)w & (levels - 1));
        bench_tick(b);
        dut_get(pp_o, pp);
        int64_t sum = 0;
        for (unsigned i = 0; i < n_pp; i++) sum += (int64_t)(bits_get(pp, i * pp_w, pp_w) << (step * i));
        const int64_t expected = (int64_t)w * (int)a + (booth ? booth_bias(w, bits) : bw_bias(w, bits));
        bench_check(b, dut_is_known(pp_o) && sum == expected, "w = %d, a = %u: expected %lld, got %lld", w, a,
                    (long long)expected, (long long)sum);
    }
}
