// SPDX-License-Identifier: Apache-2.0
#include "cells.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *p)
{
    if (!p)
        lib_die("out of memory");
    return p;
}

// ---- tables ----

static int below(const double *axis, int n, double x)
{
    int i = 0;
    while (i + 2 < n && x >= axis[i + 1])
        i++;
    return i;
}

double table_at(const nldm *t, double load, double slew)
{
    int i = below(t->load, t->n_load, load), j = below(t->slew, t->n_slew, slew);
    double a = t->n_load > 1 ? (load - t->load[i]) / (t->load[i + 1] - t->load[i]) : 0;
    double b = t->n_slew > 1 ? (slew - t->slew[j]) / (t->slew[j + 1] - t->slew[j]) : 0;
    int di = t->n_load > 1 ? t->n_slew : 0, dj = t->n_slew > 1;
    const double *v = t->v + i * t->n_slew + j;
    return (1 - a) * ((1 - b) * v[0] + b * v[dj]) + a * ((1 - b) * v[di] + b * v[di + dj]);
}

static const lib_group *template_of(const cells *lib, const lib_group *g)
{
    static const char *const kinds[] = {"lu_table_template", "power_lut_template"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (lib_group *t = lib_child(lib->file.library, kinds[k], NULL); t; t = lib_child(lib->file.library, kinds[k], t))
            if (!strcmp(t->name, g->name))
                return t;
    return NULL;
}

static int axis_of(const cells *lib, const lib_group *g, const lib_group *like, int index, double unit, double *out)
{
    char name[16];
    strcpy(name, index ? "index_2" : "index_1");
    const lib_attr *a = lib_find(g, name);
    if (!a && like)
        a = lib_find(like, name);
    int n = a ? lib_numbers(&lib->file, a, out, TABLE_AXIS) : 1;
    if (n > TABLE_AXIS || n < 1)
        lib_die("%s: table %s: %s has %d points, expected 1 to %d", lib->file.path, g->name, name, n, TABLE_AXIS);
    for (int i = 0; a && i < n; i++) {
        out[i] *= unit;
        if (i && !(out[i] > out[i - 1]))
            lib_die("%s: table %s: %s must rise", lib->file.path, g->name, name);
    }
    return n;
}

// Which way the axes go, the file's template says: (load, slew) or (slew, load).
static nldm read_table(const cells *lib, const lib_group *g, double unit)
{
    nldm t = {.given = true};
    const lib_group *like = template_of(lib, g);
    const char *first = like ? lib_get(like, "variable_1") : NULL, *second = like ? lib_get(like, "variable_2") : NULL;
    bool load_first = first && strstr(first, "capacitance");
    int n1, n2;
    if (!first) {
        n1 = axis_of(lib, g, like, 0, lib->to_ns, t.slew);
        n2 = axis_of(lib, g, like, 1, lib->to_pf, t.load);
    } else if (load_first) {
        n1 = axis_of(lib, g, like, 0, lib->to_pf, t.load);
        n2 = second ? axis_of(lib, g, like, 1, lib->to_ns, t.slew) : 1;
    } else {
        n1 = axis_of(lib, g, like, 0, lib->to_ns, t.slew);
        n2 = second ? axis_of(lib, g, like, 1, lib->to_pf, t.load) : 1;
    }
    const lib_attr *values = lib_find(g, "values");
    double v[TABLE_AXIS * TABLE_AXIS];
    int n = values ? lib_numbers(&lib->file, values, v, TABLE_AXIS * TABLE_AXIS) : 0;
    if (n == 1 && n1 * n2 > 1) {
        n1 = n2 = 1;
    } else if (n != n1 * n2) {
        lib_die("%s: table %s: %d values, expected %d x %d", lib->file.path, g->name, n, n1, n2);
    }
    t.n_load = load_first ? n1 : n2;
    t.n_slew = load_first ? n2 : n1;
    for (int i = 0; i < t.n_load; i++)
        for (int j = 0; j < t.n_slew; j++)
            t.v[i * t.n_slew + j] = unit * (load_first ? v[i * n2 + j] : v[j * n2 + i]);
    return t;
}

// ---- a cell ----

static int find_name(const char *const *list, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(list[i], name))
            return i;
    return -1;
}

