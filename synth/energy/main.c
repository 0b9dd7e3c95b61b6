// SPDX-License-Identifier: Apache-2.0
//
// energy: gate-level netlists of the tiles, driven with the codes of real layers. See
// docs/energy.md.
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "energy.h"
#include "teq/graph.h"
#include "teq/npy.h"
#include "teq/teqfile.h"

// ---- options ----

static void usage(void)
{
    puts("usage: energy --list FILE --area DIR --nets DIR --out DIR --report FILE --tools FILE --net NAME,SAMPLES.npy,SCALE,ZERO ...\n"
         "              [--shape RxC] [--only GLOB] [--period NS] [--error E] [--seed N] [--jobs N] [--commit TEXT] [--json]\n"
         "  --list FILE    designs, as for `area`; --area DIR: its build folder, with lib/ and a netlist a design\n"
         "  --nets DIR     quantized networks NAME-FORMAT.teq (shift4, int8, ...), --net: samples to run on them\n"
         "  --out DIR      a result for each design and network; what has not changed is not run again\n"
         "  --shape RxC    tiles of this shape only (16x32)\n"
         "  --only GLOB    designs with such names only; the report then says \"complete\": false\n"
         "  --period NS    clock period of all designs, for leakage (10)\n"
         "  --error E      wanted standard error of a network's energy, relative (0.015)\n"
         "  --seed N       choice of samples, tiles and pixels (1)\n"
         "  --json         print the report instead of tables");
}

static void parse_net(settings *o, char *value)
{
    char *save = NULL, *name = strtok_r(value, ",", &save), *file = strtok_r(NULL, ",", &save);
    char *scale = strtok_r(NULL, ",", &save), *zero = strtok_r(NULL, ",", &save);
    if (!zero || o->n_nets == MAX_NETS)
        die("--net: expected NAME,SAMPLES.npy,SCALE,ZERO, at most %d times", MAX_NETS);
    o->net[o->n_nets++] = (net_source){name, file, atof(scale), atoi(zero)};
}

static settings parse(int argc, char **argv)
{
    settings o = {.shape = "16x32", .jobs = 1,
                  .plan = {.seed = 1, .samples = 8, .vectors = 16, .first_runs = 6, .more_runs = 3, .most_runs = 60,
                           .error = 0.015, .period_ns = 10}};
    struct {
        const char *name, **to;
    } texts[] = {{"--list", &o.list}, {"--area", &o.area}, {"--nets", &o.nets}, {"--out", &o.out}, {"--report", &o.report},
                 {"--tools", &o.tools}, {"--shape", &o.shape}, {"--only", &o.only}, {"--commit", &o.commit}};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            usage();
            exit(0);
        }
        if (!strcmp(argv[i], "--json")) {
            o.json = true;
            continue;
        }
        char *value = i + 1 < argc ? argv[i + 1] : NULL, *end = NULL;
        if (!value)
            die("%s: expected a value, or no such option (--help)", argv[i]);
        size_t t = 0;
        while (t < sizeof texts / sizeof *texts && strcmp(texts[t].name, argv[i]))
            t++;
        double v = strtod(value, &end);
        bool number = end > value && !*end;
        if (t < sizeof texts / sizeof *texts)
            *texts[t].to = value;
        else if (!strcmp(argv[i], "--net"))
            parse_net(&o, value);
        else if (!strcmp(argv[i], "--jobs") && number && v >= 1 && v <= 64)
            o.jobs = (int)v;
        else if (!strcmp(argv[i], "--seed") && number && v >= 0)
            o.plan.seed = (uint64_t)v;
        else if (!strcmp(argv[i], "--period") && number && v > 0)
            o.plan.period_ns = v;
        else if (!strcmp(argv[i], "--error") && number && v > 0 && v < 1)
            o.plan.error = v;
        else
            die("%s %s: no such option, or a value out of range (--help)", argv[i], value);
        i++;
    }
    if (!o.list || !o.area || !o.nets || !o.out || !o.report || !o.tools || !o.n_nets)
        die("--list, --area, --nets, --out, --report, --tools and a --net are needed (--help)");
    return o;
}

