/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels of a tensor brought to one scale, for nothing: what a layer's output channel
 * is divided by, its multiplier M_o takes in and the next layer's weights take out.
 * (Nagel et al., arXiv 1906.04721, there for pairs of weight tensors.)
 */
#ifndef TEQ_QUANT_EQUALIZE_H
#define TEQ_QUANT_EQUALIZE_H

#include "plan.h"

/* Divide each channel c of every tensor that allows it by scale_c^strength, where scale_c
 * is the alpha of its own best fit relative to the mean of all (geometric); weights,
 * biases and the stored values change with it, the network's function does not. A tensor
 * allows it if it is written by a layer with Relu, Clip from zero or no activation, is not tied, and is
 * read only by layers, not as a residual. Clip's limit is one for all channels: there
 * scale_c is relative to the largest, and at least what keeps the channel's values below
 * the limit. Weights of depthwise readers take any
 * scale; `strength` counts for the others, theirs is 1. */
void teq_equalize(plan *p, plan_values *v, double strength);

#endif
