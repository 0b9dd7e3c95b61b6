// SPDX-License-Identifier: Apache-2.0
//
// energy: gate-level netlists of the tiles, driven with the codes of real layers. See
// docs/energy.md.
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "energy.h"
#include "teq/teqfile.h"

// ---- options ----

static void usage(void)
{
    puts("usage: energy --list FILE --area DIR --nets DIR --out DIR --report FILE --tools FILE --net NAME,FOLDER,SCALE,ZERO ...\n"
         "              --quantizer FILE --tiles NAMES\n"
         "              [--shape RxC] [--only GLOB] [--period NS] [--error E] [--seed N] [--jobs N] [--commit TEXT] [--json]\n"
         "  --list FILE    designs, as for `area`; --area DIR: its build folder, with lib/ and a netlist a design\n"
         "  --tiles NAMES  which designs: 'shift_n4 int8_booth_n7', the shape apart\n"
         "  --net ...      FOLDER/NAME.onnx, NAME_calib_x.npy to quantize it, NAME_eval_x.npy for the activations;\n"
         "                 a stored q stands for (q - ZERO) SCALE\n"
         "  --nets DIR     keeps the quantized networks, NAME-FORMAT.teq\n"
         "  --quantizer F  libteq.a: networks are quantized again when it changes\n"
         "  --out DIR      a result for each design and network; what has not changed is not run again\n"
         "  --shape RxC    tiles of this shape only (16x32); or of several: '16x32 32x32'. Ratios are to the best INT8 of all\n"
         "  --only GLOB    designs with such names only; the report then says \"complete\": false\n"
         "  --psum-depth N words of the memory of partial sums (128)\n"
         "  --latches FILE report of make energy-latches: the memory of partial sums is that of latches with --psum-depth words\n"
         "  --period NS    clock period of all designs, for leakage (10)\n"
         "  --error E      wanted standard error of a network's energy, relative (0.015)\n"
         "  --seed N       choice of samples, tiles and pixels (1)\n"
         "  --losses LIST  more networks for the Pareto front: teq, and mixed INT on INT8, with such losses allowed\n"
         "  --energy-losses LIST  and more, of every design: the same network with --objective energy and such losses allowed\n"
         "  --dna          engine count runs networks quantized by the paper's method, each on the smallest design that has\n"
         "                 its largest n: count_beta as published, count with beta = 0\n"
         "  --activity F   of one design on one network: activities of all pins for power.tcl, and no report\n"
         "  --rules FILE   expected figures; a broken rule makes the exit status 1\n"
         "  --check        only the rules, against the report that is there\n"
         "  --json         print the report instead of tables");
}

static void parse_net(settings *o, char *value)
{
    char *save = NULL, *name = strtok_r(value, ",", &save), *folder = strtok_r(NULL, ",", &save);
    char *scale = strtok_r(NULL, ",", &save), *zero = strtok_r(NULL, ",", &save);
    if (!zero || o->n_nets == MAX_NETS)
        die("--net: expected NAME,FOLDER,SCALE,ZERO, at most %d times", MAX_NETS);
    o->net[o->n_nets++] = (net_source){name, folder, atof(scale), atoi(zero)};
}

// The memory of so many words in a report of `make energy-latches`.
static ram_latches read_latches(const char *path, unsigned words)
{
    cJSON *report = read_json(path), *row;
    ram_latches m = {0};
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(report, "rows"))
        if (number(row, "words") == words)
            m = (ram_latches){words, number(row, "read_fj_bit"), number(row, "write_fj_bit"), number(row, "read_still_fj_bit"),
                              number(row, "write_still_fj_bit"), number(row, "idle_fj_bit"), number(row, "ge_bit")};
    if (m.words == 0 || !(m.read_fj > 0) || !(m.write_fj > 0) || !(m.read_still_fj >= 0) || !(m.write_still_fj >= 0) ||
        !(m.idle_fj >= 0) || !(m.ge > 0))
        die("%s: no memory of %u words with its energies; make energy-latches writes one", path, words);
    cJSON_Delete(report);
    return m;
}

