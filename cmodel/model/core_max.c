/* SPDX-License-Identifier: Apache-2.0
 *
 * The MAX unit: the largest value of each lane while a window passes. docs/core.md,
 * section 2, "MAX", and section 6.
 */
#include "teq/model_core.h"

#include <string.h>

void teq_core_max_init(teq_core_max *m) { memset(m, 0, sizeof *m); }

/* Does a stand above b? s = 0 above s = 1; larger codes are larger magnitudes for INT and
 * smaller ones else. */
static bool above(const teq_core_params *p, unsigned a, unsigned b)
{
    const unsigned s = 1u << p->array.na_max;
    if ((a ^ b) & s)
        return b & s;
    return (a < b) != (((a & s) != 0) != teq_array_is_int(&p->array));
}

void teq_core_max_step(teq_core_max *m, const teq_core_params *p, unsigned a_n, const teq_core_vector *v)
{
    m->valid = false;
    if (!v)
        return;
    const unsigned rows = p->array.rows, cols = p->array.cols;
    if (v->first)
        m->seen = 0;
    for (unsigned i = 0; i < rows && i < cols; i++)
        if (v->mask >> i & 1u && (!(m->seen >> i & 1u) || above(p, v->code[i], m->code[i])))
            m->code[i] = v->code[i];
    m->seen |= v->mask;
    if (!v->final)
        return;
    m->valid = true;
    for (unsigned i = 0; i < cols; i++)
        m->result[i] = m->seen >> i & 1u ? m->code[i] : (uint16_t)teq_core_zero_code(p, a_n);
}
