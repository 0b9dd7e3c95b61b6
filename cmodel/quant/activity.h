/* SPDX-License-Identifier: Apache-2.0
 *
 * What the codes of a tensor move in the tile, from its float values: how the energy falls with
 * a larger alpha, whose codes are smaller numbers, and with a dead zone. A requantizer's
 * thresholds are tables, so the one between zero and the smallest level may lie anywhere; zeros
 * that follow each other move nothing (teq/energy.h). INT rounds without a table: it has none.
 */
#ifndef TEQ_QUANT_ACTIVITY_H
#define TEQ_QUANT_ACTIVITY_H

#include "build.h"
#include "spread.h"

/* Of a tensor and of all that share its format. */
typedef struct tensor_activity {
    magnitude_spread spread;       /* weighted by importance, all samples                      */
    /* Neighbours whose larger magnitude is in the bin, all samples: entries of rows and weights that
       they meet in the layers that read them. */
    double rows[SPREAD_BINS], products[SPREAD_BINS];
    double samples, values, one;   /* values of a row's head; the largest. INT: one, its code */
    const teq_energy_model *model;
} tensor_activity;

/* `spread` is teq_tie_spread's. NULL: no memory. */
tensor_activity *teq_activity_make(const quant_state *s, int tensor, const magnitude_spread *spread, const teq_energy_model *model);

/* pJ a sample of what reads the tensor, with codes of this format: rows and products that change. */
double teq_activity_energy(const tensor_activity *d, const teq_codebook *book, double alpha);

/* INT: an alpha from the given one up, by factor * error + mu * energy: coarser codes are smaller
 * numbers. */
double teq_activity_int_alpha(const tensor_activity *d, int n, double alpha, double factor, double mu);

/* The dead zone with the least factor * (error it adds) - mu * (energy it spares); 0: none. */
double teq_activity_dead_zone(const tensor_activity *d, const teq_codebook *book, double alpha, double factor, double mu);

#endif
