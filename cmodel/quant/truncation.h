/* SPDX-License-Identifier: Apache-2.0
 *
 * What an array's truncated products cost, for a format of the tensor that they read.
 */
#ifndef TEQ_QUANT_TRUNCATION_H
#define TEQ_QUANT_TRUNCATION_H

#include "state.h"

/* Samples of one layer's float input, and its weights rounded to the target's widest
 * one-term code, for a few output channels. */
typedef struct truncation_probe {
    const quant_state *s;
    int step;
    size_t n, k;          /* rows; inputs of a row                                      */
    int n_channels;
    int *channel;         /* output channels that are looked at                         */
    float *x;             /* columns * n: input values                                  */
    double *weight;       /* n_channels: what a unit of squared error costs, all pixels of all
                             samples and all channels that it stands for                */
} truncation_probe;

/* importance: of each output channel, n_out. False: no memory. */
bool teq_truncation_init(truncation_probe *t, const quant_state *s, int step, const double *importance);
void teq_truncation_free(truncation_probe *t);

/* Error that truncation adds to what codes (n, step48) with each of these alphas cost
 * without it: extra[i], summed over samples. The sums' best straight line is taken out of
 * both, as the requantizer does. Of the target's wider weights (n > 4) those count that
 * lose least. False: the layer has no format for such an input. */
bool teq_truncation_extra(const truncation_probe *t, int n, int step48, const double *alpha, int n_alphas,
                          double *extra);

#endif
