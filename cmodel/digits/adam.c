/* SPDX-License-Identifier: Apache-2.0 */
#include "adam.h"

#include <math.h>
#include <string.h>

void adam_init(adam *a)
{
    memset(a, 0, sizeof *a);
    a->beta1_t = 1.0;
    a->beta2_t = 1.0;
}

void adam_step(adam *a, double rate, double decay, const double *gradient, double *parameters)
{
    static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    a->beta1_t *= beta1;
    a->beta2_t *= beta2;
    for (int i = 0; i < DIGITS_PARAMETERS; i++) {
        const double g = gradient[i];
        a->mean[i] = beta1 * a->mean[i] + (1.0 - beta1) * g;
        a->square[i] = beta2 * a->square[i] + (1.0 - beta2) * g * g;
        const double mean = a->mean[i] / (1.0 - a->beta1_t);
        const double square = a->square[i] / (1.0 - a->beta2_t);
        parameters[i] -= rate * (mean / (sqrt(square) + epsilon) + decay * parameters[i]);
    }
}
