/* SPDX-License-Identifier: Apache-2.0
 *
 * core_host.h -- who sits at the other end of teq_core in its bench: loads images, starts
 * programs, streams inputs, takes outputs, reads and writes registers, all with stalls;
 * and does everything wrong that can be done wrong. Programs come from
 * cmodel/test/core_gen.h.
 *
 * A job is one image and one run of it, of one of the kinds below. What the host does
 * hangs on the model's state, never on the device's.
 */
#ifndef TB_CORE_HOST_H
#define TB_CORE_HOST_H

#include "../cmodel/test/core_gen.h"
#include "bench.h"
#include "teq/interpret.h"
#include "teq/model_core.h"

/* What is wrong with a job. */
typedef enum core_job {
    JOB_LEGAL,
    JOB_SPOILED,      /* the program is illegal                                  */
    JOB_BAD_IMAGE,    /* the image's stream is                                   */
    JOB_BAD_INPUT,    /* TKEEP or TLAST of an input beat                         */
    JOB_EARLY_START,  /* start in the middle of the image                        */
    JOB_DOUBLE_START, /* start while running                                     */
    JOB_PORT,         /* a data port is written while not ready, or read while empty */
    JOB_SOFT_RESET,   /* at any moment                                           */
    JOB_HARD_RESET,
    N_JOBS
} core_job;

typedef enum core_step { STEP_GAP, STEP_IMAGE, STEP_START, STEP_RUN, STEP_ERROR } core_step;

/* A register access on its way. */
typedef struct core_write {
    bool aw, w; /* still to be taken */
    uint8_t addr, strb;
    uint32_t data;
} core_write;

typedef struct core_read {
    bool ar, busy;
    uint8_t addr;
} core_read;

typedef struct core_host {
    bench *bench;
    teq_core *core;
    core_gen gen;
    teq_interpreter it;
    bool parity;
    bool memories_whole;    /* PRG and WGT have been written to their last words */
    /* the job */
    core_job job;
    core_step step;
    unsigned cause;         /* with which it must fail; 0: it must not */
    bool quick;             /* nobody stalls and nobody reads registers: cycles must be as predicted */
    uint64_t since;         /* cycles in this step */
    core_step act_in;       /* where the job's mischief happens, after act_at cycles */
    uint64_t act_at;
    int reset_in;           /* state of the sequencer that a soft reset should meet, or -1 */
    unsigned port_misuse;   /* of JOB_PORT: see misuse_port */
    bool acted, started;
    bool image_by_port, input_by_port, output_by_port, feeds_early;
    /* image */
    teq_image image;
    uint8_t *keep;
    bool *last;
    size_t keep_room, next_beat;
    /* input */
    unsigned in_layer;
    uint32_t in_line, in_taken;
    size_t in_at, in_beats, bad_beat;
    bool in_pending;
    teq_axis_beat in_beat;
    /* output */
    int16_t *words;
    size_t n_words, words_room;
    /* streams and registers */
    bench_stall p_stall, x_stall, y_stall, aw_stall, w_stall, b_stall, ar_stall, r_stall;
    bool p_shown, x_shown;  /* a beat is offered and stays until it is taken */
    core_write write;
    core_read read;
    unsigned read_chance;
    unsigned reset_left;
    /* what was done */
    uint64_t finished, refused, predicted;
} core_host;

/* Random numbers of the bench: 0 .. n-1; low .. high; true with parts of 256; 32 bits. */
static inline unsigned core_below(core_host *h, unsigned n) { return (unsigned)rng_below(&h->bench->rng, n); }
static inline unsigned core_between(core_host *h, unsigned low, unsigned high) {
    return (unsigned)rng_range(&h->bench->rng, low, high);
}
static inline bool core_chance(core_host *h, unsigned parts) { return rng_chance(&h->bench->rng, parts); }
static inline uint32_t core_word(core_host *h) { return (uint32_t)rng_u64(&h->bench->rng); }

static inline void core_enter(core_host *h, core_step step) {
    h->step = step;
    h->since = 0;
}

/* Draws the next job: core_jobs.c. */
void core_job_new(core_host *h);

bool core_host_init(core_host *h, bench *b, teq_core *core);
void core_host_free(core_host *h);

/* Inputs of this cycle, from the model's state and outputs; what passes at its edge is
 * noted. */
void core_host_choose(core_host *h, const teq_core_out *out, teq_core_in *in);

#endif
