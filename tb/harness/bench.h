/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h -- seeds, stimulus, the scoreboard and the verdict.
 *
 * A bench is one C file that defines bench_run(), one line in tb/tb.mk, and a
 * model with init and step. The usual shape:
 *
 *     void bench_run(bench *b) {
 *         dut_port *x = bench_port(b, "x_i"), *y = bench_port(b, "y_o");
 *         ... init the model, bench_reset(b, 2) ...
 *         while (bench_running(b, 10000)) {
 *             ... choose inputs, dut_set them ...
 *             model_step(&model, &in);
 *             bench_tick(b);
 *             bench_compare(b, y, model.y, NULL);
 *         }
 *     }
 *
 * bench_running() ends at the first mismatch. The verdict fails when nothing
 * was compared, when an output was never compared, and when an input was never
 * driven, so a bench cannot pass by forgetting something.
 */
#ifndef TB_BENCH_H
#define TB_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bits.h"
#include "dut.h"
#include "rng.h"

enum { BENCH_PASSED = 0, BENCH_FAILED = 1, BENCH_USAGE = 2, BENCH_SKIPPED = 77 };

typedef struct bench {
    uint64_t seed;       /* --seed N; "random" draws one and prints it         */
    uint64_t max_cycles; /* --cycles N; 0: what the bench itself asks for      */
    bool verbose;        /* --verbose                                          */
    const char *wave;    /* --wave FILE, or NULL                               */
    rng rng;             /* for the stimulus, made from the seed               */
    struct bench_state *state;
} bench;

/* Written by the test. */
void bench_run(bench *b);

/* ---- the device ----------------------------------------------------------- */

/* The port of this name; ends the bench with a message when there is none. */
dut_port *bench_port(bench *b, const char *name);

/* Parameters of this build, as tb.mk lists them (the device's own default is
 * not visible here, so the list names every parameter that the bench reads). */
int64_t bench_param(bench *b, const char *name);               /* must be listed */
int64_t bench_param_or(bench *b, const char *name, int64_t otherwise);
const char *bench_param_text(bench *b, const char *name);      /* NULL when not listed */

/* ---- time ----------------------------------------------------------------- */

/* True until the first failure, or until `cycles` (or --cycles) have passed. */
bool bench_running(bench *b, uint64_t cycles);

/* dut_tick(), and with --verbose a line now and then. */
void bench_tick(bench *b);

/* Holds rst_ni low for n cycles and raises it. Inputs are as the bench left them. */
void bench_reset(bench *b, unsigned n);

/* ---- stimulus ------------------------------------------------------------- */

/* Random bits into a port; `words`, if not NULL, receives them. For operands,
 * and for data that nobody may look at while valid is low. */
void bench_set_random(bench *b, dut_port *port, uint32_t *words);

/* Data that must not reach any compared output: x where x exists, else random. */
void bench_set_poison(bench *b, dut_port *port);

/* A side of a handshake that hesitates: it stalls in bursts, with chances (of
 * 256) a cycle to begin one and to end it. */
typedef struct bench_stall {
    unsigned begin, end; /* chances a cycle */
    bool stalled;
} bench_stall;

/* A profile drawn from: never, rarely and briefly, half of the time cycle by
 * cycle, long bursts, nearly always. A bench draws one for each side and run. */
bench_stall bench_stall_random(bench *b);
bench_stall bench_stall_never(void);

/* Advances a cycle; true when the side stalls in it. */
bool bench_stalls(bench *b, bench_stall *stall);

/* ---- scoreboard ------------------------------------------------------------ */

/* Names the fields of a wide port in failure messages: "lane 3". */
void bench_lanes(bench *b, const dut_port *port, unsigned lane_width);

/* Port equals `expected` where `mask` is 1 (NULL: everywhere). Unknown bits in
 * the mask are a mismatch. The first mismatch is printed; later ones count. */
bool bench_compare(bench *b, const dut_port *port, const uint32_t *expected, const uint32_t *mask);
bool bench_compare_u64(bench *b, const dut_port *port, uint64_t expected); /* width <= 64 */

/* An output that this bench looks at in another way, or not at all: say why. */
void bench_ignore(bench *b, const dut_port *port, const char *why);

/* Any other condition; counts as a compare. The message says expected and got. */
bool bench_check(bench *b, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says that this configuration or simulator has nothing to run here; exit 77. */
void bench_skip(bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of the report, printed before the verdict: "fields: 31 of 31 seen". */
void bench_note(bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
