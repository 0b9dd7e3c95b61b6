/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/cost.h -- what a layer costs on the core, counted without compiling it.
 */
#ifndef TEQ_COST_H
#define TEQ_COST_H

#include "teq/qnet.h"

/* Vectors that the core (docs/core.md) streams for one sample, as `teq compile` maps layers on
 * an array of rows x cols: all of a layer's cycles but for some tens about it. Two-term weights
 * double them, and so does a signed input. Knows nothing of memories and of inputs that are
 * awaited: `teq compile` does. 0 for steps that are no dot products. */
uint64_t teq_layer_cycles(const teq_qnet *net, const teq_qlayer *layer, int rows, int cols);
uint64_t teq_qnet_cycles(const teq_qnet *net, int rows, int cols);

#endif
