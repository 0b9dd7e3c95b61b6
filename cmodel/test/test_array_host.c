/* SPDX-License-Identifier: Apache-2.0
 *
 * The array's host against the fast functional model: products of more rows than the array
 * has, every engine but count; what it refuses.
 */
#include "teq/array_host.h"
#include "teq/fixed.h"
#include "teq/model_matmul.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state;

static unsigned below(unsigned n) /* splitmix64, arXiv 1805.01407 */
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z >> 32) % n);
}

static int seed_from_environment(void **state)
{
    (void)state;
    const char *seed = getenv("TEQ_SEED");
    random_state = seed ? strtoull(seed, NULL, 0) : 1;
    print_message("seed %llu\n", (unsigned long long)random_state);
    return 0;
}

enum { K = 37, VECTORS = 11, COLS_MAX = 8 };

static teq_array_params draw_params(unsigned i)
{
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    p.engine = (teq_array_engine[]){TEQ_ARRAY_SHIFT, TEQ_ARRAY_SELECT, TEQ_ARRAY_BOOTH, TEQ_ARRAY_BW}[i % 4];
    if (teq_array_is_int(&p)) {
        p.na_max = (uint8_t)(p.n_max + 1u);
        p.acc_w = 17;
    }
    p.rows = (uint16_t)(4 + below(20));
    p.cols = COLS_MAX;
    p.load_cols = (uint16_t)(1u << below(4));
    p.n_requant = (uint16_t)(1u << below(4));
    p.is_double = below(2);
    p.psum_depth = (uint16_t)(VECTORS + below(4));
    return p;
}

/* Word v of the sum of products: the fast model's sum less what the weights leave in it. */
static int expected_word(const teq_array_params *p, const uint8_t *weight, unsigned col, uint32_t sum, unsigned w_n)
{
    uint32_t bias = 0;
    for (unsigned k = 0; k < K; k++)
        bias += teq_cell_bias(p, teq_weight_expand(p, weight[col * K + k], w_n, 0));
    const uint32_t top = 1u << (p->acc_w - 1u), u = (sum - bias) & (2u * top - 1u);
    return teq_sat((int64_t)(u ^ top) - (int64_t)top);
}

/* The whole product through the host, a tile of rows at a time. */
static void run(teq_array_host *h, const uint8_t *weight, const uint8_t *code, unsigned w_n, unsigned a_n, int16_t *words)
{
    const teq_array_params *p = &h->array.params;
    const uint8_t zero = (uint8_t)(teq_array_is_int(p) ? 0 : (1u << w_n) - 1u);
    for (unsigned row = 0; row < K; row += p->rows) {
        uint8_t slots[COLS_MAX * TEQ_ROWS_MAX], codes[VECTORS * TEQ_ROWS_MAX];
        for (unsigned i = 0; i < COLS_MAX * p->rows; i++)
            slots[i] = row + i % p->rows < K ? weight[i / p->rows * K + row + i % p->rows] : zero;
        for (unsigned i = 0; i < VECTORS * p->rows; i++)
            codes[i] = row + i % p->rows < K ? code[i / p->rows * K + row + i % p->rows] : 0;
        const teq_array_user user = {.addr = 2, .first = row == 0, .final = row + p->rows >= K, .bank = true,
                                     .a_n = (uint8_t)(a_n & 7u)};
        teq_error err = {0};
        if (!teq_array_host_weights(h, slots, w_n, 0, &err) || !teq_array_host_vectors(h, codes, VECTORS, user, words, &err))
            fail_msg("%s", err.message);
    }
}

