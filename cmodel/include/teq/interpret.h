/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/interpret.h -- a program of teq_core by its data alone: docs/core.md, section 2, read
 * literally, slowly, without cycles. What the cycle model and the Verilog must leave in
 * ACT and on m_axis_y.
 *
 *     teq_interpreter it = {.params = &p, .prg = prg, .wgt = wgt, .act = act, .in = codes, .n_in = n};
 *     if (!teq_interpret(&it, &err)) ...
 *     it.out[0 .. it.n_out - 1]
 *     teq_interpret_free(&it);
 */
#ifndef TEQ_INTERPRET_H
#define TEQ_INTERPRET_H

#include "teq/model_array.h"
#include "teq/program.h"

/* What the array is given, in the order in which the core gives it: for each pass its
 * constants, then tiles, each with its weights (if they are loaded) before its vectors. Any
 * of the functions may be NULL. */
typedef struct teq_beats {
    void *context;
    void (*layer)(void *context, const teq_descriptor *d);                              /* a DOT begins      */
    void (*config)(void *context, const teq_config_entry *e);
    void (*weights)(void *context, const uint8_t *slot, unsigned w_n, unsigned w_shift); /* [column * rows + row] */
    void (*vector)(void *context, const uint8_t *code, const teq_array_user *user, bool last);
    void (*residual)(void *context, const uint16_t *slot);                              /* before its vector */
} teq_beats;

typedef struct teq_interpreter {
    const teq_beats *beats; /* NULL: not wanted                                              */
    const teq_core_params *params;
    const uint64_t *prg; /* params->prg_words                                              */
    const uint8_t *wgt;  /* params->wgt_words * teq_core_slots()                           */
    uint16_t *act;       /* teq_core_elements(): {s, code}, s at bit NA_MAX; read, written */
    const uint8_t *in;   /* bytes of s_axis_x, unused ones left out                        */
    size_t n_in, in_at;  /* how many, how many were taken                                  */
    int16_t *out;        /* words for m_axis_y, in order; grown here                       */
    size_t n_out, out_room;
    unsigned cause;      /* why the program is refused: TEQ_ERROR_CAUSE_..., else 0        */
    /* the array's tables; they stay from one program to the next */
    uint64_t b[128];
    uint16_t m[128];
    uint8_t s[128];
    int64_t c[128];
    int16_t th[255];
    uint16_t d[256];
    uint8_t int_shift, code_top;
} teq_interpreter;

/* Runs the program at word 0 to its END. False, with a message, if it is refused (`cause`
 * says why; of several reasons the one that this order of work meets first) or if the
 * input ends before the program has enough. */
bool teq_interpret(teq_interpreter *it, teq_error *err);
void teq_interpret_free(teq_interpreter *it);

#endif
