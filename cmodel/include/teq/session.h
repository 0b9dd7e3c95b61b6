/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/session.h -- images on a teq_core that is clocked cycle by cycle: the cycle model, or
 * the Verilog in a simulator. Registers are used by the driver (teq/driver.h) through
 * AXI4-Lite accesses made here; images, inputs and outputs go by the streams at full rate, or
 * by the driver's data ports.
 *
 *     teq_session s;
 *     teq_session_begin(&s, &clock, &err);              reset is over, registers answer
 *     teq_session_load(&s, compiled, by_port, &err);
 *     teq_session_run(&s, compiled, bytes, by_port, beats, &counters, &err);     for each sample
 */
#ifndef TEQ_SESSION_H
#define TEQ_SESSION_H

#include "teq/compile.h"
#include "teq/driver.h"
#include "teq/model_core.h"

/* One rising edge under `in`; `out` are the outputs of the state after it. */
typedef struct teq_session_clock {
    void (*cycle)(void *context, const teq_core_in *in, teq_core_out *out);
    void *context;
} teq_session_clock;

typedef struct teq_session {
    teq_session_clock clock;
    teq_driver driver;
    teq_core_in in;
    teq_core_out out;
    uint64_t cycles;          /* edges so far                                             */
    bool use_irq;             /* run: waits for irq_o instead of polling                  */
    /* streams that move whenever the clock does */
    const uint32_t *image;
    size_t image_at, image_n;
    const uint8_t *input;
    size_t input_at, input_n; /* beats                                                    */
    uint32_t line_len, line_at;
    uint32_t *output;
    size_t output_at, output_n;
    bool failed;              /* a register access got SLVERR, or no answer               */
    void (*on_start)(void *context); /* with the clock's context, before cycle 0 of a program; or NULL */
} teq_session;

/* Reset, and see whether the core is there. */
bool teq_session_begin(teq_session *s, const teq_session_clock *clock, teq_error *err);

bool teq_session_load(teq_session *s, const teq_compiled *c, bool by_port, teq_error *err);

/* One sample: bytes as teq_compiled_input gives them, c->n_out_beats beats. */
bool teq_session_run(teq_session *s, const teq_compiled *c, const uint8_t *bytes, bool by_port, uint32_t *beats,
                     teq_driver_counters *count, teq_error *err);

#endif
