/* SPDX-License-Identifier: Apache-2.0
 *
 * The cycle model of the core against the interpreter of teq/interpret.h, over random
 * programs (core_gen.h): words on m_axis_y, all of ACT, causes of illegal programs; and
 * teq_core_predict against the counters of a run without stalls.
 */
#include "core_gen.h"
#include "teq/interpret.h"
#include "teq/model_core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- a host without stalls, or with ---------------------------------------------------- */

typedef struct host {
    teq_core *core;
    core_gen gen;
    teq_interpreter it;
    teq_core_in in;
    unsigned stall; /* chance of 256 that a side waits a cycle */
    uint64_t cycles;
    int16_t *words;
    size_t n_words, room;
} host;

static void tick(host *h)
{
    teq_core_out out;
    teq_core_outputs(h->core, &out);
    if (out.m_axis_y_tvalid && h->in.m_axis_y_tready) {
        if (h->n_words + 2 > h->room) {
            h->room = 2 * h->room + 64;
            h->words = realloc(h->words, h->room * sizeof *h->words);
            assert_non_null(h->words);
        }
        h->words[h->n_words++] = (int16_t)out.m_axis_y.data;
        if (out.m_axis_y.keep == 15)
            h->words[h->n_words++] = (int16_t)(out.m_axis_y.data >> 16);
    }
    teq_core_step(h->core, &h->in);
    h->cycles++;
}

static bool waits(host *h) { return h->stall && core_draw(&h->gen.rng) % 256 < h->stall; }

static void write_register(host *h, uint8_t offset, uint32_t data)
{
    teq_core_in *in = &h->in;
    in->s_axil_awvalid = in->s_axil_wvalid = in->s_axil_bready = true;
    in->s_axil_awaddr = offset;
    in->s_axil_wdata = data;
    in->s_axil_wstrb = 15;
    tick(h);
    in->s_axil_awvalid = in->s_axil_wvalid = false;
    tick(h);
    tick(h);
}

static void load_image(host *h, bool whole)
{
    teq_image im = {0};
    assert_true(core_gen_image(&h->gen, &im, whole));
    for (size_t i = 0; i < im.n_beats;) {
        teq_core_out out;
        teq_core_outputs(h->core, &out);
        h->in.s_axis_p_tvalid = !waits(h);
        h->in.s_axis_p = (teq_axis_beat){.data = im.beat[i], .keep = 15, .last = i + 1 == im.n_beats};
        i += h->in.s_axis_p_tvalid && out.s_axis_p_tready;
        tick(h);
        assert_int_equal(h->core->raised.cause, 0);
    }
    h->in.s_axis_p_tvalid = false;
    for (unsigned i = 0; i < 4; i++)
        tick(h);
    assert_true(h->core->image.valid);
    teq_image_free(&im);
}

/* Starts the program and gives it its input; the cause with which it ends. */
static unsigned run_program(host *h)
{
    unsigned layer = 0;
    uint32_t line = 0, taken = 0;
    size_t at = 0;
    teq_axis_beat beat = {0};
    bool pending = false;
    h->n_words = 0;
    write_register(h, TEQ_REG_CONTROL, TEQ_CONTROL_START_MASK);
    for (unsigned i = 0; i < 400000; i++) {
        teq_core_out out;
        teq_core_outputs(h->core, &out);
        if (!pending)
            pending = core_gen_input_beat(&h->gen, &layer, &line, &taken, &at, &beat.data, &beat.keep, &beat.last);
        h->in.s_axis_x = beat;
        h->in.s_axis_x_tvalid = pending && !waits(h);
        h->in.m_axis_y_tready = !waits(h);
        if (h->in.s_axis_x_tvalid && out.s_axis_x_tready)
            pending = false;
        tick(h);
        if (h->core->sequencer.state == TEQ_CORE_ERROR)
            return h->core->raised.cause;
        if (h->core->sequencer.state == TEQ_CORE_IDLE && h->core->y.n == 0) {
            h->in.s_axis_x_tvalid = false;
            return 0;
        }
    }
    fail_msg("the program does not end");
    return 0;
}

static void open_host(host *h, const teq_core_params *p, uint64_t seed)
{
    teq_error err;
    memset(h, 0, sizeof *h);
    h->core = teq_core_new(p, &err);
    if (!h->core)
        fail_msg("%s", err.message);
    assert_true(core_gen_init(&h->gen, p, seed));
    h->in.rst_ni = true;
    h->it = (teq_interpreter){.params = &h->core->params, .prg = h->gen.prg, .wgt = h->gen.wgt};
    h->it.act = calloc(teq_core_elements(p), sizeof *h->it.act);
    assert_non_null(h->it.act);
}

static void close_host(host *h)
{
    teq_core_free(h->core);
    core_gen_free(&h->gen);
    teq_interpret_free(&h->it);
    free(h->it.act);
    free(h->words);
}

/* The program by its data alone; its cause. */
static unsigned interpret(host *h)
{
    teq_error err;
    h->it.in = h->gen.in;
    h->it.n_in = h->gen.n_in;
    h->it.in_at = h->it.n_out = 0;
    if (!teq_interpret(&h->it, &err) && h->it.cause == 0)
        fail_msg("%s", err.message);
    return h->it.cause;
}

