/* SPDX-License-Identifier: Apache-2.0
 *
 * digits_check.h -- what the two tests of cmodel/digits share.
 */
#ifndef DIGITS_CHECK_H
#define DIGITS_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Seed of the random values: TEQ_SEED, or 1. */
static inline uint64_t seed(void)
{
    const char *text = getenv("TEQ_SEED");
    return text != NULL ? strtoull(text, NULL, 0) : 1;
}

/* |got - expected| <= tolerance (1 + |expected|), or the test fails. */
static inline void expect_near(const char *what, int i, double expected, double got, double tolerance)
{
    if (fabs(got - expected) <= tolerance * (1.0 + fabs(expected)))
        return;
    fail_msg("%s[%d]: expected %.12g, got %.12g; again with TEQ_SEED=%llu", what, i, expected, got,
             (unsigned long long)seed());
}

#endif
