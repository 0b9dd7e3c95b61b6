/* SPDX-License-Identifier: Apache-2.0
 *
 * The bench of selftest_fifo, and the shortest complete example of a bench:
 * both sides stall, data is junk while valid is low, reset comes in the middle,
 * every output is compared on every cycle.
 */
#include <string.h>

#include "bench.h"
#include "vcd.h"

enum { WORDS = 8, DEPTH_MAX = 16 };

/* ---- the model: the same queue, a step a clock ------------------------------ */

typedef struct fifo {
    uint32_t data[DEPTH_MAX][WORDS];
    unsigned depth, level, first;
} fifo;

typedef struct fifo_in {
    bool rst_n, s_valid, m_ready;
    uint32_t s_data[WORDS];
} fifo_in;

static bool fifo_s_ready(const fifo *f, const fifo_in *in) { return f->level < f->depth || in->m_ready; }

static void fifo_step(fifo *f, const fifo_in *in) {
    const bool push = in->s_valid && fifo_s_ready(f, in), pop = f->level && in->m_ready;
    const unsigned last = (f->first + f->level) % f->depth;
    if (pop) {
        f->first = (f->first + 1) % f->depth;
        f->level--;
    }
    if (push) {
        memcpy(f->data[last], in->s_data, sizeof in->s_data);
        f->level++;
    }
    if (!in->rst_n) f->level = 0;
}

/* ---- the ports ---------------------------------------------------------------- */

typedef struct ports {
    dut_port *rst, *s_data, *s_valid, *s_ready, *m_data, *m_valid, *m_ready, *level, *empty;
} ports;

static ports find_ports(bench *b, int64_t check) {
    return (ports){
        .rst = bench_port(b, "rst_ni"),
        .s_data = bench_port(b, "s_axis_tdata"),
        .s_valid = bench_port(b, "s_axis_tvalid"),
        .s_ready = bench_port(b, "s_axis_tready"),
        .m_data = bench_port(b, "m_axis_tdata"),
        .m_valid = bench_port(b, "m_axis_tvalid"),
        .m_ready = check == 3 ? NULL : bench_port(b, "m_axis_tready"),
        .level = bench_port(b, "level_o"),
        .empty = bench_port(b, "empty_o"),
    };
}

static void compare_all(bench *b, const ports *p, const fifo *f, const fifo_in *in, int64_t check) {
    static const uint32_t zero[WORDS];
    if (check == 1) return;
    bench_compare_u64(b, p->s_ready, fifo_s_ready(f, in));
    bench_compare_u64(b, p->m_valid, f->level != 0);
    bench_compare(b, p->m_data, f->level ? f->data[f->first] : zero, NULL);
    bench_compare_u64(b, p->level, f->level);
    if (check != 2) bench_compare_u64(b, p->empty, f->level == 0);
}

/* ---- waves: the level toggles while beats pass, and not while none do ---------- */

static void check_toggles(bench *b, uint64_t idle_from, uint64_t idle_to) {
    vcd_count busy, idle, none;
    char message[256];
    dut_trace_flush();
    if (!bench_check(b, vcd_count_toggles(b->wave, "*selftest_fifo.level_q", 0, dut_time(idle_from), &busy, message,
                                          sizeof message), "%s", message))
        return;
    vcd_count_toggles(b->wave, "*selftest_fifo.level_q", dut_time(idle_from), dut_time(idle_to), &idle, message,
                      sizeof message);
    vcd_count_toggles(b->wave, "*no_such_net", 0, dut_time(idle_to), &none, message, sizeof message);
    bench_check(b, busy.signals == (size_t)bench_param(b, "LOG2_N") + 1, "level_q: expected %lld bits, got %zu",
                (long long)bench_param(b, "LOG2_N") + 1, busy.signals);
    bench_check(b, busy.toggles > 100, "level_q: expected more than 100 toggles, got %llu",
                (unsigned long long)busy.toggles);
    bench_check(b, idle.toggles + idle.unknowns == 0, "idle level_q: expected no toggle, got %llu",
                (unsigned long long)(idle.toggles + idle.unknowns));
    bench_check(b, none.signals == 0, "*no_such_net: expected no signal, got %zu", none.signals);
    bench_note(b, "level_q: %zu bits, %llu toggles busy, %llu idle", busy.signals, (unsigned long long)busy.toggles,
               (unsigned long long)idle.toggles);
}

void bench_run(bench *b) {
    const int64_t check = bench_param(b, "CHECK");
    const ports p = find_ports(b, check);
    fifo model = {.depth = 1u << bench_param(b, "LOG2_N")};
    fifo_in in = {.rst_n = true};
    bench_stall source = bench_stall_random(b), sink = bench_stall_random(b);
    const uint64_t busy = 5000, idle = 100;
    bench_reset(b, 2);
    while (bench_running(b, busy + idle)) {
        const bool rest = dut_cycle() >= busy;
        if (rng_chance(&b->rng, 2)) { /* now and then both sides change their mood */
            source = bench_stall_random(b);
            sink = bench_stall_random(b);
        }
        in.rst_n = rest || rng_below(&b->rng, 500) != 0;
        in.s_valid = !rest && !bench_stalls(b, &source);
        in.m_ready = !rest && !bench_stalls(b, &sink);
        dut_set_u64(p.rst, in.rst_n);
        dut_set_u64(p.s_valid, in.s_valid);
        if (p.m_ready) dut_set_u64(p.m_ready, in.m_ready);
        if (in.s_valid) bench_set_random(b, p.s_data, in.s_data);
        else bench_set_poison(b, p.s_data);
        dut_eval();
        compare_all(b, &p, &model, &in, check); /* s_axis_tready follows m_axis_tready within the cycle */
        bench_tick(b);
        fifo_step(&model, &in);
        compare_all(b, &p, &model, &in, check);
    }
    if (b->wave && strstr(b->wave, ".vcd")) check_toggles(b, busy + 1, busy + idle);
}
