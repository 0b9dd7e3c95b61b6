// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "teq/model_array.h"

// ---- random numbers: SplitMix64, a stream for each run of a layer ----

static uint64_t mix(uint64_t *random)
{
    uint64_t z = (*random += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

double run_uniform(uint64_t *random) { return (double)(mix(random) >> 11) * 0x1p-53; }

uint64_t run_random(uint64_t seed, const char *net, const char *layer, unsigned run)
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

// ---- runs ----

bool run_schedule(const state *s, int step, size_t sample, teq_schedule *q, teq_error *err)
{
    const teq_qnet *net = s->w->net;
    const teq_qlayer *l = &net->step[step];
    const uint8_t *in = s->codes[l->in[0]] + sample * net->tensor[l->in[0]].size;
    const uint8_t *res = l->res >= 0 ? s->codes[l->res] + sample * net->tensor[l->res].size : NULL;
    return teq_schedule_layer(net, step, &s->params, 1, in, res, q, err);
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
// psum_depth, and each group through all tiles of rows, one after the other.
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
    size_t depth = groups == 1 ? pixels : p->psum_depth, group = pixel / depth;
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

// What the accumulators do with the v-th vector of a run, counted from 1; 0: none yet. Sums that go on at their address stay
// there; others come from the port for partial sums, or, in a tile without one, begin at zero.
static bool add_vector(state *s, const layer_state *at, teq_tile_in *in, const teq_array_user *user, size_t first, size_t v, teq_error *err)
{
    in->acc_en = v > 0;
    in->chain = v > 0 && user[v - 1].chain;
    in->clr = v < 2 || user[v - 1].first || (!in->chain && user[v - 1].addr != user[v - 2].addr);
    in->psum_sel = v > 0 && in->clr && !in->chain && !user[v - 1].first && at->beats && s->tile.psum;
    if (!in->psum_sel)
        return true;
    in->clr = false;
    in->psum = s->partial.sum;
    return partial_find(&s->partial, at->beats, first + v - 1, err);
}

// Loads a set of weights and streams vectors. What one more vector costs is the mean of the cycles in which one follows another; the
// load's, and that of the vector that meets the new weights first, is all else from load to load.
static bool run(state *s, layer_state *at, unsigned r, bool measured, teq_error *err)
{
    const teq_array_params *p = &s->params;
    const teq_qlayer *l = &s->w->net->step[at->step];
    uint64_t random = run_random(s->p->seed, s->w->net_name, l->name, r);
    size_t sample = (size_t)(run_uniform(&random) * (double)s->n_samples);
    // stratified: runs of a layer take turns in thirds of the tiles
    double u_tile = ((double)(r % 3) + run_uniform(&random)) / 3, u_pass = run_uniform(&random), u_pixel = run_uniform(&random);
    teq_schedule q = {0};
    const beats_layer *b = at->beats;
    if (!b && !run_schedule(s, at->step, sample, &q, err)) {
        teq_schedule_free(&q);
        return false;
    }
    const place where = b ? choose_beats(b, s->p, u_tile) : choose(&q, s->p, u_tile, u_pass, u_pixel);
    const size_t lanes = (size_t)p->rows * p->cols;
    const uint8_t *code = (b ? b->code : q.a) + where.vector * p->rows;
    const teq_array_user *user = (b ? b->user : q.a_user) + where.vector;
    uint8_t w[TEQ_ROWS_MAX * TEQ_COLS_MAX];
    if (b)
        beats_weights(b, p, where.load, w);
    for (size_t i = 0; !b && i < lanes; i++)
        w[i] = teq_weight_expand(p, q.tile[q.load[where.load] * lanes + i], at->w_n, at->w_shift);
    teq_tile_in in = s->pending;
    in.zero = (uint8_t)((1u << user->a_n) - 1u);
    in.shift = user->a_shift;
    if (teq_array_is_int(p))
        in.zero = in.shift = 0;
    sim_sum mark = sim_sums(s->sim);
    bool ok = true;
    for (unsigned g = 0; ok && g < teq_load_cycles(p); g++) {
        in.load = UINT64_C(1) << g;
        in.w = w + (size_t)g * p->load_cols * p->rows;
        ok = tile_cycle(&s->tile, &in, err);
        in.acc_en = in.chain = in.psum_sel = false;
        in.clr = true;
    }
    joules load = between(s->sim, &mark, s->p->period_ns), one, many = {0};
    const size_t from = where.count > 2 ? 2 : 1; // two vectors: the second one meets new weights too
    in.load = 0;
    in.w = NULL;
    in.x_en = true;
    for (size_t i = 0; ok && i <= where.count; i++) {
        mark = sim_sums(s->sim);
        in.x_en = i < where.count;
        in.code = in.x_en ? code + i * p->rows : NULL;
        in.sum_en = i > 0;
        ok = add_vector(s, at, &in, user, where.vector, p->pipe && i > 0 ? i - 1 : i, err) && tile_cycle(&s->tile, &in, err);
        one = between(s->sim, &mark, s->p->period_ns);
        add(i >= from && in.x_en ? &many : &load, &one);
    }
    in.x_en = in.sum_en = false;
    in.code = NULL;
    if (p->pipe) {
        ok = ok && add_vector(s, at, &in, user, where.vector, where.count, err);
        s->pending = in;           // beside the next load, as in an array
    }
    teq_schedule_free(&q);
    if (!ok || !measured)
        return ok;
    const double vectors = (double)many.cycles, others = (double)where.count - 1 - vectors;
    joules vector = vectors > 0 ? scaled(&many, 1 / vectors) : (joules){0};
    joules less = scaled(&vector, -others); // vectors after the first whose cycles are not in `many`
    less.toggles = less.cycles = 0;
    add(&load, &less);
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
    uint64_t random = run_random(s->p->seed, s->w->net_name, l->name, r);
    size_t sample = (size_t)(run_uniform(&random) * (double)s->n_samples);
    double u_pass = run_uniform(&random), u_pixel = run_uniform(&random);
    teq_schedule q;
    if (!run_schedule(s, at->step, sample, &q, err)) {
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

bool run_end(state *s, teq_error *err)
{
    const teq_tile_in in = {.clr = true};
    return tile_cycle(&s->tile, &s->pending, err) && tile_cycle(&s->tile, &in, err);
}

void run_close(layer_state *at)
{
    layer_energy *l = at->to;
    double n = at->runs_load, mean = at->z / n;
    l->runs = at->runs_load;
    l->load = scaled(&at->load, 1 / n);
    l->vector = at->runs_vector > 0 ? scaled(&at->vector, 1 / at->runs_vector) : (joules){0};
    l->variance = n > 1 ? fmax(0, at->z2 / n - mean * mean) * n / (n - 1) / n : INFINITY;
}

bool run_layer(state *s, layer_state *at, unsigned r, bool measured, teq_error *err)
{
    return s->count ? run_count(s, at, r, measured, err) : run(s, at, r, measured, err);
}

// Engine count: the layer's table.
bool run_start(state *s, const layer_state *at, teq_error *err)
{
    if (!s->count)
        return true;
    uint16_t g[TEQ_COUNT_BINS_MAX] = {0};
    if (at->dna)
        return teq_count_table(s->params.n_max, at->dna->weight.base, g, err) && count_start(s->count, g, err);
    teq_schedule q;
    bool ok = run_schedule(s, at->step, 0, &q, err);
    for (size_t i = 0; ok && i < q.n_cfg; i++)
        if (q.cfg[i].sel == 6)
            g[q.cfg[i].index] = (uint16_t)q.cfg[i].data;
    teq_schedule_free(&q);
    return ok && count_start(s->count, g, err);
}
