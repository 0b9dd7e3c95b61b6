/* SPDX-License-Identifier: Apache-2.0
 *
 * How good is a network, without labels?
 */
#ifndef TEQ_QUANT_SELECT_H
#define TEQ_QUANT_SELECT_H

#include "importance.h"

typedef struct quality {
    double agreement;     /* part of the samples with the float network's class          */
    double logit_error;   /* |d|^2 / |y - mean y|^2, y and d about the mean of classes   */
    double expected_loss; /* points of accuracy, see teq_quality                         */
    double pooled_loss;   /* the same with one variance for all samples: less noise, for comparisons */
    double label_loss;    /* points of accuracy lost by labels, NAN without              */
} quality;

/* Logits of float and quantized network on n samples. expected_loss is smooth, so that
 * few samples are enough: a sample's errors of logit differences are taken as normal with
 * their own variance, and a change from the float network's class to class b, m_b below
 * it, costs what the two differ in probability:
 *
 *     100 sum_b P(error of b against the class > m_b) tanh(m_b / 2s)
 *
 * points. tanh(m / 2s) is the difference of two probabilities whose logits differ by m / s.
 * The scale s is that of the metric, a quarter of the mean margin, not the network's own:
 * networks are surer than they are right. Networks that do not classify: 100 times the
 * relative squared error. labels may be NULL. */
quality teq_quality(const output_metric *m, const float *logits, const int32_t *labels);

#endif
