/* SPDX-License-Identifier: Apache-2.0 */
#include "array_stim.h"

#include <stdlib.h>
#include <string.h>

#include "teq/model_count.h"

static unsigned below(array_stim *s, unsigned n) { return (unsigned)rng_below(&s->bench->rng, n); }
static bool chance(array_stim *s, unsigned parts) { return rng_chance(&s->bench->rng, parts); }
static unsigned between(array_stim *s, unsigned low, unsigned high) { return low + below(s, high - low + 1); }

bool array_stim_init(array_stim *s, bench *b, const teq_array_params *p) {
    *s = (array_stim){.bench = b, .p = p, .hold = true, .out_n = p->na_max};
    s->is_open = calloc(p->psum_depth, sizeof *s->is_open);
    return s->is_open != NULL;
}

void array_stim_free(array_stim *s) { free(s->is_open); }

/* ---- phases and plans ---------------------------------------------------------------- */

/* Cycles that a sum of engine count leaves in. A phase is long enough for a few of them. */
static unsigned drain(const array_stim *s) {
    if (s->p->engine != TEQ_ARRAY_COUNT) return 0;
    const teq_count_params count = teq_count_params_of_array(s->p);
    return teq_count_n_terms(&count);
}

static void new_phase(array_stim *s) {
    static const unsigned limits[] = {1, 3, 12, 40}, finals[] = {8, 64, 128, 256}, shares[] = {16, 128, 256}, chains[] = {0, 0, 64, 220};
    array_phase *ph = &s->phase;
    ph->begins = dut_cycle();
    ph->ends = ph->begins + between(s, 150, 500) * (1 + drain(s) / 32);
    ph->is_full_speed = s->p->is_double && !s->p->serial && chance(s, 64);
    ph->first_plan = s->n_plans;
    ph->tile_limit = limits[below(s, 4)];
    ph->addr_span = chance(s, 128) ? between(s, 1, s->p->psum_depth < 3 ? s->p->psum_depth : 3) : s->p->psum_depth;
    ph->final_chance = finals[below(s, 4)];
    ph->res_chance = shares[below(s, 3)];
    ph->sgn_chance = shares[below(s, 3)];
    ph->chain_chance = s->p->chain ? chains[below(s, 4)] : 0;
    ph->bank = !ph->bank;
    ph->w = bench_stall_random(s->bench);
    ph->a = bench_stall_random(s->bench);
    ph->r = bench_stall_random(s->bench);
    ph->y = bench_stall_random(s->bench);
    const bench_stall asleep = {.begin = 256, .end = drain(s) < 32 ? 2 : 0};
    if (chance(s, 32)) ph->r = asleep;
    else if (chance(s, 48)) ph->y = asleep;
    if (ph->is_full_speed) ph->w = ph->a = ph->r = ph->y = bench_stall_never();
}

/* Would a final vector cost cycles at full speed? One that leaves in chunks does; engine
 * count drains one while it counts the next. */
static bool final_costs(const array_stim *s) {
    if (s->p->engine != TEQ_ARRAY_COUNT) return teq_chunks(s->p) > 1;
    return s->since_final < drain(s) + teq_chunks(s->p) + 3;
}

/* Vectors of the longest dot product whose products, all of them the largest, fit the
 * accumulator. */
static unsigned longest(const teq_array_params *p) {
    uint64_t top = (uint64_t)((1u << p->mb) - 1u) << (p->pw - p->mb);
    if (teq_array_is_int(p)) top = ((UINT64_C(1) << p->n_max) - 1) * ((UINT64_C(1) << p->na_max) - 1);
    if (p->engine == TEQ_ARRAY_COUNT) return ((1u << (TEQ_COUNT_CNT_W - 1)) - 1) / p->rows;
    const uint64_t n = ((UINT64_C(1) << p->acc_w) - 1) / (top * p->rows);
    return n < 1 ? 1 : n > 600 ? 600 : (unsigned)n;
}

