/* SPDX-License-Identifier: Apache-2.0
 *
 * For every tensor and every layer's weights: what each number of bits costs and how
 * much error it brings to the network's output.
 */
#ifndef TEQ_QUANT_TABLES_H
#define TEQ_QUANT_TABLES_H

#include "build.h"
#include "activity.h"
#include "importance.h"
#include "teq/alloc.h"

#define TABLE_OPTIONS 16
#define TABLE_BASES 12 /* of teq_steps48 */
#define TABLE_ALPHAS 12

typedef struct table_item {
    int tensor;  /* the first of its tie, or -1 */
    int step;    /* the layer, or -1            */
    size_t codes;
    int n_options;
    teq_alloc_option option[TABLE_OPTIONS];
    tensor_choice as_tensor[TABLE_OPTIONS];
    layer_choice as_layer[TABLE_OPTIONS];
    /* Errors of the options by base; INFINITY: not tried, or not on this target. */
    double base_error[TABLE_OPTIONS][TABLE_BASES], base_alpha[TABLE_OPTIONS][TABLE_BASES];
    /* Of a tensor, if energy counts: errors by alpha, which falls by a third of an octave each. */
    double alpha_error[TABLE_OPTIONS][TABLE_BASES][TABLE_ALPHAS], first_alpha[TABLE_OPTIONS][TABLE_BASES];
    double most_alpha;
    tensor_activity *activity;  /* of a tensor, if energy counts; else NULL                        */
    double *weight;   /* of a layer: metric for a unit of squared error of each output channel,
                         factor included                                                 */
    double factor; /* measured error / error expected from importance, mean of some options */
} table_item;

typedef struct quant_tables {
    const teq_target *target;
    int n_items;
    table_item *item;
    size_t codes; /* all weights and activations */
    double least_cycles; /* of the whole network, one term everywhere                        */
} quant_tables;

/* Errors are measured on the state's samples, each tensor and layer alone: some options by
 * running the network, all in proportion to their expected error. */
bool teq_tables_make(quant_state *s, const output_metric *m, const teq_quant_options *options, quant_tables *t,
                     teq_error *err);
bool teq_counts_cycles(const teq_quant_options *options);

void teq_tables_free(quant_tables *t);

/* A layer's weights and input must have bases that go together. Of all bases of a chosen
 * number of bits, each tensor takes the one with the least error of its own and of the
 * layers that read it. The choice with the least error for an average cost of a code: stored bits; or, with
 * TEQ_OBJECTIVE_CYCLES, cycles in units of the least. Returns that cost. mu: error that a pJ is
 * worth, for dead zones; 0: there are none. */
double teq_tables_choose(const plan *p, const quant_tables *t, double cost, double mu, quant_choice *c, double *error);

#endif
