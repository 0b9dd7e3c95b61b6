/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include "formats.h"

#include <math.h>
#include <stdlib.h>

/* The least error of a layer's weights beside an input of a base; the base. */
static double beside(const teq_target *target, const table_item *layer, int option, const tensor_choice *in, int *base)
{
    double best = INFINITY;
    int K, t_w, t_a;
    for (int i = 0; teq_steps48[i] != 0; i++)
        if (layer->base_error[option][i] < best &&
            teq_layer_base(target, layer->as_layer[option].n_w, teq_steps48[i], in->n, in->step48, &K, &t_w, &t_a)) {
            best = layer->base_error[option][i];
            *base = i;
        }
    return best;
}

/* The alpha for a base that costs least where a pJ is worth mu; the cost. */
static double priced_alpha(const table_item *it, int option, int base, double mu, double *alpha)
{
    double best = INFINITY;
    teq_codebook book;
    for (int a = 0; a < TABLE_ALPHAS && teq_step_codebook(it->as_tensor[option].n, teq_steps48[base], &book); a++) {
        double trial = fmin(it->most_alpha, it->first_alpha[option][base] * exp2(-a / 3.0));
        double cost = it->alpha_error[option][base][a] + mu * teq_activity_energy(it->activity, &book, trial);
        if (cost < best) {
            best = cost;
            *alpha = trial;
        }
    }
    return best;
}

/* The bases of a tensor and of the layers that read it, numbers of bits given. */
static void settle_tensor(const plan *p, const quant_tables *t, const teq_alloc_item *item, int which, double mu, quant_choice *c)
{
    const table_item *it = &t->item[which];
    int option = item[which].chosen, base = 0;
    double best = INFINITY;
    tensor_choice kept = it->as_tensor[option];
    for (int i = 0; i < TABLE_BASES; i++) {
        tensor_choice trial = {it->as_tensor[option].n, teq_steps48[i], it->base_alpha[option][i], 0};
        double e = it->base_error[option][i];
        if (mu > 0 && isfinite(e) && it->activity != NULL && it->first_alpha[option][i] > 0)
            e = priced_alpha(it, option, i, mu, &trial.alpha);
        for (int k = 0; k < t->n_items && isfinite(e); k++)
            if (t->item[k].step >= 0 && p->tensor[p->step[t->item[k].step].g.in[0]].tie == it->tensor)
                e += beside(t->target, &t->item[k], item[k].chosen, &trial, &base);
        if (e < best) {
            best = e;
            kept = trial;
        }
    }
    for (int k = 0; k < p->n_tensors; k++)
        if (p->tensor[k].tie == it->tensor)
            c->tensor[k] = kept;
    for (int k = 0; k < t->n_items && isfinite(best); k++)
        if (t->item[k].step >= 0 && p->tensor[p->step[t->item[k].step].g.in[0]].tie == it->tensor) {
            beside(t->target, &t->item[k], item[k].chosen, &kept, &base);
            c->layer[t->item[k].step].step48 = teq_steps48[base];
        }
}

/* Where a pJ is worth mu: dead zones; INT, whose alpha was not settled with bases, takes a larger one. */
static void price_tensor(const quant_tables *t, int tie, double mu, tensor_choice *c)
{
    teq_codebook book;
    for (int i = 0; i < t->n_items; i++) {
        const table_item *it = &t->item[i];
        if (it->tensor != tie || it->activity == NULL)
            continue;
        if (t->target->arith == TEQ_ARITH_INT)
            c->alpha = teq_activity_int_alpha(it->activity, c->n, c->alpha, it->factor, mu);
        else if (teq_step_codebook(c->n, c->step48, &book))
            c->dead = teq_activity_dead_zone(it->activity, &book, c->alpha, it->factor, mu);
    }
}

double teq_tables_choose(const plan *p, const quant_tables *t, double cost, double mu, quant_choice *c, double *error)
{
    teq_alloc_item *item = calloc((size_t)t->n_items, sizeof *item);
    if (item == NULL)
        return -1;
    for (int i = 0; i < t->n_items; i++)
        item[i] = (teq_alloc_item){t->item[i].n_options, t->item[i].option, 0};
    double total = teq_allocate_budget(item, (size_t)t->n_items, cost * (double)t->codes);
    for (int i = 0; i < t->n_items; i++) {
        const table_item *it = &t->item[i];
        for (int k = 0; it->tensor >= 0 && k < p->n_tensors; k++)
            if (p->tensor[k].tie == it->tensor)
                c->tensor[k] = it->as_tensor[item[i].chosen];
        if (it->step >= 0)
            c->layer[it->step] = it->as_layer[item[i].chosen];
    }
    for (int i = 0; i < t->n_items && t->target->arith != TEQ_ARITH_INT; i++)
        if (t->item[i].tensor >= 0)
            settle_tensor(p, t, item, i, mu, c);
    for (int i = 0; mu > 0 && i < p->n_tensors; i++)
        price_tensor(t, p->tensor[i].tie, mu, &c->tensor[i]);
    if (error)
        *error = teq_allocate_error(item, (size_t)t->n_items);
    free(item);
    return total / (double)t->codes;
}
