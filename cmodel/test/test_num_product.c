/* SPDX-License-Identifier: Apache-2.0
 *
 * Products and sums of the array against real numbers, over every legal layer of many
 * arrays, and the one's complement against plain subtraction.
 */
#include "num_check.h"
#include "teq/reference.h"
#include "teq/requant.h"

#include <math.h>

/* body(caps, weight format, activation format, shifts) on every legal layer. */
typedef void layer_body(const teq_engine_caps *, teq_format, teq_format, unsigned, unsigned);

static const uint8_t powers[] = {1, 2, 4, 8, 16};

static void for_each_layer_of(const teq_engine_caps *caps, layer_body *body)
{
    unsigned ws, as;
    for (uint8_t nw = 2; nw <= 7; nw++)
        for (uint8_t na = 2; na <= caps->na_max; na++)
            for (size_t k = 0; k < sizeof powers; k++)
                for (uint8_t t = 0; t < 9; t++) {
                    teq_format fw = {nw, powers[k], t / 3, true}, fa = {na, powers[k], t % 3, false};
                    if (teq_layer_shifts(caps, fw, fa, &ws, &as, NULL))
                        body(caps, fw, fa, ws, as);
                }
}

static void for_each_layer(layer_body *body)
{
    static const uint8_t widths[][2] = {{4, 4}, {6, 8}, {7, 7}, {7, 8}, {8, 9}, {8, 12}, {10, 10}, {10, 16}};
    unsigned n_layers = 0;
    for (uint8_t n_max = 2; n_max <= 7; n_max++)
        for (uint8_t k_res = 1; k_res <= 8 && k_res <= 1 << n_max; k_res *= 2)
            for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
                teq_engine_caps caps = {.engine = TEQ_ENGINE_SHIFT, .n_max = n_max, .k_res = k_res,
                                        .mb = widths[i][0], .pw = widths[i][1], .acc_w = 24, .na_max = 5};
                assert_true(teq_caps_check(&caps, NULL));
                for_each_layer_of(&caps, body);
                n_layers++;
            }
    assert_int_equal(n_layers, 8 * 23);
}

/* -5g/4 <= real - p < g max(1, 2^(MB - 8)), g = 2^(PW - MB) */
static void bounded(const teq_engine_caps *caps, teq_format fw, teq_format fa, unsigned ws, unsigned as)
{
    double g = 1u << (caps->pw - caps->mb), above = caps->mb > 8 ? ldexp(g, caps->mb - 8) : g;
    for (unsigned w = 0; w <= teq_levels(fw); w++)
        for (unsigned a = 0; a <= teq_levels(fa); a++) {
            unsigned e_w = teq_weight_word(caps, fw, ws, (uint8_t)w);
            unsigned e_a = teq_act_word(caps, fa, as, (uint8_t)a);
            double p = teq_product(caps, e_w, e_a);
            double real = teq_product_one(caps) * teq_ref_product(fw, (uint8_t)w, fa, (uint8_t)a);
            check(real - p >= -1.25 * g - 1e-12 * real && real - p < above && p < 1u << caps->pw,
                  "MB %u, PW %u, E_w %u, E_a %u: real %.6f, p %.0f, expected within [%g, %g)",
                  caps->mb, caps->pw, e_w, e_a, real, p, -1.25 * g, above);
            check((p > 0 || real < above) && (real > 0 || p <= 0), "zero: real %g, p %g", real, p);
        }
}

/* Larger codes give no larger products, and words follow the page. */
static void ordered(const teq_engine_caps *caps, teq_format fw, teq_format fa, unsigned ws, unsigned as)
{
    for (unsigned w = 0; w <= teq_levels(fw); w++) {
        unsigned e_w = teq_weight_word(caps, fw, ws, (uint8_t)w), last = 1u << caps->pw;
        assert_int_equal(e_w, w == teq_levels(fw) ? (1u << caps->n_max) - 1u : w << ws);
        for (unsigned a = 0; a <= teq_levels(fa); a++) {
            unsigned p = teq_product(caps, e_w, teq_act_word(caps, fa, as, (uint8_t)a));
            check(p <= last, "E_w %u, e_a %u: product %u rises from %u", e_w, a, p, last);
            last = p;
        }
        assert_int_equal(last, 0); /* the zero activation */
    }
}

