// SPDX-License-Identifier: Apache-2.0
//
// Energy of memories, by bits accessed. Neither library has one, so it is a model in units
// of C V^2 of the library's smallest inverter (C its input capacitance):
//
//     partial sums (128 words a column)     60 a bit read, 70 a bit written
//     buffers (some thousand words)        160            170
//
// Geometric means of what is published of memories of such sizes, one value a source, and
// for partial sums of a memory of latches mapped and simulated like the tiles: sources and
// figures in docs/energy.md, "What a memory costs". They lie a factor of four apart either way.
#ifndef TEQ_ENERGY_RAM_H
#define TEQ_ENERGY_RAM_H

#include <stdint.h>

enum { RAM_PSUM_READ = 60, RAM_PSUM_WRITE = 70, RAM_BUFFER_READ = 160, RAM_BUFFER_WRITE = 170 };

// A memory of partial sums made of latches, mapped and simulated like the tiles (memory/): fJ a bit.
typedef struct {
    unsigned words;                            // 0: none, the model above
    double   read_fj, write_fj;                // of an access
    double   read_still_fj, write_still_fj;    // of one that finds and leaves zeros
    double   idle_fj;                          // of every cycle, all words together
    double   ge;                               // area, gate equivalents a bit
} ram_latches;

// Bits accessed in an inference.
typedef struct {
    uint64_t psum_read, psum_write;            // partial sums
    uint64_t read_still, write_still;          // of those, in columns without weights: always zero
    uint64_t act_read, act_write, weight_read; // buffers
} ram_use;

// pJ, with C V^2 in pJ.
static inline double ram_psum_pj(const ram_use *u, double cv2)
{
    return cv2 * (RAM_PSUM_READ * (double)u->psum_read + RAM_PSUM_WRITE * (double)u->psum_write);
}

static inline double ram_buffer_pj(const ram_use *u, double cv2)
{
    return cv2 * (RAM_BUFFER_READ * (double)(u->act_read + u->weight_read) + RAM_BUFFER_WRITE * (double)u->act_write);
}

// pJ, in so many cycles of words of so many bits.
static inline double ram_latches_pj(const ram_latches *m, const ram_use *u, uint64_t cycles, unsigned bits)
{
    return 1e-3 * (m->read_fj * (double)(u->psum_read - u->read_still) + m->read_still_fj * (double)u->read_still +
                   m->write_fj * (double)(u->psum_write - u->write_still) + m->write_still_fj * (double)u->write_still +
                   m->idle_fj * (double)cycles * bits);
}

#endif
