/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver against the cycle model, errors included, and image files: what is written
 * comes back, what is damaged is refused.
 */
#include "random_qnet.h"
#include "teq/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t seed = 1;

static int seed_from_environment(void **state)
{
    (void)state;
    const char *text = getenv("TEQ_SEED");
    seed = text ? strtoull(text, NULL, 0) : 1;
    print_message("seed %llu\n", (unsigned long long)seed);
    return 0;
}

/* A small network, compiled; its codes for one sample and the words that they must give. */
typedef struct net {
    teq_qnet *q;
    teq_compiled *c;
    uint8_t *codes, *bytes;
    int16_t *want, *got;
    uint32_t *beats;
    teq_core *core;
    teq_session s;
} net;

static void cycle(void *context, const teq_core_in *in, teq_core_out *out)
{
    teq_core_step(context, in);
    teq_core_outputs(context, out);
}

static void start(net *n)
{
    static const random_qnet_options small = {.steps = 2, .size = 8, .channels = 9};
    teq_target t;
    teq_core_params p;
    teq_error err = {0};
    uint64_t state = seed;
    assert_true(teq_target_find("shift4", &t) && teq_core_preset("8x8", &p));
    n->q = random_qnet(&state, &t, &small);
    assert_non_null(n->q);
    n->c = teq_compile(n->q, &p, NULL, &err);
    if (!n->c)
        fail_msg("%s", err.message);
    n->codes = malloc(n->q->tensor[n->q->input].size);
    n->bytes = malloc(teq_compiled_input_size(n->c));
    n->want = calloc((size_t)n->q->n_classes, sizeof *n->want);
    n->got = calloc((size_t)n->q->n_classes, sizeof *n->got);
    n->beats = calloc(n->c->n_out_beats, sizeof *n->beats);
    n->core = teq_core_new(&p, &err);
    assert_true(n->codes && n->bytes && n->want && n->got && n->beats && n->core);
    random_qnet_input(&state, n->q, 1, n->codes);
    teq_compiled_input(n->c, n->codes, n->bytes);
    const teq_qrun_options one = {.threads = 1};
    assert_true(teq_qnet_run(n->q, 1, n->codes, NULL, 0, n->want, &one, &err));
    const teq_session_clock clock = {cycle, n->core};
    if (!teq_session_begin(&n->s, &clock, &err))
        fail_msg("%s", err.message);
}

static void end(net *n)
{
    teq_core_free(n->core);
    teq_compiled_free(n->c);
    teq_qnet_free(n->q);
    free(n->codes);
    free(n->bytes);
    free(n->want);
    free(n->got);
    free(n->beats);
}

static void run_and_compare(net *n, bool by_port)
{
    teq_error err = {0};
    teq_driver_counters count;
    memset(n->beats, 0, n->c->n_out_beats * sizeof *n->beats);
    if (!teq_session_run(&n->s, n->c, n->bytes, by_port, n->beats, &count, &err))
        fail_msg("%s", err.message);
    teq_compiled_output(n->c, n->beats, n->got);
    assert_memory_equal(n->got, n->want, (size_t)n->q->n_classes * sizeof *n->got);
    if (!by_port)
        assert_int_equal(count.cycles, n->c->cycles);
}

static void all_ways(void **state)
{
    (void)state;
    net n;
    teq_error err = {0};
    start(&n);
    for (int way = 0; way < 4; way++) {
        n.s.use_irq = way & 1;
        if (!teq_session_load(&n.s, n.c, way & 2, &err))
            fail_msg("%s", err.message);
        run_and_compare(&n, way & 2);
        run_and_compare(&n, way & 2); /* the image is still there */
    }
    end(&n);
}

/* A run given up while its output is on offer: the next one gives its own. */
static void give_up(net *n)
{
    teq_driver *d = &n->s.driver;
    const size_t words = teq_compiled_input_size(n->c) / 4;
    uint32_t *in = calloc(words, sizeof *in);
    assert_non_null(in);
    for (size_t i = 0; i < 4 * words; i++)
        in[i / 4] |= (uint32_t)n->bytes[i] << 8 * (i % 4);
    assert_int_equal(teq_driver_start(d), TEQ_DRIVER_OK);
    assert_int_equal(teq_driver_input(d, in, words), TEQ_DRIVER_OK);
    while (!(d->read(d->context, TEQ_REG_STATUS) & TEQ_STATUS_OUTPUT_VALID_MASK))
        ;
    teq_driver_reset(d);
    assert_true(d->read(d->context, TEQ_REG_STATUS) & TEQ_STATUS_OUTPUT_VALID_MASK);
    assert_int_equal(teq_driver_infer(d, in, words, n->beats, n->c->n_out_beats), TEQ_DRIVER_OK);
    teq_compiled_output(n->c, n->beats, n->got);
    assert_memory_equal(n->got, n->want, (size_t)n->q->n_classes * sizeof *n->got);
    free(in);
}

