// SPDX-License-Identifier: Apache-2.0
#include "beats.h"

#include <stdlib.h>
#include <string.h>

#include "teq/compile.h"
#include "teq/interpret.h"

// ---- what the array is given, kept ----

typedef struct {
    beats *to;
    const int *layer_of;           // of each DOT of the program
    size_t n_dots, dot;            // how many, how many began
    bool   no_memory;
} recorder;

static bool grow(void *list, size_t room, size_t size)
{
    void *old, *more;
    memcpy(&old, list, sizeof old);
    more = realloc(old, room * size);
    if (more)
        memcpy(list, &more, sizeof more);
    return more != NULL;
}

static beats_layer *now_in(const recorder *r) { return &r->to->layer[r->layer_of[r->dot - 1]]; }

static void take_layer(void *context, const teq_descriptor *d)
{
    recorder *r = context;
    r->dot += r->dot < r->n_dots;  // one too many goes to the last layer, and is_complete tells
    now_in(r)->n_before += d->chain ? (size_t)d->n_pass * d->lanes : 0;
}

static void take_weights(void *context, const uint8_t *slot, unsigned w_n, unsigned w_shift)
{
    recorder *r = context;
    beats_layer *l = now_in(r);
    const size_t size = (size_t)r->to->params.rows * r->to->params.cols;
    if (l->n_loads == l->room_loads) {
        const size_t room = 2 * l->room_loads + 64;
        if (!grow(&l->slot, room, size) || !grow(&l->w_n, room, 1) || !grow(&l->w_shift, room, 1) ||
            !grow(&l->begin, room, sizeof *l->begin)) {
            r->no_memory = true;
            return;
        }
        l->room_loads = room;
    }
    memcpy(l->slot + l->n_loads * size, slot, size);
    l->w_n[l->n_loads] = (uint8_t)w_n;
    l->w_shift[l->n_loads] = (uint8_t)w_shift;
    l->begin[l->n_loads++] = l->n_vectors;
}

static void take_vector(void *context, const uint8_t *code, const teq_array_user *user, bool last)
{
    recorder *r = context;
    beats_layer *l = now_in(r);
    const size_t rows = r->to->params.rows;
    (void)last;
    if (l->n_vectors == l->room_vectors) {
        const size_t room = 2 * l->room_vectors + 1024;
        if (!grow(&l->code, room, rows) || !grow(&l->user, room, sizeof *l->user)) {
            r->no_memory = true;
            return;
        }
        l->room_vectors = room;
    }
    memcpy(l->code + l->n_vectors * rows, code, rows);
    l->user[l->n_vectors++] = *user;
}

// ---- the program ----

// Lists the layer of each DOT. Layers of the listing that are no DOT take the maximum.
static int *layers_of(const teq_compiled *c, const teq_qnet *net, beats *out, size_t *n, teq_error *err)
{
    size_t room = 1;
    for (uint32_t i = 0; i < c->n_layers; i++)
        room += c->layer[i].n;
    int *of = malloc(room * sizeof *of);
    out->layer = calloc(c->n_layers + 1u, sizeof *out->layer);
    if (!of || !out->layer) {
        free(of);
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for its layers", net->name);
        return NULL;
    }
    int step = 0;
    for (uint32_t i = 0; i < c->n_layers; i++) {
        const teq_compiled_layer *l = &c->layer[i];
        if (!strcmp(l->kind, "max"))
            continue;
        while (step < net->n_steps && net->step[step].op != TEQ_QOP_DOT)
            step++;
        if (step == net->n_steps || strncmp(net->step[step].name, l->name, sizeof l->name - 1)) {
            free(of);
            teq_fail(err, TEQ_ERR_VALUE, "%s: layer \"%s\" of the program is not the network's next", net->name, l->name);
            return NULL;
        }
        step++;
        for (uint32_t k = 0; k < l->n; k++)
            of[(*n)++] = out->n_layers;
        out->n_layers++;
    }
    return of;
}

static bool is_complete(const teq_compiled *c, const beats *b, teq_error *err)
{
    int at = 0;
    for (uint32_t i = 0; i < c->n_layers; i++) {
        const teq_compiled_layer *l = &c->layer[i];
        if (!strcmp(l->kind, "max"))
            continue;
        const beats_layer *got = &b->layer[at++];
        if (got->n_loads != l->loads || got->n_vectors != l->vectors)
            return teq_fail(err, TEQ_ERR_VALUE, "%s: layer \"%s\": expected %llu loads and %llu vectors, got %zu and %zu", c->name,
                            l->name, (unsigned long long)l->loads, (unsigned long long)l->vectors, got->n_loads, got->n_vectors);
    }
    return true;
}

