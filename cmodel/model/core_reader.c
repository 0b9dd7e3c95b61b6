/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader: walks a tile's vectors, reads them from ACT, hands them to the array or to
 * the MAX unit. docs/core.md, section 2 (DOT, MAX) and section 6, "Reader".
 */
#include "teq/model_core.h"

#include <string.h>

void teq_core_reader_init(teq_core_reader *r) { memset(r, 0, sizeof *r); }

/* --- the walk --------------------------------------------------------------- */

static uint64_t low_lanes(unsigned n) { return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1; }

static uint32_t vector_addr(const teq_core_reader *r, const teq_core_params *p, const teq_core_tile *tile)
{
    return (tile->addr + r->row_addr + r->col_addr + r->win_addr + r->tap_addr) & teq_core_mask(p);
}

/* Lanes inside the input: 0 <= y < H, 0 <= u < U, i < lanes. */
static uint64_t vector_mask(const teq_core_reader *r, const teq_core_params *p, const teq_core_tile *tile, const teq_descriptor *d)
{
    const int32_t y = teq_core_signed(p, tile->y + r->row_y + r->win_y);
    const int32_t u = teq_core_signed(p, tile->u + r->col_addr + r->tap_addr);
    const int32_t low = u < 0 ? -u : 0, room = (int32_t)d->u_len - u;
    const int32_t high = room < tile->lanes ? room : tile->lanes;
    if (y < 0 || y >= (int32_t)d->h || low >= high)
        return 0;
    return low_lanes((unsigned)high) & ~low_lanes((unsigned)low);
}

static bool ends_window(const teq_core_reader *r, const teq_descriptor *d)
{
    return r->ty + 1 == d->n_ty && r->tx + 1 == d->n_tx;
}

static bool ends_tile(const teq_core_reader *r, const teq_core_tile *tile, const teq_descriptor *d)
{
    return ends_window(r, d) && r->ox + 1 == d->ow && r->oy + 1u == tile->rows;
}

static bool has_residual(const teq_descriptor *d) { return d->op == TEQ_OP_DOT && d->res; }

static uint32_t sum_addr(const teq_core_reader *r, const teq_descriptor *d) { return d->n_tiles > 1 ? r->sum : 0; }

static void look_residual(const teq_core_reader *r, const teq_core_params *p, const teq_core_tile *tile,
                          const teq_descriptor *d, teq_core_reader_out *out)
{
    const unsigned lanes = teq_core_lanes(d, r->ox + 1 == d->ow, tile->pass + 1u == d->n_pass);
    out->addr = (tile->res_addr + r->row_res + r->col_res) & teq_core_mask(p);
    out->t = d->res_t;
    out->mask = low_lanes(lanes);
    out->pops = ends_tile(r, tile, d);
}

void teq_core_reader_look(const teq_core_reader *r, const teq_core_params *p, const teq_descriptor *d,
                          const teq_core_act *act, const teq_core_reader_in *in, teq_core_reader_out *out)
{
    const teq_core_tile *tile = &r->queue.entry[0];
    const bool is_dot = d->op == TEQ_OP_DOT;
    out->fault = (teq_core_fault){0};
    out->c_taken = r->c.valid && (!is_dot || (r->c.residual ? in->r_tready : in->a_tready));
    out->b_moves = r->b.valid && (!r->c.valid || out->c_taken);
    out->steps = r->queue.n > 0 && (!r->b.valid || out->b_moves);
    out->final = out->pops = false;
    if (!out->steps)
        return;
    if (r->residual) {
        look_residual(r, p, tile, d, out);
    } else {
        out->final = tile->last && ends_window(r, d);
        out->addr = vector_addr(r, p, tile);
        out->t = 0;
        out->mask = vector_mask(r, p, tile, d);
        out->pops = ends_tile(r, tile, d) && !(out->final && has_residual(d));
        if (is_dot && out->final && in->loaded <= tile->pass)
            out->steps = false;
        if (in->input_busy && teq_core_signed(p, out->addr) + p->array.rows > teq_core_signed(p, in->in_next))
            out->steps = false;
    }
    if (!out->steps) {
        out->pops = false;
        return;
    }
    if (teq_core_act_outside(act, out->addr, out->t, out->mask))
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_READ, out->addr);
    if (is_dot && !r->residual && sum_addr(r, d) >= p->array.psum_depth)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_PSUM, sum_addr(r, d));
}

