/* SPDX-License-Identifier: Apache-2.0 */
#include "core_gen.h"

#include "teq/regs.h"

#include <string.h>

enum { MAX_VECTORS = 220, MAX_TILES = 5 };
enum { LAYER_WORDS = 300 }; /* room in PRG for a layer's entries */

static unsigned below(core_gen *g, unsigned n) { return core_draw(&g->rng) % n; }
static unsigned between(core_gen *g, unsigned low, unsigned high) { return low + below(g, high - low + 1); }
static bool chance(core_gen *g, unsigned parts) { return below(g, 256) < parts; }
static int32_t step(core_gen *g, int32_t most) { return (int32_t)below(g, 2u * (unsigned)most + 1u) - most; }

/* What legal programs may use. */
static uint32_t elements(const core_gen *g)
{
    return teq_core_elements(&g->params) - (g->reserve ? teq_core_nb(&g->params) : 0);
}
static uint32_t prg_words(const core_gen *g) { return g->params.prg_words - g->reserve; }
static uint32_t wgt_words(const core_gen *g) { return g->params.wgt_words - g->reserve; }

bool core_gen_init(core_gen *g, const teq_core_params *p, uint64_t seed)
{
    *g = (core_gen){.params = *p, .rng = {seed}};
    g->prg = calloc(p->prg_words, sizeof *g->prg);
    g->wgt = calloc(p->wgt_words, teq_core_slots(p));
    g->in_room = teq_core_elements(p) * (CORE_GEN_LAYERS + 1u);
    g->in = calloc(g->in_room, 1);
    return g->prg && g->wgt && g->in;
}

void core_gen_free(core_gen *g)
{
    free(g->prg);
    free(g->wgt);
    free(g->in);
}

/* --- configuration ------------------------------------------------------------------- */

static void entry(core_gen *g, unsigned sel, unsigned index, uint64_t data)
{
    const teq_config_entry e = {.data = data & ((UINT64_C(1) << 48) - 1), .index = index, .sel = sel};
    if (!teq_config_entry_pack(&e, &g->prg[g->n_prg++], NULL))
        abort();
}

/* B, M and S, or C: mostly such that y uses its range. */
static uint64_t channel_word(core_gen *g, unsigned sel)
{
    const unsigned acc_w = g->params.array.acc_w;
    const uint64_t junk = (uint64_t)core_draw(&g->rng) << 32 | core_draw(&g->rng);
    if (sel == 1) {
        const unsigned shift = chance(g, 240) ? acc_w - 2u + below(g, 6) : below(g, 64);
        return (junk & 0xffff) | (chance(g, 224) ? 0x8000 : 0) | (uint64_t)shift << 16;
    }
    if (sel == 2 && chance(g, 224))
        return (uint64_t)((int64_t)junk >> (64 - acc_w - 14));
    return junk;
}

static void channel(core_gen *g, unsigned sel, unsigned bank, unsigned column)
{
    entry(g, sel, bank * g->params.array.cols + column, channel_word(g, sel));
}

static int descending(const void *a, const void *b) { return *(const int16_t *)b - *(const int16_t *)a; }

static void tables(core_gen *g)
{
    const unsigned na_max = g->params.array.na_max, n = 1u << na_max;
    const unsigned out_n = chance(g, 128) ? na_max : between(g, 2, na_max);
    const int scale = 1 << between(g, 6, 15), low = chance(g, 128) ? 0 : -scale;
    int16_t th[255];
    for (unsigned i = 0; i < n - 1; i++)
        th[i] = (int16_t)(i < (1u << out_n) - 1 ? low + (int)below(g, (unsigned)(scale - low)) : -32768);
    qsort(th, (1u << out_n) - 1, sizeof *th, descending);
    for (unsigned i = 0; i < n - 1 && !teq_array_is_int(&g->params.array); i++)
        entry(g, 3, i, (uint16_t)th[i]);
    for (unsigned i = 0; i < n; i++)
        entry(g, 4, i, i == teq_core_zero_code(&g->params, na_max) ? 0 : below(g, chance(g, 128) ? 32768 : 512));
    entry(g, 5, below(g, 128), (uint64_t)((1u << out_n) - 1) << 8 | (15u - na_max));
}

