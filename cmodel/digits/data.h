/* SPDX-License-Identifier: Apache-2.0
 *
 * data.h -- the images of cmodel/digits/data, and what training does to them.
 *
 * A stored pixel q (0 white .. 16 black) stands for (q - 8) * 0.125, -1 .. +1:
 * scale 0.125, zero point 8 in the words of teq/npy.h. It is exact in float32.
 */
#ifndef DIGITS_DATA_H
#define DIGITS_DATA_H

#include "net.h"
#include "teq/error.h"
#include "teq/npy.h"

#include <stdint.h>

typedef struct digits_set {
    int count;
    teq_ndarray pixels; /* uint8, count x 1 x 8 x 8, each at most 16 */
    teq_ndarray labels; /* uint8, count, each at most 9              */
} digits_set;

/* Read DIR/digits_NAME_x.npy and DIR/digits_NAME_y.npy. Shapes and ranges are
 * checked; on failure *set is empty. */
bool digits_set_read(const char *dir, const char *name, digits_set *set, teq_error *err);

void digits_set_free(digits_set *set);

const uint8_t *digits_pixels(const digits_set *set, int i);
int digits_label(const digits_set *set, int i);

/* image[64] = the pixels moved right by dx and down by dy, white coming in from
 * the sides, normalised. */
void digits_image(const uint8_t *pixels, int dx, int dy, double *image);

#endif
