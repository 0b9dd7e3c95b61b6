// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "area.h"

const char *program_name = "area";

_Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

char *read_text(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return NULL;
    size_t n = 0, room = 1 << 16;
    char *text = malloc(room);
    while (text) {
        n += fread(text + n, 1, room - n - 1, in);
        if (n < room - 1)
            break;
        char *more = realloc(text, room *= 2);
        if (!more)
            free(text);
        text = more;
    }
    fclose(in);
    if (!text)
        die("out of memory");
    text[n] = 0;
    return text;
}

cJSON *read_json(const char *path)
{
    char *text = read_text(path);
    if (!text)
        die("cannot read %s: %s", path, strerror(errno));
    cJSON *json = cJSON_Parse(text);
    if (!json)
        die("%s is not JSON, near `%.40s`", path, cJSON_GetErrorPtr() ? cJSON_GetErrorPtr() : "");
    free(text);
    return json;
}

void write_text(const char *path, const char *text)
{
    char aside[320];
    snprintf(aside, sizeof aside, "%s.new", path);
    FILE *out = fopen(aside, "w");
    if (!out || fputs(text, out) < 0 || fclose(out) || rename(aside, path))
        die("cannot write %s: %s", path, strerror(errno));
}