/* Entries of the layer, then of each pass. */
static void configure(core_gen *g, teq_descriptor *d)
{
    const unsigned cols = g->params.array.cols;
    d->cfg_addr = (uint32_t)g->n_prg;
    if (!g->tables_known || chance(g, 40))
        tables(g);
    for (unsigned bank = 0; bank < 2 && !g->tables_known; bank++)
        for (unsigned sel = 0; sel < 3; sel++) {
            if (chance(g, 64))
                entry(g, sel, 128 + bank, channel_word(g, sel));
            else
                for (unsigned column = 0; column < cols; column++)
                    channel(g, sel, bank, column);
        }
    g->tables_known = true;
    for (unsigned n = below(g, 4); n > 0; n--)
        channel(g, below(g, 3), below(g, 2), below(g, cols));
    d->n_layer_cfg = (uint32_t)g->n_prg - d->cfg_addr;
    d->n_pass_cfg = chance(g, 80) ? 0 : between(g, 1, 6);
    for (unsigned pass = 0; pass < d->n_pass; pass++)
        for (unsigned i = 0; i < d->n_pass_cfg; i++) {
            const unsigned sel = below(g, 3);
            if (chance(g, 64))
                entry(g, sel, 128 + below(g, 64) / 2 * 2 % 128 + pass % 2, channel_word(g, sel));
            else
                channel(g, sel, pass % 2, below(g, cols));
        }
}

/* --- weights ------------------------------------------------------------------------- */

static uint8_t weight(core_gen *g, unsigned w_n)
{
    const teq_array_params *a = &g->params.array;
    if (teq_array_is_int(a)) {
        const unsigned low = 1u << a->n_max, w = below(g, 2 * low);
        return (uint8_t)(w == low ? 0 : w);
    }
    return (uint8_t)(below(g, 1u << w_n) | (chance(g, 100) ? 1u << a->n_max : 0));
}

/* n more words of WGT, filled with weights of w_n bits; the first of them. */
static uint32_t words(core_gen *g, unsigned n, unsigned w_n, bool templates)
{
    const unsigned slots = teq_core_slots(&g->params), first = (unsigned)g->n_wgt;
    for (unsigned i = 0; i < n * slots; i++)
        g->wgt[first * slots + i] = templates ? (uint8_t)below(g, 2u << g->params.array.n_max) : weight(g, w_n);
    g->n_wgt += n;
    return first;
}

static bool weights(core_gen *g, teq_descriptor *d, unsigned n_loads)
{
    const unsigned n_max = g->params.array.n_max, load = teq_load_cycles(&g->params.array);
    const unsigned sub = teq_core_sub(&g->params), n_compact = d->n_pass * 16u;
    d->w_n = between(g, 2, n_max);
    d->w_shift = below(g, n_max - d->w_n + 1);
    d->indirect = chance(g, 70) && g->params.indirect;
    d->w_pass = chance(g, 100) ? 0 : n_loads * load;
    const unsigned n_words = n_loads * load * (d->w_pass ? d->n_pass : 1);
    const unsigned compact_words = d->indirect ? (n_compact + sub - 1) / sub + 1 : 0;
    if (g->n_wgt + n_words + compact_words > wgt_words(g))
        return false;
    d->w_addr = words(g, n_words, d->w_n, d->indirect);
    if (d->indirect) {
        d->c_addr = words(g, compact_words, d->w_n, false) * sub + below(g, sub);
        d->c_pass = chance(g, 64) ? 0 : between(g, 1, 16);
    }
    return true;
}

/* --- the walk ------------------------------------------------------------------------- */

/* Elements touched, relative to a base of 0: lowest and highest. */
typedef struct span {
    int64_t low, high;
    bool any;
} span;

static void touch(span *s, int64_t at)
{
    if (!s->any || at < s->low)
        s->low = at;
    if (!s->any || at > s->high)
        s->high = at;
    s->any = true;
}

