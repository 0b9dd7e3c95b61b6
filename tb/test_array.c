/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_array, all engines: random streams with stalls on all sides, configuration writes
 * and resets in the middle of work, every output compared with the cycle model on every
 * cycle. Outputs must not follow inputs within a cycle. A run counts the corners that it
 * has seen (array_corners.c) and fails when one of them never was.
 */
#include <stdlib.h>

#include "array_corners.h"
#include "array_ports.h"
#include "array_stim.h"

typedef struct state {
    teq_array_params params;
    teq_array model;
    teq_array_in in;
    teq_array_out out;
    array_ports ports;
    array_stim stim;
    array_corners corners;
} state;

static void cycle(bench *b, state *s) {
    teq_array_outputs(&s->model, &s->out);
    array_stim_choose(&s->stim, &s->out, &s->in);
    array_corners_look(&s->corners, &s->model, &s->in, &s->out, &s->stim);
    array_ports_drive(b, &s->ports, &s->params, &s->in);
    if (dut_cycle() > 3 && rng_chance(&b->rng, 32)) { /* registered state only */
        dut_eval();
        array_ports_compare(b, &s->ports, &s->params, &s->out);
    }
    if (array_stim_must_accept(&s->stim))
        bench_check(b, s->in.s_axis_a_tvalid && s->out.s_axis_a_tready,
                    "a bubble: tiles of at least %u vectors, no stalls; s_axis_a: expected valid 1 ready 1, got %d %d",
                    teq_hiding_vectors(&s->params), s->in.s_axis_a_tvalid, s->out.s_axis_a_tready);
    bench_tick(b);
    array_stim_taken(&s->stim, &s->out, &s->in);
    teq_array_step(&s->model, &s->in);
    teq_array_outputs(&s->model, &s->out);
    array_ports_compare(b, &s->ports, &s->params, &s->out);
}

void bench_run(bench *b) {
    state *s = calloc(1, sizeof *s);
    teq_error err;
    if (!bench_check(b, s != NULL, "out of memory")) return;
    if (array_params(b, &s->params) &&
        bench_check(b, teq_array_init(&s->model, &s->params, &err), "%s", err.message)) {
        array_ports_find(b, &s->ports, &s->params);
        array_corners_init(&s->corners, &s->params);
        if (bench_check(b, array_stim_init(&s->stim, b, &s->params), "out of memory")) {
            while (bench_running(b, dut_info.four_state ? 12000 : 60000)) cycle(b, s);
            array_corners_report(&s->corners, b);
        }
        array_stim_free(&s->stim);
        teq_array_free(&s->model);
    }
    free(s);
}
