/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs to descriptors, tile entries, configuration entries, weights; the image stream.
 */
#include "compiler.h"
#include "teq/model_tile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_CODE = -1 };

typedef struct emitter {
    cc *c;
    const teq_core_params *p;
    teq_compiled *out;
    uint64_t *prg;             /* entries behind the descriptors                            */
    uint32_t n_prg, room_prg, at_prg; /* at_prg: where they start                            */
    uint8_t *wgt;              /* slots                                                     */
    uint32_t n_wgt, room_wgt;
    uint64_t *desc;
    uint32_t n_desc;
    uint64_t known[8][256];    /* what the array's tables hold                              */
    bool is_known[8][256];
    unsigned w_shift, a_shift; /* of the step                                               */
} emitter;

static bool no_memory(const emitter *e)
{
    return teq_fail(e->c->err, TEQ_ERR_MEMORY, "%s: no memory to compile", e->c->net->name);
}

static bool put_prg(emitter *e, uint64_t word)
{
    if (e->n_prg == e->room_prg) {
        const uint32_t room = 2 * e->room_prg + 256;
        uint64_t *grown = realloc(e->prg, room * sizeof *grown);
        if (!grown)
            return no_memory(e);
        e->prg = grown;
        e->room_prg = room;
    }
    e->prg[e->n_prg++] = word;
    return true;
}

/* n words of WGT, zero; NULL without memory. */
static uint8_t *put_wgt(emitter *e, uint32_t n)
{
    const size_t size = teq_core_slots(e->p);
    if (e->n_wgt + n > e->room_wgt) {
        const uint32_t room = 2 * e->room_wgt + n + 256;
        uint8_t *grown = realloc(e->wgt, room * size);
        if (!grown) {
            no_memory(e);
            return NULL;
        }
        e->wgt = grown;
        e->room_wgt = room;
    }
    uint8_t *at = e->wgt + e->n_wgt * size;
    memset(at, 0, n * size);
    e->n_wgt += n;
    return at;
}

/* --- weights ------------------------------------------------------------------------------ */

static const teq_qlayer *layer_of(const emitter *e, const cc_job *j) { return &e->c->net->step[j->step]; }
static bool is_int(const emitter *e) { return teq_array_is_int(&e->p->array); }

/* Output channel of a column in a pass, or -1. */
static int channel_of(const cc_job *j, int pass, int col)
{
    const int sum = cc_sum_column(j, col);
    const int ch = sum < j->n_col ? j->ch0 + pass * j->ch_step + j->col_ch[sum] : -1;
    return ch < j->n_ch ? ch : -1;
}

static unsigned zero_slot(const emitter *e, const teq_qlayer *l) { return is_int(e) ? 0 : (1u << l->n_w) - 1u; }

/* The stored weight at a tap of a channel: its sign turned for the negative part of the activation. */
static unsigned slot_of(const emitter *e, const cc_job *j, const cc_tile *t, int ch, int32_t tap)
{
    const teq_qlayer *l = layer_of(e, j);
    if (ch < 0 || tap < 0)
        return zero_slot(e, l);
    const unsigned code = l->code[((size_t)ch * l->k + (size_t)tap) * (size_t)l->terms + (size_t)t->term];
    const unsigned m = code & ((1u << l->n_w) - 1u), n_max = e->p->array.n_max;
    bool s = code >> l->n_w;
    if (m == zero_slot(e, l))
        return zero_slot(e, l);
    s ^= t->part == 2;
    if (is_int(e))
        return (s ? 0u - m : m) & ((2u << n_max) - 1u);
    return (unsigned)s << n_max | m;
}

