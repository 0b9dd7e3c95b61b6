/* SPDX-License-Identifier: Apache-2.0
 *
 * The compiler from the outside: presets, checks, the order of the stages.
 */
#include "compiler.h"
#include "teq/model_core.h"
#include "teq/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- parameters of the core ------------------------------------------------------------------ */

bool teq_core_preset(const char *name, teq_core_params *out)
{
    unsigned rows, cols;
    char end[8] = "";
    const int n = sscanf(name, "%ux%u%7s", &rows, &cols, end);
    const bool is_large = n == 3 && strcmp(end, "_large") == 0;
    if (n != 2 && !is_large)
        return false;
    *out = TEQ_CORE_DEFAULT;
    if (is_large)
        out->act_words = 8192, out->wgt_words = out->prg_words = 16384;
    out->array.rows = (uint16_t)rows, out->array.cols = out->array.n_requant = (uint16_t)cols;
    unsigned load = cols > 8 ? cols / 8 : 1;
    if (is_large)
        load *= 2;
    while (load < cols && load * rows < teq_core_n_idx(out))
        load *= 2; /* a word of WGT holds whole compact words */
    out->array.load_cols = (uint16_t)load;
    return rows <= 64 && cols <= 64 && teq_core_params_check(out, NULL);
}

static bool set_engine(teq_core_params *p, const char *value, teq_error *err)
{
    if (!teq_array_engine_parse(value, &p->array.engine, err))
        return false;
    return true;
}

bool teq_core_set(teq_core_params *p, const char *text, teq_error *err)
{
    enum { FLAG = 1, BYTE = 8, WORD = 16, LONG = 21 };
    static const struct {
        const char *name;
        unsigned bits; /* that it has room for */
    } set[] = {{"ROWS", WORD}, {"COLS", WORD}, {"N_MAX", BYTE}, {"K_RES", BYTE}, {"MB", BYTE}, {"PW", BYTE}, {"ACC_W", BYTE},
               {"NA_MAX", BYTE}, {"LOAD_COLS", WORD}, {"PSUM_DEPTH", WORD}, {"ACT_WORDS", LONG}, {"WGT_WORDS", LONG},
               {"PRG_WORDS", LONG}, {"PARITY", FLAG}, {"SERIAL", FLAG}, {"RESIDUAL", FLAG}, {"INDIRECT", FLAG}, {"MAXIMUM", FLAG},
               {"COUNTERS", FLAG}, {"CHAIN", FLAG}, {"W_LATCH", FLAG}, {"REACH", BYTE}};
    const char *equals = strchr(text, '=');
    const size_t n = equals ? (size_t)(equals - text) : 0;
    if (equals && n == 6 && strncmp(text, "ENGINE", n) == 0)
        return set_engine(p, equals + 1, err);
    for (unsigned i = 0; equals && i < sizeof set / sizeof *set; i++) {
        if (strlen(set[i].name) != n || strncmp(set[i].name, text, n) != 0)
            continue;
        char *end;
        const unsigned long v = strtoul(equals + 1, &end, 0);
        if (end == equals + 1 || *end || equals[1] == '-' || v > 1u << 20 || v >> set[i].bits != 0)
            return teq_fail(err, TEQ_ERR_ARG, "%s: expected a number%s", text, set[i].bits == FLAG ? ", 0 or 1" : " in the parameter's range");
        switch (i) {
        case 0: p->array.rows = (uint16_t)v; break;
        case 1: p->array.cols = p->array.n_requant = (uint16_t)v; break;
        case 2: p->array.n_max = (uint8_t)v; break;
        case 3: p->array.k_res = (uint8_t)v; break;
        case 4: p->array.mb = (uint8_t)v; break;
        case 5: p->array.pw = (uint8_t)v; break;
        case 6: p->array.acc_w = (uint8_t)v; break;
        case 7: p->array.na_max = (uint8_t)v; break;
        case 8: p->array.load_cols = (uint16_t)v; break;
        case 9: p->array.psum_depth = (uint16_t)v; break;
        case 10: p->act_words = (uint32_t)v; break;
        case 11: p->wgt_words = (uint32_t)v; break;
        case 12: p->prg_words = (uint32_t)v; break;
        case 13: p->parity = v != 0; break;
        case 14: p->array.serial = v != 0; break;
        case 15: p->residual = v != 0; break;
        case 16: p->indirect = v != 0; break;
        case 17: p->maximum = v != 0; break;
        case 18: p->counters = v != 0; break;
        case 19: p->array.chain = v != 0; break;
        case 20: p->array.w_latch = v != 0; break;
        default: p->reach = (uint8_t)v; break;
        }
        return true;
    }
    return teq_fail(err, TEQ_ERR_ARG, "%s: expected NAME=VALUE with a parameter of teq_core that images depend on", text);
}

/* --- checks ------------------------------------------------------------------------------------ */

