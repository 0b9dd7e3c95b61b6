/* SPDX-License-Identifier: Apache-2.0
 *
 * Making and shortening graphs: what the importer needs beyond teq/graph.h.
 */
#ifndef TEQ_NET_GRAPH_BUILD_H
#define TEQ_NET_GRAPH_BUILD_H

#include "teq/graph.h"

/* An empty graph, or NULL without memory. */
teq_graph *teq_graph_new(const char *name);

/* A new tensor without a writer; its index, or -1 without memory. Sizes must
 * have been checked. */
int teq_graph_add_tensor(teq_graph *g, const char *name, int c, int h, int w);

/* A new node at the end with its own output tensor; window fields are set to 1,
 * pads to 0. The node's index, or -1 without memory. */
int teq_graph_add_node(teq_graph *g, teq_op op, const char *name, const int *in, int n_in,
                       const char *out_name, int c, int h, int w);

/* Room for n_out rows of k weights, all zero, and as many biases. */
bool teq_node_alloc_weights(teq_node *node, int n_out, size_t k);

/* Free what a node owns. */
void teq_node_clear(teq_node *node);

/* Let all readers of `from` (and output, logits) read `to`. */
void teq_graph_redirect(teq_graph *g, int from, int to);

/* Drop the nodes whose op was set to TEQ_OP_DEAD, the nodes that the output does
 * not need, and all tensors left without use; renumber the rest. */
#define TEQ_OP_DEAD ((teq_op)(-1))
bool teq_graph_sweep(teq_graph *g);

#endif