/* tx, ty, ox, oy in this order; positions behind an end start again. */
static void advance(teq_core_reader *r, const teq_core_tile *tile, const teq_descriptor *d)
{
    r->tap_addr += (uint32_t)d->u_tx;
    if (++r->tx < d->n_tx)
        return;
    r->tx = r->tap_addr = 0;
    r->win_addr += (uint32_t)d->in_ty;
    r->win_y += d->y_ty;
    if (++r->ty < d->n_ty)
        return;
    r->ty = r->win_addr = r->win_y = 0;
    r->col_addr += (uint32_t)d->u_ox;
    r->col_res += (uint32_t)d->res_ox;
    r->sum++;
    if (++r->ox < d->ow)
        return;
    r->ox = r->col_addr = r->col_res = 0;
    r->row_addr += (uint32_t)d->in_oy;
    r->row_y += d->y_oy;
    r->row_res += (uint32_t)d->res_oy;
    if (++r->oy < tile->rows)
        return;
    r->oy = r->row_addr = r->row_y = r->row_res = r->sum = 0;
}

/* --- data ------------------------------------------------------------------- */

/* The code of a lane as the tile's part wants it. */
static uint16_t parted(unsigned code, unsigned part, unsigned s, unsigned zero, bool keeps_sign)
{
    const bool negative = code & s;
    const unsigned magnitude = code & (s - 1u);
    if (part == 0)
        return (uint16_t)(keeps_sign ? code : magnitude);
    return (uint16_t)(negative == (part == 2) ? magnitude : zero);
}

static void fill_vector(teq_core_vector *v, const teq_core_tile *tile, const teq_core_params *p,
                        const teq_descriptor *d, teq_core_act *act, uint32_t addr)
{
    const unsigned s = 1u << p->array.na_max, zero = teq_core_zero_code(p, d->a_n), rows = p->array.rows;
    uint16_t raw[TEQ_ROWS_MAX] = {0};
    teq_core_act_read(act, addr, 0, v->mask, raw);
    v->n_lanes = v->n_zero = 0;
    for (unsigned i = 0; i < rows; i++) {
        v->code[i] = (uint16_t)zero;
        if (!(v->mask >> i & 1u))
            continue;
        v->code[i] = parted(raw[i], tile->part, s, zero, d->op == TEQ_OP_MAX);
        v->n_lanes++;
        v->n_zero = (uint8_t)(v->n_zero + (v->code[i] == zero));
    }
}

static void fill_residual(teq_core_vector *v, const teq_core_params *p, teq_core_act *act, uint32_t addr, unsigned t)
{
    const uint16_t zero = (uint16_t)teq_core_zero_code(p, p->array.na_max);
    for (unsigned i = 0; i < p->array.cols; i++)
        v->code[i] = zero;
    teq_core_act_read(act, addr, t, v->mask, v->code);
}

/* act: NULL for control alone. */
static void step_a(teq_core_reader *r, const teq_core_params *p, const teq_descriptor *d, teq_core_act *act,
                   const teq_core_reader_out *out)
{
    const teq_core_tile *tile = &r->queue.entry[0];
    teq_core_vector *v = &r->b;
    v->valid = true;
    v->residual = r->residual;
    v->first = tile->first && r->ty == 0 && r->tx == 0 && (!teq_descriptor_chains(d) || (r->oy == 0 && r->ox == 0));
    v->final = out->final;
    v->last = tile->end && ends_tile(r, tile, d);
    v->bank = tile->pass & 1u;
    v->addr = (uint16_t)sum_addr(r, d);
    v->mask = out->mask;
    if (!act)
        v->n_lanes = (uint8_t)__builtin_popcountll(v->mask);
    else if (r->residual)
        fill_residual(v, p, act, out->addr, out->t);
    else
        fill_vector(v, tile, p, d, act, out->addr);
    r->residual = out->final && has_residual(d);
    if (!r->residual)
        advance(r, tile, d);
}

void teq_core_reader_step(teq_core_reader *r, const teq_core_params *p, const teq_descriptor *d, teq_core_act *act,
                          const teq_core_reader_out *out, const teq_core_tile *push, bool no_data)
{
    const bool full = r->queue.n == 2;
    if (out->b_moves)
        r->c = r->b;
    else if (out->c_taken)
        r->c.valid = false;
    if (out->steps)
        step_a(r, p, d, no_data ? NULL : act, out);
    else if (out->b_moves)
        r->b.valid = false;
    if (out->pops) {
        r->queue.entry[0] = r->queue.entry[1];
        r->queue.n--;
    }
    if (push && !full)
        r->queue.entry[r->queue.n++] = *push;
}
