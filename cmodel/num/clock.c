/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/clock.h"

#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double teq_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }

double teq_cpu_seconds(void) { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }
