/* SPDX-License-Identifier: Apache-2.0
 *
 * teq inspect: what is in a network, and how its tensors are distributed.
 */
#include "collect.h"
#include "common.h"
#include "inspect.h"
#include "teq/onnx.h"
#include "verbs.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *model, *calib, *outputs;
    double scale;
    double zero_point;
    int threads;
    size_t samples;
    bool json;
} options;

static bool write_outputs(const teq_graph *g, const char *path, float *y, size_t n, teq_error *err)
{
    const teq_tensor *t = &g->tensor[g->output];
    teq_ndarray a = {.dtype = TEQ_F32, .rank = t->h * t->w > 1 ? 4 : 2, .count = n * t->size, .data = y};
    const size_t dim[4] = {n, (size_t)t->c, (size_t)t->h, (size_t)t->w};
    memcpy(a.dim, dim, sizeof dim);
    return teq_npy_write(path, &a, err);
}

static bool run_network(const teq_graph *g, const float *x, collection *c, const options *o, teq_error *err)
{
    float *y = o->outputs ? malloc(c->n * g->tensor[g->output].size * sizeof *y) : NULL;
    if (o->outputs != NULL && y == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "no memory for the outputs of %zu samples", c->n);
    bool ok = cli_collect(g, x, o->threads, y, c, err);
    if (ok && o->outputs != NULL)
        ok = write_outputs(g, o->outputs, y, c->n, err);
    free(y);
    return ok;
}

/* --- fits -------------------------------------------------------------------------------------- */

static bool add(inspection *in, const char *name, bool is_weight, const float *x, size_t n, teq_error *err)
{
    inspected *t = &in->tensor[in->n_tensors];
    snprintf(t->name, sizeof t->name, "%.100s%s", name, is_weight ? ".weight" : "");
    t->is_weight = is_weight;
    t->fitted = false;
    for (size_t i = 0; i < n && !t->fitted; i++)
        t->fitted = x[i] != 0;
    if (t->fitted && !teq_fit_tensor(x, n, &t->fit, err))
        return teq_fail_prefix(err, "tensor \"%s\"", t->name);
    if (!t->fitted)
        t->fit = (teq_fit){.count = n, .zeros = n};
    in->n_tensors++;
    return true;
}

static bool fit_all(inspection *in, const collection *c, teq_error *err)
{
    const teq_graph *g = in->g;
    in->tensor = calloc((size_t)(g->n_nodes + g->n_tensors) + 1, sizeof *in->tensor);
    if (in->tensor == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "no memory");
    for (int i = 0; i < g->n_nodes; i++) {
        const teq_node *n = &g->node[i];
        if (teq_node_is_layer(n) && !add(in, n->name, true, n->weight, (size_t)n->n_out * n->k, err))
            return false;
    }
    for (int t = 0; c->n > 0 && t < g->n_tensors; t++)
        if ((t == g->logits || t != g->output) &&
            !add(in, g->tensor[t].name, false, c->values[t], c->n * c->each[t], err))
            return false;
    return true;
}

static bool inspect(const options *o, teq_error *err)
{
    if (inspect_is_teq(o->model))
        return o->calib == NULL ? inspect_teq(o->model, o->json, err)
                                : teq_fail(err, TEQ_ERR_ARG, "%s: --calib goes with an ONNX network", o->model);
    teq_graph *g = teq_onnx_load(o->model, err);
    if (g == NULL)
        return false;
    inspection in = {.g = g};
    collection c = {0};
    float *x = NULL;
    bool ok = true;
    if (o->calib != NULL) {
        teq_ndarray a;
        ok = teq_npy_read(o->calib, &a, err);
        if (ok) {
            x = teq_graph_samples(g, &a, o->scale, o->zero_point, &c.n, err);
            teq_ndarray_free(&a);
            ok = x != NULL || teq_fail_prefix(err, "%s", o->calib);
        }
        if (ok && c.n == 0)
            ok = teq_fail(err, TEQ_ERR_SHAPE, "%s: no samples in it", o->calib);
        if (o->samples > 0 && o->samples < c.n)
            c.n = o->samples;
        ok = ok && run_network(g, x, &c, o, err);
    }
    in.samples = c.n;
    ok = ok && fit_all(&in, &c, err);
    if (ok && o->json)
        ok = inspect_print_json(&in) || teq_fail(err, TEQ_ERR_MEMORY, "no memory for the report");
    else if (ok)
        inspect_print(&in);
    free(x);
    cli_collect_free(g, &c);
    free(in.tensor);
    teq_graph_free(g);
    return ok;
}

/* --- arguments --------------------------------------------------------------------------------- */

enum { OUTPUTS = 256 };

static const struct argp_option known[] = {
    {"calib", 'c', "FILE", 0, "samples (.npy); fits the activations too", 0},
    {"scale", 's', "S", 0, "a stored value q is (q - Z) S (default 1)", 0},
    {"zero-point", 'z', "Z", 0, "(default 0)", 0},
    {"samples", 'n', "N", 0, "use the first N samples (default all)", 0},
    {"outputs", OUTPUTS, "FILE", 0, "write the float outputs of the samples (.npy, channels first)", 0},
    {"threads", 't', "N", 0, "threads (default: all processors)", 0},
    {"json", 'j', NULL, 0, "print JSON", 0},
    {0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    options *o = state->input;
    char *end;
    switch (key) {
    case 'c':
        o->calib = text;
        break;
    case 's':
        o->scale = strtod(text, &end);
        if (*text == 0 || *end != 0 || !(o->scale > 0) || isinf(o->scale))
            argp_error(state, "--scale=%s: expected a number > 0", text);
        break;
    case 'z':
        o->zero_point = cli_real(state, "zero-point", text, -1e6, 1e6);
        break;
    case 'n':
        o->samples = (size_t)cli_whole(state, "samples", text, 1, 1000000000);
        break;
    case 't':
        o->threads = (int)cli_whole(state, "threads", text, 1, 64);
        break;
    case OUTPUTS:
        o->outputs = text;
        break;
    case 'j':
        o->json = true;
        break;
    case ARGP_KEY_ARG:
        if (o->model != NULL)
            argp_error(state, "one model at a time");
        o->model = text;
        break;
    case ARGP_KEY_END:
        if (o->model == NULL)
            argp_error(state, "which model?");
        if (o->outputs != NULL && o->calib == NULL)
            argp_error(state, "--outputs needs --calib");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int teq_cmd_inspect(int argc, char **argv)
{
    static const struct argp argp = {
        .options = known,
        .parser = parse,
        .args_doc = "MODEL.onnx|MODEL.teq",
        .doc = "Layers, shapes, multiply-accumulates (MACs) and inputs of a dot product (K) of a network, and "
               "for each tensor: residual sum of squares against four distributions, the best named, and the "
               "signal to quantization noise of linear and exponential codes of 2 to 8 stored bits. "
               "Of a .teq file: formats, scales, bits, accumulator bounds and cycles."
               "\vActivations are judged by up to 262144 values of each tensor, spread over all samples.",
    };
    options o = {.scale = 1};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    teq_error err = {0};
    if (inspect(&o, &err))
        return 0;
    fprintf(stderr, "teq inspect: %s\n", err.message);
    return 1;
}
