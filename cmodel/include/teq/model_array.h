/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/model_array.h -- cycle model of teq_array and of what it adds to the tile:
 * teq_weight_expand, teq_psum. docs/array.md is the contract.
 *
 *     teq_array a;
 *     teq_array_init(&a, &params, &err);
 *     for each cycle {
 *         teq_array_out out; teq_array_outputs(&a, &out);    before the edge: functions of state
 *         ... choose `in` ...
 *         teq_array_step(&a, &in);                           the edge
 *     }
 *
 * teq/array_host.h does this for whole tiles; docs/cmodel.md shows a program.
 */
#ifndef TEQ_MODEL_ARRAY_H
#define TEQ_MODEL_ARRAY_H

#include "teq/model_requant.h"
#include "teq/model_tile.h"

/* --- teq_weight_expand: combinational ------------------------------------- */

/* {s, e} of w_n bits to the word that a cell keeps; an illegal format makes it zero. */
bool teq_weight_format_legal(const teq_array_params *p, unsigned w_n, unsigned w_shift);
uint8_t teq_weight_expand(const teq_array_params *p, unsigned slot, unsigned w_n, unsigned w_shift);

/* --- teq_psum ------------------------------------------------------------- */

/* A vector that is accepted reads its partial sum; when it moves on, its new sum is
 * written unless it is final. If the vector that moved on last has the same address,
 * the accumulators still hold its sum and sel is low. */
typedef struct teq_psum {
    unsigned depth, cols;
    bool last_valid;
    unsigned last_addr;
    uint64_t *mem; /* depth * cols, NULL at depth 1 */
    uint64_t psum[TEQ_COLS_MAX];
} teq_psum;

typedef struct teq_psum_in {
    bool rst_n, accept, adv, final1;
    unsigned addr, addr1;
    const uint64_t *sum; /* the new sums; looked at with adv and not final1 */
} teq_psum_in;

bool teq_psum_init(teq_psum *m, const teq_array_params *p, teq_error *err);
void teq_psum_free(teq_psum *m);
bool teq_psum_sel(const teq_psum *m, unsigned addr1);
void teq_psum_step(teq_psum *m, const teq_psum_in *in);

/* --- teq_array ------------------------------------------------------------ */

/* s_axis_a_tuser. */
typedef struct teq_array_user {
    uint16_t addr;
    bool first, final, bank, res, sgn, chain;
    uint8_t a_n, a_shift;
} teq_array_user;

/* Inputs, by the names of the ports; slots of a beat are elements of an array. Data is
 * looked at only while its valid is high. */
typedef struct teq_array_in {
    bool rst_ni;
    bool cfg_we_i;
    uint8_t cfg_sel_i, cfg_index_i;
    uint64_t cfg_data_i;
    bool s_axis_w_tvalid, s_axis_w_tlast;
    uint8_t s_axis_w_tuser;                          /* {w_shift[2:0], w_n[2:0]}       */
    uint8_t s_axis_w_tdata[TEQ_COLS_MAX * TEQ_ROWS_MAX]; /* [column of the beat * rows + row] */
    bool s_axis_a_tvalid, s_axis_a_tlast;
    teq_array_user s_axis_a_tuser;
    uint8_t s_axis_a_tdata[TEQ_ROWS_MAX];
    bool s_axis_r_tvalid;
    uint16_t s_axis_r_tdata[TEQ_COLS_MAX];           /* N_REQUANT slots {s, e}         */
    bool m_axis_y_tready;
} teq_array_in;

/* Outputs, all functions of the state. */
typedef struct teq_array_out {
    bool s_axis_w_tready, s_axis_a_tready, s_axis_r_tready;
    bool m_axis_y_tvalid;
    const teq_y_beat *m_axis_y; /* tdata, tuser, tlast; NULL while not valid; until the next step */
    bool busy_o;
    uint8_t error_o; /* [0] weight format, [1] tlast, [2] count overflow */
} teq_array_out;

typedef struct teq_array {
    teq_array_params params;
    teq_tile tile;
    teq_psum psum;
    teq_requant_unit requant;
    struct teq_count_tile *count; /* engine count: stands for tile, psum and v2 */
    /* weights */
    unsigned group; /* beat of the tile that comes next */
    bool shadow_full, active;
    /* stage 1, between the stages of the sums (PIPE = 1), stage 2 */
    bool v1, last1, vp, v2; /* engine count has its own v2 */
    teq_array_user user1, userp, user2;
    uint8_t error;
    bool no_data; /* set after init: control alone; weights, sums and what comes out of them stay as they are */
} teq_array;

/* In the state that a reset leaves. Copies the parameters; data registers are 0. */
bool teq_array_init(teq_array *a, const teq_array_params *p, teq_error *err);
void teq_array_free(teq_array *a);

/* The vector in stage 1, if any, moves on at the next edge; one goes into the accumulators,
 * and which (PIPE = 0: that of stage 1). */
bool teq_array_moves(const teq_array *a);
bool teq_array_adds(const teq_array *a);
const teq_array_user *teq_array_added(const teq_array *a);

void teq_array_outputs(const teq_array *a, teq_array_out *out);
void teq_array_step(teq_array *a, const teq_array_in *in);

#endif
