// SPDX-License-Identifier: Apache-2.0
//
// synth/rules.json: "bounds", what the project promises, by hand; "figures", what the last
// accepted run measured, by `make area-figures`. A rule is { "select": {FIELD: VALUE, ...}, "field": NAME, "max": V | "min": V |
// "expect": V with "tolerance": part of V, "why": TEXT }. A rule holds for every row
// (of rows, blocks and fpga) that has the selected values.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "area.h"

static bool selected(const cJSON *row, const cJSON *select)
{
    for (const cJSON *s = select->child; s; s = s->next)
        if (!cJSON_Compare(cJSON_GetObjectItem(row, s->string), s, true))
            return false;
    return true;
}

static void describe(const cJSON *select, char *text, size_t size)
{
    *text = 0;
    for (const cJSON *s = select->child; s; s = s->next) {
        size_t at = strlen(text);
        if (cJSON_IsString(s))
            snprintf(text + at, size - at, "%s%s", at ? " " : "", s->valuestring);
        else
            snprintf(text + at, size - at, "%s%s=%g", at ? " " : "", s->string, cJSON_GetNumberValue(s));
    }
}

static bool holds(const cJSON *rule, double v, char *expected, size_t size)
{
    const cJSON *max = cJSON_GetObjectItem(rule, "max"), *min = cJSON_GetObjectItem(rule, "min");
    const cJSON *expect = cJSON_GetObjectItem(rule, "expect"), *part = cJSON_GetObjectItem(rule, "tolerance");
    if (cJSON_IsNumber(expect) && cJSON_IsNumber(part)) {
        snprintf(expected, size, "%g +- %g%%", expect->valuedouble, 100 * part->valuedouble);
        return fabs(v - expect->valuedouble) <= part->valuedouble * fabs(expect->valuedouble);
    }
    if (cJSON_IsNumber(max)) {
        snprintf(expected, size, "at most %g", max->valuedouble);
        return v <= max->valuedouble;
    }
    if (cJSON_IsNumber(min)) {
        snprintf(expected, size, "at least %g", min->valuedouble);
        return v >= min->valuedouble;
    }
    die("a rule needs \"max\", \"min\", or \"expect\" with \"tolerance\"");
}

static const char *const row_lists[] = {"rows", "blocks", "fpga", NULL};

// Of a part of the designs, ratios may have no INT8 to be to: null, and not checked.
static int check_rule(const cJSON *report, const cJSON *rule, bool all, int *rows_seen)
{
    const cJSON *select = cJSON_GetObjectItem(rule, "select");
    const char *field = cJSON_GetStringValue(cJSON_GetObjectItem(rule, "field"));
    const char *why = cJSON_GetStringValue(cJSON_GetObjectItem(rule, "why"));
    if (!cJSON_IsObject(select) || !field)
        die("a rule needs \"select\" and \"field\"");
    int broken = 0;
    *rows_seen = 0;
    for (const char *const *list = row_lists; *list; list++) {
        const cJSON *row;
        cJSON_ArrayForEach(row, cJSON_GetObjectItem(report, *list)) {
            const cJSON *v = cJSON_GetObjectItem(row, field);
            if (!v || (!all && cJSON_IsNull(v)) || !selected(row, select))
                continue;
            ++*rows_seen;
            char expected[80], what[200];
            double got = cJSON_IsNumber(v) ? v->valuedouble : NAN;
            if (holds(rule, got, expected, sizeof expected))
                continue;
            describe(select, what, sizeof what);
            printf("RULE  %s: %s: expected %s, got %g%s%s\n", what, field, expected, got, why ? "; " : "", why ? why : "");
            broken++;
        }
    }
    return broken;
}

// Rules of other libraries are left alone, and those of FPGAs where none was counted.
static int check_list(const cJSON *report, const cJSON *list, bool all, int *checked)
{
    const cJSON *library = cJSON_GetObjectItem(cJSON_GetObjectItem(report, "library"), "library"), *rule;
    int broken = 0;
    cJSON_ArrayForEach(rule, list) {
        const cJSON *select = cJSON_GetObjectItem(rule, "select");
        const cJSON *wanted = cJSON_GetObjectItem(select, "library");
        if (wanted && !cJSON_Compare(wanted, library, true))
            continue;
        if (cJSON_GetObjectItem(select, "family") && !cJSON_GetObjectItem(report, "fpga"))
            continue;
        int rows = 0, bad = check_rule(report, rule, all, &rows);
        if (!rows && all) {
            char what[200];
            describe(select, what, sizeof what);
            printf("RULE  %s: no such row in the report: a design is missing from synth/asic/designs.txt\n", what);
            bad = 1;
        }
        broken += bad;
        *checked += rows > 0;
    }
    return broken;
}

int check_rules(const cJSON *report, const cJSON *rules, bool all)
{
    int checked = 0;
    int broken = check_list(report, cJSON_GetObjectItem(rules, "bounds"), all, &checked) +
                 check_list(report, cJSON_GetObjectItem(rules, "figures"), all, &checked);
    int rows = 0;
    for (const char *const *list = row_lists; *list; list++)
        rows += cJSON_GetArraySize(cJSON_GetObjectItem(report, *list));
    if (rows == 0) {
        printf("RULE  the report has no rows\n");
        broken++;
    }
    if (!broken)
        printf("rules: %d checked, all hold\n", checked);
    else
        printf("rules: %d broken. If a change was meant to cost this, `make area-figures` or `make energy-figures` writes the new\n"
               "figures into the rules (say why in the commit); if not, compare the .stat files under build/area with those of\n"
               "the last good commit.\n",
               broken);
    return broken;
}