static bool same_weights(const emitter *e, const cc_job *j)
{
    for (int pass = 1; pass < j->n_pass; pass++)
        for (int t = 0; t < j->n_tiles; t++)
            for (int col = 0; col < e->p->array.cols; col++)
                for (int r = 0; r < e->p->array.rows; r++) {
                    const int32_t tap = j->tile[t].tap[r * e->p->array.cols + col];
                    if (slot_of(e, j, &j->tile[t], channel_of(j, pass, col), tap) !=
                        slot_of(e, j, &j->tile[t], channel_of(j, 0, col), tap))
                        return false;
                }
    return true;
}

static bool direct_weights(emitter *e, const cc_job *j, teq_descriptor *d)
{
    const int rows = e->p->array.rows, cols = e->p->array.cols;
    const uint32_t cycles = teq_load_cycles(&e->p->array);
    const int n_pass = same_weights(e, j) ? 1 : j->n_pass;
    d->w_addr = e->n_wgt;
    d->w_pass = n_pass == 1 ? 0 : cycles * (uint32_t)j->n_tiles;
    for (int pass = 0; pass < n_pass; pass++)
        for (int t = 0; t < j->n_tiles; t++) {
            uint8_t *at = put_wgt(e, cycles);
            if (!at)
                return false;
            for (int col = 0; col < cols; col++)
                for (int r = 0; r < rows; r++)
                    *at++ = (uint8_t)slot_of(e, j, &j->tile[t], channel_of(j, pass, col), j->tile[t].tap[r * cols + col]);
        }
    return true;
}

/* Codes that a template chooses from: channel and tap, of one term and part. */
typedef struct choice {
    int ch, term, part;
    int32_t tap;
} choice;

typedef struct compact {
    unsigned n_idx, n_words;
    choice code[16][16];
    unsigned used[16];
} compact;

static int find(const compact *k, unsigned word, choice want)
{
    for (unsigned i = 0; i < k->used[word]; i++) {
        const choice *h = &k->code[word][i];
        if (h->ch == want.ch && h->tap == want.tap && h->term == want.term && h->part == want.part)
            return (int)i;
    }
    return NO_CODE;
}

/* Channel of a column within its pass; 0 where it has none. */
static int column_channel(const cc_job *j, int col)
{
    const int sum = cc_sum_column(j, col);
    return sum < j->n_col ? j->col_ch[sum] : 0;
}

/* All choices of a tile into a compact word; false if they do not fit. */
static bool add_choices(const emitter *e, const cc_job *j, const cc_tile *t, compact *k, unsigned word)
{
    for (int col = 0; col < e->p->array.cols; col++)
        for (int r = 0; r < e->p->array.rows; r++) {
            const choice want = {column_channel(j, col), t->term, t->part, t->tap[r * e->p->array.cols + col]};
            if (want.tap < 0 || find(k, word, want) != NO_CODE)
                continue;
            if (k->used[word] == k->n_idx)
                return false;
            k->code[word][k->used[word]++] = want;
        }
    return true;
}

/* A compact word for each tile; tiles share one while it has room. */
static bool plan_compact(const emitter *e, const cc_job *j, compact *k, unsigned *word_of)
{
    memset(k, 0, sizeof *k);
    k->n_idx = teq_core_n_idx(e->p);
    for (int t = 0; t < j->n_tiles; t++) {
        if (k->n_words > 0) {
            const unsigned before = k->used[k->n_words - 1];
            if (add_choices(e, j, &j->tile[t], k, k->n_words - 1)) {
                word_of[t] = k->n_words - 1;
                continue;
            }
            k->used[k->n_words - 1] = before;
        }
        if (k->n_words == 16 || !add_choices(e, j, &j->tile[t], k, k->n_words))
            return false;
        word_of[t] = k->n_words++;
    }
    return true;
}

