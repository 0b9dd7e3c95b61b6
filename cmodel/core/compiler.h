/* SPDX-License-Identifier: Apache-2.0
 *
 * The compiler from the inside: layouts of tensors, jobs (one descriptor each), and what
 * each file gives the others. docs/compiler.md tells the arithmetic.
 *
 *   unfold.c     the input with its window's rows side by side
 *   layout.c     tensors to storages: views, layouts, strides
 *   map.c        all ways to run a step, the cheapest taken
 *   map_row.c    lanes are channels of a window's row: convolution, dense, diagonal, pooling
 *   map_plane.c  lanes are pixels of one channel: depthwise
 *   choose.c     which layout each storage gets
 *   place.c      storages to addresses
 *   emit.c       jobs to descriptors, entries, weights
 */
#ifndef TEQ_CORE_COMPILER_H
#define TEQ_CORE_COMPILER_H

#include "teq/compile.h"
#include "teq/program.h"

enum { CC_JOBS_MAX = 256, CC_WIDTH = 64 };

/* --- storages and views ------------------------------------------------------------- */

/* Order of a tensor's codes in ACT; x and y are its columns and rows. */
typedef enum cc_kind {
    CC_CHANNELS,   /* (y * W + x) * pixel + c: channels of a pixel side by side        */
    CC_CHANNELS_T, /* (x * H + y) * pixel + c: the same, walked down the columns        */
    CC_PLANES,     /* c * plane + y * W + x: a plane for each channel                   */
    CC_PLANES_T    /* c * plane + x * H + y                                             */
} cc_kind;

static inline bool cc_is_planes(cc_kind k) { return k == CC_PLANES || k == CC_PLANES_T; }
static inline bool cc_is_transposed(cc_kind k) { return k == CC_CHANNELS_T || k == CC_PLANES_T; }

typedef struct cc_storage {
    int tensor;        /* whose codes: the concatenation if it is one               */
    int c, h, w;
    cc_kind kind;
    bool pixel_lanes;  /* lanes of a writer or residual reader are pixels           */
    bool channel_lanes;/* ... are channels                                          */
    int32_t pixel, plane;   /* distance of pixels (CHANNELS), of channels (PLANES)   */
    int32_t size;      /* elements                                                  */
    int first, last;   /* steps that write and read it; -1: the input               */
    int over;          /* storage whose place it takes, element by element, or -1   */
    int32_t margin;    /* elements in front of it that are written too               */
    int32_t base;
} cc_storage;

/* A tensor as a part of a storage. Row y, column x of the tensor is row y - pt, column
 * x - pl of the storage, zero outside. */
typedef struct cc_view {
    int storage, c0;
    int pt, pl;
    bool flat;         /* (c, h, w) read as c * h * w channels of one pixel          */
    int c, h, w;       /* before flattening                                          */
} cc_view;

/* --- jobs --------------------------------------------------------------------------- */

/* One stretch of the walk's tiles. */
typedef struct cc_tile {
    int32_t off, u_off, y_off;
    int lanes, part, term;
    int32_t *tap;      /* [row * cols + column]: index of the dot product, or -1      */
} cc_tile;

/* One descriptor. Addresses are relative to the storages. */
typedef struct cc_job {
    int step;
    bool is_max;
    char how[64];      /* for the listing                                            */
    int ch0, ch_step;  /* output channel of column 0 in pass 0; a pass                */
    int n_pass, n_ch;  /* output channels end here                                   */
    int n_col, col_ch[CC_WIDTH];
    int n_tiles;
    cc_tile *tile;
    int32_t in_off, in_pass, in_oy, in_ty, u_len, h, u_ox, u_tx, y_ty, y_oy;
    int oh, ow, group_rows, n_ty, n_tx;
    int32_t out_off, out_pass, out_oy, out_ox, out_lane;
    int32_t res_off, res_pass, res_oy, res_ox, res_lane;
    int lanes, lanes_x, lanes_pass;
    bool pixel_lanes;  /* lanes are pixels                                           */

    bool indirect;     /* weights by template                                        */
    int chain;         /* half of the columns if they are chained, else 0            */
    int32_t margin;    /* elements written in front of the output's storage          */
    uint64_t cost;     /* cycles, estimated                                          */
} cc_job;

typedef struct cc_jobs {
    int n;
    cc_job job[CC_JOBS_MAX];
    uint64_t cost, vectors;
} cc_jobs;

typedef struct cc {
    const teq_qnet *net;
    const teq_core_params *p;
    int n_storages;
    cc_storage *storage;
    cc_view *view;     /* of each tensor                                             */
    bool early;        /* the input comes while the first layer runs                  */
    bool chain;        /* chained mappings are offered                                */
    bool ties_first;   /* of mappings of equal cycles the first, not that of fewest vectors */
    bool *tied;        /* set where that made a difference                            */
    teq_error *err;
} cc;

bool cc_fail(const cc *c, int step, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* unfold.c: the network with its input unfolded; false if that is not to be had. `out` shares
 * all but tensors and steps with `net`. */
bool cc_unfold(const teq_qnet *net, teq_qnet *out);
void cc_unfold_free(teq_qnet *u);
void cc_unfold_name(const teq_qnet *net, teq_compiled *c);

/* layout.c */
bool cc_views(cc *c);
void cc_shape(cc *c);  /* strides and sizes from kinds and lanes                      */
int32_t cc_stride_c(const cc_storage *s);
int32_t cc_stride_y(const cc_storage *s);
int32_t cc_stride_x(const cc_storage *s);
bool cc_reads(const cc *c, int step, int storage);      /* as an operand             */

/* A window over the two axes of a storage as they lie in ACT: [0] slow, [1] fast. */
typedef struct cc_geometry {
    bool transposed;
    int size[2], k[2], stride[2], dil[2], pad[2], o[2];
    int32_t step[2], in_base; /* distance of rows and of pixels; the view's first channel */
    int32_t out[2], out_c, out_base, res[2], res_c, res_base;
    int c, cg, og, groups; /* input channels, those of a group, outputs of a group    */
    int kh, kw;        /* the layer's own                                            */
} cc_geometry;

bool cc_geometry_of(const cc *c, int step, cc_geometry *g);

/* map.c */
bool cc_map(const cc *c, int step, cc_jobs *out);
void cc_jobs_free(cc_jobs *j);
cc_job *cc_job_add(cc_jobs *j);
cc_tile *cc_tile_add(const cc *c, cc_job *j);
bool cc_finish(const cc *c, cc_jobs *j);
int cc_parts(const cc *c, int step);
int cc_sum_column(const cc_job *j, int col);            /* where a column's sums end */
int32_t cc_tap(const cc_geometry *g, int channel, int k_slow, int k_fast);

/* map_row.c: each adds its jobs, or returns false where it does not apply. */
bool cc_map_row(const cc *c, int step, const cc_geometry *g, int pixels, bool merged, cc_jobs *out);
bool cc_map_walk(const cc *c, int step, const cc_geometry *g, cc_jobs *out);

/* map_plane.c */
bool cc_map_band(const cc *c, int step, const cc_geometry *g, cc_jobs *out);
bool cc_map_rows(const cc *c, int step, const cc_geometry *g, int rows_out, cc_jobs *out);
bool cc_map_chain(const cc *c, int step, const cc_geometry *g, int rows_out, cc_jobs *out);

/* choose.c */
bool cc_choose(cc *c);

/* place.c */
bool cc_place(cc *c);

/* emit.c */
bool cc_emit(cc *c, const cc_jobs *jobs, teq_compiled *out);

#endif
