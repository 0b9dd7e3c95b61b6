/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <math.h>
#include <string.h>

enum {
    CONV1_AT = 0,
    CONV1_BIAS = CONV1_AT + DIGITS_C1 * 9,
    CONV2_AT = CONV1_BIAS + DIGITS_C1,
    CONV2_BIAS = CONV2_AT + DIGITS_C2 * DIGITS_C1 * 9,
    DW3_AT = CONV2_BIAS + DIGITS_C2,
    DW3_BIAS = DW3_AT + DIGITS_C2 * 9,
    PW4_AT = DW3_BIAS + DIGITS_C2,
    PW4_BIAS = PW4_AT + DIGITS_C2 * DIGITS_C2,
    FC_AT = PW4_BIAS + DIGITS_C2,
    FC_BIAS = FC_AT + DIGITS_CLASSES * DIGITS_FEATURES
};

_Static_assert(FC_BIAS + DIGITS_CLASSES == DIGITS_PARAMETERS, "layout covers all parameters");

/*        in: channels, height, width   out                  groups     kernel stride pads t l b r */
const digits_layer digits_layers[DIGITS_LAYERS] = {
    {"conv1", "conv",
     {1, 8, 8,                          DIGITS_C1, 8, 8,     1,         3, 1, 1, 1, 1, 1},
     CONV1_AT, CONV1_BIAS},
    {"conv2", "conv",
     {DIGITS_C1, 8, 8,                  DIGITS_C2, 4, 4,     1,         3, 2, 0, 0, 1, 1},
     CONV2_AT, CONV2_BIAS},
    {"dw3", "depthwise",
     {DIGITS_C2, 4, 4,                  DIGITS_C2, 4, 4,     DIGITS_C2, 3, 1, 1, 1, 1, 1},
     DW3_AT, DW3_BIAS},
    {"pw4", "conv",
     {DIGITS_C2, 4, 4,                  DIGITS_C2, 4, 4,     1,         1, 1, 0, 0, 0, 0},
     PW4_AT, PW4_BIAS},
    {"fc", "dense",
     {DIGITS_FEATURES, 1, 1,            DIGITS_CLASSES, 1, 1, 1,        1, 1, 0, 0, 0, 0},
     FC_AT, FC_BIAS},
};

const digits_layer small_layers[2] = {
    {"conv1", "conv",
     {1, 8, 8,                          SMALL_C1, 4, 4,      1,         3, 2, 0, 0, 1, 1},
     0, SMALL_C1 * 9},
    {"fc", "dense",
     {SMALL_FEATURES, 1, 1,             DIGITS_CLASSES, 1, 1, 1,        1, 1, 0, 0, 0, 0},
     SMALL_C1 * 10, SMALL_PARAMETERS - DIGITS_CLASSES},
};

int layer_k(const digits_layer *l)
{
    return l->shape.in_channels / l->shape.groups * l->shape.kernel * l->shape.kernel;
}

int layer_pixels(const digits_layer *l)
{
    return l->shape.out_height * l->shape.out_width;
}

int layer_weights(const digits_layer *l)
{
    return layer_k(l) * l->shape.out_channels;
}

int layer_macs(const digits_layer *l)
{
    return layer_weights(l) * layer_pixels(l);
}

void digits_init(double *parameters, rng *r)
{
    memset(parameters, 0, DIGITS_PARAMETERS * sizeof *parameters);
    for (const digits_layer *l = digits_layers; l < digits_layers + DIGITS_LAYERS; l++) {
        const double bound = sqrt(6.0 / (double)layer_k(l)); /* variance bound^2 / 3 */
        for (int i = 0; i < layer_weights(l); i++)
            parameters[l->weight_at + i] = bound * rng_signed(r);
    }
}

static void forward(int layer, const double *parameters, const double *in, double *out)
{
    const digits_layer *l = &digits_layers[layer];
    conv_forward(&l->shape, in, parameters + l->weight_at, parameters + l->bias_at, out);
}

static void backward(int layer, const double *parameters, const double *in, const double *d_out,
                     double *gradient, double *d_in)
{
    const digits_layer *l = &digits_layers[layer];
    conv_backward(&l->shape, in, parameters + l->weight_at, d_out, gradient + l->weight_at,
                  gradient + l->bias_at, d_in);
}

void digits_forward(const double *parameters, const double *image, digits_activations *a)
{
    forward(CONV1, parameters, image, a->conv1);
    relu_forward(DIGITS_C1 * DIGITS_PIXELS, a->conv1);
    forward(CONV2, parameters, a->conv1, a->conv2);
    relu_forward(DIGITS_FEATURES, a->conv2);
    forward(DW3, parameters, a->conv2, a->dw3);
    relu_forward(DIGITS_FEATURES, a->dw3);
    forward(PW4, parameters, a->dw3, a->sum);
    for (int i = 0; i < DIGITS_FEATURES; i++)
        a->sum[i] += a->conv2[i];
    relu_forward(DIGITS_FEATURES, a->sum);
    dense_forward(DIGITS_FEATURES, DIGITS_CLASSES, a->sum, parameters + FC_AT,
                  parameters + FC_BIAS, a->logits);
}

void digits_backward(const double *parameters, const double *image, const digits_activations *a,
                     const double *d_logits, double *gradient)
{
    double d_sum[DIGITS_FEATURES] = {0};
    double d_dw3[DIGITS_FEATURES] = {0};
    double d_conv2[DIGITS_FEATURES];
    double d_conv1[DIGITS_C1 * DIGITS_PIXELS] = {0};

    dense_backward(DIGITS_FEATURES, DIGITS_CLASSES, a->sum, parameters + FC_AT, d_logits,
                   gradient + FC_AT, gradient + FC_BIAS, d_sum);
    relu_backward(DIGITS_FEATURES, a->sum, d_sum);
    memcpy(d_conv2, d_sum, sizeof d_conv2); /* the branch around dw3 and pw4 */
    backward(PW4, parameters, a->dw3, d_sum, gradient, d_dw3);
    relu_backward(DIGITS_FEATURES, a->dw3, d_dw3);
    backward(DW3, parameters, a->conv2, d_dw3, gradient, d_conv2);
    relu_backward(DIGITS_FEATURES, a->conv2, d_conv2);
    backward(CONV2, parameters, a->conv1, d_conv2, gradient, d_conv1);
    relu_backward(DIGITS_C1 * DIGITS_PIXELS, a->conv1, d_conv1);
    backward(CONV1, parameters, image, d_conv1, gradient, NULL);
}

int digits_argmax(const double *logits)
{
    int best = 0;
    for (int c = 1; c < DIGITS_CLASSES; c++)
        if (logits[c] > logits[best])
            best = c;
    return best;
}
