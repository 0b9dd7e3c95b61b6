/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/energy.h -- what a network costs on a tile in energy, without simulating gates: a linear
 * model, fitted to gate-level simulations of the 16 x 32 tiles (docs/energy.md).
 *
 *     energy of a layer = vector * vectors + load * loads + row * rows + product * products
 *
 * What moves costs: bits of what a row's head makes of its code, and bits of the products with
 * the weights beside it, counted where they are not those of the vector before. Codes that stay,
 * zeros above all, cost nothing, and small products less than large ones.
 */
#ifndef TEQ_ENERGY_TERMS_H
#define TEQ_ENERGY_TERMS_H

#include "teq/qnet.h"

#define TEQ_ENERGY_ROWS 16
#define TEQ_ENERGY_COLS 32
#define TEQ_ENERGY_DEPTH 128 /* partial sums of a column */

/* Of a layer, for one sample. */
typedef struct teq_energy_terms {
    double vectors;  /* that the tile is given                                            */
    double loads;    /* of sets of weights                                                */
    double rows;     /* bits that change in the rows' values                              */
    double products; /* bits that change in the products                                  */
} teq_energy_terms;

/* pJ for each of the terms. */
typedef struct teq_energy_model {
    char target[16];
    double vector, load, row, product;
} teq_energy_model;

/* The model of a target's tile; if that was not measured, of the first one of its arithmetic:
 * what is chosen depends on the terms' proportions only. NULL if there is none. */
const teq_energy_model *teq_energy_find(const teq_target *target);
double teq_energy_pj(const teq_energy_model *model, const teq_energy_terms *terms);

/* Bits of a product that change in one sample, for each input channel c and weight exponent e
 * of a layer: products[c << n_w | e], as the output pixels follow each other, row by row;
 * rows[c]: bits of the values of one row that the channel's pixels follow each other in, one for
 * each output pixel (NULL: not wanted). From some hundred neighbours a channel. False: no memory. */
bool teq_energy_bits(const teq_qnet *net, int step, const uint8_t *codes, size_t n, double *products, double *rows);

/* Of a layer with its weights in place, for n samples of its input's codes. False: no memory. */
bool teq_energy_count(const teq_qnet *net, int step, const uint8_t *codes, size_t n, teq_energy_terms *terms);

/* Rows of the tile that an input channel enters, for each output pixel, in all passes. */
double teq_energy_row_entries(const teq_qlayer *layer);

/* The energy of a whole network for one of n samples of its input's codes, pJ: layers with
 * weights of their own, as the figures of docs/energy.md. Negative with an error. */
double teq_energy_network(const teq_qnet *net, const teq_energy_model *model, const uint8_t *codes, size_t n, int threads,
                          teq_error *err);

#endif
