/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/qnet.h -- the quantized network: what the hardware is given.
 *
 * A network after quantization is a list of steps over tensors of codes. A step
 * is a dot-product layer (convolution, depthwise, dense, average pooling: all of
 * them sums of products of codes), a max pooling, or a move of codes (reshape,
 * concatenation, padding). All numbers of docs/number_format.md that a layer
 * needs are here: weight codes, B_o, M_o, C_o, S_o, thresholds, residual tables.
 * teq_qnet_run computes with integers only, exactly as the RTL does.
 *
 * Every layer is one kind of convolution:
 *
 *     dense            kh, kw = h, w of its input, one output pixel
 *     depthwise        group = c
 *     average pooling  depthwise with equal weights (code e = 0)
 *
 * Codes in memory: one byte each, {s, e}: s << n | e (number_format section 1).
 * INT codes: s << n | magnitude; INT b is n = b for unsigned tensors, n = b - 1
 * for signed ones and for weights.
 */
#ifndef TEQ_QNET_H
#define TEQ_QNET_H

#include "teq/fixed.h"

#include <stddef.h>
#include <stdint.h>

/* --- targets ---------------------------------------------------------------------- */

typedef enum teq_arith {
    TEQ_ARITH_SHIFT, /* exponential codes, products of number_format section 4        */
    TEQ_ARITH_EXACT, /* exponential codes, p = round(2^pw 2^-E): the format alone      */
    TEQ_ARITH_INT    /* INT weights and activations, exact products                   */
} teq_arith;

/* An array configuration, as far as numbers depend on it. For EXACT, caps.pw = 20 and
 * caps.acc_w = 32 are the widths of the sums; the other caps say nothing. */
typedef struct teq_target {
    char name[16];
    teq_arith arith;
    teq_engine_caps caps;
} teq_target;

/* "shift4" (TEQ_CAPS_PUBLISHED), "shift5" (the same with N_MAX 5), "shift4_6_8" (with other
 * MB and PW, 4..9, PW <= MB + 2, ACC_W = PW + 8), "none" (EXACT), "int4" ... "int8" (ACC_W
 * 2b + 7). False for any other name. */
bool teq_target_find(const char *name, teq_target *out);

/* --- tensors ---------------------------------------------------------------------- */

/* A stored tensor: one copy, one format, whoever reads it. */
typedef struct teq_qtensor {
    char *name;
    int c, h, w;
    size_t size;    /* c * h * w codes for a sample                                   */
    int n;          /* bits of a code, sign apart                                     */
    bool is_signed;
    int step48;     /* distance of two codes in 1/48 octaves, 48 * 2^t / K; 0 for INT */
    double alpha;   /* value of e = 0 (EXP), value of code 1 (INT)                    */
    int step;       /* the step that writes it, -1: the network's input               */
    bool is_alias;  /* the same codes as another tensor (a reshape): no storage       */
} teq_qtensor;

/* --- steps ------------------------------------------------------------------------ */

typedef enum teq_qop { TEQ_QOP_DOT, TEQ_QOP_MAXPOOL, TEQ_QOP_CONCAT, TEQ_QOP_PAD, TEQ_QOP_RESHAPE } teq_qop;

typedef enum teq_qkind { TEQ_QKIND_CONV, TEQ_QKIND_DEPTHWISE, TEQ_QKIND_DENSE, TEQ_QKIND_POOL } teq_qkind;

typedef struct teq_qlayer {
    teq_qop op;
    teq_qkind kind;  /* DOT: what it was, for reports; the arithmetic is one            */
    char *name;
    int n_in, *in;   /* tensors read; one but for CONCAT                                 */
    int res;         /* tensor added in the 16-bit domain, -1: none                      */
    int out;         /* tensor written, -1: the last layer, whose output are words y     */

    /* Geometry: input (c, h, w), output (n_out, oh, ow). */
    int c, h, w, n_out, oh, ow;
    int kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, group;

    /* DOT: the dot product. k = c / group * kh * kw. */
    size_t k;
    int n_w;         /* bits of a weight code, sign apart                                */
    int K, t_w, t_a; /* bases 2^(2^t / K); 0 for INT                                     */
    int terms;       /* codes for each weight, 1 or 2                                    */
    uint8_t *code;   /* code[(o * k + i) * terms + term]                                 */
    double *alpha;   /* n_out: value of a weight at e = 0 (INT: at code 1)               */

    /* DOT: the requantizer (number_format section 6). B_o takes out the ones' complements
     * of the rows as teq_qlayer_row lists them. */
    teq_requant *q;  /* n_out                                                            */
    double y_scale;  /* real value of one unit of y                                      */
    int16_t th[127]; /* EXP, out >= 0: TH[j], 2^n - 1 of them, not increasing            */
    int int_shift;   /* INT, out >= 0: code = |y| rounded to units of 2^int_shift, clipped;
                        0 without a residual                                            */
    int16_t d[256];  /* res >= 0: D by exponent (INT: magnitude), in units of y_scale    */
    uint32_t bound;  /* largest P + N of all outputs (section 5)                         */
    bool relu_last;  /* out = -1: the network's output is max(y, 0)                      */
} teq_qlayer;

