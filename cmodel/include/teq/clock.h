/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/clock.h -- how long something took.
 */
#ifndef TEQ_CLOCK_H
#define TEQ_CLOCK_H

/* Seconds since some moment, of a clock that only goes forward. */
double teq_seconds(void);

/* Seconds of processor time of this process: what a single thread's work takes, however
 * busy the machine is. */
double teq_cpu_seconds(void);

#endif
