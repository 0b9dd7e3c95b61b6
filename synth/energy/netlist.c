// SPDX-License-Identifier: Apache-2.0
#include "netlist.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    netlist  *n;
    char     *text, *p;
    char      word[512];
    uint32_t *slot;                // hash of names -> net
    uint32_t  n_slots;
    uint32_t *same;                // net -> net that it is joined to
    uint32_t  room_nets, room_instances, room_ports;
} reader;

static void *need(void *p)
{
    if (!p)
        lib_die("out of memory");
    return p;
}

static _Noreturn void bad(const reader *r, const char *expected)
{
    size_t line = 1;
    for (const char *t = r->text; t < r->p; t++)
        line += *t == '\n';
    lib_die("%s:%zu: expected %s, got `%.40s`", r->n->path, line, expected, r->word);
}

// The next word: a name, a number or one character. False at the end.
static bool next(reader *r)
{
    while (isspace((unsigned char)*r->p))
        r->p++;
    char *begin = r->p;
    if (!*r->p)
        return r->word[0] = 0, false;
    if (*r->p == '\\') {           // an escaped name ends at a space, which is no part of it
        begin = ++r->p;
        while (*r->p && !isspace((unsigned char)*r->p))
            r->p++;
    } else if (isalnum((unsigned char)*r->p) || *r->p == '_') {
        while (isalnum((unsigned char)*r->p) || strchr("_'$", *r->p)) {
            if (!*r->p)
                break;
            r->p++;
        }
    } else {
        r->p++;
    }
    size_t length = (size_t)(r->p - begin);
    if (length >= sizeof r->word)
        bad(r, "a name of less than 512 characters");
    memcpy(r->word, begin, length);
    r->word[length] = 0;
    return true;
}

static void expect(reader *r, const char *what)
{
    if (!next(r) || strcmp(r->word, what))
        bad(r, what);
}

// ---- nets by name ----

static uint64_t hash(const char *s)
{
    uint64_t h = 1469598103934665603u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h ^ h >> 29;
}

static void rehash(reader *r)
{
    free(r->slot);
    r->n_slots = r->n_slots ? 2 * r->n_slots : 1 << 16;
    r->slot = need(calloc(r->n_slots, sizeof *r->slot));
    for (uint32_t i = 0; i < r->n->n_nets; i++) {
        uint64_t at = hash(r->n->net[i]);
        while (r->slot[at & (r->n_slots - 1)])
            at++;
        r->slot[at & (r->n_slots - 1)] = i + 1;
    }
}

static uint32_t net_of(reader *r, const char *name)
{
    if (!strcmp(name, "1'b0"))
        return NET_0;
    if (!strcmp(name, "1'b1"))
        return NET_1;
    uint64_t at = hash(name);
    for (; r->slot[at & (r->n_slots - 1)]; at++) {
        uint32_t i = r->slot[at & (r->n_slots - 1)] - 1;
        if (!strcmp(r->n->net[i], name))
            return i;
    }
    if (r->n->n_nets == r->room_nets) {
        r->room_nets *= 2;
        r->n->net = need(realloc(r->n->net, r->room_nets * sizeof *r->n->net));
        r->same = need(realloc(r->same, r->room_nets * sizeof *r->same));
    }
    uint32_t i = r->n->n_nets++;
    r->n->net[i] = need(strdup(name));
    r->same[i] = i;
    r->slot[at & (r->n_slots - 1)] = i + 1;
    if (r->n->n_nets * 2 > r->n_slots)
        rehash(r);
    return i;
}

static uint32_t root(reader *r, uint32_t i)
{
    while (r->same[i] != i)
        i = r->same[i] = r->same[r->same[i]];
    return i;
}

// ---- statements ----

