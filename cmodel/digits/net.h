/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h -- the digits network: its shape, and one image through it and back.
 *
 *   input 1x8x8 --conv1 3x3--> 12x8x8 --conv2 3x3/2--> 24x4x4 --+--dw3 3x3--pw4 1x1--+
 *                                                               |                    |
 *                                                               +--------------------+--Add--fc--> 10
 *
 * Relu after conv1, conv2, dw3 and the Add. Small but not tame, each layer is
 * there for something that an accelerator can get wrong:
 *   conv1  signed input, K = 9 less than a tile's rows
 *   conv2  stride 2 on an even size, so pads 0,0,1,1 (TensorFlow SAME); K = 108,
 *          no multiple of 16 rows; 24 outputs, no multiple of 16 columns
 *   dw3    depthwise, one input channel for each output
 *   pw4    no Relu of its own, a signed summand of the residual add
 *   fc     dense, K = 384, signed logits
 */
#ifndef DIGITS_NET_H
#define DIGITS_NET_H

#include "layers.h"
#include "rng.h"

enum {
    DIGITS_SIDE = 8,
    DIGITS_PIXELS = DIGITS_SIDE * DIGITS_SIDE,
    DIGITS_CLASSES = 10,
    DIGITS_LAYERS = 5,
    DIGITS_C1 = 12, /* channels after conv1 */
    DIGITS_C2 = 24, /* channels from conv2 on */
    DIGITS_HALF = DIGITS_PIXELS / 4,
    DIGITS_FEATURES = DIGITS_C2 * DIGITS_HALF,
    DIGITS_PARAMETERS = DIGITS_C1 * 9 + DIGITS_C1            /* conv1 */
                        + DIGITS_C2 * DIGITS_C1 * 9 + DIGITS_C2  /* conv2 */
                        + DIGITS_C2 * 9 + DIGITS_C2              /* dw3 */
                        + DIGITS_C2 * DIGITS_C2 + DIGITS_C2      /* pw4 */
                        + DIGITS_CLASSES * DIGITS_FEATURES + DIGITS_CLASSES
};

enum { CONV1, CONV2, DW3, PW4, FC };

/* One layer with weights. fc is written as a 1x1 convolution of 384 channels
 * over one pixel, which is what it is. */
typedef struct digits_layer {
    const char *name;
    const char *kind; /* "conv", "depthwise", "dense" */
    conv_shape shape;
    int weight_at, bias_at; /* where its parameters start in the flat array */
} digits_layer;

extern const digits_layer digits_layers[DIGITS_LAYERS];

int layer_k(const digits_layer *l);       /* products in one output */
int layer_pixels(const digits_layer *l);  /* output positions */
int layer_weights(const digits_layer *l); /* K x output channels */
int layer_macs(const digits_layer *l);    /* weights x pixels, padding counted */

/* A network for a core that has little memory, and nothing but convolutions and dense layers:
 *
 *   input 1x8x8 --conv1 3x3/2--> 8x4x4 --Relu--fc--> 10
 */
enum {
    SMALL_C1 = 8,
    SMALL_FEATURES = SMALL_C1 * DIGITS_HALF,
    SMALL_PARAMETERS = SMALL_C1 * 9 + SMALL_C1 + DIGITS_CLASSES * SMALL_FEATURES + DIGITS_CLASSES
};

extern const digits_layer small_layers[2];

/* What the forward pass leaves for the backward pass; after Relu where the
 * layer has one. */
typedef struct digits_activations {
    double conv1[DIGITS_C1 * DIGITS_PIXELS];
    double conv2[DIGITS_FEATURES];
    double dw3[DIGITS_FEATURES];
    double sum[DIGITS_FEATURES]; /* Relu(pw4 + conv2) */
    double logits[DIGITS_CLASSES];
} digits_activations;

/* parameters[DIGITS_PARAMETERS]: layer by layer, weights (ONNX order), bias. */

/* Weights uniform with variance 2 / K (He et al., arXiv 1502.01852), biases 0. */
void digits_init(double *parameters, rng *r);

/* image[64], normalised as in data.h. */
void digits_forward(const double *parameters, const double *image, digits_activations *a);

/* Adds d loss / d parameters of one image to gradient[DIGITS_PARAMETERS]. */
void digits_backward(const double *parameters, const double *image, const digits_activations *a,
                     const double *d_logits, double *gradient);

/* Index of the largest logit, the first of equals. */
int digits_argmax(const double *logits);

#endif
