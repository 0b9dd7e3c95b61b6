/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_error: none, one or several causes in a cycle; the first one is kept with its
 * word and its layer until reset. Words by docs/core.md, section 5: causes 1 to 3 share one,
 * 10 to 12 another.
 */
#include "block.h"

enum { FOUND, INFO, LAYER, IS_FOUND, ERROR, CAUSE, ERROR_LAYER, ERROR_INFO, N_PORTS };
static const char *const ports[N_PORTS] = {"found_i", "info_i", "layer_i", "found_o", "error_o", "cause_o", "layer_o", "info_o"};

enum { SEVERAL, WHILE_KEPT, IN_RESET, CAUSE_1, N_CORNERS = CAUSE_1 + TEQ_ERROR_CAUSE_PORT };
static const char *const corners[N_CORNERS] = {
    "several causes at once", "cause while one is kept", "cause in a reset", "cause 1", "cause 2", "cause 3", "cause 4", "cause 5", "cause 6",
    "cause 7", "cause 8", "cause 9", "cause 10", "cause 11", "cause 12", "cause 13", "cause 14", "cause 15", "cause 16", "cause 17",
};

enum { WORDS = 13 };

typedef struct state {
    teq_core_fault kept;
    uint32_t layer;
    bench_stall found;
} state;

static void init(block *k) { ((state *)k->state)->kept = (teq_core_fault){0}; }

static unsigned word_of(unsigned cause) { return cause <= 3 ? 0 : cause <= 9 ? cause - 3 : cause <= 12 ? 7 : cause - 5; }

static void cycle(block *k) {
    state *s = k->state;
    uint32_t found = 0, word[WORDS];
    teq_core_fault now = {0};
    if (!block_stalls(k, &s->found)) found = 1u << block_below(k, TEQ_ERROR_CAUSE_PORT);
    if (found && block_chance(k, 64)) found |= block_word(k) & ((1u << TEQ_ERROR_CAUSE_PORT) - 1u);
    const uint32_t layer = block_word(k) & 0xffff;
    for (unsigned i = 0; i < WORDS; i++) block_put_field(k, INFO, 32 * i, 32, word[i] = block_word(k));
    for (unsigned c = TEQ_ERROR_CAUSE_PORT; c > 0; c--)
        if (found >> (c - 1) & 1u) teq_core_raise(&now, c, word[word_of(c)]);
    const bool enters = now.cause && !s->kept.cause && !k->reset;
    block_put(k, FOUND, found);
    block_put(k, LAYER, layer);
    block_put(k, IS_FOUND, enters);
    block_put(k, ERROR, s->kept.cause != 0);
    block_put(k, CAUSE, s->kept.cause);
    block_put(k, ERROR_LAYER, s->kept.cause ? s->layer : 0);
    block_put(k, ERROR_INFO, s->kept.info);
    block_hit(k, SEVERAL, enters && (found & (found - 1)));
    block_hit(k, WHILE_KEPT, now.cause && s->kept.cause);
    block_hit(k, IN_RESET, now.cause && k->reset);
    if (!enters) return;
    block_hit(k, CAUSE_1 + now.cause - 1, true);
    s->kept = now;
    s->layer = layer;
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 100000,
    .init = init, .cycle = cycle, .reset_every = 20,
};
