/* SPDX-License-Identifier: Apache-2.0
 *
 * One thing quantized, all else in float: what does the network's output say?
 */
#ifndef TEQ_QUANT_PROBE_H
#define TEQ_QUANT_PROBE_H

#include "importance.h"

/* The mean metric when the tensors tied to `tensor` take the values x[i] -> round(x[i]),
 * or when step `step` has other weights (-1: none) . Only what depends on the change is
 * computed. Negative: no memory. */
typedef struct probe_change {
    int tensor;                                        /* -1: none            */
    void (*round)(const void *context, float *x, size_t n);
    const void *context;
    int step;                                          /* -1: none            */
    const float *w, *b;
} probe_change;

double teq_probe(const plan *p, const plan_values *v, const output_metric *m, const probe_change *change,
                 int threads);

#endif
