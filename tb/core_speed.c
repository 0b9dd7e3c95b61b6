/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast the 16 x 16 core is simulated: Verilated alone, Verilated beside the model with
 * every output of every cycle compared, as cycle model, as cycle model without data
 * (teq_core_predict). One program, again and again: four layers of 9 tiles, 4 passes, 16 x
 * 16 vectors, the last one to m_axis_y.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_ports.h"
#include "speed_report.h"
#include "teq/clock.h"

enum { LAYERS = 4, TILES = 9, PASSES = 4, SIDE = 16, ROWS_OF_REPORT = 4 };

typedef struct state {
    teq_core_params params;
    teq_core *model;
    core_ports ports;
    teq_image image;
    uint64_t prg[256];
    size_t n_prg;
} state;

typedef struct figure {
    const char *what;
    double kcycles_per_s;
} figure;

/* ---- program ------------------------------------------------------------------------- */

static bool make_program(state *s, bench *b) {
    const teq_core_params *p = &s->params;
    const unsigned load = teq_load_cycles(&p->array), n_wgt = LAYERS * PASSES * TILES * load, cfg = 150, tiles = 120;
    teq_error err;
    for (unsigned l = 0; l < LAYERS; l++) {
        const teq_descriptor d = {
            .op = TEQ_OP_DOT, .a_n = 5, .w_n = 4, .n_tiles = TILES, .n_pass = PASSES, .tile_addr = tiles, .cfg_addr = cfg,
            .n_layer_cfg = l == 0 ? 70 : 0, .u_len = 65535, .h = 65535, .in_base = l % 2 ? 16384 : 0, .in_oy = 16 * SIDE,
            .u_ox = 16, .in_group = 8 * 16 * SIDE, .oh = SIDE, .ow = SIDE, .group_rows = 8, .n_ty = 1, .n_tx = 1,
            .w_addr = l * PASSES * TILES * load, .w_pass = TILES * load, .out_base = l % 2 ? 0 : 16384,
            .out_pass = 16 * SIDE * SIDE / PASSES, .out_oy = SIDE * 4, .out_ox = 4, .lanes = 16, .lanes_x = 16,
            .lanes_pass = 16, .stream = l == LAYERS - 1,
        };
        if (!bench_check(b, teq_descriptor_pack(&d, &s->prg[l * TEQ_DESCRIPTOR_WORDS], &err), "%s", err.message)) return false;
    }
    for (unsigned t = 0; t < TILES; t++)
        teq_tile_entry_pack(&(teq_tile_entry){.off = 16 * (int32_t)t, .lanes = 16, .reload = 1}, &s->prg[tiles + t], NULL);
    s->n_prg = cfg;
    for (unsigned sel = 0; sel < 6; sel++) { /* y = sum / 2, codes by even steps */
        static const uint64_t channel[3] = {0, 16u << 16 | 0x8000u, 0};
        const unsigned n = sel < 3 ? 2 : sel == 3 ? 31 : sel == 4 ? 32 : 1;
        for (unsigned i = 0; i < n; i++) {
            const uint64_t data = sel < 3 ? channel[sel] : sel == 3 ? 16000 - 500 * i : sel == 4 ? 0 : 31u << 8;
            teq_config_entry_pack(&(teq_config_entry){.sel = sel, .index = sel < 3 ? 128 + i : i, .data = data},
                                  &s->prg[s->n_prg++], NULL);
        }
    }
    uint8_t *slots = malloc((size_t)n_wgt * teq_core_slots(p));
    if (!bench_check(b, slots != NULL, "out of memory")) return false;
    for (unsigned i = 0; i < n_wgt * teq_core_slots(p); i++) slots[i] = (uint8_t)rng_below(&b->rng, 31);
    const bool good = teq_image_begin(&s->image, p, &err) && teq_image_prg(&s->image, 0, s->prg, s->n_prg, &err) &&
                      teq_image_wgt(&s->image, p, 0, slots, n_wgt, &err) && teq_image_end(&s->image, &err);
    free(slots);
    return bench_check(b, good, "%s", err.message);
}

/* ---- cycles --------------------------------------------------------------------------- */

/* Either side may be left out. */
typedef struct sides {
    bool device, model;
} sides;

static void cycle(bench *b, state *s, sides on, const teq_core_in *in) {
    teq_core_out out;
    if (on.device) {
        core_ports_drive(b, &s->ports, in);
        bench_tick(b);
    }
    if (!on.model) return;
    teq_core_step(s->model, in);
    teq_core_outputs(s->model, &out);
    if (on.device) core_ports_compare(b, &s->ports, &out);
}

static const sides both = {true, true};

static void load(bench *b, state *s, const teq_image *im) {
    teq_core_in in = {.rst_ni = true, .m_axis_y_tready = true, .s_axil_bready = true};
    for (size_t i = 0; i < im->n_beats; i++) {
        in.s_axis_p_tvalid = true;
        in.s_axis_p = (teq_axis_beat){.data = im->beat[i], .keep = 15, .last = i + 1 == im->n_beats};
        cycle(b, s, both, &in);
    }
    in.s_axis_p_tvalid = false;
    for (unsigned i = 0; i < 4; i++) cycle(b, s, both, &in);
}

