/* SPDX-License-Identifier: Apache-2.0
 *
 * Importer and executor on the real networks of ../shared/data, against the figures of its
 * manifest: layers, outputs of the first sample, logits, accuracy. Skipped where the
 * folder is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "teq/exec.h"
#include "teq/onnx.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA "../shared/data/"

static const char *path(const char *file)
{
    static char text[300];
    snprintf(text, sizeof text, DATA "%.200s", file);
    return text;
}

static int setup(void **state)
{
    FILE *f = fopen(DATA "manifest.json", "rb");
    if (f == NULL)
        return 0;
    static char text[1 << 17];
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = 0;
    fclose(f);
    *state = cJSON_Parse(text);
    return *state == NULL;
}

static int teardown(void **state)
{
    cJSON_Delete(*state);
    return 0;
}

static const cJSON *find(const cJSON *list, const char *key, const char *value)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *v = cJSON_GetObjectItem(item, key);
        if (cJSON_IsString(v) && strcmp(v->valuestring, value) == 0)
            return item;
    }
    return NULL;
}

static double number(const cJSON *object, const char *key, double otherwise)
{
    const cJSON *v = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(v) ? v->valuedouble : otherwise;
}

static const char *string(const cJSON *object, const char *key)
{
    const cJSON *v = cJSON_GetObjectItem(object, key);
    return cJSON_IsString(v) ? v->valuestring : "";
}

static teq_graph *load(const char *file)
{
    teq_error err;
    teq_graph *g = teq_onnx_load(path(file), &err);
    if (g == NULL)
        fail_msg("%s", err.message);
    return g;
}

static void test_layers(void **state)
{
    if (*state == NULL)
        skip();
    const cJSON *model, *layer;
    cJSON_ArrayForEach(model, cJSON_GetObjectItem(*state, "models"))
    {
        teq_graph *g = load(string(model, "file"));
        uint64_t macs = 0;
        int layers = 0;
        for (int i = 0; i < g->n_nodes; i++) {
            macs += teq_node_macs(g, &g->node[i]);
            layers += teq_node_is_layer(&g->node[i]);
        }
        assert_int_equal(macs, (uint64_t)number(model, "macs", 0));
        assert_int_equal(layers, cJSON_GetArraySize(cJSON_GetObjectItem(model, "layers")));
        cJSON_ArrayForEach(layer, cJSON_GetObjectItem(model, "layers"))
        {
            int i = teq_graph_find_node(g, string(layer, "name"));
            assert_true(i >= 0);
            const teq_node *n = &g->node[i];
            assert_int_equal(n->k, (size_t)number(layer, "K", 0));
            assert_int_equal(n->n_out, (int)number(layer, "out_channels", 0));
            assert_int_equal(teq_node_macs(g, n), (uint64_t)number(layer, "macs", 0));
            const cJSON *pads = cJSON_GetObjectItem(layer, "pads");
            if (pads != NULL) {
                const int p[4] = {n->pt, n->pl, n->pb, n->pr};
                for (int k = 0; k < 4; k++)
                    assert_int_equal(p[k], cJSON_GetArrayItem(pads, k)->valueint);
            }
        }
        assert_string_equal(g->tensor[g->logits].name, string(model, "logits"));
        teq_graph_free(g);
    }
}

typedef struct {
    teq_graph *g;
    float *x;
    size_t n;
} samples;

static samples load_samples(const cJSON *manifest, const cJSON *evaluation)
{
    char name[100];
    teq_ndarray a;
    teq_error err;
    samples s;
    snprintf(name, sizeof name, "%.80s.onnx", string(evaluation, "model"));
    s.g = load(name);
    const char *file = string(evaluation, "samples");
    const cJSON *about = find(cJSON_GetObjectItem(manifest, "files"), "file", file);
    if (!teq_npy_read(path(file), &a, &err))
        fail_msg("%s", err.message);
    s.x = teq_graph_samples(s.g, &a, number(about, "scale", 1), number(about, "zero_point", 0), &s.n, &err);
    if (s.x == NULL)
        fail_msg("%s", err.message);
    teq_ndarray_free(&a);
    return s;
}

/* Mean and largest magnitude of every layer's output for the first sample. */
static void test_first_sample(void **state)
{
    if (*state == NULL)
        skip();
    const cJSON *evaluation, *t;
    cJSON_ArrayForEach(evaluation, cJSON_GetObjectItem(*state, "evaluations"))
    {
        samples s = load_samples(*state, evaluation);
        const cJSON *model = find(cJSON_GetObjectItem(*state, "models"), "name", string(evaluation, "model"));
        const cJSON *list = cJSON_GetObjectItem(cJSON_GetObjectItem(model, "first_sample"), "tensors");
        assert_true(cJSON_GetArraySize(list) > 5);
        cJSON_ArrayForEach(t, list)
        {
            int i = teq_graph_find_tensor(s.g, string(t, "tensor"));
            if (i < 0)
                fail_msg("no tensor \"%s\"", string(t, "tensor"));
            size_t size = s.g->tensor[i].size;
            teq_exec_bind in = {s.g->input, s.x}, out = {i, malloc(size * sizeof(float))};
            assert_true(teq_exec_run(s.g, 1, &in, 1, &out, 1, NULL, NULL));
            double sum = 0, top = 0;
            for (size_t k = 0; k < size; k++) {
                sum += (double)out.data[k];
                top = fmax(top, fabs((double)out.data[k]));
            }
            double mean = sum / (double)size;
            if (fabs(mean - number(t, "mean", 0)) > 2e-6 * fmax(1, top) ||
                fabs(top - number(t, "absmax", 0)) > 1e-5 * top)
                fail_msg("%s: mean %g, largest %g, expected %g, %g", string(t, "tensor"), mean, top,
                         number(t, "mean", 0), number(t, "absmax", 0));
            free(out.data);
        }
        teq_graph_free(s.g);
        free(s.x);
    }
}

static void test_accuracy(void **state)
{
    if (*state == NULL)
        skip();
    const cJSON *evaluation;
    cJSON_ArrayForEach(evaluation, cJSON_GetObjectItem(*state, "evaluations"))
    {
        teq_error err;
        teq_ndarray labels, logits;
        samples s = load_samples(*state, evaluation);
        assert_true(teq_npy_read(path(string(evaluation, "labels")), &labels, &err));
        assert_true(teq_npy_read(path(string(evaluation, "logits")), &logits, &err));
        int32_t *y = teq_ndarray_to_int(&labels, &err);
        const float *expected = logits.data;
        size_t size = s.g->tensor[s.g->logits].size;
        assert_int_equal(logits.count, s.n * size);
        float *got = teq_exec_logits(s.g, s.x, s.n, 0, &err);
        double percent = 100 * teq_accuracy(got, y, s.n, size), worst = 0;
        for (size_t i = 0; i < s.n; i++) {
            double top = 0, error = 0;
            for (size_t k = i * size; k < (i + 1) * size; k++) {
                top = fmax(top, fabs((double)expected[k]));
                error = fmax(error, fabs((double)got[k] - (double)expected[k]));
            }
            worst = fmax(worst, error / top);
        }
        print_message("%s: %.3f %% of %zu, logits within %.1e\n", string(evaluation, "model"), percent, s.n, worst);
        assert_true(fabs(percent - number(evaluation, "float_percent", 0)) < 1e-9);
        assert_true(worst <= 1e-4);
        free(got);
        free(y);
        free(s.x);
        teq_ndarray_free(&labels);
        teq_ndarray_free(&logits);
        teq_graph_free(s.g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_first_sample),
        cmocka_unit_test(test_accuracy),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
