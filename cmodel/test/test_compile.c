/* SPDX-License-Identifier: Apache-2.0
 *
 * The compiler against the integer executor: random networks on cores of many shapes, their
 * programs run by the interpreter of docs/core.md and on the cycle model, whose cycles must be
 * the predicted ones; what is refused, and how.
 */
#include "random_qnet.h"
#include "teq/compile.h"
#include "teq/interpret.h"
#include "teq/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state, first_seed;

static int seed_from_environment(void **state)
{
    (void)state;
    const char *seed = getenv("TEQ_SEED");
    first_seed = random_state = seed ? strtoull(seed, NULL, 0) : 1;
    print_message("seed %llu\n", (unsigned long long)first_seed);
    return 0;
}

/* --- one network -------------------------------------------------------------------------- */

/* Beats that the array is given, counted. */
typedef struct tally {
    uint64_t vectors, loads;
} tally;

static void count_weights(void *context, const uint8_t *slot, unsigned w_n, unsigned w_shift)
{
    (void)slot, (void)w_n, (void)w_shift;
    ((tally *)context)->loads++;
}

static void count_vectors(void *context, const uint8_t *code, const teq_array_user *user, bool last)
{
    (void)code, (void)user, (void)last;
    ((tally *)context)->vectors++;
}

/* Words of the program by the interpreter. */
static void interpret(const teq_compiled *c, const uint8_t *codes, int16_t *words)
{
    const teq_core_params *p = &c->core;
    teq_error err = {0};
    uint64_t *prg = calloc(p->prg_words, sizeof *prg);
    uint8_t *wgt = calloc((size_t)p->wgt_words, teq_core_slots(p)), *in = malloc(teq_compiled_input_size(c));
    uint8_t *line = malloc((size_t)c->n_lines * c->line_len);
    uint16_t *act = calloc(teq_core_elements(p), sizeof *act);
    uint32_t *beats = calloc(c->n_out_beats, sizeof *beats);
    assert_true(prg && wgt && in && line && act && beats);
    if (!teq_image_load(c->beat, c->n_beats, p, prg, wgt, &err))
        fail_msg("%s", err.message);
    teq_compiled_input(c, codes, in);
    const size_t padded = (c->line_len + 3u) & ~3u;
    for (uint32_t i = 0; i < c->n_lines; i++)
        memcpy(line + (size_t)i * c->line_len, in + i * padded, c->line_len);
    tally n = {0};
    const teq_beats beats_of = {.context = &n, .weights = count_weights, .vector = count_vectors};
    teq_interpreter it = {.beats = &beats_of, .params = p, .prg = prg, .wgt = wgt, .act = act, .in = line, .n_in = (size_t)c->n_lines * c->line_len};
    if (!teq_interpret(&it, &err))
        fail_msg("seed %llu: %s", (unsigned long long)first_seed, err.message);
    assert_int_equal(it.in_at, it.n_in);
    size_t at = 0; /* the interpreter gives words without the gaps of odd vectors */
    for (uint32_t i = 0; i < 2 * c->n_out_beats; i++)
        if (c->out_index[i] != TEQ_COMPILED_NO_WORD) {
            assert_true(at < it.n_out);
            beats[i / 2] |= (uint32_t)(uint16_t)it.out[at++] << 16 * (i % 2);
        }
    assert_int_equal(at, it.n_out);
    teq_compiled_output(c, beats, words);
    for (uint32_t i = 0; i < c->n_layers; i++) {
        n.vectors -= strcmp(c->layer[i].kind, "max") ? c->layer[i].vectors : 0;
        n.loads -= c->layer[i].loads;
    }
    assert_int_equal(n.vectors, 0);
    assert_int_equal(n.loads, 0);
    teq_interpret_free(&it);
    free(prg);
    free(wgt);
    free(in);
    free(line);
    free(act);
    free(beats);
}

