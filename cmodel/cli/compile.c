/* SPDX-License-Identifier: Apache-2.0
 *
 * teq compile: a .teq file to an image for teq_core.
 */
#include "samples.h"
#include "teq/compile.h"
#include "teq/teqfile.h"
#include "verbs.h"

#include <argp.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { SET_MAX = 32 };

typedef struct options {
    const char *model, *out, *header, *listing, *core;
    const char *set[SET_MAX];
    int n_set;
    bool json, input_first;
    teq_unfold unfold;
} options;

static const struct argp_option argp_options[] = {
    {"core", 'c', "SHAPE", 0, "4x4, 8x8, 16x16 (default), 16x32, ...: the core with its default memories; 16x16_large and so on: with larger ones", 0},
    {"set", 's', "NAME=VALUE", 0, "a parameter of teq_core, as in -s ACT_WORDS=8192", 0},
    {"output", 'o', "FILE", 0, "the image", 0},
    {"header", 'H', "FILE", 0, "a C header for firmware", 0},
    {"listing", 'l', "FILE", 0, "mapping, cycles and addresses of each layer; - prints it", 0},
    {"input-first", 1, 0, 0, "the first layer waits for the whole input", 0},
    {"unfold", 2, "cycles|vectors|never", 0, "unfold the input for the first layer if that takes fewer cycles (default), if it takes fewer vectors, or never", 0},
    {"json", 6, 0, 0, "print the result as JSON", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'c': o->core = arg; break;
    case 's':
        if (o->n_set == SET_MAX)
            argp_error(state, "at most %d parameters", SET_MAX);
        o->set[o->n_set++] = arg;
        break;
    case 'o': o->out = arg; break;
    case 'H': o->header = arg; break;
    case 'l': o->listing = arg; break;
    case 1: o->input_first = true; break;
    case 2:
        if (strcmp(arg, "cycles") != 0 && strcmp(arg, "vectors") != 0 && strcmp(arg, "never") != 0)
            argp_error(state, "--unfold %s: expected cycles, vectors or never", arg);
        o->unfold = *arg == 'c' ? TEQ_UNFOLD_CYCLES : *arg == 'v' ? TEQ_UNFOLD_VECTORS : TEQ_UNFOLD_NEVER;
        break;
    case 6: o->json = true; break;
    case ARGP_KEY_ARG:
        if (o->model)
            argp_error(state, "one network at a time");
        o->model = arg;
        break;
    case ARGP_KEY_END:
        if (!o->model)
            argp_error(state, "a network (.teq) is needed");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* The shape asked for, in the arithmetic that the network was quantized for, unless --set
 * says otherwise. */
static bool parameters(const options *o, const teq_qnet *net, teq_core_params *p, teq_error *err)
{
    if (!teq_core_preset(o->core, p))
        return teq_fail(err, TEQ_ERR_ARG, "--core %s: expected ROWSxCOLS or ROWSxCOLS_large, each 4, 8, 16, 32 or 64", o->core);
    const teq_engine_caps *caps = &net->target.caps;
    if (net->target.arith == TEQ_ARITH_INT) {
        p->array.engine = TEQ_ARRAY_BOOTH;
        p->array.n_max = (uint8_t)(caps->n_max - 1);
        p->array.na_max = caps->na_max;
        p->array.acc_w = caps->acc_w;
    } else if (net->target.arith == TEQ_ARITH_SHIFT) {
        p->array.n_max = caps->n_max, p->array.k_res = caps->k_res, p->array.mb = caps->mb, p->array.pw = caps->pw;
        p->array.acc_w = caps->acc_w, p->array.na_max = caps->na_max;
    }
    for (int i = 0; i < o->n_set; i++)
        if (!teq_core_set(p, o->set[i], err))
            return teq_fail_prefix(err, "--set");
    return true;
}

static bool listing(const teq_compiled *c, const char *path, teq_error *err)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!f)
        return teq_fail(err, TEQ_ERR_IO, "%s: cannot be written", path);
    teq_compiled_list(c, f);
    bool ok = !ferror(f);
    if (f != stdout)
        ok = fclose(f) == 0 && ok;
    return ok || teq_fail(err, TEQ_ERR_IO, "%s: not written whole", path);
}

static void print_json(const teq_compiled *c)
{
    const double cells = (double)c->core.array.rows * c->core.array.cols;
    cJSON *j = cJSON_CreateObject(), *rows;
    cJSON_AddStringToObject(j, "network", c->name);
    cJSON_AddNumberToObject(j, "predicted_cycles", (double)c->cycles);
    cJSON_AddNumberToObject(j, "macs", (double)c->macs);
    cJSON_AddNumberToObject(j, "utilisation", (double)c->macs / ((double)c->cycles * cells));
    cJSON_AddNumberToObject(j, "act_words", c->act_words);
    cJSON_AddNumberToObject(j, "wgt_words", c->wgt_words);
    cJSON_AddNumberToObject(j, "prg_words", c->prg_words);
    rows = cJSON_AddArrayToObject(j, "layers");
    for (uint32_t i = 0; i < c->n_layers; i++) {
        const teq_compiled_layer *l = &c->layer[i];
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "layer", l->name);
        cJSON_AddStringToObject(row, "kind", l->kind);
        cJSON_AddStringToObject(row, "mapping", l->how);
        cJSON_AddNumberToObject(row, "cycles", (double)l->cycles);
        cJSON_AddNumberToObject(row, "macs", (double)l->macs);
        cJSON_AddNumberToObject(row, "utilisation", l->cycles ? (double)l->macs / ((double)l->cycles * cells) : 0);
        cJSON_AddItemToArray(rows, row);
    }
    char *text = cJSON_Print(j);
    printf("%s\n", text ? text : "{}");
    free(text);
    cJSON_Delete(j);
}

static bool run(const options *o, teq_error *err)
{
    teq_qnet *net = teq_qnet_read(o->model, err);
    teq_core_params p;
    const teq_compile_options how = {.input_first = o->input_first, .unfold = o->unfold};
    teq_compiled *c = net && parameters(o, net, &p, err) ? teq_compile(net, &p, &how, err) : NULL;
    const bool ok = c && (!o->out || teq_compiled_write(c, o->out, err)) && (!o->header || teq_compiled_header(c, o->header, err)) &&
                    (!o->listing || listing(c, o->listing, err));
    if (ok && o->json)
        print_json(c);
    else if (ok && (!o->listing || strcmp(o->listing, "-") != 0))
        printf("%s: %llu cycles, utilisation %.1f %%; ACT %u, WGT %u, PRG %u words\n", o->model, (unsigned long long)c->cycles,
               100.0 * (double)c->macs / ((double)c->cycles * p.array.rows * p.array.cols), c->act_words, c->wgt_words, c->prg_words);
    teq_compiled_free(c);
    teq_qnet_free(net);
    return ok;
}

int teq_cmd_compile(int argc, char **argv)
{
    static const struct argp argp = {argp_options, parse, "MODEL.teq", "Compile a quantized network for teq_core.", 0, 0, 0};
    options o = {.core = "16x16"};
    argp_parse(&argp, argc, argv, 0, 0, &o);
    teq_error err = {0};
    return run(&o, &err) ? 0 : cli_fail(argv[0], &err);
}
