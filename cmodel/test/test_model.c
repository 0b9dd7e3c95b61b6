/* SPDX-License-Identifier: Apache-2.0
 *
 * The cycle models against the functional reference of teq/fixed.h, the cycle model of
 * the array against the fast functional model, and what both refuse. That the models
 * equal the Verilog is shown by the benches in tb/.
 */
#include "teq/fixed.h"
#include "teq/model_array.h"
#include "teq/model_matmul.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state;

static uint32_t draw(void) /* splitmix64, arXiv 1805.01407 */
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

static unsigned below(unsigned n) { return draw() % n; }

static int seed_from_environment(void **state)
{
    (void)state;
    const char *seed = getenv("TEQ_SEED");
    random_state = seed ? strtoull(seed, NULL, 0) : 1;
    print_message("seed %llu\n", (unsigned long long)random_state);
    return 0;
}

static teq_array_params int_params(teq_array_engine engine, unsigned b)
{
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    p.engine = engine;
    p.n_max = (uint8_t)(b - 1);
    p.na_max = (uint8_t)b;
    p.acc_w = (uint8_t)(2 * b + 7);
    return p;
}

/* --- cells ------------------------------------------------------------------ */

static void check_exponential_terms(const teq_array_params *p)
{
    const teq_engine_caps caps = teq_array_caps(p);
    const unsigned zero = teq_weight_word_zero(&caps);
    teq_terms t;
    assert_true(teq_terms_init(&t, p, NULL));
    for (unsigned x = 0; x < t.n_x; x++)
        for (unsigned w = 0; w < t.n_w; w++) {
            const uint32_t p_ref = teq_product(&caps, w & zero, x);
            const uint32_t expected = teq_term(&caps, w > zero, p_ref), got = t.term[x * t.n_w + w];
            if (got != expected)
                fail_msg("N_MAX %u K_RES %u MB %u PW %u: activation word %u, weight %u: expected %u, got %u", p->n_max,
                         p->k_res, p->mb, p->pw, x, w, expected, got);
        }
    teq_terms_free(&t);
}

static void exponential_cells(void **state)
{
    (void)state;
    for (unsigned n = 2; n <= 7; n++)
        for (unsigned k = 1; k <= 8 && k <= 1u << n; k *= 2)
            for (unsigned mb = 4; mb <= 10; mb += 3)
                for (unsigned pw = mb; pw <= mb + 2; pw++) {
                    teq_array_params p = TEQ_ARRAY_DEFAULT;
                    p.n_max = (uint8_t)n, p.k_res = (uint8_t)k, p.mb = (uint8_t)mb, p.pw = (uint8_t)pw;
                    check_exponential_terms(&p);
                    p.engine = TEQ_ARRAY_SELECT;
                    if (n <= 4)
                        check_exponential_terms(&p);
                }
}

static void int_cells(void **state)
{
    (void)state;
    for (unsigned b = 3; b <= 8; b++)
        for (teq_array_engine engine = TEQ_ARRAY_BOOTH; engine <= TEQ_ARRAY_BW; engine++) {
            const teq_array_params p = int_params(engine, b);
            const int low = -(1 << (b - 1)) + 1, mask = (1 << b) - 1;
            teq_terms t;
            assert_true(teq_terms_init(&t, &p, NULL));
            for (int a = 0; a <= mask; a++)
                for (int w = low; w <= -low; w++) {
                    const unsigned slot = (unsigned)(w & mask);
                    const uint32_t expected = (uint32_t)(w * a) + teq_cell_bias(&p, slot);
                    const uint32_t got = t.term[(unsigned)a * t.n_w + slot];
                    if (got != expected)
                        fail_msg("%s, INT%u: %d * %d: expected %u, got %u", teq_array_engine_name(engine), b, w, a,
                                 expected, got);
                }
            teq_terms_free(&t);
        }
}

/* --- requantizer ------------------------------------------------------------ */