// ---- what there is to do ----

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return h ^ n;
}

static uint64_t hash_file(uint64_t h, const char *path)
{
    char *text;
    FILE *in = fopen(path, "rb");
    if (!in)
        die("cannot open %s: %s", path, strerror(errno));
    fseek(in, 0, SEEK_END);
    size_t n = (size_t)ftell(in);
    rewind(in);
    if (!(text = malloc(n + 1)) || fread(text, 1, n, in) != n)
        die("cannot read %s", path);
    fclose(in);
    h = hash_bytes(h, text, n);
    free(text);
    return h;
}

static void make_job(const settings *o, const design *d, const net_source *net, job *j)
{
    snprintf(j->design, sizeof j->design, "%s", d->name);
    j->of = d;
    j->net = net;
    bool is_int = !strncmp(d->engine, "int", 3);
    snprintf(j->format, sizeof j->format, "%.15s%d", is_int ? "int" : d->engine, d->n + is_int);
    char teq[300];
    snprintf(j->netlist, sizeof j->netlist, "%s/%s.v", o->area, d->name);
    snprintf(j->liberty, sizeof j->liberty, "%s/lib/power.lib", o->area);
    snprintf(teq, sizeof teq, "%s/%s-%s.teq", o->nets, net->name, j->format);
    memcpy(j->teq, teq, sizeof teq);
    snprintf(j->result, sizeof j->result, "%s/%s-%s.json", o->out, d->name, net->name);
    uint64_t h = hash_file(1, "/proc/self/exe");
    h = hash_file(hash_file(hash_file(hash_file(h, j->netlist), j->liberty), j->teq), net->samples);
    const plan *p = &o->plan;
    double v[] = {(double)p->seed, (double)p->samples, p->vectors, p->first_runs, p->more_runs, p->most_runs, p->error,
                  p->period_ns, net->scale, net->zero};
    snprintf(j->key, sizeof j->key, "%016" PRIx64, hash_bytes(h, v, sizeof v));
    char *old = access(j->result, R_OK) ? NULL : read_text(j->result);
    j->row = old ? cJSON_Parse(old) : NULL;
    const char *key = cJSON_GetStringValue(cJSON_GetObjectItem(j->row, "key"));
    if (!key || strcmp(key, j->key)) {
        cJSON_Delete(j->row);
        j->row = NULL;
    }
    free(old);
}

// ---- one design on one network, in a process of its own ----

static float *samples(const teq_qnet *net, const net_source *from, size_t *n, teq_error *err)
{
    teq_ndarray a;
    if (!teq_npy_read(from->samples, &a, err))
        return NULL;
    const teq_qtensor *t = &net->tensor[net->input];
    teq_tensor tensor = {.name = t->name, .c = t->c / net->input_terms, .h = t->h, .w = t->w, .node = -1,
                         .size = t->size / (size_t)net->input_terms};
    teq_graph g = {.name = net->name, .n_tensors = 1, .tensor = &tensor, .input_channels_last = net->input_channels_last};
    float *x = teq_graph_samples(&g, &a, from->scale, from->zero, n, err);
    teq_ndarray_free(&a);
    return x;
}

static _Noreturn void run_job(const settings *o, const job *j)
{
    teq_error err = {0};
    cells lib = cells_read(j->liberty);
    netlist n = netlist_read(j->netlist, &lib);
    teq_qnet *net = teq_qnet_read(j->teq, &err);
    work w = {.design = j->of, .netlist = &n, .lib = &lib, .net = net, .net_name = j->net->name};
    float *x = net ? samples(net, j->net, &w.n_x, &err) : NULL;
    w.x = x;
    static work_result result;
    if (!x || !work_run(&w, &o->plan, &result, &err))
        die("%s", err.message);
    if (result.settle_ps > 1000 * o->plan.period_ns)
        die("%s: settles %.2f ns after the edge, the period is %g ns (--period)", j->design, 1e-3 * result.settle_ps,
            o->plan.period_ns);
    cJSON *row = result_json(j, &lib, &o->plan, &result);
    char *text = cJSON_Print(row);
    if (!text)
        die("out of memory");
    write_text(j->result, text);
    exit(0);
}