int cell_pin(const cell *c, const char *name, bool *is_output)
{
    int i = find_name(c->in, c->n_in, name);
    *is_output = i < 0;
    return i >= 0 ? i : find_name(c->out, c->n_out, name);
}

static double number(const lib_group *g, const char *attr, double otherwise)
{
    const char *v = lib_get(g, attr);
    return v ? atof(v) : otherwise;
}

static bool says(const lib_group *g, const char *attr, const char *value)
{
    const char *v = lib_get(g, attr);
    return v && !strcmp(v, value);
}

// A function of the input pins of `c`.
static uint64_t truth(const cells *lib, const cell *c, const char *function, const char *what)
{
    uint64_t t;
    if (!function || !lib_truth(function, c->in, c->n_in, &t))
        lib_die("%s: cell %s: %s `%s`: expected a function of at most %d input pins", lib->file.path, c->name, what,
                function ? function : "", CELL_IN);
    return t;
}

// "CLK", "!CLK", "CLK'": an input pin and its polarity.
static void clock_pin(const cells *lib, cell *c, const char *expression, const char *what)
{
    for (int i = 0; i < c->n_in; i++) {
        uint64_t t;
        if (expression && lib_truth(expression, &c->in[i], 1, &t) && (t == 1 || t == 2)) {
            c->clock = i;
            c->clock_low = t == 1;
            return;
        }
    }
    lib_die("%s: cell %s: %s: expected one input pin, got `%s`", lib->file.path, c->name, what, expression ? expression : "");
}

// Q is 1, not Q is 0. `ff (IQ, IQN)`: the reader keeps the first name, the second stands
// in the text.
static uint64_t state_function(const cells *lib, const cell *c, const lib_group *state, const char *function)
{
    const char *args = strchr(lib->file.text + state->at, ','), *pins[1] = {state->name};
    char second[64] = "";
    if (args)
        sscanf(args + 1, " \"%63[A-Za-z0-9_]", second);
    if (args && !*second)
        sscanf(args + 1, " %63[A-Za-z0-9_]", second);
    uint64_t t;
    if (function && lib_truth(function, pins, 1, &t) && (t == 1 || t == 2))
        return t == 2;
    pins[0] = second;
    if (function && *second && lib_truth(function, pins, 1, &t) && (t == 1 || t == 2))
        return t == 1;
    lib_die("%s: cell %s: function: expected %s or %s, got `%s`", lib->file.path, c->name, state->name, second,
            function ? function : "");
}

static void read_timing(const cells *lib, cell *c, const lib_group *pin, int out)
{
    for (lib_group *g = lib_child(pin, "timing", NULL); g; g = lib_child(pin, "timing", g)) {
        const char *type = lib_get(g, "timing_type"), *from = lib_get(g, "related_pin");
        static const char *const skip[] = {"clear", "preset", "three_state_enable", "three_state_disable"};
        if (!from || (type && find_name(skip, 4, type) >= 0))
            continue;
        arc *a = need(calloc(1, sizeof *a));
        a->in = find_name(c->in, c->n_in, from);
        a->out = out;
        if (a->in < 0)
            lib_die("%s: cell %s: related_pin %s is no input pin", lib->file.path, c->name, from);
        a->sense = says(g, "timing_sense", "positive_unate") ? 1 : says(g, "timing_sense", "negative_unate") ? -1 : 0;
        static const char *const delays[2] = {"cell_fall", "cell_rise"}, *const slews[2] = {"fall_transition", "rise_transition"};
        for (int rise = 0; rise < 2; rise++) {
            const lib_group *d = lib_child(g, delays[rise], NULL), *s = lib_child(g, slews[rise], NULL);
            if (d)
                a->delay[rise] = read_table(lib, d, lib->to_ns);
            if (s)
                a->slew[rise] = read_table(lib, s, lib->to_ns);
        }
        if (!a->delay[0].given && !a->delay[1].given)
            lib_die("%s: cell %s: an arc from %s without cell_rise and cell_fall", lib->file.path, c->name, from);
        a->next = c->arcs;
        c->arcs = a;
    }
}