static void requantizer(void **state)
{
    (void)state;
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    teq_requantizer r;
    teq_requant_table table;
    teq_requant_table_init(&table);
    for (unsigned i = 0; i < 31; i++) /* 4 bits in a table for 5 */
        table.th[i] = (int16_t)(i < 15 ? 30000 >> i : TEQ_TH_PAD);
    table.code_top = 15;
    teq_requantize_init(&r, &p);
    for (unsigned i = 0; i < 20000; i++) {
        const teq_requant q = {.b = draw() & ((1u << p.acc_w) - 1u), .m = (uint16_t)draw(), .s = (uint8_t)(10 + below(12)),
                               .c = (int64_t)(int32_t)draw() >> 2};
        const uint32_t acc = draw() & ((1u << p.acc_w) - 1u);
        const int32_t d = (int32_t)(draw() & 0x7fff) * (below(2) ? 1 : -1);
        const teq_format f = {.n = 4, .k = 4, .t = 0, .is_signed = below(2)};
        const teq_requantize_in in = {.en = true, .acc = acc, .b = q.b, .m = q.m, .c = q.c, .s = q.s,
                                      .res_neg = d < 0, .res_d = (uint16_t)abs(d), .sgn = f.is_signed, .table = &table};
        for (unsigned stage = 0; stage < 4 + teq_code_stages(&p); stage++)
            teq_requantize_step(&r, &in);
        const int32_t y = teq_requantize(&q, p.acc_w, acc, d);
        const uint8_t code = teq_next_code(table.th, 31, f, y);
        const unsigned expected = (code & 15u) | (code & 16u) << 1;
        if (r.out[4].word != y || r.out[4].code != expected)
            fail_msg("acc %u, d %d: expected word %d code %u, got word %d code %u", acc, d, y, expected, r.out[4].word,
                     r.out[4].code);
    }
}

static void int_code(void **state)
{
    (void)state;
    const teq_array_params p = int_params(TEQ_ARRAY_BOOTH, 8);
    teq_requant_table t = {.int_shift = 4, .code_top = 100};
    assert_int_equal(teq_array_code(&p, &t, 23, false), 1);
    assert_int_equal(teq_array_code(&p, &t, 24, false), 2);
    assert_int_equal(teq_array_code(&p, &t, -24, false), 0);
    assert_int_equal(teq_array_code(&p, &t, -24, true), 256 + 2);
    assert_int_equal(teq_array_code(&p, &t, -7, true), 0);
    assert_int_equal(teq_array_code(&p, &t, 32767, true), 100);
    t.int_shift = 0;
    assert_int_equal(teq_array_code(&p, &t, 99, false), 99);
}

/* --- the whole array against the fast model ----------------------------------- */

enum { K = 21, N_OUT = 9, VECTORS = 13 };

typedef struct job {
    teq_array_params p;
    uint8_t weight[N_OUT * K], code[VECTORS * K];
    uint16_t residual[VECTORS * N_OUT];
    unsigned w_n, w_shift, a_n, a_shift;
    bool sgn;
    teq_requant_table table; /* channel o in entry o */
} job;

static void draw_job(job *j)
{
    const teq_array_params *p = &j->p;
    const bool is_int = teq_array_is_int(p);
    j->w_n = 2 + below(p->n_max - 1u);
    j->w_shift = below(p->n_max - j->w_n + 1u);
    j->a_n = 2 + below(p->na_max - 1u);
    j->a_shift = below(5);
    j->sgn = below(2);
    for (unsigned i = 0; i < N_OUT * K; i++) {
        const unsigned b = p->n_max + 1u, w = below(1u << b);
        j->weight[i] = (uint8_t)(is_int ? (w == 1u << p->n_max ? 0 : w)
                                        : below(1u << j->w_n) | below(2) << p->n_max);
    }
    for (unsigned i = 0; i < VECTORS * K; i++)
        j->code[i] = (uint8_t)below(is_int ? 1u << p->na_max : 1u << j->a_n);
    for (unsigned i = 0; i < VECTORS * N_OUT; i++)
        j->residual[i] = (uint16_t)below(2u << p->na_max);
    for (unsigned o = 0; o < 2 * N_OUT; o++) {
        j->table.b[o] = draw() & ((1u << p->acc_w) - 1u);
        j->table.m[o] = (uint16_t)(draw() | 0x8000u);
        j->table.s[o] = (uint8_t)(p->acc_w + below(3));
        j->table.c[o] = (int32_t)draw() >> 4;
    }
    for (unsigned i = 0; i + 1u < 1u << p->na_max; i++)
        j->table.th[i] = (int16_t)(30000 - (int)i * 200);
    for (unsigned e = 0; e < 1u << p->na_max; e++)
        j->table.d[e] = (uint16_t)below(20000);
    j->table.code_top = (uint8_t)((1u << p->na_max) - 1u);
    j->table.int_shift = 7;
}

/* One tile: its columns and rows of the layer, all vectors, to their partial sums. */
typedef struct run {
    const job *j;
    teq_array *array;
    teq_array_in in;
    int16_t *word;
    uint16_t *code;
    unsigned n_out; /* beats that have come */
} run;

