// SPDX-License-Identifier: Apache-2.0
//
// Library cells as the energy simulator needs them: functions, delay and energy tables.
#ifndef TEQ_ENERGY_CELLS_H
#define TEQ_ENERGY_CELLS_H

#include "../asic/liberty.h"

enum { CELL_IN = 6, CELL_OUT = 4, TABLE_AXIS = 10 };

// A table over (load, slew) in pF and ns. One axis may be missing: 1 point.
typedef struct {
    int    n_load, n_slew;
    double load[TABLE_AXIS], slew[TABLE_AXIS];
    double v[TABLE_AXIS * TABLE_AXIS]; // [load][slew]
    bool   given;
} nldm;

// Bilinear, beyond its corners linear as well.
double table_at(const nldm *t, double load, double slew);

// From one input edge to one output edge. Arcs of the same pins and edges: the slowest.
typedef struct arc {
    int   in, out, sense;          // sense 1 positive, -1 negative, 0 both
    nldm delay[2], slew[2];       // [rise of the output]
    struct arc *next;
} arc;

// Energy inside the cell at an output edge caused by a pin, or (out < 0) at an edge of an
// input pin itself. Several of the same pins, told apart by `when`: their mean.
typedef struct power {
    int   in, out;                 // in < 0: by any pin
    nldm energy[2];               // pJ, [rise]
    struct power *next;
} power;

typedef enum { CELL_COMB, CELL_FF, CELL_LATCH, CELL_GATE } cell_kind;

typedef struct {
    const char *name;
    cell_kind kind;
    int    n_in, n_out;
    const char *in[CELL_IN], *out[CELL_OUT];
    double cap[CELL_IN];           // pF
    uint64_t function[CELL_OUT];   // COMB: over the input pins. FF, LATCH: 1 Q, 0 not Q
    uint64_t data;                 // FF: next state, LATCH: data, GATE: enable; over the input pins
    int    clock;                  // FF: clock, LATCH: enable, GATE: clock; an input pin
    bool   clock_low;              // active at the falling edge, open while low
    arc   *arcs;
    power *powers;
    double leakage;                // nW
} cell;

typedef struct {
    lib_file file;
    double   volts;
    double   to_ns, to_pf, to_nw;  // units of the file
    double   smallest_slew;        // ns, of all tables: taken for ports and clocks
    double   wire_cap, wire_slope; // pF for each um; um for each fanout beyond the table
    int      n_wire;
    double   wire_length[20];      // um at a fanout of 1, 2, ...
    const char *wire_name;         // "" without a wire-load model
    int      n;
    cell    *cells;
} cells;

cells cells_read(const char *liberty);

// The cell of a name, read when first asked for. NULL if there is none.
const cell *cells_find(cells *lib, const char *name);

int cell_pin(const cell *c, const char *name, bool *is_output); // -1: none

// A copy of the library without the internal power of input pins.
void cells_write_pinless(const cells *lib, const char *path);

// pJ of C V^2 of the smallest inverter, C its input: the unit of memories (ram.h).
double cells_inverter_cv2(cells *lib);

// Wire capacitance of a net with so many loads, pF.
double cells_wire(const cells *lib, int fanout);

#endif
