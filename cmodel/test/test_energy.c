/* SPDX-License-Identifier: Apache-2.0
 *
 * The quantizer's model of energy: what it counts, against the same counted pixel by pixel, and
 * what it says of zeros.
 */
#include "quant_check.h"
#include "../quant/random.h"

#include "teq/energy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, CHANNELS = 3, OUTPUTS = 5, TAPS = 9, EXP_BITS = 4 };

/* One 3 x 3 convolution of known codes: 256 pixels in all, so that each is one of the neighbours. */
typedef struct one_layer {
    teq_qnet net;
    teq_qtensor tensor[1];
    teq_qlayer step[1];
    int in[1];
    uint8_t code[OUTPUTS * CHANNELS * TAPS];
    uint8_t x[4 * CHANNELS * SIDE * SIDE];
} one_layer;

static void make(one_layer *l, const char *target, uint64_t *random)
{
    *l = (one_layer){.in = {0}};
    assert_true(teq_target_find(target, &l->net.target));
    bool is_int = l->net.target.arith == TEQ_ARITH_INT;
    l->tensor[0] = (teq_qtensor){.c = CHANNELS, .h = SIDE, .w = SIDE, .size = CHANNELS * SIDE * SIDE, .n = 5,
                                 .step48 = is_int ? 0 : 12, .alpha = 1};
    l->step[0] = (teq_qlayer){.op = TEQ_QOP_DOT, .n_in = 1, .in = l->in, .res = -1, .out = -1, .c = CHANNELS, .h = SIDE,
                              .w = SIDE, .n_out = OUTPUTS, .oh = SIDE, .ow = SIDE, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1,
                              .dw = 1, .pt = 1, .pl = 1, .pb = 1, .pr = 1, .group = 1, .k = CHANNELS * TAPS, .n_w = EXP_BITS,
                              .K = is_int ? 0 : 4, .terms = 1, .code = l->code};
    l->net.n_tensors = l->net.n_steps = 1;
    l->net.tensor = l->tensor;
    l->net.step = l->step;
    for (size_t i = 0; i < sizeof l->code; i++)
        l->code[i] = (uint8_t)(teq_random_next(random) & 31);
    for (size_t i = 0; i < sizeof l->x; i++)
        l->x[i] = (uint8_t)(teq_random_next(random) & 31);
}

static unsigned bits(uint32_t v)
{
    unsigned n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

/* Products of all weights, pixel after pixel as they follow each other in the file. */
static double count(const one_layer *l)
{
    double sum = 0;
    int zero = l->net.target.arith == TEQ_ARITH_INT ? 0 : 31;
    for (int o = 0; o < OUTPUTS; o++)
        for (int i = 0; i < CHANNELS * TAPS; i++) {
            int e = l->code[o * CHANNELS * TAPS + i] & 15;
            for (int sample = 0; sample < 4; sample++)
                for (int p = 0; p < SIDE * SIDE; p++) {
                    const uint8_t *x = l->x + (sample * CHANNELS + i / TAPS) * SIDE * SIDE;
                    int before = p ? x[p - 1] : zero;
                    sum += bits(teq_qlayer_product(&l->net, l->step, e, x[p]) ^ teq_qlayer_product(&l->net, l->step, e, before));
                }
        }
    return sum / 4;
}

static void counts(void **state)
{
    (void)state;
    static const char *const targets[] = {"shift4", "shift5", "int8", "int5"};
    uint64_t random = 1;
    for (size_t t = 0; t < sizeof targets / sizeof *targets; t++) {
        static one_layer l;
        make(&l, targets[t], &random);
        teq_energy_terms terms;
        assert_true(teq_energy_count(&l.net, 0, l.x, 4, &terms));
        /* 5 outputs in 32 columns: six pixels in a vector; a window of 3 x 8 with 3 channels in 6 tiles */
        assert_true(terms.vectors == 6 * SIDE * 2 && terms.loads == 6);
        double want = count(&l);
        if (!(terms.products > want * (1 - 1e-9) && terms.products < want * (1 + 1e-9)))
            fail_msg("%s: %g bits of products change, got %g", targets[t], want, terms.products);
        assert_true(terms.rows > 0);
    }
}

/* Zeros move nothing, and neither do codes that stay. */
static void nothing_moves(void **state)
{
    (void)state;
    static one_layer l;
    uint64_t random = 2;
    teq_energy_terms terms;
    make(&l, "shift4", &random);
    memset(l.x, 31, sizeof l.x);
    assert_true(teq_energy_count(&l.net, 0, l.x, 4, &terms));
    assert_true(terms.rows == 0 && terms.products == 0 && terms.loads > 0);
    make(&l, "shift4", &random);
    memset(l.code, 15, sizeof l.code);
    assert_true(teq_energy_count(&l.net, 0, l.x, 4, &terms));
    assert_true(terms.rows > 0 && terms.products == 0);
    memset(l.x, 3, sizeof l.x);
    memset(l.code, 0, sizeof l.code);
    assert_true(teq_energy_count(&l.net, 0, l.x, 4, &terms));
    /* the first pixel of a sample alone */
    double once = CHANNELS * TAPS * OUTPUTS * (double)bits(teq_qlayer_product(&l.net, l.step, 0, 3));
    assert_true(terms.products == once);
}

static void models(void **state)
{
    (void)state;
    teq_target shift4, shift5, none, int8;
    assert_true(teq_target_find("shift4", &shift4) && teq_target_find("shift5", &shift5) && teq_target_find("none", &none) &&
                teq_target_find("int8", &int8));
    const teq_energy_model *m = teq_energy_find(&shift4);
    assert_non_null(m);
    assert_string_equal(m->target, "shift4");
    assert_non_null(teq_energy_find(&shift5));
    assert_string_equal(teq_energy_find(&int8)->target, "int8");
    assert_null(teq_energy_find(&none));
    teq_energy_terms terms = {1, 2, 3, 4};
    assert_true(teq_energy_pj(m, &terms) == m->vector + 2 * m->load + 3 * m->row + 4 * m->product);
}

/* With much loss allowed, the embedded network has dead zones: thresholds of several levels that are
 * raised to one. Without the objective there are none. */
static int raised(teq_objective objective)
{
    teq_error err = {0};
    teq_graph *graph = teq_onnx_load(DIGITS ".onnx", &err);
    ok_or_fail(graph != NULL, err);
    size_t n;
    float *x = quant_check_samples(graph, DIGITS "_calib_x.npy", &n);
    teq_quant_options o = teq_quant_defaults();
    o.max_loss = 20;
    o.objective = objective;
    teq_quant_report report;
    teq_qnet *net = teq_quantize(graph, x, n, &o, &report, &err);
    ok_or_fail(net != NULL, err);
    assert_true(objective == TEQ_OBJECTIVE_ENERGY ? report.energy_share < 0.9 : report.energy_share == 0);
    int count = 0;
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        if (l->op != TEQ_QOP_DOT || l->out < 0)
            continue;
        int m = (1 << net->tensor[l->out].n) - 1;
        count += l->th[m - 3] == l->th[m - 1] && l->th[m - 1] * 20 > l->th[0];
    }
    teq_qnet_free(net);
    teq_graph_free(graph);
    free(x);
    return count;
}

static void dead_zones(void **state)
{
    (void)state;
    assert_true(raised(TEQ_OBJECTIVE_ENERGY) > 0);
    assert_int_equal(raised(TEQ_OBJECTIVE_CYCLES), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(nothing_moves), cmocka_unit_test(models),
                                       cmocka_unit_test(dead_zones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
