/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *inspect_kind(const teq_node *node)
{
    return teq_node_is_depthwise(node) ? "depthwise" : teq_op_name(node->op);
}

static bool has_window(const teq_node *n)
{
    return n->op == TEQ_OP_CONV || n->op == TEQ_OP_AVGPOOL || n->op == TEQ_OP_MAXPOOL;
}

static const char *shape(const teq_tensor *t, char text[48])
{
    snprintf(text, 48, t->h * t->w > 1 ? "%dx%dx%d" : "%d", t->c, t->h, t->w);
    return text;
}

static void print_layers(const teq_graph *g)
{
    char in[48], out[48], window[32], stride[32], pads[64];
    printf("%-16s %-14s %-6s %-11s %-7s %-7s %-9s %6s %-11s %11s %9s\n", "node", "kind", "act", "in", "window",
           "stride", "pads", "K", "out", "MACs", "weights");
    uint64_t macs = 0;
    size_t weights = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        const teq_node *n = &g->node[i];
        window[0] = stride[0] = pads[0] = 0;
        if (has_window(n)) {
            snprintf(window, sizeof window, "%dx%d", n->kh, n->kw);
            snprintf(stride, sizeof stride, "%dx%d", n->sh, n->sw);
        }
        if (has_window(n) || n->op == TEQ_OP_PAD)
            snprintf(pads, sizeof pads, "%d,%d,%d,%d", n->pt, n->pl, n->pb, n->pr);
        printf("%-16.40s %-14s %-6s %-11s %-7s %-7s %-9s", n->name, inspect_kind(n),
               n->act != TEQ_ACT_NONE ? teq_act_name(n->act) : "", shape(&g->tensor[n->in[0]], in), window, stride,
               pads);
        if (teq_node_is_layer(n))
            printf(" %6zu %-11s %11" PRIu64 " %9zu\n", n->k, shape(&g->tensor[n->out], out),
                   teq_node_macs(g, n), n->k * (size_t)n->n_out);
        else
            printf(" %6s %s\n", "", shape(&g->tensor[n->out], out));
        macs += teq_node_macs(g, n);
        weights += teq_node_is_layer(n) ? n->k * (size_t)n->n_out : 0;
    }
    printf("%-16s %87" PRIu64 " %9zu\n", "total", macs, weights);
}

static void print_fits(const inspection *in)
{
    printf("\nresidual sum of squares against\n%-20s %9s %6s %4s %10s %10s %10s %10s %10s  %s\n", "tensor", "values",
           "zeros", "sign", "largest", "normal", "exponent.", "pareto", "uniform", "best");
    for (int i = 0; i < in->n_tensors; i++) {
        const inspected *t = &in->tensor[i];
        const teq_fit *f = &t->fit;
        printf("%-20.60s %9zu %5.1f%% %4s", t->name, f->count, 100.0 * (double)f->zeros / (double)f->count,
               f->is_signed ? "+-" : "+");
        if (!t->fitted) {
            printf("  all zero\n");
            continue;
        }
        printf(" %10.4g", f->absmax);
        for (int d = 0; d < TEQ_N_DISTS; d++)
            printf(" %10.2e", f->rss[d]);
        printf("  %s\n", teq_dist_name(f->best));
    }
    printf("\nSQNR in dB, by stored bits\n%-20s %-36s %s\n%-20s", "tensor", "linear", "exponential", "");
    for (int twice = 0; twice < 2; twice++) {
        for (int b = TEQ_FIT_MIN_BITS; b <= TEQ_FIT_MAX_BITS; b++)
            printf(" %4d", b);
        printf("  ");
    }
    printf("\n");
    for (int i = 0; i < in->n_tensors; i++) {
        const inspected *t = &in->tensor[i];
        if (!t->fitted)
            continue;
        printf("%-20.60s", t->name);
        for (int b = TEQ_FIT_MIN_BITS; b <= TEQ_FIT_MAX_BITS; b++)
            printf(" %4.1f", t->fit.sqnr_linear[b]);
        printf("  ");
        for (int b = TEQ_FIT_MIN_BITS; b <= TEQ_FIT_MAX_BITS; b++)
            printf(" %4.1f", t->fit.sqnr_exp[b]);
        printf("\n");
    }
    int best[TEQ_N_DISTS] = {0};
    for (int i = 0; i < in->n_tensors; i++)
        if (in->tensor[i].fitted)
            best[in->tensor[i].fit.best]++;
    printf("\nbest fits:");
    for (int d = 0; d < TEQ_N_DISTS; d++)
        printf(" %s %d%s", teq_dist_name((teq_dist)d), best[d], d + 1 < TEQ_N_DISTS ? "," : "\n");
}

void inspect_print(const inspection *in)
{
    const teq_graph *g = in->g;
    char text[48];
    printf("%s\ninput \"%s\" %s%s, logits \"%s\" %d\n", g->name, g->tensor[g->input].name,
           shape(&g->tensor[g->input], text), g->input_channels_last ? " (channels last in the file)" : "",
           g->tensor[g->logits].name, g->tensor[g->logits].c);
    if (in->samples > 0)
        printf("activations of %zu samples\n", in->samples);
    printf("\n");
    print_layers(g);
    print_fits(in);
}

/* --- JSON --------------------------------------------------------------------------------------- */

static void add_shape(cJSON *to, const char *key, const teq_tensor *t)
{
    const int sizes[3] = {t->c, t->h, t->w};
    cJSON_AddItemToObject(to, key, cJSON_CreateIntArray(sizes, 3));
}