static void compare(host *h, uint64_t seed, unsigned program)
{
    const size_t n = teq_core_elements(&h->core->params);
    if (h->n_words != h->it.n_out)
        fail_msg("seed %llu, program %u: %zu words, expected %zu", (unsigned long long)seed, program, h->n_words, h->it.n_out);
    for (size_t i = 0; i < h->n_words; i++)
        if (h->words[i] != h->it.out[i])
            fail_msg("seed %llu, program %u: word %zu: got %d, expected %d", (unsigned long long)seed, program, i,
                     h->words[i], h->it.out[i]);
    for (size_t i = 0; i < n; i++)
        if (h->core->act.code[i] != h->it.act[i])
            fail_msg("seed %llu, program %u: ACT element %zu: got 0x%x, expected 0x%x", (unsigned long long)seed, program, i,
                     h->core->act.code[i], h->it.act[i]);
}

/* --- parameters -------------------------------------------------------------------------- */

static teq_core_params core_of(teq_array_engine engine, unsigned rows, unsigned cols)
{
    teq_core_params p = TEQ_CORE_DEFAULT;
    p.array.engine = engine;
    p.array.rows = (uint16_t)rows;
    p.array.cols = p.array.n_requant = (uint16_t)cols;
    p.array.load_cols = (uint16_t)(rows < 8 ? 4 : 2);
    p.array.psum_depth = 8;
    if (engine == TEQ_ARRAY_SELECT)
        p.array.n_max = 3, p.array.k_res = 2;
    if (engine == TEQ_ARRAY_BOOTH || engine == TEQ_ARRAY_BW)
        p.array.n_max = 7, p.array.na_max = 8, p.array.acc_w = 23;
    p.act_words = 64;
    p.wgt_words = 256;
    p.prg_words = 1024;
    return p;
}

static void programs(const teq_core_params *p, uint64_t seed, unsigned n)
{
    host h;
    open_host(&h, p, seed);
    for (unsigned i = 0; i < n; i++) {
        core_gen_program(&h.gen);
        h.stall = i % 3 == 0 ? 0 : 20u << i % 3;
        load_image(&h, i == 0);
        const unsigned cause = run_program(&h);
        if (cause)
            fail_msg("seed %llu, program %u: %s, info %u", (unsigned long long)seed, i, teq_core_cause_name(cause),
                     h.core->raised.info);
        assert_int_equal(interpret(&h), 0);
        compare(&h, seed, i);
        teq_core_counters total;
        teq_error err;
        if (teq_core_predict(p, h.gen.prg, h.gen.n_prg, 1000000, NULL, 0, &total, &err) < 0)
            fail_msg("%s", err.message);
        const teq_core_counters *real = &h.core->regs.counters;
        if (h.stall == 0 && total.cycles != real->cycles)
            fail_msg("seed %llu, program %u: %llu cycles, predicted %llu", (unsigned long long)seed, i,
                     (unsigned long long)real->cycles, (unsigned long long)total.cycles);
        assert_int_equal(total.vectors, real->vectors);
        assert_int_equal(total.row_ops, real->row_ops);
    }
    close_host(&h);
}

static void legal(void **state)
{
    core_rng *r = *state;
    static const teq_array_engine engines[] = {TEQ_ARRAY_SHIFT, TEQ_ARRAY_SELECT, TEQ_ARRAY_BOOTH, TEQ_ARRAY_BW};
    static const unsigned shapes[][2] = {{4, 4}, {8, 8}, {4, 8}, {8, 4}, {16, 16}};
    for (unsigned e = 0; e < 4; e++)
        for (unsigned s = 0; s < 5; s++) {
            const teq_core_params p = core_of(engines[e], shapes[s][0], shapes[s][1]);
            programs(&p, core_draw(r), s == 0 ? 40 : s == 4 ? 3 : 10);
        }
}

static void illegal(void **state)
{
    core_rng *r = *state;
    host h;
    const teq_core_params p = core_of(TEQ_ARRAY_SHIFT, 4, 4);
    const uint64_t seed = core_draw(r);
    unsigned met[TEQ_ERROR_CAUSE_PSUM + 1] = {0};
    open_host(&h, &p, seed);
    for (unsigned i = 0; i < 400; i++) {
        const unsigned cause = 1 + core_draw(&h.gen.rng) % TEQ_ERROR_CAUSE_PSUM;
        do
            core_gen_program(&h.gen);
        while (!core_gen_spoil(&h.gen, cause));
        load_image(&h, false);
        const unsigned got = run_program(&h), read = interpret(&h);
        if (got != cause && (got != 0 || read != 0))
            fail_msg("seed %llu, program %u: %s, interpreter %s, expected %s", (unsigned long long)seed, i,
                     teq_core_cause_name(got), teq_core_cause_name(read), teq_core_cause_name(cause));
        met[cause] += got == cause;
        if (got) {
            h.in.s_axis_x_tvalid = false;
            write_register(&h, TEQ_REG_CONTROL, TEQ_CONTROL_RESET_MASK);
            assert_int_equal(h.core->sequencer.state, TEQ_CORE_IDLE);
            assert_true(h.core->image.valid);
        }
        h.gen.act_known = h.gen.tables_known = false;
    }
    for (unsigned cause = 1; cause <= TEQ_ERROR_CAUSE_PSUM; cause++)
        if (met[cause] < 5)
            fail_msg("%s: met %u times", teq_core_cause_name(cause), met[cause]);
    close_host(&h);
}

int main(void)
{
    core_rng r;
    core_seed(&r);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(legal, &r), cmocka_unit_test_prestate(illegal, &r)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
