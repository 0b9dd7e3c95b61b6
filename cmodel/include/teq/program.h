/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/program.h -- what lies in the memories of teq_core, as C: descriptors, tile entries,
 * configuration entries, and the stream that loads them. docs/core.md, sections 1 to 4.
 *
 *     uint64_t word[TEQ_DESCRIPTOR_WORDS];
 *     if (!teq_descriptor_pack(&d, word, &err)) ...       err names the field that does not fit
 *
 *     teq_image im = {0};
 *     teq_image_begin(&im, &params, &err);
 *     teq_image_prg(&im, 0, word, TEQ_DESCRIPTOR_WORDS, &err);
 *     teq_image_wgt(&im, &params, 0, slots, n_words, &err);
 *     teq_image_end(&im, &err);                           im.beat[0..im.n_beats-1] go to s_axis_p
 *     teq_image_free(&im);
 */
#ifndef TEQ_PROGRAM_H
#define TEQ_PROGRAM_H

#include "teq/core_params.h"

#include <stddef.h>

/* --- descriptor ----------------------------------------------------------- */

enum { TEQ_DESCRIPTOR_WORDS = 14 };
enum { TEQ_OP_END, TEQ_OP_INPUT, TEQ_OP_DOT, TEQ_OP_MAX };

/* Fields by their names in section 2. int32_t: signed, of 24 or 16 bits. */
typedef struct teq_descriptor {
    uint32_t op, res, sgn, stream, indirect, early, chain;
    uint32_t a_n, a_shift, w_n, w_shift;
    uint32_t n_layer_cfg, n_pass_cfg;
    uint32_t cfg_addr, tile_addr, n_tiles, n_pass;
    uint32_t in_base;
    int32_t in_pass;
    uint32_t u_len;
    int32_t in_oy, in_group;
    uint32_t h;
    int32_t in_ty, u_ox, u_tx;
    uint32_t y_ty;
    uint32_t oh, ow, group_rows, n_ty, n_tx, y_oy;
    uint32_t y_group, w_addr, w_pass;
    uint32_t c_addr, c_pass;
    uint32_t out_base;
    int32_t out_pass;
    uint32_t out_t;
    int32_t out_oy, out_ox;
    uint32_t lanes, lanes_x, lanes_pass;
    uint32_t res_base;
    int32_t res_pass;
    uint32_t res_t;
    int32_t res_oy, res_ox;
    uint32_t n_lines, line_len, line_step;
} teq_descriptor;

/* Are its vectors chained? */
static inline bool teq_descriptor_chains(const teq_descriptor *d) { return d->op == TEQ_OP_DOT && d->chain; }

/* False, naming the field, its value and its range, if a field does not fit its bits. What
 * a field means is not looked at: the core refuses what makes no sense (section 5). */
bool teq_descriptor_pack(const teq_descriptor *d, uint64_t word[TEQ_DESCRIPTOR_WORDS], teq_error *err);
void teq_descriptor_unpack(const uint64_t word[TEQ_DESCRIPTOR_WORDS], teq_descriptor *d);

/* The fields as a core of p->reach takes them: what is wider than REACH bits modulo 2^REACH, h and
 * u_len modulo 2^(REACH - 1), out_t and res_t modulo 2^(REACH - log2(NB) - 1). */
void teq_descriptor_fit(const teq_core_params *p, teq_descriptor *d);

/* --- tile entry ----------------------------------------------------------- */

typedef struct teq_tile_entry {
    int32_t off, u_off; /* 24, 16 bits */
    int32_t y_off;      /* 8 bits      */
    uint32_t lanes, part, reload, cidx;
} teq_tile_entry;

bool teq_tile_entry_pack(const teq_tile_entry *t, uint64_t *word, teq_error *err);
void teq_tile_entry_unpack(uint64_t word, teq_tile_entry *t);

/* --- configuration entry -------------------------------------------------- */

/* A write to the array's configuration port. index 0x80 | bank with sel 0..2 writes all
 * columns of the bank. A negative C_o is its low ACC_W + 18 bits, 48 at most in a core. */
typedef struct teq_config_entry {
    uint64_t data; /* 48 bits */
    uint32_t index, sel;
} teq_config_entry;

bool teq_config_entry_pack(const teq_config_entry *c, uint64_t *word, teq_error *err);
void teq_config_entry_unpack(uint64_t word, teq_config_entry *c);

/* --- image stream --------------------------------------------------------- */

/* Destinations of packets. */
enum { TEQ_IMAGE_CONFIG = 0, TEQ_IMAGE_PRG = 1, TEQ_IMAGE_WGT = 2, TEQ_IMAGE_END = 15 };

/* Beats of s_axis_p, all bytes kept; TLAST belongs to the last one alone. */
typedef struct teq_image {
    uint32_t *beat;
    size_t n_beats, room;
} teq_image;

/* A packet each, in the order in which they must come: begin, any prg and wgt, end.
 * `start` and `n` are words of the memory; slots are n * teq_core_slots() bytes, slot i of
 * a word at element i: {s, code} as s_axis_w_tdata has them, {none, idx} in templates, code
 * i of compact word c at slot (c mod SUB) * N_IDX + i. False: out of memory, or beyond
 * the field of 28 bits. */
bool teq_image_begin(teq_image *im, const teq_core_params *p, teq_error *err);
bool teq_image_prg(teq_image *im, uint32_t start, const uint64_t *word, size_t n, teq_error *err);
bool teq_image_wgt(teq_image *im, const teq_core_params *p, uint32_t start, const uint8_t *slots, size_t n,
                   teq_error *err);
bool teq_image_end(teq_image *im, teq_error *err);
void teq_image_free(teq_image *im);

/* 32-bit beats of a word of WGT; the slots in them. */
unsigned teq_image_wgt_beats(const teq_core_params *p);
void teq_image_slots(const teq_core_params *p, const uint32_t *beat, uint8_t *slots);

/* What a stream leaves in the memories: prg of p->prg_words, wgt of p->wgt_words *
 * teq_core_slots() slots (either NULL: not wanted). Checks all of section 4: configuration,
 * order, ranges, sum, length; the message names the beat. */
bool teq_image_load(const uint32_t *beat, size_t n_beats, const teq_core_params *p, uint64_t *prg, uint8_t *wgt,
                    teq_error *err);

#endif
