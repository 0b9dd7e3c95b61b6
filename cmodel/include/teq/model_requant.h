/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/model_requant.h -- cycle models of teq_requant_table, teq_requantize,
 * teq_requant_unit and teq_requant_serial: docs/number_format.md, section 6, with the timing of docs/array.md.
 */
#ifndef TEQ_MODEL_REQUANT_H
#define TEQ_MODEL_REQUANT_H

#include "teq/model_params.h"

/* --- teq_requant_table ---------------------------------------------------- */

/* Everything that configuration writes set, of all requantizers. Not reset. */
typedef struct teq_requant_table {
    uint64_t b[2 * TEQ_COLS_MAX]; /* B_o at bank * COLS + column, ACC_W bits          */
    uint16_t m[2 * TEQ_COLS_MAX];
    uint8_t s[2 * TEQ_COLS_MAX];
    int64_t c[2 * TEQ_COLS_MAX]; /* C_o, sign extended from ACC_W + 18 bits          */
    int16_t th[255];             /* 2^NA_MAX - 1 thresholds, descending; not INT     */
    uint16_t d[256];             /* D[e], 15 bits, D[zero] = 0                       */
    uint8_t int_shift, code_top;
    uint16_t g[256]; /* G[E], engine count                               */
} teq_requant_table;

void teq_requant_table_init(teq_requant_table *t);

/* A configuration write, cfg_sel_i = 0..6; what does not exist is ignored. */
void teq_requant_table_write(teq_requant_table *t, const teq_array_params *p, unsigned sel,
                             unsigned index, uint64_t data);

/* --- teq_requantize: one requantizer -------------------------------------- */

enum { TEQ_CODE_STAGES_MAX = 8 };

typedef struct teq_requantizer {
    const teq_array_params *params;
    int64_t u, um;  /* R1, R2 */
    int32_t y0, y;  /* R3, R4 */
    bool sgn;       /* R4     */
    struct {
        uint16_t code; /* {s, code}, s at bit NA_MAX */
        int16_t word;
    } out[TEQ_CODE_STAGES_MAX]; /* NA_MAX stages (INT: 1); the last one is code_o, word_o */
} teq_requantizer;

/* Each stage's operands belong to the sum that is then moving into it. */
typedef struct teq_requantize_in {
    bool en;
    uint64_t acc, b;     /* R1 */
    uint16_t m;          /* R2 */
    int64_t c;           /* R3 */
    uint8_t s;           /* R3 */
    bool res_neg;        /* R4 */
    uint16_t res_d;      /* R4: magnitude of the residual, 0 without one */
    bool sgn;            /* R4 */
    const teq_requant_table *table; /* th, int_shift, code_top */
} teq_requantize_in;

void teq_requantize_init(teq_requantizer *r, const teq_array_params *p);
void teq_requantize_step(teq_requantizer *r, const teq_requantize_in *in);

/* Stages of the code: NA_MAX, INT: 1. */
static inline unsigned teq_code_stages(const teq_array_params *p)
{
    return teq_array_is_int(p) ? 1u : p->na_max;
}

/* {s, code} of y: by thresholds, or for INT by rounding and clipping. */
uint16_t teq_array_code(const teq_array_params *p, const teq_requant_table *t, int32_t y, bool sgn);

/* --- teq_requant_unit ----------------------------------------------------- */

typedef struct teq_y_beat {
    uint16_t code[TEQ_COLS_MAX]; /* N_REQUANT slots {s, code} */
    int16_t word[TEQ_COLS_MAX];  /* N_REQUANT words y         */
    bool last;
} teq_y_beat;

/* What travels with a sum. */
typedef struct teq_requant_tag {
    bool valid, last, res, sgn;
    uint8_t entry; /* bank * COLS + first column of the chunk */
} teq_requant_tag;

/* States of teq_requant_serial. */
enum { TEQ_SERIAL_B, TEQ_SERIAL_U, TEQ_SERIAL_M, TEQ_SERIAL_MUL, TEQ_SERIAL_C, TEQ_SERIAL_SHIFT, TEQ_SERIAL_D, TEQ_SERIAL_TH };

/* teq_requant_serial, SERIAL = 1: the column that is worked on. Tables, residual and output
 * (one beat) are those of the unit, whose functions hand over to it. */
typedef struct teq_requant_serial {
    unsigned at;     /* TEQ_SERIAL_... */
    unsigned column;
    unsigned step;   /* of MUL, SHIFT, TH */
    int64_t u, sum;  /* u; u * M + C    */
    int32_t y;
} teq_requant_serial;

typedef struct teq_requant_unit {
    teq_array_params params;
    teq_requant_serial serial;
    teq_requant_table table;
    teq_requantizer lane[TEQ_COLS_MAX]; /* N_REQUANT of them */
    teq_requant_tag tag[4 + TEQ_CODE_STAGES_MAX]; /* R1..R4 and the stages of the code */
    unsigned chunk;                    /* of the accumulators, next to be taken */
    teq_y_beat y[2];                   /* output buffer, head first */
    unsigned n_y;
    uint16_t r[2][TEQ_COLS_MAX];       /* residual buffer, head first */
    unsigned n_r;
} teq_requant_unit;

typedef struct teq_requant_unit_in {
    bool rst_n;
    bool no_data; /* control alone moves */
    bool cfg_we;
    uint8_t cfg_sel, cfg_index;
    uint64_t cfg_data;
    bool v2, bank, res, sgn;
    const uint64_t *acc; /* a sum a column; looked at with v2 */
    bool r_tvalid;
    const uint16_t *r_tdata; /* N_REQUANT slots {s, e} */
    bool y_tready;
} teq_requant_unit_in;

void teq_requant_unit_init(teq_requant_unit *u, const teq_array_params *p);
void teq_requant_unit_step(teq_requant_unit *u, const teq_requant_unit_in *in);

bool teq_requant_serial_done(const teq_requant_unit *u);
void teq_requant_serial_step(teq_requant_unit *u, const teq_requant_unit_in *in);

/* Outputs: functions of the state, and of v2 where it is an argument. */
bool teq_requant_unit_moves(const teq_requant_unit *u);          /* r_adv */
bool teq_requant_unit_done(const teq_requant_unit *u, bool v2);  /* last chunk is taken */
bool teq_requant_unit_busy(const teq_requant_unit *u);
static inline bool teq_requant_unit_r_tready(const teq_requant_unit *u) { return u->n_r < 2; }
static inline const teq_y_beat *teq_requant_unit_y(const teq_requant_unit *u) /* NULL: not valid */
{
    return u->n_y ? &u->y[0] : NULL;
}

#endif
