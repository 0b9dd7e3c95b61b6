// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "area.h"

static bool is(const design *d, const char *kind) { return !strcmp(d->kind, kind); }
static bool is_int8(const char *engine) { return !strncmp(engine, "int8", 4); }

static double lane_ge(const design *d) { return d->ge / (d->rows * d->cols); }

static double rounded(double v, int digits)
{
    double p = pow(10, digits);
    return round(v * p) / p;
}

static void put(cJSON *o, const char *name, double v, int digits)
{
    cJSON_AddNumberToObject(o, name, rounded(v, digits));
}

static const design *find(const design *list, int n, const char *kind, const char *engine, int bits, int rows)
{
    for (int i = 0; i < n; i++)
        if (is(&list[i], kind) && !strcmp(list[i].engine, engine) && (bits < 0 || list[i].n == bits) &&
            (rows < 0 || (list[i].rows == rows && list[i].cols == 1)))
            return &list[i];
    return NULL;
}

static double param(const design *d, const char *name)
{
    char want[40];
    snprintf(want, sizeof want, "%s ", name);
    const char *p = strstr(d->params, want);
    return p ? atof(p + strlen(want)) : NAN;
}

// What the rest of an array adds to a tile, a lane. Second weight registers and the
// partial-sum port are measured on a single column of the same engine; a word of memory and
// a requantizer a column on blocks of their own. Engine count has no partial sums: its
// histograms are in the tile.
static void put_totals(cJSON *row, const design *d, const design *list, int n)
{
    const design *one = find(list, n, "tile", d->engine, d->n, d->rows);
    const design *two = find(list, n, "double", d->engine, d->n, d->rows);
    bool is_int = !strncmp(d->engine, "int", 3), is_count = !strcmp(d->engine, "count");
    const design *port = is_count ? two : find(list, n, "psum", d->engine, d->n, d->rows);
    const design *memory = find(list, n, "block", "psum", -1, -1);
    const char *requant_of = is_int ? "int" : is_count ? "count" : "exp";
    char name[2][40];
    snprintf(name[0], sizeof name[0], "requant_%s_2", requant_of);
    snprintf(name[1], sizeof name[1], "requant_%s_4", requant_of);
    const design *requant2 = find(list, n, "block", name[0], -1, -1);
    const design *requant4 = find(list, n, "block", name[1], -1, -1);
    if (!one || !two || !port || !memory || !requant2 || !requant4)
        return;
    double words = is_count ? 0 : param(memory, "DEPTH"), bits = words * param(d, "ACC_W");
    double bit_ge = memory->ge / (param(memory, "DEPTH") * param(memory, "W"));
    double base = lane_ge(d);
    double with_double = base + (two->ge - one->ge) / d->rows;
    double with_psum = with_double + (port->ge - two->ge + bits * bit_ge) / d->rows;
    double requant = requant2->ge + (d->cols - 2) * (requant4->ge - requant2->ge) / 2;
    double all = with_psum + requant / (d->rows * d->cols);
    put(row, "ge_per_lane_double", with_double, 1);
    put(row, "ge_per_lane_double_psum", with_psum, 1);
    put(row, "ge_per_lane_double_psum_requant", all, 1);
    put(row, "psum_words_a_column", words, 0);
}

static double best_int8(const design *list, int n, const design *like)
{
    double best = INFINITY;
    for (int i = 0; i < n; i++)
        if (is(&list[i], like->kind) && is_int8(list[i].engine) && !strcmp(list[i].shape, like->shape))
            best = fmin(best, lane_ge(&list[i]));
    return best;
}

// Bits of the memories of a core, parity apart.
static double ram_bits(const design *d)
{
    double rows = param(d, "ROWS"), cols = param(d, "COLS");
    return fmax(rows, cols) * param(d, "ACT_WORDS") * (param(d, "NA_MAX") + 1) +
           param(d, "WGT_WORDS") * param(d, "LOAD_COLS") * rows * (param(d, "N_MAX") + 1) + param(d, "PRG_WORDS") * 64 +
           param(d, "PSUM_DEPTH") * cols * param(d, "ACC_W");
}

static cJSON *area_row(const cJSON *lib, const design *d, const design *list, int n)
{
    cJSON *r = cJSON_CreateObject();
    cJSON_AddStringToObject(r, "name", d->name);
    cJSON_AddStringToObject(r, "engine", d->engine);
    if (!is(d, "block")) {
        cJSON_AddNumberToObject(r, "n", d->n);
        cJSON_AddStringToObject(r, "shape", d->shape);
        cJSON_AddStringToObject(r, "with", is(d, "tile") ? "tile" : is(d, "double") ? "tile, double weights"
                                           : "tile, double weights, partial-sum port");
    }
    cJSON_AddStringToObject(r, "library", cJSON_GetStringValue(cJSON_GetObjectItem(lib, "library")));
    if (!is(d, "block")) {
        put(r, "ge_per_lane", lane_ge(d), 1);
        double int8 = best_int8(list, n, d);
        if (isfinite(int8))
            put(r, "ratio_int8", lane_ge(d) / int8, 3);
        else
            cJSON_AddNullToObject(r, "ratio_int8");
    }
    put(r, "ge", d->ge, 1);
    put(r, "area_um2", d->area, 2);
    cJSON_AddNumberToObject(r, "ff", d->ff);
    cJSON_AddNumberToObject(r, "cells", d->cells);
    cJSON_AddNumberToObject(r, "full_adders", d->full_adders);
    cJSON_AddNumberToObject(r, "half_adders", d->half_adders);
    put(r, "path_ns", d->path_ns, 3);
    if (d->rams) {
        cJSON_AddNumberToObject(r, "rams", d->rams);
        put(r, "ram_bits", ram_bits(d), 0);
    }
    if (is(d, "tile"))
        put_totals(r, d, list, n);
    cJSON_AddStringToObject(r, "top", d->top);
    cJSON_AddStringToObject(r, "parameters", d->params);
    return r;
}