static bool check_target(const cc *c)
{
    if (!teq_schedule_accepts(&c->p->array, &c->net->target, c->net->name, c->err))
        return false;
    for (int i = 0; i < c->net->n_tensors; i++)
        if (c->net->tensor[i].n > c->p->array.na_max)
            return teq_fail(c->err, TEQ_ERR_UNSUPPORTED, "%s: tensor \"%s\" has codes of %d bits, the core NA_MAX %u", c->net->name,
                            c->net->tensor[i].name, c->net->tensor[i].n, c->p->array.na_max);
    for (int i = 0; i < c->net->n_steps; i++) {
        const teq_qlayer *l = &c->net->step[i];
        if (l->op == TEQ_QOP_DOT && l->n_w > c->p->array.n_max)
            return cc_fail(c, i, "weights of %d bits, the core has N_MAX %u", l->n_w, c->p->array.n_max);
        if (l->op == TEQ_QOP_DOT && l->res >= 0 && !c->p->residual)
            return cc_fail(c, i, "adds a residual, the core has RESIDUAL 0");
        if (l->op == TEQ_QOP_MAXPOOL && !c->p->maximum)
            return cc_fail(c, i, "takes a maximum, the core has MAXIMUM 0");
        const cc_view *v = &c->view[l->in[0]];
        if (l->op == TEQ_QOP_MAXPOOL && (v->pt || v->pl || v->h != c->storage[v->storage].h || v->w != c->storage[v->storage].w) &&
            c->net->tensor[l->in[0]].is_signed)
            return cc_fail(c, i, "takes the maximum of a signed tensor with zeros around it");
    }
    return true;
}

/* --- cycles ------------------------------------------------------------------------------------- */

static bool predict(cc *c, uint64_t expected, teq_compiled *out)
{
    uint64_t *prg = calloc(c->p->prg_words, sizeof *prg);
    uint32_t n_desc = 2;
    for (uint32_t i = 0; i < out->n_layers; i++)
        n_desc += out->layer[i].n;
    teq_core_layer *layer = calloc(n_desc, sizeof *layer);
    teq_core_counters total;
    bool ok = prg && layer;
    if (!ok)
        teq_fail(c->err, TEQ_ERR_MEMORY, "%s: no memory to compile", c->net->name);
    ok = ok && teq_image_load(out->beat, out->n_beats, c->p, prg, NULL, c->err) &&
         teq_core_predict(c->p, prg, out->prg_words, 16 * expected + 100000, layer, (int)n_desc, &total, c->err) == (int)n_desc;
    for (uint32_t i = 0; ok && i < out->n_layers; i++) {
        teq_compiled_layer *y = &out->layer[i];
        y->start = layer[y->first].first;
        y->cycles = layer[y->first + y->n - 1].last - layer[y->first].first;
        for (uint32_t k = 0; k < y->n; k++)
            y->vectors += layer[y->first + k].counters.vectors;
    }
    out->cycles = ok ? total.cycles : 0;
    free(layer);
    free(prg);
    return ok;
}

/* --- the stages ----------------------------------------------------------------------------------- */

/* May the first layer run while the input comes? It must not add the input. */
static bool may_be_early(const cc *c)
{
    for (int i = 0; i < c->net->n_steps; i++) {
        const teq_qlayer *l = &c->net->step[i];
        if (l->op == TEQ_QOP_DOT || l->op == TEQ_QOP_MAXPOOL)
            return l->res < 0 || c->view[l->res].storage != c->view[c->net->input].storage;
    }
    return false;
}

/* Layouts, mappings, places. */
static bool plan(cc *c, cc_jobs *jobs)
{
    const teq_qnet *net = c->net;
    bool ok = cc_choose(c);
    for (int i = 0; i < c->n_storages; i++)
        c->storage[i].margin = 0;
    for (int i = 0; ok && i < net->n_steps; i++)
        if (net->step[i].op == TEQ_QOP_DOT || net->step[i].op == TEQ_QOP_MAXPOOL) {
            ok = cc_map(c, i, &jobs[i]);
            cc_storage *s = net->step[i].out < 0 ? NULL : &c->storage[c->view[net->step[i].out].storage];
            for (int k = 0; ok && s && k < jobs[i].n; k++)
                s->margin = jobs[i].job[k].margin > s->margin ? jobs[i].job[k].margin : s->margin;
        }
    return ok && cc_place(c);
}

static void drop(const cc *c, cc_jobs *jobs)
{
    for (int i = 0; i < c->net->n_steps; i++)
        cc_jobs_free(&jobs[i]);
}

