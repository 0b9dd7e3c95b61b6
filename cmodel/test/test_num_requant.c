/* SPDX-License-Identifier: Apache-2.0
 *
 * Requantizer: corners of the integer path, constants from real scales, thresholds
 * against comparisons of reals for every 16-bit y.
 */
#include "num_check.h"
#include "teq/requant.h"

#include <math.h>
#include <string.h>

static void test_sign_extension_and_shift(void **state)
{
    (void)state;
    assert_int_equal(teq_sx(8, 0x7f), 127);
    assert_int_equal(teq_sx(8, 0x80), -128);
    assert_int_equal(teq_sx(8, 0x1ff), -1);
    assert_int_equal(teq_sx(16, 0x8000), -32768);
    assert_int_equal(teq_sx(32, 0x80000000u), INT32_MIN);
    assert_int_equal(teq_sx(32, 0x7fffffffu), INT32_MAX);
    for (int v = -40; v <= 40; v++)
        for (unsigned s = 0; s < 5; s++)
            assert_int_equal(teq_floor_shift(v, s), (int64_t)floor(ldexp(v, -(int)s)));
    assert_int_equal(teq_floor_shift(-1, 63), -1);
    assert_int_equal(teq_floor_shift(INT64_MIN, 63), -1);
    assert_int_equal(teq_floor_shift(INT64_MAX, 63), 0);
}

static void test_corners(void **state)
{
    (void)state;
    const struct {
        teq_requant q;
        uint32_t acc;
        int32_t d, expected;
    } rows[] = {
        {{.m = 1, .s = 0, .c = 0}, 5, 0, 5},
        {{.m = 1, .s = 0, .c = 0}, 0x7fff, 0, 32767},
        {{.m = 1, .s = 0, .c = 0}, 0x8000, 0, -32767},            /* -32768 saturates     */
        {{.m = 1, .s = 0, .c = 1}, 0x7fff, 0, 32767},
        {{.m = 65535, .s = 0, .c = 0}, 0x7fff, 0, 32767},         /* both ends, far       */
        {{.m = 65535, .s = 0, .c = 0}, 0x8000, 0, -32767},
        {{.m = 1, .s = 1, .c = 1}, 3, 0, 2},                      /* 1.5 goes up          */
        {{.m = 1, .s = 1, .c = 1}, 0xfffd, 0, -1},                /* -1.5 goes up too     */
        {{.m = 1, .s = 1, .c = 0}, 0xfffd, 0, -2},                /* floor                */
        {{.b = 0xffff, .m = 1, .s = 0, .c = 0}, 0, 0, -1},        /* acc + B_o wraps      */
        {{.b = 0x8000, .m = 1, .s = 0, .c = 0}, 0x8003, 0, 3},
        {{.b = 1, .m = 1, .s = 0, .c = 0}, 0x7fff, 0, -32767},
        {{.m = 0, .s = 63, .c = -1}, 123, 0, -1},                 /* S_o at its end       */
        {{.m = 65535, .s = 63, .c = 0}, 0x7fff, 0, 0},
        {{.m = 1, .s = 0, .c = 0}, 32000, 1000, 32767},           /* residual saturates   */
        {{.m = 1, .s = 0, .c = 0}, (uint32_t)-32000, -1000, -32767},
        {{.m = 2, .s = 0, .c = 0}, 32000, -1000, 31767},          /* y0 saturates first   */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int32_t got = teq_requantize(&rows[i].q, 16, rows[i].acc, rows[i].d);
        check(got == rows[i].expected, "row %zu: expected %d, got %d", i, rows[i].expected, got);
    }
    /* the widest operands that there are stay within 64 bits */
    teq_requant wide = {.m = 65535, .s = 17, .c = -((int64_t)1 << 49)};
    assert_int_equal(teq_requantize(&wide, 32, 0x80000000u, 0), -32767);
    wide.c = ((int64_t)1 << 49) - 1;
    assert_int_equal(teq_requantize(&wide, 32, 0x7fffffffu, 0), 32767);
}

