/* SPDX-License-Identifier: Apache-2.0
 *
 * docs/core.md, section 2, as loops and multiplications.
 */
#include "teq/interpret.h"
#include "teq/fixed.h"
#include "teq/model_tile.h"
#include "teq/regs.h"

#include <stdlib.h>
#include <string.h>

static bool refuse(teq_interpreter *it, unsigned cause, teq_error *err, const char *what)
{
    it->cause = cause;
    return teq_fail(err, TEQ_ERR_VALUE, "program: cause %u: %s", cause, what);
}

/* y or u. */
static int32_t place(const teq_interpreter *it, int64_t v)
{
    const int32_t span = INT32_C(1) << it->params->reach, low = (int32_t)(v & (span - 1));
    return low >= span / 2 ? low - span : low;
}

/* --- memories --------------------------------------------------------------- */

static int64_t lane_element(const teq_interpreter *it, int64_t addr, int64_t t, int lane)
{
    return (addr + lane * (teq_core_nb(it->params) * t + 1)) & teq_core_mask(it->params);
}

static bool is_inside(const teq_interpreter *it, int64_t element) { return element < teq_core_elements(it->params); }

static bool fetch(teq_interpreter *it, int64_t addr, uint64_t *word, teq_error *err)
{
    *word = 0;
    if (addr >= it->params->prg_words)
        return refuse(it, TEQ_ERROR_CAUSE_PRG, err, "PRG address");
    *word = it->prg[addr];
    return true;
}

/* --- the array's tables ------------------------------------------------------- */

static int64_t signed_bits(uint64_t v, unsigned n)
{
    return (int64_t)(v << (64 - n)) >> (64 - n);
}

static void configure(teq_interpreter *it, const teq_config_entry *e)
{
    const teq_array_params *a = &it->params->array;
    const unsigned n_codes = 1u << a->na_max;
    unsigned from = e->index, to = e->index;
    if (e->sel < 3 && e->index >= 128) {
        from = e->index % 2 * a->cols;
        to = from + a->cols - 1;
    }
    for (unsigned i = from; i <= to && i < 2u * a->cols; i++) {
        if (e->sel == 0)
            it->b[i] = e->data & ((UINT64_C(1) << a->acc_w) - 1);
        if (e->sel == 1) {
            it->m[i] = (uint16_t)e->data;
            it->s[i] = e->data >> 16 & 63;
        }
        if (e->sel == 2)
            it->c[i] = signed_bits(e->data, a->acc_w + 18u);
    }
    if (e->sel == 3 && e->index < n_codes - 1)
        it->th[e->index] = (int16_t)e->data;
    if (e->sel == 4 && e->index < n_codes)
        it->d[e->index] = e->data & 0x7fff;
    if (e->sel == 5) {
        it->int_shift = e->data & 15;
        it->code_top = (uint8_t)(e->data >> 8 & (n_codes - 1));
    }
}

static bool configure_all(teq_interpreter *it, int64_t addr, int64_t n, teq_error *err)
{
    for (int64_t i = 0; i < n; i++) {
        uint64_t word;
        teq_config_entry e;
        if (!fetch(it, addr + i, &word, err))
            return false;
        teq_config_entry_unpack(word, &e);
        configure(it, &e);
    }
    return true;
}

/* --- one vector ---------------------------------------------------------------- */

typedef struct position {
    int64_t p, g, oy, ox, ty, tx; /* oy from the group's first row */
} position;

static bool begins_pass(const position *at) { return at->g == 0 && at->oy == 0 && at->ox == 0; }

/* Code of lane i of tile entry e, {s, code}; false if it is masked. */
static bool read_lane(teq_interpreter *it, const teq_descriptor *d, const teq_tile_entry *e, const position *at, int i,
                      unsigned *code, teq_error *err, bool *fails)
{
    const int64_t addr = d->in_base + at->p * d->in_pass + at->g * d->in_group + e->off + at->oy * d->in_oy +
                         at->ox * d->u_ox + at->ty * d->in_ty + at->tx * d->u_tx;
    const int32_t y = place(it, at->g * d->y_group + e->y_off + at->oy * d->y_oy + at->ty * d->y_ty);
    const int32_t u = place(it, e->u_off + at->ox * d->u_ox + at->tx * d->u_tx + i);
    if (y < 0 || y >= (int32_t)d->h || u < 0 || u >= (int32_t)d->u_len || i >= (int)e->lanes)
        return false;
    const int64_t j = lane_element(it, addr, 0, i);
    if (!is_inside(it, j)) {
        *fails = true;
        refuse(it, TEQ_ERROR_CAUSE_READ, err, "a lane reads outside ACT");
        return false;
    }
    *code = it->act[j];
    return true;
}

