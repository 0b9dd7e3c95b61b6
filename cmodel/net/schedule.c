/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of the array in one pass: the input element that it reads and, for each column,
 * the weight slot. */
typedef struct row {
    int c, y, x, part;
    uint8_t slot[TEQ_COLS_MAX];
} row;

typedef struct lowering {
    const teq_qnet *net;
    const teq_qlayer *l;
    const teq_array_params *p;
    size_t n;                 /* samples                                     */
    const uint8_t *in, *res;
    const teq_qtensor *input; /* the layer's input tensor                    */
    uint8_t zero_a;           /* activation code of zero                     */
    unsigned a_shift, w_shift;
    row *rows;                /* of the current pass                         */
    size_t n_rows;
    teq_schedule *s;
} lowering;

bool teq_schedule_target(const teq_array_params *params, teq_target *out, teq_error *err)
{
    if (!teq_array_params_check(params, err))
        return false;
    *out = (teq_target){.arith = TEQ_ARITH_SHIFT, .caps = teq_array_caps(params)};
    strcpy(out->name, teq_array_engine_name(params->engine));
    if (teq_array_is_int(params))
        out->arith = TEQ_ARITH_INT;
    if (params->engine == TEQ_ARRAY_COUNT) {
        out->arith = TEQ_ARITH_EXACT;
        out->caps.pw = 15; /* G[0] = 2^15 */
    }
    return true;
}

bool teq_schedule_accepts(const teq_array_params *params, const teq_target *t, const char *what, teq_error *err)
{
    teq_target want;
    if (!teq_schedule_target(params, &want, err))
        return false;
    const teq_engine_caps *has = &t->caps, *need = &want.caps;
    bool same = t->arith == want.arith && has->acc_w == need->acc_w;
    if (want.arith == TEQ_ARITH_SHIFT)
        same = same && has->n_max == need->n_max && has->k_res == need->k_res && has->mb == need->mb && has->pw == need->pw;
    if (want.arith == TEQ_ARITH_EXACT)
        same = same && has->pw == need->pw;
    if (!same)
        return teq_fail(err, TEQ_ERR_UNSUPPORTED,
                        "%s: quantized for target \"%s\" (N_MAX %u, K_RES %u, MB %u, PW %u, ACC_W %u), the array is %s with "
                        "N_MAX %u, K_RES %u, MB %u, PW %u, ACC_W %u",
                        what, t->name, has->n_max, has->k_res, has->mb, has->pw, has->acc_w, want.name, need->n_max,
                        need->k_res, need->mb, need->pw, need->acc_w);
    return true;
}

void teq_schedule_free(teq_schedule *s)
{
    free(s->cfg);
    free(s->cfg_end);
    free(s->tile);
    free(s->load);
    free(s->a);
    free(s->a_user);
    free(s->a_last);
    free(s->a_pass);
    free(s->r);
    free(s->y);
    free(s->y_end);
    *s = (teq_schedule){0};
}

static uint8_t weight_slot(const lowering *w, teq_qrow r)
{
    if (teq_array_is_int(w->p))
        return (uint8_t)((r.s ? -r.e : r.e) & ((1 << (w->p->n_max + 1)) - 1));
    return (uint8_t)(r.s << w->p->n_max | r.e);
}

/* Slot of a row that this column has no weight for. */
static uint8_t zero_slot(const lowering *w)
{
    return (uint8_t)(teq_array_is_int(w->p) ? 0 : (1 << w->l->n_w) - 1);
}

/* --- checks ------------------------------------------------------------------------ */

static bool check(lowering *w, int step, teq_error *err)
{
    const teq_qlayer *l = w->l;
    const teq_target *t = &w->net->target;
    if (l->op != TEQ_QOP_DOT)
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "%s: step %d is no dot-product layer", l->name, step);
    if (!teq_schedule_accepts(w->p, t, l->name, err))
        return false;
    if (t->arith == TEQ_ARITH_EXACT && l->t_w != l->t_a)
        return teq_fail(err, TEQ_ERR_ARG, "%s: weights of t %d, activations of t %d: engine count wants one base", l->name,
                        l->t_w, l->t_a);
    int n_out = l->out >= 0 ? w->net->tensor[l->out].n : 0;
    int n_res = l->res >= 0 ? w->net->tensor[l->res].n : 0;
    if (l->n_w > w->p->n_max || w->input->n > w->p->na_max || n_out > w->p->na_max || n_res > w->p->na_max)
        return teq_fail(err, TEQ_ERR_ARG, "%s: codes of %d (weights), %d, %d, %d bits, the array has N_MAX %u, NA_MAX %u",
                        l->name, l->n_w, w->input->n, n_res, n_out, w->p->n_max, w->p->na_max);
    if (t->arith == TEQ_ARITH_SHIFT) {
        teq_format fw = {(uint8_t)l->n_w, (uint8_t)l->K, (uint8_t)l->t_w, true};
        teq_format fa = {(uint8_t)w->input->n, (uint8_t)l->K, (uint8_t)l->t_a, w->input->is_signed};
        teq_engine_caps caps = teq_array_caps(w->p);
        return teq_layer_shifts(&caps, fw, fa, &w->w_shift, &w->a_shift, err);
    }
    return true;
}

