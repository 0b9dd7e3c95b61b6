/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

long cli_whole(struct argp_state *state, const char *option, const char *text, long least, long most)
{
    char *end;
    long v = strtol(text, &end, 10);
    if (*text == 0 || *end != 0 || v < least || v > most)
        argp_error(state, "--%s=%s: expected a whole number from %ld to %ld", option, text, least, most);
    return v;
}

double cli_real(struct argp_state *state, const char *option, const char *text, double least, double most)
{
    char *end;
    double v = strtod(text, &end);
    if (*text == 0 || *end != 0 || !(v >= least && v <= most))
        argp_error(state, "--%s=%s: expected a number from %g to %g", option, text, least, most);
    return v;
}

static const struct argp_option common_options[] = {
    {"scale", 's', "S", 0, "a stored q stands for (q - Z) * S (1)", 0},
    {"zero-point", 'z', "Z", 0, "see --scale (0)", 0},
    {"threads", 'j', "N", 0, "0: all processors (0)", 0},
    {0}};

static error_t parse_common(int key, char *text, struct argp_state *state)
{
    cli_common *c = state->input;
    switch (key) {
    case 's': c->scale = cli_real(state, "scale", text, 1e-30, 1e30); break;
    case 'z': c->zero_point = cli_real(state, "zero-point", text, -1e6, 1e6); break;
    case 'j': c->threads = (int)cli_whole(state, "threads", text, 0, 64); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

const struct argp cli_common_argp = {common_options, parse_common, 0, 0, 0, 0, 0};

static void show_progress(void *context, size_t done, size_t n)
{
    (void)context;
    fprintf(stderr, "\r%zu of %zu samples%s", done, n, done == n ? "\n" : "");
}

void (*cli_progress(void))(void *context, size_t done, size_t n) { return isatty(2) ? show_progress : NULL; }

void cli_number(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

void cli_print_json(cJSON *object)
{
    char *text = cJSON_Print(object);
    printf("%s\n", text ? text : "{}");
    free(text);
    cJSON_Delete(object);
}
