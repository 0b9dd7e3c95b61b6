/* SPDX-License-Identifier: Apache-2.0 */
#include "layers.h"

#include <math.h>
#include <stddef.h>

/* Output positions [first, end) whose tap `offset` lies inside the input. */
typedef struct range {
    int first, end;
} range;

static range inside(int out, int in, int stride, int offset)
{
    range r = {0, out};
    while (r.first < r.end && r.first * stride + offset < 0)
        r.first++;
    while (r.end > r.first && (r.end - 1) * stride + offset >= in)
        r.end--;
    return r;
}

/* First input channel that output channel o reads. */
static int group_start(const conv_shape *s, int o)
{
    return o / (s->out_channels / s->groups) * (s->in_channels / s->groups);
}

void conv_forward(const conv_shape *s, const double *in, const double *weight,
                  const double *bias, double *out)
{
    const int depth = s->in_channels / s->groups;
    const int pixels = s->out_height * s->out_width;
    for (int o = 0; o < s->out_channels; o++, out += pixels) {
        for (int p = 0; p < pixels; p++)
            out[p] = bias[o];
        for (int c = 0; c < depth; c++) {
            const double *plane = in + (group_start(s, o) + c) * s->in_height * s->in_width;
            for (int i = 0; i < s->kernel; i++) {
                range rows = inside(s->out_height, s->in_height, s->stride, i - s->pad_top);
                for (int j = 0; j < s->kernel; j++, weight++) {
                    range cols = inside(s->out_width, s->in_width, s->stride, j - s->pad_left);
                    for (int y = rows.first; y < rows.end; y++) {
                        const double *line =
                            plane + (y * s->stride + i - s->pad_top) * s->in_width + j - s->pad_left;
                        for (int x = cols.first; x < cols.end; x++)
                            out[y * s->out_width + x] += *weight * line[x * s->stride];
                    }
                }
            }
        }
    }
}

void conv_backward(const conv_shape *s, const double *in, const double *weight,
                   const double *d_out, double *d_weight, double *d_bias, double *d_in)
{
    const int depth = s->in_channels / s->groups;
    const int pixels = s->out_height * s->out_width;
    for (int o = 0; o < s->out_channels; o++, d_out += pixels) {
        for (int p = 0; p < pixels; p++)
            d_bias[o] += d_out[p];
        for (int c = 0; c < depth; c++) {
            const int plane = (group_start(s, o) + c) * s->in_height * s->in_width;
            for (int i = 0; i < s->kernel; i++) {
                range rows = inside(s->out_height, s->in_height, s->stride, i - s->pad_top);
                for (int j = 0; j < s->kernel; j++, weight++, d_weight++) {
                    range cols = inside(s->out_width, s->in_width, s->stride, j - s->pad_left);
                    double sum = 0.0;
                    for (int y = rows.first; y < rows.end; y++) {
                        const int line =
                            plane + (y * s->stride + i - s->pad_top) * s->in_width + j - s->pad_left;
                        const double *d_line = d_out + y * s->out_width;
                        for (int x = cols.first; x < cols.end; x++)
                            sum += d_line[x] * in[line + x * s->stride];
                        if (d_in == NULL)
                            continue;
                        for (int x = cols.first; x < cols.end; x++)
                            d_in[line + x * s->stride] += d_line[x] * *weight;
                    }
                    *d_weight += sum;
                }
            }
        }
    }
}

void dense_forward(int inputs, int outputs, const double *in, const double *weight,
                   const double *bias, double *out)
{
    for (int o = 0; o < outputs; o++, weight += inputs) {
        double sum = bias[o];
        for (int c = 0; c < inputs; c++)
            sum += weight[c] * in[c];
        out[o] = sum;
    }
}

void dense_backward(int inputs, int outputs, const double *in, const double *weight,
                    const double *d_out, double *d_weight, double *d_bias, double *d_in)
{
    for (int o = 0; o < outputs; o++, weight += inputs, d_weight += inputs) {
        d_bias[o] += d_out[o];
        for (int c = 0; c < inputs; c++) {
            d_weight[c] += d_out[o] * in[c];
            d_in[c] += d_out[o] * weight[c];
        }
    }
}

void relu_forward(int n, double *values)
{
    for (int i = 0; i < n; i++)
        if (!(values[i] > 0.0))
            values[i] = 0.0;
}

void relu_backward(int n, const double *values, double *d)
{
    for (int i = 0; i < n; i++)
        if (!(values[i] > 0.0))
            d[i] = 0.0;
}

/* e^x for x <= 0: e^x = 2^k e^r, |r| <= ln 2 / 2, Taylor series of e^r. The
 * C library's exp differs in the last bit from version to version. */
static double exp_of_negative(double x)
{
    static const double ln2 = 0x1.62e42fefa39efp-1;
    if (x < -700.0)
        return 0.0;
    const int k = (int)(x / ln2 - 0.5);
    const double r = x - (double)k * ln2;
    double sum = 1.0;
    for (int i = 15; i > 0; i--)
        sum = 1.0 + sum * r / (double)i;
    return ldexp(sum, k);
}

double cross_entropy(int classes, const double *logits, int label, double *d_logits)
{
    double top = logits[0];
    for (int c = 1; c < classes; c++)
        if (logits[c] > top)
            top = logits[c];
    double sum = 0.0;
    for (int c = 0; c < classes; c++)
        sum += d_logits[c] = exp_of_negative(logits[c] - top);
    for (int c = 0; c < classes; c++)
        d_logits[c] = d_logits[c] / sum - (c == label ? 1.0 : 0.0);
    return log(sum) + top - logits[label];
}
