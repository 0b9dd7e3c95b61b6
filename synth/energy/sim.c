// SPDX-License-Identifier: Apache-2.0
#include "sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PS = 1 << 17 };         // a cycle must settle in this time

enum { GATE_COMB, GATE_LATCH, GATE_FF };

// One output of one instance.
typedef struct {
    uint64_t table;                // COMB: of the inputs; LATCH, FF: data, of the inputs
    uint32_t net;
    uint32_t tables;               // its place in delay[] (4 a pin) and energy[] (2 a pin)
    uint32_t stamp;                // of its last event: older ones in the wheel are void
    uint8_t  index;                // values of the inputs
    uint8_t  value, next;          // now; after the event that is pending
    uint8_t  pending, cause;       // the pin that caused it
    uint8_t  kind, clock, flags;   // LATCH, FF
    uint8_t  block;
} gate;

enum { FLAG_LOW = 1, FLAG_INVERT = 2 };

typedef struct {
    int32_t  swing;                // C V^2 / 2, aJ
    int32_t  pins[2];              // aJ in pins that it drives: falling, rising
    uint32_t first, n;             // its fanout
    uint8_t  value, is_clock, block;
} node;

typedef struct {
    uint64_t table;
    uint32_t out;
    uint32_t in[CELL_IN];
    int32_t  energy[2];
    uint8_t  n_in, is_gate, clock, open;
} clock_cell;

typedef struct {
    uint32_t net, gate;
} clocked;

typedef struct {
    uint64_t *event;               // gate << 32 | stamp
    uint32_t n, room;
} moment;

struct sim {
    const netlist *netlist;
    const cells *lib;
    uint32_t n_gates, n_clock_cells, n_clocked;
    gate    *gate;
    node    *node;
    uint32_t *fanout;              // gate << 3 | pin
    uint32_t *delay;
    int32_t *energy;
    double  *load, *slew;          // pF of a net; ns, [2 net + rise]
    uint32_t *driver;              // instance of a net + 1
    clock_cell *clock_cell;        // in the order of the clock
    clocked *clocked;              // sorted by net
    uint32_t *first_clocked;       // of a net
    uint32_t clock;                // net of the clock port
    struct change {
        uint32_t net;
        bool     value;
    } *change;
    uint32_t n_changes, room_changes;
    uint32_t now, last;
    moment  *wheel;                // MAX_PS moments
    uint64_t *busy;                // a bit each
    uint64_t *toggles, *high;      // counts of nets, NULL: off
    uint32_t *gate_of;             // instance * CELL_OUT + output -> gate + 1
    double   leakage;
    FILE    *trace;
    double   period;
    sim_sum  sum;
};

static void *need(void *p)
{
    if (!p)
        lib_die("out of memory");
    return p;
}

static void *zeroed(size_t n, size_t size) { return need(calloc(n ? n : 1, size)); }

// ---- the clock and who drives what ----

static void find_drivers(sim *s)
{
    const netlist *n = s->netlist;
    s->driver = zeroed(n->n_nets, sizeof *s->driver);
    bool *is_input = zeroed(n->n_nets, 1), *used = zeroed(n->n_nets, 1);
    for (uint32_t i = 0; i < n->n_ports; i++)
        if (!n->port[i].is_output)
            is_input[n->port[i].net] = true;
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_out; k++) {
            uint32_t net = n->instance[i].out[k];
            if (net == NET_NONE)
                continue;
            if (s->driver[net] || is_input[net] || net <= NET_1)
                lib_die("%s: net %s has two drivers", n->path, n->net[net]);
            s->driver[net] = i + 1;
        }
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_in; k++)
            used[n->instance[i].in[k]] = true;
    for (uint32_t i = NET_NONE + 1; i < n->n_nets; i++)
        if (used[i] && !s->driver[i] && !is_input[i])
            lib_die("%s: net %s has no driver", n->path, n->net[i]);
    free(is_input);
    free(used);
}

static bool on_clock(const sim *s, uint32_t net) { return s->node[net].is_clock; }

