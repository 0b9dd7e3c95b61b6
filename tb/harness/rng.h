/* SPDX-License-Identifier: Apache-2.0
 *
 * rng.h -- the benches' random numbers: xoshiro256**, seeded by splitmix64
 * (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
 * arXiv 1805.01407). Our own, so that a seed means the same on every machine.
 */
#ifndef TB_RNG_H
#define TB_RNG_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rng {
    uint64_t s[4];
} rng;

void rng_seed(rng *r, uint64_t seed);
uint64_t rng_u64(rng *r);

/* Uniform in 0 .. n-1; n >= 1. */
uint64_t rng_below(rng *r, uint64_t n);

/* Uniform in low .. high, both included. */
int64_t rng_range(rng *r, int64_t low, int64_t high);

/* True with probability parts/256; parts 0 is never, 256 is always. */
bool rng_chance(rng *r, unsigned parts);

/* n random bits into words; the bits above n in the last word are zero. */
void rng_bits(rng *r, uint32_t *words, unsigned n);

#endif
