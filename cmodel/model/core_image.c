/* SPDX-License-Identifier: Apache-2.0
 *
 * The image loader: s_axis_p to PRG and WGT. docs/core.md, section 4 and section 6,
 * "Registers, streams".
 */
#include "teq/model_core.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_HEADER, HEADER, COUNT, PAYLOAD };
enum { START_W = 28, START_MASK = (1 << START_W) - 1 };

bool teq_core_image_init(teq_core_image *m, const teq_core_params *p, teq_error *err)
{
    *m = (teq_core_image){0};
    m->beat = calloc(teq_image_wgt_beats(p) + 2, sizeof *m->beat);
    return m->beat || teq_fail(err, TEQ_ERR_MEMORY, "image loader: out of memory");
}

void teq_core_image_free(teq_core_image *m)
{
    free(m->beat);
    m->beat = NULL;
}

void teq_core_image_reset(teq_core_image *m)
{
    m->state = FIRST_HEADER;
    m->sum = 0;
    m->at = 0;
}

static unsigned dest(const teq_core_image *m) { return m->header >> START_W; }

static unsigned beats_per_word(const teq_core_image *m, const teq_core_params *p)
{
    return dest(m) == TEQ_IMAGE_PRG ? 2 : dest(m) == TEQ_IMAGE_WGT ? teq_image_wgt_beats(p) : 1;
}

static void look_header(const teq_core_image *m, uint32_t beat, teq_core_image_out *out)
{
    const unsigned to = beat >> START_W;
    const bool known = to <= TEQ_IMAGE_WGT || to == TEQ_IMAGE_END;
    out->begins = m->state == FIRST_HEADER;
    if (!known || (to == TEQ_IMAGE_CONFIG) != out->begins)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_IMAGE, beat);
}

static void look_count(const teq_core_image *m, const teq_core_params *p, const teq_axis_beat *head,
                       teq_core_image_out *out)
{
    const uint64_t behind = (uint64_t)(m->header & START_MASK) + head->data;
    switch (dest(m)) {
    case TEQ_IMAGE_CONFIG:
        if (head->data != TEQ_CORE_CONFIGS)
            teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_IMAGE, m->header);
        break;
    case TEQ_IMAGE_END:
        if (!head->last)
            teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_TLAST, m->header);
        if (head->data != m->before)
            teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_SUM, m->before);
        out->done = true;
        break;
    default:
        if (behind > (dest(m) == TEQ_IMAGE_PRG ? p->prg_words : p->wgt_words))
            teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_RANGE, m->header);
        break;
    }
}

static void look_payload(const teq_core_image *m, const teq_core_params *p, uint32_t beat, teq_core_image_out *out)
{
    uint32_t config[TEQ_CORE_CONFIGS];
    if (dest(m) == TEQ_IMAGE_CONFIG) {
        teq_core_config(p, config);
        if (beat != config[TEQ_CORE_CONFIGS - m->left])
            teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_CONFIG, beat);
    }
    out->writes = m->at + 1 == beats_per_word(m, p);
}

void teq_core_image_look(const teq_core_image *m, const teq_core_params *p, const teq_axis_beat *head,
                         teq_core_image_out *out)
{
    *out = (teq_core_image_out){.takes = head != NULL};
    if (!head)
        return;
    const bool is_header = m->state <= HEADER;
    if (is_header)
        look_header(m, head->data, out);
    else if (m->state == COUNT)
        look_count(m, p, head, out);
    else
        look_payload(m, p, head->data, out);
    const uint32_t header = is_header ? head->data : m->header;
    if (head->keep != 15)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_IMAGE, header);
    if (head->last && !out->done)
        teq_core_raise(&out->fault, TEQ_ERROR_CAUSE_TLAST, header);
}

static void write_word(teq_core_image *m, const teq_core_params *p, teq_core_ram *prg, teq_core_ram *wgt)
{
    uint8_t slots[TEQ_COLS_MAX * TEQ_ROWS_MAX];
    if (dest(m) == TEQ_IMAGE_PRG) {
        const uint64_t word = m->beat[0] | (uint64_t)m->beat[1] << 32;
        teq_core_ram_write(prg, m->addr, &word);
    } else if (dest(m) == TEQ_IMAGE_WGT) {
        teq_image_slots(p, m->beat, slots);
        teq_core_ram_write(wgt, m->addr, slots);
    }
    m->addr++;
    m->at = 0;
    if (--m->left == 0)
        m->state = HEADER;
}

void teq_core_image_step(teq_core_image *m, const teq_core_params *p, const teq_axis_beat *head,
                         const teq_core_image_out *out, bool error, teq_core_ram *prg, teq_core_ram *wgt)
{
    if (!out->takes)
        return;
    if (out->begins)
        m->valid = false;
    if (out->fault.cause != TEQ_ERROR_CAUSE_NONE)
        return;
    if (m->state <= HEADER) {
        m->before = m->sum;
        m->header = head->data;
        m->state = COUNT;
    } else if (m->state == COUNT) {
        m->addr = m->header & START_MASK;
        m->left = head->data;
        m->state = m->left ? PAYLOAD : HEADER;
    } else {
        m->beat[m->at++] = head->data;
        if (out->writes)
            write_word(m, p, prg, wgt);
    }
    m->sum += head->data;
    if (out->done) {
        teq_core_image_reset(m);
        m->valid = !error;
    }
}