// Cells that pass the clock on, in order: a cell comes when all of its inputs that are
// clocks are known.
static void find_clock(sim *s, const char *name, bool *passes)
{
    const netlist *n = s->netlist;
    if (!netlist_port(n, name, &s->clock))
        lib_die("%s: no port %s", n->path, name);
    s->node[s->clock].is_clock = 1;
    s->clock_cell = zeroed(n->n_instances, sizeof *s->clock_cell);
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < n->n_instances; i++) {
            const instance *at = &n->instance[i];
            const cell *c = at->cell;
            int pin = -1;
            for (int k = 0; k < c->n_in; k++)
                if (on_clock(s, at->in[k]))
                    pin = k;
            if (pin < 0 || passes[i])
                continue;
            if (c->kind == CELL_FF || c->kind == CELL_LATCH) {
                if (pin != c->clock)
                    lib_die("%s: %s: a clock at data pin %s", n->path, at->name, c->in[pin]);
                continue;
            }
            if (c->n_out != 1 || (c->kind == CELL_GATE && pin != c->clock))
                lib_die("%s: %s: cell %s in the path of the clock", n->path, at->name, c->name);
            clock_cell *to = &s->clock_cell[s->n_clock_cells++];
            *to = (clock_cell){.table = c->kind == CELL_GATE ? c->data : c->function[0], .out = at->out[0],
                               .n_in = (uint8_t)c->n_in, .is_gate = c->kind == CELL_GATE, .clock = (uint8_t)pin};
            memcpy(to->in, at->in, sizeof to->in);
            s->node[at->out[0]].is_clock = 1;
            passes[i] = more = true;
        }
    }
}

// ---- loads, slews, delays ----

static void find_loads(sim *s, double output_load)
{
    const netlist *n = s->netlist;
    int *fanout = zeroed(n->n_nets, sizeof *fanout);
    s->load = zeroed(n->n_nets, sizeof *s->load);
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_in; k++) {
            s->load[n->instance[i].in[k]] += n->instance[i].cell->cap[k];
            fanout[n->instance[i].in[k]]++;
        }
    for (uint32_t i = 0; i < n->n_ports; i++)
        if (n->port[i].is_output) {
            s->load[n->port[i].net] += output_load;
            fanout[n->port[i].net]++;
        }
    for (uint32_t i = NET_NONE + 1; i < n->n_nets; i++)
        s->load[i] += cells_wire(s->lib, fanout[i]);
    free(fanout);
}

static double *slew_of(sim *s, uint32_t net) { return s->slew + 2 * net; }

static bool arc_allows(const arc *a, int in_rise, int out_rise)
{
    return a->delay[out_rise].given && (a->sense == 0 || (a->sense > 0) == (in_rise == out_rise));
}

// Slews of an output from those of its inputs.
static void output_slew(sim *s, const instance *at, int out)
{
    double *to = slew_of(s, at->out[out]);
    for (const arc *a = at->cell->arcs; a; a = a->next)
        for (int edges = 0; edges < 4 && a->out == out; edges++) {
            int in_rise = edges & 1, out_rise = edges >> 1;
            if (!arc_allows(a, in_rise, out_rise) || !a->slew[out_rise].given)
                continue;
            double v = table_at(&a->slew[out_rise], s->load[at->out[out]], slew_of(s, at->in[a->in])[in_rise]);
            to[out_rise] = fmax(to[out_rise], v);
        }
}