static array_plan *plan(array_stim *s, unsigned index) {
    array_plan *pl = &s->plan[index % N_PLANS];
    if (index < s->n_plans) return pl;
    s->n_plans++;
    const teq_array_params *p = s->p;
    const array_phase *ph = &s->phase;
    static const weight_kind weights[] = {W_RANDOM, W_RANDOM, W_RANDOM, W_RANDOM, W_ZERO, W_TOP, W_BOTTOM, W_RANDOM};
    static const vector_kind vectors[] = {V_RANDOM, V_RANDOM, V_RANDOM, V_RANDOM, V_RANDOM, V_ZERO, V_TOP, V_TOP};
    *pl = (array_plan){
        .weights = weights[below(s, 8)], .vectors = vectors[below(s, 8)],
        .n_vectors = between(s, 1, ph->tile_limit),
        .rows = chance(s, 128) ? p->rows : between(s, 1, p->rows),
        .a_n = (uint8_t)between(s, 2, p->na_max < 7 ? p->na_max : 7), .a_shift = (uint8_t)below(s, 7),
        .bank = ph->bank, .final_chance = ph->final_chance, .res_chance = ph->res_chance,
        .sgn_chance = ph->sgn_chance, .chain_chance = ph->chain_chance, .is_full_speed = ph->is_full_speed,
    };
    pl->w_n = (uint8_t)between(s, 2, p->n_max);
    pl->w_shift = (uint8_t)below(s, p->n_max - pl->w_n + 1u);
    const bool overflows = p->engine == TEQ_ARRAY_COUNT && (index == 2 || chance(s, 2));
    const bool directed = index < 2 || overflows; /* a short run sees these too */
    if ((directed || chance(s, 10)) && p->acc_w < 30) { /* the longest sum */
        pl->one_sum = true;
        pl->rows = p->rows;
        pl->weights = (index < 2 ? index : below(s, 2)) ? W_TOP : W_BOTTOM;
        pl->vectors = V_TOP;
        pl->n_vectors = longest(p);
        if (overflows) pl->n_vectors++;
    }
    if (index >= 3 && index < 3u + p->rows) { /* each number of rows */
        pl->weights = W_RANDOM;
        pl->rows = index - 2;
        pl->n_vectors = 1;
    }
    if (ph->is_full_speed && pl->n_vectors < teq_hiding_vectors(p))
        pl->n_vectors = teq_hiding_vectors(p) + below(s, 2) * below(s, 4);
    return pl;
}

/* ---- streams ------------------------------------------------------------------------- */

static uint8_t int_weight(array_stim *s, const array_plan *pl) {
    const unsigned b = s->p->n_max + 1u;
    switch (pl->weights) {
    case W_TOP: return (uint8_t)((1u << (b - 1)) - 1);
    case W_BOTTOM: return (uint8_t)((1u << (b - 1)) + 1);
    default: break;
    }
    if (chance(s, 64)) return 0;
    const unsigned w = below(s, 1u << b);
    return (uint8_t)(w == 1u << (b - 1) ? 0 : w); /* -2^(b-1) is no weight */
}

static uint8_t stored_weight(array_stim *s, const array_plan *pl, unsigned row, unsigned w_n) {
    const bool is_int = teq_array_is_int(s->p), zero = pl->weights == W_ZERO || row >= pl->rows;
    const unsigned all = (1u << w_n) - 1, sign = 1u << s->p->n_max;
    if (is_int) return zero ? 0 : int_weight(s, pl);
    if (zero || (pl->weights == W_RANDOM && chance(s, 48))) return (uint8_t)(all | (chance(s, 32) ? sign : 0));
    if (pl->weights == W_RANDOM) return (uint8_t)(below(s, all + 1) | below(s, 2) * sign);
    return (uint8_t)(pl->weights == W_BOTTOM ? sign : 0);
}

static void new_weights(array_stim *s, teq_array_in *in) {
    const teq_array_params *p = s->p;
    const array_plan *pl = plan(s, s->w_plan);
    unsigned w_n = pl->w_n, w_shift = pl->w_shift;
    if (s->may_break_format && chance(s, 20)) { /* may be illegal */
        w_n = below(s, 8);
        w_shift = below(s, 8);
    }
    in->s_axis_w_tuser = (uint8_t)(teq_array_is_int(p) ? below(s, 64) : w_shift << 3 | w_n);
    const bool legal = teq_weight_format_legal(p, w_n, w_shift);
    for (unsigned i = 0; i < (unsigned)p->load_cols * p->rows; i++)
        in->s_axis_w_tdata[i] = stored_weight(s, pl, i % p->rows, legal ? w_n : p->n_max);
    in->s_axis_w_tlast = s->w_beat == teq_load_cycles(p) - 1;
    if (s->may_break_tlast && chance(s, 20)) in->s_axis_w_tlast = !in->s_axis_w_tlast;
}