static bool templates(emitter *e, const cc_job *j, const compact *k, const unsigned *word_of, teq_descriptor *d)
{
    const int rows = e->p->array.rows, cols = e->p->array.cols;
    d->w_addr = e->n_wgt;
    d->w_pass = 0;
    for (int t = 0; t < j->n_tiles; t++) {
        uint8_t *at = put_wgt(e, teq_load_cycles(&e->p->array));
        if (!at)
            return false;
        for (int col = 0; col < cols; col++)
            for (int r = 0; r < rows; r++) {
                const int32_t tap = j->tile[t].tap[r * cols + col];
                const choice want = {column_channel(j, col), j->tile[t].term, j->tile[t].part, tap};
                *at++ = (uint8_t)(tap < 0 ? 1 << e->p->array.n_max : find(k, word_of[t], want));
            }
    }
    return true;
}

static bool compact_words(emitter *e, const cc_job *j, const compact *k, teq_descriptor *d)
{
    const uint32_t sub = teq_core_sub(e->p), n = (uint32_t)j->n_pass * k->n_words;
    d->c_addr = e->n_wgt * sub;
    d->c_pass = k->n_words;
    uint8_t *at = put_wgt(e, (n + sub - 1) / sub);
    if (!at)
        return false;
    for (int pass = 0; pass < j->n_pass; pass++)
        for (unsigned word = 0; word < k->n_words; word++, at += k->n_idx)
            for (unsigned i = 0; i < k->used[word]; i++) {
                const choice *h = &k->code[word][i];
                const int ch = j->ch0 + pass * j->ch_step + h->ch;
                const cc_tile t = {.term = h->term, .part = h->part};
                at[i] = (uint8_t)slot_of(e, j, &t, ch < j->n_ch ? ch : -1, h->tap);
            }
    return true;
}

/* By template where the core can, a pass has few weights and that saves words. */
static bool weights(emitter *e, const cc_job *j, teq_descriptor *d, unsigned *word_of)
{
    compact *k = malloc(sizeof *k);
    if (!k)
        return no_memory(e);
    bool ok;
    if (e->p->indirect && j->n_pass > 1 && plan_compact(e, j, k, word_of) && !same_weights(e, j)) {
        d->indirect = 1;
        ok = templates(e, j, k, word_of, d) && compact_words(e, j, k, d);
    } else {
        for (int t = 0; t < j->n_tiles; t++)
            word_of[t] = 0;
        ok = direct_weights(e, j, d);
    }
    free(k);
    return ok;
}

/* --- constants ------------------------------------------------------------------------------ */

static bool put_config(emitter *e, unsigned sel, unsigned index, uint64_t data)
{
    const teq_config_entry entry = {.data = data, .index = index, .sel = sel};
    uint64_t word;
    return teq_config_entry_pack(&entry, &word, e->c->err) && put_prg(e, word);
}

/* A table's entry, if it does not hold the value already. */
static bool put_table(emitter *e, unsigned sel, unsigned index, uint64_t data)
{
    if (e->is_known[sel][index] && e->known[sel][index] == data)
        return true;
    e->is_known[sel][index] = true;
    e->known[sel][index] = data;
    return put_config(e, sel, index, data);
}

static bool layer_config(emitter *e, const teq_qlayer *l)
{
    const unsigned n_th = (1u << e->p->array.na_max) - 1u;
    const teq_qtensor *out = l->out >= 0 ? &e->c->net->tensor[l->out] : NULL;
    bool ok = true;
    if (out) {
        const unsigned top = (1u << out->n) - 1u;
        ok = put_table(e, 5, 0, top << 8 | (unsigned)l->int_shift);
        for (unsigned i = 0; ok && i < n_th && !is_int(e); i++)
            ok = put_table(e, 3, i, (uint16_t)(i < top ? l->th[i] : INT16_MIN));
    }
    for (unsigned i = 0; ok && l->res >= 0 && i <= n_th; i++) {
        const unsigned m = (1u << e->c->net->tensor[l->res].n) - 1u;
        const bool none = is_int(e) ? i > m : i >= m;
        ok = put_table(e, 4, i, none ? 0 : (uint16_t)l->d[i]);
    }
    return ok;
}

