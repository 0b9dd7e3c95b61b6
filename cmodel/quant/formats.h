/* SPDX-License-Identifier: Apache-2.0
 *
 * Choosing formats that fit each other: bases as steps of 1/48 octave.
 */
#ifndef TEQ_QUANT_FORMATS_H
#define TEQ_QUANT_FORMATS_H

#include "spread.h"
#include "state.h"

/* All bases 2^(2^t / K) as 48 * 2^t / K, finest first; 0 ends the list. */
extern const int teq_steps48[];

/* K, t_w and t_a for a layer whose weights and input have these bases; false if the
 * format or the target has none. */
bool teq_layer_base(const teq_target *target, int n_w, int step_w, int n_a, int step_a, int *K, int *t_w, int *t_a);

/* A codebook of n bits and a base. False if there is no such format. */
bool teq_step_codebook(int n, int step48, teq_codebook *book);

/* Spread of the float values of a tensor and of all that share its format. */
void teq_tie_spread(const quant_state *s, int tensor, magnitude_spread *m);

/* Largest useful alpha of a tensor: the upper limit of a Clip, else infinity. */
double teq_tie_limit(const quant_state *s, int tensor);

/* Write a format to a tensor and all that share it. */
void teq_tie_set(quant_state *s, int tensor, int n, int step48, double alpha);

/* Formats and codes of a layer with equal weights, from its input's format. */
bool teq_pool_codes(quant_state *s, int step, teq_error *err);

/* Share of each code byte in a tensor's calibration codes: 256 values. */
void teq_code_share(const quant_state *s, int tensor, double share[256]);

#endif
