/* SPDX-License-Identifier: Apache-2.0
 *
 * SplitMix64: every state is a good seed, so that each piece of work can have a stream of
 * its own, whatever thread does it.
 */
#ifndef TEQ_QUANT_RANDOM_H
#define TEQ_QUANT_RANDOM_H

#include <stdint.h>

static inline uint64_t teq_random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

#endif