/* B_o for the weights as this job stores them: the network's takes out 2^PW - 1 for each
 * negative row of teq_qlayer_row, the column leaves it for each negative slot of each vector
 * that a sum takes. An INT cell leaves what its multiplier leaves. */
static uint64_t column_b(const emitter *e, const cc_job *j, int pass, int col)
{
    const teq_qlayer *l = layer_of(e, j);
    const int ch = channel_of(j, pass, col);
    const size_t rows = teq_qlayer_n_rows(e->c->net, l);
    const uint64_t window = (uint64_t)j->n_ty * (uint64_t)j->n_tx;
    const int n_col = e->p->array.cols;
    uint64_t b = l->q[ch].b, stored = 0, listed = 0;
    for (int at = col; at < n_col; at++) {
        if (cc_sum_column(j, at) != col)
            continue;
        for (int t = 0; t < j->n_tiles; t++)
            for (int r = 0; r < e->p->array.rows; r++) {
                const unsigned slot = slot_of(e, j, &j->tile[t], ch, j->tile[t].tap[r * n_col + at]);
                stored += teq_cell_bias(&e->p->array, slot) * window;
            }
    }
    for (size_t r = 0; r < rows && !is_int(e); r++)
        listed += teq_qlayer_row(e->c->net, l, ch, r).s ? (UINT64_C(1) << e->p->array.pw) - 1 : 0;
    return (b + listed - stored) & ((UINT64_C(1) << e->p->array.acc_w) - 1);
}

static uint64_t constant(const emitter *e, const cc_job *j, int pass, int col, unsigned sel)
{
    const teq_requant *q = &layer_of(e, j)->q[channel_of(j, pass, col)];
    if (sel == 0)
        return column_b(e, j, pass, col);
    if (sel == 1)
        return (uint64_t)q->s << 16 | q->m;
    return (uint64_t)q->c & ((UINT64_C(1) << (e->p->array.acc_w + 18)) - 1);
}

/* Constants of all passes: a broadcast where all columns of each pass agree. */
static bool pass_config(emitter *e, const cc_job *j, teq_descriptor *d)
{
    const int n_col = j->n_col;
    uint64_t *v = malloc((size_t)j->n_pass * 3 * (size_t)n_col * sizeof *v);
    if (!v)
        return no_memory(e);
    bool alike[3] = {true, true, true}, ok = true;
    for (int pass = 0; pass < j->n_pass; pass++)
        for (unsigned sel = 0; sel < 3; sel++)
            for (int col = 0; col < n_col; col++) {
                uint64_t *at = &v[((size_t)pass * 3 + sel) * (size_t)n_col + (size_t)col];
                *at = channel_of(j, pass, col) < 0 ? at[-col] : constant(e, j, pass, col, sel);
                alike[sel] = alike[sel] && *at == at[-col];
            }
    for (unsigned sel = 0; sel < 3; sel++)
        d->n_pass_cfg += alike[sel] ? 1u : (unsigned)n_col;
    for (int pass = 0; ok && pass < j->n_pass; pass++)
        for (unsigned sel = 0; ok && sel < 3; sel++) {
            const uint64_t *at = &v[((size_t)pass * 3 + sel) * (size_t)n_col];
            const unsigned bank = (unsigned)pass % 2;
            if (alike[sel])
                ok = put_config(e, sel, 0x80u | bank, at[0]);
            for (int col = 0; ok && col < n_col && !alike[sel]; col++)
                ok = put_config(e, sel, bank * e->p->array.cols + (unsigned)col, at[col]);
        }
    free(v);
    return ok;
}

/* --- descriptors ------------------------------------------------------------------------------ */

