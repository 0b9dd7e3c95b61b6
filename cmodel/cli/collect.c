/* SPDX-License-Identifier: Apache-2.0 */
#include "collect.h"

#include "teq/exec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void collect(void *context, int tensor, size_t sample, float *data, size_t size)
{
    const collection *c = context;
    const size_t each = c->each[tensor];
    float *to = c->values[tensor] + sample * each;
    /* Every sample starts elsewhere, so that together they see all places. */
    double phase = (double)sample * 0.6180339887498949;
    phase -= floor(phase);
    for (size_t i = 0; i < each; i++) {
        size_t at = (size_t)(((double)i + phase) * (double)size / (double)each);
        to[i] = data[at < size ? at : size - 1];
    }
}

bool cli_collect(const teq_graph *g, const float *x, int threads, float *y, collection *c, teq_error *err)
{
    c->each = calloc((size_t)g->n_tensors + 1, sizeof *c->each);
    c->values = calloc((size_t)g->n_tensors + 1, sizeof *c->values);
    bool ok = c->each != NULL && c->values != NULL;
    for (int t = 0; ok && t < g->n_tensors; t++) {
        size_t share = c->n < COLLECT_VALUES ? COLLECT_VALUES / c->n : 1;
        c->each[t] = share < g->tensor[t].size ? share : g->tensor[t].size;
        c->values[t] = malloc(c->n * c->each[t] * sizeof(float));
        ok = c->values[t] != NULL;
    }
    size_t inputs = c->n * g->tensor[g->input].size, outputs = c->n * g->tensor[g->output].size;
    float *copy = ok ? malloc(inputs * sizeof *copy) : NULL, *own = ok && y == NULL ? malloc(outputs * sizeof *own) : NULL;
    if (copy == NULL || (y == NULL && own == NULL)) {
        free(copy);
        free(own);
        return teq_fail(err, TEQ_ERR_MEMORY, "no memory for %zu samples", c->n);
    }
    memcpy(copy, x, inputs * sizeof *copy);
    teq_exec_options run = {.threads = threads, .hook = collect, .context = c};
    teq_exec_bind in = {g->input, copy}, out = {g->output, y ? y : own};
    ok = teq_exec_run(g, c->n, &in, 1, &out, 1, &run, err);
    free(copy);
    free(own);
    return ok;
}

void cli_collect_free(const teq_graph *g, collection *c)
{
    for (int t = 0; c->values != NULL && t < g->n_tensors; t++)
        free(c->values[t]);
    free(c->values);
    free(c->each);
    *c = (collection){0};
}
