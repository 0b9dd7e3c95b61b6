/* SPDX-License-Identifier: Apache-2.0
 *
 * Which layout each storage gets: storage by storage, in the order in which they are
 * written, the one with which the steps that write and read it take the fewest cycles.
 */
#include "compiler.h"

#include <stdlib.h>

/* Lanes of a step's writer and residual reader are pixels if its input lies in planes. */
static void set_lanes(cc *c)
{
    for (int i = 0; i < c->n_storages; i++)
        c->storage[i].pixel_lanes = c->storage[i].channel_lanes = false;
    for (int i = 0; i < c->net->n_steps; i++) {
        const teq_qlayer *l = &c->net->step[i];
        if (l->op != TEQ_QOP_DOT && l->op != TEQ_QOP_MAXPOOL)
            continue;
        const bool pixels = cc_is_planes(c->storage[c->view[l->in[0]].storage].kind);
        for (int j = 0; j < 2; j++) {
            const int t = j ? l->res : l->out;
            if (t < 0)
                continue;
            cc_storage *s = &c->storage[c->view[t].storage];
            *(pixels ? &s->pixel_lanes : &s->channel_lanes) = true;
        }
    }
    cc_shape(c);
}

static bool touches(const cc *c, int step, int storage)
{
    const teq_qlayer *l = &c->net->step[step];
    if (l->op != TEQ_QOP_DOT && l->op != TEQ_QOP_MAXPOOL)
        return false;
    return cc_reads(c, step, storage) || (l->out >= 0 && c->view[l->out].storage == storage) ||
           (l->res >= 0 && c->view[l->res].storage == storage);
}

/* Cycles of the steps around a storage; false if one cannot be mapped. */
static bool price(cc *c, int storage, cc_jobs *jobs, uint64_t *cycles)
{
    set_lanes(c);
    *cycles = 0;
    for (int i = 0; i < c->net->n_steps; i++) {
        if (!touches(c, i, storage))
            continue;
        if (!cc_map(c, i, jobs))
            return false;
        uint64_t cost = jobs->cost;
        cc_jobs_free(jobs);
        const cc_storage *s = &c->storage[storage];
        if (i == 0 && storage == c->view[c->net->input].storage && cost < (uint64_t)s->size / 4)
            cost = (uint64_t)s->size / 4; /* it comes meanwhile */
        if (i == 0 && storage != c->view[c->net->input].storage) {
            const uint64_t in = (uint64_t)c->storage[c->view[c->net->input].storage].size / 4;
            cost = cost < in ? in : cost;
        }
        *cycles += cost;
    }
    return true;
}

/* Outputs that are still to be chosen lie along the lanes that write them. */
static void follow(cc *c, int storage)
{
    const cc_kind kind = c->storage[storage].kind;
    for (int i = 0; i < c->net->n_steps; i++) {
        const teq_qlayer *l = &c->net->step[i];
        if (cc_reads(c, i, storage) && l->out >= 0 && c->view[l->out].storage > storage)
            c->storage[c->view[l->out].storage].kind = kind == CC_PLANES_T ? CC_CHANNELS_T : CC_CHANNELS;
    }
}

bool cc_choose(cc *c)
{
    cc_jobs *jobs = calloc(1, sizeof *jobs);
    if (!jobs)
        return teq_fail(c->err, TEQ_ERR_MEMORY, "%s: no memory to compile", c->net->name);
    bool ok = true;
    for (int i = 0; ok && i < c->n_storages; i++) {
        static const cc_kind kinds[] = {CC_CHANNELS, CC_CHANNELS_T, CC_PLANES, CC_PLANES_T};
        uint64_t best = UINT64_MAX, cycles;
        cc_kind chosen = CC_CHANNELS;
        teq_error first = {0}, *err = c->err;
        for (int k = 0; k < 4; k++) {
            teq_error why = {0};
            c->err = &why;
            c->storage[i].kind = kinds[k];
            follow(c, i);
            const bool can = price(c, i, jobs, &cycles);
            if (k == 0)
                first = why;
            if (can && cycles < best) {
                best = cycles;
                chosen = kinds[k];
            }
        }
        c->err = err;
        c->storage[i].kind = chosen;
        follow(c, i);
        if (best == UINT64_MAX) {
            if (err)
                *err = first;
            ok = false;
        }
    }
    set_lanes(c);
    free(jobs);
    return ok;
}
