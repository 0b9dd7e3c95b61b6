// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "area.h"

// ---- what a result depends on ----

static uint64_t hash(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

enum { MAX_SOURCES = 100 };

typedef struct {
    char file[MAX_SOURCES][300];
    char module[MAX_SOURCES][64];
    int  n;                        // all files
    bool used[MAX_SOURCES];
    char *text[MAX_SOURCES];
} sources;

static void scan_folder(sources *s, const char *dir, int depth)
{
    DIR *d = opendir(dir);
    if (!d)
        die("cannot open folder %s", dir);
    for (struct dirent *e; (e = readdir(d));) {
        size_t length = strlen(e->d_name);
        char path[300];
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        bool source = length > 3 && (!strcmp(e->d_name + length - 2, ".v") || !strcmp(e->d_name + length - 3, ".vh"));
        if (source && s->n < MAX_SOURCES) {
            snprintf(s->file[s->n], sizeof s->file[0], "%s", path);
            snprintf(s->module[s->n], sizeof s->module[0], "%.*s", (int)strcspn(e->d_name, "."), e->d_name);
            s->n++;
        } else if (depth < 2 && e->d_name[0] != '.' && !strchr(e->d_name, '.')) {
            scan_folder(s, path, depth + 1);
        }
    }
    closedir(d);
}

// Marks the file of a module and all files that it names; with `headers` only those of
// these that are no modules.
static void use(sources *s, const char *module, bool headers)
{
    for (int i = 0; i < s->n; i++) {
        if (s->used[i] || strcmp(s->module[i], module))
            continue;
        s->used[i] = true;
        if (!s->text[i] && !(s->text[i] = read_text(s->file[i])))
            die("cannot read %s", s->file[i]);
        for (const char *p = s->text[i]; (p = strstr(p, "teq_"));) {
            char name[64];
            size_t n = 0;
            while (n < sizeof name - 1 && (isalnum((unsigned char)p[n]) || p[n] == '_')) {
                name[n] = p[n];
                n++;
            }
            name[n] = 0;
            p += n;
            if (!headers || !strncmp(p, ".vh", 3))
                use(s, name, headers);
        }
    }
}

// Order of readdir does not matter: file hashes are added up.
static uint64_t sum_of_used(const sources *s)
{
    uint64_t sum = 0;
    for (int i = 0; i < s->n; i++)
        if (s->used[i])
            sum += hash(hash(1, s->module[i]), s->text[i]);
    return sum;
}

// All that a top module may use, whatever its parameters.
static uint64_t source_key(sources *s, const char *top)
{
    memset(s->used, 0, sizeof s->used);
    use(s, top, false);
    for (int i = 0; i < s->n; i++)
        if (s->used[i] && !strcmp(s->module[i], top))
            return sum_of_used(s);
    die("module %s has no file of its name in the Verilog folder", top);
}

// What the result on disk was made of: the modules under the last `Top module:` that Yosys
// printed before its first PROC pass. A change of the row head leaves the INT tiles alone.
// 0 without such a list.
static uint64_t elaborated_key(sources *s, const design *d)
{
    char path[300], line[1000];
    snprintf(path, sizeof path, "%s.log", d->out);
    FILE *log = fopen(path, "r");
    bool listed = false, complete = false;
    while (log && !complete && fgets(line, sizeof line, log)) {
        if (strstr(line, "Executing PROC pass")) {
            complete = listed;
        } else if (!strncmp(line, "Top module:", 11)) {
            memset(s->used, 0, sizeof s->used);
            use(s, d->top, true);
            listed = true;
        } else if (listed && !strncmp(line, "Used module:", 12)) {
            const char *short_of = strstr(line, "$paramod\\"); // $paramod\NAME\PARAMETERS, else ...\NAME
            char *name = short_of ? line + (short_of - line) + 9 : strrchr(line, '\\') + 1;
            name[strcspn(name, "\\\n")] = 0;
            use(s, name, true);
        }
    }
    if (log)
        fclose(log);
    return complete ? sum_of_used(s) : 0;
}

static uint64_t hash_files(uint64_t h, const char *folder, const char *const *names, bool must)
{
    for (; *names; names++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", folder, *names);
        char *text = read_text(path);
        if (!text && must)
            die("cannot read %s", path);
        h = hash(h, text ? text : "");
        free(text);
    }
    return h;
}

static uint64_t flow_key(const options *o, bool fpga)
{
    static const char *const asic_files[] = {"run.sh", "synth.tcl", "map.abc", "size.abc", "constant_adders.v",
                                             "sta.tcl", "blif2v.awk", "drive.awk", "latch/teq_psum_word.v", "latch/teq_weight_latch.v", NULL};
    static const char *const fpga_files[] = {"run.sh", "fpga.tcl", NULL};
    static const char *const library[] = {"lib/cells.lib", "lib/map.v", NULL};
    uint64_t h = hash_files(2, o->flow, fpga ? fpga_files : asic_files, true);
    if (!fpga)
        h = hash_files(h, o->build, library, false);
    char *tools = read_text(o->tools);
    cJSON *versions = tools ? cJSON_Parse(tools) : NULL;
    for (const char *const *t = (const char *const[]){"yosys", "opensta", NULL}; *t; t++) {
        const cJSON *v = cJSON_GetObjectItem(versions, *t);
        h = hash(h, cJSON_IsString(v) ? v->valuestring : "");
    }
    cJSON_Delete(versions);
    free(tools);
    return h;
}

// ---- reading a result ----

static void path_of(char *path, size_t size, const design *d, const char *ending)
{
    snprintf(path, size, "%s%s", d->out, ending);
}

static const cJSON *cell_counts(const cJSON *stat)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(stat, "design"), "num_cells_by_type");
}

