// SPDX-License-Identifier: Apache-2.0
#include "count.h"

#include <stdio.h>
#include <stdlib.h>

#include "tile.h"

bool count_init(count_tile *t, const char *name, const teq_count_params *p, const netlist *n, const cells *lib, teq_error *err)
{
    *t = (count_tile){.params = *p, .netlist = n};
    snprintf(t->name, sizeof t->name, "%.79s", name);
    const unsigned w_w = p->n_max + 1u, lanes = (unsigned)p->load_cols * p->rows;
    if (!teq_count_tile_init(&t->model, p, err) || !(t->w = port_nets(n, "w_i", lanes * w_w, err)) ||
        !(t->code = port_nets(n, "code_i", (unsigned)p->rows * p->na_max, err)) || !(t->zero = port_nets(n, "zero_i", p->na_max, err)) ||
        !(t->load = port_nets(n, "load_i", (unsigned)p->cols / p->load_cols, err)) ||
        !(t->acc = port_nets(n, "acc_o", (unsigned)p->cols * p->acc_w, err)) || !(t->g_index = port_nets(n, "g_index_i", 8, err)) ||
        !(t->g_data = port_nets(n, "g_data_i", 16, err)))
        return false;
    const struct {
        const char *name;
        uint32_t *to;
    } single[] = {{"rst_ni", &t->rst_n}, {"x_en_i", &t->x_en}, {"acc_en_i", &t->acc_en}, {"clr_i", &t->clr}, {"final_i", &t->final},
                  {"g_we_i", &t->g_we}, {"take_i", &t->take}, {"drain_busy_o", &t->busy}, {"done_o", &t->done}};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (!port_net(n, single[i].name, single[i].to, err))
            return false;
    t->sim = sim_new(n, lib, "clk_i", 0);
    return true;
}

void count_free(count_tile *t)
{
    sim_free(t->sim);
    uint32_t *all[] = {t->w, t->code, t->zero, t->load, t->acc, t->g_index, t->g_data};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    *t = (count_tile){0};
}

static bool differ(const count_tile *t, const char *what, uint64_t expected, uint64_t got, teq_error *err)
{
    return teq_fail(err, TEQ_ERR_VALUE, "%s: cycle %llu: %s: expected %llx, got %llx", t->name,
                    (unsigned long long)sim_sums(t->sim).cycles, what, (unsigned long long)expected, (unsigned long long)got);
}

bool count_cycle(count_tile *t, const teq_count_tile_in *in, teq_error *err)
{
    const teq_count_params *p = &t->params;
    const unsigned w_w = p->n_max + 1u;
    for (unsigned i = 0; in->w && i < (unsigned)p->load_cols * p->rows; i++)
        port_put(t->sim, t->w + i * w_w, w_w, in->w[i]);
    for (unsigned r = 0; in->code && r < p->rows; r++)
        port_put(t->sim, t->code + r * p->na_max, p->na_max, in->code[r]);
    port_put(t->sim, t->zero, p->na_max, in->zero);
    port_put(t->sim, t->load, (unsigned)p->cols / p->load_cols, in->load);
    port_put(t->sim, t->g_index, 8, in->g_index);
    port_put(t->sim, t->g_data, 16, in->g_data);
    sim_set(t->sim, t->rst_n, in->rst_n);
    sim_set(t->sim, t->x_en, in->x_en);
    sim_set(t->sim, t->acc_en, in->acc_en);
    sim_set(t->sim, t->clr, in->clr);
    sim_set(t->sim, t->final, in->final);
    sim_set(t->sim, t->g_we, in->g_we);
    sim_set(t->sim, t->take, in->take);
    sim_cycle(t->sim);
    if (sim_get(t->sim, t->busy) != t->model.busy)
        return differ(t, "drain_busy_o", t->model.busy, !t->model.busy, err);
    if (sim_get(t->sim, t->done) != t->model.done)
        return differ(t, "done_o", t->model.done, !t->model.done, err);
    for (unsigned c = 0; t->model.done && c < p->cols; c++) {
        uint64_t got = port_get(t->sim, t->acc + c * p->acc_w, p->acc_w);
        if (got != t->model.column[c].acc)
            return differ(t, "acc_o", t->model.column[c].acc, got, err);
    }
    teq_count_tile_step(&t->model, in); // the next edge
    return true;
}

bool count_start(count_tile *t, const uint16_t *g, teq_error *err)
{
    teq_count_tile_in in = {.clr = true};
    bool ok = count_cycle(t, &in, err) && count_cycle(t, &in, err);
    in.rst_n = true;
    in.g_we = true;
    for (unsigned i = 0; ok && i < teq_count_n_bins(&t->params); i++) {
        in.g_index = (uint8_t)i;
        in.g_data = g[i];
        ok = count_cycle(t, &in, err);
    }
    return ok;
}
