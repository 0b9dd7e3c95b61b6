/* SPDX-License-Identifier: Apache-2.0
 *
 * How the magnitudes of a tensor are spread: moments in fine logarithmic bins, from
 * which the error of any exponential or linear code follows without the data.
 */
#ifndef TEQ_QUANT_SPREAD_H
#define TEQ_QUANT_SPREAD_H

#include "teq/format.h"

#define SPREAD_OCTAVES 24
#define SPREAD_STEPS 48 /* bins an octave */
#define SPREAD_BINS (SPREAD_OCTAVES * SPREAD_STEPS)

typedef struct magnitude_spread {
    double top;                                              /* largest |x|               */
    double n[SPREAD_BINS], s[SPREAD_BINS], q[SPREAD_BINS]; /* weight, weighted |x|, x^2 */
    double energy;                                           /* weighted sum of x^2       */
    double below;                                            /* of which below the bins   */
} magnitude_spread;

/* weight may be NULL (all 1). */
void teq_spread_start(magnitude_spread *m, double top);
void teq_spread_add(magnitude_spread *m, const float *x, const float *weight, size_t count);

/* Weighted squared error of a codebook scaled by alpha, and the alpha with the least error. */
double teq_spread_error(const magnitude_spread *m, const teq_codebook *book, double alpha);
double teq_spread_fit(const magnitude_spread *m, const teq_codebook *book, double max_alpha, double *alpha);

/* The same for a linear code of 2^n - 1 steps of size alpha. */
double teq_spread_error_int(const magnitude_spread *m, int n, double alpha);
double teq_spread_fit_int(const magnitude_spread *m, int n, double max_top, double *alpha);

#endif
