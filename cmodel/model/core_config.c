/* SPDX-License-Identifier: Apache-2.0
 *
 * The config loader: configuration entries of a layer and of its passes, from PRG to the
 * array. docs/core.md, section 6, "Config loader".
 */
#include "teq/model_core.h"

#include <string.h>

void teq_core_config_init(teq_core_config_loader *c)
{
    memset(c, 0, sizeof *c);
}

bool teq_core_config_idle(const teq_core_config_loader *c)
{
    return c->pass >= c->n_pass && !c->on_port;
}

bool teq_core_config_waits(const teq_core_config_loader *c, const teq_core_params *p, const teq_descriptor *d, uint32_t passes)
{
    if (!d->res && !d->stream && !p->array.serial && c->freed > passes)
        passes = c->freed;
    return c->pass >= 2 && passes < c->pass - 1;
}

void teq_core_config_look(const teq_core_config_loader *c, const teq_core_params *p, const teq_descriptor *d,
                          bool port_free, uint32_t passes, teq_core_config_out *out)
{
    *out = (teq_core_config_out){0};
    if (c->layer_left == 0) {
        if (c->pass >= c->n_pass || teq_core_config_waits(c, p, d, passes))
            return;
        out->skip = d->n_pass_cfg == 0;
    }
    out->read = port_free && !out->skip;
    if (out->read && c->addr >= p->prg_words)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_PRG, c->addr);
}

void teq_core_config_step(teq_core_config_loader *c, const teq_descriptor *d, bool start, bool taken, bool bank,
                          const teq_core_config_out *out)
{
    c->freed += c->left[1];
    c->left[1] = c->left[0];
    c->left[0] = taken && bank != c->bank;
    if (taken)
        c->bank = bank;
    if ((c->on_port && c->last) || out->skip)
        c->loaded++;
    c->on_port = out->read;
    if (out->skip)
        c->pass++;
    if (out->read) {
        c->addr++;
        c->last = false;
        if (c->layer_left > 0) {
            c->layer_left--;
        } else if (--c->pass_left == 0) {
            c->last = true;
            c->pass++;
            c->pass_left = d->n_pass_cfg;
        }
    }
    if (start)
        *c = (teq_core_config_loader){.addr = d->cfg_addr, .layer_left = d->n_layer_cfg, .n_pass = d->n_pass,
                                      .pass_left = d->n_pass_cfg};
}
