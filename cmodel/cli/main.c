/* SPDX-License-Identifier: Apache-2.0
 *
 * `teq VERB ...`: find the verb and hand over.
 */
#include "verbs.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} verbs[] = {
#define ENTRY(name, about) {#name, teq_cmd_##name, about},
    TEQ_VERBS(ENTRY)
#undef ENTRY
};
#define N_VERBS (sizeof verbs / sizeof verbs[0])

static void usage(FILE *f)
{
    fprintf(f, "Usage: teq VERB [OPTION...]\n\n");
    for (size_t i = 0; i < N_VERBS; i++)
        fprintf(f, "  %-10s %s\n", verbs[i].name, verbs[i].about);
    fprintf(f, "\n`teq VERB --help` tells the options of a verb; all verbs know --json.\n");
}

int main(int argc, char **argv)
{
    argp_err_exit_status = 2;
    if (argc < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(argv[1], verbs[i].name) == 0) {
            char name[32];
            snprintf(name, sizeof name, "teq %s", verbs[i].name);
            argv[1] = name;
            return verbs[i].run(argc - 1, argv + 1);
        }
    fprintf(stderr, "teq: no verb \"%s\"\n", argv[1]);
    usage(stderr);
    return 2;
}