static bool formats(emitter *e, const cc_job *j, teq_descriptor *d)
{
    const teq_qlayer *l = layer_of(e, j);
    const teq_qtensor *in = &e->c->net->tensor[l->in[0]];
    d->a_n = (unsigned)in->n & 7u;
    if (is_int(e) || j->is_max)
        return true;
    const teq_engine_caps caps = teq_array_caps(&e->p->array);
    const teq_format fw = {(uint8_t)l->n_w, (uint8_t)l->K, (uint8_t)l->t_w, true};
    const teq_format fa = {(uint8_t)in->n, (uint8_t)l->K, (uint8_t)l->t_a, in->is_signed};
    unsigned ws, as;
    if (!teq_layer_shifts(&caps, fw, fa, &ws, &as, e->c->err))
        return teq_fail_prefix(e->c->err, "%s: layer \"%s\"", e->c->net->name, l->name);
    d->w_n = (unsigned)l->n_w & 7u;
    d->w_shift = ws, d->a_shift = as;
    return true;
}

static uint32_t lane_t(const emitter *e, int32_t lane)
{
    return lane > 1 ? (uint32_t)(lane - 1) / teq_core_nb(e->p) : 0;
}

static int32_t base_of(const emitter *e, int tensor)
{
    return tensor < 0 ? 0 : e->c->storage[e->c->view[tensor].storage].base;
}

static void walk_fields(const emitter *e, const cc_job *j, teq_descriptor *d)
{
    const teq_qlayer *l = layer_of(e, j);
    d->in_base = (uint32_t)(base_of(e, l->in[0]) + j->in_off) & teq_core_mask(e->p);
    d->in_pass = j->in_pass, d->in_oy = j->in_oy, d->in_group = j->group_rows * j->in_oy, d->in_ty = j->in_ty;
    d->u_len = (uint32_t)j->u_len, d->h = (uint32_t)j->h, d->u_ox = j->u_ox, d->u_tx = j->u_tx;
    d->y_ty = (uint32_t)j->y_ty, d->y_oy = (uint32_t)j->y_oy, d->y_group = (uint32_t)(j->group_rows * j->y_oy);
    d->oh = (uint32_t)j->oh, d->ow = (uint32_t)j->ow, d->group_rows = (uint32_t)j->group_rows;
    d->n_ty = (uint32_t)j->n_ty, d->n_tx = (uint32_t)j->n_tx;
    d->n_pass = (uint32_t)j->n_pass, d->n_tiles = (uint32_t)j->n_tiles;
    d->lanes = (uint32_t)j->lanes, d->lanes_x = (uint32_t)j->lanes_x, d->lanes_pass = (uint32_t)j->lanes_pass;
    if (l->out >= 0) {
        d->out_base = (uint32_t)(base_of(e, l->out) + j->out_off);
        d->out_pass = j->out_pass, d->out_oy = j->out_oy, d->out_ox = j->out_ox, d->out_t = lane_t(e, j->out_lane);
    }
    if (l->res >= 0) {
        d->res = 1;
        d->res_base = (uint32_t)(base_of(e, l->res) + j->res_off);
        d->res_pass = j->res_pass, d->res_oy = j->res_oy, d->res_ox = j->res_ox, d->res_t = lane_t(e, j->res_lane);
    }
}

static bool put_descriptor(emitter *e, const teq_descriptor *d, const char *name)
{
    teq_descriptor fit = *d;
    teq_descriptor_fit(e->p, &fit);
    if (memcmp(&fit, d, sizeof fit) != 0)
        return teq_fail(e->c->err, TEQ_ERR_UNSUPPORTED, "%s: layer \"%s\": a field of its descriptor is wider than the core's REACH %u",
                        e->c->net->name, name, e->p->reach);
    uint64_t *grown = realloc(e->desc, (size_t)(e->n_desc + 1) * TEQ_DESCRIPTOR_WORDS * sizeof *grown);
    if (!grown)
        return no_memory(e);
    e->desc = grown;
    if (!teq_descriptor_pack(d, e->desc + (size_t)e->n_desc * TEQ_DESCRIPTOR_WORDS, e->c->err))
        return teq_fail_prefix(e->c->err, "%s: layer \"%s\"", e->c->net->name, name);
    e->n_desc++;
    return true;
}

