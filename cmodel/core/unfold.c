/* SPDX-License-Identifier: Apache-2.0
 *
 * The input unfolded down its rows: what a window's kh rows hold of a column lies side by side,
 * as channels, so that the first layer has a window of one row. docs/compiler.md, "Unfolding".
 *
 *     channel c * kh + k, row oy, column x  =  channel c, row oy * sh - pt + k * dh, column x
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

/* The step that alone reads the input, or -1. */
static int reader(const teq_qnet *net)
{
    int found = -1;
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        for (int k = 0; k < l->n_in; k++)
            if (l->in[k] == net->input && (found >= 0 || l->op != TEQ_QOP_DOT))
                return -1;
            else if (l->in[k] == net->input)
                found = i;
        if (l->res == net->input)
            return -1;
    }
    return found;
}

bool cc_unfold(const teq_qnet *net, teq_qnet *out)
{
    const int at = reader(net);
    const teq_qlayer *l = at < 0 ? NULL : &net->step[at];
    if (!l || l->group != 1 || l->kh == 1 || l->oh == 1 || (uint64_t)l->k * (uint64_t)l->oh * (uint64_t)l->w > 1u << 28)
        return false; /* the last: more than any memory, and than an int counts */
    *out = *net;
    out->tensor = malloc((size_t)net->n_tensors * sizeof *out->tensor);
    out->step = malloc((size_t)net->n_steps * sizeof *out->step);
    if (!out->tensor || !out->step) {
        cc_unfold_free(out);
        return false;
    }
    memcpy(out->tensor, net->tensor, (size_t)net->n_tensors * sizeof *out->tensor);
    memcpy(out->step, net->step, (size_t)net->n_steps * sizeof *out->step);
    teq_qtensor *t = &out->tensor[net->input];
    teq_qlayer *u = &out->step[at];
    u->c = t->c = l->c * l->kh;
    u->h = t->h = l->oh;
    t->size = (size_t)t->c * (size_t)t->h * (size_t)t->w;
    u->kh = u->sh = u->dh = 1;
    u->pt = u->pb = 0;
    return true;
}

void cc_unfold_free(teq_qnet *u)
{
    free(u->tensor);
    free(u->step);
}

/* The order of the stream and the listing in terms of the network's own input. */
void cc_unfold_name(const teq_qnet *net, teq_compiled *c)
{
    const teq_qlayer *l = &net->step[reader(net)];
    c->c = l->c, c->h = l->h;
    c->n_taps = (uint32_t)l->kh, c->step_k = c->step_c, c->step_c *= c->n_taps;
    c->rows = (uint32_t)l->oh, c->row_stride = (uint32_t)l->sh, c->row_step = (uint32_t)l->dh, c->row_pad = (uint32_t)l->pt;
    for (uint32_t i = 0; i < c->n_layers; i++) {
        teq_compiled_layer *y = &c->layer[i];
        if (strncmp(y->name, l->name, sizeof y->name - 1) != 0)
            continue;
        char how[sizeof y->how];
        snprintf(how, sizeof how, "unfolded: %.50s", y->how);
        memcpy(y->how, how, sizeof how);
        y->c = l->c, y->h = l->h, y->kh = l->kh, y->sh = l->sh;
        return;
    }
}