/* A cycle in which sides stall at random; what was taken and what came. */
static void step(run *r, bool *w_taken, bool *a_taken, bool *r_taken)
{
    teq_array_out out;
    teq_array_outputs(r->array, &out);
    r->in.m_axis_y_tready = below(3) > 0;
    *w_taken = r->in.s_axis_w_tvalid && out.s_axis_w_tready;
    *a_taken = r->in.s_axis_a_tvalid && out.s_axis_a_tready;
    *r_taken = r->in.s_axis_r_tvalid && out.s_axis_r_tready;
    if (out.m_axis_y_tvalid && r->in.m_axis_y_tready) {
        const unsigned n = r->array->params.n_requant, chunks = teq_chunks(&r->array->params);
        const unsigned vector = r->n_out / chunks % VECTORS, column = r->n_out % chunks * n;
        const unsigned first = r->n_out / (chunks * VECTORS) * r->array->params.cols + column;
        for (unsigned i = 0; i < n && first + i < N_OUT; i++) {
            r->word[vector * N_OUT + first + i] = out.m_axis_y->word[i];
            r->code[vector * N_OUT + first + i] = out.m_axis_y->code[i];
        }
        r->n_out++;
    }
    teq_array_step(r->array, &r->in);
}

static void put_weights(run *r, unsigned column, unsigned row, unsigned beat)
{
    const teq_array_params *p = &r->array->params;
    for (unsigned i = 0; i < (unsigned)p->load_cols * p->rows; i++) {
        const unsigned o = column + beat * p->load_cols + i / p->rows, k = row + i % p->rows;
        const unsigned zero = teq_array_is_int(p) ? 0 : (1u << r->j->w_n) - 1u;
        r->in.s_axis_w_tdata[i] = (uint8_t)(o < N_OUT && k < K ? r->j->weight[o * K + k] : zero);
    }
    r->in.s_axis_w_tuser = (uint8_t)(r->j->w_shift << 3 | r->j->w_n);
    r->in.s_axis_w_tlast = beat == teq_load_cycles(p) - 1u;
}

static void put_vector(run *r, unsigned vector, unsigned row)
{
    const teq_array_params *p = &r->array->params;
    const bool final = row + p->rows >= K;
    for (unsigned i = 0; i < p->rows; i++)
        r->in.s_axis_a_tdata[i] = (uint8_t)(row + i < K ? r->j->code[vector * K + row + i] : 0);
    r->in.s_axis_a_tuser = (teq_array_user){.addr = (uint16_t)vector, .first = row == 0, .final = final,
                                            .bank = true, .res = true, .sgn = r->j->sgn,
                                            .a_n = (uint8_t)r->j->a_n, .a_shift = (uint8_t)r->j->a_shift};
    r->in.s_axis_a_tlast = vector == VECTORS - 1;
}

static void put_residual(run *r, unsigned column, unsigned beat)
{
    const teq_array_params *p = &r->array->params;
    const unsigned chunks = teq_chunks(p), vector = beat / chunks, first = column + beat % chunks * p->n_requant;
    for (unsigned i = 0; i < p->n_requant; i++)
        r->in.s_axis_r_tdata[i] = (uint16_t)(first + i < N_OUT ? r->j->residual[vector * N_OUT + first + i] : 0);
}

static void run_tile(run *r, unsigned column, unsigned row)
{
    const teq_array_params *p = &r->array->params;
    const unsigned beats_r = row + p->rows >= K ? VECTORS * teq_chunks(p) : 0;
    unsigned w = 0, a = 0, res = 0, patience = 4000;
    while ((w < teq_load_cycles(p) || a < VECTORS || res < beats_r) && patience-- > 0) {
        bool w_taken, a_taken, r_taken;
        if (!r->in.s_axis_w_tvalid && w < teq_load_cycles(p) && below(2))
            put_weights(r, column, row, w), r->in.s_axis_w_tvalid = true;
        if (!r->in.s_axis_a_tvalid && a < VECTORS && below(2))
            put_vector(r, a, row), r->in.s_axis_a_tvalid = true;
        if (!r->in.s_axis_r_tvalid && res < beats_r && below(2))
            put_residual(r, column, res), r->in.s_axis_r_tvalid = true;
        step(r, &w_taken, &a_taken, &r_taken);
        r->in.s_axis_w_tvalid &= !w_taken, w += w_taken;
        r->in.s_axis_a_tvalid &= !a_taken, a += a_taken;
        r->in.s_axis_r_tvalid &= !r_taken, res += r_taken;
    }
    assert_true(patience > 0);
}

