/* SPDX-License-Identifier: Apache-2.0
 *
 * array_stim.h -- constrained random stimulus for teq_array.
 *
 * Work is a row of plans, one a tile: which weights, how many vectors. The weight stream
 * and the activation stream walk along the plans each at its own pace. Every few hundred
 * cycles a new phase draws how the sides stall and what plans look like; a full-speed
 * phase stalls nowhere and must not show a bubble. The streams keep a beat until it is
 * taken, and hold to the user's part of docs/array.md: `first` after a final vector, a
 * bank is written while nothing of it is under way, tables while nothing final is.
 */
#ifndef TB_ARRAY_STIM_H
#define TB_ARRAY_STIM_H

#include "bench.h"
#include "teq/model_array.h"

typedef enum weight_kind { W_RANDOM, W_ZERO, W_TOP, W_BOTTOM } weight_kind;
typedef enum vector_kind { V_RANDOM, V_ZERO, V_TOP } vector_kind;

typedef struct array_plan {
    weight_kind weights;
    vector_kind vectors;
    unsigned n_vectors, rows;    /* the first `rows` rows have weights that are not zero */
    uint8_t w_n, w_shift, a_n, a_shift;
    bool one_sum;                /* all vectors add to one sum, the longest there is */
    bool bank;
    unsigned final_chance, res_chance, sgn_chance, chain_chance;
    bool is_full_speed;
} array_plan;

typedef struct array_phase {
    uint64_t begins, ends;
    bool is_full_speed;
    unsigned first_plan;         /* plans from here on were drawn in this phase */
    unsigned tile_limit, addr_span, final_chance, res_chance, sgn_chance, chain_chance;
    bool bank;
    bench_stall w, a, r, y;
} array_phase;

enum { N_PLANS = 32 };

typedef struct array_stim {
    bench *bench;
    const teq_array_params *p;
    array_phase phase;
    array_plan plan[N_PLANS];    /* a ring */
    unsigned n_plans;            /* drawn so far */
    unsigned w_plan, w_beat;     /* the beat on the weight stream, or the next one */
    unsigned a_plan, a_vector;
    bool w_pending, a_pending, r_pending;
    bool may_break_format, may_break_tlast; /* until the next reset */
    unsigned since_final;        /* vectors drawn since a final one */
    bool *is_open;               /* partial sums under way */
    bool may_go_on;              /* a chain may: a vector was taken since the last reset */
    unsigned in_flight[2];       /* final vectors of each bank between their acceptance and their last beat */
    bool bank_of[64];            /* of those, in order: a ring */
    unsigned oldest, newest;
    unsigned reset_left;         /* cycles of reset to come */
    bool hold;                   /* no final vector enters: tables are about to be written */
    unsigned table_write;        /* the next write of tables */
    int16_t th[255];             /* the thresholds being written */
    unsigned out_n;              /* bits of the output's format */
    bool configured;
} array_stim;

bool array_stim_init(array_stim *s, bench *b, const teq_array_params *p);
void array_stim_free(array_stim *s);

/* Inputs of the next cycle; out are the outputs that stand. */
void array_stim_choose(array_stim *s, const teq_array_out *out, teq_array_in *in);

/* The edge has passed: what was taken. Call with the outputs from before it. */
void array_stim_taken(array_stim *s, const teq_array_out *out, const teq_array_in *in);

/* In a full-speed phase that has settled, with one vector to be accepted in this cycle. */
bool array_stim_must_accept(const array_stim *s);

#endif