static settings parse(int argc, char **argv)
{
    settings o = {.shape = "16x32", .jobs = 1,
                  .plan = {.seed = 1, .samples = 8, .vectors = 16, .first_runs = 6, .more_runs = 3, .most_runs = 1000,
                           .error = 0.015, .period_ns = 10, .psum_depth = TEQ_ARRAY_DEFAULT.psum_depth}};
    struct {
        const char *name, **to;
    } texts[] = {{"--list", &o.list}, {"--area", &o.area}, {"--nets", &o.nets}, {"--out", &o.out}, {"--report", &o.report},
                 {"--tools", &o.tools}, {"--shape", &o.shape}, {"--only", &o.only}, {"--commit", &o.commit}, {"--quantizer", &o.quantizer}, {"--tiles", &o.tiles}, {"--activity", &o.plan.activity},
                 {"--latches", &o.latches}, {"--losses", &o.losses}, {"--energy-losses", &o.energy_losses}, {"--rules", &o.rules}};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            usage();
            exit(0);
        }
        if (!strcmp(argv[i], "--check")) {
            o.check_only = true;
            continue;
        }
        if (!strcmp(argv[i], "--json")) {
            o.json = true;
            continue;
        }
        if (!strcmp(argv[i], "--dna")) {
            o.dna = true;
            continue;
        }
        char *value = i + 1 < argc ? argv[i + 1] : NULL, *end = NULL;
        if (!value)
            die("%s: expected a value, or no such option (--help)", argv[i]);
        size_t t = 0;
        while (t < sizeof texts / sizeof *texts && strcmp(texts[t].name, argv[i]))
            t++;
        double v = strtod(value, &end);
        bool is_number = end > value && !*end;
        if (t < sizeof texts / sizeof *texts)
            *texts[t].to = value;
        else if (!strcmp(argv[i], "--net"))
            parse_net(&o, value);
        else if (!strcmp(argv[i], "--jobs") && is_number && v >= 1 && v <= 64)
            o.jobs = (int)v;
        else if (!strcmp(argv[i], "--seed") && is_number && v >= 0)
            o.plan.seed = (uint64_t)v;
        else if (!strcmp(argv[i], "--period") && is_number && v > 0)
            o.plan.period_ns = v;
        else if (!strcmp(argv[i], "--error") && is_number && v > 0 && v < 1)
            o.plan.error = v;
        else if (!strcmp(argv[i], "--psum-depth") && is_number && v >= 2 && v <= TEQ_PSUM_DEPTH_MAX && v == (int)v)
            o.plan.psum_depth = (uint16_t)v;
        else
            die("%s %s: no such option, or a value out of range (--help)", argv[i], value);
        i++;
    }
    if (o.check_only && o.report && o.rules)
        return o;
    if (!o.list || !o.area || !o.nets || !o.out || !o.report || !o.tools || !o.quantizer || !o.tiles || !o.n_nets)
        die("--list, --area, --nets, --out, --report, --tools, --quantizer, --tiles and a --net are needed (--help)");
    if (o.latches)
        o.plan.latches = read_latches(o.latches, o.plan.psum_depth);
    return o;
}

// ---- what there is to do ----

// A word of each list makes the name of the design.
static bool matches(const char *tiles, const char *shapes, const design *d)
{
    char tile[1000], shape[200], *tile_save = NULL, *shape_save = NULL;
    bool is_shape = false;
    snprintf(shape, sizeof shape, "%.199s", shapes);
    for (char *s = strtok_r(shape, " ", &shape_save); s; s = strtok_r(NULL, " ", &shape_save))
        is_shape |= !strcmp(s, d->shape);
    snprintf(tile, sizeof tile, "%.999s", tiles);
    for (char *w = strtok_r(tile, " ", &tile_save); w && is_shape; w = strtok_r(NULL, " ", &tile_save)) {
        char full[100];
        snprintf(full, sizeof full, "%.70s_%.20s", w, d->shape);
        if (!fnmatch(full, d->name, 0))
            return true;
    }
    return false;
}

// The usual network, and points beside it: ".loss2", ".mixed2" or ".energy2".
typedef enum { POINT_USUAL, POINT_LOSS, POINT_MIXED, POINT_ENERGY } point_kind;
typedef struct {
    point_kind  kind;
    const char *loss;
} point;
static const char *const point_suffix[] = {"", ".loss", ".mixed", ".energy"};

