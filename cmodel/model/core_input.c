/* SPDX-License-Identifier: Apache-2.0
 *
 * The input unit: lines of codes from s_axis_x to ACT. docs/core.md, section 2 (INPUT) and
 * section 6, "Input unit".
 */
#include "teq/model_core.h"

#include <string.h>

void teq_core_input_init(teq_core_input *u) { memset(u, 0, sizeof *u); }

void teq_core_input_look(const teq_core_input *u, const teq_core_act *act, const teq_axis_beat *head, bool port_free,
                         teq_core_input_out *out)
{
    *out = (teq_core_input_out){0};
    out->takes = u->busy && head && port_free;
    if (!out->takes)
        return;
    const uint32_t left = u->line_len - u->taken;
    out->lanes = left < 4 ? left : 4;
    out->last = left <= 4 && u->line + 1 == u->n_lines;
    if ((!head->port && head->keep != (1u << out->lanes) - 1u) || head->last != out->last)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_INPUT, u->taken);
    if (teq_core_act_outside(act, u->in_next, 0, (1u << out->lanes) - 1u))
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_WRITE, u->in_next);
}

void teq_core_input_codes(const teq_core_input *u, const teq_core_params *p, uint32_t data, uint16_t code[4])
{
    const unsigned s = 1u << p->array.na_max;
    for (unsigned i = 0; i < 4; i++) {
        const unsigned byte = data >> 8 * i & 255u;
        code[i] = (uint16_t)(s > 128 && !u->sgn ? byte : (byte & 127u & (s - 1u)) | (byte >> 7 ? s : 0u));
    }
}

void teq_core_input_step(teq_core_input *u, const teq_core_params *p, const teq_descriptor *d, bool start,
                         const teq_core_input_out *out)
{
    if (out->takes) {
        u->taken += out->lanes;
        if (u->taken == u->line_len) {
            u->taken = 0;
            u->line++;
            u->line_addr += u->line_step;
        }
        if (out->last)
            u->busy = false;
    }
    if (start)
        *u = (teq_core_input){.busy = true, .sgn = d->sgn, .n_lines = d->n_lines, .line_len = d->line_len, .line_step = d->line_step,
                              .line_addr = d->out_base};
    u->in_next = (u->line_addr + u->taken) & teq_core_mask(p);
}
