/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/compile.h -- a quantized network to a program of teq_core, and the image file that
 * holds it. docs/compiler.md tells how; docs/core.md what the core does with it.
 *
 *     teq_compiled *c = teq_compile(net, &params, &err);      or NULL, and why
 *     teq_compiled_write(c, "net.img", &err);
 *     teq_compiled_input(c, x, bytes);                        one sample to the bytes of s_axis_x
 *     ... c->beat to s_axis_p, bytes to s_axis_x, beats of m_axis_y back ...
 *     teq_compiled_output(c, y_beats, words);                 words as teq_qnet_run gives them
 *     teq_compiled_free(c);
 */
#ifndef TEQ_COMPILE_H
#define TEQ_COMPILE_H

#include "teq/core_params.h"
#include "teq/qnet.h"

#include <stdio.h>

/* A line of the listing: one layer, one or more descriptors. */
typedef struct teq_compiled_layer {
    char name[64], kind[12], how[64];
    int c, h, w, n_out, oh, ow, kh, kw, sh, sw;
    int terms, parts;           /* tiles for each weight: terms * parts                      */
    uint32_t first, n;          /* descriptors, counted from 0                               */
    uint32_t tiles, passes;     /* of the first descriptor                                   */
    uint64_t loads;             /* tiles loaded, all descriptors                             */
    uint64_t macs;              /* logical, each once, padding included; 0 for pooling       */
    uint64_t start, cycles;     /* predicted: its first cycle since start, how many          */
    uint64_t vectors;
    uint32_t in_base, in_size, out_base, out_size; /* elements of ACT                        */
    uint32_t wgt_words, prg_words;
} teq_compiled_layer;

#define TEQ_COMPILED_NO_WORD UINT32_MAX

typedef struct teq_compiled {
    char name[64];
    teq_core_params core;
    /* The input tensor as teq_qnet has it. */
    teq_arith arith;
    int c, h, w, n, is_signed, step48, terms, channels_last;
    double alpha, split;
    /* Its stream: lines of line_len bytes, each padded to whole beats of 4. Byte
     *
     *     c * step_c + k * step_k + y * step_y + x * step_x     k < n_taps, y < rows
     *
     * holds the code of channel c, row y * row_stride + k * row_step - row_pad, column x, and
     * that of zero where the input has no such row. n_taps = 1 and rows = h: as it is; else
     * unfolded (docs/compiler.md): a code comes once for each window that meets it. */
    uint32_t n_lines, line_len, step_c, step_k, step_y, step_x;
    uint32_t n_taps, rows, row_stride, row_step, row_pad;
    /* The output: word k of beat b of m_axis_y (low half first) is output out_index[2 b + k]
     * of n_out channels, each out_h x out_w; NO_WORD: nothing. */
    int n_out, out_h, out_w, relu_last;
    double y_scale;
    uint32_t n_out_beats, *out_index;
    /* The image: beats of s_axis_p, the last with TLAST. */
    uint32_t n_beats, *beat;
    /* What it takes. */
    uint32_t act_words, wgt_words, prg_words;
    uint64_t cycles, macs;      /* predicted: input ready, output taken at once               */
    uint32_t n_layers;
    teq_compiled_layer *layer;
} teq_compiled;

/* When the input is unfolded. A host sends more bytes then. */
typedef enum teq_unfold {
    TEQ_UNFOLD_CYCLES,  /* if the network takes fewer cycles with it                         */
    TEQ_UNFOLD_VECTORS, /* if it takes fewer vectors: less energy, however slow the stream   */
    TEQ_UNFOLD_NEVER
} teq_unfold;

typedef struct teq_compile_options {
    bool input_first; /* the first layer waits for the whole input                          */
    teq_unfold unfold;
    bool ties_first;  /* mappings whose estimated cycles are equal, often those that wait for their
                       * weights: only the one found first is tried, not that of fewest vectors too */
} teq_compile_options;

/* Presets: shapes "4x4" to "64x64", "16x16" the published core, with the default memories, target
 * shift4; "16x16_large" and so on: twice the LOAD_COLS, ACT_WORDS 8192, WGT_WORDS and PRG_WORDS
 * 16384. False for another name. */
bool teq_core_preset(const char *name, teq_core_params *out);

/* Set one parameter from text "NAME=VALUE" as the Verilog spells it. */
bool teq_core_set(teq_core_params *p, const char *text, teq_error *err);

/* NULL, with the layer's name and what is in the way: another target, a layer that no mapping
 * fits, memories that are too small (with the size that is needed). options may be NULL. */
teq_compiled *teq_compile(const teq_qnet *net, const teq_core_params *p, const teq_compile_options *options,
                          teq_error *err);
void teq_compiled_free(teq_compiled *c);

/* Vectors that the array is given, all layers. */
uint64_t teq_compiled_vectors(const teq_compiled *c);

/* Bytes of one sample on s_axis_x, a multiple of 4. */
size_t teq_compiled_input_size(const teq_compiled *c);
/* Codes of one sample, as teq_qnet_encode gives them, to those bytes. */
void teq_compiled_input(const teq_compiled *c, const uint8_t *codes, uint8_t *bytes);
/* n samples of real values (c / terms * h * w each, channels first) to codes, sign above the n bits of the level. */
void teq_compiled_encode(const teq_compiled *c, const float *x, size_t n, uint8_t *codes);
/* Beats of m_axis_y to n_out * out_h * out_w words. */
void teq_compiled_output(const teq_compiled *c, const uint32_t *beats, int16_t *words);

/* Image files (docs/compiler.md). Written aside, then renamed. */
#define TEQ_COMPILED_VERSION 5
bool teq_compiled_write(const teq_compiled *c, const char *path, teq_error *err);
teq_compiled *teq_compiled_read(const char *path, teq_error *err);
teq_compiled *teq_compiled_parse(const void *bytes, size_t size, const char *name, teq_error *err);

/* A C header for firmware: the image, the input's and the output's order. */
bool teq_compiled_header(const teq_compiled *c, const char *path, teq_error *err);

/* The listing. */
void teq_compiled_list(const teq_compiled *c, FILE *f);

#endif
