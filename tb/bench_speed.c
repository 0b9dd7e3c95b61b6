/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast the 16 x 16 array is simulated: Verilated with every output of every cycle
 * checked, as cycle model, as fast functional model; beside a plain C loop over 8-bit
 * integers. One thread, by its processor time. The first two stream tiles of 128 vectors
 * without stalls, every eighth tile final; the last two multiply the same matrices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array_ports.h"
#include "speed_report.h"
#include "teq/clock.h"
#include "teq/model_matmul.h"

enum { TILE_VECTORS = 128, TILES = 8, K = 576, N_OUT = 64, VECTORS = 512, ROWS_OF_REPORT = 4 };

typedef struct stream {
    teq_array_params params;
    teq_array model;
    array_ports ports;
    teq_array_in in;
    teq_array_out out;
    uint8_t weight[TILES][TEQ_ROWS_MAX * TEQ_COLS_MAX], code[TILE_VECTORS][TEQ_ROWS_MAX];
    unsigned w_beat, vector, tile;
    uint64_t accepted;
} stream;

typedef struct figure {
    const char *what;
    double kcycles_per_s, gmac_per_s; /* 0 kcycles: not a matter of cycles */
} figure;

/* ---- cycles -------------------------------------------------------------------------- */

static void choose(stream *s) {
    const teq_array_params *p = &s->params;
    const unsigned group = s->w_beat % teq_load_cycles(p), tile = s->w_beat / teq_load_cycles(p) % TILES;
    const unsigned size = (unsigned)p->load_cols * p->rows;
    s->in.rst_ni = s->in.m_axis_y_tready = s->in.s_axis_w_tvalid = s->in.s_axis_a_tvalid = true;
    memcpy(s->in.s_axis_w_tdata, &s->weight[tile][group * size], size);
    s->in.s_axis_w_tuser = p->n_max;
    s->in.s_axis_w_tlast = group == teq_load_cycles(p) - 1;
    memcpy(s->in.s_axis_a_tdata, s->code[s->vector], p->rows);
    s->in.s_axis_a_tlast = s->vector == TILE_VECTORS - 1;
    s->in.s_axis_a_tuser = (teq_array_user){.addr = (uint16_t)s->vector, .first = s->tile == 0,
                                            .final = s->tile == TILES - 1, .a_n = p->na_max};
}

static void taken(stream *s) {
    s->w_beat += s->out.s_axis_w_tready;
    if (!s->out.s_axis_a_tready) return;
    s->accepted++;
    s->vector = (s->vector + 1) % TILE_VECTORS;
    if (s->vector == 0) s->tile = (s->tile + 1) % TILES;
}

/* Without a bench: the model alone. */
static void run_cycles(stream *s, bench *b, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        choose(s);
        taken(s);
        if (b) {
            array_ports_drive(b, &s->ports, &s->params, &s->in);
            bench_tick(b);
        }
        teq_array_step(&s->model, &s->in);
        teq_array_outputs(&s->model, &s->out);
        if (b) array_ports_compare(b, &s->ports, &s->params, &s->out);
    }
}

/* Tables of the requantizers: y = sum / 2, codes by even steps. */
static void configure(stream *s, bench *b) {
    const teq_array_params *p = &s->params;
    teq_array_in in = {.rst_ni = true, .cfg_we_i = true};
    for (unsigned sel = 0; sel < 6; sel++)
        for (unsigned i = 0; i < 2u * p->cols; i++) {
            static const uint64_t channel[3] = {0, 16u << 16 | 0x8000u, 0};
            in.cfg_sel_i = (uint8_t)sel;
            in.cfg_index_i = (uint8_t)i;
            in.cfg_data_i = sel < 3 ? channel[sel] : sel == 3 ? 16000 - 500 * i : sel == 4 ? 0 : 31u << 8;
            array_ports_drive(b, &s->ports, p, &in);
            bench_tick(b);
            teq_array_step(&s->model, &in);
        }
}

static figure rate_of_cycles(stream *s, bench *b, const char *what) {
    const double least = 1.0, start = teq_cpu_seconds();
    const uint64_t before = s->accepted;
    uint64_t cycles = 0;
    double took;
    do {
        run_cycles(s, b, 2000);
        cycles += 2000;
        took = teq_cpu_seconds() - start;
    } while (took < least);
    const double macs = (double)(s->accepted - before) * s->params.rows * s->params.cols;
    return (figure){what, 1e-3 * (double)cycles / took, 1e-9 * macs / took};
}

/* ---- matrices ------------------------------------------------------------------------ */

typedef struct matrices {
    uint8_t weight[N_OUT * K], code[VECTORS * K];
    int8_t int_weight[N_OUT * K];
    uint32_t sum[VECTORS * N_OUT];
    uint64_t check; /* so that nothing is optimised away */
} matrices;