static unsigned apply_part(const teq_core_params *p, const teq_descriptor *d, unsigned part, unsigned code)
{
    const unsigned s = 1u << p->array.na_max, zero = teq_core_zero_code(p, d->a_n), magnitude = code % s;
    if (part == 1)
        return code < s ? magnitude : zero;
    if (part == 2)
        return code >= s ? magnitude : zero;
    return d->op == TEQ_OP_MAX ? code : magnitude;
}

/* --- DOT ----------------------------------------------------------------------- */

static uint8_t direct_slot(const teq_interpreter *it, int64_t word, unsigned column, unsigned row, bool *outside)
{
    const teq_array_params *a = &it->params->array;
    word = (word + column / a->load_cols) & teq_core_mask(it->params);
    *outside |= word >= it->params->wgt_words;
    if (*outside)
        return 0;
    return it->wgt[word * teq_core_slots(it->params) + column % a->load_cols * a->rows + row];
}

/* The stored weight of reload entry number k, whose cidx is e's. */
static uint8_t weight(const teq_interpreter *it, const teq_descriptor *d, const teq_tile_entry *e, int64_t p, int64_t k,
                      unsigned column, unsigned row, bool *outside)
{
    const teq_array_params *a = &it->params->array;
    const int64_t word = d->w_addr + p * d->w_pass + k * teq_load_cycles(a);
    const uint8_t slot = direct_slot(it, word, column, row, outside);
    if (!d->indirect || *outside)
        return slot;
    const int64_t n_idx = teq_core_n_idx(it->params), sub = teq_core_sub(it->params);
    const int64_t compact = (d->c_addr + p * d->c_pass + e->cidx) & teq_core_mask(it->params);
    *outside |= compact / sub >= it->params->wgt_words;
    if (slot >> a->n_max)
        return (uint8_t)teq_core_zero_code(it->params, d->w_n);
    if (*outside)
        return 0;
    return it->wgt[compact / sub * teq_core_slots(it->params) + compact % sub * n_idx + slot % n_idx];
}

static uint64_t term(const teq_core_params *p, const teq_descriptor *d, uint8_t w, unsigned a)
{
    const teq_array_params *array = &p->array;
    const teq_engine_caps caps = teq_array_caps(array);
    const unsigned sign = 1u << array->n_max;
    if (teq_array_is_int(array))
        return (uint64_t)(signed_bits(w, array->n_max + 1u) * (int64_t)a + teq_cell_bias(array, w));
    const unsigned e_w = w % sign, zero_w = (1u << d->w_n) - 1, zero_a = teq_act_word_zero(&caps);
    unsigned word_a = a << d->a_shift;
    if (a == (1u << d->a_n) - 1 || word_a > zero_a)
        word_a = zero_a;
    if (e_w == zero_w)
        return 0;
    return teq_term(&caps, w >= sign, teq_product(&caps, e_w << d->w_shift, word_a));
}

/* Sums of all columns at a position of the group. */
static bool dot(teq_interpreter *it, const teq_descriptor *d, position at, uint64_t *sum, teq_error *err)
{
    const teq_array_params *a = &it->params->array;
    int64_t k = -1;
    teq_tile_entry loaded = {0};
    memset(sum, 0, a->cols * sizeof *sum);
    for (int64_t t = 0; t < d->n_tiles; t++) {
        teq_tile_entry e;
        uint64_t word;
        if (!fetch(it, d->tile_addr + t, &word, err))
            return false;
        teq_tile_entry_unpack(word, &e);
        if (e.lanes < 1 || e.lanes > a->rows || e.part > 2 || (t == 0 && !e.reload))
            return refuse(it, TEQ_ERROR_CAUSE_TILE, err, "tile entry");
        if (e.reload) {
            k++;
            loaded = e;
        }
        const unsigned zero = teq_core_zero_code(it->params, d->a_n);
        for (at.ty = 0; at.ty < d->n_ty; at.ty++)
            for (at.tx = 0; at.tx < d->n_tx; at.tx++)
                for (unsigned row = 0; row < a->rows; row++) {
                    unsigned code = zero;
                    bool fails = false, outside = false;
                    if (read_lane(it, d, &e, &at, (int)row, &code, err, &fails))
                        code = apply_part(it->params, d, e.part, code);
                    if (fails)
                        return false;
                    for (unsigned column = 0; column < a->cols; column++)
                        sum[column] += term(it->params, d, weight(it, d, &loaded, at.p, k, column, row, &outside), code);
                    if (outside)
                        return refuse(it, TEQ_ERROR_CAUSE_WGT, err, "WGT address");
                }
    }
    return true;
}