static span reads(const teq_descriptor *d, const teq_tile_entry *tile)
{
    span s = {0};
    for (int64_t p = 0; p < d->n_pass; p++)
        for (int64_t row = 0; row < d->oh; row++)
            for (unsigned t = 0; t < d->n_tiles; t++)
                for (int64_t ox = 0; ox < d->ow; ox++)
                    for (int64_t ty = 0; ty < d->n_ty; ty++)
                        for (int64_t tx = 0; tx < d->n_tx; tx++) {
                            const int64_t gr = row / d->group_rows, oy = row % d->group_rows;
                            const int64_t addr = p * d->in_pass + gr * d->in_group + tile[t].off + oy * d->in_oy +
                                                 ox * d->u_ox + ty * d->in_ty + tx * d->u_tx;
                            const int64_t y = gr * d->y_group + tile[t].y_off + oy * d->y_oy + ty * d->y_ty;
                            const int64_t u = tile[t].u_off + ox * d->u_ox + tx * d->u_tx;
                            for (unsigned i = 0; i < tile[t].lanes && y >= 0 && y < d->h; i++)
                                if (u + i >= 0 && u + i < d->u_len)
                                    touch(&s, addr + i);
                        }
    return s;
}

static span results(const core_gen *g, const teq_descriptor *d, int64_t pass, int64_t oy, int64_t ox, int64_t t)
{
    const int64_t pitch = teq_core_nb(&g->params) * t + 1;
    span s = {0};
    for (int64_t p = 0; p < d->n_pass; p++)
        for (int64_t y = 0; y < d->oh; y++)
            for (int64_t x = 0; x < d->ow; x++) {
                unsigned lanes = d->lanes;
                if (x + 1 == d->ow && d->lanes_x < lanes)
                    lanes = d->lanes_x;
                if (p + 1 == d->n_pass && d->lanes_pass < lanes)
                    lanes = d->lanes_pass;
                touch(&s, p * pass + y * oy + x * ox);
                touch(&s, p * pass + y * oy + x * ox + (lanes - 1) * pitch);
            }
    return s;
}

/* A base such that the span lies in elements low..high; false if it is too long. */
static bool place(core_gen *g, const span *s, int64_t low, int64_t high, uint32_t *base)
{
    if (!s->any) {
        *base = below(g, 1u << 24) & teq_core_mask(&g->params);
        return true;
    }
    const int64_t room = high - low - (s->high - s->low);
    if (room < 0)
        return false;
    const int64_t pick = chance(g, 64) ? (chance(g, 128) ? 0 : room) : (int64_t)below(g, (unsigned)room + 1);
    *base = (uint32_t)(low - s->low + pick) & teq_core_mask(&g->params);
    return true;
}

/* --- layers --------------------------------------------------------------------------- */

static void shape(core_gen *g, teq_descriptor *d)
{
    const unsigned depth = g->params.array.psum_depth;
    do {
        d->n_tiles = d->op == TEQ_OP_MAX || chance(g, 100) ? 1 : between(g, 2, MAX_TILES);
        d->n_pass = chance(g, 100) ? 1 : between(g, 2, 4);
        d->oh = between(g, 1, 5);
        d->ow = between(g, 1, 6);
        d->group_rows = chance(g, 100) ? d->oh : between(g, 1, d->oh + 1);
        d->n_ty = chance(g, d->op == TEQ_OP_MAX ? 60 : 150) ? 1 : between(g, 2, 3);
        d->n_tx = chance(g, d->op == TEQ_OP_MAX ? 60 : 150) ? 1 : between(g, 2, 3);
    } while (d->n_tiles * d->n_pass * d->oh * d->ow * d->n_ty * d->n_tx > MAX_VECTORS ||
             (d->n_tiles > 1 && d->group_rows * d->ow > depth));
}

