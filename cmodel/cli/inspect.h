/* SPDX-License-Identifier: Apache-2.0
 *
 * What `teq inspect` finds, between finding and printing.
 */
#ifndef TEQ_CLI_INSPECT_H
#define TEQ_CLI_INSPECT_H

#include "teq/fit.h"
#include "teq/graph.h"

typedef struct inspected {
    char name[128];
    bool is_weight; /* else an activation */
    bool fitted;    /* false: all zero    */
    teq_fit fit;
} inspected;

typedef struct inspection {
    const teq_graph *g;
    size_t samples; /* that activations were taken from, 0: none */
    int n_tensors;
    inspected *tensor;
} inspection;

void inspect_print(const inspection *in);
bool inspect_print_json(const inspection *in);

/* A .teq file is told by its first bytes; what is in one. */
bool inspect_is_teq(const char *path);
bool inspect_teq(const char *path, bool json, teq_error *err);

/* "conv", "depthwise", "dense", "add", ... */
const char *inspect_kind(const teq_node *node);

#endif
