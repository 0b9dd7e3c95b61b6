/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/program.h: every field of every entry there and back, refused by name when it does
 * not fit; image streams written, read, and damaged.
 */
#include "teq/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_check.h"

static teq_core_params small(void)
{
    teq_core_params p = TEQ_CORE_DEFAULT;
    p.array.rows = p.array.cols = p.array.n_requant = 4;
    p.array.load_cols = 4;
    p.act_words = p.wgt_words = 32;
    p.prg_words = 64;
    return p;
}

static uint64_t draw64(core_rng *r) { return (uint64_t)core_draw(r) << 32 | core_draw(r); }

/* --- entries ---------------------------------------------------------------- */

/* Bits that are fields, by hand from the table of section 2. */
static const uint64_t named[TEQ_DESCRIPTOR_WORDS] = {
    0xffffffff0fff3f0f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
    0x0fffffffffffffff, 0x00ffffffffffffff, 0x0000ffffffffffff, 0xffffffffffffffff, 0x3fffffffffffffff,
    0x000000000000007f, 0xffffffffffffffff, 0x0000ffffffffffff, 0xffffffffffffffff,
};

static void descriptors(void **state)
{
    core_rng *r = *state;
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t word[TEQ_DESCRIPTOR_WORDS], back[TEQ_DESCRIPTOR_WORDS];
        teq_descriptor d;
        for (unsigned k = 0; k < TEQ_DESCRIPTOR_WORDS; k++)
            word[k] = i == 0 ? ~UINT64_C(0) : draw64(r);
        teq_descriptor_unpack(word, &d);
        assert_true(teq_descriptor_pack(&d, back, NULL));
        for (unsigned k = 0; k < TEQ_DESCRIPTOR_WORDS; k++)
            if (back[k] != (word[k] & named[k]))
                fail_msg("word %u: 0x%016llx came back as 0x%016llx", k, (unsigned long long)word[k],
                         (unsigned long long)back[k]);
    }
}

/* A few fields against bits counted by hand. */
static void places(void **state)
{
    (void)state;
    uint64_t word[TEQ_DESCRIPTOR_WORDS], w;
    const teq_descriptor d = {.op = 2, .w_shift = 5, .n_tiles = 0x123, .in_pass = -2, .u_tx = -1, .lanes_x = 3,
                              .res_ox = -3, .line_step = 0xabcdef};
    assert_true(teq_descriptor_pack(&d, word, NULL));
    assert_int_equal(word[0], UINT64_C(5) << 25 | 2);
    assert_int_equal(word[1], UINT64_C(0x123) << 40);
    assert_int_equal(word[2], UINT64_C(0xfffffe) << 24);
    assert_int_equal(word[4], UINT64_C(0xffff) << 40);
    assert_int_equal(word[9], UINT64_C(3) << 55);
    assert_int_equal(word[12], UINT64_C(0xfffffd) << 24);
    assert_int_equal(word[13], UINT64_C(0xabcdef) << 40);
    const teq_tile_entry t = {.off = -1, .u_off = -2, .y_off = -128, .lanes = 64, .part = 2, .reload = 1, .cidx = 9};
    teq_tile_entry t_back;
    assert_true(teq_tile_entry_pack(&t, &w, NULL));
    assert_int_equal(w, UINT64_C(0xffffff) | UINT64_C(0xfffe) << 24 | UINT64_C(0x80) << 40 | UINT64_C(64) << 48 |
                            UINT64_C(2) << 55 | UINT64_C(1) << 57 | UINT64_C(9) << 58);
    teq_tile_entry_unpack(w, &t_back);
    assert_memory_equal(&t, &t_back, sizeof t);
    const teq_config_entry c = {.data = UINT64_C(0x123456789abc), .index = 0x81, .sel = 2};
    teq_config_entry c_back;
    assert_true(teq_config_entry_pack(&c, &w, NULL));
    assert_int_equal(w, UINT64_C(0x0281123456789abc));
    teq_config_entry_unpack(w, &c_back);
    assert_int_equal(c_back.data, c.data);
    assert_int_equal(c_back.index, c.index);
    assert_int_equal(c_back.sel, c.sel);
}