static int count_of(const cJSON *counts, const char *name)
{
    return (int)lround(cJSON_GetNumberValue(cJSON_GetObjectItem(counts, name)));
}

// A core is built without its memories.
static bool is_core(const design *d) { return !strcmp(d->top, "teq_core"); }
static bool is_ram(const design *d, const char *cell) { return is_core(d) && !strcmp(cell, "teq_ram"); }

// What Yosys says of cells that it knows no area of; memories of a core are no news.
static bool unknown_cells(const char *text)
{
    for (; (text = strstr(text, "unknown")); text++) {
        const char *line = text;
        while (line[-1] != '\n')
            line--;
        if (strncmp(line, "   Area for cell type \\teq_ram is", 33))
            return true;
    }
    return false;
}

// Area from the cell counts; it must agree with what Yosys adds up.
static void read_area(const cJSON *lib, design *d, const cJSON *counts)
{
    const cJSON *areas = cJSON_GetObjectItem(lib, "areas"), *roles = cJSON_GetObjectItem(lib, "roles");
    for (const cJSON *c = counts->child; c; c = c->next) {
        if (is_ram(d, c->string)) {
            d->rams += (int)c->valuedouble;
            continue;
        }
        const cJSON *a = cJSON_GetObjectItem(areas, c->string);
        if (!cJSON_IsNumber(a))
            die("%s: the netlist holds %g cells of type %s, which the library does not have", d->name, c->valuedouble,
                c->string);
        d->area += a->valuedouble * c->valuedouble;
        d->cells += (int)c->valuedouble;
    }
    for (const cJSON *f = cJSON_GetObjectItem(lib, "flip_flops")->child; f; f = f->next)
        if (cJSON_GetObjectItem(counts, f->valuestring))
            d->ff += count_of(counts, f->valuestring);
    const char *fa = cJSON_GetStringValue(cJSON_GetObjectItem(roles, "full_adder"));
    const char *ha = cJSON_GetStringValue(cJSON_GetObjectItem(roles, "half_adder"));
    d->full_adders = cJSON_GetObjectItem(counts, fa) ? count_of(counts, fa) : 0;
    d->half_adders = cJSON_GetObjectItem(counts, ha) ? count_of(counts, ha) : 0;
    d->ge = d->area / cJSON_GetNumberValue(cJSON_GetObjectItem(lib, "nand2_area"));

    char path[300];
    path_of(path, sizeof path, d, ".stat");
    char *text = read_text(path);
    const char *line = text ? strstr(text, "Chip area") : NULL;
    double yosys = line && strchr(line, ':') ? strtod(strchr(line, ':') + 1, NULL) : NAN;
    if (!(d->area > 0) || !isfinite(yosys) || fabs(yosys - d->area) > 1e-6 * d->area || (is_core(d) ? unknown_cells(text) : strstr(text, "unknown") != NULL))
        die("%s: area is wrong: cells of the library add up to %g, Yosys says %g; see %s", d->name, d->area, yosys, path);
    free(text);

    path_of(path, sizeof path, d, ".path");
    text = read_text(path);
    if (!text || sscanf(text, "%lf %79s %79s", &d->path_ns, d->start, d->end) != 3 || !(d->path_ns > 0) ||
        d->path_ns > 1000)
        die("%s: OpenSTA gave no path; see %s.sta.log", d->name, d->out);
    free(text);
}

