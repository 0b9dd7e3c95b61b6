/* SPDX-License-Identifier: Apache-2.0 */
#include "array_corners.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "teq/model_count.h"

static const char *const names[N_CORNERS] = {
    [C_ZERO_VECTOR] = "vector of zeros", [C_ZERO_TILE] = "tile of zeros",
    [C_SAT_HIGH] = "y = 32767", [C_SAT_LOW] = "y = -32767", [C_SAT_RESIDUAL] = "saturated by the residual",
    [C_LONGEST_POSITIVE] = "longest sum, positive", [C_LONGEST_NEGATIVE] = "longest sum, negative",
    [C_SINGLE_VECTOR] = "tile of one vector", [C_SINGLE_VECTORS] = "two tiles of one vector in succession",
    [C_PSUM_SAME] = "same partial sum in succession", [C_PSUM_OTHER] = "partial sum from memory",
    [C_RESIDUAL] = "residual", [C_SIGNED] = "negative code",
    [C_ZERO_CODE] = "zero code out", [C_TOP_CODE] = "top code out",
    [C_BANK_0] = "bank 0", [C_BANK_1] = "bank 1", [C_BOTH_BANKS] = "both banks under way",
    [C_WRITE_UNDER_WAY] = "bank written while the other is in use", [C_TABLES] = "tables written again",
    [C_WRITE_ALL] = "all columns of a bank written at once",
    [C_TABLES_UNDER_WAY] = "tables written while vectors move that are not final",
    [C_BAD_FORMAT] = "illegal weight format", [C_TLAST_EARLY] = "tlast too early", [C_TLAST_MISSING] = "tlast missing",
    [C_OVERFLOW] = "counter overflow",
    [C_RESET_BUSY] = "reset in the middle of work",
    [C_OUTPUT_STALLS] = "output buffer stops the requantizers", [C_RESIDUAL_STALLS] = "a residual is waited for",
    [C_WEIGHTS_WAIT] = "weights wait for the array", [C_ACTIVATIONS_WAIT] = "activations wait for weights",
    [C_NO_BUBBLE] = "sustained vectors at full speed",
    [C_CHAIN] = "chain goes on", [C_CHAIN_WAITS] = "chain goes on after a wait", [C_CHAIN_AGAIN] = "chain begins behind another",
    [C_CHAIN_AFTER_SUM] = "chain goes on from an ordinary vector", [C_SUM_AFTER_CHAIN] = "ordinary vector goes on from a chain",
    [C_CHAIN_NOT_FINAL] = "chained vector that is not final",
};

void array_corners_init(array_corners *c, const teq_array_params *p) {
    *c = (array_corners){.params = p, .tile_starts = true};
}

static void hit(array_corners *c, array_corner corner, bool holds) { c->hits[corner] += holds; }

/* ---- weights -------------------------------------------------------------------------- */

static void look_weights(array_corners *c, const teq_array *a, const teq_array_in *in, const teq_array_out *out) {
    hit(c, C_WEIGHTS_WAIT, in->s_axis_w_tvalid && !out->s_axis_w_tready);
    if (!in->s_axis_w_tvalid || !out->s_axis_w_tready) return;
    const unsigned n = in->s_axis_w_tuser & 7u, shift = in->s_axis_w_tuser >> 3;
    const bool legal = teq_weight_format_legal(c->params, n, shift);
    const bool is_last = a->group == teq_load_cycles(c->params) - 1;
    if (legal) c->w_format[n][shift]++;
    hit(c, C_BAD_FORMAT, !legal);
    hit(c, C_TLAST_EARLY, in->s_axis_w_tlast && !is_last);
    hit(c, C_TLAST_MISSING, !in->s_axis_w_tlast && is_last);
}

static const uint8_t *active_weights(const teq_array *a, unsigned col) {
    return a->count ? a->count->column[col].w : a->tile.column[col].w;
}

