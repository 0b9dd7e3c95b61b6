/* SPDX-License-Identifier: Apache-2.0 */
#include "svg.h"

#include <stdio.h>
#include <string.h>

enum { LEFT = 130, STEP = 62, TOP = 34, PITCH = 26, HIGH = 16 };

static int find(wave *w, const char *name, bool is_bus)
{
    for (int i = 0; i < w->n_signals; i++)
        if (strcmp(w->name[i], name) == 0)
            return i;
    if (w->n_signals == WAVE_SIGNALS_MAX)
        return -1;
    w->name[w->n_signals] = name;
    w->is_bus[w->n_signals] = is_bus;
    return w->n_signals++;
}

static void put(wave *w, int at, bool is_open, uint32_t value)
{
    if (at < 0 || w->n_cycles == WAVE_CYCLES_MAX)
        return;
    w->value[at][w->n_cycles] = value;
    w->is_open[at][w->n_cycles] = is_open;
}

void wave_bit(wave *w, const char *name, bool value) { put(w, find(w, name, false), false, value); }

void wave_bus(wave *w, const char *name, bool valid, uint32_t value) { put(w, find(w, name, true), !valid, value); }

void wave_edge(wave *w)
{
    if (w->n_cycles < WAVE_CYCLES_MAX)
        w->n_cycles++;
}

/* The rising edge that ends cycle c is at x(c + 1). */
static int x(int cycle) { return LEFT + cycle * STEP; }

static void draw_clock(FILE *f, const wave *w)
{
    fprintf(f, "<text x=\"%d\" y=\"%d\" class=\"n\">clk_i</text>\n<path class=\"s\" d=\"M%d %d", LEFT - 8, TOP + HIGH - 3,
            x(0), TOP);
    for (int c = 0; c < w->n_cycles; c++)
        fprintf(f, " H%d V%d H%d V%d", x(c) + STEP / 2, TOP + HIGH, x(c + 1), TOP);
    fprintf(f, "\"/>\n");
}

static void draw_bit(FILE *f, const wave *w, int i, int y)
{
    fprintf(f, "<path class=\"s\" d=\"M%d %d", x(0), w->value[i][0] ? y : y + HIGH);
    for (int c = 0; c < w->n_cycles; c++)
        fprintf(f, " V%d H%d", w->value[i][c] ? y : y + HIGH, x(c + 1));
    fprintf(f, "\"/>\n");
}

static void draw_bus(FILE *f, const wave *w, int i, int y)
{
    for (int c = 0; c < w->n_cycles;) {
        int end = c + 1;
        while (end < w->n_cycles && w->is_open[i][end] == w->is_open[i][c] &&
               (w->is_open[i][c] || w->value[i][end] == w->value[i][c]))
            end++;
        fprintf(f, "<path class=\"%s\" d=\"M%d %d L%d %d H%d L%d %d L%d %d H%d Z\"/>\n", w->is_open[i][c] ? "o" : "b", x(c),
                y + HIGH / 2, x(c) + 4, y, x(end) - 4, x(end), y + HIGH / 2, x(end) - 4, y + HIGH, x(c) + 4);
        if (!w->is_open[i][c])
            fprintf(f, "<text x=\"%d\" y=\"%d\" class=\"v\">%x</text>\n", (x(c) + x(end)) / 2, y + HIGH - 4, (unsigned)w->value[i][c]);
        c = end;
    }
}

static void draw(FILE *f, const wave *w)
{
    const int width = x(w->n_cycles) + 12, height = TOP + (w->n_signals + 1) * PITCH + 6;
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            "<style>text{font-family:monospace;font-size:11px;fill:#222}.n{text-anchor:end}.v{text-anchor:middle;font-size:10px}"
            ".t{font-weight:bold}.s{fill:none;stroke:#1f4e79;stroke-width:1.4}.b{fill:#eaf1f8;stroke:#1f4e79}"
            ".o{fill:#e4e4e4;stroke:#bbb}.g{stroke:#ddd;stroke-dasharray:2 3}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"10\" y=\"18\" class=\"t\">%s</text>\n",
            width, height, width, height, w->title);
    for (int c = 0; c <= w->n_cycles; c++)
        fprintf(f, "<line class=\"g\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", x(c), TOP - 6, x(c), height - 6);
    draw_clock(f, w);
    for (int i = 0; i < w->n_signals; i++) {
        const int y = TOP + (i + 1) * PITCH;
        fprintf(f, "<text x=\"%d\" y=\"%d\" class=\"n\">%s</text>\n", LEFT - 8, y + HIGH - 3, w->name[i]);
        if (w->is_bus[i])
            draw_bus(f, w, i, y);
        else
            draw_bit(f, w, i, y);
    }
    fprintf(f, "</svg>\n");
}

bool wave_write(const wave *w, const char *path)
{
    char aside[512];
    if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside) {
        fprintf(stderr, "%s: the path is too long\n", path);
        return false;
    }
    FILE *f = fopen(aside, "w");
    if (!f) {
        perror(aside);
        return false;
    }
    draw(f, w);
    const bool bad = ferror(f) != 0;
    if (fclose(f) != 0 || bad || rename(aside, path) != 0) {
        perror(path);
        remove(aside);
        return false;
    }
    return true;
}
