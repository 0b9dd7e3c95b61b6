// SPDX-License-Identifier: Apache-2.0
//
// Runs of one layer on the tile, and what they add up to: a load and some of its vectors;
// for engine count a few whole sums.
#ifndef TEQ_ENERGY_RUN_H
#define TEQ_ENERGY_RUN_H

#include <stdio.h>

#include "beats.h"
#include "count.h"
#include "partial.h"
#include "tile.h"
#include "work.h"

typedef struct {
    int      step;
    layer_energy *to;
    uint8_t  w_n, w_shift, a_n, a_shift; // in the order of schedule.h
    const beats_layer *beats;      // in the core's order; else NULL
    const teq_dna_layer *dna;      // of the paper's network; else NULL
    // sums over runs
    joules   vector, load;
    double   runs_vector, z, z2;
    unsigned runs_load;
} layer_state;

typedef struct {
    const work *w;
    const plan *p;
    teq_array_params params;
    tile  tile;
    partial partial;               // what its partial sums are; not open: PSUM = 0
    count_tile *count;             // in place of the tile
    sim  *sim;
    teq_tile_in pending;           // what the first cycle of the next run does to the accumulators
    sim_sum counted;               // sums when counting of edges began
    FILE *bench;
    uint8_t **codes;               // of each tensor, samples * size
    size_t n_samples;
    beats  core;
    bool   in_core_order;
    int    n;
    layer_state layer[64];
} state;

// Random numbers in 0..1 from a stream of their own for each run of a layer.
uint64_t run_random(uint64_t seed, const char *net, const char *layer, unsigned run);
double   run_uniform(uint64_t *random);

bool run_schedule(const state *s, int step, size_t sample, teq_schedule *q, teq_error *err);

// Before the runs of a layer: what the tile must hold for it (engine count: the table).
bool run_start(state *s, const layer_state *at, teq_error *err);

// Run number r. Every output of the tile is compared with the model; measured: it counts.
bool run_layer(state *s, layer_state *at, unsigned r, bool measured, teq_error *err);

// After all runs: the last sums are compared.
bool run_end(state *s, teq_error *err);

// After some runs: means and variance of the layer.
void run_close(layer_state *at);

#endif