/* Rows of the active tile with a weight that is not zero. */
static unsigned used_rows(const teq_array *a) {
    const uint8_t zero = teq_zero_weight(&a->params);
    unsigned used = 0;
    for (unsigned row = 0; row < a->params.rows; row++) {
        bool any = false;
        for (unsigned col = 0; col < a->params.cols; col++) any |= active_weights(a, col)[row] != zero;
        used += any;
    }
    return used;
}

/* ---- sums ------------------------------------------------------------------------------ */

static void look_vector(array_corners *c, const teq_array_in *in, const teq_array_out *out) {
    hit(c, C_ACTIVATIONS_WAIT, in->s_axis_a_tvalid && !out->s_axis_a_tready);
    if (!in->s_axis_a_tvalid || !out->s_axis_a_tready) return;
    const teq_array_user *u = &in->s_axis_a_tuser;
    const unsigned zero = teq_array_is_int(c->params) ? 0 : (1u << u->a_n) - 1;
    bool all = true;
    for (unsigned i = 0; i < c->params->rows; i++) all &= in->s_axis_a_tdata[i] == zero;
    hit(c, C_ZERO_VECTOR, all);
    c->a_bits[u->a_n]++;
    c->a_shift[u->a_shift]++;
    const bool single = c->tile_starts && in->s_axis_a_tlast;
    hit(c, C_SINGLE_VECTOR, single);
    hit(c, C_SINGLE_VECTORS, single && c->last_single);
    c->last_single = single;
    c->tile_starts = in->s_axis_a_tlast;
}

/* Is the finished sum that of as many largest products as the accumulator holds? */
static void look_longest(array_corners *c, const teq_array *a) {
    const teq_array_params *p = &a->params;
    const bool is_int = teq_array_is_int(p);
    if (a->count) {
        const unsigned most = ((1u << (TEQ_COUNT_CNT_W - 1)) - 1) / p->rows;
        const bool full = teq_array_moves(a) && a->user1.final && !a->user1.first && a->count->vectors == most - 1;
        hit(c, C_LONGEST_POSITIVE, full && active_weights(a, 0)[0] == 0);
        hit(c, C_LONGEST_NEGATIVE, full && active_weights(a, 0)[0] == 1u << p->n_max);
        return;
    }
    const uint64_t top = is_int ? ((UINT64_C(1) << p->n_max) - 1) * ((UINT64_C(1) << p->na_max) - 1)
                                : (uint64_t)((1u << p->mb) - 1u) << (p->pw - p->mb);
    const uint64_t all = (UINT64_C(1) << p->acc_w) - 1, k = all / (top * p->rows) * p->rows;
    const uint8_t positive = (uint8_t)(is_int ? (1u << p->n_max) - 1 : 0);
    const uint8_t negative = (uint8_t)((1u << p->n_max) + is_int);
    const uint64_t high = k * (top + teq_cell_bias(p, positive)) & all;
    const uint64_t low = k * (teq_cell_bias(p, negative) - top) & all;
    const uint64_t acc = a->tile.column[0].acc;
    hit(c, C_LONGEST_POSITIVE, a->v2 && c->weight_before == positive && acc == high);
    hit(c, C_LONGEST_NEGATIVE, a->v2 && c->weight_before == negative && acc == low);
    if (teq_array_adds(a)) c->weight_before = p->pipe ? c->weight_moved : a->tile.column[0].w[0];
    if (teq_array_moves(a)) c->weight_moved = a->tile.column[0].w[0];
}

static void look_chains(array_corners *c, const teq_array *a) {
    const teq_array_user *u = teq_array_added(a);
    const bool goes_on = u->chain && !u->first && c->last_chained;
    if (!teq_array_adds(a)) {
        c->waited |= (a->params.pipe ? a->vp : a->v1) && goes_on;
        return;
    }
    hit(c, C_CHAIN, goes_on);
    hit(c, C_CHAIN_WAITS, goes_on && c->waited);
    hit(c, C_CHAIN_AGAIN, u->chain && u->first && c->last_chained);
    hit(c, C_CHAIN_AFTER_SUM, u->chain && !u->first && c->moved && !c->last_chained);
    hit(c, C_SUM_AFTER_CHAIN, !u->chain && !u->first && c->last_chained && !teq_psum_sel(&a->psum, u->addr));
    hit(c, C_CHAIN_NOT_FINAL, u->chain && !u->final);
    c->moved = true;
    c->last_chained = u->chain;
    c->waited = false;
}

