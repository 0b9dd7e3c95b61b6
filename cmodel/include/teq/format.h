/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/format.h -- codes of the TEQ number format and the arrays that run them.
 *
 * docs/number_format.md is the norm; sections named here are its sections. A code
 * byte holds {s, e}: e in bits 0..n-1, the sign above it in signed formats.
 *
 *     value = (-1)^s alpha b^-e,  b = 2^(2^t / K),  e = 0..m-1;  e = m = 2^n - 1 is zero
 *
 * Floating point (double) serves encoding and decoding only. What the array
 * computes from codes is in teq/fixed.h.
 */
#ifndef TEQ_FORMAT_H
#define TEQ_FORMAT_H

#include "teq/error.h"

#include <stddef.h>
#include <stdint.h>

/* --- formats ------------------------------------------------------------- */

#define TEQ_N_MIN 2
#define TEQ_N_MAX 7
#define TEQ_T_MAX 2
#define TEQ_LEVELS_MAX 127 /* m at n = 7 */

typedef struct teq_format {
    uint8_t n;      /* bits of a code, sign apart: 2..7                        */
    uint8_t k;      /* K: 1, 2, 3, 4, 6, 8, 12, 16                             */
    uint8_t t;      /* 0..2                                                    */
    bool is_signed; /* weights always are; unsigned tensors hold no negative   */
} teq_format;

/* Is the format one of section 1? */
bool teq_format_check(teq_format f, teq_error *err);

/* Non-zero levels m = 2^n - 1, which is also the exponent of zero and its code. */
static inline unsigned teq_levels(teq_format f) { return (1u << f.n) - 1u; }
static inline uint8_t teq_zero(teq_format f) { return (uint8_t)teq_levels(f); }

/* Stored bits of a code: n, and one more with a sign. A two-term weight has twice that. */
static inline unsigned teq_stored_bits(teq_format f) { return f.n + (f.is_signed ? 1u : 0u); }

/* Fields of a code byte. A negative zero, which no encoder writes, reads as zero. */
static inline unsigned teq_code_e(teq_format f, uint8_t code) { return code & teq_levels(f); }
static inline bool teq_code_s(teq_format f, uint8_t code)
{
    return f.is_signed && (((unsigned)code >> f.n) & 1u) != 0 && teq_code_e(f, code) != teq_levels(f);
}
static inline uint8_t teq_code(teq_format f, bool s, unsigned e)
{
    return (uint8_t)(e | (f.is_signed && s && e != teq_levels(f) ? 1u << f.n : 0u));
}

/* --- values -------------------------------------------------------------- */

/* Levels and thresholds of a format for alpha = 1. Sums of two levels that are equal
 * in the reals are equal here: octaves are exact multiples of the same roots. */
typedef struct teq_codebook {
    teq_format format;
    unsigned m;
    double level[TEQ_LEVELS_MAX + 1]; /* b^-e, and level[m] = 0                           */
    double threshold[TEQ_LEVELS_MAX]; /* T(e): halfway to the next; T(m-1) = level[m-1]/2 */
} teq_codebook;

bool teq_codebook_init(teq_codebook *book, teq_format f, teq_error *err);

/* Exponent of the level nearest to a >= 0 (not NaN): the number of thresholds above a. */
unsigned teq_encode_magnitude(const teq_codebook *book, double a);

/* Code of the value nearest to x, saturated to +-alpha; a tie goes to the larger
 * magnitude. In an unsigned format a negative x becomes zero. alpha must be > 0 and
 * finite; x must be finite. */
bool teq_encode(const teq_codebook *book, double x, double alpha, uint8_t *code, teq_error *err);

double teq_decode(const teq_codebook *book, uint8_t code, double alpha);

/* rows * row_size values, row after row; row r is scaled by alpha[r]: output channels
 * of a weight, or rows = 1 for a tensor with one scale. An error names the row and the
 * element; codes are then undefined. */
bool teq_encode_array(const teq_codebook *book, const float *x, size_t rows, size_t row_size,
                      const double *alpha, uint8_t *codes, teq_error *err);
void teq_decode_array(const teq_codebook *book, const uint8_t *codes, size_t rows, size_t row_size,
                      const double *alpha, float *x);

