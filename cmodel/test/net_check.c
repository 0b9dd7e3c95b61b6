/* SPDX-License-Identifier: Apache-2.0 */
#include "net_check.h"

#include "onnx_ref.h"
#include "teq/exec.h"
#include "teq/onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The reference's output in the order of the executor's (c, h, w). */
static double expected(const teq_graph *g, const double *y, size_t i)
{
    const teq_tensor *t = &g->tensor[g->output];
    const size_t hw = (size_t)t->h * (size_t)t->w;
    return y[g->output_channels_last ? i % hw * (size_t)t->c + i / hw : i];
}

static bool agrees(const teq_graph *g, const Onnx__ModelProto *model, uint64_t *random)
{
    const size_t n_in = g->tensor[g->input].size, n_out = g->tensor[g->output].size;
    const Onnx__TensorShapeProto *shape = NULL;
    for (size_t i = 0; i < model->graph->n_input; i++)
        if (strcmp(model->graph->input[i]->name, g->tensor[g->input].name) == 0)
            shape = model->graph->input[i]->type->tensor_type->shape;
    teq_ndarray a = {.dtype = TEQ_F32, .rank = shape != NULL ? (int)shape->n_dim : 2, .count = n_in};
    a.dim[0] = 1;
    for (int i = 1; i < a.rank; i++)
        a.dim[i] = shape != NULL ? (size_t)shape->dim[i]->dim_value : n_in;
    float *x = malloc(n_in * sizeof *x), *y = malloc(n_out * sizeof *y);
    if (x == NULL || y == NULL)
        abort();
    for (size_t i = 0; i < n_in; i++)
        x[i] = (float)(2 * onnx_uniform(random));
    a.data = x;
    size_t n = 0, count = 0;
    teq_error err = {0};
    float *in = teq_graph_samples(g, &a, 1, 0, &n, &err);
    teq_exec_bind given = {g->input, in}, wanted = {g->output, y};
    bool ok = in != NULL && teq_exec_run(g, n, &given, 1, &wanted, 1, NULL, &err);
    if (!ok)
        fprintf(stderr, "%s\n", err.message);
    double *r = onnx_reference(model, x, &count);
    if (ok && count != n_out) {
        fprintf(stderr, "%zu outputs, expected %zu\n", n_out, count);
        ok = false;
    }
    double top = 0;
    for (size_t i = 0; ok && i < count; i++)
        top = fmax(top, fabs(r[i]));
    for (size_t i = 0; ok && i < count; i++)
        if (!(fabs((double)y[i] - expected(g, r, i)) <= 1e-5 * top + 1e-30)) {
            fprintf(stderr, "output %zu: got %g, expected %g\n", i, (double)y[i], expected(g, r, i));
            ok = false;
        }
    free(in);
    free(x);
    free(y);
    free(r);
    return ok;
}

static teq_graph *import(const onnx_builder *b, teq_error *err)
{
    size_t size;
    uint8_t *bytes = onnx_pack(b, &size);
    teq_graph *g = teq_onnx_parse(bytes, size, "test.onnx", err);
    free(bytes);
    return g;
}

teq_graph *net_import(onnx_builder *b)
{
    teq_error err = {0};
    teq_graph *g = import(b, &err);
    if (g == NULL)
        fprintf(stderr, "%s\n", err.message);
    onnx_free(b);
    return g;
}

teq_graph *net_check(onnx_builder *b)
{
    teq_error err = {0};
    teq_graph *g = import(b, &err);
    if (g == NULL)
        fprintf(stderr, "%s\n", err.message);
    for (int i = 0; g != NULL && i < 3; i++)
        if (!agrees(g, b->model, &b->random)) {
            fprintf(stderr, "graph: %s\n", net_summary(g));
            teq_graph_free(g);
            g = NULL;
        }
    onnx_free(b);
    return g;
}

bool net_refused(onnx_builder *b, const char *words)
{
    teq_error err = {0};
    teq_graph *g = import(b, &err);
    onnx_free(b);
    if (g != NULL) {
        fprintf(stderr, "accepted, expected an error with: %s\n", words);
        teq_graph_free(g);
        return false;
    }
    while (*words != 0) {
        char word[100];
        size_t n = strcspn(words, "|");
        snprintf(word, sizeof word, "%.*s", (int)n, words);
        if (strstr(err.message, word) == NULL) {
            fprintf(stderr, "error is: %s\nexpected in it: %s\n", err.message, word);
            return false;
        }
        words += n + (words[n] == '|');
    }
    return true;
}

const char *net_summary(const teq_graph *g)
{
    static char text[2000];
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < g->n_nodes && used + 60 < sizeof text; i++) {
        const teq_node *n = &g->node[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s", i ? " " : "",
                                 teq_op_name(n->op), n->act != TEQ_ACT_NONE ? "+" : "",
                                 n->act != TEQ_ACT_NONE ? teq_act_name(n->act) : "");
    }
    return text;
}
