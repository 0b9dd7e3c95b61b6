// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "energy.h"

static double rounded(double v, int digits)
{
    double p = pow(10, digits);
    return round(v * p) / p;
}

static void put(cJSON *o, const char *name, double v, int digits)
{
    if (isfinite(v))
        cJSON_AddNumberToObject(o, name, rounded(v, digits));
    else
        cJSON_AddNullToObject(o, name);
}

static const char *text(const cJSON *row, const char *name)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItem(row, name));
    return s ? s : "";
}

// ---- one result ----

// All in pJ an inference.
typedef struct {
    double part[PARTS], block[BLOCKS], load_block[BLOCKS], reload, accumulators, ram, macs, slots, variance;
    double vectors, loads, toggles, measured;
    teq_energy_terms terms;
} bill;

static bill layer_bill(const layer_energy *l)
{
    joules stream = layer_stream(l), loads = layer_loads(l);
    bill b = {.reload = joules_sum(&loads), .accumulators = l->accumulators, .ram = l->buffers, .macs = (double)l->macs, .slots = (double)l->slots,
              .variance = l->variance, .vectors = (double)l->vectors, .loads = (double)l->loads,
              .toggles = (double)l->toggles, .measured = (double)l->measured_vectors, .terms = l->terms};
    memcpy(b.part, stream.part, sizeof b.part);
    memcpy(b.block, stream.block, sizeof b.block);
    memcpy(b.load_block, loads.block, sizeof b.load_block);
    return b;
}

static void add_bill(bill *to, const bill *b)
{
    for (int i = 0; i < PARTS; i++)
        to->part[i] += b->part[i];
    for (int i = 0; i < BLOCKS; i++) {
        to->block[i] += b->block[i];
        to->load_block[i] += b->load_block[i];
    }
    to->reload += b->reload;
    to->accumulators += b->accumulators;
    to->ram += b->ram;
    to->macs += b->macs;
    to->slots += b->slots;
    to->variance += b->variance;
    to->vectors += b->vectors;
    to->loads += b->loads;
    to->toggles += b->toggles;
    to->measured += b->measured;
    to->terms.vectors += b->terms.vectors;
    to->terms.loads += b->terms.loads;
    to->terms.rows += b->terms.rows;
    to->terms.products += b->terms.products;
}

static double tile_of(const bill *b) { return b->part[0] + b->part[1] + b->part[2] + b->part[3] + b->reload; }

static cJSON *bill_json(const char *layer, const char *kind, const bill *b)
{
    cJSON *r = cJSON_CreateObject(), *parts;
    double fj = 1000 / b->macs;
    cJSON_AddStringToObject(r, "layer", layer);
    cJSON_AddStringToObject(r, "kind", kind);
    cJSON_AddNumberToObject(r, "macs", b->macs);
    put(r, "fj_per_mac", fj * (tile_of(b) + b->accumulators), 2);
    put(r, "fj_per_mac_tile", fj * tile_of(b), 2);
    put(r, "fj_per_mac_ram", fj * (tile_of(b) + b->accumulators + b->ram), 2);
    put(r, "nj_per_inference", 1e-3 * (tile_of(b) + b->accumulators), 3);
    put(r, "nj_per_inference_ram", 1e-3 * (tile_of(b) + b->accumulators + b->ram), 3);
    parts = cJSON_AddObjectToObject(r, "parts");
    static const char *const names[PARTS] = {"dynamic", "internal", "clock", "leakage"};
    for (int i = 0; i < PARTS; i++)
        put(parts, names[i], fj * b->part[i], 3);
    put(parts, "reload", fj * b->reload, 3);
    put(parts, "accumulators", fj * b->accumulators, 3);
    put(parts, "ram", fj * b->ram, 3);
    static const char *const of[2] = {"blocks", "load_blocks"}; // of streaming, of loads
    for (int k = 0; k < 2; k++) {
        parts = cJSON_AddObjectToObject(r, of[k]);
        for (int i = 0; i < BLOCKS; i++)
            put(parts, block_name[i], fj * (k ? b->load_block : b->block)[i], 3);
    }
    cJSON_AddNumberToObject(r, "tile_vectors", b->vectors);
    cJSON_AddNumberToObject(r, "tile_loads", b->loads);
    put(r, "pj_tile", tile_of(b), 1);
    parts = cJSON_AddObjectToObject(r, "terms"); // of the quantizer's model (teq/energy.h)
    put(parts, "vectors", b->terms.vectors, 0);
    put(parts, "loads", b->terms.loads, 0);
    put(parts, "rows", b->terms.rows, 0);
    put(parts, "products", b->terms.products, 0);
    put(r, "utilisation", b->macs / b->slots, 4);
    cJSON_AddNumberToObject(r, "vectors", b->measured);
    cJSON_AddNumberToObject(r, "toggles", b->toggles);
    put(r, "se", sqrt(b->variance) / tile_of(b), 5);
    return r;
}

