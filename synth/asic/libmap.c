// SPDX-License-Identifier: Apache-2.0
//
// libmap LIBERTY CONF_DIR OUT_DIR -- makes a standard-cell library ready for the flow.
//
//   OUT_DIR/cells.lib  the cells that a plain synthesis would use, areas corrected
//   OUT_DIR/power.lib  the same for energy: internal power that is there twice taken out
//   OUT_DIR/map.v      the kept cells of rtl/ (full adder, AOI22, clock gate, ...) as
//                      library cells: found by comparing truth tables, not by name
//   OUT_DIR/lib.tcl    what the Yosys and OpenSTA scripts need to know
//   OUT_DIR/lib.json   the same for the report
//
// Corrections and choices for a library stand in CONF_DIR/*.conf (docs/area.md).
#include <cjson/cJSON.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liberty.h"

enum { MAX_PINS = 8, MAX_RULES = 200 };

typedef struct {
    lib_group  *group;
    const char *name;
    double      area;
    bool        dropped;
    bool        sequential;
    int         n_in, n_out;
    const char *in[MAX_PINS];
    const char *out[MAX_PINS];
    const char *function[MAX_PINS];
    const lib_attr *area_attr;
    const char *new_area;
} cell;

typedef struct {
    char verb[16], a[64], b[64];
} rule;

static lib_file lib;
static cell    *cells;
static int      n_cells;
static rule     rules[MAX_RULES];
static int      n_rules;
static char     conf_path[256] = "";

// ---- the configuration of this library ----

static void read_conf(const char *dir)
{
    char pattern[200];
    snprintf(pattern, sizeof pattern, "%.180s/*.conf", dir);
    glob_t files;
    if (glob(pattern, 0, NULL, &files))
        return;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *in = fopen(files.gl_pathv[i], "r");
        if (!in)
            lib_die("cannot open %s", files.gl_pathv[i]);
        char line[300];
        bool mine = false;
        n_rules = 0;
        for (int number = 1; fgets(line, sizeof line, in); number++) {
            line[strcspn(line, "#\n")] = 0;
            rule r = {0};
            int words = sscanf(line, "%15s %63s %63s", r.verb, r.a, r.b);
            if (words <= 0)
                continue;
            bool known = (words == 2 && (!strcmp(r.verb, "library") || !strcmp(r.verb, "drop"))) ||
                         (words == 3 && (!strcmp(r.verb, "area") || !strcmp(r.verb, "use") || !strcmp(r.verb, "once")));
            if (!known || n_rules == MAX_RULES)
                lib_die("%s:%d: expected `library GLOB`, `drop GLOB`, `area CELL AREA`, `use ROLE CELL` or `once CELL PIN`",
                        files.gl_pathv[i], number);
            if (!strcmp(r.verb, "library"))
                mine |= !fnmatch(r.a, lib.library->name, 0);
            rules[n_rules++] = r;
        }
        fclose(in);
        if (mine) {
            snprintf(conf_path, sizeof conf_path, "%s", files.gl_pathv[i]);
            break;
        }
        n_rules = 0;
    }
    globfree(&files);
}

// `once CELL PIN` must mean something.
static void check_once(void)
{
    for (int i = 0; i < n_rules; i++) {
        bool found = strcmp(rules[i].verb, "once");
        for (lib_group *g = lib_child(lib.library, "cell", NULL); g && !found; g = lib_child(lib.library, "cell", g))
            for (lib_group *p = lib_child(g, "pin", NULL); p && !found; p = lib_child(g, "pin", p))
                found = !strcmp(g->name, rules[i].a) && !strcmp(p->name, rules[i].b) && lib_child(p, "internal_power", NULL);
        if (!found)
            lib_die("%s: `once %s %s`: library %s has no such pin with internal_power", conf_path, rules[i].a, rules[i].b,
                    lib.library->name);
    }
}

static const rule *find_rule(const char *verb, const char *a)
{
    for (int i = 0; i < n_rules; i++)
        if (!strcmp(rules[i].verb, verb) && !strcmp(rules[i].a, a))
            return &rules[i];
    return NULL;
}