static int32_t residual(const teq_interpreter *it, unsigned code)
{
    const unsigned s = 1u << it->params->array.na_max;
    return code >= s ? -(int32_t)it->d[code - s] : it->d[code];
}

static int32_t requantize(const teq_interpreter *it, unsigned entry, uint64_t sum, int32_t d)
{
    const unsigned acc_w = it->params->array.acc_w;
    const int64_t u = signed_bits(sum + it->b[entry], acc_w);
    const int32_t y0 = teq_sat(teq_floor_shift(u * it->m[entry] + it->c[entry], it->s[entry]));
    return teq_sat((int64_t)y0 + d);
}

static unsigned next_code(const teq_interpreter *it, bool sgn, int32_t y)
{
    const teq_array_params *a = &it->params->array;
    const unsigned s = 1u << a->na_max;
    unsigned code = 0;
    if (teq_array_is_int(a)) {
        const int32_t v = sgn ? abs(y) : y < 0 ? 0 : y;
        code = (unsigned)(v + (it->int_shift ? 1 << (it->int_shift - 1) : 0)) >> it->int_shift;
        if (code > it->code_top)
            code = it->code_top;
        return sgn && y < 0 && code > 0 ? code + s : code;
    }
    const int32_t v = sgn ? abs(y) : y;
    for (unsigned j = 0; j < s - 1; j++)
        code += v < it->th[j];
    return sgn && y < 0 && code != it->code_top ? code + s : code;
}

/* --- what becomes of a result ---------------------------------------------------- */

/* Row of the whole output; lanes by the rule under the table. */
static unsigned lanes_of(const teq_descriptor *d, int64_t p, int64_t ox)
{
    unsigned n = d->lanes;
    if (ox == d->ow - 1 && d->lanes_x < n)
        n = d->lanes_x;
    if (p == d->n_pass - 1 && d->lanes_pass < n)
        n = d->lanes_pass;
    return n;
}

static bool write_codes(teq_interpreter *it, const teq_descriptor *d, int64_t p, int64_t oy, int64_t ox,
                        const unsigned *code, teq_error *err)
{
    const int64_t addr = d->out_base + p * d->out_pass + oy * d->out_oy + ox * d->out_ox;
    for (unsigned i = 0; i < lanes_of(d, p, ox); i++) {
        const int64_t j = lane_element(it, addr, d->out_t, (int)i);
        if (!is_inside(it, j))
            return refuse(it, TEQ_ERROR_CAUSE_WRITE, err, "a lane is written outside ACT");
        it->act[j] = (uint16_t)code[i];
    }
    return true;
}

static bool append(teq_interpreter *it, int16_t word, teq_error *err)
{
    if (it->n_out == it->out_room) {
        const size_t room = 2 * it->out_room + 256;
        int16_t *grown = realloc(it->out, room * sizeof *grown);
        if (!grown)
            return teq_fail(err, TEQ_ERR_MEMORY, "output words: out of memory");
        it->out = grown;
        it->out_room = room;
    }
    it->out[it->n_out++] = word;
    return true;
}

static bool finish_dot(teq_interpreter *it, const teq_descriptor *d, int64_t p, int64_t oy, int64_t ox,
                       const uint64_t *sum, teq_error *err)
{
    const unsigned cols = it->params->array.cols, lanes = lanes_of(d, p, ox);
    const int64_t res = d->res_base + p * d->res_pass + oy * d->res_oy + ox * d->res_ox;
    unsigned code[TEQ_COLS_MAX];
    for (unsigned i = 0; i < lanes; i++) {
        int32_t add = 0;
        if (d->res) {
            const int64_t j = lane_element(it, res, d->res_t, (int)i);
            if (!is_inside(it, j))
                return refuse(it, TEQ_ERROR_CAUSE_READ, err, "a residual lies outside ACT");
            add = residual(it, it->act[j]);
        }
        const int32_t y = requantize(it, (unsigned)(p % 2) * cols + i, sum[i], add);
        code[i] = next_code(it, d->sgn, y);
        if (d->stream && !append(it, (int16_t)y, err))
            return false;
    }
    return d->stream || write_codes(it, d, p, oy, ox, code, err);
}

