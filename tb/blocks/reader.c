/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_reader, and in it teq_core_window and teq_core_walk: layers of a few tiles, from an
 * ACT of random codes that stands beside the model; the array, the config loader and an early
 * input let it wait. Most layers walk over planes that lie inside ACT, some anywhere.
 */
#include "../array_ports.h"
#include "block.h"

enum {
    DESC, START, LOADED, IN_BUSY, IN_NEXT, PUSH, TILE, FULL, R_EN, R_A0, R_BASE0, R_BASE1, R_FAR, R_MASK, R_DATA, C_VALID, C_RESIDUAL,
    C_TAKE, C_USER, C_LAST, C_MASK, C_DATA, A_READY, R_READY, READ, READ_ADDR, PSUM, PSUM_ADDR, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "desc_i", "start_i", "loaded_i", "in_busy_i", "in_next_i", "push_i", "tile_i", "full_o", "r_en_o", "r_a0_o", "r_base0_o",
    "r_base1_o", "r_far_o", "r_mask_o", "r_data_i", "c_valid_o", "c_residual_o", "c_take_o", "c_user_o", "c_last_o", "c_mask_o",
    "c_data_o", "a_ready_i", "r_ready_i", "read_o", "read_addr_o", "psum_o", "psum_addr_o",
};

enum {
    MAXIMUM, MAX_NEGATIVE, PART_1, PART_2, WINDOW, TILES, GROUPS, PASSES, ONE_VECTOR, NO_BUBBLE, PUSH_FULL, FULL_SPEED, BELOW, ABOVE,
    TILE_LANES, NO_LANE, ALL_LANES, TWO_WORDS, WRAPPED, STALL, B_STALL, WAITS_LOADED, WAITS_INPUT, INPUT_ENDS, RESIDUAL, RESIDUAL_T,
    RESIDUAL_STALL, RESIDUAL_LAST, RESIDUAL_UNUSED, CHAIN_GOES_ON, CHAIN_GROUP, RESET, ERROR_READ, ERROR_SECOND_WORD, ERROR_RESIDUAL,
    ERROR_PSUM, N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "MAX", "MAX, negative code", "part 1", "part 2", "window walked", "several tiles", "several groups", "several passes",
    "tile of one vector", "tiles without a cycle between", "push while full", "a vector in each of ten cycles", "lanes masked below",
    "lanes masked above", "lanes above those of the tile", "vector of no lane", "vector of all lanes", "vector in two words",
    "vector begins below element 0", "a vector waits in C", "another waits in B behind it", "a final vector waits for constants",
    "a vector waits for the input", "a vector waits for the input's end", "residual", "residual, T > 0", "a residual waits",
    "last residual of a layer", "residual after a layer that had none", "chain goes on", "chain over groups", "reset in the middle",
    "error: READ", "error: READ of lanes in the second word alone", "error: READ of a residual", "error: PSUM",
};

enum { AGE_OF_FIRST = 3, MAX_TILES = 3, STREAK = 10 };

typedef struct state {
    teq_core_reader r;
    teq_core_act act;
    teq_descriptor d;
    /* the layer's tiles, as the sequencer gives them */
    teq_tile_entry entry[MAX_TILES];
    uint32_t in_base, in_pass, in_group, y_group;
    uint32_t pass, group_row, group, t;
    bool pushes;          /* there are more */
    bool working;         /* a layer is under way */
    unsigned age;         /* cycles since its start */
    /* who lets it wait */
    uint32_t loaded, in_next;
    bool in_busy, slow;   /* the config loader is */
    bench_stall start, push, a_ready, r_ready, input;
    /* at ACT's output */
    uint16_t raw[TEQ_ROWS_MAX];
    uint64_t raw_mask;
    unsigned streak;
    bool prepared;        /* the layer before had an unused walk of residuals */
} state;

static bool open(block *k) {
    state *s = k->state;
    if (!block_open_act(k, &s->act)) return false;
    for (uint32_t i = 0; i < s->act.n; i++) s->act.code[i] = (uint16_t)block_below(k, 2u << k->params.array.na_max);
    return true;
}
static void close(block *k) { teq_core_act_free(&((state *)k->state)->act); }

