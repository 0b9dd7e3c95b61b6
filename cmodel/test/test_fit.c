/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "onnx_builder.h"
#include "teq/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 20000

/* In (0, 1). */
static double unit(uint64_t *random)
{
    double u = (onnx_uniform(random) + 1) / 2;
    return u > 0 ? u : 0.5;
}

static double draw(teq_dist dist, uint64_t *random)
{
    switch (dist) {
    case TEQ_DIST_NORMAL:
        return sqrt(-2 * log(unit(random))) * cos(6.283185307179586 * unit(random));
    case TEQ_DIST_EXPONENTIAL:
        return -log(unit(random)) * (onnx_uniform(random) < 0 ? -1 : 1);
    case TEQ_DIST_PARETO:
        return 0.1 * pow(unit(random), -1 / 2.5);
    default:
        return onnx_uniform(random);
    }
}

/* Samples of a distribution are recognised, at any scale, with zeros among them. */
static void test_best(void **state)
{
    (void)state;
    static float x[N];
    teq_fit fit;
    teq_error err;
    uint64_t random = 3;
    for (int d = 0; d < TEQ_N_DISTS; d++)
        for (int scale = -2; scale <= 2; scale++) {
            for (int i = 0; i < N; i++)
                x[i] = i % 3 == 0 ? 0 : (float)(draw((teq_dist)d, &random) * pow(10, scale));
            assert_true(teq_fit_tensor(x, N, &fit, &err));
            if (fit.best != (teq_dist)d)
                fail_msg("%s taken for %s", teq_dist_name((teq_dist)d), teq_dist_name(fit.best));
            assert_int_equal(fit.zeros, (N + 2) / 3);
            assert_int_equal(fit.is_signed, d != TEQ_DIST_PARETO);
            assert_true(fit.rss[d] < 0.01);
        }
}

static void test_moments(void **state)
{
    (void)state;
    static const float x[5] = {-3, 0, 1, 2, 5};
    teq_fit fit;
    assert_true(teq_fit_tensor(x, 5, &fit, NULL));
    assert_int_equal(fit.count, 5);
    assert_int_equal(fit.zeros, 1);
    assert_true(fabs(fit.mean - 1) < 1e-12);
    assert_true(fabs(fit.stddev - sqrt(34.0 / 5)) < 1e-12);
    assert_true(fit.absmax == 5);
    static const float one[3] = {2, 2, 2};
    assert_true(teq_fit_tensor(one, 3, &fit, NULL));
    assert_true(fit.stddev == 0 && fit.best == TEQ_DIST_PARETO);
}

/* Linear codes on uniform values: what a calculation says. Exponential codes on their own levels:
 * no error. More bits are never worse. */
static void test_sqnr(void **state)
{
    (void)state;
    static float x[N];
    teq_fit fit;
    uint64_t random = 4;
    for (int i = 0; i < N; i++)
        x[i] = (float)unit(&random);
    assert_true(teq_fit_tensor(x, N, &fit, NULL));
    assert_false(fit.is_signed);
    /* Signal 1/3; noise d^2/12 with levels d apart from 0 on, d (2^b - 1/2) = 1. */
    for (int b = 2; b <= 8; b++) {
        double expected = 10 * log10(4 * pow(exp2(b) - 0.5, 2));
        if (fabs(fit.sqnr_linear[b] - expected) > 0.2)
            fail_msg("uniform, %d bits linear: %.2f dB, expected about %.2f", b, fit.sqnr_linear[b], expected);
    }
    for (int i = 0; i < N; i++)
        x[i] = (float)((i % 2 ? 1 : -1) * 0.37 * exp2(-(i % 15) / 4.0));
    assert_true(teq_fit_tensor(x, N, &fit, NULL));
    assert_true(fit.sqnr_exp[5] > 100);
    assert_true(fit.exp_k[5] == 4 && fit.exp_t[5] == 0);
    assert_true(fit.sqnr_linear[5] < 40);
    for (int i = 0; i < N; i++)
        x[i] = (float)draw(TEQ_DIST_EXPONENTIAL, &random);
    assert_true(teq_fit_tensor(x, N, &fit, NULL));
    for (int b = 3; b <= 8; b++)
        assert_true(fit.sqnr_linear[b] > fit.sqnr_linear[b - 1] && fit.sqnr_exp[b] > fit.sqnr_exp[b - 1]);
}

static void test_order(void **state)
{
    (void)state;
    static float x[N];
    teq_fit a, b;
    uint64_t random = 6;
    for (int i = 0; i < N; i++)
        x[i] = (float)draw(TEQ_DIST_NORMAL, &random);
    assert_true(teq_fit_tensor(x, N, &a, NULL));
    for (int i = 0; i < N / 2; i++) {
        float t = x[i];
        x[i] = x[N - 1 - i];
        x[N - 1 - i] = t;
    }
    assert_true(teq_fit_tensor(x, N, &b, NULL));
    assert_memory_equal(&a, &b, sizeof a);
}

static void test_refused(void **state)
{
    (void)state;
    teq_fit fit;
    teq_error err;
    static const float zero[4] = {0}, bad[3] = {1, NAN, 2};
    assert_false(teq_fit_tensor(zero, 0, &fit, &err));
    assert_false(teq_fit_tensor(zero, 4, &fit, &err));
    assert_non_null(strstr(err.message, "all 4 values are zero"));
    assert_false(teq_fit_tensor(bad, 3, &fit, &err));
    assert_non_null(strstr(err.message, "value 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best),  cmocka_unit_test(test_moments), cmocka_unit_test(test_sqnr),
        cmocka_unit_test(test_order), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