static bool tile_entries(emitter *e, const cc_job *j, const unsigned *word_of)
{
    for (int t = 0; t < j->n_tiles; t++) {
        const cc_tile *tile = &j->tile[t];
        const teq_tile_entry entry = {.off = tile->off, .u_off = tile->u_off, .y_off = tile->y_off,
                                      .lanes = (uint32_t)tile->lanes, .part = (uint32_t)tile->part, .reload = 1,
                                      .cidx = word_of[t]};
        uint64_t word;
        if (!teq_tile_entry_pack(&entry, &word, e->c->err) || !put_prg(e, word))
            return false;
    }
    return true;
}

static bool emit_job(emitter *e, const cc_job *j, bool first_of_step)
{
    const teq_qlayer *l = layer_of(e, j);
    teq_descriptor d = {.op = j->is_max ? TEQ_OP_MAX : TEQ_OP_DOT};
    unsigned *word_of = calloc((size_t)j->n_tiles, sizeof *word_of);
    if (!word_of)
        return no_memory(e);
    bool ok = formats(e, j, &d);
    walk_fields(e, j, &d);
    if (!j->is_max) {
        d.stream = l->out < 0;
        d.chain = j->chain > 0;
        d.sgn = l->out >= 0 && e->c->net->tensor[l->out].is_signed;
        d.cfg_addr = e->at_prg + e->n_prg;
        const uint32_t before = e->n_prg;
        ok = ok && (!first_of_step || layer_config(e, l));
        d.n_layer_cfg = e->n_prg - before;
        ok = ok && pass_config(e, j, &d) && weights(e, j, &d, word_of);
    }
    d.tile_addr = e->at_prg + e->n_prg;
    ok = ok && tile_entries(e, j, word_of) && put_descriptor(e, &d, l->name);
    free(word_of);
    return ok;
}

/* --- the input and the output ---------------------------------------------------------------- */

static bool emit_input(emitter *e)
{
    cc *c = e->c;
    const cc_view *v = &c->view[c->net->input];
    const cc_storage *s = &c->storage[v->storage];
    teq_compiled *o = e->out;
    const bool one_line = v->c0 == 0 && s->size == s->c * s->h * s->w && v->c == s->c;
    const int pixels = s->h * s->w;
    int32_t line_step = 0;
    uint32_t padded;
    if (one_line) {
        o->n_lines = 1, o->line_len = (uint32_t)s->size;
        o->step_c = (uint32_t)cc_stride_c(s), o->step_y = (uint32_t)cc_stride_y(s), o->step_x = (uint32_t)cc_stride_x(s);
    } else if (cc_is_planes(s->kind)) { /* a line for each channel */
        o->n_lines = (uint32_t)v->c, o->line_len = (uint32_t)pixels, line_step = s->plane;
        padded = (o->line_len + 3u) & ~3u;
        o->step_c = padded, o->step_y = (uint32_t)cc_stride_y(s), o->step_x = (uint32_t)cc_stride_x(s);
    } else { /* a line for each pixel */
        o->n_lines = (uint32_t)pixels, o->line_len = (uint32_t)v->c, line_step = s->pixel;
        padded = (o->line_len + 3u) & ~3u;
        const bool t = cc_is_transposed(s->kind);
        o->step_c = 1;
        o->step_y = padded * (uint32_t)(t ? 1 : s->w), o->step_x = padded * (uint32_t)(t ? s->h : 1);
    }
    const teq_descriptor d = {.op = TEQ_OP_INPUT, .early = one_line && c->early, .sgn = c->net->tensor[c->net->input].is_signed, .n_lines = o->n_lines,
                              .line_len = o->line_len, .line_step = (uint32_t)line_step,
                              .out_base = (uint32_t)(s->base + v->c0 * cc_stride_c(s))};
    return put_descriptor(e, &d, "input");
}