static void write_channels(run *r, unsigned column)
{
    const teq_array_params *p = &r->array->params;
    for (unsigned c = 0; c < p->cols; c++) { /* into bank 1; channels beyond the last are unused */
        const unsigned o = column + c, index = p->cols + c;
        const teq_requant_table *t = &r->j->table;
        teq_requant_table_write(&r->array->requant.table, p, 0, index, t->b[o]);
        teq_requant_table_write(&r->array->requant.table, p, 1, index, (uint64_t)t->s[o] << 16 | t->m[o]);
        teq_requant_table_write(&r->array->requant.table, p, 2, index, (uint64_t)t->c[o]);
    }
}

static void run_array(run *r)
{
    const teq_array_params *p = &r->array->params;
    bool taken[3];
    teq_requant_table *t = &r->array->requant.table;
    memcpy(t->th, r->j->table.th, sizeof t->th);
    memcpy(t->d, r->j->table.d, sizeof t->d);
    t->code_top = r->j->table.code_top;
    t->int_shift = r->j->table.int_shift;
    for (unsigned column = 0; column < N_OUT; column += p->cols) {
        write_channels(r, column);
        for (unsigned row = 0; row < K; row += p->rows)
            run_tile(r, column, row);
        const unsigned want = (column / p->cols + 1u) * VECTORS * teq_chunks(p);
        for (unsigned i = 0; i < 500 && r->n_out < want; i++)
            step(r, &taken[0], &taken[1], &taken[2]);
        assert_int_equal(r->n_out, want);
    }
}

static void compare(const job *j)
{
    int16_t word[VECTORS * N_OUT], fast_word[VECTORS * N_OUT];
    uint16_t code[VECTORS * N_OUT], fast_code[VECTORS * N_OUT];
    uint32_t sum[VECTORS * N_OUT];
    teq_error err = {0};
    teq_matmul m;
    teq_array *array = malloc(sizeof *array);
    run *r = calloc(1, sizeof *r);
    assert_non_null(array);
    assert_non_null(r);
    *r = (run){.j = j, .array = array, .word = word, .code = code, .in = {.rst_ni = true}};
    assert_true(teq_array_init(array, &j->p, &err));
    run_array(r);
    assert_true(teq_matmul_init(&m, &j->p, K, N_OUT, &err));
    assert_true(teq_matmul_weights(&m, j->weight, j->w_n, j->w_shift, &err));
    assert_true(teq_matmul_sums(&m, j->code, VECTORS, j->a_n, j->a_shift, sum, &err));
    const teq_requant_table *t = &j->table;
    const teq_matmul_channels ch = {.b = t->b, .m = t->m, .s = t->s, .c = t->c, .table = t, .sgn = j->sgn};
    teq_matmul_requantize(&m, &ch, sum, VECTORS, j->residual, fast_word, fast_code);
    for (unsigned i = 0; i < VECTORS * N_OUT; i++)
        if (word[i] != fast_word[i] || code[i] != fast_code[i])
            fail_msg("engine %s, vector %u, output %u: the array gives %d, code %u; the fast model %d, code %u",
                     teq_array_engine_name(j->p.engine), i / N_OUT, i % N_OUT, word[i], code[i], fast_word[i], fast_code[i]);
    teq_matmul_free(&m);
    teq_array_free(array);
    free(array);
    free(r);
}

static void array_is_matmul(void **state)
{
    (void)state;
    static job j;
    for (unsigned i = 0; i < 60; i++) {
        const unsigned b = 4 + below(5);
        j.p = i % 4 < 2 ? (teq_array_params)TEQ_ARRAY_DEFAULT : int_params(i % 4 == 2 ? TEQ_ARRAY_BOOTH : TEQ_ARRAY_BW, b);
        if (i % 4 == 1) {
            j.p.engine = TEQ_ARRAY_SELECT;
            j.p.acc_w = 20;
        }
        j.p.rows = (uint16_t)(4 + below(20));
        j.p.cols = (uint16_t)(below(2) ? 4 : 8);
        j.p.load_cols = (uint16_t)(1u << below(3));
        j.p.n_requant = (uint16_t)(1u << below(3));
        j.p.is_double = below(3) > 0;
        j.p.psum_depth = (uint16_t)(VECTORS + below(4));
        draw_job(&j);
        compare(&j);
    }
}

/* --- refusals ------------------------------------------------------------------ */