static void init(block *k) {
    state *s = k->state;
    teq_core_reader_init(&s->r);
    s->working = s->in_busy = s->prepared = false;
}

/* ---- layers -------------------------------------------------------------------------- */

/* Steps and tiles of planes of h lines of u_len elements, a plane a pass. */
static void draw_planes(block *k, state *s, teq_descriptor *d) {
    const uint32_t n = s->act.n;
    d->h = block_between(k, 1, 5);
    d->u_len = block_between(k, 1, n / (d->h * d->n_pass));
    d->y_oy = block_below(k, 3);
    d->y_ty = block_below(k, 3);
    d->u_ox = (int32_t)block_below(k, 6) - 2;
    d->u_tx = (int32_t)block_below(k, 4) - 1;
    d->in_oy = (int32_t)(d->y_oy * d->u_len);
    d->in_ty = (int32_t)(d->y_ty * d->u_len);
    s->in_base = block_chance(k, 64) ? 0 : block_below(k, n - d->n_pass * d->h * d->u_len + 1);
    s->in_pass = d->h * d->u_len;
    s->y_group = d->group_rows * d->y_oy;
    s->in_group = s->y_group * d->u_len;
    for (unsigned t = 0; t < d->n_tiles; t++) {
        teq_tile_entry *e = &s->entry[t];
        e->y_off = (int32_t)block_below(k, d->h + 3) - 2;
        e->u_off = (int32_t)block_below(k, d->u_len + 4) - 4;
        e->off = e->y_off * (int32_t)d->u_len + e->u_off;
    }
}

/* Anything, or in small steps across the end of ACT; lanes inside the input are then often
 * outside ACT. */
static void draw_anything(block *k, state *s, teq_descriptor *d) {
    const uint32_t n = s->act.n;
    const bool at_end = block_chance(k, 128);
    s->in_base = at_end ? n - block_between(k, 1, 24) : block_below(k, n + 8);
    s->in_pass = block_below(k, at_end ? 8 : n);
    s->in_group = block_word(k);
    s->y_group = block_below(k, 4);
    for (unsigned t = 0; t < MAX_TILES; t++)
        s->entry[t] = (teq_tile_entry){.off = (int32_t)block_below(k, 16) - 8, .u_off = (int32_t)block_below(k, 16) - 8,
                                       .y_off = (int32_t)block_below(k, 4)};
    if (!at_end) return;
    d->u_ox = (int32_t)block_below(k, 4);
    d->u_tx = (int32_t)block_below(k, 3);
    d->in_ty = (int32_t)block_below(k, 5);
    d->in_oy = (int32_t)block_below(k, 9);
    d->y_oy = d->y_ty = 1;
    d->h = d->u_len = 64;
}

static void draw_layer(block *k, state *s) {
    const teq_core_params *p = &k->params;
    teq_descriptor *d = &s->d;
    block_draw_descriptor(k, d);
    block_draw_layer(k, d);
    d->op = p->maximum && block_chance(k, 48) ? TEQ_OP_MAX : TEQ_OP_DOT;
    d->res &= p->residual;
    d->chain = p->array.chain && block_chance(k, 64);
    d->a_n = block_between(k, 2, p->array.na_max < 7 ? p->array.na_max : 7);
    d->n_tiles = d->op == TEQ_OP_MAX ? 1 : block_between(k, 1, MAX_TILES);
    d->n_ty = block_between(k, 1, 3);
    d->n_tx = block_between(k, 1, 3);
    d->group_rows = block_between(k, 1, d->oh);
    const bool overflows = block_chance(k, 24);
    while (d->n_tiles > 1 && d->group_rows * d->ow > p->array.psum_depth && !overflows) {
        if (d->group_rows > 1) d->group_rows--;
        else d->ow--;
    }
    if (block_chance(k, 24)) draw_anything(k, s, d);
    else draw_planes(k, s, d);
    for (unsigned t = 0; t < d->n_tiles; t++) {
        s->entry[t].lanes = block_chance(k, 128) ? p->array.rows : block_between(k, 1, p->array.rows);
        s->entry[t].part = block_chance(k, 128) ? 0 : block_below(k, 3);
    }
    const block_walk walk = block_draw_walk(k, d, block_chance(k, 8));
    d->res_base = walk.base;
    d->res_t = walk.t;
    d->res_pass = walk.pass;
    d->res_oy = walk.oy;
    d->res_ox = walk.ox;
    teq_descriptor_fit(p, d);
    s->pass = s->group_row = s->group = s->t = s->loaded = s->age = 0;
    s->pushes = s->working = true;
    s->slow = block_chance(k, 64);
    s->in_busy = block_chance(k, 64);
    s->in_next = block_chance(k, 64) ? teq_core_mask(p) : block_below(k, s->act.n);
}