static void start(bench *b, state *s, sides on) {
    teq_core_in in = {.rst_ni = true, .m_axis_y_tready = true, .s_axil_bready = true, .s_axil_awaddr = TEQ_REG_CONTROL,
                      .s_axil_wdata = TEQ_CONTROL_START_MASK, .s_axil_wstrb = 15};
    in.s_axil_awvalid = in.s_axil_wvalid = true;
    cycle(b, s, on, &in);
}

/* All of ACT, by a program of its own. */
static void fill(bench *b, state *s) {
    const uint32_t n = teq_core_elements(&s->params);
    const teq_descriptor d = {.op = TEQ_OP_INPUT, .n_lines = 1, .line_len = n};
    uint64_t prg[2 * TEQ_DESCRIPTOR_WORDS] = {0};
    teq_image im = {0};
    teq_core_in in = {.m_axis_y_tready = true};
    const bool good = teq_descriptor_pack(&d, prg, NULL) && teq_image_begin(&im, &s->params, NULL) &&
                      teq_image_prg(&im, 0, prg, sizeof prg / sizeof *prg, NULL) && teq_image_end(&im, NULL);
    cycle(b, s, both, &in); /* reset */
    if (bench_check(b, good, "image: out of memory")) load(b, s, &im);
    start(b, s, both);
    in.rst_ni = in.s_axis_x_tvalid = true;
    for (uint32_t i = 0; i < n / 4;) {
        in.s_axis_x = (teq_axis_beat){.data = (uint32_t)rng_u64(&b->rng) & 0x1f1f1f1f, .keep = 15, .last = i + 1 == n / 4};
        i += s->model->x.n < 2;
        cycle(b, s, both, &in);
    }
    in.s_axis_x_tvalid = false;
    in.s_axil_arvalid = true; /* cycles so far, again and again */
    in.s_axil_araddr = TEQ_REG_CYCLES_LO;
    in.s_axil_rready = true;
    for (unsigned i = 0; i < 100; i++) cycle(b, s, both, &in);
    teq_image_free(&im);
}

/* Starts the program until the time is over; each time for as many cycles as it takes. */
static figure rate(bench *b, state *s, sides on, uint64_t program, const char *what) {
    const teq_core_in in = {.rst_ni = true, .m_axis_y_tready = true, .s_axil_bready = true};
    const double begun = teq_seconds();
    uint64_t cycles = 0;
    double took;
    do {
        start(b, s, on);
        for (uint64_t i = 0; i < program + 10; i++) cycle(b, s, on, &in);
        cycles += program + 11;
        took = teq_seconds() - begun;
    } while (took < 1.0);
    return (figure){what, 1e-3 * (double)cycles / took};
}

static figure rate_of_prediction(bench *b, state *s, const char *what) {
    const double start = teq_seconds();
    uint64_t cycles = 0;
    double took;
    do {
        teq_core_counters total;
        bench_check(b, teq_core_predict(&s->params, s->prg, s->n_prg, 1000000, NULL, 0, &total, NULL) > 0, "prediction");
        cycles += total.cycles;
        took = teq_seconds() - start;
    } while (took < 1.0);
    return (figure){what, 1e-3 * (double)cycles / took};
}

/* ---- report --------------------------------------------------------------------------- */

static bool write_report(const figure *f, const char *path) {
    cJSON *rows, *root = speed_report(&rows);
    for (unsigned i = 0; i < ROWS_OF_REPORT; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "what", f[i].what);
        cJSON_AddNumberToObject(row, "kcycles_per_s", (double)(int64_t)(f[i].kcycles_per_s + 0.5));
        cJSON_AddNumberToObject(row, "ratio", (double)(int64_t)(100 * f[i].kcycles_per_s / f[0].kcycles_per_s + 0.5) / 100);
        cJSON_AddItemToArray(rows, row);
    }
    return speed_report_write(root, path);
}

static void measure(bench *b, state *s) {
    const sides device = {true, false}, model = {false, true};
    teq_core_counters total = {0};
    teq_error err;
    if (!bench_check(b, teq_core_predict(&s->params, s->prg, s->n_prg, 1000000, NULL, 0, &total, &err) > 0, "%s", err.message))
        return;
    fill(b, s);
    load(b, s, &s->image);
    const figure checked = rate(b, s, both, total.cycles, "Verilated core, every cycle compared with the model");
    const figure modelled = rate(b, s, model, total.cycles, "cycle model");
    const figure alone = rate(b, s, device, total.cycles, "Verilated core alone"); /* the model stands still */
    const figure all[ROWS_OF_REPORT] = {alone, checked, modelled, rate_of_prediction(b, s, "cycle model without data")};
    for (unsigned i = 0; i < ROWS_OF_REPORT; i++)
        printf("%-52s %8.0f kcycles/s %8.2f\n", all[i].what, all[i].kcycles_per_s, all[i].kcycles_per_s / alone.kcycles_per_s);
    const char *path = getenv("TEQ_BENCH_JSON");
    if (path) bench_check(b, write_report(all, path), "%s: cannot be written", path);
}

void bench_run(bench *b) {
    state *s = calloc(1, sizeof *s);
    teq_error err;
    if (!bench_check(b, s != NULL, "out of memory")) return;
    if (core_params(b, &s->params) && bench_check(b, (s->model = teq_core_new(&s->params, &err)) != NULL, "%s", err.message)) {
        core_ports_find(b, &s->ports);
        if (make_program(s, b)) measure(b, s);
        teq_core_free(s->model);
    }
    teq_image_free(&s->image);
    free(s);
}
