/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/schedule.h -- one layer of a quantized network, for a batch of samples, as the
 * beats that teq_array (docs/array.md) is fed and those that it must answer with.
 *
 * Order of the loops: a *pass* takes the next COLS output channels; within it pixels
 * (of all samples) go in groups of PSUM_DEPTH; within a group the rows of the dot
 * product go in tiles of ROWS, each streaming the pixels of the group. If one tile
 * holds all rows, it stays for all pixels. Depthwise channels share a tile as blocks
 * on its diagonal. Row order, doubled rows and two-term rows: teq_qlayer_row.
 *
 * Constants of pass p go to bank p mod 2: they may be written as soon as pass p - 2
 * has been answered, and must be there before the first final vector of pass p.
 */
#ifndef TEQ_SCHEDULE_H
#define TEQ_SCHEDULE_H

#include "teq/model_array.h"
#include "teq/qnet.h"

typedef struct teq_cfg_write {
    uint8_t sel, index;
    uint64_t data;
} teq_cfg_write;

/* What one output beat holds: columns of consecutive channels of one pixel. */
typedef struct teq_y_place {
    uint32_t sample, pixel; /* pixel = oy * ow + ox                                  */
    uint16_t channel, n;    /* first channel, channels that exist (the rest is idle) */
} teq_y_place;

typedef struct teq_schedule {
    teq_array_params params;
    int n_passes;
    /* configuration: layer-wide writes [0, cfg_end[0]), pass p [cfg_end[p], cfg_end[p+1]) */
    size_t n_cfg;
    teq_cfg_write *cfg;
    size_t *cfg_end; /* n_passes + 1                                                     */
    /* weights: tiles by number, in the order in which they are loaded */
    size_t n_tiles, n_loads;
    uint8_t *tile;   /* n_tiles * cols * rows slots, [column * rows + row]               */
    uint32_t *load;  /* n_loads tile numbers                                             */
    uint8_t w_user;  /* s_axis_w_tuser                                                   */
    /* activations */
    size_t n_a;
    uint8_t *a;      /* n_a * rows codes                                                 */
    teq_array_user *a_user;
    uint8_t *a_last;
    uint32_t *a_pass;
    /* residual beats, in order (0 without a residual) */
    size_t n_r;
    uint16_t *r;     /* n_r * n_requant slots                                            */
    /* output beats, in order */
    size_t n_y;
    teq_y_place *y;
    size_t *y_end;   /* n_passes: beats answered when the pass is                        */
    uint64_t macs;   /* logical multiply-accumulates: each of the layer's once           */
} teq_schedule;

/* Lower step `step` (a dot-product layer) of `net` for n samples: `in` and `res` are the
 * codes of its input and residual tensors, n * size bytes. The array must run the
 * network's target: engine, formats, widths are checked. The caller frees with
 * teq_schedule_free, also after a failure. */
bool teq_schedule_layer(const teq_qnet *net, int step, const teq_array_params *params, size_t n,
                        const uint8_t *in, const uint8_t *res, teq_schedule *out, teq_error *err);

void teq_schedule_free(teq_schedule *s);

/* The network's target for an array of these parameters (engine count: exact products
 * of 16 bits, for which a layer's weights and activations must share their base). */
bool teq_schedule_target(const teq_array_params *params, teq_target *out, teq_error *err);

/* Can the array run what was quantized for `target`: arithmetic and widths. `what` begins
 * the message if not. */
bool teq_schedule_accepts(const teq_array_params *params, const teq_target *target, const char *what, teq_error *err);

#endif
