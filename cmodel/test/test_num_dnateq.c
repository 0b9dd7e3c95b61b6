/* SPDX-License-Identifier: Apache-2.0
 *
 * General DNA-TEQ: codes, log-domain rounding, and the dot product by counting.
 */
#include "num_check.h"
#include "teq/reference.h"

#include <math.h>
#include <string.h>

static const teq_dnateq formats[] = {
    {3, 2.0, 1.0, 0.0},   {3, 1.3, 0.02, 0.01},  {4, 1.19, 0.37, 0.0},  {4, 1.5, 3.0, -0.05},
    {5, 1.11, 0.5, 0.02}, {6, 1.05, 0.125, 0.0}, {7, 1.03, 0.1, 0.003}, {7, 1.2, 0.01, 0.0},
};

#define EACH_FORMAT(f) \
    for (const teq_dnateq *f = formats; f < formats + sizeof formats / sizeof formats[0]; f++)

static void test_round_trip(void **state)
{
    (void)state;
    EACH_FORMAT(f)
    {
        int r = teq_dnateq_r(f->n);
        assert_true(teq_dnateq_check(f, NULL));
        for (unsigned code = 0; code < 2u << f->n; code++) {
            int i = teq_dnateq_i(f->n, (uint8_t)code);
            double value = teq_dnateq_decode(f, (uint8_t)code);
            double expected = i < -r ? 0 : f->alpha * pow(f->base, i) + f->beta;
            if (code >> f->n)
                expected = -expected;
            check(fabs(value - expected) < 1e-12, "n %u, b %g, code %u: expected %g, got %g", f->n, f->base, code,
                  expected, value);
            if (f->alpha * pow(f->base, i) + f->beta <= 0)
                continue; /* a level that beta takes below zero stands for no magnitude */
            uint8_t back;
            assert_true(teq_dnateq_encode(f, value, &back, NULL));
            unsigned wanted = i < -r ? (1u << f->n) - 1u : code;
            check(back == wanted, "n %u, b %g: code %u decodes to %g, which encodes to %u", f->n, f->base, code,
                  value, back);
        }
        assert_int_equal(teq_dnateq_i(f->n, (uint8_t)((1u << f->n) - 1u)), -(1 << (f->n - 1)));
    }
}

/* Rounding is in the log domain: the step from i to i + 1 is at alpha b^(i + 1/2) + beta. */
static void test_log_rounding(void **state)
{
    (void)state;
    EACH_FORMAT(f)
    {
        int r = teq_dnateq_r(f->n);
        for (int i = -r; i < r; i++) {
            double step = f->alpha * pow(f->base, i + 0.5) + f->beta;
            double lowest = (f->alpha * pow(f->base, -r) + f->beta) / 2;
            if (step <= lowest || step <= 0)
                continue;
            uint8_t below, above;
            assert_true(teq_dnateq_encode(f, step - 1e-9 * step, &below, NULL));
            assert_true(teq_dnateq_encode(f, -step - 1e-9 * step, &above, NULL));
            check(teq_dnateq_i(f->n, below) == i && teq_dnateq_i(f->n, above) == i + 1 && above >> f->n == 1,
                  "n %u, b %g, around %g: expected %d and %d, got %d and %d", f->n, f->base, step, i, i + 1,
                  teq_dnateq_i(f->n, below), teq_dnateq_i(f->n, above));
        }
        uint8_t code;
        assert_true(teq_dnateq_encode(f, 1e30, &code, NULL));
        assert_int_equal(code, 0);
        assert_true(teq_dnateq_encode(f, -1e30, &code, NULL));
        assert_int_equal(code, 1 << f->n);
    }
}

static void test_zero(void **state)
{
    (void)state;
    uint8_t code;
    const teq_dnateq f = {3, 2.0, 1.0, 0.25}; /* lowest level 1/8 + 1/4 */
    assert_true(teq_dnateq_encode(&f, 0, &code, NULL));
    assert_int_equal(code, 7);
    assert_true(teq_dnateq_encode(&f, -0.1874, &code, NULL));
    assert_int_equal(code, 7);
    assert_true(teq_dnateq_encode(&f, -0.1875, &code, NULL)); /* half of it; below beta: the lowest level */
    assert_int_equal(code, 8 | 6);
    const teq_dnateq steep = {3, 100.0, 1.0, 0.0}; /* 0.7 of the lowest level: nearer in reals, not in logs */
    assert_true(teq_dnateq_encode(&steep, 0.7e-6, &code, NULL));
    assert_int_equal(code, 6);
    const teq_dnateq flat = {3, 1.01, 1.0, 0.0}; /* far below the lowest level, above its half */
    assert_true(teq_dnateq_encode(&flat, 0.5, &code, NULL));
    assert_int_equal(code, 6);
    const teq_dnateq low = {3, 2.0, 1.0, -0.5}; /* levels below zero: only 0 is zero */
    assert_true(teq_dnateq_encode(&low, 1e-9, &code, NULL));
    assert_int_equal(teq_dnateq_i(3, code), -1); /* log2(0.5) */
}