static void read_power(const cells *lib, cell *c, const lib_group *pin, int in, int out)
{
    double unit = lib->to_pf;      // values are in units of capacitance x 1 V^2
    for (lib_group *g = lib_child(pin, "internal_power", NULL); g; g = lib_child(pin, "internal_power", g)) {
        power *p = need(calloc(1, sizeof *p));
        const char *from = lib_get(g, "related_pin");
        *p = (power){.in = out < 0 ? in : from ? find_name(c->in, c->n_in, from) : -1, .out = out};
        const lib_group *both = lib_child(g, "power", NULL);
        for (int rise = 0; rise < 2; rise++) {
            const lib_group *e = lib_child(g, rise ? "rise_power" : "fall_power", NULL);
            if (e || both)
                p->energy[rise] = read_table(lib, e ? e : both, unit);
        }
        p->next = c->powers;
        c->powers = p;
    }
}

static cell read_cell(const cells *lib, lib_group *g)
{
    cell c = {.name = g->name, .leakage = number(g, "cell_leakage_power", 0) * lib->to_nw};
    for (lib_group *p = lib_child(g, "pin", NULL); p; p = lib_child(g, "pin", p)) {
        bool is_in = says(p, "direction", "input"), is_out = says(p, "direction", "output");
        if (!is_in && !is_out)
            continue;
        if (is_in ? c.n_in == CELL_IN : c.n_out == CELL_OUT)
            lib_die("%s: cell %s: more than %d inputs or %d outputs", lib->file.path, c.name, CELL_IN, CELL_OUT);
        if (is_in) {
            c.cap[c.n_in] = number(p, "capacitance", 0) * lib->to_pf;
            c.in[c.n_in++] = p->name;
        } else {
            c.out[c.n_out++] = p->name;
        }
    }
    const lib_group *ff = lib_child(g, "ff", NULL), *latch = lib_child(g, "latch", NULL), *state = ff ? ff : latch;
    if (state && (lib_get(state, "clear") || lib_get(state, "preset")))
        lib_die("%s: cell %s: clear and preset are not simulated", lib->file.path, c.name);
    if (ff) {
        c.kind = CELL_FF;
        clock_pin(lib, &c, lib_get(ff, "clocked_on"), "clocked_on");
        c.data = truth(lib, &c, lib_get(ff, "next_state"), "next_state");
    } else if (latch) {
        c.kind = CELL_LATCH;
        clock_pin(lib, &c, lib_get(latch, "enable"), "enable");
        c.data = truth(lib, &c, lib_get(latch, "data_in"), "data_in");
    } else if (lib_get(g, "clock_gating_integrated_cell")) {
        c.kind = CELL_GATE;
        if (!says(g, "clock_gating_integrated_cell", "latch_posedge"))
            lib_die("%s: cell %s: of clock gates only latch_posedge is simulated", lib->file.path, c.name);
    }
    int in = 0, out = 0;
    for (lib_group *p = lib_child(g, "pin", NULL); p; p = lib_child(g, "pin", p)) {
        if (says(p, "direction", "input")) {
            if (says(p, "clock_gate_clock_pin", "true"))
                c.clock = in;
            if (says(p, "clock_gate_enable_pin", "true"))
                c.data = truth(lib, &c, p->name, "enable pin");
            read_power(lib, &c, p, in++, -1);
        } else if (says(p, "direction", "output")) {
            const char *function = lib_get(p, "function");
            if (c.kind == CELL_COMB)
                c.function[out] = truth(lib, &c, function, "function");
            else if (state)
                c.function[out] = state_function(lib, &c, state, function);
            read_timing(lib, &c, p, out);
            read_power(lib, &c, p, -1, out++);
        }
    }
    return c;
}

