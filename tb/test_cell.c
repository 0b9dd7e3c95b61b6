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
#include "teq/fixed.h"

void bench_run(bench *b) {
    dut_port *x_i = bench_port(b, "x_i"), *w_i = bench_port(b, "w_i"), *m_o = bench_port(b, "m_o");
    const teq_engine_caps caps = {
        .n_max = (uint8_t)bench_param(b, "N_MAX"),
        .k_res = (uint8_t)bench_param(b, "K_RES"),
        .mb = (uint8_t)bench_param(b, "MB"),
        .pw = (uint8_t)bench_param(b, "PW"),
    };
    const unsigned zero = teq_weight_word_zero(&caps), weights = 2u << caps.n_max;
    uint32_t x[4];
    while (bench_running(b, 200u * weights)) {
        const unsigned w = (unsigned)(dut_cycle() % weights), round = (unsigned)(dut_cycle() / weights);
        const unsigned e = w & zero;
        const bool s = w >> caps.n_max;
        memset(x, 0, sizeof x);
        rng_bits(&b->rng, x, caps.k_res * caps.mb);
        if (round < 2) memset(x, round ? 0xFF : 0, sizeof x);
        dut_set(x_i, x);
        dut_set_u64(w_i, e == zero ? zero : w); /* zero has one form, with s = 0 */
        bench_tick(b);
        const uint32_t head = (uint32_t)bits_get(x, e % caps.k_res * caps.mb, caps.mb);
        const uint32_t p = e == zero ? 0 : teq_cell(&caps, head, e / caps.k_res);
        bench_compare_u64(b, m_o, teq_term(&caps, s && e != zero, p));
    }
}
