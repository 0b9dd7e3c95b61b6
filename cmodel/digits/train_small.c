/* SPDX-License-Identifier: Apache-2.0
 *
 * train_small -- trains the small network of net.h on the images of the digits:
 *
 *     train_small DATA OUT         reads DATA/digits_train_*.npy, writes OUT/small.onnx
 *
 * The evaluation images are looked at once, after the last step of training.
 */
#include "adam.h"
#include "data.h"
#include "onnx_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 60, BATCH = 16 };
static const double rate = 0.005, decay = 0.01;

typedef struct state {
    rng chance;
    adam optimizer;
    double parameters[DIGITS_PARAMETERS], gradient[DIGITS_PARAMETERS]; /* SMALL_PARAMETERS of them */
} state;

typedef struct activations {
    double conv1[SMALL_FEATURES], logits[DIGITS_CLASSES];
} activations;

static void forward(const double *parameters, const double *image, activations *a)
{
    const digits_layer *conv = &small_layers[0], *fc = &small_layers[1];
    conv_forward(&conv->shape, image, parameters + conv->weight_at, parameters + conv->bias_at, a->conv1);
    relu_forward(SMALL_FEATURES, a->conv1);
    dense_forward(SMALL_FEATURES, DIGITS_CLASSES, a->conv1, parameters + fc->weight_at, parameters + fc->bias_at, a->logits);
}

static void learn(state *s, const digits_set *set, int i)
{
    const digits_layer *conv = &small_layers[0], *fc = &small_layers[1];
    double image[DIGITS_PIXELS], d_logits[DIGITS_CLASSES], d_conv1[SMALL_FEATURES] = {0};
    activations a;
    const int dx = rng_below(&s->chance, 3) - 1, dy = rng_below(&s->chance, 3) - 1;
    digits_image(digits_pixels(set, i), dx, dy, image);
    forward(s->parameters, image, &a);
    cross_entropy(DIGITS_CLASSES, a.logits, digits_label(set, i), d_logits);
    dense_backward(SMALL_FEATURES, DIGITS_CLASSES, a.conv1, s->parameters + fc->weight_at, d_logits, s->gradient + fc->weight_at,
                   s->gradient + fc->bias_at, d_conv1);
    relu_backward(SMALL_FEATURES, a.conv1, d_conv1);
    conv_backward(&conv->shape, image, s->parameters + conv->weight_at, d_conv1, s->gradient + conv->weight_at,
                  s->gradient + conv->bias_at, NULL);
}

static void train(state *s, const digits_set *set, int *order)
{
    const int batches = set->count / BATCH;
    s->chance.state = 1;
    adam_init(&s->optimizer);
    for (int l = 0; l < 2; l++) {
        const double bound = sqrt(6.0 / layer_k(&small_layers[l]));
        for (int i = 0; i < layer_weights(&small_layers[l]); i++)
            s->parameters[small_layers[l].weight_at + i] = bound * rng_signed(&s->chance);
    }
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        rng_permutation(&s->chance, set->count, order);
        for (int b = 0; b < batches; b++) {
            const double done = (double)(epoch * batches + b) / (EPOCHS * batches);
            memset(s->gradient, 0, sizeof s->gradient);
            for (int i = 0; i < BATCH; i++)
                learn(s, set, order[b * BATCH + i]);
            for (int i = 0; i < SMALL_PARAMETERS; i++)
                s->gradient[i] /= BATCH;
            adam_step(&s->optimizer, rate * (1.0 - done), decay, s->gradient, s->parameters);
        }
    }
}

static int count_right(const state *s, const digits_set *set)
{
    int right = 0;
    for (int i = 0; i < set->count; i++) {
        double image[DIGITS_PIXELS];
        activations a;
        digits_image(digits_pixels(set, i), 0, 0, image);
        forward(s->parameters, image, &a);
        right += digits_argmax(a.logits) == digits_label(set, i);
    }
    return right;
}

int main(int argc, char **argv)
{
    static state s;
    digits_set images = {0}, eval = {0};
    teq_error err = {0};
    char path[1024];
    if (argc != 3) {
        fprintf(stderr, "usage: train_small DATA OUT\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/small.onnx", argv[2]);
    bool ok = digits_set_read(argv[1], "train", &images, &err) && digits_set_read(argv[1], "eval", &eval, &err);
    int *order = malloc((size_t)(ok ? images.count : 1) * sizeof *order);
    if (ok && order == NULL)
        ok = teq_fail(&err, TEQ_ERR_MEMORY, "training: out of memory");
    if (ok) {
        train(&s, &images, order);
        ok = small_onnx_write(path, s.parameters, &err);
    }
    if (ok)
        printf("small: %d of %d training images right, %d of %d evaluation images; %d parameters\n", count_right(&s, &images),
               images.count, count_right(&s, &eval), eval.count, SMALL_PARAMETERS);
    else
        fprintf(stderr, "train_small: %s\n", err.message);
    free(order);
    digits_set_free(&images);
    digits_set_free(&eval);
    return ok ? 0 : 1;
}