// From ports, flip-flops and clocks on through the logic. Latches count as logic.
static void find_slews(sim *s, const bool *passes)
{
    const netlist *n = s->netlist;
    s->slew = zeroed(2 * (size_t)n->n_nets, sizeof *s->slew);
    int *waiting = zeroed(n->n_instances, sizeof *waiting);
    uint32_t *queue = zeroed(n->n_instances, sizeof *queue), head = 0, tail = 0, logic = 0;
    uint32_t *first = zeroed((size_t)n->n_nets + 1, sizeof *first), *reader = NULL;
    for (uint32_t i = 0; i < n->n_ports; i++)
        if (!n->port[i].is_output)
            slew_of(s, n->port[i].net)[0] = slew_of(s, n->port[i].net)[1] = s->lib->smallest_slew;
    for (uint32_t i = NET_NONE + 1; i < n->n_nets; i++)
        if (on_clock(s, i))
            slew_of(s, i)[0] = slew_of(s, i)[1] = s->lib->smallest_slew;
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_in; k++)
            first[n->instance[i].in[k]]++;
    for (uint32_t i = 0; i < n->n_nets; i++)
        first[i + 1] += first[i];
    reader = zeroed(first[n->n_nets], sizeof *reader);
    for (uint32_t i = n->n_instances; i-- > 0;) {
        const instance *at = &n->instance[i];
        for (int k = at->cell->n_in; k-- > 0;) {
            reader[--first[at->in[k]]] = i;
            uint32_t from = s->driver[at->in[k]];
            bool computed = from && n->instance[from - 1].cell->kind != CELL_FF && !passes[from - 1];
            if (at->cell->kind != CELL_FF && !passes[i])
                waiting[i] += computed;
        }
        if (at->cell->kind == CELL_FF && !passes[i])
            for (int k = 0; k < at->cell->n_out; k++)
                if (at->out[k] != NET_NONE)
                    output_slew(s, at, k);
        logic += at->cell->kind != CELL_FF && !passes[i];
    }
    for (uint32_t i = 0; i < n->n_instances; i++)
        if (n->instance[i].cell->kind != CELL_FF && !passes[i] && !waiting[i])
            queue[tail++] = i;
    for (; head < tail; head++) {
        const instance *at = &n->instance[queue[head]];
        for (int k = 0; k < at->cell->n_out; k++) {
            uint32_t net = at->out[k];
            if (net == NET_NONE)
                continue;
            output_slew(s, at, k);
            for (uint32_t r = first[net]; r < first[net + 1]; r++)
                if (n->instance[reader[r]].cell->kind != CELL_FF && !passes[reader[r]] && !--waiting[reader[r]])
                    queue[tail++] = reader[r];
        }
    }
    if (tail != logic)
        lib_die("%s: a loop of cells without a flip-flop", n->path);
    free(waiting);
    free(queue);
    free(first);
    free(reader);
}

static int32_t to_aj(const netlist *n, double pj)
{
    double aj = pj * 1e6;
    if (!(fabs(aj) < 2e9))
        lib_die("%s: an energy of %g pJ: expected less than 2000", n->path, pj);
    return (int32_t)lround(aj);
}

// Slew of an input averaged over its edges: which one it was is not kept until the output moves.
static double mean_slew(sim *s, uint32_t net) { return 0.5 * (slew_of(s, net)[0] + slew_of(s, net)[1]); }

static double internal_pj(sim *s, const instance *at, int in, int out, int rise)
{
    double sum[2] = {0, 0};
    int count[2] = {0, 0};         // tables that name the pin; tables for any pin
    for (const power *p = at->cell->powers; p; p = p->next) {
        if (p->out != out || (p->in >= 0 && p->in != in) || !p->energy[rise].given)
            continue;
        double load = out >= 0 ? s->load[at->out[out]] : 0;
        sum[p->in < 0] += table_at(&p->energy[rise], load, mean_slew(s, at->in[in]));
        count[p->in < 0]++;
    }
    return (count[0] ? sum[0] / count[0] : 0) + (count[1] ? sum[1] / count[1] : 0);
}

static void delays_of(sim *s, const instance *at, int out, uint32_t *to)
{
    for (int in = 0; in < at->cell->n_in; in++)
        for (int edges = 0; edges < 4; edges++) {
            int in_rise = edges >> 1, out_rise = edges & 1;
            double worst = -1, any = -1;
            for (const arc *a = at->cell->arcs; a; a = a->next) {
                if (a->out != out || a->in != in || !a->delay[out_rise].given)
                    continue;
                double ns = fmax(0, table_at(&a->delay[out_rise], s->load[at->out[out]], slew_of(s, at->in[in])[in_rise]));
                any = fmax(any, ns);
                if (arc_allows(a, in_rise, out_rise))
                    worst = fmax(worst, ns);
            }
            double ps = 1000 * (worst >= 0 ? worst : any);
            if (!(ps < MAX_PS))
                lib_die("%s: %s: a delay of %g ps", s->netlist->path, at->name, ps);
            to[in * 4 + edges] = ps < 1 ? 1 : (uint32_t)lround(ps);
        }
}

// ---- building ----