/* The table is the function, for all pairs of exponents. */
static void tabled(const teq_engine_caps *caps, teq_format fw, teq_format fa, unsigned ws, unsigned as)
{
    static uint16_t table[1 << 14];
    assert_true(teq_product_table(caps, fw, fa, table, NULL));
    for (unsigned w = 0; w <= teq_levels(fw); w++)
        for (unsigned a = 0; a <= teq_levels(fa); a++)
            assert_int_equal(table[(w << fa.n) + a],
                             teq_product(caps, teq_weight_word(caps, fw, ws, (uint8_t)w),
                                         teq_act_word(caps, fa, as, (uint8_t)a)));
}

static void test_error_bound(void **state) { (void)state; for_each_layer(bounded); }
static void test_order(void **state) { (void)state; for_each_layer(ordered); }
static void test_table(void **state) { (void)state; for_each_layer(tabled); }

/* Figures worked out by hand from section 4, at the published 7/8. */
static void test_by_hand(void **state)
{
    (void)state;
    teq_engine_caps caps = TEQ_CAPS_PUBLISHED;
    assert_int_equal(teq_head(&caps, 0, 0), 127);
    assert_int_equal(teq_head(&caps, 0, 1), 107);  /* 255 * 2^-1/4 = 214.43 -> 214: 107.0 */
    assert_int_equal(teq_head(&caps, 7, 3), 42);   /* 255 * 2^-13/8 = 82.67 -> 83: 41.5 */
    assert_int_equal(teq_head(&caps, 1, 0), 117);  /* 255 * 2^-1/8 = 233.84 -> 234: 117.0 */
    assert_int_equal(teq_head(&caps, 8 + 1, 0), 59);  /* 234 >> 1 = 117: 58.5 */
    assert_int_equal(teq_head(&caps, 8, 0), 63);      /* 255 >> 1 = 127: 63.5, and 63 ends in 11 */
    assert_int_equal(teq_head(&caps, 8 * 4, 0), 7);   /* 15: 7.5 likewise */
    assert_int_equal(teq_head(&caps, 8 * 6, 0), 2);   /* 3: 1.5 */
    assert_int_equal(teq_head(&caps, 8 * 7, 0), 1);   /* 1: 0.5 */
    assert_int_equal(teq_head(&caps, 8 * 8, 0), 0);
    assert_int_equal(teq_cell(&caps, 127, 0), 127);
    assert_int_equal(teq_cell(&caps, 107, 3), 13); /* 107 >> 3 */
    assert_int_equal(teq_product(&caps, 15, 0), 0);
    assert_int_equal(teq_product(&caps, 14, 0), 11); /* q 3, r 2: 127 * 2^-1/2 = 89.80 -> 90 >> 3 */
    assert_int_equal(teq_term(&caps, true, 11), 116);
    assert_int_equal(teq_term(&caps, true, 0), 127);
    assert_int_equal(teq_term(&caps, false, 11), 11);
    assert_int_equal(teq_accumulate(&caps, 32767, 2), 1);
    /* eight octaves are dropped whole, whatever MB */
    caps.mb = 10;
    caps.pw = 10;
    assert_int_equal(teq_head(&caps, 8 * 8 - 1, 0), 4); /* 2047 * 2^-7/8 = 1116.2, 1116 >> 7 = 8 */
    assert_int_equal(teq_head(&caps, 8 * 8, 0), 0);
}

/* Sums of +-p by the array, the constant taken out, equal sums of signed integers; and the
 * real-valued dot product is no further away than the products' bounds allow. */
static void test_dot_products(void **state)
{
    (void)state;
    num_random random = num_random_init("test_num_product");
    for (int run = 0; run < 500; run++) {
        enum { MOST = 700 };
        uint8_t w[MOST], a[MOST];
        teq_engine_caps caps = TEQ_CAPS_PUBLISHED;
        teq_format fw = {4, 4, 0, true}, fa = {5, 4, 0, false};
        unsigned ws, as, count = 1 + num_random_below(&random, MOST);
        assert_true(teq_layer_shifts(&caps, fw, fa, &ws, &as, NULL));
        int64_t sum = 0;
        uint64_t largest[2] = {0};
        uint32_t acc = 0;
        teq_channel_sums sums = {0};
        for (unsigned i = 0; i < count; i++) {
            w[i] = (uint8_t)num_random_below(&random, 32);
            a[i] = (uint8_t)num_random_below(&random, 32);
            uint32_t p = teq_product(&caps, teq_weight_word(&caps, fw, ws, w[i]),
                                     teq_act_word(&caps, fa, as, a[i]));
            bool s = teq_code_s(fw, w[i]);
            largest[s] += teq_product(&caps, teq_weight_word(&caps, fw, ws, w[i]), 0);
            sum += s ? -(int64_t)p : (int64_t)p;
            acc = teq_accumulate(&caps, acc, teq_term(&caps, s, p));
        }
        assert_true(teq_add_channel_sums(&caps, fw, w, count, &sums, NULL));
        assert_int_equal(sums.p, largest[0]);
        assert_int_equal(sums.n, largest[1]);
        uint32_t expected = teq_wrap(caps.acc_w, (uint32_t)(uint64_t)sum);
        uint32_t got = teq_wrap(caps.acc_w, acc - (uint32_t)sums.constant);
        check(got == expected, "run %d, %u lanes: expected %u, got %u", run, count, expected, got);
        check(-(int64_t)sums.n <= sum && sum <= (int64_t)sums.p, "run %d: %lld is outside -%llu..%llu", run,
              (long long)sum, (unsigned long long)sums.n, (unsigned long long)sums.p);
        double real = teq_product_one(&caps) * teq_ref_dot(fw, w, fa, a, count);
        check(fabs(real - (double)sum) < 2.0 * (double)sums.weights + 1, "run %d: real %g, integer %lld", run,
              real, (long long)sum);
    }
}