static cJSON *fpga_row(const design *d)
{
    cJSON *r = cJSON_CreateObject();
    cJSON_AddStringToObject(r, "engine", d->engine);
    cJSON_AddNumberToObject(r, "n", d->n);
    cJSON_AddStringToObject(r, "shape", d->shape);
    cJSON_AddStringToObject(r, "family", d->library);
    cJSON_AddNumberToObject(r, "lut", d->lut);
    cJSON_AddNumberToObject(r, "carry", d->carry);
    cJSON_AddNumberToObject(r, "ff", d->ff);
    cJSON_AddNumberToObject(r, "dsp", d->dsp);
    cJSON_AddNumberToObject(r, "bram", d->bram);
    put(r, "lut_per_lane", (double)d->lut / (d->rows * d->cols), 1);
    return r;
}

cJSON *make_report(const options *o, const cJSON *lib, const design *list, int n)
{
    cJSON *report = cJSON_CreateObject();
    char date[40];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    cJSON_AddStringToObject(report, "date", date);
    if (*o->commit)
        cJSON_AddStringToObject(report, "commit", o->commit);
    cJSON_AddItemToObject(report, "tools", read_json(o->tools));
    cJSON *l = cJSON_AddObjectToObject(report, "library");
    for (const cJSON *c = lib->child; c; c = c->next)
        if (strcmp(c->string, "areas") && strcmp(c->string, "flip_flops"))
            cJSON_AddItemToObject(l, c->string, cJSON_Duplicate(c, true));
    cJSON_AddBoolToObject(report, "complete", !*o->only);
    cJSON *rows = cJSON_AddArrayToObject(report, "rows");
    cJSON *blocks = cJSON_AddArrayToObject(report, "blocks");
    cJSON *fpga = o->fpga ? cJSON_AddArrayToObject(report, "fpga") : NULL;
    for (int i = 0; i < n; i++) {
        if (is(&list[i], "fpga"))
            cJSON_AddItemToArray(fpga, fpga_row(&list[i]));
        else
            cJSON_AddItemToArray(is(&list[i], "block") ? blocks : rows, area_row(lib, &list[i], list, n));
    }
    return report;
}

// ---- the table on the screen ----

static const char *text(const cJSON *row, const char *name)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItem(row, name));
    return s ? s : "";
}

static double number(const cJSON *row, const char *name)
{
    const cJSON *v = cJSON_GetObjectItem(row, name);
    return cJSON_IsNumber(v) ? v->valuedouble : NAN;
}

static void cell(double v, int width, int digits)
{
    if (isfinite(v))
        printf(" %*.*f", width, digits, v);
    else
        printf(" %*s", width, "-");
}

void print_report(const cJSON *report)
{
    const cJSON *lib = cJSON_GetObjectItem(report, "library"), *row;
    const cJSON *rows = cJSON_GetObjectItem(report, "rows");
    printf("\n%s, %s; GE = NAND2 of %g; ratio to the best INT8 of the shape\n", text(lib, "library"), text(lib, "corner"),
           number(lib, "nand2_area"));
    printf("%-11s %2s %-6s %8s %6s %7s %7s %7s | %7s %7s %7s\n", "engine", "n", "shape", "GE/lane", "ratio", "ns", "FF",
           "FA", "+double", "+psum", "+requant");
    cJSON_ArrayForEach(row, rows) {
        if (strcmp(text(row, "with"), "tile"))
            continue;
        printf("%-11s %2.0f %-6s", text(row, "engine"), number(row, "n"), text(row, "shape"));
        cell(number(row, "ge_per_lane"), 8, 1);
        cell(number(row, "ratio_int8"), 6, 3);
        cell(number(row, "path_ns"), 7, 2);
        cell(number(row, "ff"), 7, 0);
        cell(number(row, "full_adders"), 7, 0);
        printf(" |");
        cell(number(row, "ge_per_lane_double"), 7, 1);
        cell(number(row, "ge_per_lane_double_psum"), 7, 1);
        cell(number(row, "ge_per_lane_double_psum_requant"), 7, 1);
        printf("\n");
    }
    const cJSON *blocks = cJSON_GetObjectItem(report, "blocks");
    int column = 0;
    cJSON_ArrayForEach(row, blocks) {
        printf("%s%-16s %7.0f GE %6.2f ns", column ? "    " : "\n", text(row, "engine"), number(row, "ge"),
               number(row, "path_ns"));
        column = !column;
    }
    if (cJSON_GetArraySize(blocks))
        printf("\n");
    const cJSON *fpga = cJSON_GetObjectItem(report, "fpga");
    if (cJSON_GetArraySize(fpga))
        printf("\n%-11s %2s %-6s %-7s %7s %7s %7s %4s %5s %9s\n", "engine", "n", "shape", "family", "LUT", "carry", "FF", "DSP",
               "BRAM", "LUT/lane");
    cJSON_ArrayForEach(row, fpga)
        printf("%-11s %2.0f %-6s %-7s %7.0f %7.0f %7.0f %4.0f %5.0f %9.1f\n", text(row, "engine"), number(row, "n"),
               text(row, "shape"), text(row, "family"), number(row, "lut"), number(row, "carry"), number(row, "ff"),
               number(row, "dsp"), number(row, "bram"), number(row, "lut_per_lane"));
}
