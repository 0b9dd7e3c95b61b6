// SPDX-License-Identifier: Apache-2.0
#include "tile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Nets of port `name`: bits 0..n-1, or the port itself for n = 0.
static uint32_t *nets(const tile *t, const char *name, unsigned n, teq_error *err)
{
    uint32_t *list = calloc(n ? n : 1, sizeof *list);
    for (unsigned i = 0; list && i < (n ? n : 1); i++) {
        char full[80];
        snprintf(full, sizeof full, n > 1 ? "%s[%u]" : "%s", name, i);
        bool found = netlist_port(t->netlist, full, &list[i]);
        if (!found && n == 1) {
            snprintf(full, sizeof full, "%s[0]", name);
            found = netlist_port(t->netlist, full, &list[i]);
        }
        if (!found) {
            teq_fail(err, TEQ_ERR_SHAPE, "%s: no port %s", t->netlist->path, full);
            free(list);
            return NULL;
        }
    }
    return list ? list : (teq_fail(err, TEQ_ERR_MEMORY, "out of memory"), NULL);
}

static bool one(const tile *t, const char *name, uint32_t *net, teq_error *err)
{
    uint32_t *list = nets(t, name, 0, err);
    if (!list)
        return false;
    *net = *list;
    free(list);
    return true;
}

bool tile_init(tile *t, const char *name, const teq_array_params *p, const netlist *n, const cells *lib, teq_error *err)
{
    *t = (tile){.params = *p, .netlist = n};
    snprintf(t->name, sizeof t->name, "%.79s", name);
    const unsigned w_w = p->n_max + 1u;
    if (!teq_tile_init(&t->model, p, err) ||
        !(t->w = nets(t, "w_i", p->load_cols * p->rows * w_w, err)) ||
        !(t->code = nets(t, "code_i", (unsigned)p->rows * p->na_max, err)) || !(t->zero = nets(t, "zero_i", p->na_max, err)) ||
        !(t->shift = nets(t, "shift_i", 3, err)) || !(t->load = nets(t, "load_i", teq_load_cycles(p), err)) ||
        !(t->acc = nets(t, "acc_o", (unsigned)p->cols * p->acc_w, err)) || !one(t, "x_en_i", &t->x_en, err) ||
        !one(t, "acc_en_i", &t->acc_en, err) || !one(t, "clr_i", &t->clr, err))
        return false;
    // nothing outside the tile: what its outputs drive is counted there
    t->sim = sim_new(n, lib, "clk_i", 0);
    return true;
}

void tile_free(tile *t)
{
    sim_free(t->sim);
    teq_tile_free(&t->model);
    uint32_t *all[] = {t->w, t->code, t->zero, t->shift, t->load, t->acc};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    *t = (tile){0};
}

static void put(tile *t, const uint32_t *net, unsigned n, uint64_t value)
{
    for (unsigned i = 0; i < n; i++)
        sim_set(t->sim, net[i], value >> i & 1);
}

bool tile_cycle(tile *t, const teq_tile_in *in, teq_error *err)
{
    const teq_array_params *p = &t->params;
    const unsigned w_w = p->n_max + 1u;
    for (unsigned i = 0; in->w && i < (unsigned)p->load_cols * p->rows; i++)
        put(t, t->w + i * w_w, w_w, in->w[i]);
    for (unsigned r = 0; in->code && r < p->rows; r++)
        put(t, t->code + r * p->na_max, p->na_max, in->code[r]);
    put(t, t->zero, p->na_max, in->zero);
    put(t, t->shift, 3, in->shift);
    put(t, t->load, teq_load_cycles(p), in->load);
    sim_set(t->sim, t->x_en, in->x_en);
    sim_set(t->sim, t->acc_en, in->acc_en);
    sim_set(t->sim, t->clr, in->clr);
    sim_cycle(t->sim);
    for (unsigned c = 0; c < p->cols; c++) {
        uint64_t got = 0;
        for (unsigned i = 0; i < p->acc_w; i++)
            got |= (uint64_t)sim_get(t->sim, t->acc[c * p->acc_w + i]) << i;
        if (got != t->model.column[c].acc)
            return teq_fail(err, TEQ_ERR_VALUE, "%s: cycle %llu: acc_o of column %u: expected %llx, got %llx", t->name,
                            (unsigned long long)sim_sums(t->sim).cycles, c,
                            (unsigned long long)t->model.column[c].acc, (unsigned long long)got);
    }
    teq_tile_step(&t->model, in); // the next edge
    return true;
}
