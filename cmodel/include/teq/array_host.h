/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/array_host.h -- the streams of teq_array's cycle model, driven: whole tiles in place
 * of single edges. A host is the array, the inputs that stand before its next edge and a
 * count of edges; each function below works the clock until what it names has happened.
 *
 * A matrix product of more rows than the array has, words[v][c] of vector v and column c:
 *
 *     for each tile t of `rows` rows {
 *         user.first = t is the first, user.final = t is the last;
 *         teq_array_host_weights(&h, weights of t, w_n, w_shift, &err);
 *         teq_array_host_vectors(&h, codes of t, n, user, words, &err);
 *     }
 *
 * docs/cmodel.md shows a whole program. Nothing stalls here, the next tile's weights do not
 * come under the vectors of this one, and there are no residuals: for these, drive `in` and
 * teq_array_step.
 */
#ifndef TEQ_ARRAY_HOST_H
#define TEQ_ARRAY_HOST_H

#include "teq/model_array.h"

typedef struct teq_array_host {
    teq_array array;
    teq_array_in in;             /* out of reset, outputs taken; streams idle between calls */
    uint64_t cycle;              /* edges so far, configuration included                    */
    bool loaded;                 /* a tile of weights waits for its vectors                 */
    uint64_t bias[TEQ_COLS_MAX]; /* what the weights since `first` leave in a column's sum  */
    uint64_t tile_bias[TEQ_COLS_MAX];
} teq_array_host;

/* An array after reset, with M, S and C of both banks such that a word is the sum of the
 * products, saturated to 16 bits (docs/number_format.md, section 6). Engine count still
 * needs its table G. */
bool teq_array_host_init(teq_array_host *h, const teq_array_params *p, teq_error *err);
void teq_array_host_free(teq_array_host *h);

/* One configuration write (docs/array.md), one edge. */
void teq_array_host_write(teq_array_host *h, unsigned sel, unsigned index, uint64_t data);

/* A tile of weights: cols * rows slots as on s_axis_w, [column * rows + row], in the format
 * w_n, w_shift (INT: ignored). Fails for a format that the array does not hold, and while
 * the tile before has not had its vectors. */
bool teq_array_host_weights(teq_array_host *h, const uint8_t *slots, unsigned w_n, unsigned w_shift, teq_error *err);

/* The n vectors of the tile: n * rows codes, [vector * rows + row]. `user` has their format
 * and flags; vector v goes to partial sum (user.addr + v) mod PSUM_DEPTH. With user.final
 * the B_o that takes the weights' constants out is written first, and the answers are
 * waited for: words, n * cols of them, [vector * cols + column]. Without, words is not
 * looked at. All tiles from first to final must see the same partial sums. Fails without a
 * tile of weights, for user.res, for n = 0, and for more vectors than partial sums unless
 * user is first and final. */
bool teq_array_host_vectors(teq_array_host *h, const uint8_t *codes, unsigned n, teq_array_user user, int16_t *words,
                            teq_error *err);

#endif
