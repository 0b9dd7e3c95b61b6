/* SPDX-License-Identifier: Apache-2.0 */
#include "graph_build.h"

#include <stdlib.h>
#include <string.h>

static char *copy_string(const char *s)
{
    size_t n = strlen(s) + 1;
    char *t = malloc(n);
    return t != NULL ? memcpy(t, s, n) : NULL;
}

/* n items in new memory, never NULL for n = 0. */
static void *copy_items(const void *items, size_t n, size_t each)
{
    void *t = calloc(n > 0 ? n : 1, each);
    if (t != NULL && n > 0)
        memcpy(t, items, n * each);
    return t;
}

teq_graph *teq_graph_new(const char *name)
{
    teq_graph *g = calloc(1, sizeof *g);
    if (g != NULL && (g->name = copy_string(name)) == NULL) {
        free(g);
        g = NULL;
    }
    return g;
}

int teq_graph_add_tensor(teq_graph *g, const char *name, int c, int h, int w)
{
    teq_tensor *more = realloc(g->tensor, ((size_t)g->n_tensors + 1) * sizeof *more);
    if (more == NULL)
        return -1;
    g->tensor = more;
    teq_tensor *t = &more[g->n_tensors];
    *t = (teq_tensor){.c = c, .h = h, .w = w, .node = -1};
    t->size = (size_t)c * (size_t)h * (size_t)w;
    t->name = copy_string(name);
    return t->name != NULL ? g->n_tensors++ : -1;
}

int teq_graph_add_node(teq_graph *g, teq_op op, const char *name, const int *in, int n_in,
                       const char *out_name, int c, int h, int w)
{
    teq_node *more = realloc(g->node, ((size_t)g->n_nodes + 1) * sizeof *more);
    if (more == NULL)
        return -1;
    g->node = more;
    teq_node n = {.op = op, .n_in = n_in, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1};
    n.group = 1;
    n.name = copy_string(name[0] != 0 ? name : out_name);
    n.in = copy_items(in, (size_t)n_in, sizeof *in);
    n.out = n.name != NULL && n.in != NULL ? teq_graph_add_tensor(g, out_name, c, h, w) : -1;
    if (n.out < 0) {
        teq_node_clear(&n);
        return -1;
    }
    g->tensor[n.out].node = g->n_nodes;
    g->node[g->n_nodes] = n;
    return g->n_nodes++;
}

bool teq_node_alloc_weights(teq_node *node, int n_out, size_t k)
{
    free(node->weight);
    free(node->bias);
    node->n_out = n_out;
    node->k = k;
    node->weight = calloc((size_t)n_out * k, sizeof(float));
    node->bias = calloc((size_t)n_out, sizeof(float));
    return node->weight != NULL && node->bias != NULL;
}

void teq_node_clear(teq_node *node)
{
    free(node->name);
    free(node->in);
    free(node->weight);
    free(node->bias);
    *node = (teq_node){0};
}

teq_graph *teq_graph_clone(const teq_graph *graph)
{
    teq_graph *g = teq_graph_new(graph->name);
    if (g == NULL)
        return NULL;
    char *name = g->name;
    *g = *graph;
    g->name = name;
    g->n_tensors = 0;
    g->n_nodes = 0;
    g->tensor = calloc((size_t)graph->n_tensors + 1, sizeof *g->tensor);
    g->node = calloc((size_t)graph->n_nodes + 1, sizeof *g->node);
    bool ok = g->tensor != NULL && g->node != NULL;
    for (int i = 0; ok && i < graph->n_tensors; i++) {
        g->tensor[i] = graph->tensor[i];
        g->tensor[i].name = copy_string(graph->tensor[i].name);
        g->n_tensors++;
        ok = g->tensor[i].name != NULL;
    }
    for (int i = 0; ok && i < graph->n_nodes; i++) {
        const teq_node *from = &graph->node[i];
        teq_node *to = &g->node[i];
        *to = *from;
        to->name = copy_string(from->name);
        to->in = copy_items(from->in, (size_t)from->n_in, sizeof *from->in);
        to->weight = NULL;
        to->bias = NULL;
        if (from->weight != NULL) {
            to->weight = copy_items(from->weight, (size_t)from->n_out * from->k, sizeof(float));
            to->bias = copy_items(from->bias, (size_t)from->n_out, sizeof(float));
            ok = to->weight != NULL && to->bias != NULL;
        }
        g->n_nodes++;
        ok = ok && to->name != NULL && to->in != NULL;
    }
    if (!ok) {
        teq_graph_free(g);
        g = NULL;
    }
    return g;
}

void teq_graph_redirect(teq_graph *g, int from, int to)
{
    for (int i = 0; i < g->n_nodes; i++)
        for (int j = 0; j < g->node[i].n_in; j++)
            if (g->node[i].in[j] == from)
                g->node[i].in[j] = to;
    if (g->output == from)
        g->output = to;
    if (g->logits == from)
        g->logits = to;
}

bool teq_graph_sweep(teq_graph *g)
{
    int *to = calloc((size_t)g->n_tensors + 1, sizeof *to);
    if (to == NULL)
        return false;
    /* Backwards: a node stays if its output is needed, and then needs its inputs. */
    to[g->input] = 1;
    to[g->output] = 1;
    to[g->logits] = 1;
    for (int i = g->n_nodes; i-- > 0;) {
        teq_node *n = &g->node[i];
        if (n->op == TEQ_OP_DEAD || !to[n->out]) {
            n->op = TEQ_OP_DEAD;
            continue;
        }
        for (int j = 0; j < n->n_in; j++)
            to[n->in[j]] = 1;
    }
    int kept = 0;
    for (int i = 0; i < g->n_tensors; i++) {
        if (to[i]) {
            g->tensor[kept] = g->tensor[i];
            to[i] = kept++;
        } else {
            free(g->tensor[i].name);
            to[i] = -1;
        }
    }
    g->n_tensors = kept;
    kept = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        teq_node *n = &g->node[i];
        if (n->op == TEQ_OP_DEAD) {
            teq_node_clear(n);
            continue;
        }
        for (int j = 0; j < n->n_in; j++)
            n->in[j] = to[n->in[j]];
        n->out = to[n->out];
        g->tensor[n->out].node = kept;
        g->node[kept++] = *n;
    }
    g->n_nodes = kept;
    g->input = to[g->input];
    g->output = to[g->output];
    g->logits = to[g->logits];
    free(to);
    return true;
}