static void output_steps(core_gen *g, teq_descriptor *d)
{
    const unsigned cols = g->params.array.cols;
    d->lanes = chance(g, 128) ? cols : between(g, 1, cols);
    d->lanes_x = chance(g, 160) ? cols : between(g, 1, cols);
    d->lanes_pass = chance(g, 160) ? cols : between(g, 1, cols);
    d->out_t = chance(g, 190) ? 0 : between(g, 1, 2);
    d->res_t = chance(g, 190) ? 0 : between(g, 1, 2);
    const int32_t most = (int32_t)d->lanes + 2;
    d->out_ox = d->out_t ? step(g, 3) : chance(g, 128) ? (int32_t)d->lanes : step(g, most);
    d->out_oy = chance(g, 128) ? d->out_ox * (int32_t)d->ow : step(g, 2 * most);
    d->out_pass = chance(g, 128) ? d->out_oy * (int32_t)d->oh : step(g, 3 * most);
    d->res_ox = step(g, most);
    d->res_oy = step(g, 2 * most);
    d->res_pass = step(g, 2 * most);
}

/* A length that masks nothing. */
static uint32_t longest(const core_gen *g)
{
    const uint32_t half = teq_core_mask(&g->params) >> 1;
    return half < 65535 ? half : 65535;
}

static void input_steps(core_gen *g, teq_descriptor *d, teq_tile_entry *tile, unsigned *n_loads)
{
    const unsigned rows = g->params.array.rows;
    const int32_t r = (int32_t)rows;
    d->u_ox = chance(g, 30) ? 0 : step(g, r);
    d->u_tx = step(g, r);
    d->in_oy = step(g, 2 * r);
    d->in_ty = step(g, 2 * r);
    d->in_group = chance(g, 128) ? d->in_oy * (int32_t)d->group_rows : step(g, 3 * r);
    d->in_pass = step(g, 2 * r);
    d->y_oy = below(g, 3);
    d->y_ty = below(g, 3);
    d->y_group = chance(g, 128) ? d->y_oy * d->group_rows : below(g, 4);
    d->h = chance(g, 40) ? longest(g) : between(g, 0, 10);
    d->u_len = chance(g, 40) ? longest(g) : between(g, 1, 4 * rows);
    const bool open = chance(g, d->op == TEQ_OP_MAX ? 150 : 50); /* no lane is masked */
    if (open)
        d->h = d->u_len = longest(g);
    for (unsigned t = 0; t < d->n_tiles; t++) {
        tile[t] = (teq_tile_entry){
            .off = step(g, 2 * r), .u_off = open ? 30 * r : step(g, r), .y_off = open || chance(g, 100) ? 0 : step(g, 3),
            .lanes = chance(g, 128) ? rows : between(g, 1, rows), .part = chance(g, 128) ? 0 : below(g, 3),
            .reload = t == 0 || chance(g, 150), .cidx = below(g, 16),
        };
        *n_loads += tile[t].reload;
    }
}

/* Elements that a layer may write, read, and read residuals from: low..high. */
typedef struct zones {
    int64_t write_low, write_high, read_low, read_high, res_low, res_high;
} zones;

/* Written ones lie apart. Beside an early input they also lie apart from it, and so do
 * residuals. */
static zones draw_zones(core_gen *g, const teq_descriptor *early, bool writes)
{
    const int64_t n = elements(g);
    if (early) { /* some go at once, as they read what the input has brought first */
        const int64_t first = early->out_base, behind = first + early->line_len;
        if (first > n - behind)
            return (zones){0, first - 1, writes ? first : 0, chance(g, 128) ? n - 1 : (first + behind) / 2, behind, n - 1};
        return (zones){behind, n - 1, 0, chance(g, 128) ? (first + behind) / 2 : writes ? behind - 1 : n - 1, 0, first - 1};
    }
    const int64_t cut = between(g, 1, (unsigned)n - 1);
    if (!writes)
        return (zones){0, -1, 0, n - 1, 0, n - 1};
    if (chance(g, 128))
        return (zones){0, cut - 1, cut, n - 1, cut, n - 1};
    return (zones){cut, n - 1, 0, cut - 1, 0, cut - 1};
}