static void look_sums(array_corners *c, const teq_array *a, const array_stim *s) {
    if (a->params.chain) look_chains(c, a);
    const teq_array_user *added = teq_array_added(a);
    hit(c, C_PSUM_SAME, teq_array_adds(a) && !added->first && !teq_psum_sel(&a->psum, added->addr));
    hit(c, C_PSUM_OTHER, teq_array_adds(a) && !added->first && teq_psum_sel(&a->psum, added->addr));
    if (!teq_array_moves(a)) return;
    const unsigned used = used_rows(a);
    c->rows[used]++;
    hit(c, C_ZERO_TILE, used == 0);
    hit(c, C_NO_BUBBLE, array_stim_must_accept(s));
}

/* ---- requantizers ----------------------------------------------------------------------- */

static void look_serial(array_corners *c, const teq_array *a) {
    const teq_requant_unit *u = &a->requant;
    const teq_requant_serial *q = &u->serial;
    hit(c, C_RESIDUAL_STALLS, q->at == TEQ_SERIAL_SHIFT && q->step == 14 && a->user2.res && u->n_r == 0);
    hit(c, C_OUTPUT_STALLS, q->at == TEQ_SERIAL_B && a->v2 && u->n_y > 0);
    hit(c, a->user2.bank ? C_BANK_1 : C_BANK_0, q->at == TEQ_SERIAL_U);
    if (q->at != TEQ_SERIAL_D || !a->user2.res) return;
    const unsigned slot = u->r[0][q->column], na_max = a->params.na_max;
    const int d = u->table.d[slot & ((1u << na_max) - 1)], y = slot >> na_max ? q->y - d : q->y + d;
    hit(c, C_RESIDUAL, true);
    hit(c, C_SAT_RESIDUAL, (y > 32767 || y < -32767) && q->y < 32767 && q->y > -32767);
}

static void look_requant(array_corners *c, const teq_array *a) {
    const teq_requant_unit *u = &a->requant;
    const teq_requant_tag *r3 = &u->tag[2], *last = &u->tag[3 + teq_code_stages(&a->params)];
    const bool moves = teq_requant_unit_moves(u);
    hit(c, C_RESIDUAL_STALLS, r3->valid && r3->res && u->n_r == 0);
    hit(c, C_OUTPUT_STALLS, last->valid && u->n_y == 2);
    hit(c, C_RESIDUAL, r3->valid && r3->res && moves);
    bool bank[2] = {false, false};
    for (unsigned i = 0; i < 4; i++)
        if (u->tag[i].valid) bank[u->tag[i].entry >= a->params.cols] = true;
    hit(c, C_BANK_0, bank[0]);
    hit(c, C_BANK_1, bank[1]);
    hit(c, C_BOTH_BANKS, bank[0] && bank[1]);
    if (!r3->valid || !r3->res || !moves) return;
    const unsigned slot = u->r[0][0], na_max = a->params.na_max;
    const int d = u->table.d[slot & ((1u << na_max) - 1)], y0 = u->lane[0].y0;
    const int y = slot >> na_max ? y0 - d : y0 + d;
    hit(c, C_SAT_RESIDUAL, (y > 32767 || y < -32767) && y0 < 32767 && y0 > -32767);
}

static void look_output(array_corners *c, const teq_array *a, const teq_array_in *in, const teq_array_out *out) {
    if (!out->m_axis_y_tvalid || !in->m_axis_y_tready) return;
    const unsigned all = (1u << a->params.na_max) - 1, top = a->requant.table.code_top;
    const bool is_int = teq_array_is_int(&a->params);
    for (unsigned i = 0; i < a->params.n_requant; i++) {
        const unsigned slot = out->m_axis_y->code[i], code = slot & all;
        hit(c, C_SAT_HIGH, out->m_axis_y->word[i] == 32767);
        hit(c, C_SAT_LOW, out->m_axis_y->word[i] == -32767);
        hit(c, C_SIGNED, slot > all);
        hit(c, C_ZERO_CODE, code == (is_int ? 0 : top));
        hit(c, C_TOP_CODE, code == (is_int ? top : 0));
    }
}

