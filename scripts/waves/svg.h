/* SPDX-License-Identifier: Apache-2.0
 *
 * svg.h -- timing diagrams as SVG: a clock and signals, a value for each cycle.
 */
#ifndef WAVES_SVG_H
#define WAVES_SVG_H

#include <stdbool.h>
#include <stdint.h>

enum { WAVE_SIGNALS_MAX = 16, WAVE_CYCLES_MAX = 48 };

typedef struct wave {
    const char *title;
    int n_signals, n_cycles;
    const char *name[WAVE_SIGNALS_MAX];
    bool is_bus[WAVE_SIGNALS_MAX];
    uint32_t value[WAVE_SIGNALS_MAX][WAVE_CYCLES_MAX];
    bool is_open[WAVE_SIGNALS_MAX][WAVE_CYCLES_MAX]; /* bus: nobody looks at the value */
} wave;

/* Signals of the cycle that stands before the next edge, in the order in which they are
 * given first; wave_edge ends it. Signals beyond the limits and cycles beyond the last are
 * dropped: a diagram is as long as it is wide. */
void wave_bit(wave *w, const char *name, bool value);
void wave_bus(wave *w, const char *name, bool valid, uint32_t value);
void wave_edge(wave *w);

/* Writes PATH aside and renames it. False: it says why on stderr. */
bool wave_write(const wave *w, const char *path);

#endif