static void put_output(teq_compiled *o, uint32_t *half, uint32_t index)
{
    if (o->out_index)
        o->out_index[*half] = index;
    (*half)++;
}

/* Order of the words: passes, rows, vectors, lanes; a beat for each two lanes of a vector. */
static void output_order(const emitter *e, const cc_jobs *jobs, uint32_t *half)
{
    teq_compiled *o = e->out;
    for (int k = 0; k < jobs->n; k++) {
        const cc_job *j = &jobs->job[k];
        for (int pass = 0; pass < j->n_pass; pass++)
            for (int y = 0; y < j->oh; y++)
                for (int x = 0; x < j->ow; x++) {
                    int lanes = j->lanes;
                    if (x == j->ow - 1 && j->lanes_x < lanes)
                        lanes = j->lanes_x;
                    if (pass == j->n_pass - 1 && j->lanes_pass < lanes)
                        lanes = j->lanes_pass;
                    for (int lane = 0; lane < lanes; lane++)
                        put_output(o, half, (uint32_t)(j->out_off + pass * j->out_pass + y * j->out_oy + x * j->out_ox + lane * j->out_lane));
                    if (lanes % 2)
                        put_output(o, half, TEQ_COMPILED_NO_WORD);
                }
    }
}

static bool emit_output(emitter *e, const cc_jobs *jobs)
{
    const teq_qlayer *l = &e->c->net->step[e->c->net->n_steps - 1];
    teq_compiled *o = e->out;
    uint32_t half = 0;
    output_order(e, jobs, &half);
    o->n_out_beats = half / 2;
    o->out_index = malloc((half + 1) * sizeof *o->out_index);
    if (!o->out_index)
        return no_memory(e);
    half = 0;
    output_order(e, jobs, &half);
    o->n_out = l->n_out, o->out_h = l->oh, o->out_w = l->ow;
    o->relu_last = l->relu_last, o->y_scale = l->y_scale;
    return true;
}

/* --- the whole ---------------------------------------------------------------------------------- */

static void describe(const emitter *e, int step, const cc_jobs *jobs, teq_compiled_layer *y)
{
    static const char *const kinds[] = {"conv", "depthwise", "dense", "pool"};
    const teq_qlayer *l = &e->c->net->step[step];
    const bool is_max = l->op == TEQ_QOP_MAXPOOL;
    snprintf(y->name, sizeof y->name, "%.63s", l->name);
    snprintf(y->kind, sizeof y->kind, "%s", is_max ? "max" : kinds[l->kind]);
    snprintf(y->how, sizeof y->how, "%s", jobs->job[0].how);
    y->c = l->c, y->h = l->h, y->w = l->w, y->n_out = l->n_out, y->oh = l->oh, y->ow = l->ow;
    y->kh = l->kh, y->kw = l->kw, y->sh = l->sh, y->sw = l->sw;
    y->terms = is_max ? 1 : l->terms, y->parts = is_max ? 1 : cc_parts(e->c, step);
    y->n = (uint32_t)jobs->n;
    y->tiles = (uint32_t)jobs->job[0].n_tiles, y->passes = (uint32_t)jobs->job[0].n_pass;
    y->macs = is_max || l->kind == TEQ_QKIND_POOL ? 0 : teq_qlayer_macs(l);
    if (l->in[0] == e->c->net->input) /* two terms of a value are one operand */
        y->macs /= (uint64_t)e->c->net->input_terms;
    for (int k = 0; k < jobs->n && !is_max; k++) {
        const cc_job *j = &jobs->job[k];
        const uint64_t groups = j->n_tiles == 1 ? 1 : (uint64_t)((j->oh + j->group_rows - 1) / j->group_rows);
        y->loads += (uint64_t)j->n_pass * (uint64_t)j->n_tiles * groups;
    }
    const cc_storage *in = &e->c->storage[e->c->view[l->in[0]].storage];
    y->in_base = (uint32_t)in->base, y->in_size = (uint32_t)in->size;
    if (l->out >= 0) {
        const cc_storage *out = &e->c->storage[e->c->view[l->out].storage];
        y->out_base = (uint32_t)out->base, y->out_size = (uint32_t)out->size;
    }
}