static void add_job(const settings *o, const design *of, const teq_array_params *params, const net_source *net, point at,
                    uint64_t quantizer, job *jobs, int *n, format *formats, int *n_formats)
{
    if (*n == MAX_JOBS)
        die("more than %d designs and networks", MAX_JOBS);
    job *j = &jobs[(*n)++];
    char base[40];
    format_name(params, base, sizeof base);
    j->dna = o->dna && params->engine == TEQ_ARRAY_COUNT;
    j->no_beta = j->dna && strcmp(of->engine, "count_beta");
    if (j->dna)
        snprintf(base, sizeof base, j->no_beta ? "dna-teq-no-beta" : "dna-teq");
    snprintf(j->design, sizeof j->design, "%s", of->name);
    j->of = of;
    j->net = net;
    snprintf(j->format, sizeof j->format, "%s%s%.10s", base, point_suffix[at.kind], at.loss);
    char teq[300];
    snprintf(teq, sizeof teq, "%.120s/%.40s-%s.teq", o->nets, net->name, j->format);
    memcpy(j->teq, teq, sizeof teq);
    snprintf(j->samples, sizeof j->samples, "%.200s/%.40s_eval_x.npy", net->folder, net->name);
    j->max_loss = *at.loss ? atof(at.loss) : 1;
    for (int f = 0; f < *n_formats; f++)
        if (!strcmp(formats[f].teq, j->teq))
            return;
    format *to = &formats[(*n_formats)++];
    *to = (format){.net = net, .params = *params, .max_loss = j->max_loss, .mixed = at.kind == POINT_MIXED,
                    .energy = at.kind == POINT_ENERGY, .dna = j->dna, .no_beta = j->no_beta, .key = quantizer};
    memcpy(to->name, j->format, sizeof to->name);
    memcpy(to->teq, j->teq, sizeof to->teq);
}

static int make_list(const settings *o, job *jobs, format *formats, int *n_formats)
{
    static design designs[MAX_DESIGNS];
    options area = {.asic = true};
    snprintf(area.list, sizeof area.list, "%.199s", o->list);
    int n_designs = read_designs(&area, designs), n = 0;
    uint64_t quantizer = hash_file(1, o->quantizer);
    for (int d = 0; d < n_designs; d++) {
        const design *of = &designs[d];
        teq_error err = {0};
        teq_array_params params;
        if (strcmp(of->kind, "tile") || !matches(o->tiles, o->shape, of) ||
            (o->only && fnmatch(o->only, of->name, 0)))
            continue;
        if (!design_params(of, &params, &err))
            die("%s", err.message);
        for (int k = 0; k < o->n_nets; k++) {
            char losses[100], *save = NULL;
            snprintf(losses, sizeof losses, "%.99s", o->losses ? o->losses : "");
            add_job(o, of, &params, &o->net[k], (point){POINT_USUAL, ""}, quantizer, jobs, &n, formats, n_formats);
            bool is_int = teq_array_is_int(&params), mixed = !strncmp(of->engine, "int8", 4);
            const bool fixed = (is_int && !mixed) || (params.engine == TEQ_ARRAY_COUNT && !o->dna);
            for (char *l = strtok_r(losses, " ", &save); l && !fixed; l = strtok_r(NULL, " ", &save))
                add_job(o, of, &params, &o->net[k], (point){mixed ? POINT_MIXED : POINT_LOSS, l}, quantizer, jobs, &n, formats, n_formats);
            snprintf(losses, sizeof losses, "%.99s", o->energy_losses ? o->energy_losses : "");
            for (char *l = strtok_r(losses, " ", &save); l && params.engine != TEQ_ARRAY_COUNT; l = strtok_r(NULL, " ", &save))
                add_job(o, of, &params, &o->net[k], (point){POINT_ENERGY, l}, quantizer, jobs, &n, formats, n_formats);
        }
    }
    return n;
}