static void refused(teq_array_params p, const char *expected)
{
    teq_error err = {0};
    if (teq_array_params_check(&p, &err))
        fail_msg("accepted, expected: %s", expected);
    assert_string_equal(err.message, expected);
}

static void bad_parameters(void **state)
{
    (void)state;
    const teq_array_params good = TEQ_ARRAY_DEFAULT;
    teq_array_params p = good;
    assert_true(teq_array_params_check(&good, NULL));
#define BAD(field, value, message) p = good, p.field = value, refused(p, message)
    BAD(rows, 65, "ROWS: got 65, expected 1..64");
    BAD(cols, 0, "COLS: got 0, expected 1..64");
    BAD(n_max, 8, "N_MAX: got 8, expected 2..7");
    BAD(k_res, 3, "K_RES: got 3, expected 1, 2, 4 or 8");
    BAD(mb, 3, "MB: got 3, expected 4..10");
    BAD(pw, 10, "PW: got 10, expected 7..9");
    BAD(acc_w, 41, "ACC_W: got 41, expected 7..40");
    BAD(na_max, 8, "NA_MAX: got 8, expected 2..7");
    BAD(load_cols, 3, "LOAD_COLS: got 3, expected a divisor of COLS = 16");
    BAD(n_requant, 0, "N_REQUANT: got 0, expected a divisor of COLS = 16");
    BAD(psum_depth, 0, "PSUM_DEPTH: got 0, expected 1..4096");
    p = good, p.pipe = true, p.engine = TEQ_ARRAY_COUNT, p.acc_w = 27, p.psum_depth = 1;
    refused(p, "PIPE: got 1, expected 0 with engine count");
    p = good, p.w_latch = true, p.engine = TEQ_ARRAY_COUNT, p.acc_w = 27, p.psum_depth = 1;
    refused(p, "W_LATCH: got 1, expected 0 with engine count");
    p = good, p.chain = true, p.cols = p.load_cols = p.n_requant = 3;
    refused(p, "CHAIN: got 1 with engine shift and COLS 3, expected 0 with engine count or an odd number of columns");
    p = good, p.engine = TEQ_ARRAY_BW, p.na_max = 4;
    refused(p, "NA_MAX: got 4, expected N_MAX + 1 = 5 with engine bw");
#undef BAD
}

static void bad_names(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_array_engine engine;
    teq_matmul m;
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    assert_true(teq_array_engine_parse("bw", &engine, &err));
    assert_int_equal(engine, TEQ_ARRAY_BW);
    assert_false(teq_array_engine_parse("float", &engine, &err));
    assert_string_equal(err.message, "ENGINE: got \"float\", expected shift, select, count, booth or bw");
    assert_false(teq_matmul_init(&m, &p, 0, 4, &err));
    assert_string_equal(err.message, "matrix product: got 0 x 4, expected 1 or more");
    assert_true(teq_matmul_init(&m, &p, 4, 4, &err));
    assert_false(teq_matmul_weights(&m, (const uint8_t[16]){0}, 4, 1, &err));
    assert_string_equal(err.message, "weights of 4 bits, shift 1: N_MAX = 4 does not hold them");
    teq_matmul_free(&m);
    p.acc_w = 33;
    assert_false(teq_matmul_init(&m, &p, 4, 4, &err));
    assert_string_equal(err.message, "ACC_W: got 33, expected at most 32");
}

/* --- docs/cmodel.md quotes the example as it is --------------------------------- */

static char *text_of(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s: cannot be opened; tests run from the top of the repository", path);
    static const size_t size = 1 << 16;
    char *text = calloc(1, size);
    assert_non_null(text);
    assert_true(fread(text, 1, size - 1, f) > 0);
    fclose(f);
    return text;
}

static void example_is_quoted(void **state)
{
    (void)state;
    char *page = text_of("docs/cmodel.md"), *example = text_of("cmodel/test/example_array.c");
    if (!strstr(page, example))
        fail_msg("docs/cmodel.md does not quote cmodel/test/example_array.c as it is; run `make docs`");
    free(page);
    free(example);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_cells), cmocka_unit_test(int_cells),
        cmocka_unit_test(requantizer),       cmocka_unit_test(int_code),
        cmocka_unit_test(array_is_matmul),   cmocka_unit_test(bad_parameters),
        cmocka_unit_test(bad_names),         cmocka_unit_test(example_is_quoted),
    };
    return cmocka_run_group_tests(tests, seed_from_environment, NULL);
}
