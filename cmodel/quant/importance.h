/* SPDX-License-Identifier: Apache-2.0
 *
 * What an error in one value does to the network's output: the metric that all choices
 * are measured with, and its second derivatives by back-propagation.
 */
#ifndef TEQ_QUANT_IMPORTANCE_H
#define TEQ_QUANT_IMPORTANCE_H

#include "plan.h"

/* The output error of one sample. With a = the float network's class, m_b = margin of a
 * over b, and d the error of the logits:
 *
 *     sum_b (d_b - d_a)^2 / (m_b + s)^2 / (classes - 1)     s: a quarter of the mean margin
 *
 * so that what can change the class counts most, and the scale of the logits does not.
 * Networks that do not classify: |d|^2 / mean |y|^2. */
typedef struct output_metric {
    size_t n, classes;
    bool classify;
    const float *logits;  /* of the float network, n * classes          */
    double soft;          /* s; or mean |y|^2; or mean |x - y|^2 of an autoencoder */
} output_metric;

/* classify: 1 yes, 0 no. */
output_metric teq_metric_make(const float *logits, size_t n, size_t classes, bool classify);

/* Error of one sample's logits; and its mean over samples. */
double teq_metric_sample(const output_metric *m, size_t sample, const float *logits);
/* What a unit of squared error of one logit costs, mean over the samples. */
double teq_metric_weight(const output_metric *m, size_t logit);

double teq_metric_mean(const output_metric *m, const float *logits);

/* importance[t]: n * size floats: expected second derivative of the metric by each value
 * of a tensor (behind the activation function), its diagonal estimated with `probes`
 * random sign vectors a sample. NULL: no memory. Deterministic. */
float **teq_importance(const plan *p, const plan_values *v, const output_metric *m, int probes, int threads);
void teq_importance_free(const plan *p, float **importance);

#endif
