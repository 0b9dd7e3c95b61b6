/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow and literal way: one output word from the rows that an array would hold.
 */
#include "teq/qnet.h"

int16_t teq_qnet_reference_word(const teq_qnet *net, int step, const uint8_t *in, const uint8_t *res, int o,
                                int oy, int ox)
{
    const teq_qlayer *l = &net->step[step];
    const teq_qtensor *t = &net->tensor[l->in[0]];
    const teq_engine_caps *caps = &net->target.caps;
    bool is_int = net->target.arith == TEQ_ARITH_INT;
    int zero = is_int ? 0 : (1 << t->n) - 1;
    uint32_t acc = 0;
    for (size_t r = 0; r < teq_qlayer_n_rows(net, l); r++) {
        teq_qrow row = teq_qlayer_row(net, l, o, r);
        int y = oy * l->sh - l->pt + row.y, x = ox * l->sw - l->pl + row.x;
        int e_a = zero, negative = 0;
        if (y >= 0 && x >= 0 && y < l->h && x < l->w) {
            uint8_t code = in[((size_t)row.c * (size_t)l->h + (size_t)y) * (size_t)l->w + (size_t)x];
            e_a = code & ((1 << t->n) - 1);
            negative = code >> t->n;
        }
        if (row.part != 0 && negative != (row.part < 0))
            e_a = zero; /* the other half of a doubled row carries it */
        uint32_t p = teq_qlayer_product(net, l, row.e, e_a);
        if (is_int)
            acc = teq_wrap(caps->acc_w, row.s ? acc - p : acc + p);
        else
            acc = teq_wrap(caps->acc_w, acc + (row.s ? (1u << caps->pw) - 1u - p : p));
    }
    int32_t d = 0;
    if (res != NULL && l->res >= 0) {
        const teq_qtensor *rt = &net->tensor[l->res];
        uint8_t code = res[((size_t)o * (size_t)l->oh + (size_t)oy) * (size_t)l->ow + (size_t)ox];
        int e = code & ((1 << rt->n) - 1);
        if (e != (is_int ? 0 : (1 << rt->n) - 1))
            d = code >> rt->n ? -l->d[e] : l->d[e];
    }
    return (int16_t)teq_requantize(&l->q[o], caps->acc_w, acc, d);
}
