/* SPDX-License-Identifier: Apache-2.0
 *
 * .teq files: what is written is read, byte for byte; what is damaged is refused.
 */
#include "quant_check.h"
#include "teq/teqfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static teq_qnet *make(const char *target, teq_graph **graph, float **x, size_t *n)
{
    teq_error err = {0};
    *graph = teq_onnx_load(DIGITS ".onnx", &err);
    ok_or_fail(*graph != NULL, err);
    *x = quant_check_samples(*graph, DIGITS "_calib_x.npy", n);
    teq_quant_options o = teq_quant_defaults();
    assert_true(teq_target_find(target, &o.target));
    o.method = TEQ_METHOD_RANGE;
    if (o.target.arith == TEQ_ARITH_INT) {
        o.method = TEQ_METHOD_INT;
        o.bits = 5;
    }
    teq_qnet *net = teq_quantize(*graph, *x, *n, &o, NULL, &err);
    ok_or_fail(net != NULL, err);
    return net;
}

static uint8_t *slurp(size_t *size)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    uint8_t *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

static void round_trip(const char *target)
{
    teq_error err = {0};
    teq_graph *g;
    float *x;
    size_t n, size_a, size_b;
    teq_qnet *a = make(target, &g, &x, &n);
    ok_or_fail(teq_qnet_write(a, path, &err), err);
    uint8_t *bytes_a = slurp(&size_a);
    teq_qnet *b = teq_qnet_read(path, &err);
    ok_or_fail(b != NULL, err);
    ok_or_fail(teq_qnet_write(b, path, &err), err);
    uint8_t *bytes_b = slurp(&size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    float *ya = teq_qnet_logits(a, x, n, NULL, &err), *yb = teq_qnet_logits(b, x, n, NULL, &err);
    assert_memory_equal(ya, yb, n * 10 * sizeof(float));
    free(ya);
    free(yb);
    free(bytes_a);
    free(bytes_b);
    free(x);
    teq_qnet_free(a);
    teq_qnet_free(b);
    teq_graph_free(g);
}

static void exponential(void **state) { (void)state; round_trip("shift4"); }
static void integer(void **state) { (void)state; round_trip("int5"); }

static void damaged(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_graph *g;
    float *x;
    size_t n, size;
    teq_qnet *net = make("none", &g, &x, &n);
    ok_or_fail(teq_qnet_write(net, path, &err), err);
    uint8_t *bytes = slurp(&size);
    for (size_t cut = 0; cut < size; cut += 1 + cut / 16)
        assert_null(teq_qnet_parse(bytes, cut, "cut.teq", &err));
    for (size_t i = 0; i < size; i += 37) {
        bytes[i] ^= 0x10;
        err = (teq_error){0};
        assert_null(teq_qnet_parse(bytes, size, "bent.teq", &err));
        assert_non_null(strstr(err.message, "bent.teq: byte "));
        bytes[i] ^= 0x10;
    }
    bytes[8] = 2;
    assert_null(teq_qnet_parse(bytes, size, "later.teq", &err));
    assert_non_null(strstr(err.message, "version 2, expected 1"));
    assert_null(teq_qnet_read("no/such/file.teq", &err));
    free(bytes);
    free(x);
    teq_qnet_free(net);
    teq_graph_free(g);
}

/* Tables that the array cannot hold, or that its search for a code does not work on; more outputs than numbers count. */
static void tables(void **state)
{
    (void)state;
    teq_error err = {0};
    teq_graph *g;
    float *x;
    size_t n;
    teq_qnet *net = make("shift4", &g, &x, &n);
    int adds = 0;
    while (net->step[adds].res < 0)
        adds++;
    teq_qlayer *l = &net->step[adds], *first = &net->step[0];
    const int zero = (1 << net->tensor[l->res].n) - 1;
    ok_or_fail(teq_qnet_check(net, &err), err);
    l->d[zero] = 5;
    assert_false(teq_qnet_check(net, &err));
    assert_non_null(strstr(err.message, "residual table"));
    l->d[zero] = 0, l->d[1] = (int16_t)-l->d[1];
    assert_false(teq_qnet_check(net, &err));
    l->d[1] = (int16_t)-l->d[1];
    const int16_t th = first->th[3];
    first->th[3] = (int16_t)(first->th[2] + 1);
    assert_false(teq_qnet_check(net, &err));
    assert_non_null(strstr(err.message, "thresholds"));
    first->th[3] = th;
    ok_or_fail(teq_qnet_check(net, &err), err);
    teq_qlayer *last = &net->step[net->n_steps - 1];
    last->pt = last->pb = last->pl = last->pr = 1 << 14;
    last->oh = last->h + 2 * (1 << 14) - last->kh + 1, last->ow = last->w + 2 * (1 << 14) - last->kw + 1;
    net->n_classes = (int)((uint64_t)last->n_out * (uint64_t)last->oh * (uint64_t)last->ow & 0x7fffffff);
    assert_false(teq_qnet_check(net, &err));
    assert_non_null(strstr(err.message, "2^28"));
    free(x);
    teq_qnet_free(net);
    teq_graph_free(g);
}

static int setup(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/teq_test_%ld.teq", (long)getpid());
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(exponential), cmocka_unit_test(integer),
                                       cmocka_unit_test(damaged), cmocka_unit_test(tables)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
