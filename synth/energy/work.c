// SPDX-License-Identifier: Apache-2.0
#include "work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "activity.h"
#include "run.h"

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
    p->psum_depth = count ? 1 : TEQ_ARRAY_DEFAULT.psum_depth;
    p->chain = number(d, "CHAIN");
    p->pipe = number(d, "PIPE");
    p->w_latch = number(d, "W_LATCH");
    if (!teq_array_is_int(p) && !count) {
        p->k_res = (uint8_t)number(d, "K_RES");
        p->mb = (uint8_t)number(d, "MB");
        p->pw = (uint8_t)number(d, "PW");
    }
    return teq_array_params_check(p, err);
}
// ---- a layer of a network ----

static const char *kind_name(teq_qkind k)
{
    static const char *const names[] = {"conv", "depthwise", "dense", "pool"};
    return names[k];
}
// Bits of memories accessed in an inference, codes with the bits of their own format, as if packed. A vector reads a code for each row that has
// weights, partial sums move as whole words of all columns; chained vectors have none. The
// first layer's share has the writing of the input, n_input codes. use: of each load in the core's order, b; in that of
// schedule.h, b NULL, all rows and columns count as used.
static ram_use bits_accessed(const state *s, const teq_array_user *user, size_t n, size_t n_loads, size_t n_before,
                             size_t n_input, const teq_qlayer *l, const beats_layer *b, const beats_use *use)
{
    const teq_qnet *net = s->w->net;
    const teq_array_params *p = &s->params;
    ram_use u = {0};
    const uint64_t word = (uint64_t)p->cols * p->acc_w;
    for (size_t i = 0; i < n; i++) {
        const beats_use all = {p->rows, p->cols}, used = b ? use[beats_load_of(b, i)] : all;
        const uint64_t still = word - (uint64_t)used.columns * p->acc_w;
        const bool memory = !user[i].chain && !s->count; // counters stay in the tile
        u.psum_read += memory && !user[i].first ? word : 0;
        u.read_still += memory && !user[i].first ? still : 0;
        u.psum_write += memory && !user[i].final ? word : 0;
        u.write_still += memory && !user[i].final ? still : 0;
        u.act_read += used.rows * (uint64_t)teq_qtensor_bits(&net->tensor[l->in[0]]);
    }
    if (l->in[0] == net->input)
        u.act_write = n_input * (uint64_t)teq_qtensor_bits(&net->tensor[net->input]);
    if (l->out >= 0)
        u.act_write += (net->tensor[l->out].size + n_before) * (uint64_t)teq_qtensor_bits(&net->tensor[l->out]);
    u.weight_read = (uint64_t)n_loads * p->rows * p->cols * (unsigned)(l->n_w + 1);
    return u;
}

static bool open_layer(state *s, int step, layer_energy *to, teq_error *err)
{
    const teq_qnet *net = s->w->net;
    const teq_qlayer *l = &net->step[step];
    layer_state *at = &s->layer[s->n];
    teq_schedule q;
    bool ok = run_schedule(s, step, 0, &q, err);
    if (ok) {
        *at = (layer_state){.step = step, .to = to, .w_n = q.w_user & 7, .w_shift = q.w_user >> 3,
                            .a_n = (uint8_t)net->tensor[l->in[0]].n, .a_shift = q.a_user[0].a_shift};
        // an input in two terms is one with twice the channels: each product is logically one
        uint64_t split = l->in[0] == net->input ? (uint64_t)net->input_terms : 1;
        const beats_layer *b = at->beats = s->in_core_order ? &s->core.layer[s->n] : NULL;
        const size_t vectors = b ? b->n_vectors : q.n_a, loads = b ? b->n_loads : q.n_loads;
        beats_use *use = calloc(loads + 1, sizeof *use);
        ok = use != NULL || teq_fail(err, TEQ_ERR_MEMORY, "layer %s: no memory to count", l->name);
        if (ok && b)
            beats_used(b, &s->params, use);
        *to = (layer_energy){.name = l->name, .kind = kind_name(l->kind), .counted = l->kind != TEQ_QKIND_POOL,
                             .macs = q.macs / split, .vectors = vectors, .loads = loads,
                             .slots = vectors * s->params.rows * s->params.cols};
        if (ok)
            to->ram = bits_accessed(s, b ? b->user : q.a_user, vectors, loads, b ? b->n_before : 0,
                                    b ? s->core.n_input : net->tensor[net->input].size, l, b, use);
        free(use);
        const teq_dna_layer *layers;
        if (s->w->dna && teq_dna_layers(s->w->dna, &layers) > s->n)
            at->dna = &layers[s->n];
        ok = ok && (at->dna || teq_energy_count(net, step, s->codes[l->in[0]], s->n_samples, &to->terms) ||
             teq_fail(err, TEQ_ERR_MEMORY, "layer %s: no memory to count", l->name));
        if (s->count) {            // a whole sum at a time, weights streaming: nothing is amortised
            to->vectors = q.n_y;
            to->loads = 0;
        }
        s->n++;
    }
    teq_schedule_free(&q);
    return ok;
}
// ---- the network ----

