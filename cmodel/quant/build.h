/* SPDX-License-Identifier: Apache-2.0
 *
 * Building a network for given formats: layer after layer, each fitted to the codes
 * that the layers before it really give.
 */
#ifndef TEQ_QUANT_BUILD_H
#define TEQ_QUANT_BUILD_H

#include "methods.h"
#include "teq/energy.h"

/* Formats of everything. Tensors that are tied have equal entries; pools have none. */
typedef struct tensor_choice {
    int n, step48;
    double alpha;
    double dead;    /* smaller magnitudes are stored as zero; 0: what the levels say */
} tensor_choice;

typedef struct layer_choice {
    int n_w, step48, terms;
} layer_choice;

typedef struct quant_choice {
    tensor_choice *tensor;
    layer_choice *layer;
} quant_choice;

bool teq_choice_init(const plan *p, quant_choice *c);
void teq_choice_copy(const plan *p, const quant_choice *from, quant_choice *to);
void teq_choice_free(quant_choice *c);

/* What energy is worth (teq/energy.h): a code that moves the tile is kept if it spares so much
 * error at the output. */
typedef struct energy_price {
    const teq_energy_model *model;
    double mu;          /* error of the metric (importance.h) for a pJ a sample             */
    double **weight;    /* [step][output channel]: metric for a unit of squared error of the
                           sums, mean over their pixels                                     */
} energy_price;

typedef struct build_tuning {
    double ridge;   /* added to the moments' diagonal, as a part of its mean */
    bool refit;     /* least-squares refit of weights to the quantized input  */
    int effort;     /* 0: quick, 1: thorough (teq_row_compensated)            */
    int polish;     /* passes over the codes against the array's own sums      */
    const energy_price *price; /* NULL, or mu 0: energy is worth nothing        */
} build_tuning;

/* Round the weights of one layer; tensor formats and the input's codes in place. If not
 * NULL: error[o] is the remaining (w - q)' H (w - q), rounded the real weights. */
bool teq_build_weights(quant_state *s, int step, const layer_choice *c, const quant_moments *m, const float *z,
                       const build_tuning *tuning, double *error, float *rounded, teq_error *err);

/* The whole network from step `first` on; the codes that it reads are in place. */
bool teq_build(quant_state *s, const quant_choice *c, int first, const build_tuning *tuning, teq_error *err);

/* Write the tensor formats of a choice into the network. */
void teq_choice_apply(quant_state *s, const quant_choice *c);

#endif
