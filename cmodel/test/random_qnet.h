/* SPDX-License-Identifier: Apache-2.0
 *
 * Small random quantized networks that pass teq_qnet_check: convolutions of every stride,
 * padding, dilation and grouping, depthwise layers, pools, residuals, concatenations, paddings,
 * reshapes, signed tensors, one- and two-term weights. Numbers are random; nothing is fitted.
 */
#ifndef TEQ_TEST_RANDOM_QNET_H
#define TEQ_TEST_RANDOM_QNET_H

#include "teq/qnet.h"

typedef struct random_qnet_options {
    int steps;           /* layers, besides the last one              */
    int size, channels;  /* most rows and columns, channels           */
    bool depthwise_only; /* 1x1 convolutions and depthwise in turn    */
} random_qnet_options;

/* NULL only without memory. The same state gives the same network. */
teq_qnet *random_qnet(uint64_t *state, const teq_target *target, const random_qnet_options *options);

/* A chain of layers with random weights of one term: MobileNetV1 at a quarter of its width, images
 * of size x size with 3 channels, two classes. Unsigned tensors. */
teq_qnet *random_mobilenet(uint64_t *state, const teq_target *target, int size);

/* Depthwise layers of any window, stride, padding and dilation behind 1x1 convolutions, on planes that
 * are long and narrow; weights of one term, unsigned tensors: what rows of planes are for. */
teq_qnet *random_separable(uint64_t *state, const teq_target *target);

/* Random input codes of n samples. */
void random_qnet_input(uint64_t *state, const teq_qnet *net, size_t n, uint8_t *codes);

#endif