/* --- configuration ------------------------------------------------------------------- */

static void write_cfg(teq_schedule *s, unsigned sel, unsigned index, uint64_t data)
{
    s->cfg[s->n_cfg++] = (teq_cfg_write){(uint8_t)sel, (uint8_t)index, data};
}

/* What the layer keeps for all passes: thresholds, residual table, code limits, G. */
static void layer_cfg(lowering *w)
{
    const teq_qlayer *l = w->l;
    const unsigned n_th = (1u << w->p->na_max) - 1u;
    const teq_qtensor *out = l->out >= 0 ? &w->net->tensor[l->out] : NULL;
    const unsigned top = out ? (1u << out->n) - 1u : 0;
    write_cfg(w->s, 5, 0, (uint64_t)top << 8 | (uint64_t)(unsigned)l->int_shift);
    for (unsigned j = 0; j < n_th && !teq_array_is_int(w->p); j++)
        write_cfg(w->s, 3, j, (uint16_t)(out && j < top ? l->th[j] : INT16_MIN));
    for (unsigned e = 0; l->res >= 0 && e <= n_th; e++) {
        const unsigned m = (1u << w->net->tensor[l->res].n) - 1u;
        const bool none = teq_array_is_int(w->p) ? e > m : e >= m;
        write_cfg(w->s, 4, e, none ? 0 : (uint16_t)l->d[e]);
    }
    if (w->p->engine == TEQ_ARRAY_COUNT)
        for (unsigned e = 0; e < (1u << w->p->n_max) + (1u << w->p->na_max) - 3u; e++) {
            /* 48ths of an octave a step; t_w = t_a */
            double octaves = e * (double)(1 << l->t_w) / l->K;
            write_cfg(w->s, 6, e, (uint64_t)lround(ldexp(exp2(-octaves), w->net->target.caps.pw)));
        }
}

/* B_o of the network takes out 2^PW - 1 for each negative exponential weight. An INT cell
 * leaves what its multiplier leaves instead, a counting column nothing. */
static uint64_t column_b(const lowering *w, int o, unsigned col)
{
    uint64_t b = (uint64_t)(int64_t)w->l->q[o].b;
    if (teq_array_is_int(w->p))
        for (size_t r = 0; r < w->n_rows; r++)
            b -= teq_cell_bias(w->p, w->rows[r].slot[col]);
    if (w->p->engine == TEQ_ARRAY_COUNT)
        for (size_t r = 0; r < w->n_rows; r++)
            b += (uint64_t)(w->rows[r].slot[col] >> w->p->n_max) * ((UINT64_C(1) << w->net->target.caps.pw) - 1);
    return b & ((UINT64_C(1) << w->p->acc_w) - 1);
}

static void pass_cfg(lowering *w, int pass)
{
    const unsigned cols = w->p->cols;
    for (unsigned col = 0; col < cols; col++) {
        const int o = pass * (int)cols + (int)col;
        const unsigned index = (unsigned)(pass % 2) * cols + col;
        const bool has = o < w->l->n_out;
        const teq_requant *q = has ? &w->l->q[o] : NULL;
        write_cfg(w->s, 0, index, has ? column_b(w, o, col) : 0);
        write_cfg(w->s, 1, index, has ? (uint64_t)q->s << 16 | q->m : 0);
        write_cfg(w->s, 2, index, has ? (uint64_t)q->c & ((UINT64_C(1) << (w->p->acc_w + 18)) - 1) : 0);
    }
}

/* --- rows ------------------------------------------------------------------------------ */

/* Rows of a pass: those of each group of channels in it, one after the other; a column has
 * weights in the rows of its own group. */
