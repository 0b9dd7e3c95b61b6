// SPDX-License-Identifier: Apache-2.0
//
// Energy of memories, by bits accessed. Neither library has one, so it is a model in units
// of C V^2 of the library's smallest inverter (C its input capacitance):
//
//     partial sums (128 words a column)     25 a bit read, 35 a bit written
//     buffers (some thousand words)         50             70
//
// With a 45 nm inverter of 1 fF at 1.1 V that is 30 fJ for a bit of a partial sum: between
// what a bit line of 128 cells and a sense amplifier take (about 15) and a published
// estimate for a whole macro of 8 KB (M. Horowitz, ISSCC 2014: 10 pJ for 64 bits, 156 fJ a
// bit). It is there so that memory is not free. It predicts nothing.
#ifndef TEQ_ENERGY_RAM_H
#define TEQ_ENERGY_RAM_H

#include <stdint.h>

enum { RAM_PSUM_READ = 25, RAM_PSUM_WRITE = 35, RAM_BUFFER_READ = 50, RAM_BUFFER_WRITE = 70 };

// Bits accessed in an inference.
typedef struct {
    uint64_t psum_read, psum_write;            // partial sums
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

#endif