/* Everything that the driver can be told that goes wrong, and that it works afterwards. */
static void errors(void **state)
{
    (void)state;
    net n;
    teq_error err = {0};
    start(&n);
    teq_driver *d = &n.s.driver;
    assert_int_equal(teq_driver_start(d), TEQ_DRIVER_NO_IMAGE);
    assert_int_equal(teq_driver_load(d, n.c->beat, 0), TEQ_DRIVER_ARGUMENT);
    uint32_t *bad = malloc(n.c->n_beats * sizeof *bad);
    assert_non_null(bad);
    memcpy(bad, n.c->beat, n.c->n_beats * sizeof *bad);
    bad[n.c->n_beats - 3] ^= 4;
    assert_int_equal(teq_driver_load(d, bad, n.c->n_beats), TEQ_DRIVER_CORE);
    assert_string_equal(teq_driver_cause_name(d->cause), "SUM");
    teq_driver_reset(d);
    memcpy(bad, n.c->beat, n.c->n_beats * sizeof *bad);
    bad[2] ^= 1; /* CONFIG0 */
    assert_int_equal(teq_driver_load(d, bad, n.c->n_beats), TEQ_DRIVER_CORE);
    assert_string_equal(teq_driver_cause_name(d->cause), "CONFIG");
    teq_driver_reset(d);
    free(bad);
    assert_int_equal(teq_driver_load(d, n.c->beat, n.c->n_beats), TEQ_DRIVER_OK);
    assert_int_equal(teq_driver_start(d), TEQ_DRIVER_OK);
    assert_int_equal(teq_driver_start(d), TEQ_DRIVER_BUSY);
    assert_int_equal(teq_driver_load(d, n.c->beat, n.c->n_beats), TEQ_DRIVER_BUSY);
    d->patience = 50;
    assert_int_equal(teq_driver_wait(d), TEQ_DRIVER_TIMEOUT); /* it has no input */
    d->patience = 1u << 24;
    teq_driver_reset(d);
    run_and_compare(&n, true);
    run_and_compare(&n, false);
    give_up(&n);
    run_and_compare(&n, true);
    d->write(d->context, TEQ_REG_CONTROL, TEQ_CONTROL_START_MASK);
    d->write(d->context, TEQ_REG_CONTROL, TEQ_CONTROL_START_MASK);
    assert_int_equal(teq_driver_start(d), TEQ_DRIVER_CORE);
    assert_string_equal(teq_driver_cause_name(d->cause), "START");
    teq_driver_reset(d);
    run_and_compare(&n, true);
    (void)err;
    end(&n);
}

static uint32_t read_nothing(void *context, uint32_t offset)
{
    (void)context;
    return offset == 0 ? 0x54455131u : 0xffffffffu;
}

static void write_nothing(void *context, uint32_t offset, uint32_t value) { (void)context, (void)offset, (void)value; }

static void other_cores(void **state)
{
    (void)state;
    uint32_t nothing[64] = {0};
    teq_driver d = {.base = nothing};
    assert_int_equal(teq_driver_open(&d), TEQ_DRIVER_NO_CORE);
    d = (teq_driver){.read = read_nothing, .write = write_nothing};
    assert_int_equal(teq_driver_open(&d), TEQ_DRIVER_VERSION);
    for (int s = TEQ_DRIVER_OK; s <= TEQ_DRIVER_ARGUMENT; s++)
        assert_true(strlen(teq_driver_status_text((teq_driver_status)s)) > 1);
    assert_string_equal(teq_driver_cause_name(99), "unknown");
    assert_string_equal(teq_driver_cause_name(17), "PORT");
}

/* --- files ------------------------------------------------------------------------------------ */

static void files(void **state)
{
    (void)state;
    net n;
    teq_error err = {0};
    char path[] = "/tmp/teq_image_XXXXXX";
    start(&n);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_true(teq_compiled_write(n.c, path, &err));
    teq_compiled *c = teq_compiled_read(path, &err);
    if (!c)
        fail_msg("%s", err.message);
    assert_int_equal(c->n_beats, n.c->n_beats);
    assert_memory_equal(c->beat, n.c->beat, c->n_beats * sizeof *c->beat);
    assert_memory_equal(c->out_index, n.c->out_index, 2 * c->n_out_beats * sizeof *c->out_index);
    assert_int_equal(c->cycles, n.c->cycles);
    assert_string_equal(c->layer[0].how, n.c->layer[0].how);
    c->out_index[1] = c->out_index[0];
    assert_true(teq_compiled_write(c, path, &err));
    assert_null(teq_compiled_read(path, &err));
    assert_non_null(strstr(err.message, "comes twice"));
    c->out_index[1] = n.c->out_index[1], c->n_lines = 1u << 20;
    assert_true(teq_compiled_write(c, path, &err));
    assert_null(teq_compiled_read(path, &err));
    assert_non_null(strstr(err.message, "input"));
    teq_compiled_free(c);
    assert_true(teq_compiled_write(n.c, path, &err));
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    static uint8_t bytes[1 << 20];
    const size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    assert_null(teq_compiled_parse(bytes, size - 1, "short", &err));
    assert_non_null(strstr(err.message, "cut short or damaged"));
    bytes[40] ^= 1;
    assert_null(teq_compiled_parse(bytes, size, "damaged", &err));
    bytes[40] ^= 1, bytes[8] = 9;
    assert_null(teq_compiled_parse(bytes, size, "newer", &err));
    assert_non_null(strstr(err.message, "version 9, expected 5"));
    bytes[0] = 'x';
    assert_null(teq_compiled_parse(bytes, size, "other", &err));
    assert_non_null(strstr(err.message, "no image file"));
    unlink(path);
    end(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_ways), cmocka_unit_test(errors), cmocka_unit_test(other_cores),
                                       cmocka_unit_test(files)};
    return cmocka_run_group_tests_name("driver", tests, seed_from_environment, NULL);
}