/* Two random fields of widely different size. */
static teq_channel random_channel(num_random *random, unsigned acc_w)
{
    uint64_t range = (1u << (acc_w - 1)) + num_random_next(random) % (1u << (acc_w - 1));
    teq_channel ch = {.scale = exp2(8 * num_random_unit(random) - 4),
                      .bias = 3000 * num_random_unit(random),
                      .truncation = 100 * num_random_unit(random)};
    ch.sums.p = num_random_next(random) % range;
    ch.sums.n = range - 1 - ch.sums.p;
    ch.sums.constant = 255u * num_random_below(random, 2000);
    return ch;
}

static void test_params_against_reals(void **state)
{
    (void)state;
    num_random random = num_random_init("test_num_requant");
    for (int run = 0; run < 3000; run++) {
        unsigned acc_w = 12 + num_random_below(&random, 13);
        teq_channel ch = random_channel(&random, acc_w);
        teq_requant q;
        teq_error err;
        check(teq_requant_params(&ch, acc_w, &q, &err), "run %d: %s", run, err.message);
        int64_t limit = (int64_t)1 << (acc_w + 17);
        check(q.c >= -limit && q.c < limit && q.s < 64 && q.b >> acc_w == 0, "run %d: a field is too wide", run);
        for (int i = 0; i < 40; i++) {
            uint64_t range = ch.sums.p + ch.sums.n;
            int64_t sum = i == 0   ? -(int64_t)ch.sums.n
                          : i == 1 ? (int64_t)ch.sums.p
                                   : (int64_t)(num_random_next(&random) % (range + 1)) - (int64_t)ch.sums.n;
            uint32_t acc = teq_wrap(acc_w, (uint32_t)((uint64_t)sum + ch.sums.constant));
            double real = ch.scale * ((double)sum + ch.truncation) + ch.bias;
            real = fmin(fmax(real, -32767), 32767);
            int32_t y = teq_requantize(&q, acc_w, acc, 0);
            /* half a unit of rounding, half of M_o's last place times the sum, half of C_o's */
            double slack = 0.5 + ldexp(0.5 * fabs((double)sum) + 0.5, -q.s) + 1e-6;
            check(fabs(y - real) <= slack, "run %d, ACC_W %u, sum %lld: real %.4f, got %d; M %u S %u C %lld", run,
                  acc_w, (long long)sum, real, y, q.m, q.s, (long long)q.c);
        }
        bool normal = q.m >= 32768 || q.s >= acc_w; /* otherwise C_o, which holds the bias, was the limit */
        int64_t c_double = 2 * llabs((long long)q.c);
        check(normal || c_double >= limit / 2, "run %d: M_o = %u is not normalised at S_o = %u", run, q.m, q.s);
    }
}

/* Exact: a scale that is M / 2^S leaves nothing but rounding half up. */
static void test_half_up(void **state)
{
    (void)state;
    teq_channel ch = {.scale = 40000.0 / 65536, .bias = 0.5, .sums = {.p = 30000, .n = 20000, .constant = 777}};
    teq_requant q;
    assert_true(teq_requant_params(&ch, 16, &q, NULL));
    assert_int_equal(q.m, 40000);
    assert_int_equal(q.s, 16);
    for (int64_t sum = -20000; sum <= 30000; sum++) {
        int64_t expected = teq_floor_shift(sum * 40000 + 32768 + 32768, 16);
        int32_t got = teq_requantize(&q, 16, teq_wrap(16, (uint32_t)(uint64_t)(sum + 777)), 0);
        check(got == expected, "sum %lld: expected %lld, got %d", (long long)sum, (long long)expected, got);
    }
    /* scale 40000: S_o = 0, no half */
    ch = (teq_channel){.scale = 40000, .bias = -3, .sums = {.p = 1, .n = 0}};
    assert_true(teq_requant_params(&ch, 16, &q, NULL));
    assert_true(q.s == 0 && q.m == 40000);
    assert_int_equal(teq_requantize(&q, 16, 0, 0), -3);
}

