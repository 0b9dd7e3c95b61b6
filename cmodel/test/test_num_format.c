/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes and values: every format there is.
 */
#include "num_check.h"
#include "teq/format.h"
#include "teq/reference.h"

#include <math.h>
#include <string.h>

static const uint8_t all_k[] = {1, 2, 3, 4, 6, 8, 12, 16};

/* Run a check on each of the 2 * 6 * 8 * 3 formats. */
static void for_each_format(void (*body)(const teq_codebook *))
{
    for (unsigned n = TEQ_N_MIN; n <= TEQ_N_MAX; n++)
        for (size_t k = 0; k < sizeof all_k; k++)
            for (uint8_t t = 0; t <= TEQ_T_MAX; t++)
                for (int is_signed = 0; is_signed < 2; is_signed++) {
                    teq_format f = {(uint8_t)n, all_k[k], t, is_signed != 0};
                    teq_codebook book;
                    assert_true(teq_codebook_init(&book, f, NULL));
                    body(&book);
                }
}

#define AT "n = %u, K = %u, t = %u, signed %d: "
#define FORMAT(f) (f).n, (f).k, (f).t, (f).is_signed

static uint8_t encoded(const teq_codebook *book, double x, double alpha)
{
    uint8_t code = 0;
    teq_error err;
    check(teq_encode(book, x, alpha, &code, &err), AT "%g refused: %s", FORMAT(book->format), x,
          err.message);
    return code;
}

static void round_trip(const teq_codebook *book)
{
    const double alphas[] = {1, 0.37, 1e-6, 12345.678};
    teq_format f = book->format;
    for (unsigned code = 0; code < 1u << teq_stored_bits(f); code++)
        for (size_t i = 0; i < sizeof alphas / sizeof alphas[0]; i++) {
            double value = teq_decode(book, (uint8_t)code, alphas[i]);
            double reference = teq_ref_value(f, (uint8_t)code, alphas[i]);
            check(fabs(value - reference) <= 1e-14 * fabs(reference),
                  AT "code %u: expected %.17g, got %.17g", FORMAT(f), code, reference, value);
            unsigned expected = code == (teq_zero(f) | 1u << f.n) ? teq_zero(f) : code;
            uint8_t back = encoded(book, value, alphas[i]);
            check(back == expected, AT "code %u decodes to %g, which encodes to %u", FORMAT(f), code,
                  value, back);
        }
}

/* The code is the number of thresholds above a; ties go to the larger magnitude. */
static void thresholds(const teq_codebook *book)
{
    teq_format f = book->format;
    for (unsigned e = 0; e < book->m; e++) {
        double above = e + 1 < book->m ? teq_ref_value(f, (uint8_t)(e + 1), 1) : 0;
        double expected = (teq_ref_value(f, (uint8_t)e, 1) + above) / 2, t = book->threshold[e];
        check(fabs(t - expected) <= 1e-14 * expected, AT "T(%u): expected %.17g, got %.17g",
              FORMAT(f), e, expected, t);
        assert_int_equal(encoded(book, t, 1), e);
        assert_int_equal(encoded(book, nextafter(t, 2), 1), e);
        check(encoded(book, nextafter(t, 0), 1) == e + 1, AT "just under T(%u): expected %u, got %u",
              FORMAT(f), e, e + 1, encoded(book, nextafter(t, 0), 1));
    }
}

static void ends(const teq_codebook *book)
{
    teq_format f = book->format;
    unsigned zero = teq_zero(f);
    assert_int_equal(encoded(book, 0.0, 1), zero);
    assert_int_equal(encoded(book, -0.0, 1), zero);
    assert_int_equal(encoded(book, 1, 1), 0);
    assert_int_equal(encoded(book, 1e300, 1e-3), 0);
    assert_int_equal(encoded(book, -1e300, 1e-3), f.is_signed ? 1u << f.n : zero);
    assert_int_equal(encoded(book, -book->threshold[zero - 1], 1),
                     f.is_signed ? (1u << f.n | (zero - 1)) : zero);
    /* a small negative value is zero, without a sign */
    assert_int_equal(encoded(book, nextafter(-book->threshold[zero - 1], 0), 1), zero);
}

static void monotonic(const teq_codebook *book)
{
    double last = -INFINITY;
    for (int i = -600; i <= 600; i++) {
        double x = (i < 0 ? -1 : 1) * exp2((abs(i) - 500) / 50.0) * (i != 0);
        double value = teq_decode(book, encoded(book, x, 0.9), 0.9);
        check(value >= last, AT "%g decodes to %g, below %g of a smaller value",
              FORMAT(book->format), x, value, last);
        last = value;
        if (!book->format.is_signed && x < 0)
            continue;
        for (unsigned e = 0; e <= book->m; e++) {
            double other = copysign(0.9 * book->level[e], x);
            check(fabs(x - value) <= fabs(x - other) * (1 + 1e-12),
                  AT "%.17g became %.17g, %.17g is nearer", FORMAT(book->format), x, value, other);
        }
    }
}

static void test_round_trip(void **state) { (void)state; for_each_format(round_trip); }
static void test_thresholds(void **state) { (void)state; for_each_format(thresholds); }
static void test_ends(void **state) { (void)state; for_each_format(ends); }
static void test_monotonic_and_nearest(void **state) { (void)state; for_each_format(monotonic); }

static void test_refusals(void **state)
{
    (void)state;
    teq_error err;
    teq_codebook book;
    uint8_t code;
    const teq_format bad[] = {{1, 4, 0, true}, {8, 4, 0, true}, {4, 5, 0, true}, {4, 0, 0, true}, {4, 4, 3, true}};
    const char *const names[] = {"n: got 1", "n: got 8", "K: got 5", "K: got 0", "t: got 3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(teq_codebook_init(&book, bad[i], &err));
        assert_non_null(strstr(err.message, names[i]));
    }
    assert_true(teq_codebook_init(&book, (teq_format){4, 4, 0, true}, &err));
    assert_false(teq_encode(&book, NAN, 1, &code, &err));
    assert_non_null(strstr(err.message, "value"));
    assert_false(teq_encode(&book, INFINITY, 1, &code, NULL));
    assert_false(teq_encode(&book, -INFINITY, 1, &code, NULL));
    const double alphas[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        assert_false(teq_encode(&book, 1, alphas[i], &code, &err));
        assert_non_null(strstr(err.message, "alpha"));
    }
}

static void test_arrays(void **state)
{
    (void)state;
    const float x[6] = {1.0f, -0.5f, 0.0f, 8.0f, -4.0f, 100.0f};
    const double alpha[2] = {1, 8};
    const uint8_t expected[6] = {0, 16 | 4, 15, 0, 16 | 4, 0};
    const float decoded[6] = {1.0f, -0.5f, 0.0f, 8.0f, -4.0f, 8.0f};
    teq_codebook book;
    uint8_t codes[6];
    float back[6];
    teq_error err;
    assert_true(teq_codebook_init(&book, (teq_format){4, 4, 0, true}, NULL));
    assert_true(teq_encode_array(&book, x, 2, 3, alpha, codes, NULL));
    assert_memory_equal(codes, expected, 6);
    teq_decode_array(&book, codes, 2, 3, alpha, back);
    assert_memory_equal(back, decoded, sizeof back);
    const float bad[6] = {1, 2, 3, 4, NAN, 6};
    assert_false(teq_encode_array(&book, bad, 2, 3, alpha, codes, &err));
    assert_int_equal(err.status, TEQ_ERR_VALUE);
    check(strstr(err.message, "row 1, element 1") != NULL, "place not named: %s", err.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_monotonic_and_nearest),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