// ---- the library ----

static void read_wires(cells *lib)
{
    const lib_group *top = lib->file.library;
    const char *name = lib_get(top, "default_wire_load");
    lib->wire_name = "";
    for (lib_group *w = lib_child(top, "wire_load", NULL); name && w; w = lib_child(top, "wire_load", w)) {
        if (strcmp(w->name, name))
            continue;
        lib->wire_name = name;
        lib->wire_cap = number(w, "capacitance", 0) * lib->to_pf;
        lib->wire_slope = number(w, "slope", 0);
        for (const lib_attr *a = w->attrs; a; a = a->next) {
            double v[2];
            if (strcmp(a->name, "fanout_length") || lib_numbers(&lib->file, a, v, 2) != 2)
                continue;
            int fanout = (int)v[0];
            if (fanout < 1 || fanout > 20)
                lib_die("%s: wire_load %s: fanout %d, expected 1 to 20", lib->file.path, name, fanout);
            lib->wire_length[fanout - 1] = v[1];
            if (fanout > lib->n_wire)
                lib->n_wire = fanout;
        }
    }
}

double cells_wire(const cells *lib, int fanout)
{
    if (!lib->n_wire || fanout < 1)
        return 0;
    int at = fanout < lib->n_wire ? fanout : lib->n_wire;
    return lib->wire_cap * (lib->wire_length[at - 1] + (fanout - at) * lib->wire_slope);
}

static double time_unit(const cells *lib)
{
    const char *u = lib_get(lib->file.library, "time_unit");
    char *end;
    double v = u ? strtod(u, &end) : 1;
    if (!u || !strcmp(end, "ns"))
        return v;
    if (!strcmp(end, "ps"))
        return v * 1e-3;
    lib_die("%s: time_unit %s: expected ns or ps", lib->file.path, u);
}

static double cap_unit(const cells *lib)
{
    const lib_attr *a = lib_find(lib->file.library, "capacitive_load_unit");
    double v = 1;
    if (!a)
        return 1;
    lib_numbers(&lib->file, a, &v, 1);
    const char *p = lib->file.text + a->at;
    size_t n = strcspn(p, ")");
    for (size_t i = 0; i + 1 < n; i++) {
        if ((p[i] == 'p' || p[i] == 'P') && (p[i + 1] == 'f' || p[i + 1] == 'F'))
            return v;
        if ((p[i] == 'f' || p[i] == 'F') && (p[i + 1] == 'f' || p[i + 1] == 'F'))
            return v * 1e-3;
    }
    lib_die("%s: capacitive_load_unit: expected pf or ff", lib->file.path);
}

static double power_unit(const cells *lib)
{
    static const struct {
        const char *text;
        double nw;
    } units[] = {{"1pW", 1e-3}, {"10pW", 1e-2}, {"100pW", 0.1}, {"1nW", 1}, {"10nW", 10}, {"100nW", 100}, {"1uW", 1e3}, {"1mW", 1e6}};
    const char *u = lib_get(lib->file.library, "leakage_power_unit");
    for (size_t i = 0; u && i < sizeof units / sizeof *units; i++)
        if (!strcmp(u, units[i].text))
            return units[i].nw;
    if (u)
        lib_die("%s: leakage_power_unit %s: not known", lib->file.path, u);
    return 1;
}

