/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_act, and in it teq_core_rotate and teq_core_ram: a vector written and one read in
 * a cycle, at any address and T; what is read in the cycle in which it is written is not
 * looked at. All of it is written first.
 */
#include "block.h"

enum {
    W_EN, W_A0, W_BASE0, W_BASE1, W_FAR, W_T, W_LANES, W_DATA, R_EN, R_A0, R_BASE0, R_BASE1, R_FAR, R_T, R_MASK, R_DATA, ERROR, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "w_en_i", "w_a0_i", "w_base0_i", "w_base1_i", "w_far_i", "w_t_i", "w_lanes_i", "w_data_i", "r_en_i", "r_a0_i", "r_base0_i",
    "r_base1_i", "r_far_i", "r_t_i", "r_mask_i", "r_data_o", "error_o",
};

enum { WRITE_FAR, READ_FAR, PART, MASKED, BELOW_0, BOTH, COLLIDES, HOLDS, LAST_ELEMENT, N_CORNERS };
static const char *const corners[N_CORNERS] = {
    "write with T > 0", "read with T > 0", "write of some lanes", "read of some lanes", "read from below element 0", "write and read",
    "write and read of one element", "word held without a read", "last element written",
};

typedef struct access {
    uint32_t addr;
    unsigned t, lanes;
    uint64_t mask;
} access;

typedef struct state {
    teq_core_act act;
    uint32_t filled;    /* elements written so far */
    bench_stall write, read;
    uint16_t out[TEQ_ROWS_MAX];
    uint64_t known;     /* lanes of `out` */
    bool reads;         /* in the cycle before */
} state;

static bool open(block *k) { return block_open_act(k, &((state *)k->state)->act); }
static void close(block *k) { teq_core_act_free(&((state *)k->state)->act); }

/* Memories keep what they hold; only the flag of a parity error is reset. */
static void init(block *k) { (void)k; }

static access draw_access(block *k, const state *s, bool is_read) {
    const uint32_t nb = s->act.nb, n = s->act.n;
    access a = {.t = block_chance(k, 128) ? 0 : block_below(k, k->params.act_words), .lanes = block_between(k, 1, nb)};
    while ((a.lanes - 1) * (nb * a.t + 1) >= n) a.lanes--;
    const uint32_t room = n - (a.lanes - 1) * (nb * a.t + 1);
    a.addr = block_chance(k, 32) ? room - 1 : block_below(k, room);
    a.mask = ~UINT64_C(0) >> (64 - a.lanes);
    if (!is_read) return a;
    if (block_chance(k, 128)) a.mask &= rng_u64(&k->bench->rng);
    if (a.t == 0 && block_chance(k, 32)) { /* the lanes below element 0 are masked */
        const uint32_t below = block_between(k, 1, nb - 1);
        a.addr = (0 - below) & teq_core_mask(&k->params);
        a.mask = (~UINT64_C(0) >> (64 - nb)) & ~UINT64_C(0) << below;
    }
    return a;
}

static uint32_t element(const state *s, const access *a, unsigned lane) {
    return (a->addr + lane * (s->act.nb * a->t + 1)) & s->act.mask;
}

static bool is_written(const state *s, const access *w, uint32_t at) {
    for (unsigned i = 0; i < w->lanes; i++)
        if (element(s, w, i) == at) return true;
    return false;
}

static void put_access(block *k, unsigned a0, const access *a) {
    const bool far = a->t > 0 || block_chance(k, 128);
    block_put(k, a0, a->addr % teq_core_nb(&k->params));
    block_put_bases(k, a0 + 1, a0 + 2, a->addr, a->t);
    block_put(k, a0 + 3, far);
    if (far) block_put(k, a0 + 4, a->t);
}

static void cycle(block *k) {
    state *s = k->state;
    const unsigned nb = s->act.nb, w = k->params.array.na_max + 1u;
    const bool fills = s->filled < s->act.n, write = fills || !block_stalls(k, &s->write), read = !fills && !block_stalls(k, &s->read);
    access to = draw_access(k, s, false), from = draw_access(k, s, true);
    uint16_t code[TEQ_ROWS_MAX];
    if (fills) to = (access){.addr = s->filled, .lanes = nb};
    for (unsigned i = 0; i < nb; i++) code[i] = (uint16_t)block_below(k, 1u << w);
    block_put(k, W_EN, write);
    if (write) {
        put_access(k, W_A0, &to);
        block_put(k, W_LANES, to.lanes);
        for (unsigned i = 0; i < to.lanes; i++) block_put_field(k, W_DATA, i * w, w, code[i]);
    }
    block_put(k, R_EN, read);
    if (read) {
        put_access(k, R_A0, &from);
        block_put(k, R_MASK, from.mask);
    }
    for (unsigned i = 0; i < nb; i++)
        if (s->known >> i & 1u) block_put_field(k, R_DATA, i * w, w, s->out[i]);
    block_put(k, ERROR, 0);
    block_hit(k, HOLDS, s->known && !s->reads);
    block_hit(k, BOTH, write && read);
    s->reads = read;
    if (read) {
        block_hit(k, READ_FAR, from.t > 0 && from.mask > 1);
        block_hit(k, MASKED, from.mask != ~UINT64_C(0) >> (64 - nb));
        block_hit(k, BELOW_0, from.addr >= s->act.n);
        teq_core_act_read(&s->act, from.addr, from.t, from.mask, s->out);
        s->known = from.mask;
        for (unsigned i = 0; i < nb; i++)
            if (write && from.mask >> i & 1u && is_written(s, &to, element(s, &from, i))) {
                s->known &= ~(UINT64_C(1) << i);
                block_hit(k, COLLIDES, true);
            }
    }
    if (!write) return;
    block_hit(k, WRITE_FAR, to.t > 0 && to.lanes > 1);
    block_hit(k, PART, to.lanes < nb);
    block_hit(k, LAST_ELEMENT, !fills && is_written(s, &to, s->act.n - 1));
    teq_core_act_write(&s->act, to.addr, to.t, to.lanes, code);
    s->filled += fills ? nb : 0;
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 60000,
    .open = open, .init = init, .cycle = cycle, .close = close,
};
