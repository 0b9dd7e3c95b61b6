/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verbs share: how stored samples are read, numbers on the command line,
 * progress on a terminal.
 */
#ifndef TEQ_CLI_COMMON_H
#define TEQ_CLI_COMMON_H

#include <argp.h>
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* --scale, --zero-point, --threads: an argp for argp_child; its input is a cli_common. */
typedef struct cli_common {
    double scale, zero_point; /* a stored q stands for (q - zero_point) * scale */
    int threads;    /* 0: all processors                              */
} cli_common;

extern const struct argp cli_common_argp;
#define CLI_COMMON_DEFAULTS {1, 0, 0}

/* The whole text as a number in [least, most], or the usage error that says so. */
long cli_whole(struct argp_state *state, const char *option, const char *text, long least, long most);
double cli_real(struct argp_state *state, const char *option, const char *text, double least, double most);

/* For teq_qrun_options.progress: counts samples on standard error. NULL where that is no terminal. */
void (*cli_progress(void))(void *context, size_t done, size_t n);

/* A member that is null where the value is not finite. */
void cli_number(cJSON *object, const char *name, double value);

/* Print an object and free it. */
void cli_print_json(cJSON *object);

#endif
