/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/quant.h -- from a float network and unlabelled samples to a quantized network.
 *
 *     range   one n for all layers, least-squares scales; first, last and depthwise
 *             layers in two-term weights. The simplest thing that works.
 *     teq     the best this project knows: docs/method.md.
 *     int     linear INT with the same tools: `bits` for all tensors, or mixed.
 *
 * (DNA-TEQ itself, which has no integer arithmetic of this kind, is in teq/dna.h.)
 */
#ifndef TEQ_QUANT_H
#define TEQ_QUANT_H

#include "teq/graph.h"
#include "teq/qnet.h"

typedef enum teq_method { TEQ_METHOD_TEQ, TEQ_METHOD_RANGE, TEQ_METHOD_INT } teq_method;

/* What teq makes small within the loss allowed: stored bits; or cycles of a 16 x 16 core
 * (teq/cost.h), which two-term weights double, bits as they come. The default: cycles for
 * arrays, else bits; bits too where min_bits or max_bits are given. ENERGY begins with the
 * default's choice and then trades what is left of max_loss for the energy of the target's tile
 * (teq/energy.h): more weights and activations are zero. int: of given bits, too. */
typedef enum teq_objective {
    TEQ_OBJECTIVE_DEFAULT,
    TEQ_OBJECTIVE_BITS,
    TEQ_OBJECTIVE_CYCLES,
    TEQ_OBJECTIVE_ENERGY
} teq_objective;

typedef struct teq_quant_options {
    teq_method method;
    teq_target target;   /* from teq_target_find; int: "int4" ... "int8"                  */
    int n_w, n_a;        /* range: bits of weight and activation codes, sign apart        */
    bool one_term;       /* range: no layer has weights of two terms                      */
    bool no_beta;        /* teq/dna.h: all beta are 0                                     */
    int bits;            /* int: bits of all tensors, 4..8, sign included; 0: mixed       */
    double max_loss;     /* teq, int mixed: points of accuracy that may be lost           */
    teq_objective objective;
    double min_bits, max_bits; /* BITS: the average is chosen between these; equal: given.
                              0: from 3.85 to 4.29; for arrays from 4.25 to 5. What a
                              hundred samples say about less is not worth much.           */
    bool is_open;        /* set by teq_quantize: max_bits is 0. Then more, up to 6, are spent where a
                              class is chosen and more than twice max_loss is expected    */
    int threads;         /* 0: all processors; the result does not depend on it           */
    const int32_t *labels; /* of the calibration samples, or NULL: then agreement with the
                              float network decides                                       */
    void (*log)(void *context, const char *line);
    void *log_context;
} teq_quant_options;

/* Defaults: method teq, target shift4, n_w 4, n_a 5, bits 8, max_loss 1.0. */
teq_quant_options teq_quant_defaults(void);

/* How the choice was made, for reports. */
typedef struct teq_quant_report {
    char chosen_on[160];      /* which samples decided, in words                         */
    double agreement;         /* on samples not fitted: same class as float; NAN: not measured */
    double expected_loss;     /* points, expected under the float network's own posterior */
    double judged_loss;       /* points, what max_loss was held against: expected_loss, with labels that of labels
                                 if it is more than half of that; NAN: nothing was held against it */
    double logit_error;       /* mean squared logit error / variance of the float logits  */
    char energy_of[16];       /* ENERGY: whose tile's model (teq_energy_find)                 */
    double energy_pj;         /* ENERGY: predicted for a sample, mean over the calibration samples */
    double energy_share;      /* of what it is without a price: networks of the cross-check   */
    int candidates;           /* networks that were built and measured                   */
    double seconds;
} teq_quant_report;

/* Quantize. calib: n samples of the input's size (teq_graph_samples). The order of the
 * samples matters only for the split into a part to fit and a part to select. NULL with
 * an error on failure; free with teq_qnet_free. report may be NULL. */
teq_qnet *teq_quantize(const teq_graph *graph, const float *calib, size_t n, const teq_quant_options *options,
                       teq_quant_report *report, teq_error *err);

#endif
