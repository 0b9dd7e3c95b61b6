/* SPDX-License-Identifier: Apache-2.0
 *
 * layers.h -- forward and backward passes of the layers of the digits network.
 *
 * Everything is double, one image at a time, channel-row-column order, summed
 * in one fixed order. Backward functions take d_x = d loss / d x of what the
 * forward function returned and *add* to the gradients that they deliver, so
 * that a batch or a branch sums by calling twice.
 *
 * Only +, -, *, / and sqrt decide the trained bits (each exact to the last bit
 * in IEEE 754), no function of the C library: the same source gives the same
 * network with any compiler that does not contract or reorder.
 */
#ifndef DIGITS_LAYERS_H
#define DIGITS_LAYERS_H

typedef struct conv_shape {
    int in_channels, in_height, in_width;
    int out_channels, out_height, out_width;
    int groups; /* 1, or in_channels for a depthwise layer */
    int kernel; /* rows = columns */
    int stride; /* rows = columns */
    int pad_top, pad_left, pad_bottom, pad_right; /* zeros around the input */
} conv_shape;

/* out[o][y][x] = bias[o] + sum_{c,i,j} weight[o][c][i][j]
 *                * in[g(o) + c][y stride + i - pad_top][x stride + j - pad_left]
 * c runs over in_channels / groups channels, g(o) is the first of o's group;
 * weight is O x I/groups x kernel x kernel. */
void conv_forward(const conv_shape *s, const double *in, const double *weight,
                  const double *bias, double *out);

/* d_in may be NULL where nothing before the layer learns. */
void conv_backward(const conv_shape *s, const double *in, const double *weight,
                   const double *d_out, double *d_weight, double *d_bias, double *d_in);

/* out[o] = bias[o] + sum_c weight[o][c] in[c] */
void dense_forward(int inputs, int outputs, const double *in, const double *weight,
                   const double *bias, double *out);

void dense_backward(int inputs, int outputs, const double *in, const double *weight,
                    const double *d_out, double *d_weight, double *d_bias, double *d_in);

/* values = max(values, 0), in place. */
void relu_forward(int n, double *values);

/* d *= (values > 0), in place; values as relu_forward left them. */
void relu_backward(int n, const double *values, double *d);

/* Loss -log softmax(logits)[label]; d_logits = softmax(logits) - onehot(label),
 * overwritten. The loss is for the eye only (libm's log), the gradient is
 * repeatable to the bit. */
double cross_entropy(int classes, const double *logits, int label, double *d_logits);

#endif
