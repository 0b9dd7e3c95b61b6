/* SPDX-License-Identifier: Apache-2.0
 *
 * The activation buffer: NB banks, vector accesses. docs/core.md, section 1.
 */
#include "teq/model_core.h"

#include <stdlib.h>

bool teq_core_act_init(teq_core_act *m, const teq_core_params *p, teq_error *err)
{
    *m = (teq_core_act){.nb = teq_core_nb(p), .n = teq_core_elements(p), .mask = teq_core_mask(p)};
    m->code = calloc(m->n, sizeof *m->code);
    if (p->parity)
        m->bad = calloc(m->n, 1);
    return (m->code && (m->bad || !p->parity)) ||
           teq_fail(err, TEQ_ERR_MEMORY, "ACT_WORDS: %u: out of memory", p->act_words);
}

void teq_core_act_free(teq_core_act *m)
{
    free(m->code);
    free(m->bad);
    *m = (teq_core_act){0};
}

/* Distance of the elements of two lanes; lane i's element. */
static uint32_t pitch(const teq_core_act *m, unsigned t) { return m->nb * t + 1u; }
static uint32_t element(const teq_core_act *m, uint32_t addr, uint32_t pitch, unsigned lane)
{
    return (addr + lane * pitch) & m->mask;
}

bool teq_core_act_outside(const teq_core_act *m, uint32_t addr, unsigned t, uint64_t mask)
{
    if (t == 0 && addr + 64u <= m->n)
        return false;
    for (unsigned i = 0; mask >> i; i++) {
        if ((mask >> i & 1u) && element(m, addr, pitch(m, t), i) >= m->n)
            return true;
        if (i == 63)
            break;
    }
    return false;
}

void teq_core_act_read(teq_core_act *m, uint32_t addr, unsigned t, uint64_t mask, uint16_t *code)
{
    const uint32_t step = pitch(m, t);
    for (unsigned i = 0; i < m->nb; i++) {
        if (!(mask >> i & 1u))
            continue;
        const uint32_t j = element(m, addr, step, i);
        code[i] = m->code[j];
        m->read_bad |= m->bad && m->bad[j];
    }
}

void teq_core_act_write(teq_core_act *m, uint32_t addr, unsigned t, unsigned lanes, const uint16_t *code)
{
    const uint32_t step = pitch(m, t);
    for (unsigned i = 0; i < lanes; i++) {
        const uint32_t j = element(m, addr, step, i);
        if (j >= m->n)
            continue;
        m->code[j] = code[i];
        if (m->bad)
            m->bad[j] = false;
    }
}
