/* SPDX-License-Identifier: Apache-2.0
 *
 * teq inspect MODEL.teq: what is in a quantized network.
 */
#include "common.h"
#include "inspect.h"
#include "teq/cost.h"
#include "teq/teqfile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const op_name[] = {"dot", "maxpool", "concat", "pad", "reshape"};
static const char *const kind_name[] = {"conv", "depthwise", "dense", "pool"};

static const char *kind(const teq_qlayer *l) { return l->op == TEQ_QOP_DOT ? kind_name[l->kind] : op_name[l->op]; }

static const char *stored(const teq_qnet *net, int tensor)
{
    return tensor < 0 ? "-" : net->tensor[tensor].name;
}

/* Smallest and largest alpha of a layer's channels. */
static void alphas(const teq_qlayer *l, double *least, double *most)
{
    *least = *most = l->alpha[0];
    for (int o = 1; o < l->n_out; o++) {
        *least = fmin(*least, l->alpha[o]);
        *most = fmax(*most, l->alpha[o]);
    }
}

static size_t zeros(const teq_qnet *net, const teq_qlayer *l)
{
    int zero = net->target.arith == TEQ_ARITH_INT ? 0 : (1 << l->n_w) - 1, mask = (1 << l->n_w) - 1;
    size_t n = 0;
    for (size_t i = 0; i < (size_t)l->n_out * l->k; i++)
        n += (l->code[i * (size_t)l->terms] & mask) == zero;
    return n;
}

static void print_text(const teq_qnet *net)
{
    const teq_engine_caps *c = &net->target.caps;
    teq_qbits b = teq_qnet_bits(net);
    printf("%s: target %s", net->name, net->target.name);
    if (net->target.arith == TEQ_ARITH_SHIFT)
        printf(" (N_MAX %u, K_RES %u, MB %u, PW %u, ACC_W %u, NA_MAX %u)", c->n_max, c->k_res, c->mb, c->pw, c->acc_w,
               c->na_max);
    printf(", %d tensors, %d steps, %d outputs\n\n", net->n_tensors, net->n_steps, net->n_classes);
    printf("%-24s %12s %8s %5s %9s %12s\n", "tensor", "shape", "codes", "bits", "base", "alpha");
    for (int i = 0; i < net->n_tensors; i++) {
        const teq_qtensor *t = &net->tensor[i];
        char shape[32], base[16];
        snprintf(shape, sizeof shape, "%dx%dx%d", t->c, t->h, t->w);
        snprintf(base, sizeof base, t->step48 ? "2^(%d/48)" : "linear", t->step48);
        printf("%-24.24s %12s %8zu %4d%s %9s %12.6g%s\n", t->name, shape, t->size, teq_qtensor_bits(t),
               t->is_signed ? "s" : " ", base, t->alpha, t->is_alias ? "  (same codes)" : "");
    }
    if (net->input_terms == 2)
        printf("the input is stored in two terms, x = v1 + %.6g v2\n", net->input_split);
    printf("\n%-20s %-9s %-16s %-16s %7s %6s %3s %4s %22s %7s %10s %9s\n", "layer", "kind", "input", "output", "weights",
           "bits w", "K", "t", "alpha", "zero %", "bound", "cycles");
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        char bits[16] = "-", t[16] = "-", range[32] = "-", bound[16] = "-", empty[16] = "-";
        size_t weights = l->op == TEQ_QOP_DOT && l->kind != TEQ_QKIND_POOL ? (size_t)l->n_out * l->k : 0;
        if (l->op == TEQ_QOP_DOT) {
            double least, most;
            alphas(l, &least, &most);
            snprintf(bits, sizeof bits, "%d%s", l->n_w + 1, l->terms == 2 ? "x2" : "");
            snprintf(t, sizeof t, "%d,%d", l->t_w, l->t_a);
            snprintf(range, sizeof range, "%.4g .. %.4g", least, most);
            snprintf(bound, sizeof bound, "%.1f bits", log2((double)l->bound + 1));
            snprintf(empty, sizeof empty, "%.1f", 100.0 * (double)zeros(net, l) / ((double)l->n_out * (double)l->k));
        }
        printf("%-20.20s %-9s %-16.16s %-16.16s %7zu %6s %3d %4s %22s %7s %10s %9llu\n", l->name, kind(l),
               stored(net, l->in[0]), l->out < 0 ? "words" : stored(net, l->out), weights, bits, l->K, t, range, empty,
               bound, (unsigned long long)teq_layer_cycles(net, l, 16, 16));
        if (l->res >= 0)
            printf("%-20s %-9s %-16.16s added before the activation\n", "", "", stored(net, l->res));
    }
    printf("\nbits: %.3f on average (weights %.3f of %llu, activations %.3f of %llu)\n", b.all, b.weights,
           (unsigned long long)b.weight_codes, b.activations, (unsigned long long)b.activation_codes);
    printf("cycles of a 16 x 16 core: about %llu a sample (`teq compile` tells them exactly)\n",
           (unsigned long long)teq_qnet_cycles(net, 16, 16));
}

