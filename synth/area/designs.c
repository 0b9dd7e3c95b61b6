// SPDX-License-Identifier: Apache-2.0
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "area.h"

// The list file, a statement a line:
//
//   common NAME=VALUE ...                         parameters of every tile
//   shape  ROWSxCOLS                              every engine is built at each of these
//   engine NAME N [at=ROWSxCOLS] [top=MODULE] [fpga=1] NAME=VALUE ...
//          top: teq_tile; a *_tile gets ROWS, COLS from the shape, and LOAD_COLS where it names none
//   variant KIND ROWSxCOLS NAME=VALUE ...         every engine again, other parameters (not one `at`
//                                                 another shape); other tops than teq_tile with KIND
//                                                 double only
//   block  NAME MODULE NAME=VALUE ...
//   fpga   FAMILY ROWSxCOLS NAME=VALUE ...        engines with fpga=1

enum { MAX_LINES = 100, LINE = 300 };

typedef struct {
    char word[3][40];              // after the verb, before the parameters
    char params[LINE];             // "NAME value ..."
    char at[12], top[40];
    bool fpga;
} statement;

typedef struct {
    statement s[MAX_LINES];
    int n;
} statements;

// The next pattern of --only after `at`; NULL: no more.
static const char *next_pattern(const char *at, char *pattern, size_t size)
{
    at += strspn(at, " ");
    const size_t n = strcspn(at, " ");
    snprintf(pattern, size, "%.*s", (int)n, at);
    return n ? at + n : NULL;
}

static bool asked_for(const options *o, const char *name)
{
    char pattern[80];
    bool yes = !*o->only;
    for (const char *at = o->only; !yes && (at = next_pattern(at, pattern, sizeof pattern));)
        yes = !fnmatch(pattern, name, 0);
    return yes;
}

static void all_found(const options *o, const design *list, int n)
{
    char pattern[80];
    for (const char *at = o->only; (at = next_pattern(at, pattern, sizeof pattern));) {
        int i = 0;
        while (i < n && fnmatch(pattern, list[i].name, 0))
            i++;
        if (i == n)
            die("%s: no design is called %s", o->list, pattern);
    }
}

static void add(design *list, int *n, const options *o, const design *d)
{
    if (!asked_for(o, d->name))
        return;
    if (*n == MAX_DESIGNS)
        die("%s: more than %d designs", o->list, MAX_DESIGNS);
    for (int i = 0; i < *n; i++)
        if (!strcmp(list[i].name, d->name))
            die("%s: two designs are called %s", o->list, d->name);
    list[(*n)++] = *d;
}

// Sets each parameter once: the last value wins, so that variants override engines.
static void put_params(char *all, size_t size, const char *more)
{
    char copy[LINE], *save = NULL;
    snprintf(copy, sizeof copy, "%s", more);
    for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
        const char *value = strtok_r(NULL, " ", &save);
        char out[400] = "", old[400], *save2 = NULL;
        snprintf(old, sizeof old, "%s", all);
        for (char *k = strtok_r(old, " ", &save2); k; k = strtok_r(NULL, " ", &save2)) {
            const char *v = strtok_r(NULL, " ", &save2);
            size_t at = strlen(out);
            if (strcmp(k, name))
                snprintf(out + at, sizeof out - at, "%s%s %s", at ? " " : "", k, v);
        }
        size_t at = strlen(out);
        snprintf(out + at, sizeof out - at, "%s%s %s", at ? " " : "", name, value ? value : "");
        snprintf(all, size, "%s", out);
    }
}

static void set_shape(design *d, const options *o, const char *shape)
{
    if (sscanf(shape, "%dx%d", &d->rows, &d->cols) != 2 || d->rows < 1 || d->cols < 1)
        die("%s: expected a shape as 16x32, got `%s`", o->list, shape);
    snprintf(d->shape, sizeof d->shape, "%.11s", shape);
    if (!strstr(d->top, "_tile"))
        return;
    char text[40];
    snprintf(text, sizeof text, "ROWS %d COLS %d", d->rows, d->cols);
    put_params(d->params, sizeof d->params, text);
    if (!strstr(d->params, "LOAD_COLS ")) {
        snprintf(text, sizeof text, "LOAD_COLS %d", d->cols < 2 ? 1 : 2);
        put_params(d->params, sizeof d->params, text);
    }
}

static design engine_design(const statement *engine, const statement *common, const char *kind)
{
    design d = {0};
    snprintf(d.kind, sizeof d.kind, "%s", kind);
    snprintf(d.engine, sizeof d.engine, "%.15s", engine->word[0]);
    d.n = atoi(engine->word[1]);
    snprintf(d.top, sizeof d.top, "%s", *engine->top ? engine->top : "teq_tile");
    if (!strcmp(d.top, "teq_tile"))
        put_params(d.params, sizeof d.params, common->params);
    put_params(d.params, sizeof d.params, engine->params);
    return d;
}

