/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_requantize: a column's sum to a 16-bit word and the code of the next layer.
 */
#include "teq/fixed.h"
#include "teq/model_requant.h"

#include <string.h>

void teq_requantize_init(teq_requantizer *r, const teq_array_params *p)
{
    memset(r, 0, sizeof *r);
    r->params = p;
}

/* The number of thresholds above v; they descend, so a binary search finds it. */
static unsigned thresholds_above(const int16_t *th, unsigned n_bits, int32_t v)
{
    unsigned count = 0;
    for (unsigned bit = 1u << (n_bits - 1u); bit; bit >>= 1)
        if (v < th[count + bit - 1u])
            count += bit;
    return count;
}

uint16_t teq_array_code(const teq_array_params *p, const teq_requant_table *t, int32_t y, bool sgn)
{
    const bool negative = sgn && y < 0;
    unsigned code;
    if (teq_array_is_int(p)) {
        const int32_t v = negative ? -y : y < 0 ? 0 : y;
        code = (unsigned)(v + (t->int_shift ? 1 << t->int_shift >> 1 : 0)) >> t->int_shift;
        if (code > t->code_top)
            code = t->code_top;
        return (uint16_t)(code | (negative && code > 0 ? 1u << p->na_max : 0u));
    }
    code = thresholds_above(t->th, p->na_max, negative ? -y : y);
    return (uint16_t)(code | (negative && code != t->code_top ? 1u << p->na_max : 0u));
}

void teq_requantize_step(teq_requantizer *r, const teq_requantize_in *in)
{
    const teq_array_params *p = r->params;
    if (!in->en)
        return;
    for (unsigned i = teq_code_stages(p) - 1u; i > 0; i--)
        r->out[i] = r->out[i - 1];
    r->out[0].code = teq_array_code(p, in->table, r->y, r->sgn);
    r->out[0].word = (int16_t)r->y;
    r->sgn = in->sgn;
    r->y = teq_sat(r->y0 + (in->res_neg ? -(int32_t)in->res_d : (int32_t)in->res_d));
    r->y0 = teq_sat(teq_floor_shift(r->um + in->c, in->s));
    r->um = r->u * in->m;
    r->u = teq_sx64(p->acc_w, in->acc + in->b);
}