static bool run(cc *c, teq_compiled *out)
{
    const teq_qnet *net = c->net;
    cc_jobs *jobs = calloc((size_t)net->n_steps, sizeof *jobs);
    out->layer = calloc((size_t)net->n_steps, sizeof *out->layer);
    bool ok = jobs && out->layer;
    if (!ok)
        teq_fail(c->err, TEQ_ERR_MEMORY, "%s: no memory to compile", net->name);
    ok = ok && cc_views(c) && check_target(c);
    c->early = c->early && ok && may_be_early(c);
    if (ok && !plan(c, jobs)) {
        drop(c, jobs);
        ok = c->chain; /* without chains it may fit: they need room in front of their outputs */
        c->chain = false;
        ok = ok && plan(c, jobs);
    }
    uint64_t expected = ok ? net->tensor[net->input].size : 0;
    for (int i = 0; ok && i < net->n_steps; i++)
        expected += jobs[i].n ? jobs[i].cost : 0;
    ok = ok && cc_emit(c, jobs, out) && predict(c, expected, out);
    if (jobs)
        drop(c, jobs);
    free(jobs);
    return ok;
}

static teq_compiled *compile_as_is(const teq_qnet *net, const teq_core_params *p, const teq_compile_options *options,
                                   bool ties_first, bool *tied, teq_error *err)
{
    teq_compiled *out = calloc(1, sizeof *out);
    cc c = {.net = net, .p = p, .early = !options->input_first, .chain = p->array.chain, .ties_first = ties_first,
            .tied = tied, .err = err};
    c.storage = calloc((size_t)net->n_tensors, sizeof *c.storage);
    c.view = calloc((size_t)net->n_tensors, sizeof *c.view);
    bool ok = out && c.storage && c.view;
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to compile", net->name);
    if (ok) {
        const teq_qtensor *in = &net->tensor[net->input];
        const char *slash = strrchr(net->name, '/');
        snprintf(out->name, sizeof out->name, "%.63s", slash ? slash + 1 : net->name);
        out->core = *p;
        out->arith = net->target.arith;
        out->c = in->c, out->h = in->h, out->w = in->w, out->n = in->n, out->is_signed = in->is_signed;
        out->n_taps = out->row_stride = out->row_step = 1, out->rows = (uint32_t)in->h;
        out->step48 = in->step48, out->alpha = in->alpha;
        out->channels_last = net->input_channels_last;
        out->terms = net->input_terms, out->split = net->input_terms == 2 ? net->input_split : 0;
        ok = run(&c, out);
    }
    free(c.storage);
    free(c.view);
    if (ok)
        return out;
    teq_compiled_free(out);
    return NULL;
}

uint64_t teq_compiled_vectors(const teq_compiled *c)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < c->n_layers; i++)
        n += c->layer[i].vectors;
    return n;
}

/* Is `a` better for what is asked for? */
static bool is_better(const teq_compiled *a, const teq_compiled *b, const teq_compile_options *options)
{
    const uint64_t va = teq_compiled_vectors(a), vb = teq_compiled_vectors(b);
    if (options->unfold == TEQ_UNFOLD_VECTORS)
        return va < vb || (va == vb && a->cycles < b->cycles);
    return a->cycles < b->cycles || (a->cycles == b->cycles && va < vb);
}

/* The better one of two ways to settle ties (estimates of cycles tie where the cycles themselves
 * may differ); NULL: none compiles, `err` says why. */
static teq_compiled *compile_ties(const teq_qnet *net, const teq_core_params *p, const teq_compile_options *options, teq_error *err)
{
    teq_error none = {0};
    bool tied = false;
    teq_compiled *first = compile_as_is(net, p, options, true, &tied, err);
    teq_compiled *fewest = first && tied && !options->ties_first ? compile_as_is(net, p, options, false, &tied, &none) : NULL;
    const bool better = fewest && is_better(fewest, first, options);
    teq_compiled_free(better ? first : fewest);
    return better ? fewest : first;
}

/* All ways are compiled, and the best one kept. */
teq_compiled *teq_compile(const teq_qnet *net, const teq_core_params *p, const teq_compile_options *options, teq_error *err)
{
    static const teq_compile_options defaults = {0};
    teq_error own = {0}, none = {0};
    teq_qnet unfolded;
    if (!err)
        err = &own;
    if (!options)
        options = &defaults;
    if (!teq_core_params_check(p, err) || !teq_qnet_check(net, err))
        return NULL;
    teq_compiled *plain = compile_ties(net, p, options, err), *other = NULL;
    if (plain && options->unfold != TEQ_UNFOLD_NEVER && cc_unfold(net, &unfolded)) {
        other = compile_ties(&unfolded, p, options, &none);
        if (other)
            cc_unfold_name(net, other);
        cc_unfold_free(&unfolded);
    }
    const bool better = other && is_better(other, plain, options);
    teq_compiled_free(better ? plain : other);
    return better ? other : plain;
}

void teq_compiled_free(teq_compiled *c)
{
    if (!c)
        return;
    free(c->out_index);
    free(c->beat);
    free(c->layer);
    free(c);
}