static void print_json(const teq_qnet *net)
{
    teq_qbits b = teq_qnet_bits(net);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "name", net->name);
    cJSON_AddStringToObject(root, "target", net->target.name);
    cJSON_AddNumberToObject(root, "bits_weights", b.weights);
    cJSON_AddNumberToObject(root, "bits_activations", b.activations);
    cJSON_AddNumberToObject(root, "bits_avg", b.all);
    cJSON_AddNumberToObject(root, "cycles_16x16", (double)teq_qnet_cycles(net, 16, 16));
    cJSON_AddNumberToObject(root, "input_terms", net->input_terms);
    cJSON *tensors = cJSON_AddArrayToObject(root, "tensors");
    for (int i = 0; i < net->n_tensors; i++) {
        const teq_qtensor *t = &net->tensor[i];
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "name", t->name);
        const int shape[3] = {t->c, t->h, t->w};
        cJSON_AddItemToObject(j, "shape", cJSON_CreateIntArray(shape, 3));
        cJSON_AddNumberToObject(j, "bits", teq_qtensor_bits(t));
        cJSON_AddBoolToObject(j, "signed", t->is_signed);
        cJSON_AddNumberToObject(j, "step48", t->step48);
        cJSON_AddNumberToObject(j, "alpha", t->alpha);
        cJSON_AddBoolToObject(j, "alias", t->is_alias);
        cJSON_AddItemToArray(tensors, j);
    }
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "name", l->name);
        cJSON_AddStringToObject(j, "kind", kind(l));
        cJSON_AddStringToObject(j, "input", stored(net, l->in[0]));
        if (l->out >= 0)
            cJSON_AddStringToObject(j, "output", stored(net, l->out));
        if (l->res >= 0)
            cJSON_AddStringToObject(j, "residual", stored(net, l->res));
        if (l->op == TEQ_QOP_DOT) {
            double least, most;
            alphas(l, &least, &most);
            cJSON_AddNumberToObject(j, "weights", l->kind == TEQ_QKIND_POOL ? 0 : (double)l->n_out * (double)l->k);
            cJSON_AddNumberToObject(j, "bits", teq_qlayer_weight_bits(l));
            cJSON_AddNumberToObject(j, "terms", l->terms);
            cJSON_AddNumberToObject(j, "K", l->K);
            cJSON_AddNumberToObject(j, "t_w", l->t_w);
            cJSON_AddNumberToObject(j, "t_a", l->t_a);
            cJSON_AddNumberToObject(j, "alpha_min", least);
            cJSON_AddNumberToObject(j, "alpha_max", most);
            cJSON_AddNumberToObject(j, "zero_weights", (double)zeros(net, l));
            cJSON_AddNumberToObject(j, "bound", l->bound);
            cJSON_AddNumberToObject(j, "rows", (double)teq_qlayer_n_rows(net, l));
            cJSON_AddNumberToObject(j, "cycles_16x16", (double)teq_layer_cycles(net, l, 16, 16));
            cJSON_AddNumberToObject(j, "macs", (double)teq_qlayer_macs(l));
        }
        cJSON_AddItemToArray(layers, j);
    }
    cli_print_json(root);
}

bool inspect_is_teq(const char *path)
{
    char head[8] = {0};
    FILE *f = fopen(path, "rb");
    size_t got = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return got == sizeof head && memcmp(head, "TEQ\r\n", 5) == 0;
}

bool inspect_teq(const char *path, bool json, teq_error *err)
{
    teq_qnet *net = teq_qnet_read(path, err);
    if (net == NULL)
        return false;
    if (json)
        print_json(net);
    else
        print_text(net);
    teq_qnet_free(net);
    return true;
}
