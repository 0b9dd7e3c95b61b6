// SPDX-License-Identifier: Apache-2.0
//
// A network in the order in which the core gives it to its array: compiled for a core of
// the tile's shape (docs/compiler.md), its program read by teq/interpret.h on one sample.
#ifndef TEQ_ENERGY_BEATS_H
#define TEQ_ENERGY_BEATS_H

#include "teq/model_array.h"
#include "teq/qnet.h"

// A layer: sets of weights, each with the vectors that it meets.
typedef struct {
    size_t   n_loads, n_vectors, room_loads, room_vectors;
    uint8_t *slot;                 // n_loads * cols * rows, [column * rows + row]
    uint8_t *w_n, *w_shift;        // of each load
    size_t  *begin;                // first vector of each load
    uint8_t *code;                 // n_vectors * rows
    teq_array_user *user;
    size_t   n_before;             // codes that chains write in front of the output
} beats_layer;

typedef struct {
    teq_array_params params;
    int          n_layers;         // dot products, in the order of the network
    beats_layer *layer;
    size_t       n_input;          // codes of the input as stored, unfolded or not
} beats;

// `codes` is a sample of the input tensor; ties_first as in teq_compile_options. *refused with false: no core can have these
// parameters, or the compiler finds no program; any other false is a failure.
bool beats_record(const teq_qnet *net, const teq_array_params *p, bool ties_first, const uint8_t *codes, beats *out,
                  bool *refused, teq_error *err);
void beats_free(beats *b);

// Does it matter to the vectors how ties are settled (ties_first)?
bool beats_tie(const teq_qnet *net, const teq_array_params *p);

// The weights of load k as the tile keeps them, [column * rows + row].
void beats_weights(const beats_layer *l, const teq_array_params *p, size_t k, uint8_t *w);

// What a load uses: rows with a weight that is not zero; columns with one in this load or in another that the same sums meet.
typedef struct {
    unsigned rows, columns;
} beats_use;

// use[k] of each load k.
void beats_used(const beats_layer *l, const teq_array_params *p, beats_use *use);

// The load that vector v meets.
size_t beats_load_of(const beats_layer *l, size_t v);

#endif
