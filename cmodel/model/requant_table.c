/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_requant_table and the other configuration: docs/array.md, "Configuration writes".
 */
#include "teq/model_requant.h"

#include <string.h>

enum { SEL_B, SEL_MS, SEL_C, SEL_TH, SEL_D, SEL_CODE, SEL_G };

void teq_requant_table_init(teq_requant_table *t)
{
    memset(t, 0, sizeof *t);
}

/* Two's complement value of the low `width` bits, 1..63. */
static int64_t signed_field(uint64_t data, unsigned width)
{
    const uint64_t top = UINT64_C(1) << (width - 1u), low = data & (2u * top - 1u);
    return (int64_t)(low ^ top) - (int64_t)top;
}

void teq_requant_table_write(teq_requant_table *t, const teq_array_params *p, unsigned sel,
                             unsigned index, uint64_t data)
{
    const unsigned n_codes = 1u << p->na_max;
    unsigned first = index, last = index; /* entries written: one, or a bank */
    if (index & 0x80u) {
        first = (index & 1u) * p->cols;
        last = first + p->cols - 1u;
    }
    const bool is_entry = last < 2u * p->cols;
    switch (sel) {
    case SEL_B:
        for (unsigned i = first; is_entry && i <= last; i++)
            t->b[i] = data & ((UINT64_C(1) << p->acc_w) - 1u);
        break;
    case SEL_MS:
        for (unsigned i = first; is_entry && i <= last; i++) {
            t->m[i] = (uint16_t)data;
            t->s[i] = (uint8_t)(data >> 16 & 63u);
        }
        break;
    case SEL_C:
        for (unsigned i = first; is_entry && i <= last; i++)
            t->c[i] = signed_field(data, p->acc_w + 18u);
        break;
    case SEL_TH:
        if (index < n_codes - 1u)
            t->th[index] = (int16_t)signed_field(data, 16);
        break;
    case SEL_D:
        if (index < n_codes)
            t->d[index] = (uint16_t)(data & 0x7fffu);
        break;
    case SEL_CODE:
        t->int_shift = (uint8_t)(data & 15u);
        t->code_top = (uint8_t)(data >> 8 & (n_codes - 1u));
        break;
    case SEL_G:
        t->g[index] = (uint16_t)data;
        break;
    default:
        break;
    }
}
