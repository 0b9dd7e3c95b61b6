/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/model_matmul.h -- what the array computes, without its cycles, fast.
 *
 * A layer as a matrix product: n_vectors vectors of k activation codes against n_out
 * columns of k stored weights, and the requantizers behind it. Sums are modulo 2^ACC_W,
 * so the result does not depend on how a layer is cut into tiles: it equals what
 * teq_array gives for any order of tiles, rows and vectors, to the bit. Engines shift,
 * select, booth and bw; teq/dnateq.h has the sums of engine count.
 *
 *     sum[v][o]  = sum over i of term(weight[o][i], activation[v][i])   modulo 2^ACC_W
 *     word[v][o] = sat(sat((sx(sum + B_o) * M_o + C_o) >> S_o) + d)
 *     code[v][o] = {s, code} of the word
 *
 * How: what a row adds to all columns depends on its activation code alone, so each row
 * gets a table [code][column], and a vector adds one line of it. With vectors enough to
 * pay for the tables (some tens) that is several multiply-accumulates a clock; `make
 * bench` prints the rate.
 *
 * Not for two threads at once on one object; objects are independent.
 */
#ifndef TEQ_MODEL_MATMUL_H
#define TEQ_MODEL_MATMUL_H

#include "teq/model_requant.h"
#include "teq/model_tile.h"

#include <stddef.h>

typedef struct teq_matmul {
    teq_array_params params; /* engine, widths; its shape does not matter here. ACC_W <= 32 */
    teq_terms terms;
    unsigned k, n_out, stride; /* stride: n_out rounded up for SIMD                       */
    uint8_t *weight;           /* [k][stride] as a cell keeps them                        */
    void *line;                /* [row of a block][code][stride], 16 or 32 bits           */
    void *sum;                 /* [vector][stride], likewise                              */
    size_t sum_vectors;        /* that it has room for                                    */
} teq_matmul;

/* Fails for engine count, ACC_W above 32, k or n_out of 0, and when memory ends. */
bool teq_matmul_init(teq_matmul *m, const teq_array_params *p, unsigned k, unsigned n_out, teq_error *err);
void teq_matmul_free(teq_matmul *m);

/* slots[o * k + i]: weight i of output o as on s_axis_w, format w_n, w_shift (INT: two's
 * complement, format ignored). Fails for a format that the array does not hold. */
bool teq_matmul_weights(teq_matmul *m, const uint8_t *slots, unsigned w_n, unsigned w_shift, teq_error *err);

/* sums[v * n_out + o] from codes[v * k + i], format a_n, a_shift (INT: ignored); codes are
 * in 0..2^a_n - 1 by contract. Fails when memory ends. */
bool teq_matmul_sums(teq_matmul *m, const uint8_t *codes, size_t n_vectors, unsigned a_n, unsigned a_shift,
                     uint32_t *sums, teq_error *err);

/* Words and codes of such sums. b, m, s, c have an entry an output, widths as in
 * docs/array.md; they are not bound to the columns of an array. residual: {s, e} slots in the layout of sums, or NULL. words, codes: the layout of sums;
 * either may be NULL. */
typedef struct teq_matmul_channels {
    const uint64_t *b;
    const uint16_t *m;
    const uint8_t *s;
    const int64_t *c;
    const teq_requant_table *table; /* th, d, int_shift, code_top */
    bool sgn;
} teq_matmul_channels;

void teq_matmul_requantize(const teq_matmul *m, const teq_matmul_channels *ch, const uint32_t *sums,
                           size_t n_vectors, const uint16_t *residual, int16_t *words, uint16_t *codes);

#endif