cJSON *result_json(const job *j, const cells *lib, const plan *p, const work_result *w)
{
    cJSON *r = cJSON_CreateObject();
    cJSON_AddStringToObject(r, "key", j->key);
    cJSON_AddStringToObject(r, "library", lib->file.library->name);
    put(r, "volts", lib->volts, 3);
    cJSON_AddStringToObject(r, "wire_load", lib->wire_name);
    put(r, "period_ns", p->period_ns, 3);
    put(r, "settle_ns", 1e-3 * w->settle_ps, 3);
    put(r, "area_ge", w->area_ge, 1);
    put(r, "psum_ge", w->psum_ge, 1);
    put(r, "path_ns", w->path_ns, 3);
    cJSON_AddStringToObject(r, "order", w->in_core_order ? "core" : "schedule");
    cJSON_AddStringToObject(r, "ties", !w->in_core_order ? "" : p->ties_first ? "first" : "vectors");
    put(r, "bits_avg", w->bits.all, 3);
    put(r, "bits_weights", w->bits.weights, 3);
    put(r, "bits_activations", w->bits.activations, 3);
    put(r, "seconds", w->seconds, 1);
    put(r, "mevents_per_second", 1e-6 * (double)w->events / w->seconds, 2);
    cJSON_AddNumberToObject(r, "events", (double)w->events);
    cJSON_AddNumberToObject(r, "cycles", (double)w->cycles);
    cJSON *rows = cJSON_AddArrayToObject(r, "rows");
    bill all = {0};
    for (int i = 0; i < w->n_layers; i++) {
        bill b = layer_bill(&w->layer[i]);
        cJSON_AddItemToArray(rows, bill_json(w->layer[i].name, w->layer[i].kind, &b));
        if (w->layer[i].counted)
            add_bill(&all, &b);
    }
    cJSON *total = bill_json("all", "all", &all);
    put(r, "fj_per_mac", number(total, "fj_per_mac"), 2);
    put(r, "fj_per_mac_tile", number(total, "fj_per_mac_tile"), 2);
    put(r, "se", number(total, "se"), 5);
    put(r, "vectors", number(total, "vectors"), 0);
    cJSON_AddItemToArray(rows, total);
    return r;
}

// ---- the report ----

// The INT8 tile that takes least, by `field`, on the same layer of the same network.
static const cJSON *best_int8(const job *jobs, int n, const job *like, const char *layer, const char *field)
{
    const cJSON *best = NULL, *row;
    for (int i = 0; i < n; i++) {
        if (strncmp(jobs[i].of->engine, "int8", 4) || strcmp(jobs[i].format, "int8") || jobs[i].net != like->net)
            continue;
        cJSON_ArrayForEach(row, cJSON_GetObjectItem(jobs[i].row, "rows"))
            if (!strcmp(text(row, "layer"), layer) && (!best || number(row, field) < number(best, field)))
                best = row;
    }
    return best;
}

static void put_ratio(cJSON *r, const char *name, const job *jobs, int n, const job *j, const cJSON *row, const char *field)
{
    const cJSON *int8 = best_int8(jobs, n, j, text(row, "layer"), field);
    if (int8)
        put(r, name, number(row, field) / number(int8, field), 4);
    else
        cJSON_AddNullToObject(r, name);
}

static cJSON *flat_row(const job *jobs, int n, const job *j, const cJSON *row)
{
    cJSON *r = cJSON_CreateObject();
    cJSON_AddStringToObject(r, "design", j->design);
    cJSON_AddStringToObject(r, "engine", j->of->engine);
    cJSON_AddNumberToObject(r, "n", j->of->n);
    cJSON_AddStringToObject(r, "shape", j->of->shape);
    cJSON_AddStringToObject(r, "library", text(j->row, "library"));
    cJSON_AddStringToObject(r, "network", j->net->name);
    cJSON_AddStringToObject(r, "format", j->format);
    cJSON_AddStringToObject(r, "order", text(j->row, "order"));
    cJSON_AddStringToObject(r, "ties", text(j->row, "ties"));
    cJSON_AddNumberToObject(r, "bits_avg", number(j->row, "bits_avg"));
    for (const char *const *k = (const char *const[]){"expected_loss", "energy_nj", "accuracy", "accuracy_float", "loss_points", NULL}; *k; k++)
        put(r, *k, number(j->quantized, *k), 3);
    put(r, "area_ge", number(j->row, "area_ge"), 1);
    put(r, "psum_ge", number(j->row, "psum_ge"), 1);
    put(r, "path_ns", number(j->row, "path_ns"), 3);
    put_ratio(r, "ratio_int8", jobs, n, j, row, "fj_per_mac");
    put_ratio(r, "ratio_int8_tile", jobs, n, j, row, "fj_per_mac_tile");
    put_ratio(r, "ratio_int8_ram", jobs, n, j, row, "fj_per_mac_ram");
    for (const cJSON *c = row->child; c; c = c->next)
        cJSON_AddItemToObject(r, c->string, cJSON_Duplicate(c, true));
    return r;
}

