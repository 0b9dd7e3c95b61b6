// SPDX-License-Identifier: Apache-2.0
//
// The netlist of a teq_tile, driven and checked cycle by cycle against its C model.
#ifndef TEQ_ENERGY_TILE_H
#define TEQ_ENERGY_TILE_H

#include "sim.h"
#include "teq/model_tile.h"

typedef struct {
    teq_array_params params;
    const netlist *netlist;
    sim      *sim;
    teq_tile  model;
    uint32_t *w, *code, *zero, *shift, *load, *acc, *psum; // nets of the ports, bit by bit; psum: PSUM = 1 alone
    uint32_t  x_en, acc_en, clr, chain, sum_en, psum_sel;  // chain: CHAIN = 1; sum_en: PIPE = 1; psum_sel: PSUM = 1
    char      name[80];
} tile;

// Nets of port `name`: bits 0..n-1, or the port itself for n = 0. NULL with an error.
uint32_t *port_nets(const netlist *n, const char *name, unsigned bits, teq_error *err);
bool port_net(const netlist *n, const char *name, uint32_t *net, teq_error *err);
void port_put(sim *s, const uint32_t *net, unsigned bits, uint64_t value);
uint64_t port_get(const sim *s, const uint32_t *net, unsigned bits);

// has_psum: its PSUM is 1.
bool tile_init(tile *t, const char *name, const teq_array_params *p, bool has_psum, const netlist *n, const cells *lib, teq_error *err);
void tile_free(tile *t);

// One cycle: what is set here is taken by the edge that begins the next one. All columns'
// accumulators are compared with the model.
bool tile_cycle(tile *t, const teq_tile_in *in, teq_error *err);

#endif
