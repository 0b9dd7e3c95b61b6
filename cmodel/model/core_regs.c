/* SPDX-License-Identifier: Apache-2.0
 *
 * The registers behind AXI4-Lite, interrupts, and the first error. docs/core.md, section 6,
 * "Registers, streams"; docs/registers.md.
 */
#include "teq/model_core.h"

#include <string.h>

enum { OKAY = 0, SLVERR = 2 };

void teq_core_regs_init(teq_core_regs *r) { memset(r, 0, sizeof *r); }

static uint32_t flag(bool on, uint32_t mask) { return on ? mask : 0; }

static uint32_t status(const teq_core_regs_in *in)
{
    return flag(in->busy, TEQ_STATUS_BUSY_MASK) | flag(in->image, TEQ_STATUS_IMAGE_MASK) |
           flag(in->loading, TEQ_STATUS_LOADING_MASK) | flag(in->in_error, TEQ_STATUS_ERROR_MASK) |
           flag(in->p_ready, TEQ_STATUS_IMAGE_READY_MASK) | flag(in->x_ready, TEQ_STATUS_INPUT_READY_MASK) |
           flag(in->y != NULL, TEQ_STATUS_OUTPUT_VALID_MASK);
}

/* COUNTERS = 0: cycles alone, 32 bits of them. */
static bool read_counter(const teq_core_counters *c, const teq_core_params *p, unsigned offset, uint32_t *data)
{
    const uint64_t counter[] = {c->cycles, c->vectors, c->stalls, c->row_ops, c->zero_skips};
    if (offset < TEQ_REG_CYCLES_LO || offset > TEQ_REG_ZERO_SKIPS_HI || offset % 4)
        return false;
    const unsigned i = (offset - TEQ_REG_CYCLES_LO) / 4;
    *data = p->counters || i == 0 ? (uint32_t)(counter[i / 2] >> 32 * (i % 2)) : 0;
    return true;
}

/* False: SLVERR. */
static bool read(const teq_core_regs *r, const teq_core_params *p, const teq_core_regs_in *in, teq_core_regs_out *out)
{
    uint32_t config[TEQ_CORE_CONFIGS];
    teq_core_config(p, config);
    uint32_t *data = &out->rdata;
    switch (r->ar) {
    case TEQ_REG_ID: *data = TEQ_ID_TEQ1; return true;
    case TEQ_REG_VERSION:
        *data = TEQ_VERSION_MAJOR_NOW << TEQ_VERSION_MAJOR_LSB | TEQ_VERSION_MINOR_NOW << TEQ_VERSION_MINOR_LSB;
        return true;
    case TEQ_REG_CONFIG0: *data = config[0]; return true;
    case TEQ_REG_CONFIG1: *data = config[1]; return true;
    case TEQ_REG_CONFIG2: *data = config[2]; return true;
    case TEQ_REG_ACT_WORDS: *data = p->act_words; return true;
    case TEQ_REG_WGT_WORDS: *data = p->wgt_words; return true;
    case TEQ_REG_PRG_WORDS: *data = p->prg_words; return true;
    case TEQ_REG_CONTROL: return true;
    case TEQ_REG_STATUS: *data = status(in); return true;
    case TEQ_REG_ERROR: *data = r->error; return true;
    case TEQ_REG_ERROR_INFO: *data = r->error_info; return true;
    case TEQ_REG_IRQ_ENABLE: *data = r->irq_enable; return true;
    case TEQ_REG_IRQ_STATUS: *data = r->irq_status; return true;
    case TEQ_REG_OUTPUT_DATA:
        if (in->y)
            *data = in->y->data;
        else
            teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_PORT, TEQ_REG_OUTPUT_DATA);
        out->pop_y = true;
        return true;
    default: return read_counter(&r->counters, p, r->ar, data);
    }
}

/* False: SLVERR. */
static bool write(const teq_core_regs *r, teq_core_regs_out *out)
{
    if (r->wstrb != 15)
        return false;
    switch (r->aw) {
    case TEQ_REG_CONTROL:
        out->reset = r->w & TEQ_CONTROL_RESET_MASK;
        out->start = (r->w & TEQ_CONTROL_START_MASK) && !out->reset;
        return true;
    case TEQ_REG_IRQ_ENABLE: out->irq_enable = (int)(r->w & 7u); return true;
    case TEQ_REG_IRQ_STATUS: out->irq_clear = (uint8_t)(r->w & 7u); return true;
    case TEQ_REG_IMAGE_DATA:
    case TEQ_REG_IMAGE_LAST:
    case TEQ_REG_INPUT_DATA:
    case TEQ_REG_INPUT_LAST: out->port_write = true; return true;
    default: return false;
    }
}

void teq_core_regs_look(const teq_core_regs *r, const teq_core_params *p, const teq_core_regs_in *in,
                        teq_core_regs_out *out)
{
    *out = (teq_core_regs_out){.irq_enable = -1};
    out->writes = r->aw_valid && r->w_valid && !r->b_valid;
    out->reads = r->ar_valid && !r->r_valid;
    if (out->writes)
        out->bresp = write(r, out) ? OKAY : SLVERR;
    if (out->reads)
        out->rresp = read(r, p, in, out) ? OKAY : SLVERR;
}

void teq_core_regs_step(teq_core_regs *r, const teq_core_in *in, const teq_core_regs_out *out)
{
    const bool take_aw = in->s_axil_awvalid && !r->aw_valid, take_w = in->s_axil_wvalid && !r->w_valid;
    const bool take_ar = in->s_axil_arvalid && !r->ar_valid;
    r->port_write = out->port_write;
    if (out->port_write) {
        r->port = r->aw;
        r->port_data = r->w;
    }
    r->start = out->start;
    r->reset = out->reset;
    if (out->irq_enable >= 0)
        r->irq_enable = (uint8_t)out->irq_enable;
    r->irq_status &= (uint8_t)~out->irq_clear;

    if (r->b_valid && in->s_axil_bready)
        r->b_valid = false;
    if (out->writes) {
        r->b_valid = true;
        r->bresp = out->bresp;
        r->aw_valid = r->w_valid = false;
    }
    if (take_aw) {
        r->aw_valid = true;
        r->aw = in->s_axil_awaddr;
    }
    if (take_w) {
        r->w_valid = true;
        r->w = in->s_axil_wdata;
        r->wstrb = in->s_axil_wstrb;
    }
    if (r->r_valid && in->s_axil_rready)
        r->r_valid = false;
    if (out->reads) {
        r->r_valid = true;
        r->r = out->rdata;
        r->rresp = out->rresp;
        r->ar_valid = false;
    }
    if (take_ar) {
        r->ar_valid = true;
        r->ar = in->s_axil_araddr;
    }
}