/* The mean of what the integers lose, against a direct average. */
static void test_truncation_means(void **state)
{
    (void)state;
    teq_engine_caps caps = TEQ_CAPS_PUBLISHED;
    teq_format fw = {4, 4, 0, true}, fa = {3, 4, 0, false};
    const double share[8] = {1, 2, 3, 4, 5, 6, 7, 8}, none[8] = {0};
    double mean[16];
    unsigned ws, as;
    assert_true(teq_layer_shifts(&caps, fw, fa, &ws, &as, NULL));
    assert_true(teq_truncation_means(&caps, fw, fa, share, mean, NULL));
    for (unsigned w = 0; w < 16; w++) {
        double expected = 0;
        for (unsigned a = 0; a < 8; a++) {
            double real = 127 * teq_ref_product(fw, (uint8_t)w, fa, (uint8_t)a);
            expected += share[a] / 36 * (real - teq_product(&caps, teq_weight_word(&caps, fw, ws, (uint8_t)w),
                                                            teq_act_word(&caps, fa, as, (uint8_t)a)));
        }
        check(fabs(mean[w] - expected) < 1e-12, "mean[%u]: expected %g, got %g", w, expected, mean[w]);
    }
    assert_true(teq_truncation_means(&caps, fw, fa, none, mean, NULL));
    assert_true(fabs(mean[3]) <= 0);
    const double bad[8] = {1, -1};
    teq_error err;
    assert_false(teq_truncation_means(&caps, fw, fa, bad, mean, &err));
    assert_int_equal(err.status, TEQ_ERR_VALUE);
    fa.k = 3;
    uint16_t table[128];
    teq_channel_sums sums;
    assert_false(teq_truncation_means(&caps, fw, fa, share, mean, NULL));
    assert_false(teq_product_table(&caps, fw, fa, table, NULL));
    assert_false(teq_add_channel_sums(&caps, fa, NULL, 0, &sums, NULL));
}

static void test_int(void **state)
{
    (void)state;
    num_random random = num_random_init("test_num_product");
    for (int run = 0; run < 300; run++) {
        int8_t w[256];
        uint32_t bias[256], acc = 0;
        teq_channel_sums sums = {0};
        int64_t sum = 0;
        unsigned count = 1 + num_random_below(&random, 256);
        for (int i = 0; i < 256; i++)
            bias[i] = num_random_below(&random, 1u << 16);
        for (unsigned i = 0; i < count; i++) {
            int a = (int)num_random_below(&random, 256);
            w[i] = (int8_t)((int)num_random_below(&random, 255) - 127);
            sum += w[i] * a;
            acc = teq_int_accumulate(23, acc, w[i], a, bias[w[i] + 128]);
        }
        teq_add_int_channel_sums(w, count, 255, bias, &sums);
        int32_t got = teq_sx(23, acc - (uint32_t)sums.constant);
        check(got == teq_sx(23, (uint32_t)(uint64_t)sum), "run %d: expected %lld, got %d", run, (long long)sum,
              got);
        check(-(int64_t)sums.n <= sum && sum <= (int64_t)sums.p, "run %d: sum out of its bound", run);
    }
    const int8_t three[3] = {-3, 0, 5};
    teq_channel_sums sums = {0};
    teq_add_int_channel_sums(three, 3, 15, NULL, &sums);
    assert_true(sums.p == 75 && sums.n == 45 && sums.constant == 0 && sums.weights == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_bound),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_dot_products),
        cmocka_unit_test(test_truncation_means),
        cmocka_unit_test(test_int),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
