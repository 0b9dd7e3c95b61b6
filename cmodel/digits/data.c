/* SPDX-License-Identifier: Apache-2.0 */
#include "data.h"

#include <limits.h>
#include <stdio.h>

/* Is it a uint8 array of this rank, with these sizes behind the first axis and
 * no value above `largest`? */
static bool check(const teq_ndarray *a, const char *path, int rank, const size_t *dim,
                  unsigned largest, teq_error *err)
{
    if (a->dtype != TEQ_U8)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: dtype: got %s, expected uint8", path,
                        teq_dtype_name(a->dtype));
    if (a->rank != rank || a->count == 0 || a->dim[0] > INT_MAX / DIGITS_PIXELS)
        return teq_fail(err, TEQ_ERR_SHAPE, "%s: shape: got rank %d and %zu values, expected rank %d",
                        path, a->rank, a->count, rank);
    for (int i = 1; i < rank; i++)
        if (a->dim[i] != dim[i])
            return teq_fail(err, TEQ_ERR_SHAPE, "%s: shape: axis %d: got %zu, expected %zu", path, i,
                            a->dim[i], dim[i]);
    const uint8_t *values = a->data;
    for (size_t i = 0; i < a->count; i++)
        if (values[i] > largest)
            return teq_fail(err, TEQ_ERR_VALUE, "%s: value %zu: got %u, expected at most %u", path, i,
                            values[i], largest);
    return true;
}

static bool read_set(const char *dir, const char *name, digits_set *set, teq_error *err)
{
    static const size_t image[] = {0, 1, DIGITS_SIDE, DIGITS_SIDE};
    char path[1024];
    snprintf(path, sizeof path, "%s/digits_%s_x.npy", dir, name);
    if (!teq_npy_read(path, &set->pixels, err) || !check(&set->pixels, path, 4, image, 16, err))
        return false;
    snprintf(path, sizeof path, "%s/digits_%s_y.npy", dir, name);
    if (!teq_npy_read(path, &set->labels, err) ||
        !check(&set->labels, path, 1, NULL, DIGITS_CLASSES - 1, err))
        return false;
    if (set->labels.dim[0] != set->pixels.dim[0])
        return teq_fail(err, TEQ_ERR_SHAPE, "%s: got %zu labels, expected %zu, one an image", path,
                        set->labels.dim[0], set->pixels.dim[0]);
    set->count = (int)set->labels.dim[0];
    return true;
}

bool digits_set_read(const char *dir, const char *name, digits_set *set, teq_error *err)
{
    *set = (digits_set){0};
    if (read_set(dir, name, set, err))
        return true;
    digits_set_free(set);
    return false;
}

void digits_set_free(digits_set *set)
{
    teq_ndarray_free(&set->pixels);
    teq_ndarray_free(&set->labels);
    set->count = 0;
}

const uint8_t *digits_pixels(const digits_set *set, int i)
{
    return (const uint8_t *)set->pixels.data + (size_t)i * DIGITS_PIXELS;
}

int digits_label(const digits_set *set, int i)
{
    return ((const uint8_t *)set->labels.data)[i];
}

void digits_image(const uint8_t *pixels, int dx, int dy, double *image)
{
    for (int y = 0; y < DIGITS_SIDE; y++)
        for (int x = 0; x < DIGITS_SIDE; x++) {
            const int from_y = y - dy, from_x = x - dx;
            const bool seen =
                from_y >= 0 && from_y < DIGITS_SIDE && from_x >= 0 && from_x < DIGITS_SIDE;
            const int q = seen ? pixels[from_y * DIGITS_SIDE + from_x] : 0;
            image[y * DIGITS_SIDE + x] = (double)(q - 8) * 0.125;
        }
}