/* A DOT or MAX layer, tried until it fits. early: the INPUT that may still be coming, or NULL. */
static void layer(core_gen *g, teq_descriptor *d, const teq_descriptor *early)
{
    const teq_array_params *a = &g->params.array;
    const span nowhere = {0};
    teq_tile_entry tile[MAX_TILES];
    const size_t n_wgt = g->n_wgt;
    for (;;) {
        unsigned n_loads = 0;
        g->n_wgt = n_wgt;
        *d = (teq_descriptor){.op = chance(g, 200) || !g->params.maximum ? TEQ_OP_DOT : TEQ_OP_MAX};
        d->a_n = teq_array_is_int(a) && a->na_max > 7 ? below(g, 8) : between(g, 2, a->na_max);
        d->a_shift = below(g, chance(g, 128) ? 2 : 7);
        d->stream = chance(g, 90); /* MAX: no meaning */
        d->res = chance(g, 90) && g->params.residual;
        d->sgn = chance(g, 128);
        shape(g, d);
        if (g->params.array.chain && d->op == TEQ_OP_DOT && chance(g, 60))
            d->chain = d->n_tiles = d->n_ty = d->n_tx = 1;
        input_steps(g, d, tile, &n_loads);
        output_steps(g, d);
        const bool writes = !d->stream || d->op == TEQ_OP_MAX, adds = d->op == TEQ_OP_DOT && d->res;
        const zones z = draw_zones(g, early, writes);
        const span in = reads(d, tile), out = results(g, d, d->out_pass, d->out_oy, d->out_ox, d->out_t);
        const span res = results(g, d, d->res_pass, d->res_oy, d->res_ox, d->res_t);
        if (!place(g, &in, z.read_low, z.read_high, &d->in_base) ||
            !place(g, writes ? &out : &nowhere, z.write_low, z.write_high, &d->out_base) ||
            !place(g, adds ? &res : &nowhere, z.res_low, z.res_high, &d->res_base))
            continue;
        if (d->op == TEQ_OP_MAX || weights(g, d, n_loads))
            break;
    }
    d->tile_addr = (uint32_t)g->n_prg;
    for (unsigned t = 0; t < d->n_tiles; t++)
        if (!teq_tile_entry_pack(&tile[t], &g->prg[g->n_prg++], NULL))
            abort();
    if (d->op == TEQ_OP_DOT)
        configure(g, d);
}

/* A layer whose words are the codes of ACT, one after the other: column c has a weight on row
 * c alone, 1 for what is positive (part 1) and -1 for what is negative (part 2), and y is
 * the sum itself. False if there is no room for it. */
static bool show(core_gen *g, teq_descriptor *d)
{
    const teq_array_params *a = &g->params.array;
    const bool is_int = teq_array_is_int(a);
    const unsigned lanes = a->rows < a->cols ? a->rows : a->cols, load = teq_load_cycles(a), slots = teq_core_slots(&g->params);
    const unsigned n = elements(g) / lanes, ow = n < a->psum_depth ? n : a->psum_depth;
    if (g->n_wgt + 2 * load > wgt_words(g))
        return false;
    *d = (teq_descriptor){
        .op = TEQ_OP_DOT, .stream = 1, .a_n = is_int ? 2 : a->na_max, .w_n = a->n_max, .n_tiles = 2, .n_pass = 1,
        .tile_addr = (uint32_t)g->n_prg, .u_len = longest(g), .h = longest(g), .in_group = (int32_t)(ow * lanes), .u_ox = (int32_t)lanes,
        .oh = n / ow, .ow = ow, .group_rows = 1, .n_ty = 1, .n_tx = 1, .w_addr = (uint32_t)g->n_wgt,
        .lanes = lanes, .lanes_x = lanes, .lanes_pass = lanes, .n_layer_cfg = 3,
    };
    for (unsigned part = 1; part <= 2; part++) {
        const teq_tile_entry tile = {.lanes = lanes, .part = part, .reload = 1};
        const uint8_t one = (uint8_t)(is_int ? 1 : 0), minus_one = (uint8_t)(is_int ? (2u << a->n_max) - 1 : 1u << a->n_max);
        uint8_t *slot = g->wgt + g->n_wgt * slots;
        memset(slot, (int)teq_core_zero_code(&g->params, a->n_max), (size_t)load * slots);
        for (unsigned c = 0; c < lanes; c++)
            slot[c * a->rows + c] = part == 1 ? one : minus_one;
        g->n_wgt += load;
        if (!teq_tile_entry_pack(&tile, &g->prg[g->n_prg++], NULL))
            abort();
    }
    d->cfg_addr = (uint32_t)g->n_prg;
    entry(g, 0, 128, 0);
    entry(g, 1, 128, 15u << 16 | 0x8000u);
    entry(g, 2, 128, 0);
    return true;
}