static void read_port(reader *r, bool is_output)
{
    if (!next(r))
        bad(r, "a port");
    if (r->n->n_ports == r->room_ports)
        r->n->port = need(realloc(r->n->port, (r->room_ports *= 2) * sizeof *r->n->port));
    r->n->port[r->n->n_ports++] = (port){need(strdup(r->word)), is_output, net_of(r, r->word)};
    expect(r, ";");
}

static void read_assign(reader *r)
{
    if (!next(r))
        bad(r, "a net");
    uint32_t to = net_of(r, r->word);
    expect(r, "=");
    if (!next(r))
        bad(r, "a net");
    uint32_t from = net_of(r, r->word);
    expect(r, ";");
    to = root(r, to);
    from = root(r, from);
    if (to <= NET_1 && from != to)
        lib_die("%s: a constant is assigned to", r->n->path);
    r->same[to] = from;
}

static void read_instance(reader *r, cells *lib)
{
    const cell *c = cells_find(lib, r->word);
    if (!c)
        lib_die("%s: cell %s is not in %s", r->n->path, r->word, lib->file.path);
    if (r->n->n_instances == r->room_instances)
        r->n->instance = need(realloc(r->n->instance, (r->room_instances *= 2) * sizeof *r->n->instance));
    if (!next(r))
        bad(r, "a name");
    instance *i = &r->n->instance[r->n->n_instances++];
    *i = (instance){.cell = c, .name = need(strdup(r->word))};
    for (int k = 0; k < CELL_IN; k++)
        i->in[k] = NET_NONE;
    for (int k = 0; k < CELL_OUT; k++)
        i->out[k] = NET_NONE;
    expect(r, "(");
    for (;;) {
        bool is_output;
        expect(r, ".");
        if (!next(r))
            bad(r, "a pin");
        int pin = cell_pin(c, r->word, &is_output);
        if (pin < 0)
            lib_die("%s: %s: cell %s has no pin %s", r->n->path, i->name, c->name, r->word);
        expect(r, "(");
        if (!next(r))
            bad(r, "a net");
        if (strcmp(r->word, ")")) {
            *(is_output ? &i->out[pin] : &i->in[pin]) = net_of(r, r->word);
            expect(r, ")");
        }
        if (!next(r) || (strcmp(r->word, ",") && strcmp(r->word, ")")))
            bad(r, ", or )");
        if (*r->word == ')')
            break;
    }
    expect(r, ";");
    for (int k = 0; k < c->n_in; k++)
        if (i->in[k] == NET_NONE)
            lib_die("%s: %s: pin %s of cell %s is open", r->n->path, i->name, c->in[k], c->name);
}

static void join(reader *r)
{
    netlist *n = r->n;
    for (uint32_t i = 0; i < n->n_instances; i++) {
        for (int k = 0; k < CELL_IN; k++)
            n->instance[i].in[k] = root(r, n->instance[i].in[k]);
        for (int k = 0; k < CELL_OUT; k++)
            n->instance[i].out[k] = root(r, n->instance[i].out[k]);
    }
    for (uint32_t i = 0; i < n->n_ports; i++)
        n->port[i].net = root(r, n->port[i].net);
}

