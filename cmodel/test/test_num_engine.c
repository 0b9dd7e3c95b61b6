/* SPDX-License-Identifier: Apache-2.0
 *
 * What an array runs: the lists of the page, every format against the definition, and
 * messages that name what is legal.
 */
#include "num_check.h"
#include "teq/format.h"

#include <math.h>
#include <string.h>

static teq_engine_caps shift_array(uint8_t n_max, uint8_t k_res)
{
    return (teq_engine_caps){.engine = TEQ_ENGINE_SHIFT, .n_max = n_max, .k_res = k_res, .mb = 7,
                             .pw = 8, .acc_w = 16, .na_max = 5};
}

static const uint8_t all_k[] = {1, 2, 3, 4, 6, 8, 12, 16};

/* A format is legal if e << shift lies on the grid of the array at the format's own
 * octaves, and its largest exponent stays below the word of zero. */
static void test_every_format(void **state)
{
    (void)state;
    for (uint8_t n_max = 2; n_max <= 7; n_max++)
        for (uint8_t k_res = 1; k_res <= 8 && k_res <= 1 << n_max; k_res *= 2)
            for (uint8_t n = 2; n <= 7; n++)
                for (size_t k = 0; k < sizeof all_k; k++)
                    for (uint8_t t = 0; t <= 2; t++) {
                        teq_engine_caps caps = shift_array(n_max, k_res);
                        teq_format f = {n, all_k[k], t, true};
                        double step = ldexp(1.0 / all_k[k], t); /* octaves */
                        double w = log2(step * k_res), a = log2(step * 2 * k_res);
                        bool w_legal = w >= 0 && !(w > floor(w)) &&
                                       ldexp((1 << n) - 2, (int)w) <= (1 << n_max) - 2;
                        bool a_legal = a >= 0 && !(a > floor(a)) && n <= caps.na_max;
                        unsigned shift = 99;
                        bool got = teq_weight_shift(&caps, f, &shift, NULL);
                        check(got == w_legal && (!got || shift == (unsigned)w),
                              "N_MAX %u, K_RES %u, weights n %u K %u t %u: expected %d (%g), got %d (%u)",
                              n_max, k_res, n, f.k, t, w_legal, w, got, shift);
                        got = teq_act_shift(&caps, f, &shift, NULL);
                        check(got == a_legal && (!got || shift == (unsigned)a),
                              "K_RES %u, activations n %u K %u t %u: expected %d (%g), got %d (%u)",
                              k_res, n, f.k, t, a_legal, a, got, shift);
                    }
}

/* Section 3: with N_MAX = 4, K_RES = 4: n = 4 K = 4; n = 3 K = 2 or 4 (t 0 or 1); n = 2 K = 1, 2, 4;
 * with N_MAX = 5 also n = 5 K = 4 and n = 4 K = 2. */
