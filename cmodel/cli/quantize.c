/* SPDX-License-Identifier: Apache-2.0
 *
 * teq quantize: ONNX and unlabelled samples in, .teq out.
 */
#include "common.h"
#include "samples.h"
#include "teq/cost.h"
#include "teq/dna.h"
#include "teq/onnx.h"
#include "teq/teqfile.h"
#include "verbs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *model, *calib, *labels, *out, *method, *target, *objective;
    cli_common common;
    double max_loss, min_bits, max_bits;
    int bits, n_w, n_a; /* bits: of int, 0 for mixed */
    bool json, quiet, one_term, no_beta, strict;
} options;

static const struct argp_option argp_options[] = {
    {"calib", 'c', "FILE", 0, "calibration samples (.npy)", 0},
    {"labels", 'l', "FILE", 0, "labels of the calibration samples, for the choice of bits", 0},
    {"method", 'm', "NAME", 0, "teq (default), int, range, dna-teq (no .teq file: its bases are any)", 0},
    {"target", 't', "NAME", 0, "shift4 (default): the array as it comes; shift5; shift4_6_8: MB 6, PW 8; none: the format alone", 0},
    {"objective", 4, "NAME", 0, "what is made small: bits; cycles of a 16 x 16 core (default for shift4 and shift5); energy of the tile", 0},
    {"bits", 'b', "B", 0, "int: 4..8 or mixed (default 8)", 0},
    {"n-weights", 1, "N", 0, "range: bits of weight codes, sign apart (4)", 0},
    {"n-activations", 2, "N", 0, "range: bits of activation codes, sign apart (5)", 0},
    {"one-term", 8, 0, 0, "range: weights of one term in every layer", 0},
    {"no-beta", 9, 0, 0, "dna-teq: beta = 0", 0},
    {"max-loss", 3, "POINTS", 0, "accuracy that may be lost (1.0)", 0},
    {"min-bits", 5, "B", 0, "the average is chosen from here (3.85; 4.25 for shift4 and shift5) ...", 0},
    {"max-bits", 7, "B", 0, "... to here (4.29; 5 for shift4 and shift5)", 0},
    {"output", 'o', "FILE", 0, "the .teq file", 0},
    {"strict", 10, 0, 0, "exit status 3, not 0, where the loss expected is above --max-loss; the file is written all the same", 0},
    {"json", 6, 0, 0, "print the result as JSON", 0},
    {"quiet", 'q', 0, 0, "no log", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'c': o->calib = arg; break;
    case 'l': o->labels = arg; break;
    case 'm': o->method = arg; break;
    case 't': o->target = arg; break;
    case 'b': o->bits = strcmp(arg, "mixed") == 0 ? 0 : (int)cli_whole(state, "bits", arg, 4, 8); break;
    case 1: o->n_w = (int)cli_whole(state, "n-weights", arg, 2, 7); break;
    case 2: o->n_a = (int)cli_whole(state, "n-activations", arg, 2, 7); break;
    case 8: o->one_term = true; break;
    case 9: o->no_beta = true; break;
    case 3: o->max_loss = cli_real(state, "max-loss", arg, 1e-6, 100); break;
    case 4: o->objective = arg; break;
    case 5: o->min_bits = cli_real(state, "min-bits", arg, 1, 16); break;
    case 7: o->max_bits = cli_real(state, "max-bits", arg, 1, 16); break;
    case 'o': o->out = arg; break;
    case 10: o->strict = true; break;
    case 6: o->json = true; break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG:
        if (o->model != NULL)
            argp_error(state, "one network at a time");
        o->model = arg;
        break;
    case ARGP_KEY_END:
        if (o->model == NULL || o->calib == NULL)
            argp_error(state, "a network (.onnx) and --calib are needed");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void log_line(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

static bool choose_method(const options *o, teq_quant_options *q, teq_error *err)
{
    char target[16];
    snprintf(target, sizeof target, "%.15s", o->target);
    if (strcmp(o->method, "teq") == 0) {
        q->method = TEQ_METHOD_TEQ;
    } else if (strcmp(o->method, "range") == 0) {
        q->method = TEQ_METHOD_RANGE;
    } else if (strcmp(o->method, "int") == 0) {
        q->method = TEQ_METHOD_INT;
        q->bits = o->bits;
        snprintf(target, sizeof target, "int%d", q->bits ? q->bits : 8);
    } else {
        return teq_fail(err, TEQ_ERR_ARG, "--method %s: expected teq, int, range or dna-teq", o->method);
    }
    static const char *const objective[] = {"default", "bits", "cycles", "energy"};
    for (int i = 0; i < 4; i++)
        if (strcmp(o->objective, objective[i]) == 0)
            q->objective = (teq_objective)i;
    if (strcmp(o->objective, objective[q->objective]) != 0)
        return teq_fail(err, TEQ_ERR_ARG, "--objective %s: expected bits, cycles or energy", o->objective);
    if (!teq_target_find(target, &q->target))
        return teq_fail(err, TEQ_ERR_ARG, "--target %s: expected shift4, shift5, either with _MB_PW, or none", target);
    return true;
}

static void print_text(const teq_qnet *net, const teq_quant_report *r)
{
    teq_qbits b = teq_qnet_bits(net);
    printf("%-24s %-10s %8s %8s %6s %6s %4s %4s\n", "layer", "kind", "weights", "outputs", "bits w", "bits a", "K", "t");
    for (int i = 0; i < net->n_steps; i++) {
        static const char *const kind[] = {"conv", "depthwise", "dense", "pool"};
        const teq_qlayer *l = &net->step[i];
        if (l->op != TEQ_QOP_DOT)
            continue;
        char w[16] = "-", a[16] = "words", t[16];
        if (l->kind != TEQ_QKIND_POOL)
            snprintf(w, sizeof w, "%d%s", l->n_w + 1, l->terms == 2 ? "x2" : "");
        if (l->out >= 0)
            snprintf(a, sizeof a, "%d", teq_qtensor_bits(&net->tensor[l->out]));
        snprintf(t, sizeof t, "%d,%d", l->t_w, l->t_a);
        printf("%-24.24s %-10s %8zu %8d %6s %6s %4d %4s\n", l->name, kind[l->kind],
               l->kind == TEQ_QKIND_POOL ? (size_t)0 : (size_t)l->n_out * l->k, l->n_out * l->oh * l->ow, w, a, l->K, t);
    }
    printf("bits: %.3f on average (weights %.3f, activations %.3f), %.2f times less than INT8\n", b.all, b.weights,
           b.activations, 8 / b.all);
    printf("cycles of a 16 x 16 core: about %llu a sample\n", (unsigned long long)teq_qnet_cycles(net, 16, 16));
    if (r->energy_pj > 0)
        printf("energy of the %s tile: about %.0f nJ a sample; %.3f of what it is without --objective energy\n", r->energy_of,
               1e-3 * r->energy_pj, r->energy_share);
    printf("chosen on: %s\n", r->chosen_on);
    if (isfinite(r->agreement))
        printf("on samples not fitted: agreement %.1f %%, expected loss %.2f points; ", 100 * r->agreement,
               r->expected_loss);
    printf("%.1f s\n", r->seconds);
}

static void print_json(const teq_qnet *net, const options *o, const teq_quant_report *r)
{
    teq_qbits b = teq_qnet_bits(net);
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "network", o->model);
    cJSON_AddStringToObject(j, "method", o->method);
    cJSON_AddStringToObject(j, "target", net->target.name);
    cJSON_AddNumberToObject(j, "bits_weights", b.weights);
    cJSON_AddNumberToObject(j, "bits_activations", b.activations);
    cJSON_AddNumberToObject(j, "bits_avg", b.all);
    cJSON_AddNumberToObject(j, "compression_vs_int8", 8 / b.all);
    cJSON_AddNumberToObject(j, "cycles_16x16", (double)teq_qnet_cycles(net, 16, 16));
    if (isfinite(r->agreement)) {
        cJSON_AddNumberToObject(j, "agreement", 100 * r->agreement);
        cJSON_AddNumberToObject(j, "expected_loss", r->expected_loss);
    }
    if (isfinite(r->judged_loss))
        cJSON_AddBoolToObject(j, "within_max_loss", r->judged_loss <= o->max_loss);
    if (r->energy_pj > 0) {
        cJSON_AddStringToObject(j, "energy_of", r->energy_of);
        cJSON_AddNumberToObject(j, "energy_nj", 1e-3 * r->energy_pj);
        cJSON_AddNumberToObject(j, "energy_share", r->energy_share);
    }
    cJSON_AddNumberToObject(j, "seconds", r->seconds);
    cJSON_AddStringToObject(j, "chosen_on", r->chosen_on);
    cli_print_json(j);
}

/* What was asked for is not always to be had: never silently. False: it is not. */
static bool warn_of_loss(const options *o, const teq_quant_report *r)
{
    if (!(r->judged_loss > o->max_loss)) /* NAN: nothing was held against it */
        return true;
    fprintf(stderr,
            "teq quantize: warning: %s: a loss of %.2f points is expected, more than --max-loss %g; a larger --max-bits, "
            "another --target or more calibration samples may bring it down\n",
            o->model, r->judged_loss, o->max_loss);
    return false;
}

/* The paper's method has no place in a .teq file: the log and the layers are its result. */
static bool run_dna(const options *o, const teq_graph *g, const float *x, size_t n, const teq_quant_options *q,
                    bool *kept, teq_error *err)
{
    teq_quant_report r;
    teq_dna *d = teq_dna_quantize(g, x, n, q, &r, err);
    if (d == NULL)
        return false;
    *kept = warn_of_loss(o, &r);
    const teq_dna_layer *l;
    int count = teq_dna_layers(d, &l);
    teq_qbits b = teq_dna_bits(d);
    cJSON *j = cJSON_CreateObject(), *list;
    cJSON_AddStringToObject(j, "network", o->model);
    cJSON_AddStringToObject(j, "method", "dna-teq");
    cJSON_AddNumberToObject(j, "bits_weights", b.weights);
    cJSON_AddNumberToObject(j, "bits_activations", b.activations);
    cJSON_AddNumberToObject(j, "bits_avg", b.all);
    cJSON_AddNumberToObject(j, "compression_vs_int8", 8 / b.all);
    cJSON_AddStringToObject(j, "chosen_on", r.chosen_on);
    list = cJSON_AddArrayToObject(j, "layers");
    for (int i = 0; i < count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "layer", l[i].name);
        cJSON_AddNumberToObject(item, "n", l[i].weight.n);
        cJSON_AddNumberToObject(item, "base", l[i].weight.base);
        cJSON_AddNumberToObject(item, "alpha_w", l[i].weight.alpha);
        cJSON_AddNumberToObject(item, "beta_w", l[i].weight.beta);
        cJSON_AddNumberToObject(item, "alpha_a", l[i].input.alpha);
        cJSON_AddNumberToObject(item, "beta_a", l[i].input.beta);
        cJSON_AddNumberToObject(item, "rmae_w", l[i].rmae_w);
        cJSON_AddNumberToObject(item, "rmae_a", l[i].rmae_a);
        cJSON_AddItemToArray(list, item);
    }
    if (o->json) {
        cli_print_json(j);
    } else {
        printf("bits: %.3f on average (weights %.3f, activations %.3f)\n", b.all, b.weights, b.activations);
        cJSON_Delete(j);
    }
    teq_dna_free(d);
    return true;
}

static bool run(const options *o, bool *kept, teq_error *err)
{
    teq_graph *g = teq_onnx_load(o->model, err);
    if (g == NULL)
        return false;
    size_t n = 0;
    float *x = cli_samples(g, o->calib, o->common.scale, o->common.zero_point, &n, err);
    teq_quant_options q = teq_quant_defaults();
    q.n_w = o->n_w, q.n_a = o->n_a, q.one_term = o->one_term, q.no_beta = o->no_beta;
    q.max_loss = o->max_loss, q.min_bits = o->min_bits, q.max_bits = o->max_bits;
    q.threads = o->common.threads;
    q.log = o->quiet ? NULL : log_line;
    int32_t *labels = NULL;
    bool dna = strcmp(o->method, "dna-teq") == 0, ok = x != NULL && (dna || choose_method(o, &q, err));
    if (ok && dna && o->out != NULL)
        ok = teq_fail(err, TEQ_ERR_ARG, "--output: a .teq file holds this project's format, not that of dna-teq");
    if (ok && o->labels != NULL) {
        labels = cli_labels(o->labels, n, g->tensor[g->logits].size, err);
        q.labels = labels;
        ok = labels != NULL;
    }
    if (ok && dna)
        ok = run_dna(o, g, x, n, &q, kept, err);
    teq_quant_report r;
    teq_qnet *net = ok && !dna ? teq_quantize(g, x, n, &q, &r, err) : NULL;
    ok = ok && (dna || net != NULL);
    if (net != NULL)
        *kept = warn_of_loss(o, &r);
    if (ok && net != NULL && o->out != NULL)
        ok = teq_qnet_write(net, o->out, err);
    if (net == NULL)
        ;
    else if (ok && o->json)
        print_json(net, o, &r);
    else if (ok)
        print_text(net, &r);
    teq_qnet_free(net);
    free(labels);
    free(x);
    teq_graph_free(g);
    return ok;
}

int teq_cmd_quantize(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {argp_options, parse, "MODEL.onnx", "Quantize a network. No labels are needed.",
                                     children, 0, 0};
    options o = {.common = CLI_COMMON_DEFAULTS, .method = "teq", .target = "shift4", .objective = "default", .bits = 8,
                 .n_w = 4, .n_a = 5, .max_loss = 1.0};
    argp_parse(&argp, argc, argv, 0, 0, &o);
    teq_error err = {0};
    bool kept = true;
    if (!run(&o, &kept, &err))
        return cli_fail(argv[0], &err);
    return o.strict && !kept ? 3 : 0;
}
