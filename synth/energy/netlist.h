// SPDX-License-Identifier: Apache-2.0
//
// The mapped netlist that the flow writes (synth/asic/blif2v.awk): one flat module, single
// bits, instances with named pins, `assign` between nets.
#ifndef TEQ_ENERGY_NETLIST_H
#define TEQ_ENERGY_NETLIST_H

#include "cells.h"

enum { NET_0, NET_1, NET_NONE };   // constants, a pin without a net; others follow

typedef struct {
    const cell *cell;
    char    *name;
    uint32_t in[CELL_IN], out[CELL_OUT];
} instance;

typedef struct {
    char    *name;
    bool     is_output;
    uint32_t net;
} port;

typedef struct {
    char     *path, *top;
    uint32_t  n_nets;
    char    **net;                 // names; of nets that `assign` joins one of them
    uint32_t  n_instances, n_ports;
    instance *instance;
    port     *port;
} netlist;

netlist netlist_read(const char *verilog, cells *lib);
// A copy whose flip-flops and latches have port `clock` for a clock: a static timer then sees
// no slews of gated clocks that no tree drives.
void    netlist_write_direct(const netlist *n, const char *path, const char *clock);
void    netlist_free(netlist *n);

// The net of a port "name" or "name[bit]"; false if there is none.
bool netlist_port(const netlist *n, const char *name, uint32_t *net);

#endif