cJSON *make_energy_report(const settings *o, const job *jobs, int n)
{
    cJSON *report = cJSON_CreateObject();
    char date[40];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    cJSON_AddStringToObject(report, "date", date);
    if (o->commit)
        cJSON_AddStringToObject(report, "commit", o->commit);
    cJSON_AddItemToObject(report, "tools", read_json(o->tools));
    char path[400];
    snprintf(path, sizeof path, "%s/lib/lib.json", o->area);
    cJSON *lib = read_json(path), *l = cJSON_AddObjectToObject(report, "library");
    for (const char *const *k = (const char *const[]){"library", "corner", "power_once", NULL}; *k; k++)
        if (cJSON_GetObjectItem(lib, *k))
            cJSON_AddItemToObject(l, *k, cJSON_Duplicate(cJSON_GetObjectItem(lib, *k), true));
    cJSON_Delete(lib);
    cJSON_AddStringToObject(l, "wire_load", text(jobs[0].row, "wire_load"));
    put(report, "period_ns", o->plan.period_ns, 3);
    put(report, "psum_words", o->plan.psum_depth, 0);
    cJSON_AddStringToObject(report, "psum_memory", o->latches ? "latches" : "model of ram.h");
    cJSON_AddNumberToObject(report, "seed", (double)o->plan.seed);
    cJSON_AddBoolToObject(report, "complete", !o->only);
    cJSON *rows = cJSON_AddArrayToObject(report, "rows"), *runs = cJSON_AddArrayToObject(report, "runs");
    for (int i = 0; i < n; i++) {
        const cJSON *row;
        cJSON_ArrayForEach(row, cJSON_GetObjectItem(jobs[i].row, "rows"))
            cJSON_AddItemToArray(rows, flat_row(jobs, n, &jobs[i], row));
        cJSON *run = cJSON_CreateObject();
        cJSON_AddStringToObject(run, "design", jobs[i].design);
        cJSON_AddStringToObject(run, "network", jobs[i].net->name);
        for (const char *const *k = (const char *const[]){"settle_ns", "seconds", "mevents_per_second", "events", "cycles", NULL}; *k; k++)
            cJSON_AddNumberToObject(run, *k, number(jobs[i].row, *k));
        cJSON_AddItemToArray(runs, run);
    }
    return report;
}

static void cell_text(double v, int width, int digits)
{
    if (isfinite(v))
        printf(" %*.*f", width, digits, v);
    else
        printf(" %*s", width, "-");
}

void print_energy(const cJSON *report)
{
    const cJSON *lib = cJSON_GetObjectItem(report, "library"), *row;
    printf("\n%s, %s, clock %g ns, wires: %s\nfJ for each multiply-accumulate of the network; ratio to the best INT8\n", text(lib, "library"),
           text(lib, "corner"), number(report, "period_ns"), *text(lib, "wire_load") ? text(lib, "wire_load") : "none");
    printf("%-7s %-18s %5s %5s %4s | %8s %6s | %8s %6s | %8s %6s | %7s %7s %6s %6s %6s\n", "network", "design", "bits", "loss", "use", "tile",
           "ratio", "+psum", "ratio", "+ram", "ratio", "dynamic", "intern.", "clock", "reload", "se");
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(report, "rows")) {
        if (strcmp(text(row, "layer"), "all"))
            continue;
        const cJSON *parts = cJSON_GetObjectItem(row, "parts");
        printf("%-7s %-18s", text(row, "network"), text(row, "design"));
        cell_text(number(row, "bits_avg"), 5, 2);
        cell_text(number(row, "loss_points"), 5, 2);
        cell_text(number(row, "utilisation"), 4, 2);
        printf(" |");
        cell_text(number(row, "fj_per_mac_tile"), 8, 1);
        cell_text(number(row, "ratio_int8_tile"), 6, 3);
        printf(" |");
        cell_text(number(row, "fj_per_mac"), 8, 1);
        cell_text(number(row, "ratio_int8"), 6, 3);
        printf(" |");
        cell_text(number(row, "fj_per_mac_ram"), 8, 1);
        cell_text(number(row, "ratio_int8_ram"), 6, 3);
        printf(" |");
        cell_text(number(parts, "dynamic"), 7, 0);
        cell_text(number(parts, "internal"), 7, 0);
        cell_text(number(parts, "clock"), 6, 0);
        cell_text(number(parts, "reload"), 6, 0);
        printf(" %5.2f%%\n", 100 * number(row, "se"));
    }
}
