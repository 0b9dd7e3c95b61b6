/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core: random programs, legal and illegal, with stalls, misuse and resets
 * (core_host.h); every output compared with the cycle model on every cycle, and what a
 * program leaves with the interpreter. Outputs must not follow inputs within a cycle. A
 * run counts the corners that it has seen (core_corners.c) and fails when one never was.
 */
#include <stdlib.h>

#include "core_corners.h"
#include "core_host.h"
#include "core_ports.h"

typedef struct state {
    teq_core_params params;
    teq_core *model;
    teq_core_in in;
    teq_core_out out;
    core_ports ports;
    core_host host;
    core_corners corners;
} state;

/* PARITY = 1 runs on tb/core_flip/teq_ram.v: the last word of each memory always has a
 * flipped bit. */
static void flip_last_words(const state *s) {
    const teq_core_params *p = &s->params;
    if (!p->parity) return;
    s->model->prg.bad[p->prg_words - 1] = s->model->wgt.bad[p->wgt_words - 1] = 1;
    for (uint32_t i = 1; i <= teq_core_nb(p); i++) s->model->act.bad[teq_core_elements(p) - i] = 1;
}

static void cycle(bench *b, state *s) {
    teq_core_outputs(s->model, &s->out);
    core_host_choose(&s->host, &s->out, &s->in);
    core_corners_look(&s->corners, s->model, &s->in, &s->out);
    core_ports_drive(b, &s->ports, &s->in);
    if (dut_cycle() > 3 && rng_chance(&b->rng, 16)) { /* registered state only */
        dut_eval();
        core_ports_compare(b, &s->ports, &s->out);
    }
    bench_tick(b);
    flip_last_words(s);
    teq_core_step(s->model, &s->in);
    core_corners_raised(&s->corners, s->model);
    teq_core_outputs(s->model, &s->out);
    core_ports_compare(b, &s->ports, &s->out);
}

/* Where a failed run stood. */
static void print_state(bench *b, const state *s) {
    static const char *const steps[] = {"gap", "image", "start", "run", "error"};
    static const char *const states[] = {"IDLE", "DESC", "CHECK", "INPUT", "RUN", "DRAIN", "ERROR"};
    const teq_core_sequencer *q = &s->model->sequencer;
    bench_note(b, "  host     job %d, step %s for %llu cycles", (int)s->host.job, steps[s->host.step],
               (unsigned long long)s->host.since);
    bench_note(b, "  model    state %s, descriptor at %u, tile %u of pass %u, raised %s", states[q->state], q->pc, q->t, q->pass,
               teq_core_cause_name(s->model->raised.cause));
}

void bench_run(bench *b) {
    state *s = calloc(1, sizeof *s);
    teq_error err;
    if (!bench_check(b, s != NULL, "out of memory")) return;
    if (core_params(b, &s->params) && bench_check(b, (s->model = teq_core_new(&s->params, &err)) != NULL, "%s", err.message)) {
        core_ports_find(b, &s->ports);
        core_corners_init(&s->corners, &s->params);
        if (bench_check(b, core_host_init(&s->host, b, s->model), "out of memory")) {
            /* a serial core takes long for a program, one without options has more to refuse */
            const uint64_t own = !s->params.indirect ? 8000000 : s->params.array.serial ? 3000000 : 1000000;
            const uint64_t cycles = b->max_cycles ? b->max_cycles : dut_info.four_state ? 15000 : own;
            while (bench_running(b, cycles)) cycle(b, s);
            if (dut_cycle() < cycles) print_state(b, s); /* a mismatch */
            core_corners_report(&s->corners, &s->host, b);
        }
        core_host_free(&s->host);
        teq_core_free(s->model);
    }
    free(s);
}