static void input_codes(core_gen *g, size_t n)
{
    const teq_core_params *p = &g->params;
    const unsigned more_negative = chance(g, 64) ? 200 : 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned zero = teq_core_zero_code(p, p->array.na_max);
        g->in[g->n_in++] = (uint8_t)(chance(g, 50) ? zero : chance(g, 100) ? below(g, 4) : below(g, 256));
        if (chance(g, more_negative))
            g->in[g->n_in - 1] |= 128;
    }
}

static void input(core_gen *g, teq_descriptor *d)
{
    unsigned n = teq_core_elements(&g->params);
    *d = (teq_descriptor){.op = TEQ_OP_INPUT, .sgn = chance(g, 128)};
    if (!g->act_known) {
        d->n_lines = chance(g, 128) ? 1 : teq_core_nb(&g->params);
        d->line_len = d->line_step = n / d->n_lines;
    } else {
        n = elements(g);
        d->n_lines = chance(g, 180) ? 1 : between(g, 2, 4);
        d->line_len = between(g, 1, n / (2 * d->n_lines));
        d->line_step = d->line_len + below(g, n / d->n_lines - d->line_len);
        d->out_base = below(g, n - (d->n_lines - 1) * d->line_step - d->line_len + 1);
    }
    d->early = d->n_lines == 1 && chance(g, 150);
    g->act_known = true;
    input_codes(g, (size_t)d->n_lines * d->line_len);
}

/* Stores the descriptors at their places. */
static void store(core_gen *g)
{
    for (unsigned i = 0; i < g->n_layers; i++)
        if (!teq_descriptor_pack(&g->layer[i], &g->prg[i * TEQ_DESCRIPTOR_WORDS], NULL))
            abort();
}

void core_gen_program(core_gen *g)
{
    unsigned n = between(g, 2, CORE_GEN_LAYERS);
    g->n_prg = (n + 2) * TEQ_DESCRIPTOR_WORDS + below(g, 3);
    g->n_wgt = g->n_in = 0;
    g->cause = 0;
    memset(g->prg, 0, g->params.prg_words * sizeof *g->prg);
    for (unsigned i = 0; i < n; i++) {
        const teq_descriptor *before = i > 0 ? &g->layer[i - 1] : NULL;
        const bool early = before && before->op == TEQ_OP_INPUT && before->early;
        if (!g->act_known || chance(g, 40))
            input(g, &g->layer[i]);
        else
            layer(g, &g->layer[i], early ? before : NULL);
        if (g->n_prg + LAYER_WORDS > prg_words(g))
            n = i + 1; /* no room for another one */
    }
    if (g->act_known && chance(g, 128) && show(g, &g->layer[n]))
        n++;
    g->layer[n] = (teq_descriptor){.op = TEQ_OP_END, .n_pass = below(g, 4)};
    g->n_layers = n + 1;
    store(g);
}

/* --- illegal ones ---------------------------------------------------------------------- */

/* A layer of one of these ops, at random; NULL if there is none. */
static teq_descriptor *pick(core_gen *g, bool inputs, bool dots, bool maxes)
{
    const unsigned from = below(g, g->n_layers);
    for (unsigned k = 0; k < g->n_layers; k++) {
        teq_descriptor *d = &g->layer[(from + k) % g->n_layers];
        if ((inputs && d->op == TEQ_OP_INPUT) || (dots && d->op == TEQ_OP_DOT) || (maxes && d->op == TEQ_OP_MAX))
            return d;
    }
    return NULL;
}