static uint32_t pins_of(const instance *at) { return (uint32_t)at->cell->n_in; }

static void make_gates(sim *s, const bool *passes)
{
    const netlist *n = s->netlist;
    uint32_t tables = 0;
    s->gate_of = zeroed((size_t)n->n_instances * CELL_OUT, sizeof *s->gate_of);
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_out && !passes[i]; k++)
            if (n->instance[i].out[k] != NET_NONE) {
                s->gate_of[i * CELL_OUT + (uint32_t)k] = ++s->n_gates;
                tables += pins_of(&n->instance[i]);
            }
    s->gate = zeroed(s->n_gates, sizeof *s->gate);
    s->delay = zeroed(4 * (size_t)tables, sizeof *s->delay);
    s->energy = zeroed(2 * (size_t)tables, sizeof *s->energy);
    tables = 0;
    for (uint32_t i = 0; i < n->n_instances; i++) {
        const instance *at = &n->instance[i];
        const cell *c = at->cell;
        s->leakage += c->leakage;
        for (int k = 0; k < c->n_out; k++) {
            uint32_t g = s->gate_of[i * CELL_OUT + (uint32_t)k];
            if (!g)
                continue;
            bool comb = c->kind == CELL_COMB;
            s->gate[g - 1] = (gate){.table = comb ? c->function[k] : c->data, .net = at->out[k], .tables = tables,
                                    .kind = comb ? GATE_COMB : c->kind == CELL_FF ? GATE_FF : GATE_LATCH,
                                    .clock = (uint8_t)c->clock, .cause = (uint8_t)c->clock,
                                    .flags = (uint8_t)((c->clock_low ? FLAG_LOW : 0) | (!comb && !c->function[k] ? FLAG_INVERT : 0))};
            delays_of(s, at, k, s->delay + 4 * tables);
            for (int in = 0; in < c->n_in; in++)
                for (int rise = 0; rise < 2; rise++)
                    s->energy[2 * (tables + (uint32_t)in) + (uint32_t)rise] = to_aj(n, internal_pj(s, at, in, k, rise));
            tables += pins_of(at);
        }
    }
}

static void make_nodes(sim *s, const bool *passes)
{
    const netlist *n = s->netlist;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < n->n_instances; i++) {
            const instance *at = &n->instance[i];
            for (int in = 0; in < at->cell->n_in; in++) {
                node *from = &s->node[at->in[in]];
                for (int rise = 0; rise < 2 && !pass; rise++)
                    from->pins[rise] += to_aj(n, internal_pj(s, at, in, -1, rise));
                for (int k = 0; k < at->cell->n_out && !passes[i] && !from->is_clock; k++) {
                    uint32_t g = s->gate_of[i * CELL_OUT + (uint32_t)k];
                    if (g && pass)
                        s->fanout[from->first + from->n] = (g - 1) << 3 | (uint32_t)in;
                    from->n += g != 0;
                }
            }
        }
        uint32_t at = 0;
        for (uint32_t i = 0; i < n->n_nets && !pass; i++) {
            s->node[i].swing = to_aj(n, 0.5 * s->load[i] * s->lib->volts * s->lib->volts);
            s->node[i].first = at;
            at += s->node[i].n;
            s->node[i].n = 0;
        }
        if (!pass)
            s->fanout = zeroed(at, sizeof *s->fanout);
    }
}

static void make_clock(sim *s)
{
    const netlist *n = s->netlist;
    for (uint32_t i = 0; i < s->n_clock_cells; i++) {
        clock_cell *c = &s->clock_cell[i];
        for (int rise = 0; rise < 2; rise++)
            c->energy[rise] = to_aj(n, internal_pj(s, &n->instance[s->driver[c->out] - 1], c->clock, 0, rise));
    }
    s->clocked = zeroed(s->n_gates, sizeof *s->clocked);
    s->first_clocked = zeroed((size_t)n->n_nets + 2, sizeof *s->first_clocked);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < n->n_instances; i++) {
            const instance *inst = &n->instance[i];
            if (inst->cell->kind != CELL_FF && inst->cell->kind != CELL_LATCH)
                continue;
            uint32_t net = inst->in[inst->cell->clock];
            if (!on_clock(s, net)) {
                if (inst->cell->kind == CELL_FF)
                    lib_die("%s: %s: its clock does not come from the clock port", n->path, inst->name);
                continue;
            }
            for (int k = 0; k < CELL_OUT; k++) {
                uint32_t g = s->gate_of[i * CELL_OUT + (uint32_t)k];
                if (g && pass)
                    s->clocked[s->first_clocked[net + 1]++] = (clocked){net, g - 1};
                else if (g)
                    s->first_clocked[net + 2]++;
            }
        }
        for (uint32_t i = 0; i < n->n_nets && !pass; i++)
            s->first_clocked[i + 2] += s->first_clocked[i + 1];
    }
    s->n_clocked = s->first_clocked[n->n_nets];
}

