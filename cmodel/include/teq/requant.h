/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/requant.h -- from real scales to the integers that the array is loaded with.
 *
 * Compile time only: doubles come in, the words of teq/fixed.h go out. Equations
 * from docs/number_format.md, sections 5 and 6. T is the true sum of a channel,
 * sum of +-p, before anything is added to it; y_scale is the real value of y = 1.
 */
#ifndef TEQ_REQUANT_H
#define TEQ_REQUANT_H

#include "teq/fixed.h"

/* What the stored weights of one output channel do to its accumulator. */
typedef struct teq_channel_sums {
    uint64_t p;        /* P: largest sum of positive products                         */
    uint64_t n;        /* N: largest sum of negative products, as a magnitude         */
    uint64_t constant; /* what the cells leave: (2^PW - 1) for each negative weight;
                          INT: the sum of cell_bias                                   */
    uint64_t weights;  /* non-zero weights                                            */
} teq_channel_sums;

/* Sums over count stored codes (doubled rows and second terms are codes like any
 * other); format legal for caps. Adds to *sums, which the caller sets to 0 first. */
bool teq_add_channel_sums(const teq_engine_caps *caps, teq_format weight, const uint8_t *codes,
                          size_t count, teq_channel_sums *sums, teq_error *err);

/* The same for INT b: count weights, activations up to a_max. cell_bias[w + 128] is what
 * the multiplier's cell leaves for a weight w; NULL: nothing. */
void teq_add_int_channel_sums(const int8_t *weights, size_t count, unsigned a_max,
                              const uint32_t cell_bias[256], teq_channel_sums *sums);

/* Is P + N <= 2^acc_w - 1? The error says how many bits are needed. */
bool teq_channel_fits(const teq_channel_sums *sums, unsigned acc_w, teq_error *err);

typedef struct teq_channel {
    double scale;      /* y for each unit of T: alpha_w alpha_a / teq_product_one(caps) / y_scale */
    double bias;       /* real bias / y_scale                                                  */
    double truncation; /* expected (real-valued sum - T), in units of T; 0 if not known         */
    teq_channel_sums sums;
} teq_channel;

/* B_o, M_o, C_o, S_o such that y0 = sat(round half up(scale (T + truncation) + bias)) as
 * near as 16 bits of M_o allow:
 *
 *     offset = floor((N - P) / 2)
 *     B_o    = offset - constant                                   modulo 2^ACC_W
 *     M_o    = round(scale 2^S_o)
 *     C_o    = round(2^S_o (scale truncation + bias)) - M_o offset + 2^(S_o - 1)
 *
 * S_o is the largest for which M_o has 16 bits and C_o has ACC_W + 18; the last term is 0 at
 * S_o = 0. Fails if the sums
 * do not fit ACC_W, if scale is not in (0, 65535.5), or if no S_o fits the bias. */
bool teq_requant_params(const teq_channel *channel, unsigned acc_w, teq_requant *out,
                        teq_error *err);

/* TH[j] = ceil(T(j) alpha / y_scale), padded to n_th = 2^NA_MAX - 1 words. Fails if the
 * first does not fit 16 bits: y_scale is then too small for alpha. */
bool teq_thresholds(const teq_codebook *next, double alpha, double y_scale, int16_t *th,
                    unsigned n_th, teq_error *err);

/* D[e] = round(alpha b^-e / y_scale), e = 0..m-1. Fails if D[0] does not fit 15 bits. */
bool teq_residual_table(const teq_codebook *stored, double alpha, double y_scale, int16_t *table,
                        teq_error *err);

/* p for every pair of exponents: table[(e_w << fa.n) + e_a], 2^(fw.n + fa.n) entries,
 * zero rows and columns included. */
bool teq_product_table(const teq_engine_caps *caps, teq_format weight, teq_format act,
                       uint16_t *table, teq_error *err);

/* Mean of (real-valued product - p), in units of p, of every weight exponent under a
 * distribution of activation exponents: mean[e_w] for e_w = 0..m_w, from share[e_a] >= 0,
 * e_a = 0..m_a (zeros included; only ratios matter, all 0 gives 0). A channel's
 * truncation is the sum of count (-1)^s mean[e_w] over its weights. */
bool teq_truncation_means(const teq_engine_caps *caps, teq_format weight, teq_format act,
                          const double *share, double *mean, teq_error *err);

#endif
