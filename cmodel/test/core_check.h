/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the core share: random numbers.
 */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct core_rng {
    uint64_t state;
} core_rng;

static inline uint32_t core_draw(core_rng *r) /* splitmix64, arXiv 1805.01407 */
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

/* Seeded by TEQ_SEED, which the test prints. */
static inline void core_seed(core_rng *r)
{
    const char *seed = getenv("TEQ_SEED");
    r->state = seed ? strtoull(seed, NULL, 0) : 1;
    printf("seed %llu\n", (unsigned long long)r->state);
}

#endif
