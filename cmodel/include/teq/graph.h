/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/graph.h -- a network after import: layers over NCHW tensors.
 *
 * A graph is what the importer leaves of an ONNX file (docs/importer.md): nodes
 * in topological order, each with one output tensor. Node i writes a tensor that
 * only nodes after i read. What exporters write for their own convenience is
 * gone: BatchNormalization, biases as separate Adds and constant factors are
 * folded into the weights, transposes of channels-last graphs are dissolved,
 * activation functions are a field of the layer before them, zero Pads are pads
 * of the layer behind them.
 *
 * Shapes are those of one sample, (c, h, w), channel slowest. A plain vector of
 * n values is (n, 1, 1). The batch dimension is not stored: whatever the file
 * says (1, N or a name), samples are independent.
 *
 * Every array belongs to the graph. Weights may be changed in place (the
 * quantizer does, on a clone); shapes and links may not.
 */
#ifndef TEQ_GRAPH_H
#define TEQ_GRAPH_H

#include "teq/error.h"
#include "teq/npy.h"

#include <stddef.h>
#include <stdint.h>

typedef enum teq_op {
    TEQ_OP_CONV,           /* in[0] (c,h,w) -> (n_out, oh, ow); groups, so depthwise too       */
    TEQ_OP_DENSE,          /* in[0] read as a vector in c,h,w order -> (n_out, 1, 1)           */
    TEQ_OP_ADD,            /* in[0] + in[1], same shape                                       */
    TEQ_OP_SCALE,          /* weight[c] * x + bias[c]: what could not be folded into a layer  */
    TEQ_OP_ACT,            /* an activation that no layer before it could take                */
    TEQ_OP_AVGPOOL,        /* window kh x kw; see count_pads                                  */
    TEQ_OP_MAXPOOL,        /* window kh x kw; padding never wins                              */
    TEQ_OP_GLOBAL_AVGPOOL, /* mean over h, w -> (c, 1, 1)                                     */
    TEQ_OP_RESHAPE,        /* same values in the same order, other (c, h, w)                  */
    TEQ_OP_CONCAT,         /* along c                                                         */
    TEQ_OP_PAD,            /* zeros around h, w that no layer could take                      */
    TEQ_OP_SOFTMAX         /* over all values of a sample                                     */
} teq_op;

/* Activation fused to a node's output: applied after the bias (or the sum). */
typedef enum teq_act {
    TEQ_ACT_NONE,
    TEQ_ACT_RELU, /* max(x, 0)                                  */
    TEQ_ACT_CLIP, /* min(max(x, act_lo), act_hi); ReLU6 is 0, 6 */
    TEQ_ACT_LEAKY /* x >= 0 ? x : act_slope * x                 */
} teq_act;

typedef struct teq_tensor {
    char *name;  /* the ONNX name of the value that it holds               */
    int c, h, w; /* all >= 1                                               */
    size_t size; /* c * h * w, at most TEQ_TENSOR_MAX                      */
    int node;    /* index of the node that writes it, -1: the graph's input */
} teq_tensor;

/* Largest tensor of one sample that the importer accepts, in values. */
#define TEQ_TENSOR_MAX ((size_t)1 << 26)

typedef struct teq_node {
    teq_op op;
    char *name;     /* ONNX name of the node, or its output's name if it has none */
    int n_in, *in;  /* tensors read: 1, ADD 2, CONCAT >= 1                        */
    int out;        /* tensor written                                             */

    /* CONV, AVGPOOL, MAXPOOL; PAD has pads only. Everything else: 1 and 0. */
    int kh, kw;         /* window                                                 */
    int sh, sw;         /* strides                                                */
    int dh, dw;         /* dilations, CONV only, 1 for all the others             */
    int pt, pl, pb, pr; /* pads top, left, bottom, right, 0 <= pad < dilated window */
    int group;          /* CONV: channel groups; 1 is a full convolution          */
    bool count_pads;    /* AVGPOOL: divide by kh*kw everywhere (true), or by the
                           number of values under the window (false)              */

    /* CONV, DENSE: n_out rows of k weights, y[o] = bias[o] + sum_i weight[o*k+i] x_i.
     * CONV: weight is O, I/group, kh, kw, so k = I/group * kh * kw.
     * DENSE: k = the input's size. SCALE: n_out = c, k = 1. bias is never NULL
     * for these three; other nodes have n_out = k = 0 and NULL pointers. */
    int n_out;
    size_t k;
    float *weight;
    float *bias;

    /* CONV, DENSE, ADD, SCALE, ACT. */
    teq_act act;
    float act_lo, act_hi; /* CLIP; one of them may be infinite                    */
    float act_slope;      /* LEAKY                                                */
} teq_node;

typedef struct teq_graph {
    char *name; /* the file it came from, for messages                  */
    int n_tensors;
    teq_tensor *tensor;
    int n_nodes;
    teq_node *node;
    int input;   /* tensor that samples are put into                    */
    int output;  /* tensor that the ONNX output names                   */
    int logits;  /* input of a final SOFTMAX, else the same as output   */
    bool input_channels_last;  /* the file declares its input as N,H,W,C   */
    bool output_channels_last; /* the same for its output                  */
} teq_graph;

void teq_graph_free(teq_graph *graph);

/* A deep copy, or NULL when there is no memory. */
teq_graph *teq_graph_clone(const teq_graph *graph);

/* True for what the array computes: CONV and DENSE. */
bool teq_node_is_layer(const teq_node *node);

/* True for a CONV with one input channel for each group (k = kh * kw). */
bool teq_node_is_depthwise(const teq_node *node);

/* Multiply-accumulates of one sample, taps on padding counted: k * outputs for
 * layers, 0 for all others. */
uint64_t teq_node_macs(const teq_graph *graph, const teq_node *node);

/* Number of nodes that read a tensor. */
int teq_graph_n_readers(const teq_graph *graph, int tensor);

/* Index of the first node or tensor of that name, -1 if there is none. */
int teq_graph_find_node(const teq_graph *graph, const char *name);
int teq_graph_find_tensor(const teq_graph *graph, const char *name);

/* "conv", "dense", ..., "softmax" and "none", "relu", "clip", "leaky". */
const char *teq_op_name(teq_op op);
const char *teq_act_name(teq_act act);

/* The activation function of a node for one value. */
float teq_act_apply(const teq_node *node, float x);

/* Samples for the graph from an array whose first axis counts them and whose
 * other axes are the file's input layout (a missing axis of size 1 is forgiven;
 * N,H,W,C files may be given either layout, theirs first). Values become
 * (q - zero_point) * scale, in c,h,w order: n * input size floats, which the
 * caller frees. A shape that does not fit, or a NaN, is an error. */
float *teq_graph_samples(const teq_graph *graph, const teq_ndarray *array, double scale,
                         double zero_point, size_t *n, teq_error *err);

#endif
