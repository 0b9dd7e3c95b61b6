// SPDX-License-Identifier: Apache-2.0
//
// The netlist of a teq_count_tile, driven and checked against its C model.
#ifndef TEQ_ENERGY_COUNT_H
#define TEQ_ENERGY_COUNT_H

#include "sim.h"
#include "teq/model_count.h"

typedef struct {
    teq_count_params params;
    const netlist *netlist;
    sim      *sim;
    teq_count_tile model;
    uint32_t *w, *code, *zero, *load, *acc, *g_index, *g_data;
    uint32_t  rst_n, x_en, acc_en, clr, final, g_we, take, busy, done;
    char      name[80];
} count_tile;

bool count_init(count_tile *t, const char *name, const teq_count_params *p, const netlist *n, const cells *lib, teq_error *err);
void count_free(count_tile *t);

// One cycle. drain_busy_o and done_o are compared with the model, sums when they are done.
bool count_cycle(count_tile *t, const teq_count_tile_in *in, teq_error *err);

// Reset, then the table: g[0 .. bins-1].
bool count_start(count_tile *t, const uint16_t *g, teq_error *err);

#endif
