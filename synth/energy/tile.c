// SPDX-License-Identifier: Apache-2.0
#include "tile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"

uint32_t *port_nets(const netlist *n, const char *name, unsigned bits, teq_error *err)
{
    uint32_t *list = calloc(bits ? bits : 1, sizeof *list);
    for (unsigned i = 0; list && i < (bits ? bits : 1); i++) {
        char full[80];
        snprintf(full, sizeof full, bits > 1 ? "%s[%u]" : "%s", name, i);
        bool found = netlist_port(n, full, &list[i]);
        if (!found && bits == 1) {
            snprintf(full, sizeof full, "%s[0]", name);
            found = netlist_port(n, full, &list[i]);
        }
        if (!found) {
            teq_fail(err, TEQ_ERR_SHAPE, "%s: no port %s", n->path, full);
            free(list);
            return NULL;
        }
    }
    return list ? list : (teq_fail(err, TEQ_ERR_MEMORY, "out of memory"), NULL);
}

bool port_net(const netlist *n, const char *name, uint32_t *net, teq_error *err)
{
    uint32_t *list = port_nets(n, name, 0, err);
    if (!list)
        return false;
    *net = *list;
    free(list);
    return true;
}

void port_put(sim *s, const uint32_t *net, unsigned bits, uint64_t value)
{
    for (unsigned i = 0; i < bits; i++)
        sim_set(s, net[i], value >> i & 1);
}

uint64_t port_get(const sim *s, const uint32_t *net, unsigned bits)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bits; i++)
        value |= (uint64_t)sim_get(s, net[i]) << i;
    return value;
}

bool tile_init(tile *t, const char *name, const teq_array_params *p, bool has_psum, const netlist *n, const cells *lib, teq_error *err)
{
    *t = (tile){.params = *p, .netlist = n};
    snprintf(t->name, sizeof t->name, "%.79s", name);
    const unsigned w_w = p->n_max + 1u;
    uint32_t reset;
    if (!teq_tile_init(&t->model, p, err) ||
        !(t->w = port_nets(n, "w_i", p->load_cols * p->rows * w_w, err)) ||
        !(t->code = port_nets(n, "code_i", (unsigned)p->rows * p->na_max, err)) || !(t->zero = port_nets(n, "zero_i", p->na_max, err)) ||
        !(t->shift = port_nets(n, "shift_i", 3, err)) || !(t->load = port_nets(n, "load_i", teq_load_cycles(p), err)) ||
        !(t->acc = port_nets(n, "acc_o", (unsigned)p->cols * p->acc_w, err)) || !port_net(n, "x_en_i", &t->x_en, err) ||
        !port_net(n, "acc_en_i", &t->acc_en, err) || !port_net(n, "clr_i", &t->clr, err) ||
        (has_psum && (!port_net(n, "psum_sel_i", &t->psum_sel, err) ||
                      !(t->psum = port_nets(n, "psum_i", (unsigned)p->cols * p->acc_w, err)))) ||
        (p->chain && !port_net(n, "chain_i", &t->chain, err)) || (p->pipe && !port_net(n, "sum_en_i", &t->sum_en, err)) || !port_net(n, "rst_ni", &reset, err))
        return false;
    // nothing outside the tile: what its outputs drive is counted there
    t->sim = sim_new(n, lib, "clk_i", 0);
    uint8_t *of_instance, *of_net;
    blocks_find(n, &of_instance, &of_net);
    sim_blocks(t->sim, of_instance, of_net);
    sim_set(t->sim, reset, true); // power-up leaves here what a reset leaves: no weights are known to be zero
    free(of_instance);
    free(of_net);
    return true;
}

void tile_free(tile *t)
{
    sim_free(t->sim);
    teq_tile_free(&t->model);
    uint32_t *all[] = {t->w, t->code, t->zero, t->shift, t->load, t->acc, t->psum};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    *t = (tile){0};
}

bool tile_cycle(tile *t, const teq_tile_in *in, teq_error *err)
{
    const teq_array_params *p = &t->params;
    const unsigned w_w = p->n_max + 1u;
    for (unsigned i = 0; in->w && i < (unsigned)p->load_cols * p->rows; i++)
        port_put(t->sim, t->w + i * w_w, w_w, in->w[i]);
    for (unsigned r = 0; in->code && r < p->rows; r++)
        port_put(t->sim, t->code + r * p->na_max, p->na_max, in->code[r]);
    port_put(t->sim, t->zero, p->na_max, in->zero);
    port_put(t->sim, t->shift, 3, in->shift);
    port_put(t->sim, t->load, teq_load_cycles(p), in->load);
    sim_set(t->sim, t->x_en, in->x_en);
    sim_set(t->sim, t->acc_en, in->acc_en);
    sim_set(t->sim, t->clr, in->clr);
    if (p->chain)
        sim_set(t->sim, t->chain, in->chain);
    if (p->pipe)
        sim_set(t->sim, t->sum_en, in->sum_en);
    if (t->psum)
        sim_set(t->sim, t->psum_sel, in->psum_sel);
    for (unsigned c = 0; t->psum && in->psum_sel && c < p->cols; c++)
        port_put(t->sim, t->psum + c * p->acc_w, p->acc_w, in->psum[c]);
    sim_cycle(t->sim);
    for (unsigned c = 0; c < p->cols; c++) {
        uint64_t got = port_get(t->sim, t->acc + c * p->acc_w, p->acc_w);
        if (got != t->model.column[c].acc)
            return teq_fail(err, TEQ_ERR_VALUE, "%s: cycle %llu: acc_o of column %u: expected %llx, got %llx", t->name,
                            (unsigned long long)sim_sums(t->sim).cycles, c,
                            (unsigned long long)t->model.column[c].acc, (unsigned long long)got);
    }
    teq_tile_step(&t->model, in); // the next edge
    return true;
}
