/* SPDX-License-Identifier: Apache-2.0
 *
 * The layers of the digits trainer: forward passes against their definition,
 * gradients against differences. TEQ_SEED sets the seed of the random values.
 */
#include "../digits/net.h"
#include "digits_check.h"

#include <string.h>

static void fill(rng *r, int n, double *values)
{
    for (int i = 0; i < n; i++)
        values[i] = rng_signed(r);
}

static double dot(int n, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* --- gradients: central differences of L = sum probe * out ------------------- */

typedef double loss_fn(void *context);

static void check_gradient(const char *what, int n, double *values, const double *gradient,
                           loss_fn *loss, void *context, double tolerance)
{
    static const double h = 1e-5;
    for (int i = 0; i < n; i++) {
        const double kept = values[i];
        values[i] = kept + h;
        const double above = loss(context);
        values[i] = kept - h;
        const double below = loss(context);
        values[i] = kept;
        expect_near(what, i, (above - below) / (2.0 * h), gradient[i], tolerance);
    }
}

enum { BIG = 2048 };

typedef struct conv_case {
    conv_shape s;
    double in[BIG], weight[BIG], bias[64], out[BIG], probe[BIG];
} conv_case;

static int in_size(const conv_shape *s) { return s->in_channels * s->in_height * s->in_width; }
static int out_size(const conv_shape *s) { return s->out_channels * s->out_height * s->out_width; }
static int weight_size(const conv_shape *s)
{
    return s->out_channels * (s->in_channels / s->groups) * s->kernel * s->kernel;
}

static double conv_loss(void *context)
{
    conv_case *c = context;
    conv_forward(&c->s, c->in, c->weight, c->bias, c->out);
    return dot(out_size(&c->s), c->out, c->probe);
}

/* The shapes of the network's kinds of layer, and two that it does not use. */
static const conv_shape conv_shapes[] = {
    {1, 8, 8, 3, 8, 8, 1, 3, 1, 1, 1, 1, 1}, /* conv1 */
    {3, 8, 8, 4, 4, 4, 1, 3, 2, 0, 0, 1, 1}, /* conv2 */
    {4, 4, 4, 4, 4, 4, 4, 3, 1, 1, 1, 1, 1}, /* dw3   */
    {5, 4, 4, 3, 4, 4, 1, 1, 1, 0, 0, 0, 0}, /* pw4   */
    {4, 5, 7, 6, 3, 4, 2, 3, 2, 1, 1, 1, 1}, /* two groups, odd sides */
    {2, 2, 3, 2, 3, 5, 1, 4, 1, 2, 3, 2, 2}, /* kernel wider than the input */
};
enum { N_SHAPES = (int)(sizeof conv_shapes / sizeof conv_shapes[0]) };

static void conv_fill(conv_case *c, const conv_shape *s)
{
    rng r = {seed()};
    c->s = *s;
    fill(&r, in_size(s), c->in);
    fill(&r, weight_size(s), c->weight);
    fill(&r, s->out_channels, c->bias);
    fill(&r, out_size(s), c->probe);
}

static void conv_gradients(void **state)
{
    (void)state;
    static conv_case c;
    static double d_in[BIG], d_weight[BIG], d_bias[64];
    for (int i = 0; i < N_SHAPES; i++) {
        const conv_shape *s = &conv_shapes[i];
        conv_fill(&c, s);
        memset(d_in, 0, sizeof d_in);
        memset(d_weight, 0, sizeof d_weight);
        memset(d_bias, 0, sizeof d_bias);
        conv_backward(s, c.in, c.weight, c.probe, d_weight, d_bias, d_in);
        check_gradient("conv d_weight", weight_size(s), c.weight, d_weight, conv_loss, &c, 1e-8);
        check_gradient("conv d_bias", s->out_channels, c.bias, d_bias, conv_loss, &c, 1e-8);
        check_gradient("conv d_in", in_size(s), c.in, d_in, conv_loss, &c, 1e-8);
    }
}

/* Gradients are added to, so a second call doubles them; d_in may be left out. */
static void conv_backward_adds(void **state)
{
    (void)state;
    static conv_case c;
    double once[512] = {0}, twice[512] = {0}, bias_once[8] = {0}, bias_twice[8] = {0};
    const conv_shape *s = &conv_shapes[1];
    conv_fill(&c, s);
    conv_backward(s, c.in, c.weight, c.probe, once, bias_once, NULL);
    conv_backward(s, c.in, c.weight, c.probe, twice, bias_twice, NULL);
    conv_backward(s, c.in, c.weight, c.probe, twice, bias_twice, NULL);
    for (int i = 0; i < weight_size(s); i++)
        expect_near("twice", i, 2.0 * once[i], twice[i], 1e-15);
    for (int i = 0; i < s->out_channels; i++)
        expect_near("bias_twice", i, 2.0 * bias_once[i], bias_twice[i], 1e-15);
}

/* The definition in layers.h, written down literally. */
static double conv_definition(const conv_case *c, int o, int y, int x)
{
    const conv_shape *s = &c->s;
    const int depth = s->in_channels / s->groups, first = o / (s->out_channels / s->groups) * depth;
    double sum = c->bias[o];
    for (int k = 0; k < depth * s->kernel * s->kernel; k++) {
        const int ch = k / (s->kernel * s->kernel);
        const int row = y * s->stride + k / s->kernel % s->kernel - s->pad_top;
        const int col = x * s->stride + k % s->kernel - s->pad_left;
        if (row >= 0 && row < s->in_height && col >= 0 && col < s->in_width)
            sum += c->weight[o * depth * s->kernel * s->kernel + k] *
                   c->in[((first + ch) * s->in_height + row) * s->in_width + col];
    }
    return sum;
}

static void conv_is_its_definition(void **state)
{
    (void)state;
    static conv_case c;
    for (int i = 0; i < N_SHAPES; i++) {
        const conv_shape *s = &conv_shapes[i];
        /* The sizes of the table are those that the pads give. */
        assert_int_equal(s->out_height,
                         (s->in_height + s->pad_top + s->pad_bottom - s->kernel) / s->stride + 1);
        assert_int_equal(s->out_width,
                         (s->in_width + s->pad_left + s->pad_right - s->kernel) / s->stride + 1);
        conv_fill(&c, s);
        conv_loss(&c);
        for (int p = 0; p < out_size(s); p++)
            expect_near("conv", p,
                        conv_definition(&c, p / (s->out_height * s->out_width),
                                        p / s->out_width % s->out_height, p % s->out_width),
                        c.out[p], 1e-13);
    }
}

typedef struct dense_case {
    double in[7], weight[21], bias[3], out[3], probe[3];
} dense_case;

static double dense_loss(void *context)
{
    dense_case *c = context;
    dense_forward(7, 3, c->in, c->weight, c->bias, c->out);
    return dot(3, c->out, c->probe);
}

static void dense_gradients(void **state)
{
    (void)state;
    dense_case c;
    double d_in[7] = {0}, d_weight[21] = {0}, d_bias[3] = {0};
    rng r = {seed()};
    fill(&r, 7, c.in);
    fill(&r, 21, c.weight);
    fill(&r, 3, c.bias);
    fill(&r, 3, c.probe);
    dense_backward(7, 3, c.in, c.weight, c.probe, d_weight, d_bias, d_in);
    check_gradient("dense d_weight", 21, c.weight, d_weight, dense_loss, &c, 1e-8);
    check_gradient("dense d_bias", 3, c.bias, d_bias, dense_loss, &c, 1e-8);
    check_gradient("dense d_in", 7, c.in, d_in, dense_loss, &c, 1e-8);
}

static void relu_passes_what_is_positive(void **state)
{
    (void)state;
    double values[] = {-2.0, -0.0, 0.0, 0.5, 3.0};
    double d[] = {1.0, 2.0, 3.0, 4.0, 5.0};
    const double expected[] = {0.0, 0.0, 0.0, 0.5, 3.0}, expected_d[] = {0.0, 0.0, 0.0, 4.0, 5.0};
    relu_forward(5, values);
    relu_backward(5, values, d);
    for (int i = 0; i < 5; i++) {
        expect_near("relu", i, expected[i], values[i], 0.0);
        expect_near("relu d", i, expected_d[i], d[i], 0.0);
    }
}

typedef struct entropy_case {
    double logits[10];
    int label;
} entropy_case;

static double entropy_loss(void *context)
{
    entropy_case *c = context;
    double ignored[10];
    return cross_entropy(10, c->logits, c->label, ignored);
}

static void cross_entropy_gradient(void **state)
{
    (void)state;
    entropy_case c;
    double d[10], total = 0.0, sum = 0.0;
    rng r = {seed()};
    for (int i = 0; i < 10; i++)
        c.logits[i] = 8.0 * rng_signed(&r);
    for (c.label = 0; c.label < 10; c.label++) {
        cross_entropy(10, c.logits, c.label, d);
        check_gradient("cross entropy", 10, c.logits, d, entropy_loss, &c, 1e-8);
    }
    /* The own exponential function against the C library's. */
    for (int i = 0; i < 10; i++)
        sum += exp(c.logits[i]);
    c.label = 3;
    cross_entropy(10, c.logits, c.label, d);
    for (int i = 0; i < 10; i++) {
        expect_near("softmax", i, exp(c.logits[i]) / sum - (i == 3), d[i], 1e-14);
        total += d[i];
    }
    expect_near("sum of the gradient", 0, 0.0, total, 1e-14);
    /* Far apart: no overflow, no NaN. */
    const double far[] = {0.0, 1e6, -1e6};
    expect_near("loss", 0, 0.0, cross_entropy(3, far, 1, d), 0.0);
    expect_near("loss", 1, 1e6, cross_entropy(3, far, 0, d), 1e-12);
}

typedef struct net_case {
    double parameters[DIGITS_PARAMETERS], image[DIGITS_PIXELS];
    digits_activations a;
    int label;
} net_case;

static double net_loss(void *context)
{
    net_case *c = context;
    double ignored[DIGITS_CLASSES];
    digits_forward(c->parameters, c->image, &c->a);
    return cross_entropy(DIGITS_CLASSES, c->a.logits, c->label, ignored);
}

/* Every 13th parameter of the whole network: the residual branch sums, Relu
 * gates. A difference across Relu's kink is no gradient, so where the two-sided
 * difference changes with the step the parameter is passed over; few may be. */
static void network_gradient(void **state)
{
    (void)state;
    static net_case c;
    static double gradient[DIGITS_PARAMETERS];
    double d_logits[DIGITS_CLASSES];
    rng r = {seed()};
    int checked = 0, passed_over = 0;
    digits_init(c.parameters, &r);
    for (const digits_layer *l = digits_layers; l < digits_layers + DIGITS_LAYERS; l++)
        fill(&r, l->shape.out_channels, c.parameters + l->bias_at);
    fill(&r, DIGITS_PIXELS, c.image);
    c.label = 7;
    net_loss(&c);
    cross_entropy(DIGITS_CLASSES, c.a.logits, c.label, d_logits);
    memset(gradient, 0, sizeof gradient);
    digits_backward(c.parameters, c.image, &c.a, d_logits, gradient);
    for (int i = 0; i < DIGITS_PARAMETERS; i += 13, checked++) {
        double slope[2];
        for (int j = 0; j < 2; j++) {
            const double h = j == 0 ? 1e-5 : 4e-6, kept = c.parameters[i];
            c.parameters[i] = kept + h;
            const double above = net_loss(&c);
            c.parameters[i] = kept - h;
            slope[j] = (above - net_loss(&c)) / (2.0 * h);
            c.parameters[i] = kept;
        }
        if (fabs(slope[0] - slope[1]) > 1e-6 * (1.0 + fabs(slope[1])))
            passed_over++;
        else
            expect_near("network parameter", i, slope[1], gradient[i], 1e-6);
    }
    if (passed_over * 20 > checked)
        fail_msg("%d of %d parameters sit on a kink, expected at most 1 in 20", passed_over, checked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_gradients),
        cmocka_unit_test(conv_backward_adds),
        cmocka_unit_test(conv_is_its_definition),
        cmocka_unit_test(dense_gradients),
        cmocka_unit_test(relu_passes_what_is_positive),
        cmocka_unit_test(cross_entropy_gradient),
        cmocka_unit_test(network_gradient),
    };
    return cmocka_run_group_tests_name("digits_gradients", tests, NULL, NULL);
}
