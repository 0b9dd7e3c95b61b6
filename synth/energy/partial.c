// SPDX-License-Identifier: Apache-2.0
#include "partial.h"

bool partial_init(partial *s, const teq_array_params *p, teq_error *err)
{
    teq_array_params plain = *p;   // a vector at a time, sums in the accumulators
    plain.pipe = plain.chain = plain.is_double = false;
    plain.psum_depth = 1;
    return s->is_open = teq_tile_init(&s->model, &plain, err);
}

void partial_free(partial *s)
{
    if (s->is_open)
        teq_tile_free(&s->model);
}

static void load(teq_tile *t, const beats_layer *l, size_t k)
{
    const teq_array_params *p = &t->params;
    uint8_t w[TEQ_ROWS_MAX * TEQ_COLS_MAX];
    beats_weights(l, p, k, w);
    for (unsigned g = 0; g < teq_load_cycles(p); g++) {
        const teq_tile_in in = {.load = UINT64_C(1) << g, .w = w + (size_t)g * p->load_cols * p->rows};
        teq_tile_step(t, &in);
    }
}

bool partial_find(partial *s, const beats_layer *l, size_t v, teq_error *err)
{
    const teq_array_params *p = &s->model.params;
    const teq_array_user *user = l->user;
    size_t at = v;
    do
        if (at-- == 0)
            return teq_fail(err, TEQ_ERR_VALUE, "vector %zu goes on with the sum at %u, which no vector begins", v, user[v].addr);
    while (user[at].addr != user[v].addr || !user[at].first);
    const bool is_int = teq_array_is_int(p);
    size_t loaded = SIZE_MAX;
    for (; at < v; at++) {
        if (user[at].addr != user[v].addr)
            continue;
        const size_t k = beats_load_of(l, at);
        if (k != loaded)
            load(&s->model, l, loaded = k);
        teq_tile_in in = {.x_en = true, .code = l->code + at * p->rows, .zero = is_int ? 0 : (uint8_t)((1u << user[at].a_n) - 1u),
                          .shift = is_int ? 0 : user[at].a_shift};
        teq_tile_step(&s->model, &in);
        const teq_tile_in sum = {.acc_en = true, .clr = user[at].first};
        teq_tile_step(&s->model, &sum);
    }
    for (unsigned c = 0; c < p->cols; c++)
        s->sum[c] = s->model.column[c].acc;
    return true;
}
