/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/model_count.h -- cycle models of teq_count_column and teq_count_tile, the engine of
 * DNA-TEQ (arXiv 2306.16430); docs/count.md, docs/number_format.md section 7.
 *
 *     h[E] = signed count of the pairs with e_w + e_a = E, none of the two zero
 *     acc  = sum over E of h[E] * G[E]                       modulo 2^ACC_W
 *
 * The models keep signed counts; that the Verilog keeps counts with an offset does not show
 * at its ports. Data registers are not reset: after init they are 0, where the Verilog holds
 * anything. teq/dnateq.h has the same numbers without the cycles (teq_count, teq_count_sums).
 */
#ifndef TEQ_MODEL_COUNT_H
#define TEQ_MODEL_COUNT_H

#include "teq/model_params.h"

enum {
    TEQ_COUNT_BINS_MAX = 253,            /* sums E at 7 bits                            */
    TEQ_COUNT_TERMS_MAX = 253 + 2 * 127, /* with the tensors' own exponents (beta)      */
    TEQ_COUNT_CNT_W = 11                 /* default of CNT_W: sums of up to 1023 lanes  */
};

/* Names and ranges as in teq_count_tile.v. */
typedef struct teq_count_params {
    uint16_t rows, cols; /* 2..64, 1..64                                   */
    uint8_t n_max, na_max; /* 2..7                                         */
    bool a_signed;       /* codes are {s, e}                               */
    bool beta;           /* counts of the tensors' own exponents, of signs */
    uint8_t cnt_w;       /* 8..16                                          */
    uint8_t acc_w;       /* 17..40                                         */
    uint16_t load_cols;  /* divides cols                                   */
    bool is_double;
} teq_count_params;

bool teq_count_params_check(const teq_count_params *p, teq_error *err);

/* What rtl/teq_array.v instantiates for ENGINE = "count": unsigned codes, no beta. */
teq_count_params teq_count_params_of_array(const teq_array_params *p);

/* Levels of each tensor, bins, and terms of a drain. The terms are counted like this: E of
 * the sums 0..n_bins-1, then (beta) e_w, then e_a. */
static inline unsigned teq_count_n_w(const teq_count_params *p) { return (1u << p->n_max) - 1u; }
static inline unsigned teq_count_n_a(const teq_count_params *p) { return (1u << p->na_max) - 1u; }
static inline unsigned teq_count_n_bins(const teq_count_params *p)
{
    return teq_count_n_w(p) + teq_count_n_a(p) - 1u;
}
static inline unsigned teq_count_n_terms(const teq_count_params *p)
{
    return teq_count_n_bins(p) + (p->beta ? teq_count_n_w(p) + teq_count_n_a(p) : 0u);
}

/* --- teq_count_column ----------------------------------------------------- */

typedef struct teq_count_column {
    uint8_t w_next[TEQ_ROWS_MAX], w[TEQ_ROWS_MAX]; /* {s, e} */
    int32_t count[TEQ_COUNT_TERMS_MAX];            /* CNT_W bits, two's complement */
    int32_t kept[TEQ_COUNT_TERMS_MAX];             /* counts of the sum that is drained */
    int32_t u;                                     /* the count that is multiplied next */
    uint64_t acc;                                  /* acc_o once done: sum over E of h[E] G[E] */
    uint64_t sum_w, sum_a;                         /* beta_o: sums over the tensors' own counts */
    int32_t signs;                                 /* beta_o: sum of signs                      */
} teq_count_column;

/* The tensor whose sum a term belongs to, in the order of a drain. */
typedef enum teq_count_phase { TEQ_COUNT_W, TEQ_COUNT_A, TEQ_COUNT_SUM } teq_count_phase;

typedef struct teq_count_column_in {
    bool load, swap, acc_en, clr, keep;
    const uint8_t *w;      /* ROWS weights; looked at with load                        */
    const uint8_t *e;      /* exponents of the activations                             */
    const bool *nz, *s;    /* not zero; negative                                       */
    int term;              /* read this count into u; -1: none                         */
    bool mul, start;       /* add u * g to the sum of `phase`; start: its first term   */
    teq_count_phase phase;
    uint16_t g;
} teq_count_column_in;

void teq_count_column_init(teq_count_column *c);
void teq_count_column_step(teq_count_column *c, const teq_count_params *p, const teq_count_column_in *in);

/* --- teq_count_tile ------------------------------------------------------- */

typedef struct teq_count_tile {
    teq_count_params params;
    /* data */
    uint8_t e[TEQ_ROWS_MAX];
    bool nz[TEQ_ROWS_MAX], s[TEQ_ROWS_MAX];
    uint16_t table[TEQ_COUNT_BINS_MAX]; /* G */
    uint16_t g;
    teq_count_column column[TEQ_COLS_MAX];
    /* control */
    int term, mul_term; /* being read, being multiplied; -1: none */
    bool busy, done;    /* drain_busy_o, done_o */
    unsigned vectors;   /* counted since clr */
    bool overflow;      /* overflow_o */
} teq_count_tile;

typedef struct teq_count_tile_in {
    bool rst_n;
    uint64_t load;       /* load_i: bit g loads columns g * load_cols ..          */
    bool swap;
    const uint8_t *w;    /* weights, [column in the group * rows + row]           */
    bool x_en;
    const uint8_t *code; /* a code a row, {s, e} with a_signed                    */
    uint8_t zero;        /* zero code of the format, 2^n - 1                      */
    bool acc_en, clr, final; /* final: only while busy is low                     */
    bool g_we;
    uint8_t g_index;
    uint16_t g_data;
    bool take;
} teq_count_tile_in;

bool teq_count_tile_init(teq_count_tile *t, const teq_count_params *p, teq_error *err);
void teq_count_tile_step(teq_count_tile *t, const teq_count_tile_in *in);

#endif