static void test_bound(void **state)
{
    (void)state;
    teq_error err;
    teq_requant q;
    teq_channel ch = {.scale = 1, .sums = {.p = 40000, .n = 25535}};
    assert_true(teq_requant_params(&ch, 16, &q, &err)); /* P + N = 65535: all of 16 bits */
    assert_int_equal(teq_requant_u(&q, 16, teq_wrap(16, (uint32_t)-25535)), -32768);
    assert_int_equal(teq_requant_u(&q, 16, 40000), 32767);
    ch.sums.p++;
    assert_false(teq_requant_params(&ch, 16, &q, &err));
    check(strstr(err.message, "need 17 bits, expected at most 16") != NULL, "got: %s", err.message);
    assert_true(teq_channel_fits(&ch.sums, 17, NULL));
}

static void test_refusals(void **state)
{
    (void)state;
    teq_error err;
    teq_requant q;
    const teq_channel good = {.scale = 1};
    const double scales[] = {0, -1, NAN, INFINITY, 65536};
    for (size_t i = 0; i < 5; i++) {
        teq_channel ch = good;
        ch.scale = scales[i];
        assert_false(teq_requant_params(&ch, 16, &q, &err));
        assert_non_null(strstr(err.message, "scale"));
    }
    teq_channel ch = good;
    ch.bias = NAN;
    assert_false(teq_requant_params(&ch, 16, &q, &err));
    ch.bias = 1e12;
    assert_false(teq_requant_params(&ch, 16, &q, &err));
    assert_non_null(strstr(err.message, "y_scale is too small"));
    assert_false(teq_requant_params(&good, 33, &q, &err));
    assert_false(teq_requant_params(&good, 7, &q, &err));
    ch = good;
    ch.truncation = INFINITY;
    assert_false(teq_requant_params(&ch, 16, &q, &err));
    ch = (teq_channel){.scale = 1e-12, .bias = -7}; /* so small that only the bias is left */
    assert_true(teq_requant_params(&ch, 16, &q, &err));
    assert_int_equal(teq_requantize(&q, 16, 0x7fff, 0), -7);
    ch = good;
    ch.bias = 30000; /* a large bias costs bits of M_o, not correctness */
    ch.scale = 1e-4;
    assert_true(teq_requant_params(&ch, 16, &q, &err));
    assert_int_equal(teq_requantize(&q, 16, 0, 0), 30000);
}

/* Codes by thresholds equal codes by comparison of reals, for every y. alpha and y_scale
 * that are dyadic make both exact; for the others T(j) alpha / y_scale is never an integer. */
static void check_codes(teq_format f, double alpha, double y_scale)
{
    enum { N_TH = 127 };
    int16_t th[N_TH];
    teq_codebook book;
    teq_error err;
    assert_true(teq_codebook_init(&book, f, NULL));
    check(teq_thresholds(&book, alpha, y_scale, th, N_TH, &err), "%s", err.message);
    for (unsigned j = 1; j < N_TH; j++)
        check(th[j] <= th[j - 1], "TH[%u] = %d rises from %d", j, th[j], th[j - 1]);
    for (int32_t y = -TEQ_Y_MAX; y <= TEQ_Y_MAX; y++) {
        uint8_t expected, got = teq_next_code(th, N_TH, f, y);
        assert_true(teq_encode(&book, y * y_scale, alpha, &expected, NULL));
        check(got == expected, "n %u, K %u, signed %d, alpha %g, y_scale %g, y %d: real code %u, integer code %u",
              f.n, f.k, f.is_signed, alpha, y_scale, y, expected, got);
    }
}

static void test_thresholds_for_every_y(void **state)
{
    (void)state;
    const teq_format formats[] = {{2, 1, 0, false}, {3, 2, 0, true}, {4, 4, 0, false}, {4, 3, 0, true},
                                  {5, 4, 0, false}, {5, 8, 1, true}, {6, 8, 0, false}, {7, 16, 0, true},
                                  {7, 1, 2, false}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        check_codes(formats[i], 1.0, 1.0 / 16384);
        check_codes(formats[i], 6.0, 6.0 / 32000);
        check_codes(formats[i], 0.731, 0.731 / 20011.3);
        check_codes(formats[i], 4.0, 1.0); /* coarse: thresholds below 1 */
    }
}

