/* SPDX-License-Identifier: Apache-2.0
 *
 * What has to be computed for some tensors from others, and where each result
 * lies while a sample is worked on. One plan serves all threads.
 */
#ifndef TEQ_NET_EXEC_PLAN_H
#define TEQ_NET_EXEC_PLAN_H

#include "teq/exec.h"

typedef struct teq_plan {
    int n_steps;
    int *step;         /* nodes to run, in order                                     */
    int *given;        /* of each tensor: index into the given ones, or -1           */
    int *wanted;       /* of each tensor: index into the wanted ones, or -1          */
    size_t *offset;    /* of each computed or copied tensor: its place in the arena  */
    size_t arena;      /* floats of it                                               */
    size_t scratch;    /* floats that the hungriest step needs                       */
} teq_plan;

bool teq_plan_make(teq_plan *plan, const teq_graph *g, const teq_exec_bind *given, int n_given,
                   const teq_exec_bind *wanted, int n_wanted, teq_error *err);

void teq_plan_free(teq_plan *plan);

#endif