static void test_lists_of_the_page(void **state)
{
    (void)state;
    const struct {
        uint8_t n_max, n, k, t;
        bool legal;
        unsigned shift;
    } rows[] = {
        {4, 4, 4, 0, true, 0}, {4, 4, 2, 0, false, 0}, {4, 4, 3, 0, false, 0}, {4, 4, 4, 1, false, 0},
        {4, 3, 2, 0, true, 1}, {4, 3, 4, 0, true, 0},  {4, 3, 4, 1, true, 1},  {4, 3, 1, 0, false, 0},
        {4, 2, 1, 0, true, 2}, {4, 2, 2, 0, true, 1},  {4, 2, 4, 0, true, 0},  {4, 5, 4, 0, false, 0},
        {5, 5, 4, 0, true, 0}, {5, 4, 2, 0, true, 1},  {5, 5, 2, 0, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        teq_engine_caps caps = shift_array(rows[i].n_max, 4);
        teq_format f = {rows[i].n, rows[i].k, rows[i].t, true};
        unsigned shift = 0;
        bool got = teq_weight_shift(&caps, f, &shift, NULL);
        check(got == rows[i].legal && shift * got == rows[i].shift, "row %zu: got %d, shift %u", i, got,
              shift);
    }
}

static void expect_message(bool ok, const teq_error *err, const char *part)
{
    check(!ok && strstr(err->message, part) != NULL, "expected \"... %s ...\", got \"%s\"", part,
          ok ? "success" : err->message);
}

static void test_messages(void **state)
{
    (void)state;
    teq_error err;
    unsigned w, a;
    teq_engine_caps caps = TEQ_CAPS_PUBLISHED;
    expect_message(teq_weight_shift(&caps, (teq_format){5, 4, 0, true}, &w, &err), &err,
                   "N_MAX = 4, K_RES = 4 runs n = 2: K/2^t = 1, 2, 4; n = 3: K/2^t = 2, 4; n = 4: K/2^t = 4");
    assert_int_equal(err.status, TEQ_ERR_UNSUPPORTED);
    expect_message(teq_act_shift(&caps, (teq_format){6, 4, 0, false}, &a, &err), &err,
                   "n = 5: K/2^t = 1/4, 1/2, 1, 2, 4, 8, and smaller n");
    expect_message(teq_act_shift(&caps, (teq_format){5, 3, 0, false}, &a, &err), &err, "K = 3");
    expect_message(teq_weight_shift(&caps, (teq_format){4, 5, 0, true}, &w, &err), &err, "K: got 5");

    teq_format weight = {4, 4, 0, true}, act = {5, 4, 0, false};
    assert_true(teq_layer_shifts(&caps, weight, act, &w, &a, &err));
    assert_int_equal(w, 0);
    assert_int_equal(a, 1);
    act.k = 8;
    expect_message(teq_layer_shifts(&caps, weight, act, &w, &a, &err), &err, "K = 4 for weights and 8");
    expect_message(teq_layer_shifts(&caps, act, act, &w, &a, &err), &err, "unsigned");
    caps.na_max = 9;
    expect_message(teq_act_shift(&caps, weight, &a, &err), &err, "NA_MAX: got 9");
    caps.engine = TEQ_ENGINE_COUNT;
    expect_message(teq_weight_shift(&caps, weight, &w, &err), &err, "count");
    assert_string_equal(teq_engine_name((teq_engine)9), "unknown");
}

static void test_caps(void **state)
{
    (void)state;
    teq_error err;
    const teq_engine_caps good = TEQ_CAPS_PUBLISHED;
    assert_true(teq_caps_check(&good, NULL));
    assert_int_equal(teq_product_one(&good), 127);
    for (int i = 0; i < 12; i++) {
        static const char *const parts[12] = {"N_MAX: got 1", "N_MAX: got 8", "N_MAX: got 5, expected 2..4",
                                              "K_RES: got 3", "MB: got 3", "MB: got 11", "PW: got 6",
                                              "NA_MAX: got 8", "ACC_W: got 33", "2^N_MAX = 4",
                                              "count: N_MAX: got 2", "int: N_MAX: got 9"};
        teq_engine_caps bad = good;
        switch (i) {
        case 0: bad.n_max = 1; break;
        case 1: bad.n_max = 8; break;
        case 2: bad.n_max = 5; bad.engine = TEQ_ENGINE_SELECT; break;
        case 3: bad.k_res = 3; break;
        case 4: bad.mb = 3; break;
        case 5: bad.mb = 11; break;
        case 6: bad.pw = 6; break;
        case 7: bad.na_max = 8; break;
        case 8: bad.acc_w = 33; break;
        case 9: bad.n_max = 2; bad.k_res = 8; break;
        case 10: bad.engine = TEQ_ENGINE_COUNT; bad.n_max = 2; break;
        default: bad.engine = TEQ_ENGINE_INT; bad.n_max = 9; break;
        }
        expect_message(teq_caps_check(&bad, &err), &err, parts[i]);
    }
    teq_engine_caps other = good;
    other.engine = (teq_engine)9;
    expect_message(teq_caps_check(&other, &err), &err, "engine: got 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format),
        cmocka_unit_test(test_lists_of_the_page),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