// ---- running ----

static void grow(moment *m)
{
    m->room = m->room ? 2 * m->room : 8;
    m->event = need(realloc(m->event, m->room * sizeof *m->event));
}

static void schedule(sim *s, gate *g, uint32_t delay, uint8_t cause)
{
    uint32_t t = s->now + delay;
    if (t >= MAX_PS)
        lib_die("%s: not settled %d ns after an edge", s->netlist->path, MAX_PS / 1000);
    moment *m = &s->wheel[t];
    if (m->n == m->room)
        grow(m);
    g->stamp++;
    g->pending = 1;
    g->cause = cause;
    m->event[m->n++] = (uint64_t)(g - s->gate) << 32 | g->stamp;
    s->busy[t >> 6] |= UINT64_C(1) << (t & 63);
    s->sum.events++;
}

// What the gate's inputs say, and an event if that is not where it is going.
static inline void evaluate(sim *s, gate *g, uint32_t pin)
{
    uint8_t v;
    if (g->kind == GATE_COMB) {
        v = (uint8_t)(g->table >> g->index & 1);
    } else if (g->kind == GATE_FF) {
        return;
    } else {
        bool open = (g->index >> g->clock & 1) != (g->flags & FLAG_LOW);
        v = g->next;
        if (open)
            v = (uint8_t)((g->table >> g->index & 1) ^ (g->flags >> 1 & 1));
    }
    if (v == g->next)
        return;
    g->next = v;
    if (g->pending) {
        g->stamp++;
        g->pending = 0;
    } else {
        schedule(s, g, s->delay[4 * (g->tables + pin) + 2 * ((uint32_t)g->index >> pin & 1) + v], (uint8_t)pin);
    }
}

static inline void move(sim *s, uint32_t net)
{
    node *n = &s->node[net];
    n->value ^= 1;
    s->sum.energy[SIM_SWITCHING] += n->swing;
    s->sum.energy[SIM_INTERNAL] += n->pins[n->value];
    s->sum.block[n->block] += n->swing + n->pins[n->value];
    s->sum.toggles++;
    if (s->toggles)
        s->toggles[net]++;
    const uint32_t *f = s->fanout + n->first, *end = f + n->n;
    for (; f < end; f++) {
        gate *g = &s->gate[*f >> 3];
        g->index ^= (uint8_t)(1u << (*f & 7));
        evaluate(s, g, *f & 7);
    }
}

static void settle(sim *s)
{
    for (uint32_t word = 0; word < MAX_PS / 64; word++) {
        while (s->busy[word]) {
            uint32_t t = word * 64 + (uint32_t)__builtin_ctzll(s->busy[word]);
            moment *m = &s->wheel[t];
            s->busy[word] &= s->busy[word] - 1;
            s->now = t;
            // delays are at least 1 ps: nothing is added to this moment while it runs
            for (uint32_t i = 0; i < m->n; i++) {
                gate *g = &s->gate[m->event[i] >> 32];
                if (g->stamp != (uint32_t)m->event[i] || !g->pending)
                    continue;
                g->pending = 0;
                g->value = g->next;
                const int32_t inside = s->energy[2 * (g->tables + g->cause) + g->value];
                s->sum.energy[SIM_INTERNAL] += inside;
                s->sum.block[g->block] += inside;
                s->last = t;
                move(s, g->net);
            }
            m->n = 0;
        }
    }
    s->now = 0;
}

