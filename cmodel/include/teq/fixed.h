/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/fixed.h -- what the array computes, to the bit. Integers only.
 *
 * The functional reference that cycle models, executor and harness share, written
 * from docs/number_format.md, sections 3, 4 and 6. Arguments are in range by
 * contract: check formats and caps once with teq/format.h, then call these freely.
 *
 * A dot product of one column, weights w[i] and activations a[i] as code bytes:
 *
 *     acc = 0
 *     for i: acc = teq_accumulate(caps, acc, teq_term(caps, teq_code_s(fw, w[i]),
 *                     teq_product(caps, teq_weight_word(caps, fw, w_shift, w[i]),
 *                                       teq_act_word(caps, fa, a_shift, a[i]))))
 *     y    = teq_requantize(&requant, caps->acc_w, acc, d)
 *     code = teq_next_code(th, n_th, f_next, y)
 */
#ifndef TEQ_FIXED_H
#define TEQ_FIXED_H

#include "teq/antilog.h"
#include "teq/format.h"

/* --- exponent words (section 3) ------------------------------------------ */

/* Octaves of an activation from which on it is zero. */
#define TEQ_QA_ZERO 8u

/* E_w of a zero weight: all ones. */
static inline unsigned teq_weight_word_zero(const teq_engine_caps *caps)
{
    return (1u << caps->n_max) - 1u;
}

/* E_w = e << w_shift, all ones for zero. */
static inline unsigned teq_weight_word(const teq_engine_caps *caps, teq_format f, unsigned w_shift,
                                       uint8_t code)
{
    unsigned e = teq_code_e(f, code);
    return e == teq_levels(f) ? teq_weight_word_zero(caps) : e << w_shift;
}

/* E_a of a zero activation: qa = 8, ra = 0. */
static inline unsigned teq_act_word_zero(const teq_engine_caps *caps)
{
    return TEQ_QA_ZERO * 2u * caps->k_res;
}

/* E_a = e << a_shift; zero, and everything with qa >= 8, has one word. */
static inline unsigned teq_act_word(const teq_engine_caps *caps, teq_format f, unsigned a_shift,
                                    uint8_t code)
{
    unsigned e = teq_code_e(f, code), zero = teq_act_word_zero(caps);
    return e == teq_levels(f) || e << a_shift > zero ? zero : e << a_shift;
}

/* --- products and sums (section 4) --------------------------------------- */

/* Row head: x(r), MB bits, of an activation word for residue r = 0..K_RES-1; half up, unless
 * the carry would leave the last two bits. */
static inline uint32_t teq_head(const teq_engine_caps *caps, unsigned e_a, unsigned r)
{
    unsigned grid = 2u * caps->k_res, qa = e_a / grid, ra = e_a % grid;
    if (qa >= TEQ_QA_ZERO)
        return 0;
    unsigned step = TEQ_ANTILOG_STEPS / grid;
    uint32_t v = teq_antilog(step * ra + 2u * step * r, caps->mb + 1u) >> qa, x = v >> 1;
    return (v & 1u) != 0 && (x & 3u) != 3u ? x + 1u : x;
}

/* Cell: p, PW bits, from the head's value and q octaves (up to 126 at K_RES = 1; C defines
 * shifts below 32 only). */
static inline uint32_t teq_cell(const teq_engine_caps *caps, uint32_t x, unsigned q)
{
    return q < caps->pw ? (x << (caps->pw - caps->mb)) >> q : 0;
}

/* p of two words; 0 if one of them is zero. */
static inline uint32_t teq_product(const teq_engine_caps *caps, unsigned e_w, unsigned e_a)
{
    if (e_w == teq_weight_word_zero(caps))
        return 0;
    return teq_cell(caps, teq_head(caps, e_a, e_w % caps->k_res), e_w / caps->k_res);
}

/* What a cell adds: p, or its one's complement in PW bits for a negative weight. The
 * sign is the stored one: a negative weight adds 2^PW - 1 even when p = 0. */
static inline uint32_t teq_term(const teq_engine_caps *caps, bool s, uint32_t p)
{
    return s ? (1u << caps->pw) - 1u - p : p;
}

static inline uint32_t teq_wrap(unsigned acc_w, uint32_t v)
{
    return acc_w < 32 ? v & ((1u << acc_w) - 1u) : v;
}