static void model_cycle(void *context, const teq_core_in *in, teq_core_out *out)
{
    teq_core_step(context, in);
    teq_core_outputs(context, out);
}

/* Words of the program on the cycle model; its cycles must be the predicted ones, twice. */
static void simulate(const teq_compiled *c, const uint8_t *codes, int16_t *words, uint64_t seed)
{
    teq_error err = {0};
    teq_core *core = teq_core_new(&c->core, &err);
    const teq_session_clock clock = {model_cycle, core};
    teq_session s;
    uint8_t *bytes = malloc(teq_compiled_input_size(c));
    uint32_t *beats = calloc(c->n_out_beats, sizeof *beats);
    assert_true(core && bytes && beats);
    teq_compiled_input(c, codes, bytes);
    if (!teq_session_begin(&s, &clock, &err) || !teq_session_load(&s, c, false, &err))
        fail_msg("network of seed %llu: %s", (unsigned long long)seed, err.message);
    for (int i = 0; i < 2; i++) {
        teq_driver_counters count;
        if (!teq_session_run(&s, c, bytes, false, beats, &count, &err))
            fail_msg("network of seed %llu: %s", (unsigned long long)seed, err.message);
        if (count.cycles != c->cycles)
            fail_msg("network of seed %llu: %llu cycles, predicted %llu", (unsigned long long)seed,
                     (unsigned long long)count.cycles, (unsigned long long)c->cycles);
    }
    teq_compiled_output(c, beats, words);
    free(bytes);
    free(beats);
    teq_core_free(core);
}

/* Compile, interpret, compare with the executor. NULL if it is refused. */
static teq_compiled *check(const teq_qnet *net, const teq_core_params *p, teq_unfold unfold, uint64_t seed)
{
    teq_error err = {0};
    const teq_compile_options options = {.unfold = unfold};
    teq_compiled *c = teq_compile(net, p, &options, &err);
    if (!c)
        return print_message("network of seed %llu: %s\n", (unsigned long long)seed, err.message), NULL;
    uint8_t *codes = malloc(net->tensor[net->input].size);
    int16_t *want = calloc((size_t)net->n_classes, sizeof *want), *got = calloc((size_t)net->n_classes, sizeof *got);
    assert_true(codes && want && got);
    random_qnet_input(&random_state, net, 1, codes);
    const teq_qrun_options one = {.threads = 1};
    assert_true(teq_qnet_run(net, 1, codes, NULL, 0, want, &one, &err));
    if (c->macs < 1000000) /* the interpreter is slow; the cycle model below is not */
        interpret(c, codes, got);
    else
        memcpy(got, want, (size_t)net->n_classes * sizeof *got);
    for (int i = 0; i < net->n_classes; i++)
        if (got[i] != want[i]) {
            teq_compiled_list(c, stderr);
            fail_msg("network of seed %llu, output %d: expected %d, got %d", (unsigned long long)seed, i, want[i], got[i]);
        }
    memset(got, 0, (size_t)net->n_classes * sizeof *got);
    simulate(c, codes, got, seed);
    assert_memory_equal(got, want, (size_t)net->n_classes * sizeof *got);
    free(codes);
    free(want);
    free(got);
    return c;
}

/* --- random networks ------------------------------------------------------------------------ */

static teq_core_params core_of(const char *shape, const char *target, teq_target *t)
{
    teq_core_params p;
    assert_true(teq_core_preset(shape, &p) && teq_target_find(target, t));
    p.act_words = 1u << 14, p.wgt_words = 1u << 16, p.prg_words = 1u << 16;
    p.array.n_max = t->caps.n_max;
    if (t->arith == TEQ_ARITH_INT) {
        p.array.engine = TEQ_ARRAY_BOOTH;
        p.array.n_max = (uint8_t)(t->caps.n_max - 1);
        p.array.na_max = t->caps.na_max;
        p.array.acc_w = t->caps.acc_w;
    }
    return p;
}

