/* SPDX-License-Identifier: Apache-2.0 */
#include "select.h"

#include <math.h>

static size_t top_class(const float *y, size_t classes)
{
    size_t a = 0;
    for (size_t b = 1; b < classes; b++)
        if (y[b] > y[a])
            a = b;
    return a;
}

static double relative_error(const output_metric *m, const float *logits)
{
    double se = 0, sv = 0;
    for (size_t i = 0; i < m->n; i++) {
        const float *y = m->logits + i * m->classes, *q = logits + i * m->classes;
        double my = 0, mq = 0;
        for (size_t b = 0; m->classify && b < m->classes; b++) {
            my += (double)y[b] / (double)m->classes;
            mq += (double)q[b] / (double)m->classes;
        }
        for (size_t b = 0; b < m->classes; b++) {
            double v = (double)y[b] - my, d = (double)q[b] - mq - v;
            se += d * d;
            sv += v * v;
        }
    }
    if (!m->classify)
        sv = m->soft * (double)m->n;
    return se / (sv > 0 ? sv : 1);
}

/* Variance of one sample's errors of class against class; there are few of them,
 * so the mean over all samples counts like one more. */
static double sample_variance(const output_metric *m, const float *logits, size_t i)
{
    const float *y = m->logits + i * m->classes, *q = logits + i * m->classes;
    size_t a = top_class(y, m->classes);
    double sum = 0;
    for (size_t b = 0; b < m->classes; b++) {
        double d = (double)(q[b] - y[b]) - (double)(q[a] - y[a]);
        sum += d * d;
    }
    return sum / (double)(m->classes - 1);
}

static double sample_loss(const output_metric *m, size_t i, double sigma)
{
    const float *y = m->logits + i * m->classes;
    size_t a = top_class(y, m->classes);
    double loss = 0;
    for (size_t b = 0; b < m->classes; b++) {
        double margin = (double)(y[a] - y[b]);
        loss += 0.5 * erfc(margin / sigma / sqrt(2.0)) * tanh(margin / (2 * m->soft));
    }
    return 100 * loss;
}

quality teq_quality(const output_metric *m, const float *logits, const int32_t *labels)
{
    quality q = {.logit_error = relative_error(m, logits), .label_loss = NAN};
    int agree = 0, lost = 0;
    for (size_t i = 0; i < m->n; i++) {
        size_t a = top_class(m->logits + i * m->classes, m->classes);
        size_t b = top_class(logits + i * m->classes, m->classes);
        agree += a == b;
        if (labels != NULL)
            lost += ((size_t)labels[i] == a) - ((size_t)labels[i] == b);
    }
    q.agreement = (double)agree / (double)m->n;
    if (labels != NULL)
        q.label_loss = 100.0 * lost / (double)m->n;
    if (!m->classify) {
        q.expected_loss = q.pooled_loss = 100 * q.logit_error;
        return q;
    }
    double mean = 0, own = (double)(m->classes - 1);
    for (size_t i = 0; i < m->n; i++)
        mean += sample_variance(m, logits, i) / (double)m->n;
    for (size_t i = 0; i < m->n; i++) {
        double v = (own * sample_variance(m, logits, i) + mean) / (own + 1);
        q.expected_loss += sample_loss(m, i, sqrt(v) + 1e-12) / (double)m->n;
        q.pooled_loss += sample_loss(m, i, sqrt(mean) + 1e-12) / (double)m->n;
    }
    return q;
}
