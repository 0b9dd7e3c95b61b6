/* SPDX-License-Identifier: Apache-2.0 */
#include "rng.h"

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

void rng_seed(rng *r, uint64_t seed) {
    for (int i = 0; i < 4; i++) r->s[i] = splitmix64(&seed);
}

uint64_t rng_u64(rng *r) {
    uint64_t *s = r->s;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rng_below(rng *r, uint64_t n) {
    /* Values from the incomplete last multiple of n are drawn again. */
    const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t x;
    do x = rng_u64(r);
    while (x >= limit);
    return x % n;
}

int64_t rng_range(rng *r, int64_t low, int64_t high) {
    const uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    return (int64_t)((uint64_t)low + (span ? rng_below(r, span) : rng_u64(r)));
}

bool rng_chance(rng *r, unsigned parts) { return (rng_u64(r) >> 56) < parts; }

void rng_bits(rng *r, uint32_t *words, unsigned n) {
    for (unsigned i = 0; 32 * i < n; i++) {
        words[i] = (uint32_t)(rng_u64(r) >> 32);
        if (n - 32 * i < 32) words[i] &= (UINT32_C(1) << (n - 32 * i)) - 1;
    }
}