/* Layers whose vectors are chained. */
static int chains(const teq_compiled *c)
{
    int n = 0;
    for (uint32_t i = 0; c && i < c->n_layers; i++)
        n += strncmp(c->layer[i].how, "chain", 5) == 0;
    return n;
}

static int unfolded_inputs; /* of all networks so far */

/* options NULL: separable ones. Returns the number of chained layers. */
static int random_networks(const char *shape, const char *target, const random_qnet_options *o, int n, unsigned depth)
{
    teq_target t;
    teq_core_params p = core_of(shape, target, &t);
    p.array.psum_depth = (uint16_t)depth;
    int compiled = 0, chained = 0, unfolded = 0;
    for (int i = 0; i < n; i++) {
        const uint64_t seed = random_state = first_seed * 1000003 + (uint64_t)i;
        teq_qnet *net = o ? random_qnet(&random_state, &t, o) : random_separable(&random_state, &t);
        teq_error err = {0};
        assert_non_null(net);
        if (!teq_qnet_check(net, &err))
            fail_msg("seed %llu: the network itself: %s", (unsigned long long)seed, err.message);
        teq_compiled *c = check(net, &p, i % 2 ? TEQ_UNFOLD_VECTORS : TEQ_UNFOLD_CYCLES, seed);
        compiled += c != NULL;
        chained += chains(c);
        unfolded += c && c->n_taps > 1;
        teq_compiled_free(c);
        teq_qnet_free(net);
    }
    unfolded_inputs += unfolded;
    print_message("%s %s: %d of %d networks compiled, %d layers chained, %d inputs unfolded\n", shape, target, compiled, n, chained,
                  unfolded);
    if (compiled < n * 9 / 10)
        fail_msg("%d of %d networks compiled", compiled, n);
    return chained;
}

static const random_qnet_options small = {.steps = 3, .size = 9, .channels = 20};
static const random_qnet_options narrow = {.steps = 1, .size = 7, .channels = 8};
static const random_qnet_options wide = {.steps = 2, .size = 30, .channels = 40};
static const random_qnet_options depthwise = {.steps = 6, .size = 26, .channels = 18, .depthwise_only = true};

static void shift4_16x16(void **state) { (void)state; random_networks("16x16", "shift4", &small, 150, 128); }
static void shift4_wide(void **state) { (void)state; random_networks("16x16", "shift4", &wide, 40, 128); }
static void shift4_shallow(void **state) { (void)state; random_networks("16x16", "shift4", &small, 100, 4); }
static void shift4_depthwise(void **state) { (void)state; random_networks("16x16", "shift4", &depthwise, 60, 128); }
static void shift4_4x4(void **state) { (void)state; random_networks("4x4", "shift4", &small, 100, 64); }
static void shift5_8x8(void **state) { (void)state; random_networks("8x8", "shift5", &small, 100, 64); }
static void shift4_16x32(void **state) { (void)state; random_networks("16x32", "shift4", &small, 60, 128); }
static void shift4_chains(void **state) { (void)state; assert_true(random_networks("16x32", "shift4", NULL, 120, 128) >= 5); }
static void int8_chains(void **state) { (void)state; assert_true(random_networks("16x32", "int8", NULL, 120, 128) >= 5); }
static void shift4_32x32(void **state) { (void)state; random_networks("32x32", "shift4", &depthwise, 30, 128); }
static void int8_16x16(void **state) { (void)state; random_networks("16x16", "int8", &small, 100, 128); }
static void int5_8x8(void **state) { (void)state; random_networks("8x8", "int5", &depthwise, 30, 128); }

