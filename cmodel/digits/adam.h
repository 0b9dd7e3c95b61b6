/* SPDX-License-Identifier: Apache-2.0
 *
 * adam.h -- Adam (Kingma, Ba: arXiv 1412.6980) with decoupled weight decay
 * (Loshchilov, Hutter: arXiv 1711.05101).
 *
 *   m = b1 m + (1 - b1) g         b1 = 0.9
 *   v = b2 v + (1 - b2) g^2       b2 = 0.999
 *   p = p - rate (m' / (sqrt(v') + 1e-8) + decay p),  m' = m / (1 - b1^t), v' = v / (1 - b2^t)
 *
 * b1^t and b2^t are running products, so that no power function is called.
 */
#ifndef DIGITS_ADAM_H
#define DIGITS_ADAM_H

#include "net.h"

typedef struct adam {
    double mean[DIGITS_PARAMETERS];
    double square[DIGITS_PARAMETERS];
    double beta1_t, beta2_t;
} adam;

void adam_init(adam *a);

/* One step; gradient is the mean over the batch. */
void adam_step(adam *a, double rate, double decay, const double *gradient, double *parameters);

#endif