static inline uint32_t teq_accumulate(const teq_engine_caps *caps, uint32_t acc, uint32_t term)
{
    return teq_wrap(caps->acc_w, acc + term);
}

/* INT baselines: acc + w a + what the cell leaves for this stored weight, modulo 2^ACC_W. */
static inline uint32_t teq_int_accumulate(unsigned acc_w, uint32_t acc, int32_t w, int32_t a,
                                          uint32_t cell_bias)
{
    return teq_wrap(acc_w, acc + (uint32_t)(w * a) + cell_bias);
}

/* --- requantization (section 6) ------------------------------------------ */

typedef struct teq_requant {
    uint32_t b; /* B_o, ACC_W bits, modulo 2^ACC_W  */
    uint16_t m; /* M_o                              */
    uint8_t s;  /* S_o, 0..63                       */
    int64_t c;  /* C_o, ACC_W + 18 bits, signed     */
} teq_requant;

#define TEQ_Y_MAX 32767   /* y is in -TEQ_Y_MAX..TEQ_Y_MAX                 */
#define TEQ_TH_PAD -32768 /* a threshold below which nothing lies           */

/* Two's complement value of the low acc_w bits, acc_w = 1..32. */
static inline int32_t teq_sx(unsigned acc_w, uint32_t v)
{
    uint32_t top = 1u << (acc_w - 1u);
    return (int32_t)((int64_t)(teq_wrap(acc_w, v) ^ top) - (int64_t)top);
}

/* The same for w = 1..63. */
static inline int64_t teq_sx64(unsigned w, uint64_t v)
{
    const uint64_t top = UINT64_C(1) << (w - 1u), low = v & (2u * top - 1u);
    return (int64_t)(low ^ top) - (int64_t)top;
}

static inline int32_t teq_sat(int64_t v)
{
    return (int32_t)(v > TEQ_Y_MAX ? TEQ_Y_MAX : v < -TEQ_Y_MAX ? -TEQ_Y_MAX : v);
}

/* floor(v / 2^s); C leaves the right shift of a negative number to the compiler. */
static inline int64_t teq_floor_shift(int64_t v, unsigned s)
{
    return v < 0 ? ~(~v >> s) : v >> s;
}

/* u = sx((acc + B_o) mod 2^ACC_W) */
static inline int32_t teq_requant_u(const teq_requant *q, unsigned acc_w, uint32_t acc)
{
    return teq_sx(acc_w, acc + q->b);
}

/* y0 = sat((u M_o + C_o) >> S_o) */
static inline int32_t teq_requant_y0(const teq_requant *q, int32_t u)
{
    return teq_sat(teq_floor_shift((int64_t)u * q->m + q->c, q->s));
}

/* d = (-1)^s D[e] of a stored code of format f, D[m] = 0; table has m entries. */
static inline int32_t teq_residual(const int16_t *table, teq_format f, uint8_t code)
{
    unsigned e = teq_code_e(f, code);
    if (e == teq_levels(f))
        return 0;
    return teq_code_s(f, code) ? -table[e] : table[e];
}

/* y = sat(y0 + d); d = 0 without a residual. */
static inline int32_t teq_requantize(const teq_requant *q, unsigned acc_w, uint32_t acc, int32_t d)
{
    return teq_sat((int64_t)teq_requant_y0(q, teq_requant_u(q, acc_w, acc)) + d);
}

/* Code of y in format f: the number of thresholds above y (unsigned) or |y| (signed).
 * th has n_th >= 2^n - 1 words, descending, padded with TEQ_TH_PAD. */
static inline uint8_t teq_next_code(const int16_t *th, unsigned n_th, teq_format f, int32_t y)
{
    int32_t v = f.is_signed && y < 0 ? -y : y;
    unsigned e = 0;
    for (unsigned j = 0; j < n_th; j++)
        e += v < th[j] ? 1u : 0u;
    return teq_code(f, y < 0, e);
}

/* A number that grows with the value of a code: max pooling keeps the largest. */
static inline int teq_code_order(teq_format f, uint8_t code)
{
    int below_zero = (int)(teq_levels(f) - teq_code_e(f, code));
    return teq_code_s(f, code) ? -below_zero : below_zero;
}

#endif
