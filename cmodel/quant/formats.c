/* SPDX-License-Identifier: Apache-2.0 */
#include "formats.h"

#include "levels.h"

#include <math.h>
#include <string.h>

const int teq_steps48[] = {3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 192, 0};

bool teq_layer_base(const teq_target *target, int n_w, int step_w, int n_a, int step_a, int *K, int *t_w, int *t_a)
{
    static const int ks[] = {1, 2, 3, 4, 6, 8, 12, 16};
    for (size_t i = 0; i < sizeof ks / sizeof *ks; i++)
        for (int tw = 0; tw <= TEQ_T_MAX; tw++)
            for (int ta = 0; ta <= TEQ_T_MAX; ta++)
                if ((48 << tw) == step_w * ks[i] && (48 << ta) == step_a * ks[i] &&
                    teq_target_weight_ok(target, n_w, ks[i], tw) &&
                    teq_target_activation_ok(target, n_a, ks[i], ta)) {
                    *K = ks[i];
                    *t_w = tw;
                    *t_a = ta;
                    return true;
                }
    return false;
}

bool teq_step_codebook(int n, int step48, teq_codebook *book)
{
    teq_qtensor t = {.n = n, .step48 = step48};
    return teq_codebook_init(book, teq_tensor_format(&t), NULL);
}

void teq_tie_spread(const quant_state *s, int tensor, magnitude_spread *m)
{
    const plan *p = s->p;
    double top = 0;
    for (int i = 0; i < p->n_tensors; i++)
        if (p->tensor[i].tie == p->tensor[tensor].tie)
            for (size_t j = 0; j < s->n * p->tensor[i].size; j++)
                top = fmax(top, fabs((double)s->v->value[i][j]));
    teq_spread_start(m, top);
    for (int i = 0; i < p->n_tensors; i++)
        if (p->tensor[i].tie == p->tensor[tensor].tie && !p->tensor[i].is_alias)
            teq_spread_add(m, s->v->value[i], s->importance ? s->importance[i] : NULL, s->n * p->tensor[i].size);
}

double teq_tie_limit(const quant_state *s, int tensor)
{
    const plan *p = s->p;
    double limit = INFINITY;
    for (int i = 0; i < p->n_tensors; i++) {
        int step = p->tensor[i].step;
        if (p->tensor[i].tie == p->tensor[tensor].tie && step >= 0 && p->step[step].act == TEQ_ACT_CLIP)
            limit = fmin(limit, (double)p->step[step].hi);
    }
    return limit;
}

void teq_tie_set(quant_state *s, int tensor, int n, int step48, double alpha)
{
    const plan *p = s->p;
    for (int i = 0; i < p->n_tensors; i++)
        if (p->tensor[i].tie == p->tensor[tensor].tie) {
            s->net->tensor[i].n = n;
            s->net->tensor[i].step48 = step48;
            s->net->tensor[i].alpha = alpha;
        }
}

bool teq_pool_codes(quant_state *s, int step, teq_error *err)
{
    teq_qlayer *l = &s->net->step[step];
    const teq_target *target = &s->net->target;
    const teq_qtensor *in = &s->net->tensor[l->in[0]];
    size_t count = (size_t)l->n_out * l->k;
    const float *weight = s->p->step[step].w; /* equal within a channel */
    uint64_t room = ((uint64_t)1 << target->caps.acc_w) - 1;
    l->terms = 1;
    for (int o = 0; o < l->n_out; o++)
        l->alpha[o] = (double)weight[(size_t)o * l->k];
    if (target->arith == TEQ_ARITH_INT) {
        l->n_w = 1;
        memset(l->code, 1, count);
        return true;
    }
    for (int n_w = target->arith == TEQ_ARITH_EXACT ? 2 : target->caps.n_max; n_w >= 2; n_w--)
        for (int i = 0; teq_steps48[i] != 0; i++) {
            if (!teq_layer_base(target, n_w, teq_steps48[i], in->n, in->step48, &l->K, &l->t_w, &l->t_a))
                continue;
            l->n_w = n_w;
            for (int e = 0; e < (1 << n_w) - 1; e++) {
                /* the largest products that the accumulator holds */
                uint64_t p = teq_qlayer_product(s->net, l, e, 0);
                if (p * l->k * (in->is_signed ? 2 : 1) > room)
                    continue;
                memset(l->code, e, count);
                for (int o = 0; o < l->n_out; o++)
                    l->alpha[o] = (double)weight[(size_t)o * l->k] * exp2((e << l->t_w) / (double)l->K);
                return true;
            }
        }
    return teq_fail(err, TEQ_ERR_UNSUPPORTED,
                    "layer \"%s\": the target \"%s\" cannot sum %zu codes of base 2^(%d/48) in %d bits", l->name,
                    target->name, l->k, in->step48, target->caps.acc_w);
}

void teq_code_share(const quant_state *s, int tensor, double share[256])
{
    memset(share, 0, 256 * sizeof *share);
    const uint8_t *codes = s->codes[tensor];
    for (size_t i = 0; i < s->n * s->p->tensor[tensor].size; i++)
        share[codes[i]] += 1;
}