static void test_refusals(void **state)
{
    (void)state;
    teq_error err;
    uint8_t codes[3];
    uint16_t g[TEQ_DNATEQ_BINS];
    const teq_dnateq bad[] = {{2, 2, 1, 0}, {8, 2, 1, 0}, {4, 1, 1, 0}, {4, NAN, 1, 0}, {4, 2, 0, 0},
                              {4, 2, INFINITY, 0}, {4, 2, 1, NAN}};
    const char *const names[] = {"n:", "n:", "base", "base", "alpha", "alpha", "beta"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(teq_dnateq_encode_array(&bad[i], NULL, 0, NULL, &err));
        check(strstr(err.message, names[i]) != NULL, "format %zu: got \"%s\"", i, err.message);
    }
    const float x[3] = {1, 2, NAN};
    assert_false(teq_dnateq_encode_array(&formats[0], x, 3, codes, &err));
    assert_non_null(strstr(err.message, "element 2"));
    assert_false(teq_count_table(8, 2, g, &err));
    assert_false(teq_count_table(2, 2, g, &err));
    assert_false(teq_count_table(4, 0.5, g, &err));
}

static void test_arrays(void **state)
{
    (void)state;
    const float x[4] = {8.0f, -1.0f, 0.0f, 0.125f};
    const uint8_t expected[4] = {0, 8 | 3, 7, 6};
    uint8_t codes[4];
    float back[4];
    assert_true(teq_dnateq_encode_array(&formats[0], x, 4, codes, NULL));
    assert_memory_equal(codes, expected, 4);
    teq_dnateq_decode_array(&formats[0], codes, 4, back);
    assert_memory_equal(back, x, sizeof x);
}

/* Counted dot products, with and without beta, against sums of products of reals. G is
 * rounded to 16 bits: half a unit for each pair in each of the three sums. */
static void test_counting(void **state)
{
    (void)state;
    num_random random = num_random_init("test_num_dnateq");
    for (int run = 0; run < 400; run++) {
        enum { MOST = 2000 };
        static uint8_t w[MOST], a[MOST];
        const teq_dnateq *fw = &formats[num_random_below(&random, 8)];
        teq_dnateq fa = {fw->n, fw->base, 0.01 + fabs(num_random_unit(&random)), run % 3 ? num_random_unit(&random) : 0};
        unsigned count = num_random_below(&random, MOST + 1);
        int used = 0;
        for (unsigned i = 0; i < count; i++) {
            w[i] = (uint8_t)num_random_below(&random, 2u << fw->n);
            a[i] = (uint8_t)num_random_below(&random, (run % 2 ? 2u : 1u) << fw->n);
            unsigned zero = (1u << fw->n) - 1u;
            used += (w[i] & zero) != zero && (a[i] & zero) != zero;
        }
        teq_counts counts = {0};
        uint16_t g[TEQ_DNATEQ_BINS];
        int64_t acc[4];
        teq_count(fw->n, w, a, count / 2, &counts); /* two parts add up */
        teq_count(fw->n, w + count / 2, a + count / 2, count - count / 2, &counts);
        assert_true(teq_count_table(fw->n, fw->base, g, NULL));
        teq_count_sums(fw->n, &counts, g, acc);
        double got = teq_dnateq_combine(fw, &fa, acc);
        double real = teq_ref_dnateq_dot(fw, w, &fa, a, count);
        double top = pow(fw->base, teq_dnateq_r(fw->n));
        double unit = fa.alpha * fw->alpha * top * top + fw->alpha * top * fabs(fa.beta) +
                      fa.alpha * top * fabs(fw->beta);
        double slack = unit * used * 0.5 / 65535 * (1 + 1e-9) + 1e-9;
        check(fabs(got - real) <= slack, "run %d, n %u, %u pairs: real %.9g, counted %.9g, allowed %.3g", run, fw->n,
              count, real, got, slack);
        int32_t sum_h = 0, sum_w = 0, sum_a = 0;
        for (int e = 0; e < TEQ_DNATEQ_BINS; e++)
            sum_h += counts.h[e];
        for (int e = 0; e < 127; e++) {
            sum_w += counts.w[e];
            sum_a += counts.a[e];
        }
        check(sum_h == counts.s && sum_w == counts.s && sum_a == counts.s,
              "run %d: counts add up to %d, %d, %d, signs to %d", run, sum_h, sum_w, sum_a, counts.s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_log_rounding),
        cmocka_unit_test(test_zero),       cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_arrays),     cmocka_unit_test(test_counting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
