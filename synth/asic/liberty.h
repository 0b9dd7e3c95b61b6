// SPDX-License-Identifier: Apache-2.0
//
// Liberty files: a tree of groups with their attributes, and truth tables of the
// functions in it. Only what cell selection needs; values stay text.
#ifndef TEQ_SYNTH_LIBERTY_H
#define TEQ_SYNTH_LIBERTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lib_attr {
    const char *name;
    const char *value;             // first value, without quotes
    size_t      at, end;           // where the (first) value stands in the text
    struct lib_attr *next;
} lib_attr;

typedef struct lib_group {
    const char *type;              // "library", "cell", "pin", "ff", ...
    const char *name;              // first argument, "" if there is none
    size_t      at, end;           // the whole group in the text
    lib_attr   *attrs;             // in reverse order
    struct lib_group *first, *last, *next;  // children in order
} lib_group;

typedef struct lib_file {
    char      *text;
    size_t     len;
    lib_group *library;
    const char *path;
} lib_file;

// Reads a Liberty file, plain or gzip. Prints a message and exits on error: this is a
// program's front end, not a library.
lib_file lib_read(const char *path);

// Value of an attribute, NULL if the group does not have it.
const char *lib_get(const lib_group *g, const char *attr);
const lib_attr *lib_find(const lib_group *g, const char *attr);

// Next child of a type after `after` (NULL: the first one).
lib_group *lib_child(const lib_group *g, const char *type, const lib_group *after);

// Truth table of a Liberty function over the named pins: bit i is its value when pin k
// is bit k of i. At most 6 pins. False if the text names something else.
bool lib_truth(const char *function, const char *const *pins, int n_pins, uint64_t *table);

// All numbers of an attribute with several arguments, in order: `values ("1, 2", "3")`
// and `capacitive_load_unit (1, pf)` alike; words are skipped. At most max are stored; the
// count is returned.
int lib_numbers(const lib_file *f, const lib_attr *a, double *out, int max);

// Named at the beginning of messages.
extern const char *lib_program;

_Noreturn void lib_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