static uint8_t code_of(array_stim *s, const array_plan *pl, vector_kind kind) {
    const unsigned all = (1u << (teq_array_is_int(s->p) ? s->p->na_max : pl->a_n)) - 1;
    const bool is_int = teq_array_is_int(s->p);
    if (kind == V_ZERO || (kind == V_RANDOM && chance(s, 40))) return (uint8_t)(is_int ? 0 : all);
    if (kind == V_TOP) return (uint8_t)(is_int ? all : 0);
    return (uint8_t)below(s, all + 1);
}

static unsigned address(array_stim *s, const array_plan *pl, unsigned last) {
    if (s->p->psum_depth == 1) return 0;
    if (pl->one_sum || chance(s, 48)) return last;
    return below(s, s->phase.addr_span);
}

static void new_vector(array_stim *s, teq_array_in *in) {
    array_plan *pl = plan(s, s->a_plan);
    teq_array_user *u = &in->s_axis_a_tuser;
    if (s->p->psum_depth > 1 && pl->one_sum && s->a_vector == 0) u->addr = (uint16_t)below(s, s->p->psum_depth);
    u->addr = (uint16_t)address(s, pl, u->addr);
    u->first = pl->one_sum ? s->a_vector == 0 : !s->is_open[u->addr] || chance(s, 12);
    u->chain = s->a_vector % 2; /* CHAIN = 0: no meaning */
    if (s->p->chain) {
        u->chain = !pl->one_sum && pl->chain_chance && chance(s, pl->chain_chance);
        if (u->chain) u->first = !s->may_go_on || chance(s, 40);
    }
    u->final = pl->one_sum ? s->a_vector == pl->n_vectors - 1 : chance(s, pl->final_chance);
    if (s->phase.is_full_speed && final_costs(s)) u->final = false;
    if (s->hold) u->final = false;
    s->since_final = u->final ? 0 : s->since_final + 1;
    u->bank = u->final ? pl->bank : chance(s, 128); /* junk unless final */
    u->res = chance(s, u->final ? pl->res_chance : 128);
    u->sgn = chance(s, u->final ? pl->sgn_chance : 128);
    u->a_n = pl->a_n;
    u->a_shift = pl->a_shift;
    if (!pl->one_sum && chance(s, 16)) u->a_shift = (uint8_t)below(s, 7);
    const vector_kind kind = pl->vectors == V_RANDOM && chance(s, 24) ? V_ZERO : pl->vectors;
    for (unsigned i = 0; i < s->p->rows; i++) in->s_axis_a_tdata[i] = code_of(s, pl, kind);
    in->s_axis_a_tlast = s->a_vector == pl->n_vectors - 1;
}

static void new_residual(array_stim *s, teq_array_in *in) {
    for (unsigned i = 0; i < s->p->n_requant; i++)
        in->s_axis_r_tdata[i] = (uint16_t)below(s, 2u << s->p->na_max);
}

/* A beat stays until it is taken; a new one when the side does not stall. */
static void choose_streams(array_stim *s, const teq_array_out *out, teq_array_in *in) {
    array_phase *ph = &s->phase;
    const bool w_stalls = bench_stalls(s->bench, &ph->w), a_stalls = bench_stalls(s->bench, &ph->a);
    const bool r_stalls = bench_stalls(s->bench, &ph->r);
    if (!s->w_pending && !w_stalls) {
        new_weights(s, in);
        s->w_pending = true;
    }
    if (!s->a_pending && !a_stalls && !(s->hold && plan(s, s->a_plan)->one_sum)) {
        new_vector(s, in);
        s->a_pending = true;
    }
    if (!s->r_pending && !r_stalls && (!s->hold || out->busy_o)) { /* a sum under way may wait for it */
        new_residual(s, in);
        s->r_pending = true;
    }
    in->s_axis_w_tvalid = s->w_pending;
    in->s_axis_a_tvalid = s->a_pending;
    in->s_axis_r_tvalid = s->r_pending;
    in->m_axis_y_tready = !bench_stalls(s->bench, &ph->y);
}