static void spoil_field(core_gen *g, teq_descriptor *d)
{
    if (d->op == TEQ_OP_INPUT) {
        const unsigned what = below(g, 3);
        if (what == 0)
            d->n_lines = 0;
        else if (what == 1)
            d->line_len = 0;
        else
            d->early = 1, d->n_lines = 2;
        return;
    }
    uint32_t *missing[3]; /* options of a layer that a small core does not have */
    unsigned n = 0;
    if (!g->params.residual)
        missing[n++] = &d->res;
    if (!g->params.indirect)
        missing[n++] = &d->indirect;
    if (n && !g->params.array.chain)
        missing[n++] = &d->chain;
    if (d->op == TEQ_OP_DOT && n && chance(g, 200)) {
        *missing[below(g, n)] = 1;
        return;
    }
    if (d->op == TEQ_OP_DOT && chance(g, 64)) { /* a chain that is none, or that the core does not have */
        uint32_t *const one[] = {&d->n_tiles, &d->n_ty, &d->n_tx};
        d->chain = 1;
        if (g->params.array.chain)
            *one[below(g, 3)] = between(g, 2, 3);
        return;
    }
    const unsigned too_many = between(g, g->params.array.cols + 1u, 127);
    uint32_t *const zero[] = {&d->n_tiles, &d->n_pass, &d->oh, &d->ow, &d->group_rows, &d->n_ty, &d->n_tx};
    uint32_t *const lanes[] = {&d->lanes, &d->lanes_x, &d->lanes_pass};
    const unsigned what = below(g, d->op == TEQ_OP_MAX || teq_array_is_int(&g->params.array) ? 10 : 14);
    if (what < 7)
        *zero[what] = 0;
    else if (what < 10)
        *lanes[what - 7] = chance(g, 128) ? 0 : too_many;
    else if (what == 10)
        d->w_n = below(g, 2);
    else if (what == 11)
        d->w_shift = g->params.array.n_max - d->w_n + 1;
    else if (what == 12 || g->params.array.na_max == 7)
        d->a_n = below(g, 2);
    else
        d->a_n = between(g, g->params.array.na_max + 1u, 7);
    if (d->op == TEQ_OP_MAX && chance(g, 64))
        d->n_tiles = 2;
}

static bool spoil_tile(core_gen *g)
{
    const teq_descriptor *d = pick(g, false, true, true);
    if (!d)
        return false;
    uint64_t *word = &g->prg[d->tile_addr + below(g, d->n_tiles)];
    teq_tile_entry e;
    teq_tile_entry_unpack(*word, &e);
    switch (below(g, 4)) {
    case 0: e.lanes = 0; break;
    case 1: e.lanes = between(g, g->params.array.rows + 1u, 127); break;
    case 2: e.part = 3; break;
    default:
        word = &g->prg[d->tile_addr];
        teq_tile_entry_unpack(*word, &e);
        e.reload = 0;
        break;
    }
    return teq_tile_entry_pack(&e, word, NULL);
}

static bool spoil_prg(core_gen *g)
{
    teq_descriptor *d = pick(g, false, true, false);
    if (!d)
        return false;
    const uint32_t end = prg_words(g);
    if (chance(g, 128))
        d->tile_addr = g->reserve || chance(g, 128) ? end : ((1u << 20) - 1) & teq_core_mask(&g->params);
    else if (d->n_layer_cfg + d->n_pass_cfg > 0)
        d->cfg_addr = g->reserve || chance(g, 128) ? end : ((1u << 20) - 1) & teq_core_mask(&g->params);
    else
        return false;
    return true;
}