static void products(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        const teq_array_params p = draw_params(i);
        const bool is_int = teq_array_is_int(&p);
        const unsigned w_n = is_int ? 0 : 2 + below(p.n_max - 1u), a_n = is_int ? p.na_max : 2 + below(p.na_max - 1u);
        uint8_t weight[COLS_MAX * K], code[VECTORS * K];
        for (unsigned j = 0; j < COLS_MAX * K; j++) {
            const unsigned slot = below(2u << p.n_max); /* INT: -2^(b-1) is no weight */
            weight[j] = (uint8_t)(is_int ? (slot == 1u << p.n_max ? 0 : slot) : below(1u << w_n) | below(2) << p.n_max);
        }
        for (unsigned j = 0; j < VECTORS * K; j++)
            code[j] = (uint8_t)below(1u << a_n);
        static teq_array_host h;
        teq_matmul m;
        teq_error err = {0};
        uint32_t sum[VECTORS * COLS_MAX];
        int16_t words[VECTORS * COLS_MAX];
        assert_true(teq_array_host_init(&h, &p, &err));
        run(&h, weight, code, w_n, a_n, words);
        assert_true(teq_matmul_init(&m, &p, K, COLS_MAX, &err));
        assert_true(teq_matmul_weights(&m, weight, w_n, 0, &err));
        assert_true(teq_matmul_sums(&m, code, VECTORS, a_n, 0, sum, &err));
        for (unsigned j = 0; j < VECTORS * COLS_MAX; j++) {
            const int expected = expected_word(&p, weight, j % COLS_MAX, sum[j], w_n);
            if (words[j] != expected)
                fail_msg("engine %s, %u rows, vector %u, column %u: expected %d, got %d", teq_array_engine_name(p.engine),
                         p.rows, j / COLS_MAX, j % COLS_MAX, expected, words[j]);
        }
        teq_matmul_free(&m);
        teq_array_host_free(&h);
    }
}

/* Engine count: codes 0 meet code 0, so a word is the signed count times G[0]. */
static void histogram(void **state)
{
    (void)state;
    static teq_array_host h;
    teq_error err = {0};
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    p.engine = TEQ_ARRAY_COUNT;
    p.rows = 4, p.cols = p.load_cols = p.n_requant = 2, p.psum_depth = 1, p.na_max = 4, p.acc_w = 24;
    assert_true(teq_array_host_init(&h, &p, &err));
    for (unsigned e = 0; e < 64; e++)
        teq_array_host_write(&h, 6, e, e == 0 ? 100 : 0);
    int16_t words[3][2];
    for (unsigned tile = 0; tile < 2; tile++) { /* columns (1, 1, 1, 1) and (-1, 1, -1, -1) */
        assert_true(teq_array_host_weights(&h, (const uint8_t[]){0, 0, 0, 0, 16, 0, 16, 16}, 4, 0, &err));
        const teq_array_user user = {.first = tile == 0, .final = tile == 1, .a_n = 4};
        assert_true(teq_array_host_vectors(&h, (const uint8_t[]){0, 0, 15, 0}, 1, user, words[0], &err));
    }
    assert_int_equal(words[0][0], 600);
    assert_int_equal(words[0][1], -200);
    teq_array_host_free(&h);
}

static void refusals(void **state)
{
    (void)state;
    static teq_array_host h;
    teq_error err = {0};
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    p.rows = p.cols = p.load_cols = p.n_requant = 2, p.psum_depth = 2;
    const uint8_t slots[4] = {0}, codes[6] = {0};
    int16_t words[6];
    teq_array_user user = {.first = true, .a_n = 5};
#define REFUSED(call, text)                      \
    do {                                         \
        assert_false(call);                      \
        assert_string_equal(err.message, text);  \
    } while (0)
    p.k_res = 3;
    REFUSED(teq_array_host_init(&h, &p, &err), "K_RES: got 3, expected 1, 2, 4 or 8");
    p.k_res = 4;
    assert_true(teq_array_host_init(&h, &p, &err));
    REFUSED(teq_array_host_vectors(&h, codes, 1, user, words, &err), "vectors: expected a tile of weights first");
    REFUSED(teq_array_host_weights(&h, slots, 4, 1, &err),
            "weights: got w_n 4, w_shift 1, expected w_n 2 or more and w_n + w_shift at most 4");
    assert_true(teq_array_host_weights(&h, slots, 4, 0, &err));
    REFUSED(teq_array_host_weights(&h, slots, 4, 0, &err), "weights: the tile before has not had its vectors");
    REFUSED(teq_array_host_vectors(&h, codes, 0, user, words, &err),
            "vectors: got n 0, res 0, expected n 1 or more and no residual");
    REFUSED(teq_array_host_vectors(&h, codes, 3, user, words, &err), "vectors: got 3, expected at most PSUM_DEPTH = 2");
    user.final = true;
    assert_true(teq_array_host_vectors(&h, codes, 3, user, words, &err));
#undef REFUSED
    teq_array_host_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(products, seed_from_environment),
        cmocka_unit_test(histogram),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
