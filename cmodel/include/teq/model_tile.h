/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/model_tile.h -- cycle models of teq_row_head, teq_cell_*, teq_column_sum,
 * teq_column and teq_tile: docs/number_format.md, section 4.
 *
 * Registers of the tile are data and are not reset: after init they are 0, where the
 * Verilog holds anything.
 */
#ifndef TEQ_MODEL_TILE_H
#define TEQ_MODEL_TILE_H

#include "teq/model_params.h"

/* --- teq_row_head --------------------------------------------------------- */

/* x_o[r], r = 0..k_res-1, of MB bits: a register. */
typedef struct teq_row_head {
    const teq_array_params *params;
    uint32_t x[TEQ_K_RES_MAX];
} teq_row_head;

void teq_row_head_init(teq_row_head *head, const teq_array_params *p);
void teq_row_head_step(teq_row_head *head, bool en, unsigned code, unsigned zero, unsigned shift);

/* --- cells: combinational ------------------------------------------------- */

/* m_o, PW bits, of the stored weight {s, E} and the row's values x[0..k_res-1]. The two
 * differ in how they pick the product, not in the product. */
uint32_t teq_cell_shift(const teq_array_params *p, const uint32_t *x, unsigned w);
uint32_t teq_cell_select(const teq_array_params *p, const uint32_t *x, unsigned w);

/* Partial products of INT b: a in 0..2^b - 1, w the b bits of a two's complement weight.
 * Booth fills pp[0..ceil(b/2)-1] of b + 1 bits, 2 places apart; Baugh-Wooley pp[0..b-1] of
 * b bits, 1 place apart. Their sum is w * a + teq_cell_bias. */
enum { TEQ_PP_MAX = 8 };
void teq_cell_booth(unsigned b, unsigned a, unsigned w, uint32_t pp[TEQ_PP_MAX]);
void teq_cell_bw(unsigned b, unsigned a, unsigned w, uint32_t pp[TEQ_PP_MAX]);

/* What a stored weight leaves in the accumulator whatever the activation, to be taken out
 * by B_o: 2^PW - 1 for a negative exponential weight; for INT the constants of the one's
 * complements. w as stored in the array, sign included. */
uint32_t teq_cell_bias(const teq_array_params *p, unsigned w);

/* --- teq_column_sum: combinational ---------------------------------------- */

/* add + sum of words[i] * 2^(step * (i mod group)), modulo 2^acc_w. */
uint64_t teq_column_sum(const uint32_t *words, unsigned n_words, unsigned group, unsigned step,
                        uint64_t add, unsigned acc_w);

/* --- terms ---------------------------------------------------------------- */

/* What a cell adds for every activation word and stored weight, made once from the
 * models above: term[(x << weight bits) + w]. An activation word is E_a (section 3),
 * at most the zero word 16 K_RES; for INT it is the activation itself. */
typedef struct teq_terms {
    unsigned n_x, n_w;
    uint32_t *term;
} teq_terms;

bool teq_terms_init(teq_terms *t, const teq_array_params *p, teq_error *err);
void teq_terms_free(teq_terms *t);

/* The activation word of a code in the format {zero code, shift}. */
static inline unsigned teq_act_index(const teq_array_params *p, unsigned code, unsigned zero,
                                     unsigned shift)
{
    if (teq_array_is_int(p))
        return code;
    unsigned top = 16u * p->k_res, e = code << shift;
    return code == zero || e > top ? top : e;
}

/* --- teq_column ----------------------------------------------------------- */

/* PIPE = 1: the products that sum_en takes are added in the next steps, until others come. */
typedef struct teq_column {
    uint8_t w_next[TEQ_ROWS_MAX], w[TEQ_ROWS_MAX];
    uint64_t products; /* PIPE = 1: their sum */
    uint64_t acc;      /* acc_o */
} teq_column;

/* x[row] points at the terms of the row's activation word, one for each weight. */
typedef struct teq_column_in {
    bool load, swap, sum_en, acc_en, clr, psum_sel;
    const uint8_t *w; /* ROWS stored weights; looked at with load */
    const uint32_t *const *x;
    uint64_t psum;
} teq_column_in;

void teq_column_init(teq_column *c);
uint64_t teq_column_out(const teq_column *c, const teq_array_params *p, const teq_column_in *in); /* sum_o */
void teq_column_step(teq_column *c, const teq_array_params *p, const teq_column_in *in);

/* --- teq_tile ------------------------------------------------------------- */

typedef struct teq_tile {
    teq_array_params params;
    teq_terms terms;
    const uint32_t *x[TEQ_ROWS_MAX]; /* the broadcast: each row's terms */
    teq_column column[TEQ_COLS_MAX];
} teq_tile;

typedef struct teq_tile_in {
    uint64_t load; /* load_i: bit g loads columns g * load_cols ..            */
    bool swap, x_en, sum_en, acc_en, clr, psum_sel, chain; /* chain over psum_sel; sum_en: PIPE = 1 */
    const uint8_t *w;     /* stored weights, [column in the group * rows + row]   */
    const uint8_t *code;  /* a code a row                                         */
    uint8_t zero, shift;  /* format of the codes                                  */
    const uint64_t *psum; /* a word a column; looked at with psum_sel             */
} teq_tile_in;

/* Copies the parameters; free releases the terms. */
bool teq_tile_init(teq_tile *t, const teq_array_params *p, teq_error *err);
void teq_tile_free(teq_tile *t);

/* sum_o: a function of the registers and of clr_i, chain_i, psum_sel_i, psum_i. acc_o is
 * column[].acc. */
uint64_t teq_tile_sum(const teq_tile *t, const teq_tile_in *in, unsigned column);
void teq_tile_step(teq_tile *t, const teq_tile_in *in);

#endif
