/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs made of samples: what they are made of, and that they are the same for any number
 * of threads.
 */
#include "quant_check.h"

#include "../quant/augment.h"
#include "../quant/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static teq_graph *graph;
static float *calib;
static size_t n_calib;
static plan *lowered;
static plan_values values;

static int setup(void **state)
{
    (void)state;
    teq_error err = {0};
    graph = teq_onnx_load(DIGITS ".onnx", &err);
    ok_or_fail(graph != NULL, err);
    calib = quant_check_samples(graph, DIGITS "_calib_x.npy", &n_calib);
    lowered = teq_lowered_make(graph, false, &err);
    ok_or_fail(lowered != NULL, err);
    ok_or_fail(teq_lowered_run(lowered, calib, n_calib, 0, &values, &err), err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    teq_lowered_values_free(lowered, &values);
    teq_lowered_free(lowered);
    teq_graph_free(graph);
    free(calib);
    return 0;
}

/* An 8 x 8 image is too small to move; a digit in the mirror is another. */
static void what_keeps_the_class(void **state)
{
    (void)state;
    teq_error err = {0};
    augment a;
    ok_or_fail(teq_augment_init(&a, lowered, &values, true, 0, &err), err);
    assert_int_equal(a.size, 64);
    assert_int_equal(a.dx, 0);
    assert_int_equal(a.dy, 0);
    assert_false(a.mirror);
}

static float moved(const float *x, int row, int col, int dx, int dy, bool mirror)
{
    int y = row + dy, c = mirror ? 7 - col - dx : col + dx;
    y = y < 0 ? 0 : y > 7 ? 7 : y;
    c = c < 0 ? 0 : c > 7 ? 7 : c;
    return x[8 * y + c];
}

/* Is `made` the sample x, moved by a pixel at most, mirrored or not? */
static bool is_moved(const float *x, const float *made)
{
    for (int k = 0; k < 18; k++) {
        bool same = true;
        for (int i = 0; i < 64 && same; i++)
            same = made[i] == moved(x, i / 8, i % 8, k % 3 - 1, k / 3 % 3 - 1, k >= 9);
        if (same)
            return true;
    }
    return false;
}

static void made_of_samples(void **state)
{
    (void)state;
    teq_error err = {0};
    augment a = {.p = lowered, .size = 64, .dx = 1, .dy = 1, .mirror = true};
    plan_values one, three;
    ok_or_fail(teq_augment_run(&a, &values, 1, &one, &err), err);
    ok_or_fail(teq_augment_run(&a, &values, 3, &three, &err), err);
    assert_int_equal(one.n, n_calib * 4);
    assert_memory_equal(one.value[lowered->input], calib, n_calib * 64 * sizeof *calib);
    assert_memory_equal(one.value[lowered->input], three.value[lowered->input], one.n * 64 * sizeof *calib);
    assert_memory_equal(one.logits, three.logits, one.n * 10 * sizeof *calib);
    size_t plain = 0;
    for (size_t i = n_calib; i < one.n; i++) {
        const float *made = one.value[lowered->input] + i * 64;
        plain += is_moved(calib + i % n_calib * 64, made);
        for (int k = 0; k < 64; k++)
            assert_true(made[k] >= -8 * 0.125f && made[k] <= 16 * 0.125f);
    }
    /* half of them are not mixed */
    assert_in_range(plain, (one.n - n_calib) * 2 / 5, (one.n - n_calib) * 3 / 5);
    teq_lowered_values_free(lowered, &one);
    teq_lowered_values_free(lowered, &three);
}

/* A sample in two terms is put together and taken apart again. */
static void two_terms(void **state)
{
    (void)state;
    plan_tensor t = lowered->tensor[lowered->input];
    plan p = {.tensor = &t, .n_tensors = 1, .input_terms = 2, .input_split = exp2(0.25) - 1, .input_alpha = 2,
              .input_n = 4, .input_step48 = 12};
    float parts[128];
    t.c = 2;
    t.size = 128;
    for (size_t s = 0; s < n_calib; s++) {
        teq_split_parts(&p, calib + 64 * s, parts);
        for (int i = 0; i < 64; i++) {
            float x = parts[i] + (float)p.input_split * parts[64 + i];
            if (fabsf(x - calib[64 * s + (size_t)i]) > 1e-6f)
                fail_msg("sample %zu, pixel %d: expected %g, got %g", s, i, (double)calib[64 * s + (size_t)i], (double)x);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_keeps_the_class), cmocka_unit_test(made_of_samples),
                                       cmocka_unit_test(two_terms)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
