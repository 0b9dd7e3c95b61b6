/* SPDX-License-Identifier: Apache-2.0
 *
 * Zeros cost nothing: a zero weight toggles no net of its cell, and a run of zero
 * activations toggles none in its row. Counted in a VCD of teq_tile (Icarus: every
 * net under its name), in a window in which everything else is busy.
 *
 * Weights of odd columns' odd rows are zero. Then the activations of row 0 are
 * zero for the second half of the run. Nets counted: the outputs of cells and all
 * that is inside them, but not the ports that bring the row's values past a cell.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "vcd.h"

enum { LOADED = 40, HALF = 150 };

typedef struct tile {
    bench *b;
    unsigned rows, cols, load_cols, w_w, na_max;
    bool is_int;
} tile;

static uint32_t weight(const tile *t, unsigned col, unsigned row) {
    const uint32_t all = (1u << t->w_w) - 1, zero = t->is_int ? 0 : all >> 1;
    uint32_t w;
    if (col % 2 && row % 2) return zero;
    do w = (uint32_t)rng_below(&t->b->rng, all + 1u);
    while (t->is_int ? w == 0 || w == 1u << (t->w_w - 1) : (w & zero) == zero);
    return w;
}

static void load_weights(const tile *t) {
    bench *b = t->b;
    dut_port *load = bench_port(b, "load_i"), *swap = bench_port(b, "swap_i"), *w_i = bench_port(b, "w_i");
    for (unsigned group = 0; group < t->cols / t->load_cols; group++) {
        uint32_t words[DUT_MAX_WORDS] = {0};
        for (unsigned i = 0; i < t->load_cols * t->rows; i++)
            bits_put(words, i * t->w_w, t->w_w, weight(t, group * t->load_cols + i / t->rows, i % t->rows));
        dut_set(w_i, words);
        dut_set_u64(load, UINT64_C(1) << group);
        bench_tick(b);
    }
    dut_set_u64(load, 0);
    dut_set_u64(swap, 1);
    bench_tick(b);
    dut_set_u64(swap, 0);
}

static void stream(const tile *t, bool row_0_rests) {
    bench *b = t->b;
    const uint64_t zero = t->is_int ? 0 : (1u << t->na_max) - 1;
    uint32_t words[DUT_MAX_WORDS] = {0};
    for (unsigned row = 0; row < t->rows; row++)
        bits_put(words, row * t->na_max, t->na_max, row == 0 && row_0_rests ? zero : rng_below(&b->rng, UINT64_C(1) << t->na_max));
    dut_set(bench_port(b, "code_i"), words);
    bench_tick(b);
}

/* Toggles of the cells that match, in cycles first .. last - 1. */
static uint64_t toggles(const tile *t, const char *cells, uint64_t first, uint64_t last) {
    static const char *const nets[] = {"m_o", "pp_o", "p", "x", "u_*.z_o"};
    uint64_t sum = 0;
    size_t signals = 0;
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        char pattern[256], message[256];
        vcd_count count;
        snprintf(pattern, sizeof pattern, "*.%s.u_cell.%s%s", cells, strchr(nets[i], '.') ? "*" : "", nets[i]);
        if (!vcd_count_toggles(t->b->wave, pattern, dut_time(first), dut_time(last), &count, message, sizeof message)) {
            bench_check(t->b, false, "%s", message);
            return 0;
        }
        sum += count.toggles + count.unknowns;
        signals += count.signals;
    }
    bench_check(t->b, signals > 0, "no net of %s in %s", cells, t->b->wave);
    return sum;
}

void bench_run(bench *b) {
    const char *engine = bench_param_text(b, "ENGINE");
    if (!bench_check(b, b->wave && strstr(b->wave, ".vcd"), "needs --wave FILE.vcd") || !engine) return;
    tile t = {
        .b = b, .rows = (unsigned)bench_param(b, "ROWS"), .cols = (unsigned)bench_param(b, "COLS"),
        .load_cols = (unsigned)bench_param(b, "LOAD_COLS"), .na_max = (unsigned)bench_param(b, "NA_MAX"),
        .w_w = (unsigned)bench_param(b, "N_MAX") + 1, .is_int = !strcmp(engine, "booth") || !strcmp(engine, "bw"),
    };
    for (size_t i = 0; i < dut_port_count(); i++) {
        if (dut_is_output(dut_port_at(i))) bench_ignore(b, dut_port_at(i), "test_tile.c compares it");
        else bench_port(b, dut_name(dut_port_at(i)));
    }
    load_weights(&t);
    dut_set_u64(bench_port(b, "zero_i"), (1u << t.na_max) - 1);
    dut_set_u64(bench_port(b, "x_en_i"), 1);
    dut_set_u64(bench_port(b, "sum_en_i"), 1);
    dut_set_u64(bench_port(b, "acc_en_i"), 1);
    dut_set_u64(bench_port(b, "clr_i"), 1);
    while (bench_running(b, LOADED)) stream(&t, false);
    const uint64_t busy = dut_cycle();
    while (bench_running(b, LOADED + HALF)) stream(&t, false);
    stream(&t, true); /* row 0 goes to zero, once */
    stream(&t, true);
    const uint64_t rest = dut_cycle();
    while (bench_running(b, LOADED + 2 * HALF)) stream(&t, true);
    const uint64_t end = dut_cycle();
    dut_trace_flush();

    const uint64_t zero_weight = toggles(&t, "g_col\\[1\\].u_column.g_row\\[1\\].g_cell", busy, end);
    const uint64_t other_weight = toggles(&t, "g_col\\[0\\].u_column.g_row\\[1\\].g_cell", busy, end);
    const uint64_t zero_row = toggles(&t, "g_col\\[?\\].u_column.g_row\\[0\\].g_cell", rest, end);
    const uint64_t busy_row = toggles(&t, "g_col\\[?\\].u_column.g_row\\[0\\].g_cell", busy, rest);
    bench_check(b, zero_weight == 0, "a zero weight: expected no toggle, got %llu", (unsigned long long)zero_weight);
    bench_check(b, zero_row == 0, "a row of zero activations: expected no toggle, got %llu", (unsigned long long)zero_row);
    bench_check(b, other_weight > HALF && busy_row > HALF, "busy cells: expected more than %d toggles, got %llu and %llu",
                HALF, (unsigned long long)other_weight, (unsigned long long)busy_row);
    bench_note(b, "toggles: zero weight %llu, another %llu; zero row %llu, busy %llu", (unsigned long long)zero_weight,
               (unsigned long long)other_weight, (unsigned long long)zero_row, (unsigned long long)busy_row);
}