netlist netlist_read(const char *verilog, cells *lib)
{
    netlist n = {.path = need(strdup(verilog))};
    FILE *in = fopen(verilog, "rb");
    if (!in)
        lib_die("cannot open %s", verilog);
    fseek(in, 0, SEEK_END);
    long size = ftell(in);
    rewind(in);
    char *text = need(malloc((size_t)size + 1));
    if (fread(text, 1, (size_t)size, in) != (size_t)size)
        lib_die("cannot read %s", verilog);
    fclose(in);
    text[size] = 0;
    reader r = {.n = &n, .text = text, .p = text, .room_nets = 1 << 12, .room_instances = 1 << 12, .room_ports = 256};
    n.net = need(malloc(r.room_nets * sizeof *n.net));
    r.same = need(malloc(r.room_nets * sizeof *r.same));
    n.instance = need(malloc(r.room_instances * sizeof *n.instance));
    n.port = need(malloc(r.room_ports * sizeof *n.port));
    rehash(&r);
    static const char *const fixed[] = {" 0", " 1", " none"};
    for (int i = 0; i < 3; i++)
        net_of(&r, fixed[i]);
    expect(&r, "module");
    if (!next(&r))
        bad(&r, "a module name");
    n.top = need(strdup(r.word));
    while (next(&r) && strcmp(r.word, ";"))
        ;
    while (next(&r) && strcmp(r.word, "endmodule")) {
        if (!strcmp(r.word, "input") || !strcmp(r.word, "output"))
            read_port(&r, *r.word == 'o');
        else if (!strcmp(r.word, "assign"))
            read_assign(&r);
        else
            read_instance(&r, lib);
    }
    if (strcmp(r.word, "endmodule"))
        bad(&r, "endmodule");
    join(&r);
    free(r.same);
    free(r.slot);
    free(text);
    return n;
}

static void write_net(FILE *out, const netlist *n, uint32_t net)
{
    if (net <= NET_1)
        fprintf(out, "1'b%u", net);
    else
        fprintf(out, "\\%s ", n->net[net]);
}

void netlist_write_direct(const netlist *n, const char *path, const char *clock)
{
    FILE *out = fopen(path, "w");
    if (!out)
        lib_die("cannot write %s", path);
    fprintf(out, "module %s (", n->top);
    for (uint32_t i = 0; i < n->n_ports; i++)
        fprintf(out, "%s\\%s ", i ? ", " : "", n->port[i].name);
    fprintf(out, ");\n");
    for (uint32_t i = 0; i < n->n_ports; i++)
        fprintf(out, "%s \\%s ;\n", n->port[i].is_output ? "output" : "input", n->port[i].name);
    for (uint32_t i = 0; i < n->n_ports; i++)
        if (strcmp(n->port[i].name, n->net[n->port[i].net])) {
            fprintf(out, "assign \\%s = ", n->port[i].name);
            write_net(out, n, n->port[i].net);
            fprintf(out, ";\n");
        }
    for (uint32_t i = 0; i < n->n_instances; i++) {
        const instance *at = &n->instance[i];
        const cell *c = at->cell;
        bool clocked = c->kind == CELL_FF || c->kind == CELL_LATCH, first = true;
        fprintf(out, "%s %s (", c->name, at->name);
        for (int k = 0; k < c->n_in; k++, first = false) {
            fprintf(out, "%s.%s(", first ? "" : ", ", c->in[k]);
            if (clocked && k == c->clock)
                fprintf(out, "%s", clock);
            else
                write_net(out, n, at->in[k]);
            fprintf(out, ")");
        }
        for (int k = 0; k < c->n_out; k++)
            if (at->out[k] != NET_NONE) {
                fprintf(out, "%s.%s(", first ? "" : ", ", c->out[k]);
                write_net(out, n, at->out[k]);
                fprintf(out, ")");
                first = false;
            }
        fprintf(out, ");\n");
    }
    fprintf(out, "endmodule\n");
    if (fclose(out))
        lib_die("cannot write %s", path);
}

void netlist_free(netlist *n)
{
    for (uint32_t i = 0; i < n->n_nets; i++)
        free(n->net[i]);
    for (uint32_t i = 0; i < n->n_instances; i++)
        free(n->instance[i].name);
    for (uint32_t i = 0; i < n->n_ports; i++)
        free(n->port[i].name);
    free(n->net);
    free(n->instance);
    free(n->port);
    free(n->path);
    free(n->top);
    *n = (netlist){0};
}

bool netlist_port(const netlist *n, const char *name, uint32_t *net)
{
    for (uint32_t i = 0; i < n->n_ports; i++)
        if (!strcmp(n->port[i].name, name)) {
            *net = n->port[i].net;
            return true;
        }
    return false;
}
