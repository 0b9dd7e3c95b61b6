// SPDX-License-Identifier: Apache-2.0
//
// One design on one network: which vectors are simulated, and what they add up to.
#ifndef TEQ_ENERGY_WORK_H
#define TEQ_ENERGY_WORK_H

#include "../area/area.h"
#include "blocks.h"
#include "ram.h"
#include "sim.h"
#include "teq/dna.h"
#include "teq/energy.h"
#include "teq/qnet.h"
#include "teq/schedule.h"

// Energy of a cycle, a load, an inference: pJ.
enum { PART_DYNAMIC, PART_INTERNAL, PART_CLOCK, PART_LEAKAGE, PARTS };

typedef struct {
    double   part[PARTS];
    double   block[BLOCKS];        // the same without leakage, by block; engine count: all in one
    uint64_t toggles, cycles;
} joules;

typedef struct {
    uint64_t seed;
    size_t   samples;              // drawn from the file
    unsigned vectors;              // of a run
    unsigned first_runs, more_runs, most_runs;   // for each layer; more are added where the error is
    double   error;                // wanted: standard error of the network's energy, relative
    double   period_ns;
    uint16_t psum_depth;           // words of the memory of partial sums; not of engine count
    ram_latches latches;           // what it is made of
    bool     ties_first;           // of the compiler: the mapping (teq/compile.h)
    const char *activity;          // no estimate, but a file for OpenSTA: what first_runs runs do to each pin; or NULL
} plan;

// What is known of a layer after its runs. Energies in pJ.
typedef struct {
    const char *name, *kind;
    bool     counted;              // in the total: it has weights of its own
    uint64_t macs;                 // an inference
    uint64_t vectors, loads;       // of the tile, an inference; a load is one set of weights
    uint64_t slots;                // lanes times cycles that vectors take, an inference
    unsigned runs;
    uint64_t measured_vectors, toggles;
    joules   vector, load;         // means
    double   variance;             // of the estimate of total()
    ram_use  ram;
    double   accumulators, buffers; // memories, pJ an inference
    teq_energy_terms terms;        // what the quantizer's model counts
} layer_energy;

typedef struct {
    int          n_layers;
    layer_energy layer[64];
    uint32_t     settle_ps;
    uint64_t     events, cycles;
    double       seconds;
    teq_qbits    bits;
    double       area_ge, path_ns; // of the design
    double       psum_ge;          // of its memory of partial sums, if that is one of latches
    bool         in_core_order;    // else in that of teq/schedule.h
} work_result;

typedef struct {
    const design *design;
    const netlist *netlist;
    cells       *lib;
    const teq_qnet *net;
    const teq_dna *dna;            // NULL; or net is its teq_dna_net, for engine count
    const char  *net_name;         // part of the seed: the same vectors for all designs
    const float *x;
    size_t       n_x;
} work;

bool design_params(const design *d, teq_array_params *p, teq_error *err);

bool work_run(const work *w, const plan *p, work_result *out, teq_error *err);

// Is the mapping another with plan.ties_first?
bool work_ties(const work *w, const plan *p);

// Energy of the tile for all of the layer, pJ an inference, by parts: streaming and loads.
joules layer_stream(const layer_energy *l);
joules layer_loads(const layer_energy *l);
double joules_sum(const joules *j);

#endif
