/* SPDX-License-Identifier: Apache-2.0
 *
 * make_split -- the digits of scikit-learn's CSV, shuffled once and cut in two.
 *
 *     zcat digits.csv.gz | make_split OUT_DIR
 *
 * Input: 1797 lines of 65 integers, 64 pixels (0..16, row by row) and the label.
 * Lines, counted from 0, are put into the order of rng_permutation (SplitMix64,
 * seed 2306) over 1797; entries 0..1199 are the training set, the first 128 of
 * these without labels the calibration set, entries 1200..1796 the evaluation
 * set. Each file keeps that order.
 */
#include "../rng.h"
#include "teq/npy.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 1797, PIXELS = 64, TRAIN = 1200, CALIB = 128, SEED = 2306 };

static bool read_csv(FILE *f, uint8_t (*pixels)[PIXELS], uint8_t *labels, teq_error *err)
{
    for (int line = 0; line < LINES; line++)
        for (int field = 0; field <= PIXELS; field++) {
            const int largest = field < PIXELS ? 16 : 9;
            int value;
            char after;
            if (fscanf(f, "%d%c", &value, &after) != 2 || after != (field < PIXELS ? ',' : '\n'))
                return teq_fail(err, TEQ_ERR_FORMAT, "line %d, field %d: expected %d integers between commas",
                                line + 1, field + 1, PIXELS + 1);
            if (value < 0 || value > largest)
                return teq_fail(err, TEQ_ERR_VALUE, "line %d, field %d: got %d, expected 0..%d", line + 1,
                                field + 1, value, largest);
            if (field < PIXELS)
                pixels[line][field] = (uint8_t)value;
            else
                labels[line] = (uint8_t)value;
        }
    if (fgetc(f) != EOF)
        return teq_fail(err, TEQ_ERR_FORMAT, "expected %d lines, got more", LINES);
    return true;
}

static bool write_x(const char *dir, const char *name, uint8_t (*first)[PIXELS], size_t count,
                    teq_error *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/digits_%s_x.npy", dir, name);
    const teq_ndarray x = {TEQ_U8, 4, {count, 1, 8, 8}, count * PIXELS, first};
    return teq_npy_write(path, &x, err);
}

static bool write_y(const char *dir, const char *name, uint8_t *first, size_t count, teq_error *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/digits_%s_y.npy", dir, name);
    const teq_ndarray y = {TEQ_U8, 1, {count}, count, first};
    return teq_npy_write(path, &y, err);
}

int main(int argc, char **argv)
{
    static uint8_t pixels[LINES][PIXELS], x[LINES][PIXELS], labels[LINES], y[LINES];
    int order[LINES];
    teq_error err;
    if (argc != 2) {
        fprintf(stderr, "usage: zcat digits.csv.gz | make_split OUT_DIR\n");
        return 2;
    }
    if (!read_csv(stdin, pixels, labels, &err)) {
        fprintf(stderr, "make_split: %s\n", err.message);
        return 1;
    }
    rng r = {SEED};
    rng_permutation(&r, LINES, order);
    for (int i = 0; i < LINES; i++) {
        memcpy(x[i], pixels[order[i]], PIXELS);
        y[i] = labels[order[i]];
    }
    const char *dir = argv[1];
    if (!write_x(dir, "train", x, TRAIN, &err) || !write_y(dir, "train", y, TRAIN, &err) ||
        !write_x(dir, "calib", x, CALIB, &err) ||
        !write_x(dir, "eval", x + TRAIN, LINES - TRAIN, &err) ||
        !write_y(dir, "eval", y + TRAIN, LINES - TRAIN, &err)) {
        fprintf(stderr, "make_split: %s\n", err.message);
        return 1;
    }
    return 0;
}