/* --- MAX ------------------------------------------------------------------------- */

/* A number that grows with the value of a code. */
static int order(const teq_core_params *p, unsigned code)
{
    const int s = 1 << p->array.na_max, magnitude = (int)code % s;
    const int rank = teq_array_is_int(&p->array) ? magnitude : s - 1 - magnitude;
    return (int)code >= s ? -1 - rank : rank;
}

static bool largest(teq_interpreter *it, const teq_descriptor *d, position at, teq_error *err)
{
    const unsigned rows = it->params->array.rows, cols = it->params->array.cols;
    unsigned best[TEQ_COLS_MAX];
    uint64_t word;
    teq_tile_entry e;
    if (!fetch(it, d->tile_addr, &word, err))
        return false;
    teq_tile_entry_unpack(word, &e);
    if (e.lanes < 1 || e.lanes > rows || e.part > 2 || !e.reload)
        return refuse(it, TEQ_ERROR_CAUSE_TILE, err, "tile entry");
    for (unsigned i = 0; i < cols; i++) {
        bool any = false, fails = false;
        best[i] = teq_core_zero_code(it->params, d->a_n);
        for (at.ty = 0; at.ty < d->n_ty; at.ty++)
            for (at.tx = 0; at.tx < d->n_tx; at.tx++) {
                unsigned code;
                if (i >= rows || !read_lane(it, d, &e, &at, (int)i, &code, err, &fails))
                    continue;
                code = apply_part(it->params, d, e.part, code);
                if (!any || order(it->params, code) > order(it->params, best[i]))
                    best[i] = code;
                any = true;
            }
        if (fails)
            return false;
    }
    return write_codes(it, d, at.p, at.g * d->group_rows + at.oy, at.ox, best, err);
}

/* --- what the array is given ------------------------------------------------------- */

/* A tile's weights as its columns hold them. */
static void tell_weights(teq_interpreter *it, const teq_descriptor *d, const teq_tile_entry *e, int64_t p, int64_t k)
{
    const teq_array_params *a = &it->params->array;
    uint8_t slot[TEQ_COLS_MAX * TEQ_ROWS_MAX];
    bool outside = false;
    for (unsigned column = 0; column < a->cols; column++)
        for (unsigned row = 0; row < a->rows; row++)
            slot[column * a->rows + row] = weight(it, d, e, p, k, column, row, &outside);
    if (!outside && it->beats->weights)
        it->beats->weights(it->beats->context, slot, d->w_n, d->w_shift);
}

static void tell_residual(teq_interpreter *it, const teq_descriptor *d, int64_t p, int64_t oy, int64_t ox)
{
    const int64_t addr = d->res_base + p * d->res_pass + oy * d->res_oy + ox * d->res_ox;
    const unsigned lanes = lanes_of(d, p, ox), zero = teq_core_zero_code(it->params, it->params->array.na_max);
    uint16_t slot[TEQ_COLS_MAX];
    for (unsigned i = 0; i < it->params->array.cols; i++) {
        const int64_t j = lane_element(it, addr, d->res_t, (int)i);
        slot[i] = (uint16_t)(i < lanes && is_inside(it, j) ? it->act[j] : zero);
    }
    if (it->beats->residual)
        it->beats->residual(it->beats->context, slot);
}