/* ---- configuration ------------------------------------------------------------------- */

static void write(teq_array_in *in, unsigned sel, unsigned index, uint64_t data) {
    in->cfg_we_i = true;
    in->cfg_sel_i = (uint8_t)sel;
    in->cfg_index_i = (uint8_t)index;
    in->cfg_data_i = data;
}

/* B, M and S, or C of one output: mostly such that y uses its range, now and then anything. */
static void write_channel(array_stim *s, teq_array_in *in, unsigned sel, unsigned index) {
    const unsigned acc_w = s->p->acc_w;
    const uint64_t junk = rng_u64(&s->bench->rng);
    uint64_t data = junk; /* bits above the field are ignored */
    if (sel == 1) {
        unsigned shift = acc_w - 2u + below(s, 6);
        if (chance(s, 24)) shift = below(s, 64);
        data = (junk & ~UINT64_C(0x3f0000)) | (uint64_t)(shift & 63) << 16;
        if (chance(s, 224)) data |= 0x8000; /* normalised */
    } else if (sel == 2 && chance(s, 224)) {
        data = (uint64_t)((int64_t)junk >> (64 - acc_w - 14)); /* small beside u * M */
    } else if (sel == 2 && chance(s, 128)) {
        data = (chance(s, 128) ? (UINT64_C(1) << (acc_w + 17)) - 1 : UINT64_C(1) << (acc_w + 17)); /* its ends */
    }
    write(in, sel, index, data);
}

static int descending(const void *a, const void *b) {
    return *(const int16_t *)b - *(const int16_t *)a;
}

/* Thresholds of a format of out_n bits, padded. */
static void draw_thresholds(array_stim *s) {
    const unsigned n = (1u << s->p->na_max) - 1;
    const int scale = 1 << between(s, 4, 15);
    const int low = chance(s, 128) ? 0 : -scale;
    s->out_n = chance(s, 128) ? s->p->na_max : between(s, 2, s->p->na_max);
    const unsigned levels = (1u << s->out_n) - 1;
    for (unsigned i = 0; i < levels; i++) s->th[i] = (int16_t)rng_range(&s->bench->rng, low, scale - 1);
    if (chance(s, 64)) s->th[0] = 32767;
    qsort(s->th, levels, sizeof *s->th, descending);
    for (unsigned i = levels; i < n; i++) s->th[i] = -32768;
}

/* All tables, then (the first time) all channels: one write a cycle; false when done. */
static bool write_tables(array_stim *s, teq_array_in *in) {
    const teq_array_params *p = s->p;
    const unsigned n = 1u << p->na_max, entries = 2u * p->cols;
    unsigned i = s->table_write++;
    if (i == 0) draw_thresholds(s);
    if (i < n - 1) return write(in, 3, i, (uint16_t)s->th[i]), true;
    i -= n - 1;
    if (i < n) {
        const bool is_zero = i == (teq_array_is_int(p) ? 0 : n - 1);
        return write(in, 4, i, is_zero ? 0 : rng_u64(&s->bench->rng) >> (chance(s, 128) ? 49 : 56)), true;
    }
    i -= n;
    if (i == 0) {
        const unsigned top = teq_array_is_int(p) && chance(s, 64) ? below(s, n) : (1u << s->out_n) - 1;
        const unsigned int_shift = chance(s, 192) ? 15u - p->na_max : below(s, 16);
        return write(in, 5, below(s, 256), (uint64_t)top << 8 | int_shift), true;
    }
    i -= 1;
    if (s->p->engine == TEQ_ARRAY_COUNT) {
        const teq_count_params count = teq_count_params_of_array(p);
        if (i < teq_count_n_bins(&count)) return write(in, 6, i, rng_u64(&s->bench->rng)), true;
        i -= teq_count_n_bins(&count);
    }
    if (s->configured || i >= 3 * entries) return false;
    write_channel(s, in, i / entries, i % entries);
    return true;
}

