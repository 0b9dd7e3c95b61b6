/* SPDX-License-Identifier: Apache-2.0
 *
 * rng.h -- the one source of chance in the split and in the training.
 *
 * SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", OOPSLA 2014): state += 0x9e3779b97f4a7c15, then two
 * xor-shift-multiply rounds. Integer arithmetic only, so a seed gives the same
 * sequence everywhere; the C library's rand() would not.
 */
#ifndef DIGITS_RNG_H
#define DIGITS_RNG_H

#include <stdint.h>

typedef struct rng {
    uint64_t state; /* set it to the seed */
} rng;

/* The next 64 random bits. */
uint64_t rng_next(rng *r);

/* An integer in [0, n), n > 0: next mod n. The bias is below n / 2^64. */
int rng_below(rng *r, int n);

/* A number in [-1, 1): the top 53 bits, exact in double. */
double rng_signed(rng *r);

/* Fisher-Yates: order[0..n) becomes a random permutation of 0..n-1. From
 * i = n - 1 down to 1, entry i changes places with entry rng_below(i + 1). */
void rng_permutation(rng *r, int n, int *order);

#endif
