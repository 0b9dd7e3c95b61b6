// SPDX-License-Identifier: Apache-2.0
//
// Partial sums as the memory beside the tile gives them, worked out by the tile's model.
#ifndef TEQ_ENERGY_PARTIAL_H
#define TEQ_ENERGY_PARTIAL_H

#include "beats.h"
#include "teq/model_tile.h"

typedef struct {
    bool     is_open;
    teq_tile model;
    uint64_t sum[TEQ_COLS_MAX];
} partial;

bool partial_init(partial *s, const teq_array_params *p, teq_error *err);
void partial_free(partial *s);

// s->sum: what the vectors before v that belong to its sums, loads of other weights among them, add up to. v is not first, not chained.
bool partial_find(partial *s, const beats_layer *l, size_t v, teq_error *err);

#endif
