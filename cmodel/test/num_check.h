/* SPDX-License-Identifier: Apache-2.0
 *
 * For the tests of the number format: a check that says where it was, and random
 * numbers that can be had again.
 */
#ifndef NUM_CHECK_H
#define NUM_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

/* check(v == w, "n = %u, e = %u: expected %d, got %d", ...) */
#define check(holds, ...)          \
    do {                           \
        if (!(holds))              \
            fail_msg(__VA_ARGS__); \
    } while (0)

typedef struct num_random {
    uint64_t state;
} num_random;

/* Seeded by TEQ_SEED, 1 without it; prints how to run the same again. */
static inline num_random num_random_init(const char *program)
{
    const char *text = getenv("TEQ_SEED");
    uint64_t seed = text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : 1;
    print_message("seed %llu; replay: TEQ_SEED=%llu build/test/%s\n", (unsigned long long)seed,
                  (unsigned long long)seed, program);
    return (num_random){seed};
}

/* splitmix64 */
static inline uint64_t num_random_next(num_random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0..below - 1 */
static inline unsigned num_random_below(num_random *r, unsigned below)
{
    return (unsigned)(num_random_next(r) % below);
}

/* [-1, 1) */
static inline double num_random_unit(num_random *r)
{
    return (double)(num_random_next(r) >> 11) * 0x1p-52 - 1;
}

#endif