static void pass_rows(lowering *w, int pass)
{
    const int cols = w->p->cols, per_group = w->l->n_out / w->l->group;
    const size_t n = teq_qlayer_n_rows(w->net, w->l);
    int group = -1;
    w->n_rows = 0;
    for (int col = 0; col < cols; col++) {
        const int o = pass * cols + col;
        if (o >= w->l->n_out)
            break;
        const bool is_new = o / per_group != group;
        group = o / per_group;
        if (is_new) {
            for (size_t r = 0; r < n; r++) {
                const teq_qrow q = teq_qlayer_row(w->net, w->l, o, r);
                row *to = &w->rows[w->n_rows++];
                *to = (row){q.c, q.y, q.x, q.part, {0}};
                memset(to->slot, zero_slot(w), sizeof to->slot);
            }
        }
        for (size_t r = 0; r < n; r++) {
            const teq_qrow q = teq_qlayer_row(w->net, w->l, o, r);
            w->rows[w->n_rows - n + r].slot[col] = weight_slot(w, q);
        }
    }
}

/* The code that a row meets at an output pixel. */
static uint8_t activation(const lowering *w, const row *r, size_t sample, int oy, int ox)
{
    const teq_qlayer *l = w->l;
    const int y = oy * l->sh - l->pt + r->y, x = ox * l->sw - l->pl + r->x;
    if (y < 0 || y >= l->h || x < 0 || x >= l->w)
        return w->zero_a;
    const uint8_t code = w->in[sample * w->input->size + ((size_t)r->c * (size_t)l->h + (size_t)y) * (size_t)l->w + (size_t)x];
    const uint8_t e = (uint8_t)(code & ((1u << w->input->n) - 1u));
    const int s = code >> w->input->n;
    if ((r->part > 0 && s) || (r->part < 0 && !s))
        return w->zero_a;
    return e;
}

/* --- beats ------------------------------------------------------------------------------ */

static void emit_tile(lowering *w, size_t tile_row)
{
    const unsigned rows = w->p->rows, cols = w->p->cols;
    uint8_t *slot = w->s->tile + w->s->n_tiles++ * rows * cols;
    for (unsigned col = 0; col < cols; col++)
        for (unsigned r = 0; r < rows; r++)
            slot[col * rows + r] = tile_row + r < w->n_rows ? w->rows[tile_row + r].slot[col] : zero_slot(w);
}

static void emit_vector(lowering *w, int pass, size_t tile_row, size_t q, unsigned addr, bool first, bool is_final, bool is_last)
{
    teq_schedule *s = w->s;
    const teq_qlayer *l = w->l;
    const size_t pixels = (size_t)l->oh * (size_t)l->ow, sample = q / pixels;
    const int oy = (int)(q % pixels) / l->ow, ox = (int)(q % pixels) % l->ow;
    uint8_t *a = s->a + s->n_a * w->p->rows;
    for (unsigned r = 0; r < w->p->rows; r++)
        a[r] = tile_row + r < w->n_rows ? activation(w, &w->rows[tile_row + r], sample, oy, ox) : w->zero_a;
    const bool sgn = l->out >= 0 && w->net->tensor[l->out].is_signed;
    s->a_user[s->n_a] = (teq_array_user){.addr = (uint16_t)addr, .first = first, .final = is_final, .bank = pass % 2,
                                         .res = l->res >= 0 && is_final, .sgn = sgn && is_final,
                                         .a_n = (uint8_t)w->input->n & 7u, .a_shift = (uint8_t)w->a_shift};
    s->a_last[s->n_a] = is_last;
    s->a_pass[s->n_a++] = (uint32_t)pass;
    if (!is_final)
        return;
    const unsigned lanes = w->p->n_requant;
    for (unsigned at = 0; at < w->p->cols; at += lanes) {
        const int o = pass * w->p->cols + (int)at, left = l->n_out - o;
        const int here = left < 0 ? 0 : left < (int)lanes ? left : (int)lanes;
        s->y[s->n_y++] = (teq_y_place){(uint32_t)sample, (uint32_t)(q % pixels), (uint16_t)o, (uint16_t)here};
        if (l->res < 0)
            continue;
        const teq_qtensor *t = &w->net->tensor[l->res];
        uint16_t *slot = s->r + s->n_r++ * lanes;
        for (int j = 0; j < here; j++) {
            const uint8_t code = w->res[sample * t->size + ((size_t)(o + j)) * pixels + q % pixels];
            slot[j] = (uint16_t)((unsigned)code >> t->n << w->p->na_max | (code & ((1u << t->n) - 1u)));
        }
    }
}