// Names of the files of a job; its result if it is there and everything is as it was then.
static void look_up(const settings *o, job *j)
{
    snprintf(j->netlist, sizeof j->netlist, "%.200s/%s.v", o->area, j->design);
    snprintf(j->liberty, sizeof j->liberty, "%.200s/lib/power.lib", o->area);
    const char *suffix = strchr(j->format, '.');
    snprintf(j->result, sizeof j->result, "%.120s/%s-%.40s%s%s.json", o->out, j->design, j->net->name, suffix ? suffix : "",
             o->latches ? "-latches" : "");
    j->quantized = format_facts(j->teq);
    uint64_t h = hash_file(1, "/proc/self/exe");
    char facts[320];
    format_facts_path(j->teq, facts, sizeof facts);
    h = hash_file(hash_file(hash_file(hash_file(h, j->netlist), j->liberty), j->dna ? facts : j->teq), j->samples);
    char path[300];                // what design_facts reads
    snprintf(path, sizeof path, "%.200s/%s.path", o->area, j->design);
    h = hash_file(h, path);
    snprintf(path, sizeof path, "%.200s/lib/lib.json", o->area);
    h = hash_file(h, path);
    const plan *p = &o->plan;
    double v[] = {(double)p->seed, (double)p->samples, p->vectors, p->first_runs, p->more_runs, p->most_runs, p->error,
                  p->period_ns, p->psum_depth, p->latches.read_fj, p->latches.write_fj, p->latches.read_still_fj, p->latches.write_still_fj,
                  p->latches.idle_fj, p->latches.ge, j->net->scale, j->net->zero};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        h = hash_number(h, v[i]);
    snprintf(j->key, sizeof j->key, "%016" PRIx64, h);
    char *old = access(j->result, R_OK) ? NULL : read_text(j->result);
    j->row = old ? cJSON_Parse(old) : NULL;
    const char *key = cJSON_GetStringValue(cJSON_GetObjectItem(j->row, "key"));
    if (!key || strcmp(key, j->key)) {
        cJSON_Delete(j->row);
        j->row = NULL;
    }
    free(old);
}

// ---- networks, each in a process of its own ----

static void make_formats(const settings *o, const format *list, int n)
{
    int busy = 0, done = 0, todo = 0;
    for (int i = 0; i < n; i++)
        todo += !format_current(&list[i]);
    for (int i = 0; i <= n; i++) {
        for (; busy && (busy == o->jobs || i == n); busy--) {
            int status;
            if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
                die("a network could not be quantized");
        }
        if (i == n || format_current(&list[i]))
            continue;
        printf("[%3d/%d] quantizing %s to %s\n", ++done, todo, list[i].net->name, list[i].name);
        fflush(stdout);
        pid_t pid = fork();
        if (pid < 0)
            die("fork: %s", strerror(errno));
        if (!pid)
            format_make(&list[i]);
        busy++;
    }
}

// Of the designs that could run a network of the paper's, the smallest. Returns how many jobs stay.
static int choose_designs(job *jobs, int n)
{
    int kept = 0;
    bool *stays = calloc((size_t)n, sizeof *stays);
    if (!stays)
        die("out of memory");
    for (int i = 0; i < n; i++) {
        const job *j = &jobs[i];
        int need = 0, best = INT_MAX;
        if (j->dna) {
            cJSON *facts = format_facts(j->teq);
            need = (int)number(facts, "n_max");
            cJSON_Delete(facts);
        }
        for (int k = 0; j->dna && k < n; k++)
            if (!strcmp(jobs[k].teq, j->teq) && jobs[k].of->n >= need && jobs[k].of->n < best)
                best = jobs[k].of->n;
        if (best == INT_MAX && j->dna)
            die("%s: %s of %s has n = %d, no design has", j->of->engine, j->format, j->net->name, need);
        stays[i] = !j->dna || j->of->n == best;
    }
    for (int i = 0; i < n; i++)
        if (stays[i])
            jobs[kept++] = jobs[i];
    free(stays);
    return kept;
}

// ---- one design on one network, in a process of its own ----

// Area from the cells of the netlist, as `make area` has it; the path from its timing run.
static void design_facts(const settings *o, const job *j, const netlist *n, work_result *to)
{
    char path[300];
    snprintf(path, sizeof path, "%.200s/lib/lib.json", o->area);
    cJSON *lib = read_json(path);
    const cJSON *areas = cJSON_GetObjectItem(lib, "areas");
    for (uint32_t i = 0; i < n->n_instances; i++)
        to->area_ge += number(areas, n->instance[i].cell->name);
    to->area_ge /= number(lib, "nand2_area");
    cJSON_Delete(lib);
    snprintf(path, sizeof path, "%.200s/%.80s.path", o->area, j->design);
    char *text = read_text(path);
    if (!text || !(to->path_ns = strtod(text, NULL)) || !isfinite(to->area_ge))
        die("%s: no path or a cell without area", path);
    free(text);
}