// The smallest slew that any template names.
static double smallest_slew(const cells *lib)
{
    double least = INFINITY, v[TABLE_AXIS];
    for (lib_group *c = lib_child(lib->file.library, "cell", NULL); c; c = lib_child(lib->file.library, "cell", c))
        for (lib_group *p = lib_child(c, "pin", NULL); p; p = lib_child(c, "pin", p))
            for (lib_group *g = lib_child(p, "timing", NULL); g; g = lib_child(p, "timing", g)) {
                const lib_group *d = lib_child(g, "cell_rise", NULL), *like = d ? template_of(lib, d) : NULL;
                const char *first = like ? lib_get(like, "variable_1") : NULL;
                const char *index = first && strstr(first, "capacitance") ? "index_2" : "index_1";
                const lib_attr *a = d ? lib_find(d, index) : NULL;
                if (!a && like)
                    a = lib_find(like, index);
                if (a && lib_numbers(&lib->file, a, v, TABLE_AXIS) > 0 && v[0] * lib->to_ns < least)
                    least = v[0] * lib->to_ns;
            }
    return isfinite(least) ? least : 0;
}

cells cells_read(const char *liberty)
{
    cells lib = {.file = lib_read(liberty)};
    const lib_group *corner = lib_child(lib.file.library, "operating_conditions", NULL);
    lib.volts = number(lib.file.library, "nom_voltage", corner ? number(corner, "voltage", 0) : 0);
    if (!(lib.volts > 0 && lib.volts < 20))
        lib_die("%s: nom_voltage: expected volts, got %g", liberty, lib.volts);
    lib.to_ns = time_unit(&lib);
    lib.to_pf = cap_unit(&lib);
    lib.to_nw = power_unit(&lib);
    lib.smallest_slew = smallest_slew(&lib);
    read_wires(&lib);
    return lib;
}

const cell *cells_find(cells *lib, const char *name)
{
    enum { MOST = 400 };
    if (!lib->cells)
        lib->cells = need(calloc(MOST, sizeof *lib->cells));
    for (int i = 0; i < lib->n; i++)
        if (!strcmp(lib->cells[i].name, name))
            return &lib->cells[i];
    for (lib_group *g = lib_child(lib->file.library, "cell", NULL); g; g = lib_child(lib->file.library, "cell", g)) {
        if (strcmp(g->name, name))
            continue;
        if (lib->n == MOST)
            lib_die("more than %d types of cells", MOST);
        lib->cells[lib->n] = read_cell(lib, g);
        return &lib->cells[lib->n++];
    }
    return NULL;
}

void cells_write_pinless(const cells *lib, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out)
        lib_die("cannot write %s", path);
    size_t done = 0;
    for (lib_group *c = lib_child(lib->file.library, "cell", NULL); c; c = lib_child(lib->file.library, "cell", c))
        for (lib_group *p = lib_child(c, "pin", NULL); p; p = lib_child(c, "pin", p))
            for (lib_group *g = lib_child(p, "internal_power", NULL); g; g = lib_child(p, "internal_power", g)) {
                if (!says(p, "direction", "input"))
                    continue;
                fwrite(lib->file.text + done, 1, g->at - done, out);
                done = g->end;
            }
    fwrite(lib->file.text + done, 1, lib->file.len - done, out);
    if (fclose(out))
        lib_die("cannot write %s", path);
}

double cells_inverter_cv2(cells *lib)
{
    double least = INFINITY;
    for (lib_group *g = lib_child(lib->file.library, "cell", NULL); g; g = lib_child(lib->file.library, "cell", g)) {
        const lib_group *in = NULL;
        const char *function = NULL, *area = lib_get(g, "area"), *cap = NULL;
        int pins = 0;
        for (lib_group *p = lib_child(g, "pin", NULL); p; p = lib_child(g, "pin", p), pins++) {
            if (lib_get(p, "function"))
                function = lib_get(p, "function");
            else
                in = p, cap = lib_get(p, "capacitance");
        }
        uint64_t t;
        if (pins == 2 && in && cap && area && function && lib_truth(function, &in->name, 1, &t) && t == 1)
            least = fmin(least, atof(cap) * lib->to_pf);
    }
    return least * lib->volts * lib->volts;
}
