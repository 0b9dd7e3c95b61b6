// SPDX-License-Identifier: Apache-2.0
#include "work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "beats.h"
#include "count.h"
#include "teq/model_array.h"
#include "tile.h"

enum { PSUM_DEPTH = 128 };         // partial sums a column, as teq_array's default

// ---- parameters of a design ----

static const char *param(const design *d, const char *name)
{
    static char value[40];
    size_t n = strlen(name);
    for (const char *p = d->params; p; p = strchr(p, ' ') ? strchr(p, ' ') + 1 : NULL)
        if (!strncmp(p, name, n) && p[n] == ' ') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(p + n + 1, " "), p + n + 1);
            return value;
        }
    return NULL;
}

static unsigned number(const design *d, const char *name)
{
    const char *v = param(d, name);
    return v ? (unsigned)atoi(v) : 0;
}

static bool is_count(const design *d) { return !strcmp(d->top, "teq_count_tile"); }

bool design_params(const design *d, teq_array_params *p, teq_error *err)
{
    *p = TEQ_ARRAY_DEFAULT;
    bool count = is_count(d);
    const char *engine = count ? "count" : param(d, "ENGINE");
    if ((!count && strcmp(d->top, "teq_tile")) || !engine || !teq_array_engine_parse(engine, &p->engine, err))
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "%s: expected a teq_tile or a teq_count_tile", d->name);
    p->rows = (uint16_t)d->rows;
    p->cols = p->n_requant = (uint16_t)d->cols;
    p->n_max = (uint8_t)number(d, "N_MAX");
    p->na_max = (uint8_t)number(d, "NA_MAX");
    p->acc_w = (uint8_t)number(d, "ACC_W");
    p->load_cols = (uint16_t)number(d, "LOAD_COLS");
    p->is_double = false;
    p->psum_depth = count ? 1 : PSUM_DEPTH;
    p->chain = number(d, "CHAIN");
    if (!teq_array_is_int(p) && !count) {
        p->k_res = (uint8_t)number(d, "K_RES");
        p->mb = (uint8_t)number(d, "MB");
        p->pw = (uint8_t)number(d, "PW");
    }
    return teq_array_params_check(p, err);
}

// ---- random numbers: SplitMix64, a stream for each run of a layer ----

static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static double uniform(uint64_t *state) { return (double)(mix(state) >> 11) * 0x1p-53; }