typedef struct teq_qnet {
    char *name;
    teq_target target;
    int n_tensors;
    teq_qtensor *tensor;
    int n_steps;
    teq_qlayer *step;   /* in order of execution                                         */
    int input;          /* tensor of the network's input                                 */
    bool input_channels_last; /* the file declared its input as N,H,W,C                  */
    int input_terms;    /* 1; or 2: each real value is stored as two codes, in channels 2c
                           and 2c + 1 of the input tensor, x = v1 + input_split * v2,
                           v1 the nearest level toward zero                              */
    double input_split; /* > 0 for two terms                                             */
    int n_classes;      /* words of the last layer for a sample: n_out * oh * ow         */
} teq_qnet;

void teq_qnet_free(teq_qnet *net);

/* Compare and refuse what does not fit together: indices, shapes, ranges, formats
 * that the target does not run, code values, the accumulator bound. A network
 * that passes can be run. */
bool teq_qnet_check(const teq_qnet *net, teq_error *err);

/* May weights (n bits, base 2^(2^t / K)) and activations be used on a target? */
bool teq_target_weight_ok(const teq_target *target, int n, int K, int t);
bool teq_target_activation_ok(const teq_target *target, int n, int K, int t);

/* --- what a scheduler needs ---------------------------------------------------------- */

/* One row of the array for one output: a stored weight and the activation that it
 * meets. The activation of output pixel (oy, ox) is that of input channel c at
 * row oy * sh - pt + y, column ox * sw - pl + x; outside the input it is zero. */
typedef struct teq_qrow {
    int c, y, x;
    int part;   /* 0: the activation; +1: its positive part; -1: its negative part, as a magnitude */
    int s, e;   /* the stored weight; e = 2^n_w - 1 is zero (INT: e = magnitude)                   */
} teq_qrow;

/* Rows of one output: k * terms, twice that if the input is signed. */
size_t teq_qlayer_n_rows(const teq_qnet *net, const teq_qlayer *layer);

/* Row r of output channel o. Order: for each i of the dot product (c, y, x, column
 * fastest) its terms, for each term the positive part before the negative part. */
teq_qrow teq_qlayer_row(const teq_qnet *net, const teq_qlayer *layer, int o, size_t r);

/* The magnitude p of one product on the target (unsigned; 0 if either is zero). */
uint32_t teq_qlayer_product(const teq_qnet *net, const teq_qlayer *layer, int e_w, int e_a);

/* --- execution ------------------------------------------------------------------------ */

/* Codes of n samples of real values: n * input size / input_terms values -> n * input
 * size codes. */
void teq_qnet_encode(const teq_qnet *net, const float *x, size_t n, uint8_t *codes);

/* Real values of a tensor's codes. */
void teq_qtensor_decode(const teq_qnet *net, int tensor, const uint8_t *codes, size_t count, float *out);

typedef struct teq_qbind {
    int tensor;
    uint8_t *codes; /* n * size */
} teq_qbind;

typedef struct teq_qrun_options {
    int threads; /* 0: one for each processor that is online */
    void (*progress)(void *context, size_t done, size_t n);
    void *progress_context;
} teq_qrun_options;

/* Run n samples given as input codes; store the codes of the tensors in `wanted`
 * (may be empty) and the last layer's words (n * n_classes; may be NULL). The same
 * bytes for any number of threads. */
bool teq_qnet_run(const teq_qnet *net, size_t n, const uint8_t *input, const teq_qbind *wanted, int n_wanted,
                  int16_t *words, const teq_qrun_options *options, teq_error *err);

/* One step alone, from the codes of its inputs (in[i] belongs to step->in[i]) and
 * of its residual: any of out codes, words y and sums u may be NULL. u[o] is
 * the value of number_format section 6, before the multiplier. */
bool teq_qnet_run_step(const teq_qnet *net, int step, size_t n, const uint8_t *const *in, const uint8_t *res,
                       uint8_t *out, int16_t *words, int32_t *u, int threads, teq_error *err);

/* The same numbers the slow way, literally as number_format says, rows as
 * teq_qlayer_row lists them: the reference that the fast path is tested against.
 * One output word of one sample. */
int16_t teq_qnet_reference_word(const teq_qnet *net, int step, const uint8_t *in, const uint8_t *res, int o,
                                int oy, int ox);

/* Real logits of n samples: words times y_scale; n * n_classes floats, or NULL. */
float *teq_qnet_logits(const teq_qnet *net, const float *x, size_t n, const teq_qrun_options *options,
                       teq_error *err);

/* --- counting ------------------------------------------------------------------------- */

typedef struct teq_qbits {
    uint64_t weight_codes, weight_bits;
    uint64_t activation_codes, activation_bits;
    double weights, activations, all; /* averages: bits for each element                */
} teq_qbits;

/* Stored bits (number_format section 1): all weights of layers that have weights of
 * their own (average pooling has none), all stored tensors that a layer reads. */
teq_qbits teq_qnet_bits(const teq_qnet *net);

/* Stored bits of one weight or activation of a layer or tensor. */
int teq_qlayer_weight_bits(const teq_qlayer *layer);
int teq_qtensor_bits(const teq_qtensor *tensor);

/* Multiply-accumulates of one sample. */
uint64_t teq_qlayer_macs(const teq_qlayer *layer);

#endif
