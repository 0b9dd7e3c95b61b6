/* SPDX-License-Identifier: Apache-2.0 */
#include "trainer.h"

#include "adam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const trainer_options trainer_defaults = {
    .seed = 1, .epochs = 100, .batch = 16, .rate = 0.003, .decay = 0.01};

int trainer_count_right(const digits_set *set, int first, int end, const double *parameters)
{
    int right = 0;
    for (int i = first; i < end; i++) {
        double image[DIGITS_PIXELS];
        digits_activations a;
        digits_image(digits_pixels(set, i), 0, 0, image);
        digits_forward(parameters, image, &a);
        right += digits_argmax(a.logits) == digits_label(set, i);
    }
    return right;
}

typedef struct trainer_state {
    rng chance;
    adam optimizer;
    double gradient[DIGITS_PARAMETERS];
    double loss; /* sums over the epoch */
    int right;
} trainer_state;

/* One image forward and back; its gradient is added up. */
static void learn(trainer_state *t, const digits_set *set, int i, const double *parameters)
{
    double image[DIGITS_PIXELS], d_logits[DIGITS_CLASSES];
    digits_activations a;
    const int dx = rng_below(&t->chance, 3) - 1;
    const int dy = rng_below(&t->chance, 3) - 1;
    digits_image(digits_pixels(set, i), dx, dy, image);
    digits_forward(parameters, image, &a);
    t->loss += cross_entropy(DIGITS_CLASSES, a.logits, digits_label(set, i), d_logits);
    t->right += digits_argmax(a.logits) == digits_label(set, i);
    digits_backward(parameters, image, &a, d_logits, t->gradient);
}

bool trainer_run(const digits_set *set, const trainer_options *o, double *parameters,
                 teq_error *err)
{
    const int used = set->count - o->hold_out;
    if (o->epochs < 1 || o->batch < 1 || o->hold_out < 0 || used < o->batch)
        return teq_fail(err, TEQ_ERR_ARG, "training: got %d images, %d epochs, batches of %d, expected "
                        "at least one epoch and one batch", used, o->epochs, o->batch);
    const int batches = used / o->batch;
    const double steps = (double)o->epochs * (double)batches;
    int *order = malloc((size_t)used * sizeof *order);
    trainer_state *t = calloc(1, sizeof *t);
    bool ok = order != NULL && t != NULL;
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "training: out of memory");
    if (ok) {
        t->chance.state = o->seed;
        adam_init(&t->optimizer);
        digits_init(parameters, &t->chance);
    }
    for (int epoch = 0, step = 0; ok && epoch < o->epochs; epoch++) {
        rng_permutation(&t->chance, used, order);
        t->loss = 0.0;
        t->right = 0;
        for (int b = 0; b < batches; b++, step++) {
            memset(t->gradient, 0, sizeof t->gradient);
            for (int i = 0; i < o->batch; i++)
                learn(t, set, order[b * o->batch + i], parameters);
            for (int i = 0; i < DIGITS_PARAMETERS; i++)
                t->gradient[i] /= (double)o->batch;
            adam_step(&t->optimizer, o->rate * (1.0 - (double)step / steps), o->decay, t->gradient,
                      parameters);
        }
        const double seen = (double)(batches * o->batch);
        if (!isfinite(t->loss))
            ok = teq_fail(err, TEQ_ERR_VALUE, "training: loss after epoch %d is not a number", epoch + 1);
        else if (o->progress != NULL)
            o->progress(epoch + 1, o, t->loss / seen, (double)t->right / seen,
                        o->hold_out == 0 ? -1.0
                                         : (double)trainer_count_right(set, used, set->count, parameters) /
                                               (double)o->hold_out);
    }
    for (int i = 0; ok && i < DIGITS_PARAMETERS; i++)
        parameters[i] = (double)(float)parameters[i];
    free(order);
    free(t);
    return ok;
}