/* A core of little: what wants more is refused with the name of it, all else runs. */
static void shift4_bare(void **state)
{
    (void)state;
    teq_target t;
    teq_core_params p = core_of("4x4", "shift4", &t);
    p.array.psum_depth = 64, p.array.load_cols = 1, p.array.serial = true;
    p.act_words = 1u << 13, p.wgt_words = p.prg_words = 1u << 15, p.reach = 16;
    p.residual = p.indirect = p.maximum = p.counters = p.array.chain = false;
    int compiled = 0, refused = 0, i;
    for (i = 0; i < 300 && (compiled < 40 || refused < 10); i++) {
        const uint64_t seed = random_state = first_seed * 1000003 + (uint64_t)i;
        teq_qnet *net = random_qnet(&random_state, &t, i % 2 ? &small : &narrow);
        teq_error err = {0};
        assert_non_null(net);
        bool adds = false, pools = false;
        for (int k = 0; k < net->n_steps; k++) {
            adds |= net->step[k].op == TEQ_QOP_DOT && net->step[k].res >= 0;
            pools |= net->step[k].op == TEQ_QOP_MAXPOOL;
        }
        if (adds || pools) {
            assert_null(teq_compile(net, &p, NULL, &err));
            if (!(adds && strstr(err.message, "RESIDUAL 0")) && !(pools && strstr(err.message, "MAXIMUM 0")))
                fail_msg("network of seed %llu: %s", (unsigned long long)seed, err.message);
            refused++;
        } else {
            teq_compiled *c = check(net, &p, TEQ_UNFOLD_CYCLES, seed);
            compiled += c != NULL;
            teq_compiled_free(c);
        }
        teq_qnet_free(net);
    }
    print_message("4x4 bare: %d of %d networks compiled, %d refused for what the core has not\n", compiled, i, refused);
    if (compiled < 40 || refused < 10 || 10 * (compiled + refused) < 9 * i)
        fail_msg("%d compiled, %d refused of %d", compiled, refused, i);
}

/* --- the unfolded input ---------------------------------------------------------------------- */

/* The networks above had some, their words were those of the executor. */
static void unfolded(void **state)
{
    (void)state;
    assert_true(unfolded_inputs >= 20);
}

/* A window of three rows: the better of both ways for either purpose, and none if it is not asked for. */
static void unfold_chooses_for(const char *target)
{
    teq_target t;
    teq_core_params p = core_of("16x16", target, &t);
    random_state = first_seed;
    teq_qnet *net = random_mobilenet(&random_state, &t, 32);
    assert_non_null(net);
    uint64_t cycles[3], vectors[3];
    uint32_t taps[3];
    for (int i = 0; i < 3; i++) {
        teq_compiled *c = check(net, &p, (teq_unfold)i, first_seed);
        assert_non_null(c);
        cycles[i] = c->cycles, taps[i] = c->n_taps;
        vectors[i] = teq_compiled_vectors(c);
        assert_int_equal(c->c, 3);
        assert_int_equal(c->h, 32);
        assert_int_equal(c->rows, taps[i] > 1 ? 16 : 32);
        teq_compiled_free(c);
    }
    teq_qnet_free(net);
    print_message("MobileNet 32x32, %s, cycles / vectors / never: %llu / %llu / %llu cycles, %llu / %llu / %llu vectors\n", target,
                  (unsigned long long)cycles[0], (unsigned long long)cycles[1], (unsigned long long)cycles[2],
                  (unsigned long long)vectors[0], (unsigned long long)vectors[1], (unsigned long long)vectors[2]);
    assert_int_equal(taps[TEQ_UNFOLD_VECTORS], 3);
    assert_int_equal(taps[TEQ_UNFOLD_NEVER], 1);
    assert_true(vectors[TEQ_UNFOLD_VECTORS] < vectors[TEQ_UNFOLD_NEVER]);
    assert_true(cycles[TEQ_UNFOLD_CYCLES] <= cycles[TEQ_UNFOLD_NEVER] && cycles[TEQ_UNFOLD_CYCLES] <= cycles[TEQ_UNFOLD_VECTORS]);
}

