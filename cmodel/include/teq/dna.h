/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/dna.h -- DNA-TEQ as published (arXiv 2306.16430), for comparison.
 *
 *     x ~ s (alpha b^i + beta),  i = -R..R,  R = 2^(n-1) - 1;  one n and one b a layer
 *
 * 1. Of a layer's weights and inputs, the tensor that is closer to an exponential
 *    distribution (residual sum of squares of the densities) leads.
 * 2. Its base starts where the levels span the full scale, b^(2R) = max / min, and is
 *    stepped by 0.01 in the direction in which RMAE = sum|x~ - x| / sum|x| falls, for as
 *    long as it falls. alpha and beta follow from b: the largest level is max, the
 *    smallest min. The other tensor takes the base with its own alpha and beta.
 * 3. n = 3, 4, ... 7 until the RMAE of the weights is below the threshold for weights
 *    and that of the inputs below the threshold for activations.
 * 4. The thresholds are raised together, network-wide, until the loss reaches the budget.
 *
 * With no_beta, beta = 0 and alpha b^R = max: what an engine of half the counters runs, not the
 * published method.
 *
 * min is the smallest magnitude that matters: the 1 % quantile of the non-zero ones.
 * The paper's step 4 measures accuracy; here it is the estimate that method teq uses too,
 * on calibration samples, or labels if given. Rounding is in the log domain
 * (number_format section 8), sums are real numbers, biases stay.
 */
#ifndef TEQ_DNA_H
#define TEQ_DNA_H

#include "teq/dnateq.h"
#include "teq/quant.h"

typedef struct teq_dna_layer {
    const char *name;
    teq_dnateq weight, input; /* the same n and base */
    double rmae_w, rmae_a;
    bool weights_lead;
    size_t n_weights, n_inputs; /* codes; inputs that an earlier layer reads too count there */
    bool input_signed;
} teq_dna_layer;

typedef struct teq_dna teq_dna;

/* options: max_loss, no_beta, threads, labels, log. NULL with an error. */
teq_dna *teq_dna_quantize(const teq_graph *graph, const float *calib, size_t n, const teq_quant_options *options,
                          teq_quant_report *report, teq_error *err);
void teq_dna_free(teq_dna *d);

int teq_dna_layers(const teq_dna *d, const teq_dna_layer **layers);
teq_qbits teq_dna_bits(const teq_dna *d);

/* Logits of n samples; the caller frees. */
float *teq_dna_logits(const teq_dna *d, const float *x, size_t n, int threads, teq_error *err);

/* The network as teq_schedule_layer takes it for engine count: geometry, weight codes, for each
 * layer an input tensor of its own in the layer's format, no residuals. For its codes alone: bases,
 * scales and biases are not in it, it cannot be run or written. Layers without weights of their
 * own have n_w = 0. NULL with an error; free with teq_qnet_free. */
teq_qnet *teq_dna_net(const teq_dna *d, const teq_target *target, teq_error *err);

/* What the layers of that network read, for n samples: n * size codes {s, e} for each tensor that
 * is a layer's input, as codes[tensor]; no other entry is touched. threads 0: all processors. */
bool teq_dna_codes(const teq_dna *d, const float *x, size_t n, int threads, uint8_t *const *codes, teq_error *err);

#endif