static bool sizes(emitter *e)
{
    teq_compiled *o = e->out;
    o->prg_words = e->at_prg + e->n_prg;
    o->wgt_words = e->n_wgt;
    for (int i = 0; i < e->c->n_storages; i++) {
        const cc_storage *s = &e->c->storage[i];
        const uint32_t words = ((uint32_t)(s->base + s->size) + teq_core_nb(e->p) - 1) / teq_core_nb(e->p);
        o->act_words = words > o->act_words ? words : o->act_words;
    }
    if (o->prg_words > e->p->prg_words)
        return teq_fail(e->c->err, TEQ_ERR_UNSUPPORTED, "%s: its program needs PRG_WORDS %u, the core has %u", o->name,
                        o->prg_words, e->p->prg_words);
    if (o->wgt_words > e->p->wgt_words)
        return teq_fail(e->c->err, TEQ_ERR_UNSUPPORTED, "%s: its weights need WGT_WORDS %u, the core has %u (%u weights each)",
                        o->name, o->wgt_words, e->p->wgt_words, teq_core_slots(e->p));
    return true;
}

static bool image(emitter *e)
{
    teq_image im = {0};
    const uint32_t n_desc = e->n_desc * TEQ_DESCRIPTOR_WORDS;
    const bool ok = teq_image_begin(&im, e->p, e->c->err) && teq_image_prg(&im, 0, e->desc, n_desc, e->c->err) &&
                    (e->n_prg == 0 || teq_image_prg(&im, n_desc, e->prg, e->n_prg, e->c->err)) &&
                    (e->n_wgt == 0 || teq_image_wgt(&im, e->p, 0, e->wgt, e->n_wgt, e->c->err)) &&
                    teq_image_end(&im, e->c->err);
    if (!ok) {
        teq_image_free(&im);
        return false;
    }
    e->out->beat = im.beat;
    e->out->n_beats = (uint32_t)im.n_beats;
    return true;
}

/* jobs: one set for each step; those of steps that move nothing are empty. */
bool cc_emit(cc *c, const cc_jobs *jobs, teq_compiled *out)
{
    emitter *e = calloc(1, sizeof *e);
    if (!e)
        return teq_fail(c->err, TEQ_ERR_MEMORY, "%s: no memory to compile", c->net->name);
    *e = (emitter){.c = c, .p = c->p, .out = out};
    uint32_t n_desc = 2;
    for (int i = 0; i < c->net->n_steps; i++)
        n_desc += (uint32_t)jobs[i].n;
    e->at_prg = n_desc * TEQ_DESCRIPTOR_WORDS;
    bool ok = emit_input(e);
    for (int i = 0; ok && i < c->net->n_steps; i++) {
        if (jobs[i].n == 0)
            continue;
        teq_compiled_layer *y = &out->layer[out->n_layers++];
        describe(e, i, &jobs[i], y);
        y->first = e->n_desc;
        const uint32_t wgt = e->n_wgt, prg = e->n_prg;
        for (int k = 0; ok && k < jobs[i].n; k++)
            ok = emit_job(e, &jobs[i].job[k], k == 0);
        y->wgt_words = e->n_wgt - wgt;
        y->prg_words = e->n_prg - prg + (uint32_t)jobs[i].n * TEQ_DESCRIPTOR_WORDS;
        out->macs += y->macs;
    }
    const teq_descriptor end = {.op = TEQ_OP_END};
    ok = ok && emit_output(e, &jobs[c->net->n_steps - 1]) && put_descriptor(e, &end, "end") && sizes(e) && image(e);
    free(e->prg);
    free(e->wgt);
    free(e->desc);
    free(e);
    return ok;
}