static void read_fpga(design *d, const cJSON *counts)
{
    for (const cJSON *c = counts->child; c; c = c->next) {
        const char *t = c->string;
        int n = (int)c->valuedouble;
        if (!strncmp(t, "SB_DFF", 6) || !strcmp(t, "TRELLIS_FF") || !strncmp(t, "FDRE", 4) || !strncmp(t, "FDSE", 4) ||
            !strncmp(t, "FDCE", 4) || !strncmp(t, "FDPE", 4))
            d->ff += n;
        else if (!strcmp(t, "SB_LUT4") || !strcmp(t, "LUT4") || (!strncmp(t, "LUT", 3) && strlen(t) == 4))
            d->lut += n;
        else if (!strcmp(t, "SB_CARRY") || !strcmp(t, "CARRY4"))
            d->carry += n;
        else if (!strcmp(t, "CCU2C")) {
            d->carry += n;
            d->lut += 2 * n;       // a CCU2C takes two LUTs
        } else if (strstr(t, "MULT") || strstr(t, "DSP") || strstr(t, "MAC"))
            d->dsp += n;
        else if (strstr(t, "RAMB") || !strncmp(t, "DP16KD", 6) || !strncmp(t, "SB_RAM", 6))
            d->bram += n;
        else if (!strncmp(t, "RAM", 3) || !strncmp(t, "TRELLIS_DPR", 11))
            d->lut += n;           // distributed memory
        d->cells += n;
    }
    if (d->lut + d->ff == 0)
        die("%s: neither LUTs nor flip-flops in the result", d->name);
}

static void read_result(const cJSON *lib, design *d)
{
    char path[300];
    path_of(path, sizeof path, d, ".json");
    cJSON *stat = read_json(path);
    const cJSON *counts = cell_counts(stat);
    if (!counts || !counts->child)
        die("%s: no cells in %s", d->name, path);
    if (!strcmp(d->kind, "fpga"))
        read_fpga(d, counts);
    else
        read_area(lib, d, counts);
    cJSON_Delete(stat);
}

// ---- running ----

// Files of a design are written under this lock alone: several runs may share a folder.
// -1 if another run has it and `wait` is not set.
static int lock(const design *d, bool wait)
{
    char path[300];
    path_of(path, sizeof path, d, ".lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        die("cannot write %s: %s", path, strerror(errno));
    while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB)) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            die("cannot lock %s: %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

// The job keeps its lock until its last program ends, even if this process ends before.
static pid_t start(const options *o, const design *d, int locked)
{
    char used[300];
    path_of(used, sizeof used, d, ".used");
    remove(used);
    pid_t pid = fork();
    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid)
        return pid;
    fcntl(locked, F_SETFD, 0);
    char lib[240], script[240];
    snprintf(lib, sizeof lib, "%s/lib", o->build);
    snprintf(script, sizeof script, "%s/run.sh", o->flow);
    setenv("TEQ_RTL", is_core(d) ? o->macro : o->rtl, 1);
    setenv("TEQ_TOP", d->top, 1);
    setenv("TEQ_PARAMS", d->params, 1);
    setenv("TEQ_LIB", lib, 1);
    setenv("TEQ_OUT", d->out, 1);
    setenv("TEQ_FAMILY", d->library, 1);
    execl("/bin/bash", "bash", script, strcmp(d->kind, "fpga") ? "asic" : "fpga", (char *)NULL);
    _exit(127);
}

static void show(const design *d, int done, int all, double seconds)
{
    char what[80];
    if (!strcmp(d->kind, "fpga"))
        snprintf(what, sizeof what, "%d LUT, %d FF", d->lut, d->ff);
    else if (!strcmp(d->kind, "block"))
        snprintf(what, sizeof what, "%.0f GE, %.2f ns", d->ge, d->path_ns);
    else
        snprintf(what, sizeof what, "%.1f GE a lane, %.2f ns", d->ge / (d->rows * d->cols), d->path_ns);
    printf("[%3d/%d] %-34s %s (%.0f s)\n", done, all, d->name, what, seconds);
    fflush(stdout);
}

