// SPDX-License-Identifier: Apache-2.0
#include "activity.h"

// For power.tcl, a line a cell: edges a cycle of its outputs, weighted by their charge and
// by their having internal power, of its clock pin, of its data pins. Then the
// simulator's own sums for what OpenSTA counts: without the nets of ports.
bool activity_write(const state *s, const char *path, teq_error *err)
{
    const netlist *n = s->w->netlist;
    const sim *at_work = s->sim;
    sim_sum sum = sim_sums(at_work);
    for (int i = 0; i < SIM_PARTS; i++)
        sum.energy[i] -= s->counted.energy[i];
    sum.cycles -= s->counted.cycles;
    FILE *out = fopen(path, "w");
    if (!out)
        return teq_fail(err, TEQ_ERR_IO, "cannot write %s", path);
    const double cycles = (double)sum.cycles, v2 = s->w->lib->volts * s->w->lib->volts;
    double ports = 0;
    for (uint32_t i = 0; i < n->n_ports; i++)
        if (!n->port[i].is_output)
            ports += 0.5 * v2 * sim_load_pf(at_work, n->port[i].net) * (double)sim_net_toggles(at_work, n->port[i].net);
    for (uint32_t i = 0; i < n->n_instances; i++) {
        const instance *at = &n->instance[i];
        const cell *c = at->cell;
        double charge = 0, edges = 0, internal = 0, data = 0, clock = 0;
        int n_internal = 0, n_data = 0;
        for (int k = 0; k < c->n_out; k++) {
            if (at->out[k] == NET_NONE)
                continue;
            bool pays = false;
            for (const power *p = c->powers; p; p = p->next)
                pays |= p->out == k;
            double toggles = (double)sim_net_toggles(at_work, at->out[k]) / cycles;
            charge += sim_load_pf(at_work, at->out[k]);
            edges += sim_load_pf(at_work, at->out[k]) * toggles;
            internal += pays ? toggles : 0;
            n_internal += pays;
        }
        for (int k = 0; k < c->n_in; k++) {
            double toggles = (double)sim_net_toggles(at_work, at->in[k]) / cycles;
            if (c->kind != CELL_COMB && k == c->clock)
                clock = toggles;
            else
                data += toggles, n_data++;
        }
        fprintf(out, "cell %s %.9g %.9g %.9g %.9g\n", at->name, charge > 0 ? edges / charge : 0,
                n_internal ? internal / n_internal : 0, clock, n_data ? data / n_data : 0);
    }
    for (uint32_t i = 0; i < n->n_instances; i++)
        if (n->instance[i].cell->kind == CELL_LATCH || sim_net_is_clock(at_work, n->instance[i].out[0]))
            fprintf(out, "clock %s\n", n->instance[i].name);
    for (uint32_t i = NET_NONE + 1; i < n->n_nets; i++)
        if (!sim_net_is_clock(at_work, i))
            fprintf(out, "net %s %llu\n", n->net[i], (unsigned long long)sim_net_toggles(at_work, i));
    fprintf(out, "sums cycles %.0f cells %.9g leakage %.9g slew %.9g\n", cycles,
            (1e-6 * (double)(sum.energy[SIM_SWITCHING] + sum.energy[SIM_INTERNAL] + sum.energy[SIM_CLOCK]) - ports) / cycles,
            1e-6 * sim_leakage_nw(at_work) * s->p->period_ns, s->w->lib->smallest_slew);
    return !fclose(out) || teq_fail(err, TEQ_ERR_IO, "cannot write %s", path);
}

// A Verilog bench of the same cycles: the netlist as it is, all edges of its nets after the
// warm-up in FILE.vcd.
bool activity_open(state *s, teq_error *err)
{
    const netlist *n = s->w->netlist;
    char path[400];
    snprintf(path, sizeof path, "%.380s.tb.v", s->p->activity);
    if (!(s->bench = fopen(path, "w")))
        return teq_fail(err, TEQ_ERR_IO, "cannot write %s", path);
    fprintf(s->bench, "`timescale 1ns/1ps\nmodule bench;\n");
    for (uint32_t i = 0; i < n->n_ports; i++)
        fprintf(s->bench, "%s \\%s %s;\n", n->port[i].is_output ? "wire" : "reg", n->port[i].name, n->port[i].is_output ? "" : " = 0");
    fprintf(s->bench, "%s dut (", n->top);
    for (uint32_t i = 0; i < n->n_ports; i++)
        fprintf(s->bench, "%s.\\%s (\\%s )", i ? ", " : "", n->port[i].name, n->port[i].name);
    fprintf(s->bench, ");\ninitial begin\n$sdf_annotate(\"%s.sdf\", dut);\n#%g;\n", s->p->activity, s->p->period_ns);
    sim_trace(s->sim, s->bench, s->p->period_ns);
    return true;
}

void activity_begin(state *s)
{
    sim_count(s->sim, true);
    s->counted = sim_sums(s->sim);
    fprintf(s->bench, "$dumpfile(\"%s.vcd\"); $dumpvars(1, dut);\n", s->p->activity);
}