static void plain_loop(matrices *x) {
    for (unsigned v = 0; v < VECTORS; v++)
        for (unsigned o = 0; o < N_OUT; o++) {
            int32_t sum = 0;
            for (unsigned k = 0; k < K; k++) sum += x->int_weight[o * K + k] * x->code[v * K + k];
            x->sum[v * N_OUT + o] = (uint32_t)sum;
        }
}

static figure rate_of_products(bench *b, matrices *x, teq_matmul *m, const char *what) {
    const double start = teq_cpu_seconds();
    double took;
    unsigned n = 0;
    do {
        if (m)
            bench_check(b, teq_matmul_weights(m, x->weight, 4, 0, NULL) &&
                               teq_matmul_sums(m, x->code, VECTORS, 5, 0, x->sum, NULL), "fast model: out of memory");
        else
            plain_loop(x);
        x->check += x->sum[n++ % (VECTORS * N_OUT)];
        took = teq_cpu_seconds() - start;
    } while (took < 0.5);
    return (figure){what, 0, 1e-9 * n * (double)K * N_OUT * VECTORS / took};
}

/* ---- report --------------------------------------------------------------------------- */

static double rounded(double x) { return (double)(int64_t)(1000 * x + 0.5) / 1000; }

static bool write_report(const figure *f, const char *path) {
    cJSON *rows, *root = speed_report(&rows);
    for (unsigned i = 0; i < ROWS_OF_REPORT; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "what", f[i].what);
        if (f[i].kcycles_per_s > 0) cJSON_AddNumberToObject(row, "kcycles_per_s", rounded(f[i].kcycles_per_s));
        cJSON_AddNumberToObject(row, "gmac_per_s", rounded(f[i].gmac_per_s));
        cJSON_AddNumberToObject(row, "ratio", rounded(f[i].gmac_per_s / f[ROWS_OF_REPORT - 1].gmac_per_s));
        cJSON_AddItemToArray(rows, row);
    }
    return speed_report_write(root, path);
}

static void report(bench *b, const figure *f) {
    printf("%-36s %10s %8s %8s\n", "", "kcycles/s", "GMAC/s", "ratio");
    for (unsigned i = 0; i < ROWS_OF_REPORT; i++) {
        char cycles[32] = "";
        if (f[i].kcycles_per_s > 0) snprintf(cycles, sizeof cycles, "%.0f", f[i].kcycles_per_s);
        printf("%-36s %10s %8.3f %8.3f\n", f[i].what, cycles, f[i].gmac_per_s,
               f[i].gmac_per_s / f[ROWS_OF_REPORT - 1].gmac_per_s);
    }
    const char *path = getenv("TEQ_BENCH_JSON");
    if (path) bench_check(b, write_report(f, path), "%s: cannot be written", path);
}

static void measure(bench *b, stream *s, matrices *x, teq_matmul *m) {
    for (unsigned i = 0; i < sizeof s->weight; i++) ((uint8_t *)s->weight)[i] = (uint8_t)rng_below(&b->rng, 31);
    for (unsigned i = 0; i < sizeof s->code; i++) ((uint8_t *)s->code)[i] = (uint8_t)rng_below(&b->rng, 32);
    for (unsigned i = 0; i < N_OUT * K; i++) {
        x->weight[i] = (uint8_t)rng_below(&b->rng, 31);
        x->int_weight[i] = (int8_t)rng_range(&b->rng, -127, 127);
    }
    for (unsigned i = 0; i < VECTORS * K; i++) x->code[i] = (uint8_t)rng_below(&b->rng, 32);
    s->in = (teq_array_in){0};
    array_ports_drive(b, &s->ports, &s->params, &s->in);
    bench_tick(b);
    bench_tick(b);
    configure(s, b);
    teq_array_outputs(&s->model, &s->out);
    run_cycles(s, b, 4000); /* warm */
    const figure figures[ROWS_OF_REPORT] = {
        rate_of_cycles(s, b, "Verilated array, every cycle checked"),
        rate_of_cycles(s, NULL, "cycle model"),
        rate_of_products(b, x, m, "fast functional model"),
        rate_of_products(b, x, NULL, "plain C loop, INT8"),
    };
    report(b, figures);
}

void bench_run(bench *b) {
    stream *s = calloc(1, sizeof *s);
    matrices *x = calloc(1, sizeof *x);
    teq_matmul m = {0};
    teq_error err = {0};
    if (bench_check(b, s && x, "out of memory") && array_params(b, &s->params)) {
        array_ports_find(b, &s->ports, &s->params);
        if (bench_check(b, teq_array_init(&s->model, &s->params, &err) &&
                               teq_matmul_init(&m, &s->params, K, N_OUT, &err), "%s", err.message))
            measure(b, s, x, &m);
        teq_matmul_free(&m);
        teq_array_free(&s->model);
    }
    free(x);
    free(s);
}
