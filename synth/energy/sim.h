// SPDX-License-Identifier: Apache-2.0
//
// Event-driven simulation of a mapped netlist with the library's delays, and the energy of
// every event.
//
// Delays. Each arc's NLDM delay at the load of its output (pins and wires) and at the slew
// of its input; slews are propagated once, the slowest arc of a net decides (as static
// timing does). Time runs in ps. Inertial: an output that is to change and is told to
// return before it has changed does not move, so pulses shorter than the delay of their
// cell vanish and cost nothing; all others swing in full.
//
// Clock. Ideal: every gated clock rises with the port. A cycle is: rising edge, flip-flops
// take their data, inputs change with the edge, all settles, falling edge, latches open,
// all settles. Time to settle is compared with the period by the caller.
//
// Energy, in attojoules, integers: sums are exact and do not depend on their order.
//   SWITCHING  C V^2 / 2 for each edge of a net that is no clock; C = pins + wires
//   INTERNAL   tables of cells: an output edge by the pin that caused it; an edge of a
//              data pin
//   CLOCK      the nets of the clock, cells that drive them, clock pins of flip-flops and
//              latches. Every cycle, as far as gates let the clock through
#ifndef TEQ_ENERGY_SIM_H
#define TEQ_ENERGY_SIM_H

#include "netlist.h"

enum { SIM_SWITCHING, SIM_INTERNAL, SIM_CLOCK, SIM_PARTS, SIM_BLOCKS = 16 };

typedef struct sim sim;

typedef struct {
    int64_t  energy[SIM_PARTS];    // aJ
    int64_t  block[SIM_BLOCKS];    // the same, by block
    uint64_t toggles;              // edges of nets that are no clocks
    uint64_t events;               // outputs that were scheduled, cancelled ones included
    uint64_t cycles;
    uint32_t settle_ps;            // latest edge after the rising edge, so far
} sim_sum;

// output_load: pF at each output port.
sim *sim_new(const netlist *n, const cells *lib, const char *clock, double output_load);
void sim_free(sim *s);

void sim_set(sim *s, uint32_t net, bool value);  // an input, with the next rising edge
bool sim_get(const sim *s, uint32_t net);
void sim_cycle(sim *s);

sim_sum sim_sums(const sim *s);
double  sim_leakage_nw(const sim *s);

// The block, 0 .. SIM_BLOCKS - 1, that pays for what is in an instance, and for a net. 0 until told.
void sim_blocks(sim *s, const uint8_t *of_instance, const uint8_t *of_net);

// Counts of each net: edges, and cycles at whose end it was high. Counting costs time:
// off until asked for.
void     sim_count(sim *s, bool on);
uint64_t sim_net_toggles(const sim *s, uint32_t net);
uint64_t sim_net_high(const sim *s, uint32_t net);

bool     sim_net_is_clock(const sim *s, uint32_t net);

// From now on, every cycle as statements of a Verilog bench: `clk = 1; #0.001 \\a[3] = 0; ...`
void sim_trace(sim *s, void *file, double period_ns);

// Delay of a pin of an instance to an output, ps, for tests: edges 0 fall, 1 rise.
uint32_t sim_delay_ps(const sim *s, uint32_t inst, int in, int out, int in_rise, int out_rise);
double   sim_load_pf(const sim *s, uint32_t net);

#endif
