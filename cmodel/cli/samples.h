/* SPDX-License-Identifier: Apache-2.0
 *
 * What quantize, eval and report share: samples, labels, the judgement of logits.
 */
#ifndef TEQ_CLI_SAMPLES_H
#define TEQ_CLI_SAMPLES_H

#include "teq/exec.h"
#include "teq/qnet.h"

#include <stdint.h>

/* Samples of an .npy file for a graph; NULL with an error. */
float *cli_samples(const teq_graph *g, const char *path, double scale, double zero_point, size_t *n, teq_error *err);

/* n labels below classes; NULL with an error. */
int32_t *cli_labels(const char *path, size_t n, size_t classes, teq_error *err);

typedef struct judgement {
    size_t n;
    double acc_float, acc_quant;        /* percent; without labels NAN                     */
    double acc_low, acc_high;           /* 95 % interval of acc_quant (Wilson)             */
    double loss, loss_low, loss_high;   /* points lost, with the paired 95 % interval      */
    double agreement;                   /* percent of samples with the float class         */
    double logit_error;                 /* squared error / squared float logits            */
} judgement;

/* labels may be NULL. */
judgement cli_judge(const float *logits_float, const float *logits, const int32_t *labels, size_t n, size_t classes);

/* Area under the receiver's curve of scores, label 1 = anomaly; ties count half. */
double cli_auc(const double *score, const int32_t *label, size_t n);

/* Print the message and return 1. */
int cli_fail(const char *verb, const teq_error *err);

#endif
