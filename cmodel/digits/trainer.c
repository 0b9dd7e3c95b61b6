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

/* All batches of one epoch, in a new order. */
static void run_epoch(trainer_state *t, const digits_set *set, const trainer_options *o, int epoch,
                      int *order, double *parameters)
{
    const int used = set->count - o->hold_out;
    const int batches = used / o->batch;
    const double steps = (double)o->epochs * (double)batches;
    t->loss = 0.0;
    t->right = 0;
    rng_permutation(&t->chance, used, order);
    for (int b = 0; b < batches; b++) {
        const double done = (double)(epoch * batches + b) / steps;
        memset(t->gradient, 0, sizeof t->gradient);
        for (int i = 0; i < o->batch; i++)
            learn(t, set, order[b * o->batch + i], parameters);
        for (int i = 0; i < DIGITS_PARAMETERS; i++)
            t->gradient[i] /= (double)o->batch;
        adam_step(&t->optimizer, o->rate * (1.0 - done), o->decay, t->gradient, parameters);
    }
}

static void report(const trainer_state *t, const digits_set *set, const trainer_options *o,
                   int epoch, const double *parameters)
{
    const int used = set->count - o->hold_out;
    const double seen = (double)(used / o->batch * o->batch);
    double held_out = -1.0;
    if (o->hold_out > 0)
        held_out = (double)trainer_count_right(set, used, set->count, parameters) / o->hold_out;
    o->progress(epoch + 1, o, t->loss / seen, (double)t->right / seen, held_out);
}

static bool run(trainer_state *t, const digits_set *set, const trainer_options *o, int *order,
                double *parameters, teq_error *err)
{
    t->chance.state = o->seed;
    adam_init(&t->optimizer);
    digits_init(parameters, &t->chance);
    for (int epoch = 0; epoch < o->epochs; epoch++) {
        run_epoch(t, set, o, epoch, order, parameters);
        if (!isfinite(t->loss))
            return teq_fail(err, TEQ_ERR_VALUE, "training: epoch %d: the loss is not a number",
                            epoch + 1);
        if (o->progress != NULL)
            report(t, set, o, epoch, parameters);
    }
    for (int i = 0; i < DIGITS_PARAMETERS; i++)
        parameters[i] = (double)(float)parameters[i];
    return true;
}

bool trainer_run(const digits_set *set, const trainer_options *o, double *parameters,
                 teq_error *err)
{
    const int used = set->count - o->hold_out;
    if (o->epochs < 1 || o->batch < 1 || o->hold_out < 0 || used < o->batch)
        return teq_fail(err, TEQ_ERR_ARG,
                        "training: got %d images, %d epochs, batches of %d, "
                        "expected at least one epoch and one whole batch",
                        used, o->epochs, o->batch);
    int *order = malloc((size_t)used * sizeof *order);
    trainer_state *t = calloc(1, sizeof *t);
    bool ok;
    if (order == NULL || t == NULL)
        ok = teq_fail(err, TEQ_ERR_MEMORY, "training: out of memory");
    else
        ok = run(t, set, o, order, parameters, err);
    free(order);
    free(t);
    return ok;
}