/* All vectors of a tile over the rows of a group. */
static void tell_vectors(teq_interpreter *it, const teq_descriptor *d, const teq_tile_entry *e, position at, int64_t rows,
                         bool is_first, bool is_last, bool ends)
{
    uint8_t code[TEQ_ROWS_MAX];
    for (at.oy = 0; at.oy < rows; at.oy++)
        for (at.ox = 0; at.ox < d->ow; at.ox++)
            for (at.ty = 0; at.ty < d->n_ty; at.ty++)
                for (at.tx = 0; at.tx < d->n_tx; at.tx++) {
                    for (unsigned i = 0; i < it->params->array.rows; i++) {
                        unsigned c = teq_core_zero_code(it->params, d->a_n);
                        bool fails = false;
                        if (read_lane(it, d, e, &at, (int)i, &c, NULL, &fails))
                            c = apply_part(it->params, d, e->part, c);
                        code[i] = (uint8_t)c;
                    }
                    const bool window_ends = at.ty + 1 == d->n_ty && at.tx + 1 == d->n_tx;
                    const teq_array_user user = {
                        .addr = (uint16_t)(d->n_tiles > 1 ? at.oy * d->ow + at.ox : 0),
                        .first = is_first && at.ty == 0 && at.tx == 0 && (!d->chain || begins_pass(&at)),
                        .final = is_last && window_ends, .bank = at.p % 2, .res = d->res && is_last && window_ends,
                        .sgn = d->sgn, .a_n = (uint8_t)d->a_n, .a_shift = (uint8_t)d->a_shift, .chain = d->chain};
                    if (user.res)
                        tell_residual(it, d, at.p, at.g * d->group_rows + at.oy, at.ox);
                    if (it->beats->vector)
                        it->beats->vector(it->beats->context, code, &user,
                                          ends && window_ends && at.oy + 1 == rows && at.ox + 1 == d->ow);
                }
}

static void tell_config(teq_interpreter *it, int64_t addr, int64_t n)
{
    for (int64_t i = 0; i < n && addr + i < it->params->prg_words; i++) {
        teq_config_entry e;
        teq_config_entry_unpack(it->prg[addr + i], &e);
        if (it->beats->config)
            it->beats->config(it->beats->context, &e);
    }
}

/* The tiles of a DOT; entries outside PRG end it, the walk that follows refuses them. */
static void tell_layer(teq_interpreter *it, const teq_descriptor *d)
{
    if (d->tile_addr + d->n_tiles > it->params->prg_words)
        return;
    bool multi = false;
    for (int64_t t = 1; t < d->n_tiles; t++) {
        teq_tile_entry e;
        teq_tile_entry_unpack(it->prg[d->tile_addr + t], &e);
        multi |= e.reload;
    }
    if (it->beats->layer)
        it->beats->layer(it->beats->context, d);
    tell_config(it, d->cfg_addr, d->n_layer_cfg);
    const int64_t groups = (d->oh + d->group_rows - 1) / d->group_rows;
    for (int64_t p = 0; p < d->n_pass; p++) {
        tell_config(it, (int64_t)d->cfg_addr + d->n_layer_cfg + p * d->n_pass_cfg, d->n_pass_cfg);
        for (int64_t g = 0; g < groups; g++) {
            const int64_t left = d->oh - g * d->group_rows, rows = left < d->group_rows ? left : d->group_rows;
            int64_t k = -1;
            for (int64_t t = 0; t < d->n_tiles; t++) {
                teq_tile_entry e, next = {0};
                teq_tile_entry_unpack(it->prg[d->tile_addr + t], &e);
                const bool is_last = t + 1 == d->n_tiles;
                if (!is_last)
                    teq_tile_entry_unpack(it->prg[d->tile_addr + t + 1], &next);
                k += e.reload;
                if (e.reload && (g == 0 || multi))
                    tell_weights(it, d, &e, p, k);
                const bool ends = is_last ? multi || g + 1 == groups : next.reload && (g == 0 || multi);
                tell_vectors(it, d, &e, (position){.p = p, .g = g}, rows, t == 0, is_last, ends);
            }
        }
    }
}

/* --- the program ------------------------------------------------------------------ */

/* A chained vector's sums in the lower half of the columns began in the upper half with the
 * vector before; with the first one of a pass they begin from zero. */
static void follow(const teq_interpreter *it, const uint64_t *before, bool is_first, uint64_t *sum)
{
    const unsigned half = it->params->array.cols / 2u;
    for (unsigned column = 0; column < half && !is_first; column++)
        sum[column] += before[half + column];
}

/* before: sums of the vector before it in the pass, of a chain; this one's take their place. */
static bool vector(teq_interpreter *it, const teq_descriptor *d, position at, uint64_t *before, teq_error *err)
{
    uint64_t sum[TEQ_COLS_MAX];
    if (d->op == TEQ_OP_MAX)
        return largest(it, d, at, err);
    if (d->n_tiles > 1 && at.oy * d->ow + at.ox >= it->params->array.psum_depth)
        return refuse(it, TEQ_ERROR_CAUSE_PSUM, err, "partial sum's address");
    if (!dot(it, d, at, sum, err))
        return false;
    if (d->chain)
        follow(it, before, begins_pass(&at), sum);
    memcpy(before, sum, it->params->array.cols * sizeof *sum);
    return finish_dot(it, d, at.p, at.g * d->group_rows + at.oy, at.ox, sum, err);
}