static void refused(void **state)
{
    (void)state;
    uint64_t word[TEQ_DESCRIPTOR_WORDS], w;
    teq_error err;
    teq_descriptor d = {.n_tiles = 4096};
    assert_false(teq_descriptor_pack(&d, word, &err));
    assert_string_equal(err.message, "descriptor: n_tiles: got 4096, expected 0..4095");
    d = (teq_descriptor){.u_ox = -32769};
    assert_false(teq_descriptor_pack(&d, word, &err));
    assert_string_equal(err.message, "descriptor: u_ox: got -32769, expected -32768..32767");
    d = (teq_descriptor){.out_base = 1u << 24};
    assert_false(teq_descriptor_pack(&d, word, &err));
    assert_string_equal(err.message, "descriptor: out_base: got 16777216, expected 0..16777215");
    assert_false(teq_tile_entry_pack(&(teq_tile_entry){.y_off = 128}, &w, &err));
    assert_string_equal(err.message, "tile entry: y_off: got 128, expected -128..127");
    assert_false(teq_config_entry_pack(&(teq_config_entry){.sel = 8}, &w, &err));
    assert_string_equal(err.message, "configuration entry: sel: got 8, expected 0..7");
    assert_false(teq_config_entry_pack(&(teq_config_entry){.data = UINT64_C(1) << 48}, &w, &err));
    assert_string_equal(err.message, "configuration entry: data: got 0x1000000000000, expected 48 bits");
}

/* --- images ----------------------------------------------------------------- */

typedef struct image_case {
    teq_core_params p;
    teq_image im;
    uint64_t prg[64], prg_back[64];
    uint8_t wgt[32 * 16], wgt_back[32 * 16];
    size_t wgt_at; /* header of the WGT packet */
} image_case;

static void make_image(image_case *c, core_rng *r)
{
    memset(c, 0, sizeof *c);
    c->p = small();
    for (unsigned i = 5; i < 64; i++)
        c->prg[i] = draw64(r);
    for (unsigned i = 3 * 16; i < 32 * 16; i++)
        c->wgt[i] = (uint8_t)(core_draw(r) & 31);
    assert_true(teq_image_begin(&c->im, &c->p, NULL));
    assert_true(teq_image_prg(&c->im, 5, c->prg + 5, 59, NULL));
    c->wgt_at = c->im.n_beats;
    assert_true(teq_image_wgt(&c->im, &c->p, 3, c->wgt + 3 * 16, 29, NULL));
    assert_true(teq_image_end(&c->im, NULL));
}

static void images(void **state)
{
    image_case *c = malloc(sizeof *c);
    assert_non_null(c);
    make_image(c, *state);
    teq_error err;
    if (!teq_image_load(c->im.beat, c->im.n_beats, &c->p, c->prg_back, c->wgt_back, &err))
        fail_msg("%s", err.message);
    assert_memory_equal(c->prg, c->prg_back, sizeof c->prg);
    assert_memory_equal(c->wgt, c->wgt_back, sizeof c->wgt);
    teq_image_free(&c->im);
    free(c);
}

static void damaged(void **state)
{
    image_case *c = malloc(sizeof *c);
    assert_non_null(c);
    make_image(c, *state);
    const struct {
        size_t beat;
        uint32_t value;
        const char *message;
    } cases[] = {
        {0, 1u << 28, "image: beat 0: destination: got 1, expected 0 (configuration)"},
        {1, 2, "image: beat 1: count: got 2, expected 3"},
        {2, 0, "image: for another core: CONFIG0: got 0x00000000, expected 0x05040404"},
        {5, 0, "image: beat 5: destination: got 0, expected 1, 2 or 15"},
        {5, 7u << 28, "image: beat 5: destination: got 7, expected 1, 2 or 15"},
        {5, 1u << 28 | 6, "image: beat 5: words 6 and 59 more: the memory has 64"},
        {6, 60, "image: beat 5: words 5 and 60 more: the memory has 64"},
        {c->wgt_at, 2u << 28 | 33, "image: beat 125: words 33 and 29 more: the memory has 32"},
    };
    teq_error err;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t good = c->im.beat[cases[i].beat];
        c->im.beat[cases[i].beat] = cases[i].value;
        assert_false(teq_image_load(c->im.beat, c->im.n_beats, &c->p, NULL, NULL, &err));
        assert_string_equal(err.message, cases[i].message);
        c->im.beat[cases[i].beat] = good;
    }
    assert_true(teq_image_load(c->im.beat, c->im.n_beats, &c->p, NULL, NULL, NULL));
    for (size_t n = 0; n < c->im.n_beats; n++)
        assert_false(teq_image_load(c->im.beat, n, &c->p, c->prg_back, c->wgt_back, &err));
    c->im.beat[10] ^= 4;
    assert_false(teq_image_load(c->im.beat, c->im.n_beats, &c->p, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "sum"));
    c->im.beat[10] ^= 4;
    uint32_t *longer = calloc(c->im.n_beats + 1, sizeof *longer);
    assert_non_null(longer);
    memcpy(longer, c->im.beat, c->im.n_beats * sizeof *longer);
    assert_false(teq_image_load(longer, c->im.n_beats + 1, &c->p, NULL, NULL, &err));
    assert_string_equal(err.message, "image: 1 beats after the end");
    free(longer);
    assert_false(teq_image_prg(&c->im, 1u << 28, c->prg, 1, &err));
    assert_non_null(strstr(err.message, "below 2^28"));
    teq_image_free(&c->im);
    free(c);
}

