/* SPDX-License-Identifier: Apache-2.0 */
#include "vcd.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN = 1 << 16, NAME = 1024 };

typedef struct variable {
    char *name;
    char *bits;     /* last value, most significant first; NULL when not matched */
    unsigned width;
    uint64_t changes;
} variable;

typedef struct reader {
    FILE *file;
    char token[TOKEN];
    char scope[NAME];
    const char *pattern;
    uint64_t first, last, now;
    variable *variables; /* by identifier code, see index_of() */
    size_t room;
    bool damaged;
} reader;

static bool next(reader *r) {
    static const char format[] = "%65535s";
    return fscanf(r->file, format, r->token) == 1;
}

static bool skip_to_end(reader *r) {
    while (next(r))
        if (strcmp(r->token, "$end") == 0) return true;
    return false;
}

/* Identifier codes are numbers in base 94, digits '!' to '~'. */
static bool index_of(const char *code, size_t *index) {
    size_t value = 0;
    if (!*code) return false;
    for (const char *p = code; *p; p++) {
        if (*p < '!' || *p > '~' || value > SIZE_MAX / 200) return false;
        value = 94 * value + (size_t)(*p - '!') + 1;
    }
    *index = value;
    return value < (size_t)1 << 28;
}

static variable *variable_at(reader *r, size_t index) {
    if (index >= r->room) {
        const size_t room = 2 * index + 64;
        variable *grown = realloc(r->variables, room * sizeof *grown);
        if (!grown) return NULL;
        memset(grown + r->room, 0, (room - r->room) * sizeof *grown);
        r->variables = grown;
        r->room = room;
    }
    return &r->variables[index];
}

static void enter_scope(reader *r, const char *name) {
    const size_t used = strlen(r->scope), more = strlen(name);
    if (used + more + 2 > NAME) {
        r->damaged = true;
        return;
    }
    char *end = r->scope + used;
    if (used) *end++ = '.';
    memcpy(end, name, more + 1);
}

static void leave_scope(reader *r) {
    char *dot = strrchr(r->scope, '.');
    if (dot) *dot = '\0';
    else r->scope[0] = '\0';
}

/* $var wire 8 # name [7:0] $end */
static void declare(reader *r, vcd_count *count) {
    char full[2 * NAME];
    size_t index;
    if (!next(r)) return;
    if (!next(r)) return;
    const unsigned long width = strtoul(r->token, NULL, 10);
    if (!next(r) || !index_of(r->token, &index) || width == 0 || width > TOKEN - 8) {
        r->damaged = true;
        return;
    }
    if (!next(r)) return;
    snprintf(full, sizeof full, "%s%s%.*s", r->scope, *r->scope ? "." : "", NAME - 2, r->token);
    /* Several names may share a code (a net and the ports it passes): the first that matches counts. */
    variable *v = variable_at(r, index);
    if (v && !v->bits && fnmatch(r->pattern, full, 0) == 0) {
        v->name = strdup(full);
        v->bits = malloc(width + 1);
        v->width = (unsigned)width;
        if (v->name && v->bits) {
            memset(v->bits, 'x', width);
            v->bits[width] = '\0';
            count->signals += width;
        } else {
            r->damaged = true;
        }
    }
    skip_to_end(r);
}

static void change(reader *r, variable *v, const char *value, vcd_count *count) {
    const size_t given = strlen(value);
    if (given > v->width) {
        r->damaged = true;
        return;
    }
    const char fill = *value == '1' ? '0' : *value; /* a short vector is extended by 0, x or z */
    uint64_t toggles = 0, unknowns = 0;
    for (size_t i = 0; i < v->width; i++) {
        const size_t missing = v->width - given;
        const char to = i < missing ? fill : value[i - missing], from = v->bits[i];
        if (to == from) continue;
        if ((from == '0' && to == '1') || (from == '1' && to == '0')) toggles++;
        else unknowns++;
        v->bits[i] = to;
    }
    if (r->now < r->first || r->now >= r->last) return;
    count->toggles += toggles;
    count->unknowns += unknowns;
    v->changes += toggles + unknowns;
    if (v->changes > count->busiest_toggles) {
        count->busiest_toggles = v->changes;
        snprintf(count->busiest, sizeof count->busiest, "%s", v->name);
    }
}

/* One change of value: `0!`, `x!`, `b1010 !`; real numbers are passed over. */
static void value_change(reader *r, vcd_count *count) {
    char value[TOKEN];
    size_t index;
    const char *code;
    if (strchr("bB", r->token[0])) {
        strcpy(value, r->token + 1);
        if (!next(r)) {
            r->damaged = true;
            return;
        }
        code = r->token;
    } else if (strchr("rR", r->token[0])) {
        if (!next(r)) r->damaged = true;
        return;
    } else {
        value[0] = r->token[0];
        value[1] = '\0';
        code = r->token + 1;
    }
    if (!index_of(code, &index)) {
        r->damaged = true;
        return;
    }
    if (index < r->room && r->variables[index].bits) change(r, &r->variables[index], value, count);
}

static void read_all(reader *r, vcd_count *count, bool *any) {
    while (!r->damaged && r->now < r->last && next(r)) {
        const char *t = r->token;
        if (strcmp(t, "$scope") == 0) {
            if (next(r) && next(r)) enter_scope(r, r->token);
            skip_to_end(r);
        } else if (strcmp(t, "$upscope") == 0) {
            leave_scope(r);
            skip_to_end(r);
        } else if (strcmp(t, "$var") == 0) {
            declare(r, count);
        } else if (strcmp(t, "$enddefinitions") == 0) {
            *any = true;
            skip_to_end(r);
        } else if (strcmp(t, "$comment") == 0 || strcmp(t, "$date") == 0 || strcmp(t, "$version") == 0 ||
                   strcmp(t, "$timescale") == 0) {
            skip_to_end(r);
        } else if (*t == '#') {
            r->now = strtoull(t + 1, NULL, 10);
        } else if (*t != '$') { /* $dumpvars, $dumpon, $dumpoff, $dumpall, $end: the values inside count */
            value_change(r, count);
        }
    }
}

bool vcd_count_toggles(const char *path, const char *pattern, uint64_t first, uint64_t last, vcd_count *count,
                       char *message, size_t message_size) {
    memset(count, 0, sizeof *count);
    reader *r = calloc(1, sizeof *r);
    if (!r) {
        snprintf(message, message_size, "%s: out of memory", path);
        return false;
    }
    r->pattern = pattern;
    r->first = first;
    r->last = last;
    r->file = fopen(path, "r");
    bool any = false;
    if (r->file) {
        read_all(r, count, &any);
        fclose(r->file);
    }
    for (size_t i = 0; i < r->room; i++) {
        free(r->variables[i].name);
        free(r->variables[i].bits);
    }
    const bool good = r->file && any && !r->damaged;
    if (!good) snprintf(message, message_size, "%s: %s", path, r->file ? "not a whole VCD file" : "cannot be read");
    free(r->variables);
    free(r);
    return good;
}
