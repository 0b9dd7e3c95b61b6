/* SPDX-License-Identifier: Apache-2.0
 *
 * A share of every sample's values of all tensors, in one run of the float network.
 */
#ifndef TEQ_CLI_COLLECT_H
#define TEQ_CLI_COLLECT_H

#include "teq/graph.h"

/* Values of a tensor that a fit looks at: enough for two digits of any figure. */
#define COLLECT_VALUES 262144

typedef struct collection {
    size_t n;       /* samples                              */
    size_t *each;   /* of each tensor: values for a sample  */
    float **values; /* of each tensor: n * each             */
} collection;

/* c->n samples x; y, if not NULL, receives n * size values of the output. Freed by
 * cli_collect_free, also after a failure. */
bool cli_collect(const teq_graph *g, const float *x, int threads, float *y, collection *c, teq_error *err);
void cli_collect_free(const teq_graph *g, collection *c);

#endif
