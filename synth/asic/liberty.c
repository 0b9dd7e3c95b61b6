// SPDX-License-Identifier: Apache-2.0
#include "liberty.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

const char *lib_program = "libmap";

_Noreturn void lib_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", lib_program);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void *need(void *p)
{
    if (!p)
        lib_die("out of memory");
    return p;
}

// ---- scanner ----

typedef struct {
    const lib_file *file;
    size_t pos;                    // after the current token
    size_t at;                     // start of the current token
    int    kind;                   // 0 end, 'w' word or string, else the character
    char  *word;
} scanner;

static size_t line_of(const scanner *s)
{
    size_t line = 1;
    for (size_t i = 0; i < s->at; i++)
        line += s->file->text[i] == '\n';
    return line;
}

static _Noreturn void bad(const scanner *s, const char *expected)
{
    lib_die("%s:%zu: expected %s", s->file->path, line_of(s), expected);
}

static char *copy(const char *from, size_t n)
{
    char *s = need(malloc(n + 1));
    memcpy(s, from, n);
    s[n] = 0;
    return s;
}

static void skip_space(scanner *s)
{
    const char *t = s->file->text;
    for (;;) {
        while (s->pos < s->file->len && (isspace((unsigned char)t[s->pos]) || t[s->pos] == '\\'))
            s->pos++;
        if (t[s->pos] != '/' || t[s->pos + 1] != '*')
            return;
        const char *close = strstr(t + s->pos + 2, "*/");
        s->pos = close ? (size_t)(close - t) + 2 : s->file->len;
    }
}

static void advance(scanner *s)
{
    const char *t = s->file->text;
    skip_space(s);
    s->at = s->pos;
    s->word = NULL;
    if (s->pos >= s->file->len) {
        s->kind = 0;
    } else if (t[s->pos] == '"') {
        const char *close = strchr(t + s->pos + 1, '"');
        if (!close)
            bad(s, "a closing quote");
        s->word = copy(t + s->pos + 1, (size_t)(close - t) - s->pos - 1);
        s->pos = (size_t)(close - t) + 1;
        s->kind = 'w';
    } else if (strchr("(){}:;,", t[s->pos])) {
        s->kind = t[s->pos++];
    } else {
        size_t begin = s->pos;
        while (s->pos < s->file->len && !isspace((unsigned char)t[s->pos]) && !strchr("(){}:;,\"", t[s->pos]))
            s->pos++;
        s->word = copy(t + begin, s->pos - begin);
        s->kind = 'w';
    }
}

// ---- parser ----

static void add_attr(lib_group *g, const char *name, const char *value, size_t at, size_t end)
{
    lib_attr *a = need(malloc(sizeof *a));
    *a = (lib_attr){name, value, at, end, g->attrs};
    g->attrs = a;
}

static void parse_body(scanner *s, lib_group *g);

// name ( args ) { ... }   or   name ( args ) ;   The current token is '('.
static void parse_call(scanner *s, lib_group *parent, char *name, size_t at)
{
    size_t arg_at = 0, arg_end = 0;
    char *arg = NULL;
    for (advance(s); s->kind != ')'; advance(s)) {
        if (!s->kind)
            bad(s, "')'");
        if (!arg && s->kind == 'w') {
            arg = s->word;
            arg_at = s->at;
            arg_end = s->pos;
        }
    }
    advance(s);
    if (s->kind == '{') {
        lib_group *g = need(calloc(1, sizeof *g));
        g->type = name;
        g->name = arg ? arg : "";
        g->at = at;
        advance(s);
        parse_body(s, g);
        g->end = s->pos;
        if (parent->last)
            parent->last->next = g;
        else
            parent->first = g;
        parent->last = g;
        advance(s);
    } else {
        add_attr(parent, name, arg ? arg : "", arg_at, arg_end);
    }
}

// Statements up to '}' (left as the current token) or the end of the file.
static void parse_body(scanner *s, lib_group *g)
{
    while (s->kind && s->kind != '}') {
        if (s->kind == ';') {
            advance(s);
            continue;
        }
        if (s->kind != 'w')
            bad(s, "a name");
        char *name = s->word;
        size_t at = s->at;
        advance(s);
        if (s->kind == '(') {
            parse_call(s, g, name, at);
        } else if (s->kind == ':') {
            advance(s);
            if (s->kind != 'w')
                bad(s, "a value");
            add_attr(g, name, s->word, s->at, s->pos);
            // some files write units or expressions after the value, or no ';'
            const char *eol = strchr(s->file->text + s->pos, '\n');
            size_t line_end = eol ? (size_t)(eol - s->file->text) : s->file->len;
            for (advance(s); s->kind && s->kind != ';' && s->kind != '}' && s->at < line_end; advance(s))
                ;
        } else {
            bad(s, "':' or '(' after a name");
        }
    }
}