/* Two-term weights: the pair whose sum is nearest to x, larger magnitude first. A tie
 * goes to the sum of larger magnitude; of equal sums, a zero second term is preferred,
 * then the larger first term. Signed formats only. Arrays hold both codes of a weight
 * next to each other: 2 * rows * row_size. */
bool teq_encode_two(const teq_codebook *book, double x, double alpha, uint8_t code[2],
                    teq_error *err);
double teq_decode_two(const teq_codebook *book, const uint8_t code[2], double alpha);
bool teq_encode_two_array(const teq_codebook *book, const float *x, size_t rows, size_t row_size,
                          const double *alpha, uint8_t *codes, teq_error *err);
void teq_decode_two_array(const teq_codebook *book, const uint8_t *codes, size_t rows,
                          size_t row_size, const double *alpha, float *x);

/* --- bit streams --------------------------------------------------------- */

/* Bytes of count codes of the given width, 1..8 bits. */
static inline size_t teq_packed_size(size_t count, unsigned width)
{
    return count / 8 * width + (count % 8 * width + 7) / 8;
}

/* Code i becomes bits i*width .. i*width + width - 1, least significant first, of a
 * little-endian stream of teq_packed_size bytes; bits left over at the end are 0.
 * Higher bits of a code are ignored. */
void teq_pack(const uint8_t *codes, size_t count, unsigned width, uint8_t *bytes);
void teq_unpack(const uint8_t *bytes, size_t count, unsigned width, uint8_t *codes);

/* --- what an array runs (section 3) -------------------------------------- */

typedef enum teq_engine {
    TEQ_ENGINE_SHIFT,
    TEQ_ENGINE_SELECT,
    TEQ_ENGINE_COUNT,
    TEQ_ENGINE_INT
} teq_engine;

typedef struct teq_engine_caps {
    teq_engine engine;
    uint8_t n_max;  /* N_MAX: bits of a weight's exponent word, 2..7 (SELECT 2..4);
                       COUNT: bits of a code, 3..7; INT: bits of a weight, 4..8  */
    uint8_t k_res;  /* K_RES: residues, 1, 2, 4, 8; not used by COUNT and INT    */
    uint8_t mb;     /* MB: bits of a head's value, 4..10; the same               */
    uint8_t pw;     /* PW: bits of a cell's product, mb..16; the same            */
    uint8_t acc_w;  /* ACC_W: bits of an accumulator, 8..32                      */
    uint8_t na_max; /* NA_MAX: bits of an activation's code, 2..7; INT: n_max    */
} teq_engine_caps;

/* The published array: n = 4 at K = 4 in one pass. */
#define TEQ_CAPS_PUBLISHED                                                                     \
    ((teq_engine_caps){.engine = TEQ_ENGINE_SHIFT, .n_max = 4, .k_res = 4, .mb = 7, .pw = 7, \
                       .acc_w = 15, .na_max = 5})

/* "shift", "select", "count", "int". */
const char *teq_engine_name(teq_engine engine);

/* Are the numbers within the ranges above? */
bool teq_caps_check(const teq_engine_caps *caps, teq_error *err);

/* w_shift and a_shift of a legal format; otherwise an error that lists the legal ones.
 * SHIFT and SELECT only. */
bool teq_weight_shift(const teq_engine_caps *caps, teq_format f, unsigned *shift, teq_error *err);
bool teq_act_shift(const teq_engine_caps *caps, teq_format f, unsigned *shift, teq_error *err);

/* Both formats of a layer: each legal, K shared, weights signed. Both shifts. */
bool teq_layer_shifts(const teq_engine_caps *caps, teq_format weight, teq_format act,
                      unsigned *w_shift, unsigned *a_shift, teq_error *err);

/* Value of one unit of a product: p stands for p / teq_product_one(caps), that is a weight
 * of alpha times an activation of alpha is this many units: (2^MB - 1) 2^(PW - MB). */
static inline uint32_t teq_product_one(const teq_engine_caps *caps)
{
    return ((1u << caps->mb) - 1u) << (caps->pw - caps->mb);
}

#endif