static void unfold_chooses(void **state)
{
    (void)state;
    unfold_chooses_for("shift4");
    unfold_chooses_for("int8");
}

/* --- ties ------------------------------------------------------------------------------------ */

/* With both ways of settling ties there are no more cycles, or no more vectors, than with one. */
static void ties(void **state)
{
    (void)state;
    teq_target t;
    teq_core_params p = core_of("64x32", "shift4", &t);
    int fewer = 0, quicker = 0;
    for (int i = 0; i < 20; i++) {
        random_state = first_seed * 1000003 + (uint64_t)i;
        teq_qnet *net = random_qnet(&random_state, &t, &depthwise);
        assert_non_null(net);
        uint64_t vectors[3], cycles[3]; /* fewest vectors, fewest cycles, the first */
        static const teq_compile_options ways[3] = {{.unfold = TEQ_UNFOLD_VECTORS}, {.unfold = TEQ_UNFOLD_CYCLES}, {.ties_first = true}};
        for (int way = 0; way < 3; way++) {
            teq_error err = {0};
            teq_compiled *c = teq_compile(net, &p, &ways[way], &err);
            if (!c)
                fail_msg("seed %llu, network %d: %s", (unsigned long long)first_seed, i, err.message);
            vectors[way] = teq_compiled_vectors(c);
            cycles[way] = c->cycles;
            teq_compiled_free(c);
        }
        if (vectors[0] > vectors[2] || vectors[0] > vectors[1] || cycles[1] > cycles[0] || cycles[1] > cycles[2])
            fail_msg("seed %llu, network %d: vectors %llu, %llu, %llu: expected the first to be least; cycles %llu, %llu, %llu: expected the second",
                     (unsigned long long)first_seed, i, (unsigned long long)vectors[0], (unsigned long long)vectors[1],
                     (unsigned long long)vectors[2], (unsigned long long)cycles[0], (unsigned long long)cycles[1], (unsigned long long)cycles[2]);
        fewer += vectors[0] < vectors[2];
        quicker += cycles[1] < cycles[2];
        teq_qnet_free(net);
    }
    print_message("both ways of settling ties: fewer vectors in %d, fewer cycles in %d of 20 networks\n", fewer, quicker);
    assert_true(fewer >= 5);
}

/* --- refusals ------------------------------------------------------------------------------- */

/* The size that is asked for is enough, one word less is not. */
static void memories(void **state)
{
    (void)state;
    teq_target t;
    teq_core_params p = core_of("16x16", "shift4", &t);
    random_state = first_seed;
    teq_qnet *net = random_mobilenet(&random_state, &t, 32);
    assert_non_null(net);
    teq_core_params q = p;
    teq_error err = {0};
    struct {
        size_t at;
        const char *name;
    } need[] = {{offsetof(teq_core_params, act_words), "ACT_WORDS"}, {offsetof(teq_core_params, wgt_words), "WGT_WORDS"},
                {offsetof(teq_core_params, prg_words), "PRG_WORDS"}};
    for (size_t i = 0; i < 3; i++) {
        q = p;
        uint32_t *words = (uint32_t *)((char *)&q + need[i].at);
        *words = 16;
        assert_null(teq_compile(net, &q, NULL, &err));
        const char *at = strstr(err.message, need[i].name);
        unsigned n = 0;
        if (!at || sscanf(at + strlen(need[i].name), " %u", &n) != 1)
            fail_msg("no size in \"%s\"", err.message);
        for (unsigned less = 0; less < 2; less++) {
            *words = n - less;
            teq_compiled *c = teq_compile(net, &q, NULL, &err);
            if ((c != NULL) != (less == 0))
                fail_msg("%s %u: %s", need[i].name, n - less, c ? "compiles" : err.message);
            teq_compiled_free(c);
        }
    }
    teq_qnet_free(net);
}