static uint32_t rows_of_group(const state *s) {
    const uint32_t left = s->d.oh - s->group_row;
    return left < s->d.group_rows ? left : s->d.group_rows;
}

static teq_core_tile next_tile(block *k, const state *s) {
    const teq_descriptor *d = &s->d;
    const teq_tile_entry *e = &s->entry[s->t];
    const uint32_t mask = teq_core_mask(&k->params);
    return (teq_core_tile){
        .addr = (s->in_base + s->pass * s->in_pass + s->group * s->in_group + (uint32_t)e->off) & mask,
        .y = (s->group * s->y_group + (uint32_t)e->y_off) & mask, .u = (uint32_t)e->u_off & mask,
        .res_addr = (d->res_base + s->pass * (uint32_t)d->res_pass + s->group_row * (uint32_t)d->res_oy) & mask,
        .rows = (uint16_t)rows_of_group(s), .pass = (uint16_t)s->pass, .lanes = (uint8_t)e->lanes, .part = (uint8_t)e->part,
        .first = s->t == 0 && (s->group_row == 0 || !teq_descriptor_chains(d)), .last = s->t + 1 == d->n_tiles, .end = block_chance(k, 128),
    };
}

static void pushed(state *s) {
    if (++s->t < s->d.n_tiles) return;
    s->t = 0;
    s->group_row += rows_of_group(s);
    s->group++;
    if (s->group_row < s->d.oh) return;
    s->group_row = s->group = 0;
    s->pushes = ++s->pass < s->d.n_pass;
}

/* ---- outputs --------------------------------------------------------------------------- */

static void show_step(block *k, const state *s, const teq_core_reader_out *out) {
    const teq_core_reader *r = &s->r;
    block_put(k, R_EN, out->steps);
    block_put_error(k, READ, TEQ_ERROR_CAUSE_READ, &out->fault);
    block_put_error(k, PSUM, TEQ_ERROR_CAUSE_PSUM, &out->fault);
    if (!out->steps) return;
    block_put(k, R_A0, out->addr % teq_core_nb(&k->params));
    block_put_bases(k, R_BASE0, R_BASE1, out->addr, out->t);
    block_put(k, R_FAR, r->residual);
    block_put(k, R_MASK, out->mask);
    block_put(k, READ_ADDR, out->addr);
    if (!r->residual) block_put(k, PSUM_ADDR, s->d.n_tiles > 1 ? r->sum : 0);
}

static void show_vector(block *k, const state *s) {
    const teq_core_params *p = &k->params;
    const teq_core_vector *v = &s->r.c;
    const teq_descriptor *d = &s->d;
    const unsigned w = p->array.na_max + 1u, lanes = v->residual ? p->array.cols : p->array.rows;
    block_put(k, C_RESIDUAL, v->residual);
    /* The array takes no s; the MAX unit and residuals do. */
    for (unsigned i = 0; i < lanes; i++)
        block_put_field(k, C_DATA, i * w, v->residual || d->op == TEQ_OP_MAX ? w : w - 1, v->code[i]);
    if (v->residual) return;
    const teq_array_user user = {.addr = v->addr, .first = v->first, .final = v->final, .bank = v->bank, .res = d->res, .sgn = d->sgn,
                                 .a_n = (uint8_t)d->a_n, .a_shift = (uint8_t)d->a_shift, .chain = d->chain};
    block_put(k, C_USER, array_ports_user(&p->array, &user));
    block_put(k, C_LAST, v->last);
    block_put_field(k, C_MASK, 0, p->array.rows, v->mask);
}

