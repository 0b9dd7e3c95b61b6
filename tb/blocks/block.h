/* SPDX-License-Identifier: Apache-2.0
 *
 * block.h -- a block of teq_core alone under its cycle model: what these benches share.
 *
 * The file of a block lists its ports and its corners, and says in cycle() what happens in
 * one cycle: it chooses inputs by the state of the model (block_put), says what the outputs
 * are under these inputs (block_put too), and moves the model over the edge. Bits of an input
 * that it does not put are junk, bits of an output are not compared. All that is put is
 * compared before the edge, so that outputs which follow inputs are seen as they do.
 *
 * rst_ni is driven here: at first, at any time in the middle, and in the cycle after one in
 * which the block found an error, as the core does it. Then outputs are not looked at.
 */
#ifndef TB_BLOCK_H
#define TB_BLOCK_H

#include "bench.h"
#include "teq/model_core.h"

typedef struct block_port {
    dut_port *port;
    unsigned width, words;
    uint32_t *word, *mask; /* what was put, and where */
} block_port;

typedef struct block {
    bench *bench;
    teq_core_params params; /* as far as the parameters of the block say */
    void *state;            /* of the block's file */
    bool reset;             /* rst_ni is low in this cycle */
    bool error;             /* set by cycle(): an error in this cycle; the model was not moved */
    block_port *port;
    uint64_t *hits;
} block;

typedef struct block_test {
    const char *const *ports; /* without clk_i, rst_ni */
    const char *const *corners;
    unsigned n_ports, n_corners;
    size_t size;              /* of the state, zeroed before init */
    uint64_t cycles;          /* of a run */
    unsigned reset_every;     /* cycles between resets on the average; 0: the usual number */
    bool no_reset;            /* there is no rst_ni */
    bool (*open)(block *k);   /* memories; false: a check has failed */
    void (*init)(block *k);   /* the model in the state that a reset leaves */
    void (*cycle)(block *k);
    void (*close)(block *k);
    bool (*cannot)(const block *k, unsigned corner); /* NULL: every corner can be met */
} block_test;

extern const block_test block_under_test;

/* A value of up to 64 bits into the whole port, or into `width` bits of it from `low` on. */
void block_put(block *k, unsigned port, uint64_t value);
void block_put_field(block *k, unsigned port, unsigned low, unsigned width, uint64_t value);

/* A descriptor of random bits, of which the block's file sets what matters; and onto its port. */
void block_draw_descriptor(block *k, teq_descriptor *d);
void block_put_descriptor(block *k, unsigned port, const teq_descriptor *d);

/* Where a layer's vectors lie: steps and T such that all of them are inside ACT; `outside`:
 * any. d has the counts and lanes already. */
typedef struct block_walk {
    uint32_t base, t;
    int32_t pass, oy, ox;
} block_walk;
block_walk block_draw_walk(block *k, const teq_descriptor *d, bool outside);

/* Lanes and counts of a layer: n_pass, oh, ow, lanes, lanes_x, lanes_pass; small ones. */
void block_draw_layer(block *k, teq_descriptor *d);

/* ACT of these parameters, for open(). */
bool block_open_act(block *k, teq_core_act *act);

/* Bases of a vector access: teq_core_walk.v says what they are. */
void block_put_bases(block *k, unsigned base0, unsigned base1, uint32_t addr, unsigned t);

/* A tile for the reader, as the sequencer packs it. */
void block_put_tile(block *k, unsigned port, const teq_core_tile *tile);

/* Is the parameter CONFIG that of these parameters? To be asked in open(). */
bool block_config_matches(block *k);

/* A flag of an error: it stands if this is the cause of the cycle; errors of a higher number
 * than the one that counts are not looked at. */
void block_put_error(block *k, unsigned port, unsigned cause, const teq_core_fault *fault);

static inline void block_hit(block *k, unsigned corner, bool holds) { k->hits[corner] += holds; }
static inline unsigned block_below(block *k, unsigned n) { return (unsigned)rng_below(&k->bench->rng, n); }
static inline unsigned block_between(block *k, unsigned low, unsigned high) {
    return (unsigned)rng_range(&k->bench->rng, low, high);
}
static inline bool block_chance(block *k, unsigned parts) { return rng_chance(&k->bench->rng, parts); } /* of 256 */
static inline uint32_t block_word(block *k) { return (uint32_t)rng_u64(&k->bench->rng); }

/* Sides that hesitate draw a new profile now and then. */
bool block_stalls(block *k, bench_stall *stall);

#endif