static void show(const job *j, int done, int all)
{
    const cJSON *row = j->row;
    printf("[%3d/%d] %-18s %-7s %8.1f fJ/MAC of the tile, se %.2f %%, %.0f vectors (%.0f s, %.1f Mevents/s)\n", done, all,
           j->design, j->net->name, cJSON_GetNumberValue(cJSON_GetObjectItem(row, "fj_per_mac_tile")),
           100 * cJSON_GetNumberValue(cJSON_GetObjectItem(row, "se")),
           cJSON_GetNumberValue(cJSON_GetObjectItem(row, "vectors")), cJSON_GetNumberValue(cJSON_GetObjectItem(row, "seconds")),
           cJSON_GetNumberValue(cJSON_GetObjectItem(row, "mevents_per_second")));
    fflush(stdout);
}

static void finish(job *list, int n, int *done, int todo)
{
    int status;
    pid_t pid = wait(&status);
    job *j = NULL;
    for (int i = 0; i < n; i++)
        if (list[i].pid == pid)
            j = &list[i];
    if (pid < 0 || !j)
        die("wait: %s", strerror(errno));
    j->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        die("%s on %s failed", j->design, j->net->name);
    j->row = read_json(j->result);
    show(j, ++*done, todo);
}

static void run_jobs(const settings *o, job *list, int n)
{
    int todo = 0, busy = 0, done = 0;
    for (int i = 0; i < n; i++)
        todo += !list[i].row;
    if (todo < n)
        printf("%d of %d results unchanged since the last run\n", n - todo, n);
    for (int i = 0; i < n; i++) {
        if (list[i].row)
            continue;
        if (busy == o->jobs) {
            finish(list, n, &done, todo);
            busy--;
        }
        fflush(stdout);
        pid_t pid = fork();
        if (pid < 0)
            die("fork: %s", strerror(errno));
        if (!pid)
            run_job(o, &list[i]);
        list[i].pid = pid;
        busy++;
    }
    for (; busy; busy--)
        finish(list, n, &done, todo);
}

int main(int argc, char **argv)
{
    program_name = lib_program = "energy";
    settings o = parse(argc, argv);
    static design designs[MAX_DESIGNS];
    static job jobs[MAX_JOBS];
    options area = {.asic = true};
    snprintf(area.list, sizeof area.list, "%.199s", o.list);
    int n_designs = read_designs(&area, designs), n = 0;
    for (int d = 0; d < n_designs; d++) {
        if (strcmp(designs[d].kind, "tile") || strcmp(designs[d].shape, o.shape) || strcmp(designs[d].top, "teq_tile") ||
            (o.only && fnmatch(o.only, designs[d].name, 0)))
            continue;
        for (int k = 0; k < o.n_nets; k++) {
            char teq[400];
            job *j = &jobs[n];
            bool is_int = !strncmp(designs[d].engine, "int", 3);
            snprintf(teq, sizeof teq, "%s/%s-%s%d.teq", o.nets, o.net[k].name, is_int ? "int" : designs[d].engine,
                     designs[d].n + is_int);
            if (access(teq, R_OK))         // no network in this format: not asked for
                continue;
            if (n == MAX_JOBS)
                die("more than %d designs and networks", MAX_JOBS);
            make_job(&o, &designs[d], &o.net[k], j);
            n++;
        }
    }
    if (!n)
        die("%s: no tile %s%s%s with a network in %s", o.list, o.shape, o.only ? " called " : "", o.only ? o.only : "", o.nets);
    run_jobs(&o, jobs, n);
    cJSON *report = make_energy_report(&o, jobs, n);
    char *text = cJSON_Print(report);
    if (!text)
        die("out of memory");
    write_text(o.report, text);
    if (o.json)
        puts(text);
    else
        print_energy(report);
    free(text);
    cJSON_Delete(report);
    for (int i = 0; i < n; i++)
        cJSON_Delete(jobs[i].row);
    return 0;
}
