/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/graph.h"

#include "graph_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void teq_graph_free(teq_graph *graph)
{
    if (graph == NULL)
        return;
    for (int i = 0; i < graph->n_nodes; i++)
        teq_node_clear(&graph->node[i]);
    for (int i = 0; i < graph->n_tensors; i++)
        free(graph->tensor[i].name);
    free(graph->node);
    free(graph->tensor);
    free(graph->name);
    free(graph);
}

bool teq_node_is_layer(const teq_node *node)
{
    return node->op == TEQ_OP_CONV || node->op == TEQ_OP_DENSE;
}

bool teq_node_is_depthwise(const teq_node *node)
{
    return node->op == TEQ_OP_CONV && node->group > 1 &&
           node->k == (size_t)node->kh * (size_t)node->kw;
}

uint64_t teq_node_macs(const teq_graph *graph, const teq_node *node)
{
    return teq_node_is_layer(node) ? (uint64_t)node->k * graph->tensor[node->out].size : 0;
}

int teq_graph_n_readers(const teq_graph *graph, int tensor)
{
    int n = 0;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->node[i].n_in; j++)
            if (graph->node[i].in[j] == tensor) {
                n++;
                break;
            }
    return n;
}

int teq_graph_find_node(const teq_graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_nodes; i++)
        if (strcmp(graph->node[i].name, name) == 0)
            return i;
    return -1;
}

int teq_graph_find_tensor(const teq_graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_tensors; i++)
        if (strcmp(graph->tensor[i].name, name) == 0)
            return i;
    return -1;
}

const char *teq_op_name(teq_op op)
{
    static const char *const names[] = {"conv",    "dense",   "add",     "scale",
                                        "act",     "avgpool", "maxpool", "global_avgpool",
                                        "reshape", "concat",  "pad",     "softmax"};
    return (unsigned)op < sizeof names / sizeof names[0] ? names[op] : "unknown";
}

const char *teq_act_name(teq_act act)
{
    static const char *const names[] = {"none", "relu", "clip", "leaky"};
    return (unsigned)act < 4 ? names[act] : "unknown";
}

float teq_act_apply(const teq_node *node, float x)
{
    switch (node->act) {
    case TEQ_ACT_RELU:
        return x > 0 ? x : 0;
    case TEQ_ACT_CLIP:
        x = x > node->act_lo ? x : node->act_lo;
        return x < node->act_hi ? x : node->act_hi;
    case TEQ_ACT_LEAKY:
        return x >= 0 ? x : node->act_slope * x;
    case TEQ_ACT_NONE:
    default:
        return x;
    }
}

static bool same_shape(const size_t *a, int rank_a, const size_t *b, int rank_b)
{
    /* Sizes of 1 carry no data: (1,49,10), (49,10) and (49,10,1) are the same. */
    int i = 0, j = 0;
    for (;;) {
        while (i < rank_a && a[i] == 1)
            i++;
        while (j < rank_b && b[j] == 1)
            j++;
        if (i == rank_a || j == rank_b)
            return i == rank_a && j == rank_b;
        if (a[i++] != b[j++])
            return false;
    }
}

float *teq_graph_samples(const teq_graph *graph, const teq_ndarray *array, double scale,
                         double zero_point, size_t *n, teq_error *err)
{
    const teq_tensor *t = &graph->tensor[graph->input];
    const size_t c = (size_t)t->c, hw = (size_t)t->h * (size_t)t->w;
    const size_t first[3] = {c, (size_t)t->h, (size_t)t->w};
    const size_t last[3] = {(size_t)t->h, (size_t)t->w, c};
    *n = 0;
    if (array->rank < 1) {
        teq_fail(err, TEQ_ERR_SHAPE, "samples: an array of rank 0, expected n x %d x %d x %d", t->c,
                 t->h, t->w);
        return NULL;
    }
    bool is_first = same_shape(array->dim + 1, array->rank - 1, first, 3);
    bool is_last = same_shape(array->dim + 1, array->rank - 1, last, 3);
    if (!is_first && !(graph->input_channels_last && is_last)) {
        char got[160] = "";
        size_t used = 0;
        for (int i = 0; i < array->rank && used < sizeof got - 24; i++)
            used += (size_t)snprintf(got + used, sizeof got - used, "%s%zu", i ? "x" : "",
                                     array->dim[i]);
        teq_fail(err, TEQ_ERR_SHAPE, "samples: shape %s, expected n x %d x %d x %d%s", got, t->c,
                 t->h, t->w, graph->input_channels_last ? " (or channels last)" : "");
        return NULL;
    }
    float *x = teq_ndarray_to_float(array, scale, zero_point, err);
    if (x == NULL)
        return NULL;
    for (size_t i = 0; i < array->count; i++)
        if (!isfinite(x[i])) {
            teq_fail(err, TEQ_ERR_VALUE, "samples: value %zu of sample %zu is %g, expected finite",
                     i % t->size, i / t->size, (double)x[i]);
            free(x);
            return NULL;
        }
    *n = array->dim[0];
    if (!(graph->input_channels_last && is_last))
        return x;
    float *y = malloc(array->count > 0 ? array->count * sizeof *y : 1);
    if (y == NULL)
        teq_fail(err, TEQ_ERR_MEMORY, "no memory for %zu samples", *n);
    else
        for (size_t s = 0; s < *n; s++)
            for (size_t p = 0; p < hw; p++)
                for (size_t ch = 0; ch < c; ch++)
                    y[(s * c + ch) * hw + p] = x[(s * hw + p) * c + ch];
    free(x);
    return y;
}
