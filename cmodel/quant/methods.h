/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods behind teq_quantize, and what they share.
 */
#ifndef TEQ_QUANT_METHODS_H
#define TEQ_QUANT_METHODS_H

#include "levels.h"
#include "state.h"
#include "teq/quant.h"

/* One n for all; also uniform INT. */
bool teq_method_range(quant_state *s, const teq_quant_options *options, teq_error *err);

/* Formats chosen by measurement, weights rounded with compensation: docs/method.md. */
bool teq_method_search(quant_state *s, bool classify, const teq_quant_options *options, teq_quant_report *report,
                       teq_error *err);

/* The base (in 1/48 octaves) that weights of n bits have by default on a target; 0: none. */
int teq_weight_step(const teq_target *target, int n);

/* Largest sum of products of one channel that its accumulator holds. */
double teq_row_bound(const teq_qnet *net, const teq_qlayer *l);

/* Write the codes of one channel. */
void teq_store_levels(teq_qlayer *l, size_t o, const weight_book *book, const int *level);

#endif