void array_corners_look(array_corners *c, const teq_array *a, const teq_array_in *in, const teq_array_out *out,
                        const array_stim *s) {
    if (!in->rst_ni) {
        hit(c, C_RESET_BUSY, a->count ? a->count->busy : a->v2);
        c->tile_starts = true;
        c->moved = c->last_chained = c->waited = false;
        return;
    }
    look_weights(c, a, in, out);
    look_vector(c, in, out);
    look_longest(c, a);
    look_sums(c, a, s);
    if (a->params.serial) look_serial(c, a);
    else look_requant(c, a);
    look_output(c, a, in, out);
    hit(c, C_OVERFLOW, out->error_o & 4);
    hit(c, C_WRITE_UNDER_WAY, in->cfg_we_i && in->cfg_sel_i < 3 && (s->in_flight[0] || s->in_flight[1]));
    hit(c, C_WRITE_ALL, in->cfg_we_i && in->cfg_sel_i < 3 && in->cfg_index_i >= 0x80);
    hit(c, C_TABLES_UNDER_WAY, in->cfg_we_i && in->cfg_sel_i >= 3 && in->s_axis_a_tvalid && out->s_axis_a_tready);
    hit(c, C_TABLES, in->cfg_we_i && in->cfg_sel_i == 5 && s->configured);
}

/* ---- the verdict ------------------------------------------------------------------------- */

/* Some corners do not exist in every configuration. */
static bool possible(const array_corners *c, unsigned corner) {
    const teq_array_params *p = c->params;
    switch (corner) {
    case C_PSUM_OTHER: return p->psum_depth > 1;
    case C_BOTH_BANKS: return p->engine != TEQ_ARRAY_COUNT && !p->serial; /* sums come far apart */
    case C_OVERFLOW: return p->engine == TEQ_ARRAY_COUNT;
    case C_BAD_FORMAT: return !teq_array_is_int(p);
    case C_TLAST_EARLY: return teq_load_cycles(p) > 1;
    case C_LONGEST_POSITIVE:
    case C_LONGEST_NEGATIVE: return p->acc_w < 30;
    case C_NO_BUBBLE: return p->is_double && !p->serial;
    case C_CHAIN:
    case C_CHAIN_WAITS:
    case C_CHAIN_AGAIN:
    case C_CHAIN_AFTER_SUM:
    case C_SUM_AFTER_CHAIN:
    case C_CHAIN_NOT_FINAL: return p->chain;
    default: return true;
    }
}

typedef struct tally {
    bench *bench;
    unsigned seen, asked;
} tally;

__attribute__((format(printf, 3, 4))) static void ask(tally *t, uint64_t hits, const char *format, ...) {
    char what[128];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    t->asked++;
    t->seen += hits > 0;
    if (t->bench->verbose) printf("%10llu  %s\n", (unsigned long long)hits, what);
    if (!dut_info.four_state) bench_check(t->bench, hits > 0, "never seen in this run: %s", what);
}

void array_corners_report(const array_corners *c, bench *b) {
    if (b->max_cycles) return;
    const teq_array_params *p = c->params;
    tally t = {.bench = b};
    for (unsigned i = 0; i < N_CORNERS; i++)
        if (possible(c, i)) ask(&t, c->hits[i], "%s", names[i]);
    for (unsigned i = 1; i <= p->rows; i++) ask(&t, c->rows[i], "%u rows in use", i);
    for (unsigned n = 2; n <= 7 && !teq_array_is_int(p); n++) {
        if (n <= p->na_max) ask(&t, c->a_bits[n], "activations of %u bits", n);
        for (unsigned shift = 0; shift + n <= p->n_max; shift++)
            ask(&t, c->w_format[n][shift], "weights of %u bits, shift %u", n, shift);
    }
    bench_note(b, "corners: %u of %u seen", t.seen, t.asked);
}
