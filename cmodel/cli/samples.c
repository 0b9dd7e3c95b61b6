/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

float *cli_samples(const teq_graph *g, const char *path, double scale, double zero_point, size_t *n, teq_error *err)
{
    teq_ndarray a;
    if (!teq_npy_read(path, &a, err))
        return NULL;
    float *x = teq_graph_samples(g, &a, scale, zero_point, n, err);
    teq_ndarray_free(&a);
    if (x == NULL)
        teq_fail_prefix(err, "%s", path);
    return x;
}

int32_t *cli_labels(const char *path, size_t n, size_t classes, teq_error *err)
{
    teq_ndarray a;
    if (!teq_npy_read(path, &a, err))
        return NULL;
    size_t count = a.count;
    int32_t *y = teq_ndarray_to_int(&a, err);
    teq_ndarray_free(&a);
    if (y == NULL) {
        teq_fail_prefix(err, "%s", path);
        return NULL;
    }
    bool ok = count == n || teq_fail(err, TEQ_ERR_SHAPE, "%s: %zu labels, expected %zu, one a sample", path, count, n);
    for (size_t i = 0; ok && i < n; i++)
        if (y[i] < 0 || (size_t)y[i] >= classes)
            ok = teq_fail(err, TEQ_ERR_VALUE, "%s: label %zu: got %d, expected 0..%zu", path, i, (int)y[i], classes - 1);
    if (ok)
        return y;
    free(y);
    return NULL;
}

judgement cli_judge(const float *logits_float, const float *logits, const int32_t *labels, size_t n, size_t classes)
{
    judgement j = {.n = n, .acc_float = NAN, .acc_quant = NAN, .acc_low = NAN, .acc_high = NAN, .loss = NAN,
                   .loss_low = NAN, .loss_high = NAN, .agreement = NAN, .logit_error = NAN};
    double agree = 0, right_f = 0, right_q = 0, lost = 0, won = 0, se = 0, sy = 0, N = (double)n;
    for (size_t i = 0; i < n; i++) {
        const float *f = logits_float ? logits_float + i * classes : NULL, *q = logits + i * classes;
        int cq = teq_argmax(q, classes), cf = f ? teq_argmax(f, classes) : -1;
        agree += cq == cf;
        for (size_t k = 0; f && k < classes; k++) {
            se += (double)(q[k] - f[k]) * (double)(q[k] - f[k]);
            sy += (double)f[k] * (double)f[k];
        }
        if (labels == NULL)
            continue;
        right_f += cf == labels[i];
        right_q += cq == labels[i];
        lost += cf == labels[i] && cq != labels[i];
        won += cf != labels[i] && cq == labels[i];
    }
    if (logits_float != NULL) {
        j.agreement = 100 * agree / N;
        j.logit_error = se / (sy > 0 ? sy : 1);
    }
    if (labels != NULL) {
        const double z = 1.959964;
        double p = right_q / N, centre = (p + z * z / (2 * N)) / (1 + z * z / N);
        double half = z / (1 + z * z / N) * sqrt(p * (1 - p) / N + z * z / (4 * N * N));
        j.acc_quant = 100 * p;
        j.acc_low = 100 * (centre - half);
        j.acc_high = 100 * (centre + half);
        if (logits_float != NULL) {
            double d = (lost - won) / N, sd = sqrt(fmax(0, (lost + won) / N - d * d) / N);
            j.acc_float = 100 * right_f / N;
            j.loss = 100 * d;
            j.loss_low = 100 * (d - z * sd);
            j.loss_high = 100 * (d + z * sd);
        }
    }
    return j;
}

double cli_auc(const double *score, const int32_t *label, size_t n)
{
    double pairs = 0, good = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (label[i] == 1 && label[k] == 0) {
                pairs += 1;
                good += score[i] > score[k] ? 1 : score[i] == score[k] ? 0.5 : 0;
            }
    return pairs > 0 ? good / pairs : NAN;
}

int cli_fail(const char *verb, const teq_error *err)
{
    fprintf(stderr, "%s: %s\n", verb, err->message);
    return 1;
}
