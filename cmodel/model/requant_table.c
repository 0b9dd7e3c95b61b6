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
    const bool is_entry = index < 2u * p->cols;
    switch (sel) {
    case SEL_B:
        if (is_entry)
            t->b[index] = data & ((UINT64_C(1) << p->acc_w) - 1u);
        break;
    case SEL_MS:
        if (is_entry) {
            t->m[index] = (uint16_t)data;
            t->s[index] = (uint8_t)(data >> 16 & 63u);
        }
        break;
    case SEL_C:
        if (is_entry)
            t->c[index] = signed_field(data, p->acc_w + 18u);
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
