/* SPDX-License-Identifier: Apache-2.0
 *
 * teq bench: how fast quantize and eval are, beside the float executor and OpenBLAS's
 * sgemm in the same run.
 */
#include "common.h"
#include "samples.h"
#include "teq/clock.h"
#include "teq/onnx.h"
#include "teq/quant.h"
#include "verbs.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef struct options {
    const char *model, *calib, *inputs, *target;
    cli_common common;
    bool json;
} options;

static const struct argp_option argp_options[] = {
    {"calib", 'c', "FILE", 0, "calibration samples (.npy)", 0},
    {"inputs", 'i', "FILE", 0, "evaluation samples (.npy)", 0},
    {"target", 't', "NAME", 0, "shift4 (default), shift5, none", 0},
    {"json", 6, 0, 0, "print the result as JSON", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'c': o->calib = arg; break;
    case 'i': o->inputs = arg; break;
    case 't': o->target = arg; break;
    case 6: o->json = true; break;
    case ARGP_KEY_ARG: o->model = arg; break;
    case ARGP_KEY_END:
        if (!o->model || !o->calib || !o->inputs)
            argp_error(state, "a network, --calib and --inputs are needed");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

typedef struct figures {
    const char *name, *target;
    size_t n;                                   /* samples of eval                                 */
    double quantize, quantize_cpu;              /* seconds; of all processors together             */
    double eval_seconds;
    double eval, executor, sgemm;               /* GMAC/s                                          */
    double megabytes;                           /* largest resident size of the process            */
} figures;

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The best of a few runs: what else the machine does only ever takes away. */
#define RUNS 3

static bool measure_executor(const teq_graph *g, const float *x, size_t n, int threads, double *seconds, teq_error *err)
{
    *seconds = 1e30;
    for (int i = 0; i < RUNS; i++) {
        double start = teq_seconds();
        float *y = teq_exec_logits(g, x, n, threads, err);
        double took = teq_seconds() - start;
        free(y);
        if (y == NULL)
            return false;
        *seconds = took < *seconds ? took : *seconds;
    }
    return true;
}

static bool measure_eval(const teq_qnet *net, const float *x, size_t n, int threads, double *seconds, teq_error *err)
{
    teq_qrun_options run = {.threads = threads};
    *seconds = 1e30;
    for (int i = 0; i < RUNS; i++) {
        double start = teq_seconds();
        float *y = teq_qnet_logits(net, x, n, &run, err);
        double took = teq_seconds() - start;
        free(y);
        if (y == NULL)
            return false;
        *seconds = took < *seconds ? took : *seconds;
    }
    return true;
}

/* C = A B of 512 x 512 matrices, all processors. */
static double measure_sgemm(void)
{
    enum { N = 512 };
    float *m = malloc(3 * (size_t)N * N * sizeof *m);
    double best = 1e30;
    if (m == NULL)
        return 0;
    for (size_t i = 0; i < 3 * (size_t)N * N; i++)
        m[i] = (float)(i % 17) / 17.0f - 0.5f;
    for (int i = 0; i < 8 * RUNS; i++) {
        double start = teq_seconds();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1.0f, m, N, m + N * N, N, 0.0f, m + 2 * N * N, N);
        double took = teq_seconds() - start;
        best = took < best ? took : best;
    }
    free(m);
    return (double)N * N * N / best / 1e9;
}

static void print(const figures *f, bool json)
{
    if (json) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "network", f->name);
        cJSON_AddStringToObject(j, "target", f->target);
        cJSON_AddNumberToObject(j, "n", (double)f->n);
        cJSON_AddNumberToObject(j, "quantize_s", f->quantize);
        cJSON_AddNumberToObject(j, "quantize_cpu_s", f->quantize_cpu);
        cJSON_AddNumberToObject(j, "eval_s", f->eval_seconds);
        cJSON_AddNumberToObject(j, "eval_gmac_per_s", f->eval);
        cJSON_AddNumberToObject(j, "float_gmac_per_s", f->executor);
        cJSON_AddNumberToObject(j, "sgemm_gmac_per_s", f->sgemm);
        cJSON_AddNumberToObject(j, "eval_to_float", f->eval / f->executor);
        cJSON_AddNumberToObject(j, "eval_to_sgemm", f->eval / f->sgemm);
        cJSON_AddNumberToObject(j, "megabytes", f->megabytes);
        char *text = cJSON_PrintUnformatted(j);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(j);
        return;
    }
    printf("%s, target %s\n", f->name, f->target);
    printf("  quantize            %8.2f s, %.2f s of processors, at most %.0f MB\n", f->quantize, f->quantize_cpu, f->megabytes);
    printf("  eval, bit-exact     %8.2f GMAC/s, %zu samples in %.3f s\n", f->eval, f->n, f->eval_seconds);
    printf("  float executor      %8.2f GMAC/s, eval is %.2f of it\n", f->executor, f->eval / f->executor);
    printf("  sgemm, 512 x 512    %8.2f GMAC/s, eval is %.2f of it\n", f->sgemm, f->eval / f->sgemm);
}

static bool run(const options *o, teq_error *err)
{
    size_t n_calib = 0;
    figures f = {.target = o->target};
    teq_graph *g = teq_onnx_load(o->model, err);
    if (g == NULL)
        return false;
    float *calib = cli_samples(g, o->calib, o->common.scale, o->common.zero_point, &n_calib, err);
    float *x = calib ? cli_samples(g, o->inputs, o->common.scale, o->common.zero_point, &f.n, err) : NULL;
    teq_quant_options q = teq_quant_defaults();
    q.threads = o->common.threads;
    bool ok = x != NULL;
    if (ok && !teq_target_find(o->target, &q.target))
        ok = teq_fail(err, TEQ_ERR_ARG, "--target %s: expected shift4, shift5 or none", o->target);
    double start = teq_seconds(), cpu = cpu_seconds();
    teq_qnet *net = ok ? teq_quantize(g, calib, n_calib, &q, NULL, err) : NULL;
    f.quantize = teq_seconds() - start;
    f.quantize_cpu = cpu_seconds() - cpu;
    double executor = 0;
    ok = net != NULL && measure_eval(net, x, f.n, q.threads, &f.eval_seconds, err) &&
         measure_executor(g, x, f.n, q.threads, &executor, err);
    if (ok) {
        uint64_t macs = 0;
        struct rusage usage;
        for (int i = 0; i < net->n_steps; i++)
            macs += teq_qlayer_macs(&net->step[i]);
        const char *slash = strrchr(o->model, '/');
        f.name = slash ? slash + 1 : o->model;
        f.eval = (double)macs * (double)f.n / f.eval_seconds / 1e9;
        f.executor = (double)macs * (double)f.n / executor / 1e9;
        f.sgemm = measure_sgemm();
        f.megabytes = getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024 : 0;
        print(&f, o->json);
    }
    teq_qnet_free(net);
    free(x);
    free(calib);
    teq_graph_free(g);
    return ok;
}

int teq_cmd_bench(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {argp_options, parse, "MODEL.onnx",
                                     "Speed of quantize and eval, beside the float executor and sgemm.", children, 0, 0};
    options o = {.common = CLI_COMMON_DEFAULTS, .target = "shift4"};
    argp_parse(&argp, argc, argv, 0, 0, &o);
    teq_error err = {0};
    return run(&o, &err) ? 0 : cli_fail(argv[0], &err);
}
