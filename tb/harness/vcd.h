/* SPDX-License-Identifier: Apache-2.0
 *
 * vcd.h -- counts how often signals change in a VCD file.
 *
 * Used to test statements such as "a zero weight toggles no product net": run
 * with --wave FILE.vcd, dut_trace_flush(), then count in a window of time
 * (dut_time() gives the time of a cycle).
 */
#ifndef TB_VCD_H
#define TB_VCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vcd_count {
    size_t signals;        /* bits whose name matches: each bit of a vector is one */
    uint64_t toggles;      /* their changes between 0 and 1                        */
    uint64_t unknowns;     /* their changes from or to x or z                      */
    char busiest[256];     /* name of the variable with most changes of any kind   */
    uint64_t busiest_toggles;
} vcd_count;

/* Counts changes with first <= time < last of all variables whose full name
 * ("top.lane[3].cell.p") matches the shell pattern; '*' also matches dots. False
 * with a message in `message` when the file cannot be read or is no VCD. A
 * pattern that matches nothing gives signals = 0, which a test must look at. */
bool vcd_count_toggles(const char *path, const char *pattern, uint64_t first, uint64_t last, vcd_count *count,
                       char *message, size_t message_size);

#endif