static cJSON *node_json(const teq_graph *g, const teq_node *n)
{
    cJSON *j = cJSON_CreateObject();
    cJSON *inputs = cJSON_AddArrayToObject(j, "inputs");
    cJSON_AddStringToObject(j, "name", n->name);
    cJSON_AddStringToObject(j, "kind", inspect_kind(n));
    cJSON_AddStringToObject(j, "activation", teq_act_name(n->act));
    for (int i = 0; i < n->n_in; i++)
        cJSON_AddItemToArray(inputs, cJSON_CreateString(g->tensor[n->in[i]].name));
    cJSON_AddStringToObject(j, "output", g->tensor[n->out].name);
    add_shape(j, "in_shape", &g->tensor[n->in[0]]);
    add_shape(j, "out_shape", &g->tensor[n->out]);
    if (has_window(n)) {
        cJSON_AddItemToObject(j, "window", cJSON_CreateIntArray((const int[]){n->kh, n->kw}, 2));
        cJSON_AddItemToObject(j, "strides", cJSON_CreateIntArray((const int[]){n->sh, n->sw}, 2));
        cJSON_AddItemToObject(j, "dilations", cJSON_CreateIntArray((const int[]){n->dh, n->dw}, 2));
    }
    if (has_window(n) || n->op == TEQ_OP_PAD)
        cJSON_AddItemToObject(j, "pads", cJSON_CreateIntArray((const int[]){n->pt, n->pl, n->pb, n->pr}, 4));
    if (teq_node_is_layer(n)) {
        cJSON_AddNumberToObject(j, "group", n->group);
        cJSON_AddNumberToObject(j, "K", (double)n->k);
        cJSON_AddNumberToObject(j, "out_channels", n->n_out);
        cJSON_AddNumberToObject(j, "macs", (double)teq_node_macs(g, n));
        cJSON_AddNumberToObject(j, "weights", (double)n->k * n->n_out);
    }
    return j;
}

static cJSON *tensor_json(const inspected *t)
{
    cJSON *j = cJSON_CreateObject();
    const teq_fit *f = &t->fit;
    cJSON_AddStringToObject(j, "name", t->name);
    cJSON_AddStringToObject(j, "kind", t->is_weight ? "weights" : "activations");
    cJSON_AddNumberToObject(j, "values", (double)f->count);
    cJSON_AddNumberToObject(j, "zeros", (double)f->zeros);
    cJSON_AddBoolToObject(j, "signed", f->is_signed);
    cJSON_AddNumberToObject(j, "mean", f->mean);
    cJSON_AddNumberToObject(j, "stddev", f->stddev);
    cJSON_AddNumberToObject(j, "absmax", f->absmax);
    if (!t->fitted)
        return j;
    cJSON *rss = cJSON_AddObjectToObject(j, "rss");
    for (int d = 0; d < TEQ_N_DISTS; d++)
        cJSON_AddNumberToObject(rss, teq_dist_name((teq_dist)d), f->rss[d]);
    cJSON_AddStringToObject(j, "best_fit", teq_dist_name(f->best));
    cJSON *sqnr = cJSON_AddArrayToObject(j, "sqnr");
    for (int b = TEQ_FIT_MIN_BITS; b <= TEQ_FIT_MAX_BITS; b++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddNumberToObject(row, "bits", b);
        cJSON_AddNumberToObject(row, "linear_db", f->sqnr_linear[b]);
        cJSON_AddNumberToObject(row, "exponential_db", f->sqnr_exp[b]);
        cJSON_AddNumberToObject(row, "K", f->exp_k[b]);
        cJSON_AddNumberToObject(row, "t", f->exp_t[b]);
        cJSON_AddItemToArray(sqnr, row);
    }
    return j;
}

bool inspect_print_json(const inspection *in)
{
    const teq_graph *g = in->g;
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "file", g->name);
    cJSON *input = cJSON_AddObjectToObject(j, "input");
    cJSON_AddStringToObject(input, "name", g->tensor[g->input].name);
    add_shape(input, "shape", &g->tensor[g->input]);
    cJSON_AddBoolToObject(input, "channels_last", g->input_channels_last);
    cJSON_AddStringToObject(j, "logits", g->tensor[g->logits].name);
    cJSON_AddStringToObject(j, "output", g->tensor[g->output].name);
    cJSON_AddBoolToObject(j, "output_channels_last", g->output_channels_last);
    cJSON_AddNumberToObject(j, "samples", (double)in->samples);
    cJSON *nodes = cJSON_AddArrayToObject(j, "nodes");
    double macs = 0, weights = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        macs += (double)teq_node_macs(g, &g->node[i]);
        weights += teq_node_is_layer(&g->node[i]) ? (double)g->node[i].k * g->node[i].n_out : 0;
        cJSON_AddItemToArray(nodes, node_json(g, &g->node[i]));
    }
    cJSON_AddNumberToObject(j, "macs", macs);
    cJSON_AddNumberToObject(j, "weights", weights);
    cJSON *tensors = cJSON_AddArrayToObject(j, "tensors");
    for (int i = 0; i < in->n_tensors; i++)
        cJSON_AddItemToArray(tensors, tensor_json(&in->tensor[i]));
    char *text = cJSON_Print(j);
    cJSON_Delete(j);
    if (text == NULL)
        return false;
    printf("%s\n", text);
    free(text);
    return true;
}
