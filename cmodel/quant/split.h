/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs that want more resolution than exponents have near the top (images): each value
 * as two codes, the second for what the first leaves. Two codes of 4 bits err less than a
 * tenth of one code of 7. To the array it is a layer with twice the input channels.
 */
#ifndef TEQ_QUANT_SPLIT_H
#define TEQ_QUANT_SPLIT_H

#include "plan.h"

/* Take the input apart if that halves its error at least and adds no more than a
 * hundredth to the codes of the network: changes the plan and gives the samples in parts
 * (NULL: left as it was). */
bool teq_split_input(plan *p, const teq_target *target, const float *x, size_t n, float **parts, teq_error *err);

/* One sample of real values -> the input tensor of a plan whose input is in two terms. */
void teq_split_parts(const plan *p, const float *x, float *parts);

#endif