static void test_threshold_refusals(void **state)
{
    (void)state;
    teq_codebook book;
    teq_error err;
    int16_t th[31];
    assert_true(teq_codebook_init(&book, (teq_format){4, 4, 0, false}, NULL));
    assert_false(teq_thresholds(&book, 1, 1e-5, th, 31, &err));
    assert_non_null(strstr(err.message, "y_scale"));
    assert_false(teq_thresholds(&book, 1, 0, th, 31, &err));
    assert_false(teq_thresholds(&book, NAN, 1, th, 31, &err));
    assert_false(teq_thresholds(&book, INFINITY, 1, th, 31, &err));
    assert_false(teq_thresholds(&book, 1, INFINITY, th, 31, &err));
    assert_false(teq_thresholds(&book, 1, 1, th, 14, &err));
    assert_non_null(strstr(err.message, "needs 15 words, got 14"));
    assert_true(teq_thresholds(&book, 1, 0.001, th, 31, &err));
    teq_codebook octaves; /* T(0) = 3/4 */
    assert_true(teq_codebook_init(&octaves, (teq_format){4, 1, 0, false}, NULL));
    assert_false(teq_thresholds(&octaves, 4, 3.0 / 32768, th, 31, &err));
    assert_true(teq_thresholds(&octaves, 32767, 0.75, th, 31, &err));
    assert_int_equal(th[0], 32767);
    assert_true(teq_thresholds(&book, 1, 0.001, th, 31, &err));
    for (int j = 15; j < 31; j++)
        assert_int_equal(th[j], TEQ_TH_PAD);
    assert_int_equal(teq_next_code(th, 31, book.format, -TEQ_Y_MAX), 15);
}

static void test_residual(void **state)
{
    (void)state;
    teq_codebook book;
    teq_error err;
    int16_t d[15];
    teq_format f = {4, 4, 0, true};
    assert_true(teq_codebook_init(&book, f, NULL));
    assert_true(teq_residual_table(&book, 2.0, 2.0 / 10000, d, NULL));
    assert_int_equal(d[0], 10000);
    assert_int_equal(d[1], 8409);
    assert_int_equal(d[4], 5000);
    assert_int_equal(teq_residual(d, f, 4), 5000);
    assert_int_equal(teq_residual(d, f, 16 | 4), -5000);
    assert_int_equal(teq_residual(d, f, 15), 0);
    assert_int_equal(teq_residual(d, f, 31), 0);
    assert_false(teq_residual_table(&book, 1.0, 1.0 / 32768, d, &err));
    assert_non_null(strstr(err.message, "D[0]"));
    assert_true(teq_residual_table(&book, 1.0, 1.0 / 32767, d, &err));
    assert_false(teq_residual_table(&book, -1.0, 1, d, &err));
}

/* Order of codes is the order of values. */
static void test_code_order(void **state)
{
    (void)state;
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        teq_format f = {3, 2, 0, is_signed != 0};
        teq_codebook book;
        assert_true(teq_codebook_init(&book, f, NULL));
        for (unsigned a = 0; a < 1u << teq_stored_bits(f); a++)
            for (unsigned b = 0; b < 1u << teq_stored_bits(f); b++) {
                double va = teq_decode(&book, (uint8_t)a, 1), vb = teq_decode(&book, (uint8_t)b, 1);
                int oa = teq_code_order(f, (uint8_t)a), ob = teq_code_order(f, (uint8_t)b);
                check((va > vb) == (oa > ob), "codes %u, %u: values %g, %g, order %d, %d", a, b, va, vb, oa, ob);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_extension_and_shift),
        cmocka_unit_test(test_corners),
        cmocka_unit_test(test_params_against_reals),
        cmocka_unit_test(test_half_up),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_thresholds_for_every_y),
        cmocka_unit_test(test_threshold_refusals),
        cmocka_unit_test(test_residual),
        cmocka_unit_test(test_code_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