static bool interpret(const teq_compiled *c, const uint8_t *codes, recorder *r, teq_error *err)
{
    const teq_core_params *p = &c->core;
    const size_t line = (c->line_len + 3u) & ~3u, n_in = (size_t)c->n_lines * c->line_len;
    uint64_t *prg = calloc(p->prg_words, sizeof *prg);
    uint8_t *wgt = calloc((size_t)p->wgt_words, teq_core_slots(p)), *in = malloc(teq_compiled_input_size(c));
    uint16_t *act = calloc(teq_core_elements(p), sizeof *act);
    bool ok = prg && wgt && in && act;
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for its program", c->name);
    ok = ok && teq_image_load(c->beat, c->n_beats, p, prg, wgt, err);
    if (ok) {
        teq_compiled_input(c, codes, in);
        for (uint32_t i = 1; i < c->n_lines; i++)
            memmove(in + (size_t)i * c->line_len, in + i * line, c->line_len);
        const teq_beats to = {.context = r, .layer = take_layer, .weights = take_weights, .vector = take_vector};
        teq_interpreter it = {.beats = &to, .params = p, .prg = prg, .wgt = wgt, .act = act, .in = in, .n_in = n_in};
        ok = teq_interpret(&it, err);
        teq_interpret_free(&it);
    }
    if (ok && r->no_memory)
        ok = teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for its vectors", c->name);
    free(prg);
    free(wgt);
    free(in);
    free(act);
    return ok;
}

static teq_compiled *compile(const teq_qnet *net, const teq_array_params *p, bool ties_first, teq_error *err)
{
    // memories as large as a core can have: what fits is not the question here
    teq_core_params core = TEQ_CORE_DEFAULT;
    core.array = *p;
    core.act_words = 1u << 17, core.wgt_words = core.prg_words = 1u << 20;
    core.array.is_double = true;
    core.array.pipe = false;       // a core has none; the order is the same
    const teq_compile_options least = {.unfold = TEQ_UNFOLD_VECTORS, .ties_first = ties_first};
    return teq_core_params_check(&core, err) ? teq_compile(net, &core, &least, err) : NULL;
}

bool beats_tie(const teq_qnet *net, const teq_array_params *p)
{
    teq_error none = {0};
    teq_compiled *fewest = compile(net, p, false, &none), *first = compile(net, p, true, &none);
    const bool differ = fewest && first && teq_compiled_vectors(fewest) != teq_compiled_vectors(first);
    teq_compiled_free(fewest);
    teq_compiled_free(first);
    return differ;
}

bool beats_record(const teq_qnet *net, const teq_array_params *p, bool ties_first, const uint8_t *codes, beats *out,
                  bool *refused, teq_error *err)
{
    *out = (beats){.params = *p};
    *refused = false;
    teq_compiled *c = compile(net, p, ties_first, err);
    if (!c) {
        *refused = err->status != TEQ_ERR_MEMORY;
        return false;
    }
    out->n_input = (size_t)c->c * c->n_taps * c->rows * (size_t)c->w;
    recorder r = {.to = out};
    int *of = layers_of(c, net, out, &r.n_dots, err);
    r.layer_of = of;
    const bool ok = of && interpret(c, codes, &r, err) && is_complete(c, out, err);
    free(of);
    teq_compiled_free(c);
    return ok;
}

void beats_free(beats *b)
{
    for (int i = 0; i < b->n_layers; i++) {
        beats_layer *l = &b->layer[i];
        void *all[] = {l->slot, l->w_n, l->w_shift, l->begin, l->code, l->user};
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            free(all[k]);
    }
    free(b->layer);
    *b = (beats){0};
}

void beats_weights(const beats_layer *l, const teq_array_params *p, size_t k, uint8_t *w)
{
    const size_t lanes = (size_t)p->rows * p->cols;
    const uint8_t *slot = l->slot + k * lanes;
    for (size_t i = 0; i < lanes; i++)
        w[i] = teq_weight_expand(p, slot[i], l->w_n[k], l->w_shift[k]);
}

// Marks the columns of a load with weights and counts its rows with weights.
static unsigned mark(const beats_layer *l, const teq_array_params *p, size_t load, bool *column)
{
    const unsigned n = l->w_n[load], none = teq_array_is_int(p) ? 0 : (1u << n) - 1u;
    const uint8_t zero = teq_weight_expand(p, none, n, l->w_shift[load]);
    uint8_t w[TEQ_ROWS_MAX * TEQ_COLS_MAX];
    bool row[TEQ_ROWS_MAX] = {false};
    beats_weights(l, p, load, w);
    for (size_t i = 0; i < (size_t)p->rows * p->cols; i++)
        if (w[i] != zero)
            row[i % p->rows] = column[i / p->rows] = true;
    unsigned rows = 0;
    for (unsigned r = 0; r < p->rows; r++)
        rows += row[r];
    return rows;
}

void beats_used(const beats_layer *l, const teq_array_params *p, beats_use *use)
{
    for (size_t from = 0, to; from < l->n_loads; from = to) {
        bool column[TEQ_COLS_MAX] = {false};
        unsigned n = 0;
        to = from;
        do { // until the sums of these loads are complete
            use[to].rows = mark(l, p, to, column);
            to++;
        } while (to < l->n_loads && l->begin[to] > 0 && !l->user[l->begin[to] - 1].final);
        for (unsigned c = 0; c < p->cols; c++)
            n += column[c];
        for (size_t k = from; k < to; k++)
            use[k].columns = n;
    }
}

size_t beats_load_of(const beats_layer *l, size_t v)
{
    size_t low = 0, high = l->n_loads; // begin[low] <= v < begin[high]
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (l->begin[middle] <= v)
            low = middle;
        else
            high = middle;
    }
    return low;
}
