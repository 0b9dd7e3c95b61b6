/* SPDX-License-Identifier: Apache-2.0
 *
 * Import a built model, run it, and compare with the reference interpreter.
 */
#ifndef TEQ_TEST_NET_CHECK_H
#define TEQ_TEST_NET_CHECK_H

#include "onnx_builder.h"
#include "teq/graph.h"

/* Frees the builder. The graph, if the import succeeds and its output agrees with the
 * reference to 1e-5 of the largest value on 3 random inputs (in the declared layout).
 * NULL otherwise, with the reason on stderr. */
teq_graph *net_check(onnx_builder *b);

/* Frees the builder. Import alone; NULL with the reason on stderr. */
teq_graph *net_import(onnx_builder *b);

/* Frees the builder. True if the import fails with a message that has all the words
 * (separated by '|') in it; else says on stderr what happened instead. */
bool net_refused(onnx_builder *b, const char *words);

/* "conv+relu dense softmax": the graph's nodes, with their activations. */
const char *net_summary(const teq_graph *g);

#endif
