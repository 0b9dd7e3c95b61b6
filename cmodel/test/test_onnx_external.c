/* SPDX-License-Identifier: Apache-2.0
 *
 * Weights in a file beside the model: the same graph as with weights inside; what is
 * missing, cut or elsewhere is refused by name.
 */
#include "onnx_builder.h"
#include "teq/onnx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { OFFSET = 64 };

static char folder[] = "/tmp/teq_external_XXXXXX";
static char model[64], data[64];

static onnx_builder *dense(void)
{
    onnx_builder *b = onnx_begin(18);
    onnx_input(b, "x", "1,5");
    onnx_random(b, "w", "3,5", 1);
    onnx_node(b, "Gemm", "fc", "x w", "y", "transB=1");
    onnx_output(b, "y");
    return b;
}

static void add_entry(Onnx__TensorProto *t, const char *key, const char *value)
{
    Onnx__StringStringEntryProto *e = malloc(sizeof *e);
    onnx__string_string_entry_proto__init(e);
    e->key = strdup(key);
    e->value = strdup(value);
    t->external_data = realloc(t->external_data, (t->n_external_data + 1) * sizeof *t->external_data);
    t->external_data[t->n_external_data++] = e;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

/* The model with its weights moved out; NULL entries are left out. */
static teq_graph *load(const char *location, const char *offset, const char *length, teq_error *err)
{
    onnx_builder *b = dense();
    Onnx__TensorProto *w = b->model->graph->initializer[0];
    uint8_t bytes[OFFSET + 3 * 5 * sizeof(float)] = {0};
    assert_int_equal(w->raw_data.len, sizeof bytes - OFFSET);
    memcpy(bytes + OFFSET, w->raw_data.data, w->raw_data.len);
    write_file(data, bytes, sizeof bytes);
    free(w->raw_data.data);
    w->has_raw_data = 0;
    w->raw_data.data = NULL;
    w->raw_data.len = 0;
    w->has_data_location = 1;
    w->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    if (location != NULL)
        add_entry(w, "location", location);
    if (offset != NULL)
        add_entry(w, "offset", offset);
    if (length != NULL)
        add_entry(w, "length", length);
    size_t size;
    uint8_t *packed = onnx_pack(b, &size);
    onnx_free(b);
    write_file(model, packed, size);
    free(packed);
    *err = (teq_error){0};
    return teq_onnx_load(model, err);
}

static void test_same(void **state)
{
    (void)state;
    teq_error err = {0};
    onnx_builder *b = dense();
    size_t size;
    uint8_t *packed = onnx_pack(b, &size);
    onnx_free(b);
    teq_graph *inside = teq_onnx_parse(packed, size, "inside", &err);
    free(packed);
    assert_non_null(inside);
    static const char *const lengths[] = {"60", NULL}; /* to the end of the file */
    for (int i = 0; i < 2; i++) {
        teq_graph *g = load("w.data", "64", lengths[i], &err);
        assert_non_null(g);
        assert_int_equal(g->node[0].n_out, 3);
        assert_memory_equal(g->node[0].weight, inside->node[0].weight, 15 * sizeof(float));
        teq_graph_free(g);
    }
    teq_graph_free(inside);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *location, *offset, *length, *words;
    } cases[] = {
        {"none.data", "64", "60", "none.data"},
        {"../w.data", "64", "60", "in the model's folder"},
        {"a/../../w.data", "64", "60", "in the model's folder"},
        {"/etc/passwd", "0", "60", "in the model's folder"},
        {NULL, "64", "60", "in the model's folder"},
        {"w.data", "64", "61", "61 bytes from 64 on, but \"w.data\" has 124"},
        {"w.data", "68", NULL, "more than its 14 values"},
        {"w.data", "200", "60", "60 bytes from 200 on"},
        {"w.data", "-1", "60", "numbers for offset and length"},
        {"w.data", "64", "99999999999999999999999", "numbers for offset and length"},
        {"w.data", "18446744073709551615", "60", "cut short"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        teq_error err;
        assert_null(load(cases[i].location, cases[i].offset, cases[i].length, &err));
        if (strstr(err.message, cases[i].words) == NULL || strstr(err.message, "tensor \"w\"") == NULL)
            fail_msg("case %zu: \"%s\" without \"%s\"", i, err.message, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_refused)};
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(model, sizeof model, "%s/m.onnx", folder);
    snprintf(data, sizeof data, "%s/w.data", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(model);
    unlink(data);
    rmdir(folder);
    return failed;
}