static void choose_config(array_stim *s, teq_array_in *in) {
    in->cfg_we_i = false;
    if (s->hold) {
        const bool final_waits = s->a_pending && in->s_axis_a_tuser.final;
        if (final_waits || s->in_flight[0] || s->in_flight[1] || write_tables(s, in)) return;
        s->hold = false;
        s->configured = true;
        s->table_write = 0;
        s->phase.begins = dut_cycle(); /* full speed, if it is that, counts from here */
        s->phase.first_plan = s->n_plans;
        return;
    }
    if (chance(s, 1) && chance(s, 128) && !s->phase.is_full_speed) s->hold = true;
    const bool bank = chance(s, 128);
    if (s->in_flight[bank] || !chance(s, 64)) return;
    if (chance(s, 16)) /* all columns; bits between the two do not count */
        write_channel(s, in, below(s, 3), 0x80u | below(s, 64) << 1 | bank);
    else
        write_channel(s, in, below(s, 3), (bank ? s->p->cols : 0u) + below(s, s->p->cols));
}

/* ---- reset --------------------------------------------------------------------------- */

static void forget(array_stim *s) {
    s->w_plan = s->a_plan = s->n_plans; /* what was drawn is not done */
    s->w_beat = s->a_vector = 0;
    s->w_pending = s->a_pending = s->r_pending = false;
    memset(s->is_open, 0, s->p->psum_depth * sizeof *s->is_open);
    s->in_flight[0] = s->in_flight[1] = 0;
    s->oldest = s->newest = 0;
    s->may_go_on = false;
    s->may_break_format = chance(s, 144);
    s->may_break_tlast = chance(s, 144);
    if (s->table_write) { /* tables are half written: begin again */
        s->hold = true;
        s->table_write = 0;
    }
}

void array_stim_choose(array_stim *s, const teq_array_out *out, teq_array_in *in) {
    if (dut_cycle() >= s->phase.ends) new_phase(s);
    const bool may_reset = dut_cycle() > 2000 && !s->phase.is_full_speed;
    if (s->reset_left == 0 && (dut_cycle() == 0 || (may_reset && chance(s, 1) && chance(s, 192))))
        s->reset_left = between(s, 1, 3);
    in->rst_ni = s->reset_left == 0;
    if (s->reset_left) { /* the streams may say what they like */
        s->reset_left--;
        forget(s);
        in->cfg_we_i = false;
        in->s_axis_w_tvalid = chance(s, 128);
        in->s_axis_a_tvalid = chance(s, 128);
        in->s_axis_r_tvalid = chance(s, 128);
        in->m_axis_y_tready = chance(s, 128);
        in->s_axis_a_tuser.addr = 0;
        return;
    }
    choose_streams(s, out, in);
    choose_config(s, in);
}

/* ---- what happened ------------------------------------------------------------------- */

static void vector_taken(array_stim *s, const teq_array_user *u) {
    if (!(s->p->chain && u->chain)) s->is_open[u->addr] = !u->final;
    s->may_go_on = true;
    if (u->final) {
        s->in_flight[u->bank]++;
        s->bank_of[s->newest++ % 64] = u->bank;
    }
    s->a_pending = false;
    if (++s->a_vector == plan(s, s->a_plan)->n_vectors) {
        s->a_vector = 0;
        s->a_plan++;
    }
}

void array_stim_taken(array_stim *s, const teq_array_out *out, const teq_array_in *in) {
    if (!in->rst_ni) return;
    if (in->s_axis_w_tvalid && out->s_axis_w_tready) {
        s->w_pending = false;
        if (++s->w_beat == teq_load_cycles(s->p)) {
            s->w_beat = 0;
            s->w_plan++;
        }
    }
    if (in->s_axis_a_tvalid && out->s_axis_a_tready) vector_taken(s, &in->s_axis_a_tuser);
    if (in->s_axis_r_tvalid && out->s_axis_r_tready) s->r_pending = false;
    if (out->m_axis_y_tvalid && in->m_axis_y_tready && out->m_axis_y->last)
        s->in_flight[s->bank_of[s->oldest++ % 64]]--;
}

bool array_stim_must_accept(const array_stim *s) {
    const array_phase *ph = &s->phase;
    const array_plan *pl = &s->plan[s->a_plan % N_PLANS];
    /* Final vectors of older plans may still be leaving in chunks. */
    return ph->is_full_speed && s->reset_left == 0 && !s->hold && s->a_plan >= ph->first_plan + 3 &&
           s->a_plan < s->n_plans && pl->is_full_speed && dut_cycle() >= ph->begins + 80;
}
