/* SPDX-License-Identifier: Apache-2.0
 *
 * What must not move: a zero weight toggles no product net, whatever activations do, and
 * consecutive zero activations toggle none in any cell. Counted in a VCD of teq_array,
 * where nets that should move must be seen moving.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array_ports.h"
#include "vcd.h"

typedef struct state {
    teq_array_params params;
    teq_array model;
    teq_array_in in;
    teq_array_out out;
    array_ports ports;
} state;

static void cycle(bench *b, state *s) {
    array_ports_drive(b, &s->ports, &s->params, &s->in);
    bench_tick(b);
    teq_array_step(&s->model, &s->in);
    teq_array_outputs(&s->model, &s->out);
    array_ports_compare(b, &s->ports, &s->params, &s->out);
}

static uint8_t weight(bench *b, const teq_array_params *p) {
    const unsigned sign = 1u << p->n_max;
    if (!teq_array_is_int(p)) return (uint8_t)(rng_below(&b->rng, sign - 1) | (rng_below(&b->rng, 2) ? sign : 0));
    return (uint8_t)(1 + rng_below(&b->rng, sign - 1));
}

/* Every weight of column 0 is zero, no other one is. */
static void load(bench *b, state *s) {
    const teq_array_params *p = &s->params;
    for (unsigned group = 0; group < teq_load_cycles(p); group++) {
        for (unsigned i = 0; i < (unsigned)p->load_cols * p->rows; i++)
            s->in.s_axis_w_tdata[i] = group == 0 && i < p->rows ? teq_zero_weight(p) : weight(b, p);
        s->in.s_axis_w_tvalid = true;
        s->in.s_axis_w_tuser = p->n_max;
        s->in.s_axis_w_tlast = group == teq_load_cycles(p) - 1;
        cycle(b, s);
    }
    s->in.s_axis_w_tvalid = false;
}

/* Random vectors, or zeros, n of them; the first cycle in which only they are broadcast. */
static uint64_t stream(bench *b, state *s, unsigned n, bool zeros) {
    const teq_array_params *p = &s->params;
    const bool is_int = teq_array_is_int(p);
    const unsigned top = (1u << p->na_max) - 1;
    uint64_t settled = 0;
    for (unsigned v = 0; v < n; v++) {
        for (unsigned i = 0; i < p->rows; i++)
            s->in.s_axis_a_tdata[i] = (uint8_t)(zeros ? (is_int ? 0 : top) : rng_below(&b->rng, top + 1));
        s->in.s_axis_a_tvalid = true;
        s->in.s_axis_a_tuser = (teq_array_user){.first = v % 3 == 0, .a_n = (uint8_t)(p->na_max < 7 ? p->na_max : 7)};
        bench_check(b, s->out.s_axis_a_tready, "s_axis_a_tready: expected 1, got 0");
        cycle(b, s);
        if (v == 1) settled = dut_cycle();
    }
    return settled;
}

/* Toggles of the nets behind `nets` in the cells of one column, or of all (NULL). */
static uint64_t toggles(bench *b, const char *column, const char *nets, uint64_t first, uint64_t last) {
    char pattern[128], message[256];
    vcd_count count = {0};
    snprintf(pattern, sizeof pattern, "*g_col%s*u_cell*%s", column ? column : "", nets);
    const uint64_t from = dut_time(first), to = dut_time(last);
    bench_check(b, vcd_count_toggles(b->wave, pattern, from, to, &count, message, sizeof message), "%s", message);
    bench_check(b, count.signals > 0, "%s: no such net in %s", pattern, b->wave);
    if (count.toggles)
        bench_note(b, "  %s: %llu toggles, most in %s", pattern, (unsigned long long)count.toggles, count.busiest);
    return count.toggles;
}

static void run(bench *b, state *s) {
    const teq_array_params *p = &s->params;
    static const char *const exponential[] = {".m_o", ".p", ".zn", ".z_o", NULL};
    static const char *const booth[] = {".pp_o", ".zn", ".z_o", NULL}, *const bw[] = {".pp_o", NULL};
    const char *const *nets = !teq_array_is_int(p) ? exponential : p->engine == TEQ_ARRAY_BOOTH ? booth : bw;
    s->in = (teq_array_in){.m_axis_y_tready = true};
    cycle(b, s);
    s->in.rst_ni = true;
    cycle(b, s);
    load(b, s);
    stream(b, s, 8, false);
    const uint64_t busy = stream(b, s, 200, false), zeros = stream(b, s, 100, true), end = dut_cycle();
    dut_trace_flush();
    for (unsigned i = 0; nets[i]; i++) {
        const uint64_t moved = toggles(b, "[[]0]", nets[i], busy, zeros - 2);
        const uint64_t still = toggles(b, NULL, nets[i], zeros, end);
        bench_check(b, moved == 0, "zero weights: toggles of %s: expected 0, got %llu", nets[i],
                    (unsigned long long)moved);
        bench_check(b, still == 0, "zero activations: toggles of %s: expected 0, got %llu", nets[i],
                    (unsigned long long)still);
        bench_check(b, toggles(b, "[[]1]", nets[i], busy, zeros - 2) > 0, "%s of column 1: expected toggles, got none",
                    nets[i]);
    }
}

void bench_run(bench *b) {
    teq_error err = {0};
    state *s = calloc(1, sizeof *s);
    if (!b->wave) bench_skip(b, "counts in a VCD: --wave FILE");
    if (!bench_check(b, s != NULL, "out of memory") || !array_params(b, &s->params)) return;
    array_ports_find(b, &s->ports, &s->params);
    bench_ignore(b, s->ports.y_tdata, "no vector is final");
    bench_ignore(b, s->ports.y_tuser, "no vector is final");
    bench_ignore(b, s->ports.y_tlast, "no vector is final");
    if (bench_check(b, teq_array_init(&s->model, &s->params, &err), "%s", err.message)) run(b, s);
    teq_array_free(&s->model);
    free(s);
}