static void look_vectors(block *k, const state *s, const teq_core_reader_in *in, const teq_core_reader_out *out) {
    const teq_core_reader *r = &s->r;
    const teq_core_vector *v = &r->c;
    const uint64_t all = ~UINT64_C(0) >> (64 - k->params.array.rows);
    block_hit(k, STALL, v->valid && !v->residual && !out->c_taken);
    block_hit(k, B_STALL, v->valid && r->b.valid && !out->c_taken);
    block_hit(k, RESIDUAL, v->valid && v->residual && out->c_taken);
    block_hit(k, RESIDUAL_STALL, v->valid && v->residual && !in->r_tready);
    block_hit(k, RESIDUAL_LAST, v->valid && v->residual && !r->queue.n && !r->b.valid && !s->pushes);
    block_hit(k, RESET, k->reset && r->b.valid && r->queue.n == 2 && r->oy > 0);
    if (!v->valid || v->residual) return;
    const bool is_max = s->d.op == TEQ_OP_MAX;
    block_hit(k, MAXIMUM, is_max);
    block_hit(k, CHAIN_GOES_ON, teq_descriptor_chains(&s->d) && !v->first);
    block_hit(k, MAX_NEGATIVE, is_max && v->code[0] >> k->params.array.na_max);
    block_hit(k, BELOW, v->mask && !(v->mask & 1u));
    block_hit(k, ABOVE, (v->mask & 1u) && v->mask != all);
    block_hit(k, NO_LANE, v->mask == 0);
    block_hit(k, ALL_LANES, v->mask == all);
}

static void look_steps(block *k, const state *s, const teq_core_reader_in *in, const teq_core_reader_out *out) {
    const teq_core_reader *r = &s->r;
    const teq_descriptor *d = &s->d;
    const teq_core_tile *tile = &r->queue.entry[0];
    const unsigned nb = teq_core_nb(&k->params), cause = out->fault.cause;
    const bool dot = d->op == TEQ_OP_DOT, b_free = !r->b.valid || out->b_moves, waits = r->queue.n && b_free && !out->steps;
    const bool final = tile->last && r->ty + 1 == d->n_ty && r->tx + 1 == d->n_tx;
    block_hit(k, WAITS_LOADED, waits && dot && final && in->loaded <= tile->pass && !in->input_busy);
    block_hit(k, WAITS_INPUT, waits && in->input_busy && !final);
    block_hit(k, ERROR_READ, cause == TEQ_ERROR_CAUSE_READ && !r->residual);
    block_hit(k, ERROR_SECOND_WORD, cause == TEQ_ERROR_CAUSE_READ && !r->residual && out->addr < s->act.n);
    block_hit(k, ERROR_RESIDUAL, cause == TEQ_ERROR_CAUSE_READ && r->residual);
    block_hit(k, ERROR_PSUM, cause == TEQ_ERROR_CAUSE_PSUM);
    if (!out->steps || cause) return;
    block_hit(k, NO_BUBBLE, out->pops && r->queue.n == 2);
    block_hit(k, FULL_SPEED, s->streak == STREAK);
    block_hit(k, RESIDUAL_T, r->residual && d->res_t > 0);
    if (r->residual) return;
    block_hit(k, RESIDUAL_UNUSED, s->prepared && d->res && dot);
    block_hit(k, PART_1, tile->part == 1);
    block_hit(k, PART_2, tile->part == 2);
    block_hit(k, WINDOW, r->ty > 0 && r->tx > 0);
    block_hit(k, TILES, !tile->first);
    block_hit(k, GROUPS, tile->rows < d->oh && r->oy > 0);
    block_hit(k, PASSES, tile->pass > 0);
    block_hit(k, CHAIN_GROUP, teq_descriptor_chains(d) && s->t == 0 && !tile->first);
    block_hit(k, ONE_VECTOR, out->pops && d->ow * d->n_ty * d->n_tx * tile->rows == 1);
    block_hit(k, TILE_LANES, tile->lanes < k->params.array.rows && out->mask >> (tile->lanes - 1));
    block_hit(k, TWO_WORDS, out->addr % nb > 0 && out->mask >> (nb - out->addr % nb));
    block_hit(k, WRAPPED, out->addr >> (k->params.reach - 1) && out->mask);
    block_hit(k, INPUT_ENDS, !in->input_busy && s->in_next && teq_core_signed(&k->params, out->addr) + k->params.array.rows > (int32_t)s->act.n);
}

