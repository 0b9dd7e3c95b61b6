/* SPDX-License-Identifier: Apache-2.0
 *
 * The float operators of one sample, one thread. The activation of a node is
 * applied by each operator that may have one.
 */
#ifndef TEQ_NET_EXEC_OPS_H
#define TEQ_NET_EXEC_OPS_H

#include "teq/graph.h"

/* Scratch floats that teq_op_run needs for a node. */
size_t teq_op_scratch(const teq_graph *g, const teq_node *node);

/* out = node(in[0..n_in-1]); in and out do not overlap. */
void teq_op_run(const teq_graph *g, const teq_node *node, const float *const *in, float *out,
                float *scratch);

/* The convolutions, in exec_conv.c and exec_depthwise.c. */
size_t teq_conv_scratch(const teq_graph *g, const teq_node *node);
void teq_conv_run(const teq_graph *g, const teq_node *node, const float *x, float *y,
                  float *scratch);
size_t teq_depthwise_scratch(const teq_graph *g, const teq_node *node);
void teq_depthwise_run(const teq_graph *g, const teq_node *node, const float *x, float *y,
                       float *scratch);

/* y[i] = act(y[i] + bias), n values. */
void teq_bias_act(const teq_node *node, float bias, float *y, size_t n);

#endif