static bool layer(teq_interpreter *it, const teq_descriptor *d, teq_error *err)
{
    int64_t cfg = d->cfg_addr;
    uint64_t before[TEQ_COLS_MAX];
    const bool is_dot = d->op == TEQ_OP_DOT;
    if (is_dot && it->beats)
        tell_layer(it, d);
    if (is_dot && !configure_all(it, cfg, d->n_layer_cfg, err))
        return false;
    cfg += d->n_layer_cfg;
    for (int64_t p = 0; p < d->n_pass; p++, cfg += d->n_pass_cfg) {
        if (is_dot && !configure_all(it, cfg, d->n_pass_cfg, err))
            return false;
        for (int64_t oy = 0; oy < d->oh; oy++)
            for (int64_t ox = 0; ox < d->ow; ox++) {
                const position at = {.p = p, .g = oy / d->group_rows, .oy = oy % d->group_rows, .ox = ox};
                if (!vector(it, d, at, before, err))
                    return false;
            }
    }
    return true;
}

static bool input(teq_interpreter *it, const teq_descriptor *d, teq_error *err)
{
    const unsigned na_max = it->params->array.na_max;
    for (int64_t l = 0; l < d->n_lines; l++)
        for (int64_t i = 0; i < d->line_len; i++) {
            const int64_t j = (d->out_base + l * d->line_step + i) & teq_core_mask(it->params);
            if (it->in_at == it->n_in)
                return teq_fail(err, TEQ_ERR_ARG, "program: input: got %zu codes, expected more", it->n_in);
            if (!is_inside(it, j))
                return refuse(it, TEQ_ERROR_CAUSE_WRITE, err, "the input is written outside ACT");
            const unsigned byte = it->in[it->in_at++];
            it->act[j] = (uint16_t)(na_max >= 8 && !d->sgn ? byte : (byte >> 7 << na_max) + byte % (1u << (na_max < 7 ? na_max : 7)));
        }
    return true;
}

static bool fields_are_legal(const teq_core_params *p, const teq_descriptor *d)
{
    const teq_array_params *a = &p->array;
    if (d->op == TEQ_OP_INPUT)
        return d->n_lines > 0 && d->line_len > 0 && (!d->early || d->n_lines == 1);
    if (d->n_tiles * d->n_pass * d->oh == 0 || d->ow * d->group_rows == 0 || d->n_ty * d->n_tx == 0)
        return false;
    const uint32_t lanes[] = {d->lanes, d->lanes_x, d->lanes_pass};
    for (unsigned i = 0; i < 3; i++)
        if (lanes[i] < 1 || lanes[i] > a->cols)
            return false;
    if (d->op == TEQ_OP_MAX)
        return d->n_tiles == 1;
    if ((d->res && !p->residual) || (d->indirect && !p->indirect))
        return false;
    if (d->chain && !(a->chain && d->n_tiles == 1 && d->n_ty * d->n_tx == 1))
        return false;
    return teq_array_is_int(a) || (d->w_n > 1 && d->w_n + d->w_shift <= a->n_max && d->a_n > 1 && d->a_n <= a->na_max);
}

bool teq_interpret(teq_interpreter *it, teq_error *err)
{
    it->cause = 0;
    for (int64_t pc = 0;; pc += TEQ_DESCRIPTOR_WORDS) {
        uint64_t word[TEQ_DESCRIPTOR_WORDS];
        teq_descriptor d;
        for (int i = 0; i < TEQ_DESCRIPTOR_WORDS; i++)
            if (!fetch(it, pc + i, &word[i], err))
                return false;
        teq_descriptor_unpack(word, &d);
        teq_descriptor_fit(it->params, &d);
        if (d.op == TEQ_OP_END)
            return true;
        if (d.op > TEQ_OP_MAX || (d.op == TEQ_OP_MAX && !it->params->maximum))
            return refuse(it, TEQ_ERROR_CAUSE_OP, err, "op");
        if (!fields_are_legal(it->params, &d))
            return refuse(it, TEQ_ERROR_CAUSE_FIELD, err, "a field of a descriptor");
        if (!(d.op == TEQ_OP_INPUT ? input(it, &d, err) : layer(it, &d, err)))
            return false;
    }
}

void teq_interpret_free(teq_interpreter *it)
{
    free(it->out);
    it->out = NULL;
    it->n_out = it->out_room = 0;
}