static void refuse(const teq_qnet *net, const teq_core_params *p, const char *why)
{
    teq_error err = {0};
    assert_null(teq_compile(net, p, NULL, &err));
    if (!strstr(err.message, why))
        fail_msg("expected \"%s\", got \"%s\"", why, err.message);
}

static void refusals(void **state)
{
    (void)state;
    teq_target t;
    teq_core_params p = core_of("16x16", "shift4", &t), q = p;
    random_state = first_seed;
    teq_qnet *net = random_mobilenet(&random_state, &t, 16);
    assert_non_null(net);
    q.array.n_max = 5;
    refuse(net, &q, "quantized for target \"shift4\"");
    q = p, q.array.acc_w = 18;
    refuse(net, &q, "ACC_W 15), the array is shift");
    q = p, q.array.na_max = 2;
    refuse(net, &q, "the core NA_MAX 2");
    q = p, q.array.load_cols = 3;
    refuse(net, &q, "LOAD_COLS");
    net->tensor[1].n = 9;
    refuse(net, &p, "tensor \"t\"");
    teq_qnet_free(net);
}

/* Numbers that a parameter has no room for, and what is no number. */
static void settings(void **state)
{
    (void)state;
    static const char *const bad[] = {"N_MAX=263", "COLS=65544", "MB=256", "PSUM_DEPTH=65664", "PARITY=2", "REACH=280",
                                      "ACT_WORDS=2097152", "ROWS=-8", "ROWS=", "ROWS=8x", "ROWS", "GATE=1"};
    teq_core_params p = TEQ_CORE_DEFAULT;
    teq_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (teq_core_set(&p, bad[i], &err) || !strstr(err.message, bad[i]))
            fail_msg("%s: expected a refusal that names it, got \"%s\"", bad[i], err.message);
    assert_true(teq_core_set(&p, "PSUM_DEPTH=64", &err) && teq_core_set(&p, "CHAIN=0", &err) && teq_core_set(&p, "REACH=12", &err));
    assert_true(p.array.psum_depth == 64 && !p.array.chain && p.reach == 12);
}

/* The shapes of a network that is not at hand. */
static void mobilenet(void **state)
{
    (void)state;
    teq_target t;
    teq_core_params p = core_of("16x16", "shift4", &t);
    p.array.load_cols = 4;
    teq_qnet *net = random_mobilenet(&random_state, &t, 96);
    teq_error err = {0};
    assert_non_null(net);
    if (!teq_qnet_check(net, &err))
        fail_msg("the network itself: %s", err.message);
    teq_compiled *c = check(net, &p, TEQ_UNFOLD_CYCLES, first_seed);
    assert_non_null(c);
    const double use = (double)c->macs / ((double)c->cycles * 256);
    print_message("MobileNetV1 0.25, 96x96: %llu cycles, utilisation %.3f\n", (unsigned long long)c->cycles, use);
    if (use < 0.45)
        fail_msg("utilisation %.3f, expected at least 0.45", use);
    teq_compiled_free(c);
    teq_qnet_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shift4_16x16), cmocka_unit_test(shift4_wide), cmocka_unit_test(shift4_shallow),
        cmocka_unit_test(shift4_depthwise), cmocka_unit_test(shift4_4x4), cmocka_unit_test(shift5_8x8),
        cmocka_unit_test(shift4_16x32), cmocka_unit_test(shift4_chains), cmocka_unit_test(int8_chains), cmocka_unit_test(shift4_32x32), cmocka_unit_test(int8_16x16),
        cmocka_unit_test(int5_8x8), cmocka_unit_test(shift4_bare), cmocka_unit_test(mobilenet), cmocka_unit_test(unfolded), cmocka_unit_test(unfold_chooses), cmocka_unit_test(ties),
        cmocka_unit_test(memories), cmocka_unit_test(refusals), cmocka_unit_test(settings),
    };
    return cmocka_run_group_tests_name("compile", tests, seed_from_environment, NULL);
}
