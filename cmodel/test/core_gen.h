/* SPDX-License-Identifier: Apache-2.0
 *
 * core_gen.h -- random small programs for teq_core, legal and illegal: for the tests of
 * the models here and for the benches in tb/.
 *
 * A legal program says the same whatever the stalls: no layer reads what it writes, no
 * memory is read that was not written, tables are written before they are used. Its
 * first INPUT fills all of ACT unless the generator knows that ACT is known already. Every
 * second one ends with a layer that shows all of ACT on m_axis_y.
 */
#ifndef CORE_GEN_H
#define CORE_GEN_H

#include "core_check.h"
#include "teq/program.h"

enum { CORE_GEN_LAYERS = 6 };

typedef struct core_gen {
    teq_core_params params;
    core_rng rng;
    bool act_known, tables_known; /* cleared by whoever resets or lets a program fail */
    bool reserve;                 /* legal programs keep off the last word of each memory, illegal ones like it */
    /* the last program */
    uint64_t *prg; /* params.prg_words; used from 0 to n_prg - 1 */
    size_t n_prg;
    uint8_t *wgt;  /* params.wgt_words * slots; used from 0 to n_wgt - 1 */
    size_t n_wgt;
    teq_descriptor layer[CORE_GEN_LAYERS + 2]; /* the one that shows ACT, and END, included */
    unsigned n_layers;
    uint8_t *in;   /* codes for s_axis_x, lines one behind the other */
    size_t n_in, in_room;
    unsigned cause; /* what was made wrong with it, 0: nothing */
} core_gen;

bool core_gen_init(core_gen *g, const teq_core_params *p, uint64_t seed);
void core_gen_free(core_gen *g);

/* A legal program in g->prg, g->wgt, g->in. */
void core_gen_program(core_gen *g);

/* Makes the program illegal with this cause (OP, FIELD, TILE, PRG, WGT, READ, WRITE or PSUM;
 * WRITE also by way of the input); false if it has no place for it. */
bool core_gen_spoil(core_gen *g, unsigned cause);

/* The image of the program; `whole`: all words of both memories. In one packet a memory,
 * or in several. */
bool core_gen_image(core_gen *g, teq_image *im, bool whole);

/* The next beat of s_axis_x: codes *at.. of the input of descriptor *layer, both moved on. */
bool core_gen_input_beat(const core_gen *g, unsigned *layer, uint32_t *line, uint32_t *taken, size_t *at, uint32_t *data,
                         uint8_t *keep, bool *last);

#endif