static bool is_true(const lib_group *g, const char *attr)
{
    const char *v = lib_get(g, attr);
    return v && !strcmp(v, "true");
}

// Why a plain synthesis leaves the cell out; NULL if it does not.
static const char *unwanted(const cell *c)
{
    static const char *const flags[] = {"dont_use", "is_isolation_cell", "is_level_shifter", "always_on",
                                        "pad_cell", "retention_cell", "is_macro_cell"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (is_true(c->group, flags[i]))
            return flags[i];
    if (lib_child(c->group, "test_cell", NULL))
        return "scan";
    if (lib_get(c->group, "clock_gating_integrated_cell") &&
        strcmp(lib_get(c->group, "clock_gating_integrated_cell"), "latch_posedge"))
        return "scan or negative clock gate";
    for (lib_group *p = lib_child(c->group, "pin", NULL); p; p = lib_child(c->group, "pin", p))
        if (lib_get(p, "three_state"))
            return "three-state";
    if (!c->n_out)
        return "no function";
    for (int i = 0; i < n_rules; i++)
        if (!strcmp(rules[i].verb, "drop") && !fnmatch(rules[i].a, c->name, 0))
            return "drop rule";
    return NULL;
}

static cell make_cell(lib_group *g)
{
    cell c = {.group = g, .name = g->name, .area_attr = lib_find(g, "area")};
    const rule *area = find_rule("area", c.name);
    c.new_area = area ? area->b : NULL;
    c.area = area ? atof(area->b) : c.area_attr ? atof(c.area_attr->value) : 0;
    c.sequential = lib_child(g, "ff", NULL) || lib_child(g, "latch", NULL) || lib_child(g, "statetable", NULL);
    for (lib_group *p = lib_child(g, "pin", NULL); p; p = lib_child(g, "pin", p)) {
        const char *direction = lib_get(p, "direction");
        const char *function = lib_get(p, "function");
        if (direction && !strcmp(direction, "input") && c.n_in < MAX_PINS)
            c.in[c.n_in++] = p->name;
        bool gates_clock = is_true(p, "clock_gate_out_pin");
        if (direction && !strcmp(direction, "output") && (function || gates_clock) && c.n_out < MAX_PINS) {
            c.function[c.n_out] = function;
            c.out[c.n_out++] = p->name;
        }
    }
    return c;
}

// ---- roles ----

// A combinational function looked for: tables of its outputs over inputs 0, 1, ...
typedef struct {
    const char *role;
    int         n_in, n_out;
    uint64_t    table[2];
} wanted;

// A cell found for it: pin of input k, pin of output k, and whether that is inverted.
typedef struct {
    const cell *cell;
    const char *in[4];
    const char *out[2];
    bool        inverted[2];
} match;

static bool fits(const cell *c, const wanted *w, const int *order, match *m)
{
    const char *pins[4];
    for (int i = 0; i < w->n_in; i++)
        pins[i] = c->in[order[i]];
    uint64_t mask = (UINT64_C(1) << (1u << w->n_in)) - 1;
    *m = (match){.cell = c};
    for (int want = 0; want < w->n_out; want++) {
        for (int o = 0; o < c->n_out && !m->out[want]; o++) {
            uint64_t table;
            if (!lib_truth(c->function[o], pins, w->n_in, &table))
                continue;
            bool inverted = w->n_out > 1 && table == (~w->table[want] & mask);
            if (table == w->table[want] || inverted) {
                m->out[want] = c->out[o];
                m->inverted[want] = inverted;
            }
        }
        if (!m->out[want])
            return false;
    }
    memcpy(m->in, pins, sizeof pins);
    return true;
}

static bool fits_any_order(const cell *c, const wanted *w, match *m)
{
    if (c->sequential || c->n_in != w->n_in || c->n_out != w->n_out)
        return false;
    if (w->n_in < 3)
        return fits(c, w, (const int[]){0, 1}, m);
    for (int code = 0; code < 256; code++) {
        int order[4] = {code >> 6, code >> 4 & 3, code >> 2 & 3, code & 3};
        bool distinct = true;
        for (int i = 0; i < w->n_in; i++) {
            distinct &= order[i] < w->n_in;
            for (int j = 0; j < i; j++)
                distinct &= order[i] != order[j];
        }
        if (distinct && fits(c, w, order, m))
            return true;
    }
    return false;
}

// The smallest cell of a role, or the one that the configuration names.
static match find(wanted w)
{
    match best = {0};
    const rule *use = find_rule("use", w.role);
    for (int i = 0; i < n_cells; i++) {
        match m;
        if (cells[i].dropped || (use && strcmp(use->b, cells[i].name)))
            continue;
        if (fits_any_order(&cells[i], &w, &m) && (!best.cell || m.cell->area < best.cell->area))
            best = m;
    }
    if (use && !best.cell && strcmp(use->b, "none"))
        lib_die("%s: `use %s %s`: library %s has no such cell with that function", conf_path, use->a, use->b,
                lib.library->name);
    return best;
}

static match need(wanted w)
{
    match m = find(w);
    if (!m.cell)
        lib_die("library %s has no %s cell that the flow could find by its function.\n"
                "  Add a file to synth/asic/libs with `library %s` and `use %s CELL`; docs/area.md, \"Another library\".",
                lib.library->name, w.role, lib.library->name, w.role);
    return m;
}

// ---- sequential roles ----

typedef struct {
    const cell *cell;
    const char *clock, *enable, *out;
    bool        low;               // a latch that is open while its enable is low
} gate;

static const char *flagged_pin(const lib_group *g, const char *flag)
{
    for (lib_group *p = lib_child(g, "pin", NULL); p; p = lib_child(g, "pin", p))
        if (is_true(p, flag))
            return p->name;
    return NULL;
}

static gate find_clock_gate(void)
{
    gate best = {0};
    for (int i = 0; i < n_cells; i++) {
        const cell *c = &cells[i];
        if (c->dropped || !lib_get(c->group, "clock_gating_integrated_cell"))
            continue;
        gate g = {c, flagged_pin(c->group, "clock_gate_clock_pin"), flagged_pin(c->group, "clock_gate_enable_pin"),
                  flagged_pin(c->group, "clock_gate_out_pin"), false};
        if (g.clock && g.enable && g.out && (!best.cell || c->area < best.cell->area))
            best = g;
    }
    return best;
}

static gate find_latch(void)
{
    gate best = {0};
    for (int i = 0; i < n_cells; i++) {
        const cell *c = &cells[i];
        lib_group *latch = lib_child(c->group, "latch", NULL);
        if (c->dropped || !latch || c->n_out != 1 || lib_get(latch, "clear") || lib_get(latch, "preset"))
            continue;
        const char *enable = lib_get(latch, "enable"), *data = lib_get(latch, "data_in");
        uint64_t e, d, q;
        const char *state[1] = {latch->name};
        for (int j = 0; enable && data && j < c->n_in; j++) {
            const char *other = c->in[1 - j < 0 ? 0 : 1 - j];
            if (c->n_in == 2 && lib_truth(enable, &c->in[j], 1, &e) && lib_truth(data, &other, 1, &d) &&
                lib_truth(c->function[0], state, 1, &q) && (e == 1 || e == 2) && d == 2 && q == 2 &&
                (!best.cell || c->area < best.cell->area))
                best = (gate){c, c->in[j], other, c->out[0], e == 1};
        }
    }
    return best;
}

// ---- output ----

static FILE *open_out(const char *dir, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%.250s/%s", dir, name);
    FILE *out = fopen(path, "w");
    if (!out)
        lib_die("cannot write %s", path);
    return out;
}

// What is left out of the text or replaced, in order.
typedef struct {
    size_t at, end;
    const char *with;
} change;

typedef struct {
    change *list;
    size_t  n, room;
} changes;

static void replace(changes *c, size_t at, size_t end, const char *with)
{
    if (c->n == c->room && !(c->list = realloc(c->list, (c->room = 2 * c->room + 64) * sizeof *c->list)))
        lib_die("out of memory");
    c->list[c->n++] = (change){at, end, with};
}

// The internal power of the pins that `once` names.
static void drop_power(changes *to, const cell *c)
{
    for (lib_group *p = lib_child(c->group, "pin", NULL); p; p = lib_child(c->group, "pin", p)) {
        bool once = false;
        for (int i = 0; i < n_rules; i++)
            once |= !strcmp(rules[i].verb, "once") && !strcmp(rules[i].a, c->name) && !strcmp(rules[i].b, p->name);
        for (lib_group *g = lib_child(p, "internal_power", NULL); once && g; g = lib_child(p, "internal_power", g))
            replace(to, g->at, g->end, "");
    }
}

static int by_place(const void *a, const void *b)
{
    const change *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void write_filtered(const char *dir, const char *name, bool power)
{
    changes to = {0};
    for (int i = 0; i < n_cells; i++) {
        const cell *c = &cells[i];
        if (c->dropped) {
            replace(&to, c->group->at, c->group->end, "");
            continue;
        }
        if (c->area_attr && c->new_area)
            replace(&to, c->area_attr->at, c->area_attr->end, c->new_area);
        if (power)
            drop_power(&to, c);
    }
    qsort(to.list, to.n, sizeof *to.list, by_place);
    FILE *out = open_out(dir, name);
    size_t done = 0;
    for (size_t i = 0; i < to.n; i++) {
        fwrite(lib.text + done, 1, to.list[i].at - done, out);
        fputs(to.list[i].with, out);
        done = to.list[i].end;
    }
    fwrite(lib.text + done, 1, lib.len - done, out);
    free(to.list);
    if (fclose(out))
        lib_die("cannot write %s/%s", dir, name);
}

static void instance(FILE *out, const match *m, const char *const *in, const char *const *to, const match *inv)
{
    fprintf(out, "    %s u_cell (", m->cell->name);
    for (int i = 0; i < m->cell->n_in; i++)
        fprintf(out, ".%s(%s), ", m->in[i], in[i]);
    for (int i = 0; i < m->cell->n_out; i++)
        fprintf(out, "%s.%s(%s%s)", i ? ", " : "", m->out[i], to[i], m->inverted[i] ? "_n" : "");
    fprintf(out, ");\n");
    for (int i = 0; i < m->cell->n_out; i++)
        if (m->inverted[i])
            fprintf(out, "    wire %s_n;\n    %s u_inv_%d (.%s(%s_n), .%s(%s));\n", to[i], inv->cell->name, i,
                    inv->in[0], to[i], inv->out[0], to[i]);
}

static void write_clock_gate(FILE *out, const gate *icg, const gate *latch, const match *inv, const match *and2)
{
    fprintf(out, "module teq_clock_gate (input clk_i, input en_i, output clk_o);\n");
    if (icg->cell) {
        fprintf(out, "    %s u_cell (.%s(clk_i), .%s(en_i), .%s(clk_o));\n", icg->cell->name, icg->clock,
                icg->enable, icg->out);
    } else {
        const char *open = latch->low ? "clk_i" : "clk_n";
        fprintf(out, "    wire clk_n, en_q;\n");
        if (!latch->low)
            fprintf(out, "    (* clock_gate *) %s u_inv (.%s(clk_i), .%s(clk_n));\n", inv->cell->name, inv->in[0], inv->out[0]);
        fprintf(out, "    %s u_latch (.%s(%s), .%s(en_i), .%s(en_q));\n", latch->cell->name, latch->clock, open,
                latch->enable, latch->out);
        fprintf(out, "    (* clock_gate *) %s u_and (.%s(clk_i), .%s(en_q), .%s(clk_o));\n", and2->cell->name, and2->in[0],
                and2->in[1], and2->out[0]);
    }
    fprintf(out, "endmodule\n");
}

static void add_role(cJSON *roles, const char *role, const cell *c)
{
    cJSON_AddStringToObject(roles, role, c ? c->name : "none");
}

static const char *number_at(const lib_group *g, const char *attr)
{
    const char *v = g ? lib_get(g, attr) : NULL;
    return v ? v : "";
}

static double input_cap(const match *m)
{
    for (lib_group *p = lib_child(m->cell->group, "pin", NULL); p; p = lib_child(m->cell->group, "pin", p))
        if (!strcmp(p->name, m->in[0]) && lib_get(p, "capacitance"))
            return atof(lib_get(p, "capacitance"));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: libmap LIBERTY CONF_DIR OUT_DIR\n");
        return 2;
    }
    lib = lib_read(argv[1]);
    read_conf(argv[2]);
    check_once();
    const char *dir = argv[3];

    for (lib_group *g = lib_child(lib.library, "cell", NULL); g; g = lib_child(lib.library, "cell", g))
        n_cells++;
    if (!(cells = calloc((size_t)n_cells + 1, sizeof *cells)))
        lib_die("out of memory");
    int n = 0, dropped = 0;
    cJSON *left_out = cJSON_CreateObject(), *corrected = cJSON_CreateObject();
    for (lib_group *g = lib_child(lib.library, "cell", NULL); g; g = lib_child(lib.library, "cell", g)) {
        cell *c = &cells[n++];
        *c = make_cell(g);
        const char *why = unwanted(c);
        if (why) {
            c->dropped = true;
            dropped++;
            cJSON *count = cJSON_GetObjectItem(left_out, why);
            if (count)
                cJSON_SetNumberValue(count, count->valuedouble + 1);
            else
                cJSON_AddNumberToObject(left_out, why, 1);
            continue;
        }
        if (!(c->area > 0))
            lib_die("library %s: cell %s has no area.\n  Add `area %s VALUE` (or `drop %s`) to its file in synth/asic/libs.",
                    lib.library->name, c->name, c->name, c->name);
        if (c->new_area)
            cJSON_AddStringToObject(corrected, c->name, c->new_area);
    }

    match nand2 = need((wanted){"nand2", 2, 1, {0x7}});
    match inv = need((wanted){"inverter", 1, 1, {0x1}});
    match buf = need((wanted){"buffer", 1, 1, {0x2}});
    match and2 = need((wanted){"and2", 2, 1, {0x8}});
    match fa = need((wanted){"full_adder", 3, 2, {0x96, 0xE8}});
    match ha = find((wanted){"half_adder", 2, 2, {0x6, 0x8}});
    match aoi22 = find((wanted){"aoi22", 4, 1, {0x0777}});
    match oai22 = find((wanted){"oai22", 4, 1, {0x111F}});
    gate icg = find_clock_gate(), latch = find_latch();
    if (!icg.cell && !latch.cell)
        lib_die("library %s has neither a clock gate (latch_posedge) nor a plain latch to make one of", lib.library->name);

    FILE *map = open_out(dir, "map.v");
    fprintf(map, "// Kept cells of rtl/ as cells of %s. Made by libmap.\n", lib.library->name);
    fprintf(map, "module teq_full_adder (input a_i, input b_i, input c_i, output s_o, output co_o);\n");
    instance(map, &fa, (const char *const[]){"a_i", "b_i", "c_i"}, (const char *const[]){"s_o", "co_o"}, &inv);
    fprintf(map, "endmodule\n");
    if (ha.cell) {
        fprintf(map, "module teq_half_adder (input a_i, input b_i, output s_o, output co_o);\n");
        instance(map, &ha, (const char *const[]){"a_i", "b_i"}, (const char *const[]){"s_o", "co_o"}, &inv);
        fprintf(map, "endmodule\n");
    }
    const match *const pairs[2] = {&aoi22, &oai22};
    for (int i = 0; i < 2; i++) {
        if (!pairs[i]->cell)
            continue;
        fprintf(map, "module teq_%s (input a0_i, input a1_i, input b0_i, input b1_i, output zn_o);\n", i ? "oai22" : "aoi22");
        instance(map, pairs[i], (const char *const[]){"a0_i", "a1_i", "b0_i", "b1_i"}, (const char *const[]){"zn_o"}, &inv);
        fprintf(map, "endmodule\n");
    }
    write_clock_gate(map, &icg, &latch, &inv, &and2);
    if (latch.cell)
        fprintf(map, "module \\$_DLATCH_%c_ (input E, input D, output Q);\n    %s u_cell (.%s(E), .%s(D), .%s(Q));\nendmodule\n",
                latch.low ? 'N' : 'P', latch.cell->name, latch.clock, latch.enable, latch.out);
    if (fclose(map))
        lib_die("cannot write %s/map.v", dir);

    write_filtered(dir, "cells.lib", false);
    write_filtered(dir, "power.lib", true);

    FILE *tcl = open_out(dir, "lib.tcl");
    fprintf(tcl, "set lib_name %s\nset lib_nand2_area %.6g\nset lib_latch {$_DLATCH_%c_}\n", lib.library->name,
            nand2.cell->area, latch.low ? 'N' : 'P');
    fprintf(tcl, "set lib_keep {teq_full_adder%s%s%s teq_clock_gate}\n", ha.cell ? " teq_half_adder" : "",
            aoi22.cell ? " teq_aoi22" : "", oai22.cell ? " teq_oai22" : "");
    fprintf(tcl, "set lib_load %.6g\n", 4 * input_cap(&nand2));
    fprintf(tcl, "set lib_buffer {%s %s %s}\n", buf.cell->name, buf.in[0], buf.out[0]);
    fprintf(tcl, "set lib_logic {");           // cells that abc may size: combinational, one output
    for (int i = 0; i < n_cells; i++)
        if (!cells[i].dropped && !cells[i].sequential && cells[i].n_out == 1 && cells[i].n_in > 0)
            fprintf(tcl, " %s", cells[i].name);
    fprintf(tcl, "}\nset lib_ff {");
    for (int i = 0; i < n_cells; i++)
        if (!cells[i].dropped && lib_child(cells[i].group, "ff", NULL))
            fprintf(tcl, " %s", cells[i].name);
    fprintf(tcl, "}\n");
    if (fclose(tcl))
        lib_die("cannot write %s/lib.tcl", dir);

    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "library", lib.library->name);
    cJSON_AddStringToObject(json, "conf", conf_path);
    lib_group *corner = lib_child(lib.library, "operating_conditions", NULL);
    const char *v = number_at(lib.library, "nom_voltage"), *t = number_at(lib.library, "nom_temperature");
    char text[120];
    snprintf(text, sizeof text, "%s, %s V, %s C", corner ? corner->name : "nominal", *v ? v : number_at(corner, "voltage"),
             *t ? t : number_at(corner, "temperature"));
    cJSON_AddStringToObject(json, "corner", text);
    cJSON_AddNumberToObject(json, "nand2_area", nand2.cell->area);
    cJSON_AddNumberToObject(json, "cells", n_cells);
    cJSON_AddNumberToObject(json, "cells_used", n_cells - dropped);
    cJSON_AddItemToObject(json, "left_out", left_out);
    cJSON_AddItemToObject(json, "areas_corrected", corrected);
    cJSON *power_once = cJSON_AddArrayToObject(json, "power_once");
    for (int i = 0; i < n_rules; i++)
        if (!strcmp(rules[i].verb, "once")) {
            snprintf(text, sizeof text, "%s.%s", rules[i].a, rules[i].b);
            cJSON_AddItemToArray(power_once, cJSON_CreateString(text));
        }
    cJSON *roles = cJSON_AddObjectToObject(json, "roles");
    add_role(roles, "nand2", nand2.cell);
    add_role(roles, "full_adder", fa.cell);
    add_role(roles, "half_adder", ha.cell);
    add_role(roles, "aoi22", aoi22.cell);
    add_role(roles, "oai22", oai22.cell);
    add_role(roles, "clock_gate", icg.cell ? icg.cell : latch.cell);
    cJSON *areas = cJSON_AddObjectToObject(json, "areas");
    for (int i = 0; i < n_cells; i++)
        if (!cells[i].dropped)
            cJSON_AddNumberToObject(areas, cells[i].name, cells[i].area);
    cJSON *ffs = cJSON_AddArrayToObject(json, "flip_flops");
    for (int i = 0; i < n_cells; i++)
        if (!cells[i].dropped && lib_child(cells[i].group, "ff", NULL))
            cJSON_AddItemToArray(ffs, cJSON_CreateString(cells[i].name));
    FILE *out = open_out(dir, "lib.json");
    char *printed = cJSON_Print(json);
    fprintf(out, "%s\n", printed);
    if (fclose(out))
        lib_die("cannot write %s/lib.json", dir);
    return 0;
}