// A result with what is known of the design, as it is kept.
static cJSON *finished(const settings *o, const job *j, const work *w, const plan *p, work_result *r)
{
    design_facts(o, j, w->netlist, r);
    if (r->settle_ps > 1000 * p->period_ns)
        die("%s: settles %.2f ns after the edge, the period is %g ns (--period)", j->design, 1e-3 * r->settle_ps, p->period_ns);
    return result_json(j, w->lib, p, r);
}

static _Noreturn void run_job(const settings *o, const job *j)
{
    teq_error err = {0};
    cells lib = cells_read(j->liberty);
    netlist n = netlist_read(j->netlist, &lib);
    teq_quant_report report;
    teq_array_params params;
    teq_target target;
    teq_dna *dna = j->dna ? format_dna(j->net, j->no_beta, j->max_loss, &report, &err) : NULL;
    teq_qnet *net = NULL;
    if (!j->dna)
        net = teq_qnet_read(j->teq, &err);
    else if (dna && design_params(j->of, &params, &err) && teq_schedule_target(&params, &target, &err))
        net = teq_dna_net(dna, &target, &err);
    work w = {.design = j->of, .netlist = &n, .lib = &lib, .net = net, .dna = dna, .net_name = j->net->name};
    float *x = net ? read_samples(j->samples, j->net, net, &w.n_x, &err) : NULL;
    w.x = x;
    static work_result result;
    if (!x || !work_run(&w, &o->plan, &result, &err))
        die("%s", err.message);
    if (o->plan.activity) {
        char path[400];
        snprintf(path, sizeof path, "%.380s.lib", o->plan.activity);
        cells_write_pinless(&lib, path);
        snprintf(path, sizeof path, "%.380s.v", o->plan.activity);
        netlist_write_direct(&n, path, "clk_i");
        exit(0);
    }
    cJSON *row = finished(o, j, &w, &o->plan, &result);
    if (result.in_core_order && work_ties(&w, &o->plan)) { // each design gets the better of two mappings
        plan second = o->plan;
        second.ties_first = true;
        if (!work_run(&w, &second, &result, &err))
            die("%s", err.message);
        cJSON *other = finished(o, j, &w, &second, &result);
        if (number(other, "fj_per_mac") < number(row, "fj_per_mac"))
            row = other;
    }
    char *text = cJSON_Print(row);
    if (!text)
        die("out of memory");
    write_text(j->result, text);
    exit(0);
}

static void show(const job *j, int done, int all)
{
    const cJSON *row = j->row;
    printf("[%3d/%d] %-18s %-7s %-12s %8.1f fJ/MAC of the tile, se %.2f %%, %.0f vectors (%.0f s, %.1f Mevents/s)\n", done, all,
           j->design, j->net->name, j->format, number(row, "fj_per_mac_tile"), 100 * number(row, "se"), number(row, "vectors"),
           number(row, "seconds"), number(row, "mevents_per_second"));
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

static int check(const settings *o, const cJSON *report)
{
    if (!o->rules)
        return 0;
    cJSON *rules = read_json(o->rules);
    int broken = check_rules(report, rules, false);
    cJSON_Delete(rules);
    return broken != 0;
}

int main(int argc, char **argv)
{
    program_name = lib_program = "energy";
    settings o = parse(argc, argv);
    if (o.check_only) {
        cJSON *report = read_json(o.report);
        int broken = check(&o, report);
        cJSON_Delete(report);
        return broken;
    }
    static job jobs[MAX_JOBS];
    static format formats[MAX_JOBS];
    int n_formats = 0, n = make_list(&o, jobs, formats, &n_formats);
    if (!n)
        die("%s: no tile %s of %s%s%s", o.list, o.shape, o.tiles, o.only ? " is called " : "", o.only ? o.only : "");
    make_formats(&o, formats, n_formats);
    n = choose_designs(jobs, n);
    for (int i = 0; i < n; i++)
        look_up(&o, &jobs[i]);
    if (o.plan.activity && n != 1)
        die("--activity: expected one design and one network, got %d", n);
    if (o.plan.activity)
        run_job(&o, &jobs[0]);
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
    int broken = check(&o, report);
    free(text);
    cJSON_Delete(report);
    for (int i = 0; i < n; i++) {
        cJSON_Delete(jobs[i].row);
        cJSON_Delete(jobs[i].quantized);
    }
    return broken;
}
