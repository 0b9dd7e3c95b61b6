/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/cost.h -- what a layer costs on the array, counted without running it.
 */
#ifndef TEQ_COST_H
#define TEQ_COST_H

#include "teq/qnet.h"

/* Rows of the array that one pass of COLS output channels needs: teq_qlayer_n_rows for a
 * full convolution; channels of other groups have rows of their own (a depthwise layer
 * lies on the tile's diagonal). */
uint64_t teq_layer_pass_rows(const teq_qnet *net, const teq_qlayer *layer, int cols);

/* Cycles of one sample: passes x tiles of ROWS x output pixels, in groups of at most
 * TEQ_COST_PIXELS (PSUM_DEPTH); a tile takes COLS / 2 cycles at least, in which the next
 * one is loaded (LOAD_COLS = 2). The first load, constants and the last answer are left
 * out: within a tenth of `make sim` where a layer has a hundred vectors. 0 for steps that
 * are no dot products. */
#define TEQ_COST_PIXELS 128
uint64_t teq_layer_cycles(const teq_qnet *net, const teq_qlayer *layer, int rows, int cols);
uint64_t teq_qnet_cycles(const teq_qnet *net, int rows, int cols);

#endif
