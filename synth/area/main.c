// SPDX-License-Identifier: Apache-2.0
//
// area: synthesises the designs of synth/asic/designs.txt, writes the report, prints it,
// checks the rules. See docs/area.md.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "area.h"

static void usage(void)
{
    puts("usage: area --rtl DIR --flow DIR --build DIR --list FILE --rules FILE --report FILE --tools FILE\n"
         "            [--asic] [--fpga] [--only GLOBS] [--jobs N] [--commit TEXT] [--macro DIR] [--check]\n"
         "  --build DIR   holds lib/, made by libmap, and all results\n"
         "  --only GLOBS  only designs with such names, as `a* b`; the report then says \"complete\": false\n"
         "  --commit TEXT noted in the report\n"
         "  --macro DIR   in place of --rtl for teq_core: its memories are black boxes there\n"
         "  --check       no synthesis: print the report that is there and check the rules");
}

static bool set_text(const char *arg, const char *value, options *o)
{
    const struct {
        const char *name;
        char  *to;
        size_t size;
    } texts[] = {{"--rtl", o->rtl, sizeof o->rtl},          {"--flow", o->flow, sizeof o->flow},
                 {"--build", o->build, sizeof o->build},    {"--list", o->list, sizeof o->list},
                 {"--rules", o->rules, sizeof o->rules},    {"--report", o->reports, sizeof o->reports},
                 {"--tools", o->tools, sizeof o->tools},    {"--only", o->only, sizeof o->only},
                 {"--commit", o->commit, sizeof o->commit}, {"--macro", o->macro, sizeof o->macro}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(arg, texts[i].name))
            continue;
        if (!value || strlen(value) >= texts[i].size)
            die("%s: expected a value of less than %zu characters", arg, texts[i].size);
        snprintf(texts[i].to, texts[i].size, "%s", value);
        return true;
    }
    return false;
}

static options parse(int argc, char **argv)
{
    options o = {.jobs = 2};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            usage();
            exit(0);
        } else if (!strcmp(argv[i], "--check")) {
            o.check_only = true;
        } else if (!strcmp(argv[i], "--asic")) {
            o.asic = true;
        } else if (!strcmp(argv[i], "--fpga")) {
            o.fpga = true;
        } else if (!strcmp(argv[i], "--jobs")) {
            o.jobs = i + 1 < argc ? atoi(argv[++i]) : 0;
            if (o.jobs < 1 || o.jobs > 64)
                die("--jobs: expected 1 to 64");
        } else if (set_text(argv[i], argv[i + 1], &o)) {
            i++;
        } else {
            usage();
            die("unknown option %s", argv[i]);
        }
    }
    return o;
}

int main(int argc, char **argv)
{
    options o = parse(argc, argv);
    cJSON *report;
    if (o.check_only) {
        report = read_json(o.reports);
    } else {
        static design list[MAX_DESIGNS];
        char path[260];
        snprintf(path, sizeof path, "%s/lib/lib.json", o.build);
        cJSON *lib = read_json(path);
        int n = read_designs(&o, list);
        run_designs(&o, lib, list, n);
        report = make_report(&o, lib, list, n);
        char *text = cJSON_Print(report);
        if (!text)
            die("out of memory");
        write_text(o.reports, text);
        free(text);
        cJSON_Delete(lib);
    }
    print_report(report);
    if (!*o.rules)
        return 0;
    printf("\n");
    cJSON *rules = read_json(o.rules);
    bool complete = cJSON_IsTrue(cJSON_GetObjectItem(report, "complete"));
    int broken = check_rules(report, rules, complete);
    cJSON_Delete(rules);
    cJSON_Delete(report);
    return broken ? 1 : 0;
}
