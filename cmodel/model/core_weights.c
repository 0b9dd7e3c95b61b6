/* SPDX-License-Identifier: Apache-2.0
 *
 * The weight loader: tiles from WGT to the array, templates filled from compact words.
 * docs/core.md, section 6, "Weight loader", and section 3.
 */
#include "teq/model_core.h"

#include <string.h>

void teq_core_weights_init(teq_core_weights *w) { memset(w, 0, sizeof *w); }

/* Is the step that comes the compact word's? */
static bool is_compact(const teq_core_weights *w, const teq_descriptor *d) { return d->indirect && w->step == 0; }

void teq_core_weights_look(const teq_core_weights *w, const teq_core_params *p, const teq_descriptor *d, bool tready,
                           teq_core_weights_out *out)
{
    out->fault = (teq_core_fault){0};
    out->step = w->queue.n > 0 && (!w->beat || tready);
    out->last = out->step && w->step == teq_load_cycles(&p->array) - 1u + d->indirect;
    if (!out->step)
        return;
    const teq_core_load *head = &w->queue.entry[0];
    out->raddr = is_compact(w, d) ? head->compact / teq_core_sub(p)
                                  : (head->word + w->step - d->indirect) & teq_core_mask(p);
    if (out->raddr >= p->wgt_words)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_WGT, out->raddr);
}

void teq_core_weights_beat(const teq_core_weights *w, const teq_core_params *p, const teq_descriptor *d,
                           const uint8_t *wgt, uint8_t *slots)
{
    const unsigned n = teq_core_slots(p), none = 1u << p->array.n_max, n_idx = teq_core_n_idx(p);
    const uint8_t zero = (uint8_t)teq_core_zero_code(p, d->w_n);
    if (!d->indirect) {
        memcpy(slots, wgt, n);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        slots[i] = wgt[i] & none ? zero : w->codes[wgt[i] & (n_idx - 1u)];
}

void teq_core_weights_step(teq_core_weights *w, const teq_core_params *p, const teq_descriptor *d, bool tready,
                           const uint8_t *wgt, const teq_core_weights_out *out, const teq_core_load *push)
{
    const bool full = w->queue.n == 2;
    if (w->compact)
        memcpy(w->codes, wgt + w->sub * teq_core_n_idx(p), teq_core_n_idx(p));
    w->compact = false;
    if (tready)
        w->beat = false;
    if (out->step) {
        w->compact = is_compact(w, d);
        w->beat = !w->compact;
        w->last = out->last;
        w->sub = w->queue.entry[0].compact % teq_core_sub(p);
        w->step = out->last ? 0 : w->step + 1;
    }
    if (out->last) {
        w->queue.entry[0] = w->queue.entry[1];
        w->queue.n--;
    }
    if (push && !full)
        w->queue.entry[w->queue.n++] = *push;
}