static void parse_line(const options *o, int number, char *line, statements *of, statement *common)
{
    static const struct {
        const char *verb;
        int words;
    } grammar[] = {{"common", 0}, {"shape", 1}, {"engine", 2}, {"variant", 2}, {"block", 2}, {"fpga", 2}};
    line[strcspn(line, "#\n")] = 0;
    char *save = NULL, *verb = strtok_r(line, " ", &save);
    if (!verb)
        return;
    int kind = 0;
    while (kind < 6 && strcmp(grammar[kind].verb, verb))
        kind++;
    if (kind == 6)
        die("%s:%d: expected common, shape, engine, variant, block or fpga, got `%s`", o->list, number, verb);
    statement s = {0};
    int words = 0;
    for (char *w = strtok_r(NULL, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char *eq = strchr(w, '=');
        size_t at = strlen(s.params);
        if (!eq && words < grammar[kind].words)
            snprintf(s.word[words++], sizeof s.word[0], "%s", w);
        else if (eq && !strncmp(w, "at=", 3))
            snprintf(s.at, sizeof s.at, "%s", eq + 1);
        else if (eq && !strncmp(w, "top=", 4))
            snprintf(s.top, sizeof s.top, "%s", eq + 1);
        else if (eq && !strcmp(w, "fpga=1"))
            s.fpga = true;
        else if (eq)
            snprintf(s.params + at, sizeof s.params - at, "%s%.*s %s", at ? " " : "", (int)(eq - w), w, eq + 1);
        else
            die("%s:%d: expected NAME=VALUE, got `%s`", o->list, number, w);
    }
    if (words != grammar[kind].words)
        die("%s:%d: `%s` takes %d words before its parameters", o->list, number, verb, grammar[kind].words);
    if (kind == 0)
        *common = s;
    else if (of[kind].n == MAX_LINES)
        die("%s: more than %d lines of `%s`", o->list, MAX_LINES, verb);
    else
        of[kind].s[of[kind].n++] = s;
}

enum { SHAPE = 1, ENGINE, VARIANT, BLOCK, FPGA };

static void add_engine(const options *o, const statements *of, const statement *common, const statement *e,
                       design *list, int *n)
{
    for (int s = 0; s < of[SHAPE].n && o->asic; s++) {
        const char *shape = of[SHAPE].s[s].word[0];
        if (*e->at && strcmp(e->at, shape))
            continue;
        design d = engine_design(e, common, "tile");
        set_shape(&d, o, shape);
        snprintf(d.name, sizeof d.name, "%s_n%d_%s", d.engine, d.n, d.shape);
        add(list, n, o, &d);
    }
    for (int v = 0; v < of[VARIANT].n && o->asic; v++) {
        const statement *variant = &of[VARIANT].s[v];
        if (*e->top && strcmp(variant->word[0], "double")) // its sums stay inside
            continue;
        if (*e->at && strcmp(e->at, variant->word[1]))
            continue;
        design d = engine_design(e, common, variant->word[0]);
        set_shape(&d, o, variant->word[1]);
        put_params(d.params, sizeof d.params, variant->params);
        snprintf(d.name, sizeof d.name, "%s_n%d_%s_%s", d.engine, d.n, d.shape, d.kind);
        add(list, n, o, &d);
    }
}

static void add_fpga(const options *o, const statements *of, const statement *common, const statement *e, design *list,
                     int *n)
{
    for (int f = 0; f < of[FPGA].n && e->fpga; f++) {
        const statement *fpga = &of[FPGA].s[f];
        design d = engine_design(e, common, "fpga");
        set_shape(&d, o, fpga->word[1]);
        put_params(d.params, sizeof d.params, fpga->params);
        snprintf(d.library, sizeof d.library, "%.15s", fpga->word[0]);
        snprintf(d.name, sizeof d.name, "fpga_%s_n%d_%s_%s", d.engine, d.n, d.shape, d.library);
        add(list, n, o, &d);
    }
}

int read_designs(const options *o, design *list)
{
    FILE *in = fopen(o->list, "r");
    if (!in)
        die("cannot open %s", o->list);
    statements *of = calloc(6, sizeof *of);
    if (!of)
        die("out of memory");
    statement common = {0};
    char line[LINE];
    for (int number = 1; fgets(line, sizeof line, in); number++)
        parse_line(o, number, line, of, &common);
    fclose(in);

    int n = 0;
    for (int e = 0; e < of[ENGINE].n; e++)
        add_engine(o, of, &common, &of[ENGINE].s[e], list, &n);
    for (int b = 0; b < of[BLOCK].n && o->asic; b++) {
        const statement *block = &of[BLOCK].s[b];
        design d = {.kind = "block"};
        snprintf(d.name, sizeof d.name, "block_%s", block->word[0]);
        snprintf(d.engine, sizeof d.engine, "%.15s", block->word[0]);
        snprintf(d.top, sizeof d.top, "%s", block->word[1]);
        snprintf(d.params, sizeof d.params, "%s", block->params);
        add(list, &n, o, &d);
    }
    for (int e = 0; e < of[ENGINE].n && o->fpga; e++)
        add_fpga(o, of, &common, &of[ENGINE].s[e], list, &n);
    free(of);
    all_found(o, list, n);
    if (!n)
        die("%s: no design", o->list);
    return n;
}