static bool spoil_address(core_gen *g, unsigned cause)
{
    const uint32_t n = elements(g);
    teq_descriptor *d = pick(g, cause == TEQ_ERROR_CAUSE_WRITE, true, cause != TEQ_ERROR_CAUSE_WGT);
    if (!d || (cause == TEQ_ERROR_CAUSE_WRITE && d->op == TEQ_OP_DOT && d->stream))
        return false;
    if (cause == TEQ_ERROR_CAUSE_WRITE) {
        d->out_base = chance(g, 128) ? n : between(g, n, teq_core_mask(&g->params) >> 1);
    } else if (cause == TEQ_ERROR_CAUSE_WGT) {
        if (d->indirect && chance(g, 128))
            d->c_addr = wgt_words(g) * teq_core_sub(&g->params) + below(g, 4);
        else
            d->w_addr = wgt_words(g) + (g->reserve ? 0 : below(g, 4));
    } else if (d->op == TEQ_OP_DOT && d->res && chance(g, 128)) {
        d->res_base = chance(g, 128) ? n : between(g, n, teq_core_mask(&g->params) >> 1);
    } else {
        d->in_base = g->reserve ? n : chance(g, 128) ? n + 1000 : between(g, n + 1000, teq_core_mask(&g->params) >> 1);
        d->h = d->u_len = longest(g); /* nothing masked but by negative y and u */
    }
    return true;
}

static bool spoil_sums(core_gen *g)
{
    teq_descriptor *d = pick(g, false, true, false);
    if (!d || d->n_tiles == 1)
        return false;
    d->ow = g->params.array.psum_depth + 1u + below(g, 4);
    d->u_ox = 0; /* it reads where it read before */
    return true;
}

bool core_gen_spoil(core_gen *g, unsigned cause)
{
    teq_descriptor *d = pick(g, true, true, true);
    bool done = true;
    switch (cause) {
    case TEQ_ERROR_CAUSE_OP: d->op = !g->params.maximum && chance(g, 128) ? TEQ_OP_MAX : between(g, 4, 15); break;
    case TEQ_ERROR_CAUSE_FIELD: spoil_field(g, d); break;
    case TEQ_ERROR_CAUSE_TILE: done = spoil_tile(g); break;
    case TEQ_ERROR_CAUSE_PRG: done = spoil_prg(g); break;
    case TEQ_ERROR_CAUSE_PSUM: done = spoil_sums(g); break;
    default: done = spoil_address(g, cause); break;
    }
    if (done) {
        g->cause = cause;
        store(g);
    }
    return done;
}

/* --- streams ---------------------------------------------------------------------------- */

bool core_gen_image(core_gen *g, teq_image *im, bool whole)
{
    const teq_core_params *p = &g->params;
    const size_t n_prg = whole ? p->prg_words : g->n_prg, n_wgt = whole ? p->wgt_words : g->n_wgt;
    const unsigned slots = teq_core_slots(p);
    bool good = teq_image_begin(im, p, NULL);
    const size_t cut = below(g, (unsigned)n_prg + 1), wgt_cut = n_wgt ? below(g, (unsigned)n_wgt + 1) : 0;
    good &= teq_image_prg(im, (uint32_t)cut, g->prg + cut, n_prg - cut, NULL);
    if (n_wgt || chance(g, 128))
        good &= teq_image_wgt(im, p, 0, g->wgt, wgt_cut, NULL);
    good &= teq_image_prg(im, 0, g->prg, cut, NULL);
    if (wgt_cut < n_wgt)
        good &= teq_image_wgt(im, p, (uint32_t)wgt_cut, g->wgt + wgt_cut * slots, n_wgt - wgt_cut, NULL);
    return good && teq_image_end(im, NULL);
}

bool core_gen_input_beat(const core_gen *g, unsigned *layer_at, uint32_t *line, uint32_t *taken, size_t *at,
                         uint32_t *data, uint8_t *keep, bool *last)
{
    while (*layer_at < g->n_layers && g->layer[*layer_at].op != TEQ_OP_INPUT)
        ++*layer_at;
    if (*layer_at >= g->n_layers)
        return false;
    const teq_descriptor *d = &g->layer[*layer_at];
    const uint32_t left = d->line_len - *taken, n = left < 4 ? left : 4;
    *data = 0;
    for (uint32_t i = 0; i < n; i++)
        *data |= (uint32_t)g->in[(*at)++] << 8 * i;
    *keep = (uint8_t)((1u << n) - 1);
    *last = left <= 4 && *line + 1 == d->n_lines;
    *taken += n;
    if (left <= 4) {
        *taken = 0;
        if (++*line == d->n_lines) {
            *line = 0;
            ++*layer_at;
        }
    }
    return true;
}