/* --- parameters ------------------------------------------------------------- */

static void parameters(void **state)
{
    (void)state;
    teq_core_params p = TEQ_CORE_DEFAULT;
    teq_error err;
    assert_true(teq_core_params_check(&p, NULL));
    uint32_t config[TEQ_CORE_CONFIGS];
    teq_core_config(&p, config);
    assert_int_equal(config[0], 0x05041010);
    assert_int_equal(config[1], 0x020f7740);
    assert_int_equal(config[2], 24 << 24 | 1 << 22 | 1 << 21 | 1 << 20 | 1 << 19 | 1 << 18 | 128);
#define REFUSED(change, text)                              \
    do {                                                   \
        p = (teq_core_params)TEQ_CORE_DEFAULT;             \
        change;                                            \
        assert_false(teq_core_params_check(&p, &err));     \
        if (!strstr(err.message, text))                    \
            fail_msg("got \"%s\", expected \"%s\"", err.message, text); \
    } while (0)
    REFUSED(p.array.rows = 12, "ROWS: got 12");
    REFUSED(p.array.cols = p.array.n_requant = 2, "COLS: got 2");
    REFUSED((p.array.engine = TEQ_ARRAY_COUNT, p.array.psum_depth = 1, p.array.acc_w = 27), "CHAIN: got 1 with engine count");
    REFUSED(p.array.is_double = false, "DOUBLE");
    REFUSED(p.array.pipe = true, "PIPE: got 1, expected 0 in a core");
    REFUSED(p.array.n_requant = 8, "N_REQUANT: got 8, expected COLS = 16");
    REFUSED(p.array.acc_w = 31, "ACC_W: got 31");
    REFUSED(p.act_words = 1, "ACT_WORDS: got 1, expected 2..131072");
    REFUSED(p.wgt_words = (1u << 20) + 1, "WGT_WORDS");
    REFUSED(p.prg_words = 15, "PRG_WORDS: got 15, expected 16..1048576");
    REFUSED((p.array.rows = 4, p.array.load_cols = 2), "LOAD_COLS: got 2");
    REFUSED((p.array.engine = TEQ_ARRAY_COUNT, p.array.chain = false, p.array.psum_depth = 1, p.array.acc_w = 27), "ENGINE: got count");
    REFUSED(p.reach = 11, "REACH: got 11, expected 12..24");
    REFUSED(p.reach = 25, "REACH: got 25");
    REFUSED(p.reach = 15, "REACH: got 15, expected 2^(REACH - 1) to hold ACT_WORDS * max(ROWS, COLS) = 32768");
    REFUSED((p.act_words = 16, p.reach = 12), "WGT_WORDS = 4096");
    REFUSED((p.array.engine = TEQ_ARRAY_BOOTH, p.array.n_max = 7, p.array.na_max = 8, p.array.acc_w = 23, p.array.serial = true),
            "SERIAL: got 1, expected 0 with engine booth");
#undef REFUSED
}

/* A field wider than REACH counts modulo it; with 24 bits nothing changes. */
static void reach(void **state)
{
    (void)state;
    teq_core_params p = TEQ_CORE_DEFAULT;
    teq_descriptor d, wide = {.in_base = 0xfff123, .in_pass = -5, .u_ox = -3000, .u_len = 65535, .h = 4097, .out_t = 0xffff,
                              .res_t = 600, .n_lines = 0x12345, .y_ty = 255, .tile_addr = 0xabcde};
    d = wide;
    teq_descriptor_fit(&p, &d);
    assert_memory_equal(&d, &wide, sizeof d);
    p.reach = 12;
    p.array.rows = p.array.cols = p.array.n_requant = 4;
    teq_descriptor_fit(&p, &d);
    assert_int_equal(d.in_base, 0x123);
    assert_int_equal(d.in_pass, -5);
    assert_int_equal(d.u_ox, 1096);
    assert_int_equal(d.u_len, 2047);
    assert_int_equal(d.h, 1);
    assert_int_equal(d.out_t, 511);
    assert_int_equal(d.res_t, 88);
    assert_int_equal(d.n_lines, 0x345);
    assert_int_equal(d.y_ty, 255);
    assert_int_equal(d.tile_addr, 0xcde);
}

int main(void)
{
    core_rng r;
    core_seed(&r);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(descriptors, &r), cmocka_unit_test(places),
        cmocka_unit_test(refused),                  cmocka_unit_test_prestate(images, &r),
        cmocka_unit_test_prestate(damaged, &r),     cmocka_unit_test(parameters), cmocka_unit_test(reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
