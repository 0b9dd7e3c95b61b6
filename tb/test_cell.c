/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_cell_shift and teq_cell_select: every stored weight against random and
 * extreme head values. Both must give
 *
 *     p = (x[r] << (PW - MB)) >> q,   m = s ? 2^PW - 1 - p : p,   E = q K_RES + r
 *
 * and 0 for the zero weight (E all ones, stored with s = 0).
 */
#include <string.h>

#include "bench.h"
#include "reference.h"

void bench_run(bench *b) {
    dut_port *x_i = bench_port(b, "x_i"), *w_i = bench_port(b, "w_i"), *m_o = bench_port(b, "m_o");
    const unsigned n_max = (unsigned)bench_param(b, "N_MAX"), k_res = (unsigned)bench_param(b, "K_RES"),
                   mb = (unsigned)bench_param(b, "MB"), pw = (unsigned)bench_param(b, "PW");
    const unsigned zero = (1u << n_max) - 1, weights = 2u << n_max;
    uint32_t x[4];
    while (bench_running(b, 200u * weights)) {
        unsigned w = (unsigned)(dut_cycle() % weights);
        const unsigned round = (unsigned)(dut_cycle() / weights);
        if ((w & zero) == zero) w = zero; /* zero has one form, with s = 0 */
        memset(x, 0, sizeof x);
        rng_bits(&b->rng, x, k_res * mb);
        if (round < 2) memset(x, round ? 0xFF : 0, sizeof x);
        dut_set(x_i, x);
        dut_set_u64(w_i, w);
        bench_tick(b);
        uint32_t values[8];
        for (unsigned r = 0; r < k_res; r++) values[r] = (uint32_t)bits_get(x, r * mb, mb);
        bench_compare_u64(b, m_o, reference_term(n_max, k_res, mb, pw, values, w));
    }
}
