/* SPDX-License-Identifier: Apache-2.0
 *
 * More inputs than there are samples: moved, mirrored and mixed a little. The float
 * network says what is wanted of them, so any input will do that it could have met.
 */
#ifndef TEQ_QUANT_AUGMENT_H
#define TEQ_QUANT_AUGMENT_H

#include "plan.h"

typedef struct augment {
    const plan *p;
    size_t size; /* of a real sample                                     */
    int dx, dy;  /* moved by at most so many pixels; edges are repeated  */
    bool mirror; /* left and right exchanged                             */
} augment;

/* Moves and mirroring are used where the float network still sees the same class in
 * most of the samples v (about the same output, if it does not classify). */
bool teq_augment_init(augment *a, const plan *p, const plan_values *v, bool classify, int threads, teq_error *err);

/* The samples v->value[input], v->n of them, and inputs made of them, through the float
 * network; as many in all as fill a few hundred, at most four times v->n. */
bool teq_augment_run(const augment *a, const plan_values *v, int threads, plan_values *out, teq_error *err);

#endif
