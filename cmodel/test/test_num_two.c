/* SPDX-License-Identifier: Apache-2.0
 *
 * Two-term weights: the best pair, against a search through all pairs.
 */
#include "num_check.h"
#include "teq/format.h"

#include <math.h>
#include <string.h>

/* Distance to the nearest sum of any two codes, and the largest magnitude at that distance. */
static double nearest_sum(const teq_codebook *book, double x, double *magnitude)
{
    double least = INFINITY;
    unsigned codes = 1u << teq_stored_bits(book->format);
    for (unsigned c1 = 0; c1 < codes; c1++)
        for (unsigned c2 = 0; c2 < codes; c2++) {
            double sum = teq_decode(book, (uint8_t)c1, 1) + teq_decode(book, (uint8_t)c2, 1);
            double distance = fabs(x - sum);
            if (distance < least) {
                least = distance;
                *magnitude = fabs(sum);
            } else if (!(distance > least)) {
                *magnitude = fmax(*magnitude, fabs(sum));
            }
        }
    return least;
}

static void check_pair(const teq_codebook *book, double x)
{
    teq_format f = book->format;
    uint8_t code[2];
    assert_true(teq_encode_two(book, x, 1, code, NULL));
    double sum = teq_decode_two(book, code, 1), magnitude = 0;
    double least = nearest_sum(book, x, &magnitude);
    check(!(fabs(x - sum) > least), "n = %u, K = %u, t = %u: %.17g became %.17g; %.3g away, %.3g is possible",
          f.n, f.k, f.t, x, sum, fabs(x - sum), least);
    check(!(fabs(sum) < magnitude), "n = %u, K = %u: tie at %.17g: expected magnitude %.17g, got %.17g",
          f.n, f.k, x, magnitude, fabs(sum));
    check(teq_code_e(f, code[0]) <= teq_code_e(f, code[1]), "%g: second term is larger", x);
    check(sum * x >= 0, "%g became %g: sign turned", x, sum);
}

static void test_best_pair(void **state)
{
    (void)state;
    num_random random = num_random_init("test_num_two");
    const uint8_t all_k[] = {1, 2, 3, 4, 6, 8, 12, 16};
    for (uint8_t n = 2; n <= 5; n++)
        for (size_t k = 0; k < sizeof all_k; k++) {
            teq_codebook book;
            assert_true(teq_codebook_init(&book, (teq_format){n, all_k[k], 0, true}, NULL));
            for (int i = 0; i < (n < 5 ? 200 : 50); i++) {
                double x = 2.3 * num_random_unit(&random);
                check_pair(&book, i % 2 ? x : x * exp2(-(double)num_random_below(&random, 8)));
            }
        }
}

/* Dyadic levels: sums and midpoints of sums are exact, so these are true ties. */
static void test_ties(void **state)
{
    (void)state;
    for (uint8_t n = 2; n <= 3; n++) {
        teq_codebook book;
        assert_true(teq_codebook_init(&book, (teq_format){n, 1, 0, true}, NULL));
        for (int i = -300; i <= 300; i++)
            check_pair(&book, i / 128.0);
    }
}

static void test_canonical(void **state)
{
    (void)state;
    teq_codebook book;
    uint8_t code[2];
    teq_format f = {3, 1, 0, true}; /* 1, 1/2, ... 1/64 */
    assert_true(teq_codebook_init(&book, f, NULL));
    const struct {
        double x;
        uint8_t first, second;
    } cases[] = {
        {0, 7, 7},           {-0.0, 7, 7},       {1, 0, 7},          /* not 1/2 + 1/2         */
        {-0.5, 8 | 1, 7},    {0.75, 0, 8 | 2},                       /* not 1/2 + 1/4         */
        {-0.75, 8 | 0, 2},   {2, 0, 0},          {-5, 8 | 0, 8 | 0}, /* saturated             */
        {1.0 / 256, 7, 7},   {1.0 / 128, 6, 7},                      /* a tie with zero       */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(teq_encode_two(&book, cases[i].x, 1, code, NULL));
        check(code[0] == cases[i].first && code[1] == cases[i].second,
              "%g: expected codes %u, %u, got %u, %u", cases[i].x, cases[i].first, cases[i].second,
              code[0], code[1]);
    }
}

static void test_arrays_and_refusals(void **state)
{
    (void)state;
    teq_codebook book;
    teq_error err;
    uint8_t codes[8];
    float back[4];
    const float x[4] = {3.0f, -1.5f, 0.0f, 0.375f};
    const double alpha[2] = {2, 0.5};
    const uint8_t expected[8] = {0, 1, 8 | 0, 2, 7, 7, 0, 8 | 2};
    assert_true(teq_codebook_init(&book, (teq_format){3, 1, 0, true}, NULL));
    assert_true(teq_encode_two_array(&book, x, 2, 2, alpha, codes, NULL));
    assert_memory_equal(codes, expected, 8);
    teq_decode_two_array(&book, codes, 2, 2, alpha, back);
    assert_memory_equal(back, x, sizeof x);
    const float bad[4] = {0, 0, 0, NAN};
    assert_false(teq_encode_two_array(&book, bad, 2, 2, alpha, codes, &err));
    assert_non_null(strstr(err.message, "row 1, element 1"));
    assert_false(teq_encode_two(&book, 1, 0, codes, &err));
    assert_non_null(strstr(err.message, "alpha"));
    assert_true(teq_codebook_init(&book, (teq_format){3, 1, 0, false}, NULL));
    assert_false(teq_encode_two(&book, 1, 1, codes, &err));
    assert_non_null(strstr(err.message, "signed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_pair),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_arrays_and_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
