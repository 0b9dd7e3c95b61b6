/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/exec.h -- the float executor: the reference that accuracy is measured from.
 *
 * Computes tensors of a graph from other tensors of it, in float32 over OpenBLAS
 * (im2col and sgemm; depthwise directly). Each sample is computed on its own and
 * by one thread, so a sample's result depends neither on the number of threads
 * nor on the samples beside it.
 *
 * The whole network:
 *
 *     teq_exec_bind in = {g->input, x}, out = {g->logits, y};
 *     teq_exec_run(g, n, &in, 1, &out, 1, NULL, &err);
 *
 * One layer alone, from stored inputs: give the layer's inputs, want its output.
 * Calibration: want every tensor that matters. Simulated quantization: change
 * weights in a clone, and activations in the hook. A layer's sums before its
 * activation: set act to TEQ_ACT_NONE in a clone.
 */
#ifndef TEQ_EXEC_H
#define TEQ_EXEC_H

#include "teq/graph.h"

/* A tensor and the n * size floats that hold it, sample after sample. */
typedef struct teq_exec_bind {
    int tensor;
    float *data;
} teq_exec_bind;

/* Called when a sample's tensor has been computed (or taken from those given),
 * before anything reads it; may change the size values in place. Called from
 * several threads at once, for different samples; in one sample, in node order. */
typedef void teq_exec_hook(void *context, int tensor, size_t sample, float *data, size_t size);

typedef struct teq_exec_options {
    int threads;         /* 0: one for each processor that is online */
    teq_exec_hook *hook; /* may be NULL                              */
    void *context;
    void (*progress)(void *context, size_t done, size_t n); /* may be NULL; from one thread at a time */
    void *progress_context;
} teq_exec_options;

/* Compute `wanted` from `given` for n samples; only the nodes needed are run.
 * Given data is not changed (a hook sees a copy). Fails if a wanted tensor
 * depends on one that is neither given nor computed, on a bad tensor index, or
 * without memory. OpenBLAS is set to one thread for the duration and put back.
 * options may be NULL. */
bool teq_exec_run(const teq_graph *graph, size_t n, const teq_exec_bind *given, int n_given,
                  const teq_exec_bind *wanted, int n_wanted, const teq_exec_options *options,
                  teq_error *err);

/* The logits of n samples: n * (size of graph->logits) new floats, or NULL. */
float *teq_exec_logits(const teq_graph *graph, const float *samples, size_t n, int threads,
                       teq_error *err);

/* Index of the largest of size values; the first of equals. */
int teq_argmax(const float *values, size_t size);

/* Part of n rows of logits whose argmax is the label. */
double teq_accuracy(const float *logits, const int32_t *labels, size_t n, size_t size);

#endif