lib_file lib_read(const char *path)
{
    gzFile in = gzopen(path, "rb");
    if (!in)
        lib_die("cannot open %s", path);
    lib_file f = {.path = path};
    size_t room = 1 << 20;
    f.text = need(malloc(room));
    for (;;) {
        int got = gzread(in, f.text + f.len, (unsigned)(room - f.len - 1));
        if (got < 0)
            lib_die("%s: damaged gzip file", path);
        if (got == 0)
            break;
        f.len += (size_t)got;
        if (room - f.len < 2)
            f.text = need(realloc(f.text, room *= 2));
    }
    gzclose(in);
    f.text[f.len] = 0;
    if (strlen(f.text) != f.len)
        lib_die("%s: not a Liberty file (holds a zero byte)", path);

    scanner s = {.file = &f};
    lib_group *root = need(calloc(1, sizeof *root));
    advance(&s);
    parse_body(&s, root);
    f.library = lib_child(root, "library", NULL);
    if (!f.library || s.kind)
        lib_die("%s: not a Liberty file: expected one group `library (name) { ... }`", path);
    return f;
}

const lib_attr *lib_find(const lib_group *g, const char *attr)
{
    for (const lib_attr *a = g->attrs; a; a = a->next)
        if (!strcmp(a->name, attr))
            return a;
    return NULL;
}

const char *lib_get(const lib_group *g, const char *attr)
{
    const lib_attr *a = lib_find(g, attr);
    return a ? a->value : NULL;
}

lib_group *lib_child(const lib_group *g, const char *type, const lib_group *after)
{
    for (lib_group *c = after ? after->next : g->first; c; c = c->next)
        if (!strcmp(c->type, type))
            return c;
    return NULL;
}

int lib_numbers(const lib_file *f, const lib_attr *a, double *out, int max)
{
    const char *p = f->text + a->at, *limit = f->text + f->len;
    int n = 0;
    while (p < limit && *p && *p != ')' && *p != ';') {
        char *end;
        double v = strtod(p, &end);
        if (end > p) {
            if (n < max)
                out[n] = v;
            n++;
            p = end;
        } else if (isalpha((unsigned char)*p)) {
            while (isalnum((unsigned char)*p) || *p == '_')
                p++;
        } else {
            p++;
        }
    }
    return n;
}

// ---- functions: or < and < xor < not, as the Liberty manual orders them ----

typedef struct {
    const char *p;
    const char *const *pins;
    int  n_pins;
    bool ok;
} expr;

static uint64_t parse_or(expr *e);

static uint64_t pin_table(int pin)
{
    static const uint64_t table[6] = {
        0xAAAAAAAAAAAAAAAAu, 0xCCCCCCCCCCCCCCCCu, 0xF0F0F0F0F0F0F0F0u,
        0xFF00FF00FF00FF00u, 0xFFFF0000FFFF0000u, 0xFFFFFFFF00000000u,
    };
    return table[pin];
}

static char peek(expr *e)
{
    while (isspace((unsigned char)*e->p))
        e->p++;
    return *e->p;
}

static uint64_t parse_name(expr *e)
{
    const char *begin = e->p;
    while (*e->p && (isalnum((unsigned char)*e->p) || strchr("_[].", *e->p)))
        e->p++;
    size_t n = (size_t)(e->p - begin);
    for (int i = 0; i < e->n_pins; i++)
        if (strlen(e->pins[i]) == n && !strncmp(e->pins[i], begin, n))
            return pin_table(i);
    if (n == 1 && *begin == '0')
        return 0;
    if (n == 1 && *begin == '1')
        return ~UINT64_C(0);
    e->ok = false;
    return 0;
}

static uint64_t parse_not(expr *e)
{
    uint64_t v;
    char c = peek(e);
    if (c == '!') {
        e->p++;
        v = ~parse_not(e);
    } else if (c == '(') {
        e->p++;
        v = parse_or(e);
        if (peek(e) == ')')
            e->p++;
        else
            e->ok = false;
    } else if (isalnum((unsigned char)c) || c == '_') {
        v = parse_name(e);
    } else {
        e->ok = false;
        return 0;
    }
    while (peek(e) == '\'') {
        e->p++;
        v = ~v;
    }
    return v;
}

static uint64_t parse_xor(expr *e)
{
    uint64_t v = parse_not(e);
    while (e->ok && peek(e) == '^') {
        e->p++;
        v ^= parse_not(e);
    }
    return v;
}

static uint64_t parse_and(expr *e)
{
    uint64_t v = parse_xor(e);
    for (;;) {
        char c = peek(e);
        if (c == '*' || c == '&')
            e->p++;
        else if (!isalnum((unsigned char)c) && c != '_' && c != '!' && c != '(')
            return v;
        if (!e->ok)
            return 0;
        v &= parse_xor(e);
    }
}

static uint64_t parse_or(expr *e)
{
    uint64_t v = parse_and(e);
    while (e->ok && (peek(e) == '+' || peek(e) == '|')) {
        e->p++;
        v |= parse_and(e);
    }
    return v;
}

bool lib_truth(const char *function, const char *const *pins, int n_pins, uint64_t *table)
{
    if (n_pins > 6)
        return false;
    expr e = {function, pins, n_pins, true};
    uint64_t v = parse_or(&e);
    uint64_t used = n_pins == 6 ? ~UINT64_C(0) : (UINT64_C(1) << (1u << n_pins)) - 1;
    *table = v & used;
    return e.ok && !peek(&e);
}
