/* SPDX-License-Identifier: Apache-2.0
 *
 * dut.h -- the device under test, whatever simulates it.
 *
 * This is all that a C test sees of a simulator. The same test source links
 * against dut_verilator.cpp (RTL, or a gate-level netlist with cell models) and
 * against dut_icarus.c (VPI, four-state). One device per process: the top
 * module that tb.mk compiled in, found here by the names of its ports.
 *
 * Values are arrays of uint32_t words, least significant word first, with
 * (width + 31) / 32 words; bits above the width are ignored when set and are
 * zero when read. Four-state simulators read unknown and floating bits as 0 and
 * report them by dut_get_unknown().
 *
 * Time: there is one clock, clk_i, driven here and by nobody else. A cycle is
 *
 *     dut_set(...)   inputs change while the clock is high, before the edge
 *     dut_eval()     optional: lets outputs follow inputs combinationally
 *     dut_tick()     falling edge, inputs settle, rising edge, outputs settle
 *     dut_get(...)   outputs of the new state, still under the old inputs
 *
 * A combinational module has no clk_i; then dut_tick() lets its outputs follow
 * its inputs and counts a cycle.
 *
 * A program provides dut_main(); main() belongs to the simulator.
 */
#ifndef TB_DUT_H
#define TB_DUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The test program. Its result is the exit status of the process. */
int dut_main(int argc, char **argv);

/* ---- what was compiled in ---------------------------------------------- */

typedef struct dut_description {
    const char *bench;     /* name of the bench in tb.mk, "fifo"                  */
    const char *config;    /* name of its configuration, "w33d4"                  */
    const char *simulator; /* "verilator", "icarus", "wave", "vcd", "cov", "gates" */
    const char *top;       /* name of the top module                              */
    const char *params;    /* "WIDTH=33 DEPTH=4 KIND=shift"                       */
    bool four_state;       /* unknown values exist                                */
} dut_description;

extern const dut_description dut_info;

/* ---- start and end ------------------------------------------------------- */

typedef struct dut_options {
    uint64_t init_seed;        /* random initial state of registers and memories (two-state only) */
    const char *wave_file;     /* NULL: no waves. FST in a wave build, VCD in a vcd build,
                                  FST or VCD by suffix in Icarus (the launcher looks at it). */
    const char *coverage_file; /* NULL: do not write. Only a coverage build has something to write. */
} dut_options;

/* Builds the model; clk_i is low, all inputs are zero. Call once, first.
 * False with a message on stderr when waves are asked of a build without them. */
bool dut_open(const dut_options *options);

/* Finishes waves and coverage. */
void dut_close(void);

/* ---- ports --------------------------------------------------------------- */

typedef struct dut_port dut_port;

enum { DUT_MAX_WORDS = 1024 }; /* widest port: 32768 bits */

dut_port *dut_find(const char *name); /* NULL when there is no such port */
size_t dut_port_count(void);          /* clk_i is not counted */
dut_port *dut_port_at(size_t index);

const char *dut_name(const dut_port *port);
unsigned dut_width(const dut_port *port); /* bits */
unsigned dut_words(const dut_port *port); /* (width + 31) / 32 */
bool dut_is_output(const dut_port *port);

void dut_set(dut_port *port, const uint32_t *words);
void dut_get(const dut_port *port, uint32_t *words);
void dut_set_u64(dut_port *port, uint64_t value); /* width <= 64 */
uint64_t dut_get_u64(const dut_port *port);       /* width <= 64 */

/* Four-state simulators: every bit x. Two-state ones leave the port alone. */
void dut_set_unknown(dut_port *port);
/* Bits that are x or z, as a mask; all zero in two-state simulators. */
void dut_get_unknown(const dut_port *port, uint32_t *words);
bool dut_is_known(const dut_port *port);

/* ---- time ---------------------------------------------------------------- */

void dut_eval(void);
void dut_tick(void);
uint64_t dut_cycle(void); /* rising edges so far */

/* Wave time at which cycle n begins (its inputs change, its rising edge follows 6
 * later): everything that cycle n causes lies in dut_time(n) <= time < dut_time(n + 1). */
uint64_t dut_time(uint64_t cycle);

/* Waves only for cycles first <= dut_cycle() <= last. Default: all. */
void dut_trace_window(uint64_t first, uint64_t last);
/* Everything traced so far is in the file when this returns (VCD). */
void dut_trace_flush(void);

#ifdef __cplusplus
}
#endif
#endif
