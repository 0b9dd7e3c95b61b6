/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_psum: partial sums, and whose turn it is to be the feedback.
 */
#include "teq/model_array.h"

#include <stdlib.h>
#include <string.h>

bool teq_psum_init(teq_psum *m, const teq_array_params *p, teq_error *err)
{
    *m = (teq_psum){.depth = p->psum_depth, .cols = p->cols};
    if (m->depth == 1)
        return true;
    m->mem = calloc((size_t)m->depth * m->cols, sizeof *m->mem);
    return m->mem || teq_fail(err, TEQ_ERR_MEMORY, "PSUM_DEPTH: %u: out of memory", m->depth);
}

void teq_psum_free(teq_psum *m)
{
    free(m->mem);
    m->mem = NULL;
}

bool teq_psum_sel(const teq_psum *m, unsigned addr1)
{
    return m->depth > 1 && !(m->last_valid && m->last_addr == addr1);
}

static uint64_t *line(const teq_psum *m, unsigned addr)
{
    return m->mem + (size_t)(addr % m->depth) * m->cols;
}

void teq_psum_step(teq_psum *m, const teq_psum_in *in)
{
    const size_t size = m->cols * sizeof *m->mem;
    if (m->depth > 1) {
        if (in->accept)
            memcpy(m->psum, line(m, in->addr), size);
        if (in->adv && !in->final1)
            memcpy(line(m, in->addr1), in->sum, size);
    }
    if (!in->rst_n)
        m->last_valid = false;
    else if (in->adv) {
        m->last_valid = true;
        m->last_addr = in->addr1;
    }
}