typedef struct {
    pid_t  pid;
    int    design, locked;
    time_t since;
} running;

// ---- is a result still that of its design? ----

static uint64_t key_of(const design *d, const uint64_t flow[2], uint64_t of_sources)
{
    return hash(hash(hash(flow[!strcmp(d->kind, "fpga")] + of_sources, d->top), d->params), d->library);
}

static void write_key(const design *d, const char *ending, uint64_t key)
{
    char text[24], path[300];
    snprintf(text, sizeof text, "%016" PRIx64, key);
    path_of(path, sizeof path, d, ending);
    write_text(path, text);
}

static bool has_key(const design *d, const char *ending, uint64_t key)
{
    char path[300], text[24];
    path_of(path, sizeof path, d, ending);
    char *old = read_text(path);
    snprintf(text, sizeof text, "%016" PRIx64, key);
    bool same = old && !strcmp(old, text);
    free(old);
    return same;
}

// No source has changed that the design may use, or none that it did use.
static bool unchanged(sources *s, const uint64_t flow[2], const design *d)
{
    if (has_key(d, ".key", key_of(d, flow, source_key(s, d->top))))
        return true;
    uint64_t elaborated = elaborated_key(s, d);
    return elaborated && has_key(d, ".used", key_of(d, flow, elaborated));
}

// Waits for one job; its result is read and its key written.
static void finish(sources *s, const uint64_t flow[2], const cJSON *lib, design *list, running *slots, int jobs, int *done,
                   int all)
{
    int status;
    pid_t pid = wait(&status);
    int slot = 0;
    while (slot < jobs && slots[slot].pid != pid)
        slot++;
    if (pid < 0 || slot == jobs)
        die("wait: %s", strerror(errno));
    design *d = &list[slots[slot].design];
    slots[slot].pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        char path[300];
        path_of(path, sizeof path, d, ".error");
        char *text = read_text(path);
        die("%s failed.\n%s  log: %s.log", d->name, text ? text : "", d->out);
    }
    read_result(lib, d);
    write_key(d, ".used", key_of(d, flow, elaborated_key(s, d)));
    write_key(d, ".key", key_of(d, flow, source_key(s, d->top)));
    close(slots[slot].locked);
    show(d, ++*done, all, difftime(time(NULL), slots[slot].since));
}

void run_designs(const options *o, const cJSON *lib, design *list, int n)
{
    static sources s;
    scan_folder(&s, o->rtl, 0);
    uint64_t flow[2] = {flow_key(o, false), flow_key(o, true)};
    int todo = 0;
    for (int i = 0; i < n; i++) {
        design *d = &list[i];
        snprintf(d->out, sizeof d->out, "%.110s/%s", o->build, d->name);
        if (is_core(d) && !*o->macro)
            die("%s: --macro is needed for a core", d->name);
        d->cached = unchanged(&s, flow, d);
        if (d->cached)
            read_result(lib, d);
        else
            todo++;
    }
    if (todo < n)
        printf("%d of %d designs unchanged since the last run\n", n - todo, n);
    running slots[64] = {0};
    int busy = 0, done = 0;
    for (int i = 0; i < n; i++) {
        if (list[i].cached)
            continue;
        if (busy == o->jobs) {
            finish(&s, flow, lib, list, slots, o->jobs, &done, todo);
            busy--;
        }
        int locked = lock(&list[i], false);
        if (locked < 0) { // wait with nothing locked, so that no two runs wait for each other
            for (; busy; busy--)
                finish(&s, flow, lib, list, slots, o->jobs, &done, todo);
            locked = lock(&list[i], true);
        }
        if (unchanged(&s, flow, &list[i])) { // another run has made it meanwhile
            read_result(lib, &list[i]);
            close(locked);
            show(&list[i], ++done, todo, 0);
            continue;
        }
        int free_slot = 0;
        while (slots[free_slot].pid)
            free_slot++;
        slots[free_slot] = (running){start(o, &list[i], locked), i, locked, time(NULL)};
        busy++;
    }
    for (; busy; busy--)
        finish(&s, flow, lib, list, slots, o->jobs, &done, todo);
    for (int i = 0; i < s.n; i++)
        free(s.text[i]);
}
