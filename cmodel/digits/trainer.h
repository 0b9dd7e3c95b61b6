/* SPDX-License-Identifier: Apache-2.0
 *
 * trainer.h -- from a training set to parameters.
 *
 * Mini-batches in an order drawn anew each epoch, every image moved by -1, 0 or
 * +1 pixels in both directions, Adam, step size falling in a straight line to
 * zero over the whole run. One thread, one generator of chance: the options and
 * the data decide every bit of the result.
 */
#ifndef DIGITS_TRAINER_H
#define DIGITS_TRAINER_H

#include "data.h"

typedef struct trainer_options {
    uint64_t seed;
    int epochs;
    int batch;     /* images a step; an epoch's incomplete last batch is left out */
    double rate;   /* step size at the start */
    double decay;  /* decoupled weight decay */
    int hold_out;  /* the last images of the set are not trained on, but tested
                      after each epoch: this is how the options were chosen     */
    void (*progress)(int epoch, const struct trainer_options *o, double loss, double accuracy,
                     double held_out_accuracy); /* may be NULL; -1 where nothing is held out */
} trainer_options;

extern const trainer_options trainer_defaults;

/* parameters[DIGITS_PARAMETERS], rounded to float32 at the end. Fails when the
 * set is smaller than a batch, or when the loss is no longer a number. */
bool trainer_run(const digits_set *set, const trainer_options *o, double *parameters,
                 teq_error *err);

/* Right answers among images first .. end-1, unmoved. */
int trainer_count_right(const digits_set *set, int first, int end, const double *parameters);

#endif
