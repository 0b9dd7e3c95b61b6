/* SPDX-License-Identifier: Apache-2.0
 *
 * teq run: an image of teq compile on the core: its cycle model, the Verilog, or its netlist.
 */
#include "../net/file.h"
#include "common.h"
#include "samples.h"
#include "teq/session.h"
#include "teq/teqfile.h"
#include "verbs.h"

#include <argp.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct options {
    const char *image, *inputs, *labels, *backend, *model, *simulator, *wave, *wave_file;
    double scale;
    double zero_point;
    int count, ports, irq, compare;
    bool json;
} options;

static const struct argp_option argp_options[] = {
    {"inputs", 'i', "FILE", 0, "samples (.npy)", 0},
    {"scale", 's', "S", 0, "a stored q stands for (q - Z) * S", 0},
    {"zero-point", 'z', "Z", 0, "see --scale", 0},
    {"labels", 'l', "FILE", 0, "labels (.npy)", 0},
    {"count", 'n', "N", 0, "the first N samples only", 0},
    {"backend", 'b', "NAME", 0, "cmodel (default), rtl, gates", 0},
    {"eval", 'e', "MODEL.teq", 0, "compare every word with the integer executor's", 0},
    {"ports", 1, 0, 0, "by 32-bit register accesses alone, without the streams", 0},
    {"irq", 2, 0, 0, "wait for the interrupt instead of polling", 0},
    {"compare", 3, 0, 0, "rtl: every output of every cycle against the cycle model too", 0},
    {"wave", 'w', "LAYER:FROM-TO", 0, "rtl: waves of these cycles of a layer (its name), of the first sample", 0},
    {"wave-file", 4, "FILE", 0, "where to (build/waves/run.fst)", 0},
    {"simulator", 5, "FILE", 0, "the simulator program (build/tb/core_run/ROWSxCOLS/verilator/sim)", 0},
    {"json", 6, 0, 0, "print the result as JSON", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'i': o->inputs = arg; break;
    case 's': o->scale = cli_real(state, "scale", arg, 1e-30, 1e30); break;
    case 'z': o->zero_point = cli_real(state, "zero-point", arg, -1e6, 1e6); break;
    case 'l': o->labels = arg; break;
    case 'n': o->count = (int)cli_whole(state, "count", arg, 1, 1L << 30); break;
    case 'b': o->backend = arg; break;
    case 'e': o->model = arg; break;
    case 'w': o->wave = arg; break;
    case 1: o->ports = 1; break;
    case 2: o->irq = 1; break;
    case 3: o->compare = 1; break;
    case 4: o->wave_file = arg; break;
    case 5: o->simulator = arg; break;
    case 6: o->json = true; break;
    case ARGP_KEY_ARG:
        if (o->image)
            argp_error(state, "one image at a time");
        o->image = arg;
        break;
    case ARGP_KEY_END:
        if (!o->image || !o->inputs)
            argp_error(state, "an image (of teq compile) and --inputs are needed");
        if (o->wave && strcmp(o->backend, "rtl") != 0)
            argp_error(state, "--wave is for --backend rtl");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What a run gives: words and counters of n samples. */
typedef struct result {
    size_t n, n_words;
    uint8_t *codes;
    int16_t *words;
    teq_driver_counters *count;
    double seconds;
    size_t mismatches;
} result;

/* --- the cycle model --------------------------------------------------------------------- */

static void model_cycle(void *context, const teq_core_in *in, teq_core_out *out)
{
    teq_core_step(context, in);
    teq_core_outputs(context, out);
}

static bool run_model(const options *o, const teq_compiled *c, result *r, teq_error *err)
{
    teq_core *core = teq_core_new(&c->core, err);
    const teq_session_clock clock = {model_cycle, core};
    teq_session s;
    uint8_t *bytes = malloc(teq_compiled_input_size(c));
    uint32_t *beats = calloc(c->n_out_beats, sizeof *beats);
    bool ok = core && ((bytes && beats) || teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for its input and output", c->name)) &&
              teq_session_begin(&s, &clock, err);
    if (ok)
        s.use_irq = o->irq;
    ok = ok && teq_session_load(&s, c, o->ports, err);
    const double start = now();
    for (size_t i = 0; ok && i < r->n; i++) {
        teq_compiled_input(c, r->codes + i * (size_t)c->c * (size_t)c->h * (size_t)c->w, bytes);
        ok = teq_session_run(&s, c, bytes, o->ports, beats, &r->count[i], err);
        if (ok)
            teq_compiled_output(c, beats, r->words + i * r->n_words);
    }
    r->seconds = now() - start;
    free(bytes);
    free(beats);
    teq_core_free(core);
    return ok;
}

/* --- the simulator ------------------------------------------------------------------------- */

/* "NAME=value" of the environment of the simulator. */
static bool set(const char *name, const char *value, teq_error *err)
{
    return setenv(name, value, 1) == 0 || teq_fail(err, TEQ_ERR_MEMORY, "no memory for the environment");
}

/* LAYER:FROM-TO to cycles of the program. */
static bool set_window(const options *o, const teq_compiled *c, teq_error *err)
{
    const char *colon = strrchr(o->wave, ':');
    unsigned long long from, to;
    if (!colon || sscanf(colon + 1, "%llu-%llu", &from, &to) != 2 || to < from)
        return teq_fail(err, TEQ_ERR_ARG, "--wave %s: expected LAYER:FROM-TO", o->wave);
    for (uint32_t i = 0; i < c->n_layers; i++) {
        const teq_compiled_layer *l = &c->layer[i];
        if (strlen(l->name) != (size_t)(colon - o->wave) || strncmp(l->name, o->wave, (size_t)(colon - o->wave)) != 0)
            continue;
        char text[2][24];
        snprintf(text[0], sizeof text[0], "%llu", (unsigned long long)l->start + from);
        snprintf(text[1], sizeof text[1], "%llu", (unsigned long long)l->start + to);
        return set("TEQ_RUN_FROM", text[0], err) && set("TEQ_RUN_TO", text[1], err);
    }
    return teq_fail(err, TEQ_ERR_ARG, "--wave %s: no such layer; --listing of teq compile names them", o->wave);
}

/* Run a program to its end; its output goes to stderr if it fails. */
static bool spawn(char *const argv[], teq_error *err)
{
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(2, 1);
        execv(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return teq_fail(err, TEQ_ERR_IO, "%s: cannot be started", argv[0]);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return teq_fail(err, TEQ_ERR_VALUE, "%s: exit status %d", argv[0], WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return true;
}

static bool write_inputs(const teq_compiled *c, const result *r, const char *path, teq_error *err)
{
    const size_t size = teq_compiled_input_size(c);
    uint8_t *all = malloc(r->n * size);
    if (!all)
        return teq_fail(err, TEQ_ERR_MEMORY, "no memory for %zu samples", r->n);
    for (size_t i = 0; i < r->n; i++)
        teq_compiled_input(c, r->codes + i * (size_t)c->c * (size_t)c->h * (size_t)c->w, all + i * size);
    const bool ok = teq_file_write(path, all, r->n * size, "", 0, err);
    free(all);
    return ok;
}

static uint64_t get(const uint8_t *at, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v |= (uint64_t)at[i] << 8 * i;
    return v;
}

static bool read_results(const teq_compiled *c, result *r, const char *path, teq_error *err)
{
    size_t size;
    uint8_t *all = teq_file_read(path, &size, err);
    uint32_t *beats = calloc(c->n_out_beats, sizeof *beats);
    const size_t each = 40 + 4 * (size_t)c->n_out_beats;
    bool ok = all && beats && (size == r->n * each || teq_fail(err, TEQ_ERR_FORMAT, "%s: %zu bytes, expected %zu", path, size, r->n * each));
    for (size_t i = 0; ok && i < r->n; i++) {
        const uint8_t *at = all + i * each;
        r->count[i] = (teq_driver_counters){get(at, 8), get(at + 8, 8), get(at + 16, 8), get(at + 24, 8), get(at + 32, 8)};
        for (uint32_t k = 0; k < c->n_out_beats; k++)
            beats[k] = (uint32_t)get(at + 40 + 4 * (size_t)k, 4);
        teq_compiled_output(c, beats, r->words + i * r->n_words);
    }
    free(all);
    free(beats);
    return ok;
}

static bool run_simulator(const options *o, const teq_compiled *c, result *r, teq_error *err)
{
    char program[512], folder[] = "/tmp/teq_run_XXXXXX", input[64], output[64], wave[] = "--wave";
    const char *kind = strcmp(o->backend, "gates") == 0 ? "gates" : o->wave ? "wave" : "verilator";
    const teq_core_params usual = TEQ_CORE_DEFAULT, *p = &c->core;
    const bool is_large = p->act_words > usual.act_words || p->wgt_words > usual.wgt_words || p->prg_words > usual.prg_words;
    snprintf(program, sizeof program, "build/tb/core_run/%ux%u%s/%s/sim", p->array.rows, p->array.cols, is_large ? "_large" : "", kind);
    if (o->simulator)
        snprintf(program, sizeof program, "%s", o->simulator);
    if (access(program, X_OK) != 0)
        return teq_fail(err, TEQ_ERR_IO, "%s: not there; `make %s` builds it", program, program);
    if (!mkdtemp(folder))
        return teq_fail(err, TEQ_ERR_IO, "%s: cannot be made", folder);
    snprintf(input, sizeof input, "%s/input", folder);
    snprintf(output, sizeof output, "%s/output", folder);
    if (o->wave && !o->wave_file) /* there already, or it will be missed below */
        (void)mkdir("build/waves", 0777);
    char *file = strdup(o->wave_file ? o->wave_file : "build/waves/run.fst");
    char *const argv[] = {program, o->wave ? wave : NULL, file, NULL};
    bool ok = file && write_inputs(c, r, input, err) && set("TEQ_RUN_IMAGE", o->image, err) && set("TEQ_RUN_INPUT", input, err) &&
              set("TEQ_RUN_OUTPUT", output, err) && set("TEQ_RUN_PORTS", o->ports ? "1" : "0", err) &&
              set("TEQ_RUN_IRQ", o->irq ? "1" : "0", err) && set("TEQ_RUN_COMPARE", o->compare ? "1" : "0", err) &&
              (!o->wave || set_window(o, c, err));
    const double start = now();
    ok = ok && spawn(argv, err);
    r->seconds = now() - start;
    ok = ok && read_results(c, r, output, err);
    if (ok && o->wave)
        fprintf(stderr, "gtkwave %s\n", file);
    free(file);
    unlink(input);
    unlink(output);
    rmdir(folder);
    return ok;
}

/* --- judgement ------------------------------------------------------------------------------- */

/* Words that differ from the integer executor's. */
static bool compare(const options *o, const teq_compiled *c, result *r, teq_error *err)
{
    teq_qnet *net = teq_qnet_read(o->model, err);
    if (!net)
        return false;
    bool ok = net->tensor[net->input].size == (size_t)c->c * (size_t)c->h * (size_t)c->w && (size_t)net->n_classes == r->n_words;
    int16_t *want = malloc((r->n * r->n_words + 1) * sizeof *want);
    if (!ok || !want)
        ok = teq_fail(err, TEQ_ERR_SHAPE, "%s is not the network of %s", o->model, o->image);
    ok = ok && teq_qnet_run(net, r->n, r->codes, NULL, 0, want, NULL, err);
    for (size_t i = 0; ok && i < r->n * r->n_words; i++) {
        if (r->mismatches == 0 && r->words[i] != want[i])
            fprintf(stderr, "sample %zu, word %zu: expected %d, got %d\n", i / r->n_words, i % r->n_words, want[i], r->words[i]);
        r->mismatches += r->words[i] != want[i];
    }
    free(want);
    teq_qnet_free(net);
    return ok;
}

static void print(const options *o, const teq_compiled *c, const result *r, const int32_t *labels)
{
    const double cells = (double)c->core.array.rows * c->core.array.cols, n = (double)r->n;
    size_t correct = 0;
    double cycles = 0;
    bool exact = true;
    for (size_t i = 0; i < r->n; i++) {
        const int16_t *w = r->words + i * r->n_words;
        size_t best = 0;
        for (size_t k = 1; k < r->n_words; k++)
            best = w[k] > w[best] ? k : best;
        correct += labels && (size_t)labels[i] == best;
        cycles += (double)r->count[i].cycles;
        exact = exact && r->count[i].cycles == c->cycles;
    }
    const teq_driver_counters *first = &r->count[0];
    if (o->json) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "network", c->name);
        cJSON_AddStringToObject(j, "backend", o->backend);
        cJSON_AddNumberToObject(j, "images", n);
        cJSON_AddNumberToObject(j, "cycles", cycles / n);
        cJSON_AddNumberToObject(j, "predicted_cycles", (double)c->cycles);
        cJSON_AddBoolToObject(j, "cycles_as_predicted", exact);
        cJSON_AddNumberToObject(j, "macs", (double)c->macs);
        cJSON_AddNumberToObject(j, "utilisation", (double)c->macs / (cycles / n * cells));
        cJSON_AddNumberToObject(j, "stalls", (double)first->stalls);
        cJSON_AddNumberToObject(j, "row_ops", (double)first->row_ops);
        cJSON_AddNumberToObject(j, "zero_skips", (double)first->zero_skips);
        if (o->model)
            cJSON_AddNumberToObject(j, "mismatches", (double)r->mismatches);
        if (labels)
            cJSON_AddNumberToObject(j, "accuracy", 100.0 * (double)correct / n);
        cJSON_AddNumberToObject(j, "seconds_per_image", r->seconds / n);
        char *text = cJSON_Print(j);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(j);
        return;
    }
    printf("%s on %s: %zu samples, %.0f cycles each (predicted %" PRIu64 "%s), utilisation %.1f %%\n", c->name, o->backend, r->n, cycles / n,
           c->cycles, exact ? ", exact" : "", 100.0 * (double)c->macs / (cycles / n * cells));
    if (labels)
        printf("accuracy %.2f %%\n", 100.0 * (double)correct / n);
    if (o->model)
        printf("words that differ from teq eval: %zu of %zu\n", r->mismatches, r->n * r->n_words);
    printf("%.3f s a sample\n", r->seconds / n);
}

/* --- the verb ---------------------------------------------------------------------------------- */

static float *samples(const options *o, const teq_compiled *c, size_t *n, teq_error *err)
{
    const int channels = c->c / c->terms;
    teq_tensor tensor = {.name = (char *)(uintptr_t)"input", .c = channels, .h = c->h, .w = c->w, .node = -1,
                         .size = (size_t)channels * (size_t)c->h * (size_t)c->w};
    const teq_graph g = {.name = (char *)(uintptr_t)c->name, .n_tensors = 1, .tensor = &tensor, .input_channels_last = c->channels_last};
    return cli_samples(&g, o->inputs, o->scale, o->zero_point, n, err);
}

static bool execute(const options *o, const teq_compiled *c, result *r, teq_error *err)
{
    if (strcmp(o->backend, "cmodel") == 0)
        return run_model(o, c, r, err);
    if (strcmp(o->backend, "rtl") == 0 || strcmp(o->backend, "gates") == 0)
        return run_simulator(o, c, r, err);
    return teq_fail(err, TEQ_ERR_ARG, "--backend %s: expected cmodel, rtl or gates", o->backend);
}

static bool run(const options *o, teq_error *err)
{
    teq_compiled *c = teq_compiled_read(o->image, err);
    if (!c)
        return false;
    result r = {.n_words = (size_t)c->n_out * (size_t)c->out_h * (size_t)c->out_w};
    size_t all = 0;
    float *x = samples(o, c, &all, err);
    r.n = o->count > 0 && (size_t)o->count < all ? (size_t)o->count : all;
    int32_t *labels = NULL;
    bool ok = x != NULL && (r.n > 0 || teq_fail(err, TEQ_ERR_SHAPE, "%s: no samples", o->inputs));
    if (ok && o->labels)
        ok = (labels = cli_labels(o->labels, all, r.n_words, err)) != NULL;
    if (ok) {
        r.codes = malloc(r.n * (size_t)c->c * (size_t)c->h * (size_t)c->w);
        r.words = calloc(r.n * r.n_words, sizeof *r.words);
        r.count = calloc(r.n, sizeof *r.count);
        ok = (r.codes && r.words && r.count) || teq_fail(err, TEQ_ERR_MEMORY, "no memory for %zu samples", r.n);
    }
    if (ok)
        teq_compiled_encode(c, x, r.n, r.codes);
    ok = ok && execute(o, c, &r, err) && (!o->model || compare(o, c, &r, err));
    if (ok)
        print(o, c, &r, labels);
    if (ok && r.mismatches > 0)
        ok = teq_fail(err, TEQ_ERR_VALUE, "%zu words differ from %s", r.mismatches, o->model);
    free(r.codes);
    free(r.words);
    free(r.count);
    free(labels);
    free(x);
    teq_compiled_free(c);
    return ok;
}

int teq_cmd_run(int argc, char **argv)
{
    static const struct argp argp = {argp_options, parse, "IMAGE", "Run an image of teq compile on the core.", 0, 0, 0};
    options o = {.scale = 1, .backend = "cmodel"};
    argp_parse(&argp, argc, argv, 0, 0, &o);
    teq_error err = {0};
    return run(&o, &err) ? 0 : cli_fail(argv[0], &err);
}