static uint64_t stream(uint64_t seed, const char *net, const char *layer, unsigned run)
{
    uint64_t h = seed * 0x9e3779b97f4a7c15u + run;
    for (const char *s = net; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    for (const char *s = layer; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return mix(&h), h;
}

// ---- energies ----

double joules_sum(const joules *j)
{
    double sum = 0;
    for (int i = 0; i < PARTS; i++)
        sum += j->part[i];
    return sum;
}

static joules between(const sim *s, const sim_sum *from, double period_ns)
{
    sim_sum to = sim_sums(s);
    joules j = {.toggles = to.toggles - from->toggles, .cycles = to.cycles - from->cycles};
    j.part[PART_DYNAMIC] = 1e-6 * (double)(to.energy[SIM_SWITCHING] - from->energy[SIM_SWITCHING]);
    j.part[PART_INTERNAL] = 1e-6 * (double)(to.energy[SIM_INTERNAL] - from->energy[SIM_INTERNAL]);
    j.part[PART_CLOCK] = 1e-6 * (double)(to.energy[SIM_CLOCK] - from->energy[SIM_CLOCK]);
    for (int i = 0; i < BLOCKS; i++)
        j.block[i] = 1e-6 * (double)(to.block[i] - from->block[i]);
    j.part[PART_LEAKAGE] = 1e-6 * sim_leakage_nw(s) * period_ns * (double)j.cycles; // nW ns = 1e-18 J
    return j;
}

static void add(joules *to, const joules *j)
{
    for (int i = 0; i < PARTS; i++)
        to->part[i] += j->part[i];
    for (int i = 0; i < BLOCKS; i++)
        to->block[i] += j->block[i];
    to->toggles += j->toggles;
    to->cycles += j->cycles;
}

static joules scaled(const joules *j, double by)
{
    joules out = *j;
    for (int i = 0; i < PARTS; i++)
        out.part[i] *= by;
    for (int i = 0; i < BLOCKS; i++)
        out.block[i] *= by;
    return out;
}

joules layer_stream(const layer_energy *l) { return scaled(&l->vector, (double)(l->vectors - l->loads)); }
joules layer_loads(const layer_energy *l) { return scaled(&l->load, (double)l->loads); }

// ---- a layer of a network ----

typedef struct {
    int      step;
    layer_energy *to;
    uint8_t  w_n, w_shift, a_n, a_shift; // in the order of schedule.h
    const beats_layer *beats;      // in the core's order; else NULL
    const teq_dna_layer *dna;      // of the paper's network; else NULL
    // sums over runs
    joules   vector, load;
    double   runs_vector, z, z2;
    unsigned runs_load;
} layer_state;

typedef struct {
    const work *w;
    const plan *p;
    teq_array_params params;
    tile  tile;
    count_tile *count;             // in place of the tile
    sim  *sim;
    sim_sum counted;               // sums when counting of edges began
    FILE *bench;
    uint8_t **codes;               // of each tensor, samples * size
    size_t n_samples;
    beats  core;
    bool   in_core_order;
    int    n;
    layer_state layer[64];
} state;

static const char *kind_name(teq_qkind k)
{
    static const char *const names[] = {"conv", "depthwise", "dense", "pool"};
    return names[k];
}

static bool schedule(const state *s, int step, size_t sample, teq_schedule *q, teq_error *err)
{
    const teq_qnet *net = s->w->net;
    const teq_qlayer *l = &net->step[step];
    const uint8_t *in = s->codes[l->in[0]] + sample * net->tensor[l->in[0]].size;
    const uint8_t *res = l->res >= 0 ? s->codes[l->res] + sample * net->tensor[l->res].size : NULL;
    return teq_schedule_layer(net, step, &s->params, 1, in, res, q, err);
}

// Bits of memories accessed in an inference. A vector reads a code for each row that has
// weights, partial sums move as whole words of all columns; chained vectors have none.
static ram_use bits_accessed(const state *s, const teq_array_user *user, size_t n, size_t n_loads, size_t n_before,
                             const teq_qlayer *l)
{
    const teq_qnet *net = s->w->net;
    const teq_array_params *p = &s->params;
    ram_use u = {0};
    const uint64_t word = (uint64_t)p->cols * p->acc_w;
    for (size_t i = 0; i < n; i++) {
        u.psum_read += user[i].first || user[i].chain || s->count ? 0 : word; // counters stay in the tile
        u.psum_write += user[i].final || user[i].chain || s->count ? 0 : word;
    }
    u.act_read = (uint64_t)n * p->rows * (uint64_t)teq_qtensor_bits(&net->tensor[l->in[0]]);
    if (l->out >= 0)
        u.act_write = (net->tensor[l->out].size + n_before) * (uint64_t)teq_qtensor_bits(&net->tensor[l->out]);
    u.weight_read = (uint64_t)n_loads * p->rows * p->cols * (unsigned)(l->n_w + 1);
    return u;
}

static bool open_layer(state *s, int step, layer_energy *to, teq_error *err)
{
    const teq_qnet *net = s->w->net;
    const teq_qlayer *l = &net->step[step];
    layer_state *at = &s->layer[s->n];
    teq_schedule q;
    bool ok = schedule(s, step, 0, &q, err);
    if (ok) {
        *at = (layer_state){.step = step, .to = to, .w_n = q.w_user & 7, .w_shift = q.w_user >> 3,
                            .a_n = (uint8_t)net->tensor[l->in[0]].n, .a_shift = q.a_user[0].a_shift};
        // an input in two terms is one with twice the channels: each product is logically one
        uint64_t split = l->in[0] == net->input ? (uint64_t)net->input_terms : 1;
        const beats_layer *b = at->beats = s->in_core_order ? &s->core.layer[s->n] : NULL;
        const size_t vectors = b ? b->n_vectors : q.n_a, loads = b ? b->n_loads : q.n_loads;
        *to = (layer_energy){.name = l->name, .kind = kind_name(l->kind), .counted = l->kind != TEQ_QKIND_POOL,
                             .macs = q.macs / split, .vectors = vectors, .loads = loads,
                             .slots = vectors * s->params.rows * s->params.cols,
                             .ram = bits_accessed(s, b ? b->user : q.a_user, vectors, loads, b ? b->n_before : 0, l)};
        const teq_dna_layer *layers;
        if (s->w->dna && teq_dna_layers(s->w->dna, &layers) > s->n)
            at->dna = &layers[s->n];
        ok = at->dna || teq_energy_count(net, step, s->codes[l->in[0]], s->n_samples, &to->terms) ||
             teq_fail(err, TEQ_ERR_MEMORY, "layer %s: no memory to count", l->name);
        if (s->count) {            // a whole sum at a time, weights streaming: nothing is amortised
            to->vectors = q.n_y;
            to->loads = 0;
        }
        s->n++;
    }
    teq_schedule_free(&q);
    return ok;
}

// Where a run takes place: a load and the first of its vectors.
typedef struct {
    size_t load, vector, count;
} place;

// The part of a load's `count` vectors that is run: from `offset`, or the last ones.
static void cut(place *to, const plan *p, size_t begin, size_t count, size_t offset)
{
    to->count = p->vectors + 1 < count ? p->vectors + 1 : count;
    to->vector = begin + (offset + to->count > count ? count - to->count : offset);
}

// A number in 0..1 to a place in the core's order. Loads with more vectors come up more often.
static place choose_beats(const beats_layer *l, const plan *p, double u)
{
    const size_t v = (size_t)(u * (double)l->n_vectors), load = beats_load_of(l, v);
    const size_t end = load + 1 < l->n_loads ? l->begin[load + 1] : l->n_vectors;
    place where = {.load = load};
    cut(&where, p, l->begin[load], end - l->begin[load], v - l->begin[load]);
    return where;
}

// Three numbers in 0..1 to a place in the schedule. Within a pass, pixels go in groups of
// PSUM_DEPTH, and each group through all tiles of rows, one after the other.
static place choose(const teq_schedule *q, const plan *p, double u_tile, double u_pass, double u_pixel)
{
    const unsigned passes = (unsigned)q->n_passes, pass = (unsigned)(u_pass * passes);
    size_t begin = 0, end, first_load = 0;
    for (; q->a_pass[begin] < pass; begin++)
        first_load += q->a_last[begin];
    for (end = begin; end < q->n_a && q->a_pass[end] == pass; end++)
        ;
    size_t groups = 0, pixels = 0;
    for (size_t i = begin; i < end; i++) {
        groups += q->a_user[i].first && (i == begin || q->a_last[i - 1]);
        pixels += q->a_user[i].first;
    }
    const size_t tiles = (end - begin) / pixels;
    size_t pixel = (size_t)(u_pixel * (double)pixels), tile_index = (size_t)(u_tile * (double)tiles);
    size_t depth = groups == 1 ? pixels : PSUM_DEPTH, group = pixel / depth;
    size_t count = group == groups - 1 ? pixels - group * depth : depth;
    place where = {.load = first_load + group * tiles + tile_index};
    cut(&where, p, begin + group * depth * tiles + tile_index * count, count, pixel - group * depth);
    return where;
}

static void note(layer_state *at, const joules *load, const joules *vector)
{
    add(&at->load, load);
    at->runs_load++;
    if (vector) {
        add(&at->vector, vector);
        at->runs_vector++;
    }
    double z = joules_sum(load) * (double)at->to->loads;
    if (vector)
        z += joules_sum(vector) * (double)(at->to->vectors - at->to->loads);
    at->z += z;
    at->z2 += z * z;
}

// Loads a set of weights and streams vectors. The energy of the load includes the vector
// that meets the new weights first: what is left is what one more vector costs.
static bool run(state *s, layer_state *at, unsigned r, bool measured, teq_error *err)
{
    const teq_array_params *p = &s->params;
    const teq_qlayer *l = &s->w->net->step[at->step];
    uint64_t random = stream(s->p->seed, s->w->net_name, l->name, r);
    size_t sample = (size_t)(uniform(&random) * (double)s->n_samples);
    // stratified: runs of a layer take turns in thirds of the tiles
    double u_tile = ((double)(r % 3) + uniform(&random)) / 3, u_pass = uniform(&random), u_pixel = uniform(&random);
    teq_schedule q = {0};
    const beats_layer *b = at->beats;
    if (!b && !schedule(s, at->step, sample, &q, err)) {
        teq_schedule_free(&q);
        return false;
    }
    const place where = b ? choose_beats(b, s->p, u_tile) : choose(&q, s->p, u_tile, u_pass, u_pixel);
    const size_t lanes = (size_t)p->rows * p->cols;
    const uint8_t *slot = b ? b->slot + where.load * lanes : q.tile + (size_t)q.load[where.load] * lanes;
    const uint8_t *code = (b ? b->code : q.a) + where.vector * p->rows;
    const teq_array_user *user = (b ? b->user : q.a_user) + where.vector;
    uint8_t w[TEQ_ROWS_MAX * TEQ_COLS_MAX];
    for (size_t i = 0; i < lanes; i++)
        w[i] = teq_weight_expand(p, slot[i], b ? b->w_n[where.load] : at->w_n, b ? b->w_shift[where.load] : at->w_shift);
    teq_tile_in in = {.clr = true, .zero = (uint8_t)((1u << user->a_n) - 1u), .shift = user->a_shift};
    if (teq_array_is_int(p))
        in.zero = in.shift = 0;
    sim_sum mark = sim_sums(s->sim);
    bool ok = true;
    for (unsigned g = 0; ok && g < teq_load_cycles(p); g++) {
        in.load = UINT64_C(1) << g;
        in.w = w + (size_t)g * p->load_cols * p->rows;
        ok = tile_cycle(&s->tile, &in, err);
    }
    joules load = between(s->sim, &mark, s->p->period_ns), one, many = {0};
    in.load = 0;
    in.w = NULL;
    in.x_en = true;
    for (size_t i = 0; ok && i <= where.count; i++) {
        mark = sim_sums(s->sim);
        in.x_en = i < where.count;
        in.code = in.x_en ? code + i * p->rows : NULL;
        // sums that go on at their address stay in the accumulators
        in.chain = i > 0 && user[i - 1].chain;
        in.clr = i < 2 || user[i - 1].first || (!in.chain && user[i - 1].addr != user[i - 2].addr);
        ok = tile_cycle(&s->tile, &in, err);
        in.acc_en = true;
        one = between(s->sim, &mark, s->p->period_ns);
        if (i == 1)
            add(&load, &one);
        else if (i > 1 && in.x_en)
            add(&many, &one);
    }
    in.x_en = false;
    in.code = NULL;
    ok = ok && tile_cycle(&s->tile, &in, err); // the last sums, for the comparison
    teq_schedule_free(&q);
    if (!ok || !measured)
        return ok;
    double vectors = (double)many.cycles;
    joules vector = vectors > 0 ? scaled(&many, 1 / vectors) : (joules){0};
    at->to->toggles += many.toggles + load.toggles;
    at->to->measured_vectors += where.count;
    note(at, &load, vectors > 0 ? &vector : NULL);
    return true;
}

// Engine count: sums of one output pixel after the other, with all their loads of weights.
// Measured from the end of one sum to the end of another.
static bool run_count(state *s, layer_state *at, unsigned r, bool measured, teq_error *err)
{
    const teq_array_params *p = &s->params;
    const teq_qlayer *l = &s->w->net->step[at->step];
    uint64_t random = stream(s->p->seed, s->w->net_name, l->name, r);
    size_t sample = (size_t)(uniform(&random) * (double)s->n_samples);
    double u_pass = uniform(&random), u_pixel = uniform(&random);
    teq_schedule q;
    if (!schedule(s, at->step, sample, &q, err)) {
        teq_schedule_free(&q);
        return false;
    }
    const unsigned pass = (unsigned)(u_pass * q.n_passes);
    size_t begin = 0, end, load = 0;
    for (; q.a_pass[begin] < pass; begin++)
        load += q.a_last[begin];
    for (end = begin; end < q.n_a && q.a_pass[end] == pass; end++)
        ;
    size_t tiles = 0;
    while (!q.a_user[begin + tiles++].final)
        ;
    const size_t pixels = (end - begin) / tiles, most = 4, sums = pixels < most ? pixels : most;
    size_t first = (size_t)(u_pixel * (double)pixels);
    first = first + sums > pixels ? pixels - sums : first;
    const bool stays = q.n_loads == (size_t)q.n_passes; // one set of weights for all pixels of a pass
    teq_count_tile_in in = {.rst_n = true, .take = true, .zero = (uint8_t)((1u << at->a_n) - 1u)};
    sim_sum mark = sim_sums(s->sim), end_of_first = mark;
    size_t done = 0;
    bool ok = true, pending = false;
    uint32_t loaded = UINT32_MAX;
    const unsigned groups = p->cols / p->load_cols;
    uint8_t w[TEQ_ROWS_MAX * TEQ_COLS_MAX];
    for (size_t v = 0; ok && v < sums * tiles; v++) {
        const size_t vector = begin + first * tiles + v;
        const uint32_t tile_number = q.load[stays ? load : load + first * tiles + v];
        const uint8_t *slot = q.tile + (size_t)tile_number * p->rows * p->cols;
        const teq_array_user *user = &q.a_user[vector];
        const unsigned cycles = tile_number == loaded ? 1 : groups;
        for (unsigned i = 0; tile_number != loaded && i < (unsigned)p->rows * p->cols; i++)
            w[i] = teq_weight_expand(p, slot[i], at->w_n, at->w_shift);
        for (unsigned g = 0; ok && g < cycles; g++) {
            in.load = tile_number == loaded ? 0 : UINT64_C(1) << g;
            in.w = in.load ? w + (size_t)g * p->load_cols * p->rows : NULL;
            in.x_en = g == cycles - 1;
            in.code = in.x_en ? q.a + vector * p->rows : NULL;
            ok = count_cycle(s->count, &in, err);
            in.acc_en = in.final = in.clr = false;
        }
        loaded = tile_number;
        in.load = in.x_en = 0;
        in.w = in.code = NULL;
        while (ok && user->final && s->count->model.busy)
            ok = count_cycle(s->count, &in, err);
        in.acc_en = true;
        in.clr = user->first;
        in.final = user->final;
        if (stays || v + 1 == sums * tiles) { // counted in a cycle of its own; else with the next load
            ok = ok && count_cycle(s->count, &in, err);
            in.acc_en = in.final = in.clr = false;
        }
        if (user->final && done++ == 0)
            end_of_first = sim_sums(s->sim);
    }
    pending = sums == 1;
    while (ok && (pending || s->count->model.busy)) {
        ok = count_cycle(s->count, &in, err);
        pending = false;
    }
    if (sums == 1)
        end_of_first = mark;
    joules all = between(s->sim, &end_of_first, s->p->period_ns);
    const double n = sums == 1 ? 1 : (double)(sums - 1);
    teq_schedule_free(&q);
    if (!ok || !measured)
        return ok;
    joules sum = scaled(&all, 1 / n), none = {0};
    at->to->toggles += all.toggles;
    at->to->measured_vectors += sums * tiles;
    note(at, &none, &sum);
    return true;
}

static void close_layer(layer_state *at)
{
    layer_energy *l = at->to;
    double n = at->runs_load, mean = at->z / n;
    l->runs = at->runs_load;
    l->load = scaled(&at->load, 1 / n);
    l->vector = at->runs_vector > 0 ? scaled(&at->vector, 1 / at->runs_vector) : (joules){0};
    l->variance = n > 1 ? fmax(0, at->z2 / n - mean * mean) * n / (n - 1) / n : INFINITY;
}

// ---- the network ----

static bool run_network(state *s, teq_error *err)
{
    const teq_qnet *net = s->w->net;
    uint64_t random = stream(s->p->seed, s->w->net_name, "samples", 0);
    s->n_samples = s->p->samples < s->w->n_x ? s->p->samples : s->w->n_x;
    const size_t size = net->tensor[net->input].size, reals = size / (size_t)net->input_terms;
    float *x = malloc(s->n_samples * reals * sizeof *x);
    s->codes = calloc((size_t)net->n_tensors, sizeof *s->codes);
    teq_qbind *bind = calloc((size_t)net->n_tensors, sizeof *bind);
    bool ok = x && s->codes && bind;
    for (size_t i = 0; ok && i < s->n_samples; i++)
        memcpy(x + i * reals, s->w->x + (size_t)(uniform(&random) * (double)s->w->n_x) * reals, reals * sizeof *x);
    int n = 0;
    for (int t = 0; ok && t < net->n_tensors; t++) {
        ok = (s->codes[t] = malloc(s->n_samples * net->tensor[t].size)) != NULL;
        if (t != net->input)
            bind[n++] = (teq_qbind){t, s->codes[t]};
    }
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for the codes of %zu samples", net->name, s->n_samples);
    if (ok && s->w->dna) {
        ok = teq_dna_codes(s->w->dna, x, s->n_samples, 1, s->codes, err);
    } else if (ok) {
        teq_qnet_encode(net, x, s->n_samples, s->codes[net->input]);
        teq_qrun_options o = {.threads = 1};
        ok = teq_qnet_run(net, s->n_samples, s->codes[net->input], bind, n, NULL, &o, err);
    }
    free(x);
    free(bind);
    return ok;
}

// The layer whose next run lowers the error of the total most; -1: enough.
static int next_layer(state *s)
{
    double total = 0, variance = 0, most = 0;
    int best = -1;
    for (int i = 0; i < s->n; i++) {
        const layer_energy *l = s->layer[i].to;
        if (!l->counted)
            continue;
        joules a = layer_stream(l), b = layer_loads(l);
        total += joules_sum(&a) + joules_sum(&b);
        variance += l->variance;
        if (l->variance / l->runs > most && l->runs < s->p->most_runs) {
            most = l->variance / l->runs;
            best = i;
        }
    }
    return sqrt(variance) <= s->p->error * total ? -1 : best;
}

static bool one_run(state *s, layer_state *at, unsigned r, bool measured, teq_error *err)
{
    return s->count ? run_count(s, at, r, measured, err) : run(s, at, r, measured, err);
}

// Engine count: the layer's table.
static bool start_layer(state *s, const layer_state *at, teq_error *err)
{
    if (!s->count)
        return true;
    uint16_t g[TEQ_COUNT_BINS_MAX] = {0};
    if (at->dna)
        return teq_count_table(s->params.n_max, at->dna->weight.base, g, err) && count_start(s->count, g, err);
    teq_schedule q;
    bool ok = schedule(s, at->step, 0, &q, err);
    for (size_t i = 0; ok && i < q.n_cfg; i++)
        if (q.cfg[i].sel == 6)
            g[q.cfg[i].index] = (uint16_t)q.cfg[i].data;
    teq_schedule_free(&q);
    return ok && count_start(s->count, g, err);
}

// For power.tcl, a line a cell: edges a cycle of its outputs, weighted by their charge and
// by their having internal power, of its clock pin, of its data pins. Then the
// simulator's own sums for what OpenSTA counts: without the nets of ports.
static bool write_activity(const state *s, const char *path, teq_error *err)
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
static bool open_bench(state *s, teq_error *err)
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

static void begin_counting(state *s)
{
    sim_count(s->sim, true);
    s->counted = sim_sums(s->sim);
    fprintf(s->bench, "$dumpfile(\"%s.vcd\"); $dumpvars(1, dut);\n", s->p->activity);
}

static bool measure(state *s, teq_error *err)
{
    if (s->p->activity && !open_bench(s, err))
        return false;
    for (int i = 0; i < s->n; i++) {
        // a run that is not measured: the state before the first load is then that of a layer
        if (!start_layer(s, &s->layer[i], err) || !one_run(s, &s->layer[i], s->p->most_runs, false, err))
            return false;
        if (i == 0 && s->bench)
            begin_counting(s);
        for (unsigned r = 0; r < s->p->first_runs; r++)
            if (!one_run(s, &s->layer[i], r, true, err))
                return false;
        close_layer(&s->layer[i]);
    }
    if (s->bench) {
        fprintf(s->bench, "$finish; end\nendmodule\n");
        bool ok = !fclose(s->bench) || teq_fail(err, TEQ_ERR_IO, "cannot write the bench");
        return ok && write_activity(s, s->p->activity, err);
    }
    for (int i; (i = next_layer(s)) >= 0;) {
        if (!start_layer(s, &s->layer[i], err))
            return false;
        for (unsigned r = 0; r < s->p->more_runs; r++)
            if (!one_run(s, &s->layer[i], s->layer[i].runs_load, true, err))
                return false;
        close_layer(&s->layer[i]);
    }
    return true;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// pJ of C V^2 of the smallest inverter.
static double inverter_cv2(cells *lib)
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

// The core's order, if there is a core for this design and network.
static bool lower(state *s, teq_error *err)
{
    bool refused;
    if (s->count)
        return true;
    s->in_core_order = beats_record(s->w->net, &s->params, s->codes[s->w->net->input], &s->core, &refused, err);
    if (refused)
        *err = (teq_error){0};
    return s->in_core_order || refused;
}

static bool open_tile(state *s, teq_error *err)
{
    const char *name = s->w->design->name;
    if (!is_count(s->w->design)) {
        bool ok = tile_init(&s->tile, name, &s->params, s->w->netlist, s->w->lib, err);
        s->sim = s->tile.sim;
        return ok;
    }
    teq_count_params p = teq_count_params_of_array(&s->params);
    p.is_double = false;
    p.load_cols = s->params.load_cols;
    p.beta = number(s->w->design, "BETA") != 0;
    p.cnt_w = (uint8_t)number(s->w->design, "CNT_W");
    if (!(s->count = calloc(1, sizeof *s->count)))
        return teq_fail(err, TEQ_ERR_MEMORY, "out of memory");
    bool ok = count_init(s->count, name, &p, s->w->netlist, s->w->lib, err);
    s->sim = s->count->sim;
    return ok;
}

bool work_run(const work *w, const plan *p, work_result *out, teq_error *err)
{
    *out = (work_result){.bits = w->dna ? teq_dna_bits(w->dna) : teq_qnet_bits(w->net)};
    state *s = calloc(1, sizeof *s);
    double began = now();
    if (!s)
        return teq_fail(err, TEQ_ERR_MEMORY, "out of memory");
    s->w = w;
    s->p = p;
    bool ok = design_params(w->design, &s->params, err) && open_tile(s, err) && run_network(s, err) && lower(s, err);
    out->in_core_order = s->in_core_order;
    for (int i = 0; ok && i < w->net->n_steps; i++) {
        if (w->net->step[i].op != TEQ_QOP_DOT || (w->dna && w->net->step[i].n_w == 0))
            continue;
        if (out->n_layers == 64)
            ok = teq_fail(err, TEQ_ERR_UNSUPPORTED, "%s: more than 64 layers", w->net->name);
        else
            ok = open_layer(s, i, &out->layer[out->n_layers++], err);
    }
    ok = ok && measure(s, err);
    const double cv2 = inverter_cv2(w->lib);
    for (int i = 0; ok && i < out->n_layers; i++)
        out->layer[i].accumulators = ram_psum_pj(&out->layer[i].ram, cv2);
    for (int i = 0; ok && i < out->n_layers; i++)
        out->layer[i].buffers = ram_buffer_pj(&out->layer[i].ram, cv2);
    if (s->sim) {
        sim_sum sum = sim_sums(s->sim);
        out->settle_ps = sum.settle_ps;
        out->events = sum.events;
        out->cycles = sum.cycles;
    }
    out->seconds = now() - began;
    for (int t = 0; s->codes && t < w->net->n_tensors; t++)
        free(s->codes[t]);
    free(s->codes);
    if (s->count)
        count_free(s->count);
    else
        tile_free(&s->tile);
    free(s->count);
    beats_free(&s->core);
    free(s);
    return ok;
}
