/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_max: windows of a few vectors of few different codes, so that equals and
 * neighbours meet; the format stays as long as a window and its result.
 */
#include "block.h"

enum { VALID, FIRST, LAST, MASK, DATA, A_N, RESULT_VALID, RESULT, N_PORTS };
static const char *const ports[N_PORTS] = {"valid_i", "first_i", "last_i", "mask_i", "data_i", "a_n_i", "valid_o", "data_o"};

enum { ONE_VECTOR, LONG, GAP, EMPTY, BOTH_SIGNS, ALL_NEGATIVE, LATE_LANE, BACK_TO_BACK, RESET, N_CORNERS };
static const char *const corners[N_CORNERS] = {
    "window of one vector", "window of three or more", "a cycle without a vector in a window", "lane that took no part",
    "negative codes below a positive one", "negative result", "lane that takes part late", "window directly behind another",
    "reset in a window",
};

typedef struct state {
    teq_core_max m;
    unsigned a_n, length, at; /* of the window */
    uint64_t all;
    bench_stall valid;
    bool met_negative;
} state;

static bool open(block *k) {
    state *s = k->state;
    s->all = ~UINT64_C(0) >> (64 - k->params.array.rows);
    return true;
}

static void init(block *k) {
    state *s = k->state;
    teq_core_max_init(&s->m);
    s->at = 0;
}

/* Codes of a format, near each other. */
static void draw_vector(block *k, const state *s, teq_core_vector *v) {
    const unsigned top = (1u << (s->a_n < k->params.array.na_max ? s->a_n : k->params.array.na_max)) - 1u, low = block_below(k, top);
    *v = (teq_core_vector){.valid = true, .first = s->at == 0, .final = s->at + 1 == s->length};
    v->mask = (block_chance(k, 128) ? s->all : rng_u64(&k->bench->rng)) & s->all;
    for (unsigned i = 0; i < k->params.array.rows; i++) {
        const unsigned near = low + block_below(k, 3), code = near < top ? near : top;
        v->code[i] = (uint16_t)(code | block_below(k, 2) << k->params.array.na_max);
    }
}

static void look_corners(block *k, const state *s, const teq_core_vector *v) {
    const teq_core_max *m = &s->m;
    const unsigned sign = k->params.array.na_max;
    if (m->valid) {
        block_hit(k, EMPTY, !(m->seen & 1u));
        block_hit(k, ALL_NEGATIVE, m->result[0] >> sign);
        block_hit(k, BOTH_SIGNS, (m->seen & 1u) && !(m->result[0] >> sign) && s->met_negative);
        block_hit(k, BACK_TO_BACK, v && v->first);
    }
    block_hit(k, GAP, !v && s->at > 0);
    block_hit(k, RESET, k->reset && s->at > 1);
    if (!v) return;
    block_hit(k, ONE_VECTOR, s->length == 1);
    block_hit(k, LONG, s->at > 1);
    block_hit(k, LATE_LANE, s->at > 0 && (v->mask & 1u) && !(m->seen & 1u));
}

static void cycle(block *k) {
    state *s = k->state;
    const unsigned w = k->params.array.na_max + 1u;
    teq_core_vector v, *there = NULL;
    if (s->at == 0) {
        s->length = block_between(k, 1, 5);
        if (!s->m.valid) s->a_n = block_between(k, 2, k->params.array.na_max < 7 ? k->params.array.na_max : 7);
    }
    if (!block_stalls(k, &s->valid)) {
        draw_vector(k, s, &v);
        there = &v;
    }
    block_put(k, VALID, there != NULL);
    block_put(k, A_N, s->a_n);
    if (there) {
        block_put(k, FIRST, v.first);
        block_put(k, LAST, v.final);
        block_put(k, MASK, v.mask);
        for (unsigned i = 0; i < k->params.array.rows; i++) block_put_field(k, DATA, i * w, w, v.code[i]);
    }
    block_put(k, RESULT_VALID, s->m.valid);
    for (unsigned i = 0; s->m.valid && i < k->params.array.cols; i++) block_put_field(k, RESULT, i * w, w, s->m.result[i]);
    look_corners(k, s, there);
    teq_core_max_step(&s->m, &k->params, s->a_n, there);
    if (!there) return;
    s->met_negative = (s->at > 0 && s->met_negative) || ((v.mask & 1u) && v.code[0] >> k->params.array.na_max);
    s->at = v.final ? 0 : s->at + 1;
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 60000,
    .open = open, .init = init, .cycle = cycle,
};
