/* SPDX-License-Identifier: Apache-2.0
 *
 * A network on its way from float to codes: the plan, its float values on the
 * calibration samples, the quantized network as far as it is built, and the codes of
 * the calibration samples as the array would have computed them up to here.
 */
#ifndef TEQ_QUANT_STATE_H
#define TEQ_QUANT_STATE_H

#include "plan.h"

typedef struct quant_state {
    const plan *p;
    const plan_values *v;
    size_t n;         /* samples                                            */
    int threads;
    teq_qnet *net;
    uint8_t **codes;  /* of each tensor, n * size                           */
    int16_t *words;   /* of the last layer                                  */
    double *dead;     /* of each tensor: magnitudes below are stored as zero; 0: by its levels */
    float **importance; /* of the values of each tensor (importance.h); NULL: all 1  */
    bool float_input;   /* moments of the float values instead of the codes          */
    const double *share; /* float_input: how often each input code would occur; NULL: levels
                            of weights as the format has them                        */
} quant_state;

/* A network with geometry and names only. */
teq_qnet *teq_skeleton(const plan *p, const teq_target *target, bool channels_last, teq_error *err);

bool teq_state_init(quant_state *s, const plan *p, const plan_values *v, const teq_target *target, int threads,
                    teq_error *err);
void teq_state_free(quant_state *s); /* the network stays the caller's if net was set to NULL */

/* Encode the input with its tensor's format. */
void teq_state_input(quant_state *s);

/* Run a step that moves codes. */
bool teq_state_move(quant_state *s, int step, teq_error *err);

/* Float sums of a DOT step on all samples, residual included, activation not:
 * n * n_out * oh * ow, from the float values. The caller frees; NULL: no memory. */
float *teq_state_target(const quant_state *s, int step);

/* Second-order statistics of a step's quantized input x (columns of im2col, real
 * values) and target z, about their means, over samples and pixels:
 *     h[g] = sum (x - xm)(x - xm)'      group * k * k
 *     c    = sum (z - zm)(x - xm)'      n_out * k
 * z less the decoded residual. */
typedef struct quant_moments {
    double *h, *c;
    double *x;      /* mean of x, group * k      */
    double count;   /* samples times pixels      */
} quant_moments;

bool teq_state_moments(const quant_state *s, int step, const float *z, quant_moments *m);
void teq_moments_free(quant_moments *m);

/* With weight codes and alphas in place: fit M_o and C_o by least squares to the target
 * (the truncation of the products, the bias and its correction are then in them), make
 * thresholds and tables for the formats of the output and the residual, and run. */
bool teq_state_finish(quant_state *s, int step, const float *z, teq_error *err);

#endif
