// SPDX-License-Identifier: Apache-2.0
//
// Which block of a tile a cell or a net belongs to. Mapping forgets names, so what a net
// depends on tells: on stored weights, on a row's activation, on the accumulators. The same
// rules for every engine and library.
#ifndef TEQ_ENERGY_BLOCKS_H
#define TEQ_ENERGY_BLOCKS_H

#include "netlist.h"

typedef enum {
    BLOCK_OTHER,                   // ports, what enables clocks, the gates and their clock
    BLOCK_WEIGHTS,                 // registers, and logic of nothing but weights
    BLOCK_HEADS,                   // logic before and behind the row registers that no weight meets
    BLOCK_ROWS,                    // row registers and their clock
    BLOCK_BROADCAST,               // buffers and nets from a row to its cells
    BLOCK_SELECT,                  // first gates of a cell: they read the broadcast
    BLOCK_CELL,                    // what is between
    BLOCK_SIGN,                    // last gates of a cell: adders read them
    BLOCK_ADDERS,                  // all behind an adder
    BLOCK_ACCUMULATORS,            // registers, their clock, the feedback
    BLOCKS
} tile_block;

extern const char *const block_name[BLOCKS];

// Blocks of each instance and of each net, to be freed by the caller: energy of a net is
// paid by what drives it, but for the broadcast. Of a teq_tile only.
void blocks_find(const netlist *n, uint8_t **of_instance, uint8_t **of_net);

#endif
