/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/core_params.h -- the parameters of rtl/core/teq_core.v: docs/core.md, "Parameters".
 */
#ifndef TEQ_CORE_PARAMS_H
#define TEQ_CORE_PARAMS_H

#include "teq/model_params.h"

typedef struct teq_core_params {
    teq_array_params array; /* engine not count; is_double 1; n_requant = cols; rows, cols 4, 8, 16, 32, 64 */
    uint32_t act_words;     /* 2..2^17, words of the activation buffer, teq_core_nb() codes each */
    uint32_t wgt_words;     /* 2..2^20, words of the weight buffer, teq_core_slots() slots each  */
    uint32_t prg_words;     /* 16..2^20, words of the program memory, 64 bits each               */
    bool parity;            /* changes no value                                                  */
    bool residual, indirect, maximum, counters; /* false: the core has none of them              */
    uint8_t reach;          /* 12..24: bits of addresses, y and u; 2^(reach - 1) holds the elements
                               of ACT, the words of WGT and those of PRG                         */
} teq_core_params;

/* The defaults of teq_core.v. */
#define TEQ_CORE_DEFAULT                                                                  \
    ((teq_core_params){.array = {TEQ_ARRAY_DEFAULT_FIELDS, .chain = true}, .act_words = 2048, .wgt_words = 4096,  \
                       .prg_words = 4096, .parity = false, .residual = true, .indirect = true,   \
                       .maximum = true, .counters = true, .reach = 24})

/* False, naming the parameter, for what stops elaboration of the Verilog too. */
bool teq_core_params_check(const teq_core_params *p, teq_error *err);

/* Registers CONFIG0, CONFIG1, CONFIG2: what an image says that it is for. */
enum { TEQ_CORE_CONFIGS = 3 };
void teq_core_config(const teq_core_params *p, uint32_t config[TEQ_CORE_CONFIGS]);

/* NB: banks of ACT, codes of a word. Element j lies in bank j mod NB, word j / NB. */
static inline unsigned teq_core_nb(const teq_core_params *p)
{
    return p->array.rows > p->array.cols ? p->array.rows : p->array.cols;
}

/* Elements of ACT. */
static inline uint32_t teq_core_elements(const teq_core_params *p)
{
    return p->act_words * teq_core_nb(p);
}

/* Slots of a word of WGT: LOAD_COLS * ROWS, each SLOT_W = teq_weight_bits() wide. */
static inline unsigned teq_core_slots(const teq_core_params *p)
{
    return (unsigned)p->array.load_cols * p->array.rows;
}

/* N_IDX: codes of a compact word; SUB: compact words in a word of WGT. */
static inline unsigned teq_core_n_idx(const teq_core_params *p)
{
    return p->array.n_max < 4 ? 1u << p->array.n_max : 16u;
}
static inline unsigned teq_core_sub(const teq_core_params *p)
{
    const unsigned n_idx = teq_core_n_idx(p);
    return teq_core_slots(p) > n_idx ? teq_core_slots(p) / n_idx : 1u; /* fewer slots than n_idx: never indirect */
}

/* Addresses are taken modulo 2^REACH. */
static inline uint32_t teq_core_mask(const teq_core_params *p) { return (UINT32_C(1) << p->reach) - 1u; }

/* The zero code of activations stored in n bits. */
static inline unsigned teq_core_zero_code(const teq_core_params *p, unsigned n)
{
    return teq_array_is_int(&p->array) ? 0 : (1u << n) - 1u;
}

#endif