// A clock net moves: the energy of the net and of the pins on it; flip-flops take their
// data and latches open or close, their outputs follow as events.
static void move_clock(sim *s, uint32_t net)
{
    node *n = &s->node[net];
    n->value ^= 1;
    s->sum.energy[SIM_CLOCK] += n->swing + n->pins[n->value];
    s->sum.block[n->block] += n->swing + n->pins[n->value];
    if (s->toggles)
        s->toggles[net]++;
    for (uint32_t i = s->first_clocked[net]; i < s->first_clocked[net + 1]; i++) {
        gate *g = &s->gate[s->clocked[i].gate];
        g->index ^= (uint8_t)(1u << g->clock);
        if (g->kind == GATE_LATCH) {
            evaluate(s, g, g->clock);
        } else if (n->value != (g->flags & FLAG_LOW)) {
            uint8_t v = (uint8_t)((g->table >> g->index & 1) ^ (g->flags >> 1 & 1));
            if (v != g->next) {
                g->next = v;
                schedule(s, g, s->delay[4 * (g->tables + g->clock) + 2u * n->value + v], g->clock);
            }
        }
    }
}

static void edge(sim *s)
{
    s->now = 0;
    // gates look at their enables before anything moves
    for (uint32_t i = 0; i < s->n_clock_cells; i++) {
        clock_cell *c = &s->clock_cell[i];
        unsigned index = 0;
        for (unsigned k = 0; k < c->n_in; k++)
            index |= (unsigned)s->node[c->in[k]].value << k;
        if (c->is_gate && !s->node[c->in[c->clock]].value)
            c->open = (uint8_t)(c->table >> index & 1);
    }
    move_clock(s, s->clock);
    for (uint32_t i = 0; i < s->n_clock_cells; i++) {
        clock_cell *c = &s->clock_cell[i];
        unsigned index = 0;
        for (unsigned k = 0; k < c->n_in; k++)
            index |= (unsigned)s->node[c->in[k]].value << k;
        uint8_t v = (uint8_t)(c->is_gate ? (unsigned)(s->node[c->in[c->clock]].value & c->open) : c->table >> index & 1);
        if (v == s->node[c->out].value)
            continue;
        s->sum.energy[SIM_CLOCK] += c->energy[v];
        s->sum.block[s->node[c->out].block] += c->energy[v];
        move_clock(s, c->out);
    }
}

void sim_set(sim *s, uint32_t net, bool value)
{
    if (s->n_changes == s->room_changes) {
        s->room_changes = s->room_changes ? 2 * s->room_changes : 256;
        s->change = need(realloc(s->change, s->room_changes * sizeof *s->change));
    }
    s->change[s->n_changes].net = net;
    s->change[s->n_changes++].value = value;
}

// Inputs 1 ps after the edge: what flip-flops take is then no matter of order.
static void trace_inputs(sim *s)
{
    fprintf(s->trace, "%s = 1; #0.001;\n", s->netlist->net[s->clock]);
    for (uint32_t i = 0; i < s->n_changes; i++)
        if (s->node[s->change[i].net].value != s->change[i].value)
            fprintf(s->trace, "\\%s = %d;\n", s->netlist->net[s->change[i].net], s->change[i].value);
    fprintf(s->trace, "#%.3f %s = 0; #%.3f;\n", s->period / 2, s->netlist->net[s->clock], s->period / 2 - 0.001);
}

void sim_trace(sim *s, void *file, double period_ns)
{
    s->trace = file;
    s->period = period_ns;
}

static void take_inputs(sim *s)
{
    if (s->trace)
        trace_inputs(s);
    for (uint32_t i = 0; i < s->n_changes; i++)
        if (s->node[s->change[i].net].value != s->change[i].value)
            move(s, s->change[i].net);
    s->n_changes = 0;
}

void sim_cycle(sim *s)
{
    edge(s);
    take_inputs(s);
    settle(s);
    if (s->last > s->sum.settle_ps)
        s->sum.settle_ps = s->last;
    s->last = 0;
    edge(s);
    settle(s);
    s->last = 0;
    s->sum.cycles++;
    for (uint32_t i = 0; s->high && i < s->netlist->n_nets; i++)
        s->high[i] += s->node[i].value;
}

