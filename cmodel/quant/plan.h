/* SPDX-License-Identifier: Apache-2.0
 *
 * The network as the quantizer sees it: a graph lowered to the steps of teq/qnet.h,
 * with float weights, and the float values of every tensor on the calibration data.
 *
 * Lowering: dense layers and poolings become convolutions, an Add becomes the
 * residual operand of one of its producers (of an identity layer if neither can take
 * it), scales become depthwise layers, Softmax at the end is dropped.
 */
#ifndef TEQ_QUANT_PLAN_H
#define TEQ_QUANT_PLAN_H

#include "teq/graph.h"
#include "teq/qnet.h"

typedef struct plan_tensor {
    char *name;
    int c, h, w;
    size_t size;
    bool is_signed;
    int step;      /* that writes it, -1: input                                   */
    int n_readers; /* steps that read it                                          */
    bool is_alias; /* output of reshape, concat, pad: no storage of its own       */
    int tie;       /* first tensor of the set that shares one format and alpha    */
} plan_tensor;

typedef struct plan_step {
    teq_qlayer g;      /* op, kind, name, links, geometry, k; the rest empty        */
    float *w, *b;      /* DOT: n_out * k weights, n_out biases                      */
    teq_act act;       /* NONE, RELU or CLIP                                        */
    float lo, hi;      /* CLIP                                                      */
    bool has_weights;  /* weights of its own, counted in bits                       */
} plan_step;

typedef struct plan {
    char *name;
    int n_tensors, n_steps;
    plan_tensor *tensor;
    plan_step *step;
    int input;
    bool input_channels_last;
    int input_terms;    /* 2: the input is stored as two codes (teq/qnet.h), in this format: */
    double input_split, input_alpha;
    int input_n, input_step48;
    int n_classes;
} plan;

/* NULL with an error that names the node. `input_signed`: does the input hold negatives? */
plan *teq_lowered_make(const teq_graph *graph, bool input_signed, teq_error *err);
void teq_lowered_free(plan *p);

/* Float sums of one DOT step before activation and residual, for one sample: z has
 * n_out * oh * ow values; weights and biases as given (normally s->w, s->b; b may be
 * NULL). col: scratch of teq_lowered_col_size floats. */
size_t teq_lowered_col_size(const plan *p);
void teq_lowered_sums(const plan_step *s, const float *w, const float *b, const float *in, float *z, float *col);

/* im2col of one sample and one group: k rows of oh * ow values. */
void teq_lowered_im2col(const plan_step *s, int group, const float *in, float *col);

/* One step on one sample: any operation, activation and residual included. */
void teq_lowered_step(const plan *p, int step, const float *w, const float *b, const float *const *in,
                      const float *res, float *out, float *col);

/* The activation function. */
float teq_lowered_act(const plan_step *s, float z);

/* Float values of all tensors for n samples: value[t] has n * size floats; logits
 * n * n_classes. Arrays of aliases are made as well. */
typedef struct plan_values {
    size_t n;
    float **value;
    float *logits;
} plan_values;

bool teq_lowered_run(const plan *p, const float *x, size_t n, int threads, plan_values *out, teq_error *err);
void teq_lowered_values_free(const plan *p, plan_values *v);

#endif
