/* SPDX-License-Identifier: Apache-2.0 */
#include "rng.h"

uint64_t rng_next(rng *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int rng_below(rng *r, int n)
{
    return (int)(rng_next(r) % (uint64_t)n);
}

double rng_signed(rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-52 - 1.0;
}

void rng_permutation(rng *r, int n, int *order)
{
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = rng_below(r, i + 1);
        int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}