// The state that power-up leaves here: clock low, inputs, flip-flops and latches 0, logic
// settled on that.
static void power_up(sim *s)
{
    for (uint32_t i = 0; i < s->n_gates; i++)
        if (s->gate[i].kind != GATE_COMB && (s->gate[i].flags & FLAG_INVERT))
            s->gate[i].next = 1;
    s->node[NET_1].value = 1;
    for (uint32_t f = s->node[NET_1].first; f < s->node[NET_1].first + s->node[NET_1].n; f++)
        s->gate[s->fanout[f] >> 3].index ^= (uint8_t)(1u << (s->fanout[f] & 7));
    // clock cells that are high while the clock is low
    for (uint32_t i = 0; i < s->n_clock_cells; i++) {
        clock_cell *c = &s->clock_cell[i];
        unsigned index = 0;
        for (unsigned k = 0; k < c->n_in; k++)
            index |= (unsigned)s->node[c->in[k]].value << k;
        if (!c->is_gate && (c->table >> index & 1))
            move_clock(s, c->out);
    }
    for (uint32_t i = 0; i < s->n_gates; i++) {
        gate *g = &s->gate[i];
        if (g->kind == GATE_FF && g->next != g->value && !g->pending)
            schedule(s, g, 1, g->clock);
        else if (g->kind != GATE_FF)
            evaluate(s, g, 0);
    }
    settle(s);
    memset(&s->sum, 0, sizeof s->sum);
    s->last = 0;
}

sim *sim_new(const netlist *n, const cells *lib, const char *clock, double output_load)
{
    sim *s = zeroed(1, sizeof *s);
    bool *passes = zeroed(n->n_instances, 1);
    s->netlist = n;
    s->lib = lib;
    s->node = zeroed(n->n_nets, sizeof *s->node);
    s->wheel = zeroed(MAX_PS, sizeof *s->wheel);
    s->busy = zeroed(MAX_PS / 64, sizeof *s->busy);
    find_drivers(s);
    find_clock(s, clock, passes);
    find_loads(s, output_load);
    find_slews(s, passes);
    make_gates(s, passes);
    make_nodes(s, passes);
    make_clock(s);
    free(passes);
    power_up(s);
    return s;
}

void sim_free(sim *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < MAX_PS; i++)
        free(s->wheel[i].event);
    void *all[] = {s->gate, s->node, s->fanout, s->delay, s->energy, s->load, s->slew, s->driver, s->clock_cell,
                   s->clocked, s->first_clocked, s->change, s->wheel, s->busy, s->toggles, s->high, s->gate_of};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(s);
}

bool sim_get(const sim *s, uint32_t net) { return s->node[net].value; }
sim_sum sim_sums(const sim *s) { return s->sum; }
double sim_leakage_nw(const sim *s) { return s->leakage; }
double sim_load_pf(const sim *s, uint32_t net) { return s->load[net]; }

void sim_blocks(sim *s, const uint8_t *of_instance, const uint8_t *of_net)
{
    for (uint32_t i = 0; i < s->netlist->n_nets; i++)
        s->node[i].block = of_net[i];
    for (uint32_t i = 0; i < s->netlist->n_instances * CELL_OUT; i++)
        if (s->gate_of[i])
            s->gate[s->gate_of[i] - 1].block = of_instance[i / CELL_OUT];
}

void sim_count(sim *s, bool on)
{
    free(s->toggles);
    free(s->high);
    s->toggles = on ? zeroed(s->netlist->n_nets, sizeof *s->toggles) : NULL;
    s->high = on ? zeroed(s->netlist->n_nets, sizeof *s->high) : NULL;
}

bool sim_net_is_clock(const sim *s, uint32_t net) { return s->node[net].is_clock; }
uint64_t sim_net_toggles(const sim *s, uint32_t net) { return s->toggles[net]; }
uint64_t sim_net_high(const sim *s, uint32_t net) { return s->high[net]; }

uint32_t sim_delay_ps(const sim *s, uint32_t inst, int in, int out, int in_rise, int out_rise)
{
    uint32_t g = s->gate_of[inst * CELL_OUT + (uint32_t)out];
    return g ? s->delay[4 * (s->gate[g - 1].tables + (uint32_t)in) + (uint32_t)(2 * in_rise + out_rise)] : 0;
}