static bool run_network(state *s, teq_error *err)
{
    const teq_qnet *net = s->w->net;
    uint64_t random = run_random(s->p->seed, s->w->net_name, "samples", 0);
    s->n_samples = s->p->samples < s->w->n_x ? s->p->samples : s->w->n_x;
    const size_t size = net->tensor[net->input].size, reals = size / (size_t)net->input_terms;
    float *x = malloc(s->n_samples * reals * sizeof *x);
    s->codes = calloc((size_t)net->n_tensors, sizeof *s->codes);
    teq_qbind *bind = calloc((size_t)net->n_tensors, sizeof *bind);
    bool ok = x && s->codes && bind;
    for (size_t i = 0; ok && i < s->n_samples; i++)
        memcpy(x + i * reals, s->w->x + (size_t)(run_uniform(&random) * (double)s->w->n_x) * reals, reals * sizeof *x);
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
static bool measure(state *s, teq_error *err)
{
    if (s->p->activity && !activity_open(s, err))
        return false;
    for (int i = 0; i < s->n; i++) {
        // a run that is not measured: the state before the first load is then that of a layer
        if (!run_start(s, &s->layer[i], err) || !run_layer(s, &s->layer[i], s->p->most_runs, false, err))
            return false;
        if (i == 0 && s->bench)
            activity_begin(s);
        for (unsigned r = 0; r < s->p->first_runs; r++)
            if (!run_layer(s, &s->layer[i], r, true, err))
                return false;
        run_close(&s->layer[i]);
    }
    if (s->bench) {
        fprintf(s->bench, "$finish; end\nendmodule\n");
        bool ok = !fclose(s->bench) || teq_fail(err, TEQ_ERR_IO, "cannot write the bench");
        return ok && activity_write(s, s->p->activity, err);
    }
    for (int i; (i = next_layer(s)) >= 0;) {
        if (!run_start(s, &s->layer[i], err))
            return false;
        for (unsigned r = 0; r < s->p->more_runs; r++)
            if (!run_layer(s, &s->layer[i], s->layer[i].runs_load, true, err))
                return false;
        run_close(&s->layer[i]);
    }
    return s->count || run_end(s, err);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// The core's order, if there is a core for this design and network.
static bool lower(state *s, teq_error *err)
{
    bool refused;
    if (s->count)
        return true;
    s->in_core_order = beats_record(s->w->net, &s->params, s->p->ties_first, s->codes[s->w->net->input], &s->core, &refused, err);
    if (refused)
        *err = (teq_error){0};
    return s->in_core_order || refused;
}

static bool open_tile(state *s, teq_error *err)
{
    const char *name = s->w->design->name;
    if (!is_count(s->w->design)) {
        const bool has_psum = number(s->w->design, "PSUM") != 0;
        bool ok = tile_init(&s->tile, name, &s->params, has_psum, s->w->netlist, s->w->lib, err) &&
                  (!has_psum || partial_init(&s->partial, &s->params, err));
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

// pJ of the memory of partial sums, an inference.
static double psum_pj(const state *s, const layer_energy *l, double cv2)
{
    const teq_array_params *p = &s->params;
    if (s->count || s->p->latches.words == 0)
        return ram_psum_pj(&l->ram, cv2);
    return ram_latches_pj(&s->p->latches, &l->ram, l->vectors + l->loads * teq_load_cycles(p), (unsigned)p->cols * p->acc_w);
}

static bool tile_params(const work *w, const plan *p, teq_array_params *to, teq_error *err)
{
    const bool ok = design_params(w->design, to, err);
    if (!is_count(w->design))
        to->psum_depth = p->psum_depth;
    return ok;
}

bool work_ties(const work *w, const plan *p)
{
    teq_array_params params;
    teq_error none = {0};
    return !is_count(w->design) && tile_params(w, p, &params, &none) && beats_tie(w->net, &params);
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
    s->pending.clr = true;
    bool ok = tile_params(w, p, &s->params, err) && open_tile(s, err) && run_network(s, err) && lower(s, err);
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
    out->psum_ge = p->latches.ge * p->latches.words * s->params.cols * s->params.acc_w;
    const double cv2 = cells_inverter_cv2(w->lib);
    for (int i = 0; ok && i < out->n_layers; i++)
        out->layer[i].accumulators = psum_pj(s, &out->layer[i], cv2);
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
    partial_free(&s->partial);
    free(s->count);
    beats_free(&s->core);
    free(s);
    return ok;
}