/* Sizes first, so that everything is allocated once. */
static bool allocate(lowering *w, teq_error *err)
{
    teq_schedule *s = w->s;
    const teq_qlayer *l = w->l;
    const size_t rows = w->p->rows, cols = w->p->cols, depth = w->p->psum_depth;
    const size_t pixels = w->n * (size_t)l->oh * (size_t)l->ow, groups = (pixels + depth - 1) / depth;
    const size_t chunks = cols / w->p->n_requant;
    size_t tiles = 0, loads = 0, most = 0;
    s->n_passes = (l->n_out + w->p->cols - 1) / w->p->cols;
    for (int pass = 0; pass < s->n_passes; pass++) {
        const int per_group = l->n_out / l->group, o = pass * w->p->cols;
        const int end = o + w->p->cols < l->n_out ? o + w->p->cols : l->n_out;
        const size_t n_groups = (size_t)((end - 1) / per_group - o / per_group + 1);
        const size_t n_rows = n_groups * teq_qlayer_n_rows(w->net, l), n_tiles = (n_rows + rows - 1) / rows;
        most = n_rows > most ? n_rows : most;
        tiles += n_tiles;
        loads += n_tiles == 1 ? 1 : n_tiles * groups;
        s->n_a += n_tiles * pixels;
    }
    s->n_y = pixels * chunks * (size_t)s->n_passes;
    s->n_r = l->res >= 0 ? s->n_y : 0;
    const size_t cfg = 1024 + (size_t)s->n_passes * 3 * cols;
    s->cfg = malloc(cfg * sizeof *s->cfg);
    s->cfg_end = calloc((size_t)s->n_passes + 1, sizeof *s->cfg_end);
    s->y_end = calloc((size_t)s->n_passes, sizeof *s->y_end);
    s->tile = malloc(tiles * rows * cols);
    s->load = malloc(loads * sizeof *s->load);
    s->a = malloc(s->n_a * rows);
    s->a_user = malloc(s->n_a * sizeof *s->a_user);
    s->a_last = malloc(s->n_a);
    s->a_pass = malloc(s->n_a * sizeof *s->a_pass);
    s->r = calloc(s->n_r * w->p->n_requant + 1, sizeof *s->r);
    s->y = malloc(s->n_y * sizeof *s->y);
    w->rows = malloc(most * sizeof *w->rows);
    if (!s->cfg || !s->cfg_end || !s->y_end || !s->tile || !s->load || !s->a || !s->a_user || !s->a_last ||
        !s->a_pass || !s->r || !s->y || !w->rows)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for %zu vectors", l->name, s->n_a);
    s->n_a = s->n_y = s->n_r = 0;
    return true;
}

static void emit_pass(lowering *w, int pass)
{
    teq_schedule *s = w->s;
    const size_t rows = w->p->rows, pixels = w->n * (size_t)w->l->oh * (size_t)w->l->ow;
    const size_t n_tiles = (w->n_rows + rows - 1) / rows, first_tile = s->n_tiles;
    const size_t depth = n_tiles == 1 ? pixels : w->p->psum_depth;
    for (size_t t = 0; t < n_tiles; t++)
        emit_tile(w, t * rows);
    for (size_t q = 0; q < pixels; q += depth) {
        const size_t count = pixels - q < depth ? pixels - q : depth;
        for (size_t t = 0; t < n_tiles; t++) {
            s->load[s->n_loads++] = (uint32_t)(first_tile + t);
            for (size_t i = 0; i < count; i++)
                emit_vector(w, pass, t * rows, q + i, (unsigned)(n_tiles == 1 ? 0 : i), t == 0, t == n_tiles - 1,
                            i == count - 1);
        }
    }
    s->y_end[pass] = s->n_y;
}

bool teq_schedule_layer(const teq_qnet *net, int step, const teq_array_params *params, size_t n,
                        const uint8_t *in, const uint8_t *res, teq_schedule *out, teq_error *err)
{
    *out = (teq_schedule){.params = *params};
    const teq_qlayer *l = &net->step[step];
    lowering w = {.net = net, .l = l, .p = params, .n = n, .in = in, .res = res,
                  .input = &net->tensor[l->in[0]], .s = out};
    if (!check(&w, step, err))
        return false;
    w.zero_a = (uint8_t)(teq_array_is_int(params) ? 0 : (1u << w.input->n) - 1u);
    bool ok = allocate(&w, err);
    if (ok) {
        out->w_user = (uint8_t)(w.w_shift << 3 | ((unsigned)l->n_w & 7u));
        out->macs = teq_qlayer_macs(l) * n;
        layer_cfg(&w);
        out->cfg_end[0] = out->n_cfg;
        for (int pass = 0; pass < out->n_passes; pass++) {
            pass_rows(&w, pass);
            pass_cfg(&w, pass);
            out->cfg_end[pass + 1] = out->n_cfg;
            emit_pass(&w, pass);
        }
    }
    free(w.rows);
    return ok;
}
