/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/model_params.h -- the parameters of rtl/teq_array.v, for its cycle models.
 *
 * The models in cmodel/model/ have the names of the Verilog modules, one file each. A
 * model has `init` and `step`; a step is one rising edge of the clock: it takes the
 * inputs that stand before the edge and leaves the registers as they are after it.
 * Combinational modules are plain functions. The manual of what they compute is
 * docs/array.md and docs/number_format.md, from which they were written.
 *
 *   teq/model_tile.h     row heads, cells, columns, tile
 *   teq/model_requant.h  requantizers, their tables and streams
 *   teq/model_array.h    weight expansion, partial sums, the whole array
 *   teq/array_host.h     drives the array's streams: weights and vectors of whole tiles
 *   teq/model_matmul.h   the same numbers without the cycles, fast
 */
#ifndef TEQ_MODEL_PARAMS_H
#define TEQ_MODEL_PARAMS_H

#include "teq/format.h"

enum { TEQ_ROWS_MAX = 64, TEQ_COLS_MAX = 64, TEQ_K_RES_MAX = 8, TEQ_PSUM_DEPTH_MAX = 4096 };

/* ENGINE: what a cell does. */
typedef enum teq_array_engine {
    TEQ_ARRAY_SHIFT,
    TEQ_ARRAY_SELECT,
    TEQ_ARRAY_COUNT,
    TEQ_ARRAY_BOOTH,
    TEQ_ARRAY_BW
} teq_array_engine;

/* Names and ranges as in the table of docs/array.md. GATE and ADDER change no value. */
typedef struct teq_array_params {
    teq_array_engine engine;
    uint16_t rows, cols;  /* 1..64                                                  */
    uint8_t n_max;        /* bits of a stored weight, sign apart; INT b: b - 1      */
    uint8_t k_res;        /* 1, 2, 4, 8, at most 2^n_max; not used by INT and count */
    uint8_t mb, pw;       /* 4..10, mb..mb + 2; not used by INT and count           */
    uint8_t acc_w;        /* pw..40 (INT: n_max + na_max..40)                       */
    uint8_t na_max;       /* 2..7; INT: n_max + 1                                   */
    uint16_t load_cols;   /* divides cols                                           */
    bool is_double;       /* DOUBLE: second set of weight registers                 */
    uint16_t psum_depth;  /* 1..4096; count: 1                                      */
    uint16_t n_requant;   /* divides cols                                           */
    bool serial;          /* SERIAL: one requantizer, a column at a time; shift or
                             select, n_requant = cols, a power of two, at least 2   */
    bool chain;           /* CHAIN: chained vectors; cols even, not count            */
    bool pipe;            /* PIPE: a register inside the columns' sums; not count    */
    bool w_latch;         /* W_LATCH: no beat of weights in the cycle of a swap; not count */
} teq_array_params;

/* The defaults of teq_array.v. */
#define TEQ_ARRAY_DEFAULT_FIELDS                                                           \
    .engine = TEQ_ARRAY_SHIFT, .rows = 16, .cols = 16, .n_max = 4, .k_res = 4, .mb = 7,    \
    .pw = 7, .acc_w = 15, .na_max = 5, .load_cols = 2, .is_double = true, .psum_depth = 128, .n_requant = 16
#define TEQ_ARRAY_DEFAULT ((teq_array_params){TEQ_ARRAY_DEFAULT_FIELDS})

/* False, naming the parameter, for what stops elaboration of the Verilog too. */
bool teq_array_params_check(const teq_array_params *p, teq_error *err);

/* "shift", "select", "count", "booth", "bw"; the second one fails on other names. */
const char *teq_array_engine_name(teq_array_engine engine);
bool teq_array_engine_parse(const char *name, teq_array_engine *engine, teq_error *err);

static inline bool teq_array_is_int(const teq_array_params *p)
{
    return p->engine == TEQ_ARRAY_BOOTH || p->engine == TEQ_ARRAY_BW;
}

/* Beats of a tile of weights, beats of an output vector. */
static inline unsigned teq_load_cycles(const teq_array_params *p) { return p->cols / p->load_cols; }
static inline unsigned teq_chunks(const teq_array_params *p) { return p->cols / p->n_requant; }

/* Vectors of a tile that hide the load of the next one, with two sets of weights. */
static inline unsigned teq_hiding_vectors(const teq_array_params *p) { return teq_load_cycles(p) + p->w_latch; }

/* Width of a partial sum's address. */
static inline unsigned teq_addr_w(const teq_array_params *p)
{
    unsigned w = 1;
    while (1u << w < p->psum_depth)
        w++;
    return w;
}

/* Bits of a stored weight with its sign; the word of a zero weight. */
static inline unsigned teq_weight_bits(const teq_array_params *p) { return p->n_max + 1u; }
static inline uint8_t teq_zero_weight(const teq_array_params *p)
{
    return (uint8_t)(teq_array_is_int(p) ? 0u : (1u << p->n_max) - 1u);
}

/* The same array as teq/fixed.h and the compiler see it. */
teq_engine_caps teq_array_caps(const teq_array_params *p);

#endif