/* ---- a cycle ----------------------------------------------------------------------------- */

/* Configurations are loaded; an input comes to its end. */
static void move_others(block *k, state *s) {
    if (s->loaded < s->d.n_pass && block_chance(k, s->slow ? 3 : 64)) s->loaded++;
    if (!s->in_busy || block_stalls(k, &s->input)) return;
    s->in_next = (s->in_next + block_between(k, 1, 4)) & teq_core_mask(&k->params);
    s->in_busy = s->in_next > teq_core_mask(&k->params) / 2 || s->in_next < s->act.n;
}

static void read_act(state *s, const teq_core_reader_out *out, unsigned nb) {
    s->raw_mask = out->mask;
    for (unsigned i = 0; i < nb; i++)
        if (out->mask >> i & 1u) s->raw[i] = s->act.code[(out->addr + i * (nb * out->t + 1)) & s->act.mask];
}

static void cycle(block *k) {
    state *s = k->state;
    const teq_core_params *p = &k->params;
    const unsigned nb = teq_core_nb(p), w = p->array.na_max + 1u;
    const bool rests = !s->working || (!s->pushes && !s->r.queue.n && !s->r.b.valid && !s->r.c.valid);
    const bool start = rests && !block_stalls(k, &s->start);
    if (rests) {
        s->prepared |= s->working && s->d.op == TEQ_OP_DOT && !s->d.res;
        s->working = false;
    }
    if (start) draw_layer(k, s);
    const teq_core_reader_in in = {.a_tready = !block_stalls(k, &s->a_ready), .r_tready = !block_stalls(k, &s->r_ready),
                                   .loaded = s->loaded, .input_busy = s->in_busy, .in_next = s->in_next};
    const bool push = !block_stalls(k, &s->push) && s->working && s->pushes && s->age >= AGE_OF_FIRST;
    const teq_core_tile tile = next_tile(k, s);
    if (s->working) {
        block_put_descriptor(k, DESC, &s->d);
        block_put(k, LOADED, in.loaded);
        block_put(k, IN_BUSY, in.input_busy);
    }
    block_put(k, START, start);
    if (in.input_busy) block_put(k, IN_NEXT, in.in_next);
    block_put(k, PUSH, push);
    if (push) block_put_tile(k, TILE, &tile);
    block_put(k, A_READY, in.a_tready);
    block_put(k, R_READY, in.r_tready);
    for (unsigned i = 0; s->r.b.valid && i < nb; i++)
        if (s->raw_mask >> i & 1u) block_put_field(k, R_DATA, i * w, w, s->raw[i]);
    teq_core_reader_out out;
    teq_core_reader_look(&s->r, p, &s->d, &s->act, &in, &out);
    block_put(k, FULL, s->r.queue.n == 2);
    show_step(k, s, &out);
    block_put(k, C_VALID, s->r.c.valid);
    if (s->r.c.valid) {
        block_put(k, C_TAKE, out.c_taken);
        show_vector(k, s);
    }
    s->streak = out.c_taken ? s->streak + 1 : 0;
    block_hit(k, PUSH_FULL, push && s->r.queue.n == 2);
    look_vectors(k, s, &in, &out);
    look_steps(k, s, &in, &out);
    k->error = out.fault.cause != TEQ_ERROR_CAUSE_NONE;
    s->age++;
    if (k->error) return;
    if (push && s->r.queue.n < 2) pushed(s);
    if (out.steps) read_act(s, &out, nb);
    teq_core_reader_step(&s->r, p, &s->d, &s->act, &out, push ? &tile : NULL, false);
    if (s->working) move_others(k, s);
}

static bool cannot(const block *k, unsigned corner) {
    if (corner == CHAIN_GOES_ON || corner == CHAIN_GROUP) return !k->params.array.chain;
    return !k->params.residual && (corner == RESIDUAL || corner == RESIDUAL_T || corner == RESIDUAL_STALL || corner == RESIDUAL_LAST ||
                                   corner == RESIDUAL_UNUSED || corner == ERROR_RESIDUAL);
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 200000,
    .open = open, .init = init, .cycle = cycle, .close = close, .cannot = cannot,
};
