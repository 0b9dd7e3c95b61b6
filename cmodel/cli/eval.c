/* SPDX-License-Identifier: Apache-2.0
 *
 * teq eval: the quantized network on samples, in the array's integers.
 */
#include "common.h"
#include "samples.h"
#include "teq/clock.h"
#include "teq/onnx.h"
#include "teq/teqfile.h"
#include "verbs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *model, *inputs, *labels, *float_model;
    cli_common common;
    bool json, auc;
} options;

static const struct argp_option argp_options[] = {
    {"inputs", 'i', "FILE", 0, "samples (.npy)", 0},
    {"labels", 'l', "FILE", 0, "labels (.npy)", 0},
    {"float", 'f', "FILE", 0, "the ONNX file it came from: agreement, loss and SQNR", 0},
    {"auc", 1, 0, 0, "an autoencoder: score = squared error, label 1 = anomaly", 0},
    {"json", 6, 0, 0, "print the result as JSON", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'i': o->inputs = arg; break;
    case 'l': o->labels = arg; break;
    case 'f': o->float_model = arg; break;
    case 1: o->auc = true; break;
    case 6: o->json = true; break;
    case ARGP_KEY_ARG:
        if (o->model != NULL)
            argp_error(state, "one network at a time");
        o->model = arg;
        break;
    case ARGP_KEY_END:
        if (o->model == NULL || o->inputs == NULL)
            argp_error(state, "a network (.teq) and --inputs are needed");
        if (o->auc && o->labels == NULL)
            argp_error(state, "--auc needs --labels");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Samples without a float model: the input tensor's shape stands in for the graph's. */
static float *plain_samples(const teq_qnet *net, const options *o, size_t *n, teq_error *err)
{
    const teq_qtensor *t = &net->tensor[net->input];
    teq_tensor tensor = {.name = t->name, .c = t->c / net->input_terms, .h = t->h, .w = t->w, .node = -1,
                         .size = t->size / (size_t)net->input_terms};
    teq_graph g = {.name = net->name, .n_tensors = 1, .tensor = &tensor,
                   .input_channels_last = net->input_channels_last};
    return cli_samples(&g, o->inputs, o->common.scale, o->common.zero_point, n, err);
}

typedef struct sqnr {
    const char *layer;
    double db;
} sqnr;

/* Signal to error of each stored tensor, over at most 200 samples. */
static int layer_sqnr(const teq_graph *g, const teq_qnet *net, const float *x, size_t n, int threads, sqnr *out)
{
    int count = 0;
    n = n > 200 ? 200 : n;
    uint8_t *input = malloc(n * net->tensor[net->input].size);
    if (input == NULL)
        return 0;
    teq_qnet_encode(net, x, n, input);
    for (int t = 0; t < net->n_tensors; t++) {
        const teq_qtensor *qt = &net->tensor[t];
        int gt = teq_graph_find_tensor(g, qt->name);
        if (gt < 0 || t == net->input || qt->is_alias || g->tensor[gt].size != qt->size)
            continue;
        uint8_t *codes = malloc(n * qt->size);
        float *f = malloc(n * qt->size * sizeof *f), *q = malloc(n * qt->size * sizeof *q);
        float *copy = malloc(n * g->tensor[g->input].size * sizeof *copy);
        teq_qbind want = {t, codes};
        teq_qrun_options run = {.threads = threads};
        if (codes && f && q && copy) {
            memcpy(copy, x, n * g->tensor[g->input].size * sizeof *copy);
            teq_exec_bind in = {g->input, copy}, o = {gt, f};
            teq_exec_options exec = {.threads = threads};
            if (teq_exec_run(g, n, &in, 1, &o, 1, &exec, NULL) &&
                teq_qnet_run(net, n, input, &want, 1, NULL, &run, NULL)) {
                teq_qtensor_decode(net, t, codes, n * qt->size, q);
                /* Equalized channels have a scale of their own: compare up to it. */
                size_t pixels = (size_t)(qt->h * qt->w);
                double signal = 0, error = 0;
                for (int c = 0; c < qt->c; c++) {
                    double fq = 0, qq = 0, ff = 0;
                    for (size_t i = 0; i < n; i++)
                        for (size_t k = i * qt->size + (size_t)c * pixels; k < i * qt->size + (size_t)(c + 1) * pixels; k++) {
                            fq += (double)f[k] * (double)q[k];
                            qq += (double)q[k] * (double)q[k];
                            ff += (double)f[k] * (double)f[k];
                        }
                    signal += ff;
                    error += qq > 0 ? ff - fq * fq / qq : ff;
                }
                out[count++] = (sqnr){qt->name, 10 * log10(signal / (error > 1e-30 ? error : 1e-30))};
            }
        }
        free(codes);
        free(f);
        free(q);
        free(copy);
    }
    free(input);
    return count;
}

static double auc_of(const float *x, const float *y, const int32_t *labels, size_t n, size_t size)
{
    double *score = calloc(n, sizeof *score);
    for (size_t i = 0; score != NULL && i < n; i++)
        for (size_t k = 0; k < size; k++)
            score[i] += (double)(x[i * size + k] - y[i * size + k]) * (double)(x[i * size + k] - y[i * size + k]);
    double auc = score ? cli_auc(score, labels, n) : NAN;
    free(score);
    return auc;
}

static void print(const options *o, const teq_qnet *net, const judgement *j, double auc, double seconds,
                  const sqnr *layers, int n_layers)
{
    teq_qbits b = teq_qnet_bits(net);
    uint64_t macs = 0;
    for (int i = 0; i < net->n_steps; i++)
        macs += teq_qlayer_macs(&net->step[i]);
    double gmacs = (double)macs * (double)j->n / seconds / 1e9;
    if (o->json) {
        cJSON *out = cJSON_CreateObject(), *list;
        cJSON_AddStringToObject(out, "network", o->model);
        cJSON_AddStringToObject(out, "target", net->target.name);
        cli_number(out, "n", (double)j->n);
        cli_number(out, "bits_avg", b.all);
        cli_number(out, "bits_weights", b.weights);
        cli_number(out, "bits_activations", b.activations);
        cli_number(out, "acc_float", j->acc_float);
        cli_number(out, "acc_quant", j->acc_quant);
        cli_number(out, "acc_low", j->acc_low);
        cli_number(out, "acc_high", j->acc_high);
        cli_number(out, "loss_points", j->loss);
        cli_number(out, "loss_low", j->loss_low);
        cli_number(out, "loss_high", j->loss_high);
        cli_number(out, "agreement", j->agreement);
        cli_number(out, "logit_error", j->logit_error);
        cli_number(out, "auc", auc);
        cli_number(out, "seconds", seconds);
        cli_number(out, "gmacs_per_s", gmacs);
        list = cJSON_AddArrayToObject(out, "sqnr");
        for (int i = 0; i < n_layers; i++) {
            cJSON *item = cJSON_CreateObject();
            cJSON_AddStringToObject(item, "tensor", layers[i].layer);
            cli_number(item, "db", layers[i].db);
            cJSON_AddItemToArray(list, item);
        }
        cli_print_json(out);
        return;
    }
    printf("%s: %.3f bits on average, target %s\n", o->model, b.all, net->target.name);
    for (int i = 0; i < n_layers; i++)
        printf("  %-32.32s SQNR %5.1f dB\n", layers[i].layer, layers[i].db);
    if (isfinite(j->acc_quant))
        printf("accuracy %.2f %% (95 %%: %.2f to %.2f) of %zu samples\n", j->acc_quant, j->acc_low, j->acc_high, j->n);
    if (isfinite(j->loss))
        printf("float    %.2f %%, loss %.2f points (paired 95 %%: %.2f to %.2f)\n", j->acc_float, j->loss, j->loss_low,
               j->loss_high);
    if (isfinite(j->agreement))
        printf("agreement with float %.2f %%, relative logit error %.4f\n", j->agreement, j->logit_error);
    if (isfinite(auc))
        printf("AUC %.4f\n", auc);
    printf("%zu samples in %.2f s, %.2f GMAC/s\n", j->n, seconds, gmacs);
}

static bool run(const options *o, teq_error *err)
{
    teq_qnet *net = teq_qnet_read(o->model, err);
    if (net == NULL)
        return false;
    teq_graph *g = o->float_model ? teq_onnx_load(o->float_model, err) : NULL;
    size_t n = 0, classes = (size_t)net->n_classes, n_labels = o->auc ? 2 : classes;
    bool ok = o->float_model == NULL || g != NULL;
    if (ok && g != NULL &&
        (g->tensor[g->input].size * (size_t)net->input_terms != net->tensor[net->input].size ||
         g->tensor[g->logits].size != classes))
        ok = teq_fail(err, TEQ_ERR_SHAPE, "%s is not the float network of %s: input or output sizes differ",
                      o->float_model, o->model);
    if (ok && o->auc && net->tensor[net->input].size != classes * (size_t)net->input_terms)
        ok = teq_fail(err, TEQ_ERR_SHAPE, "%s: --auc: expected as many outputs as inputs, got %zu and %zu", o->model,
                      classes, net->tensor[net->input].size / (size_t)net->input_terms);
    float *x = ok ? plain_samples(net, o, &n, err) : NULL;
    ok = x != NULL;
    int32_t *labels = NULL;
    if (ok && o->labels != NULL)
        ok = (labels = cli_labels(o->labels, n, n_labels, err)) != NULL;
    teq_qrun_options how = {.threads = o->common.threads, .progress = cli_progress()};
    double start = teq_seconds();
    float *q = ok ? teq_qnet_logits(net, x, n, &how, err) : NULL;
    double seconds = teq_seconds() - start;
    float *f = q != NULL && g != NULL ? teq_exec_logits(g, x, n, o->common.threads, err) : NULL;
    ok = q != NULL && (g == NULL || f != NULL);
    sqnr *layers = calloc((size_t)net->n_tensors, sizeof *layers);
    if (ok && layers != NULL) {
        int n_layers = g != NULL ? layer_sqnr(g, net, x, n, o->common.threads, layers) : 0;
        judgement j = cli_judge(f, q, o->auc ? NULL : labels, n, classes);
        double auc = o->auc ? auc_of(x, q, labels, n, classes) : NAN;
        print(o, net, &j, auc, seconds, layers, n_layers);
    }
    free(layers);
    free(f);
    free(q);
    free(labels);
    free(x);
    teq_graph_free(g);
    teq_qnet_free(net);
    return ok;
}

int teq_cmd_eval(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {argp_options, parse, "MODEL.teq",
                                     "Run a quantized network in the array's integers.", children, 0, 0};
    options o = {.common = CLI_COMMON_DEFAULTS};
    argp_parse(&argp, argc, argv, 0, 0, &o);
    teq_error err = {0};
    return run(&o, &err) ? 0 : cli_fail(argv[0], &err);
}
