/* SPDX-License-Identifier: Apache-2.0 */
#include "activity.h"

#include <math.h>
#include <stdlib.h>

static int bin_of(const magnitude_spread *m, double a)
{
    int bin = (int)floor(log2(m->top / a) * SPREAD_STEPS);
    return bin < 0 ? 0 : bin;
}

tensor_activity *teq_activity_make(const quant_state *s, int tensor, const magnitude_spread *spread, const teq_energy_model *model)
{
    tensor_activity *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->spread = *spread;
    bool is_int = s->net->target.arith == TEQ_ARITH_INT;
    d->values = is_int ? 1 : s->net->target.caps.k_res;
    d->one = is_int ? 0 : (double)teq_product_one(&s->net->target.caps);
    d->model = model;
    d->samples = (double)s->n;
    for (int i = 0; i < s->p->n_steps; i++) {
        const teq_qlayer *g = &s->p->step[i].g;
        const plan_tensor *pt = &s->p->tensor[g->in[0]];
        if (!s->p->step[i].has_weights || pt->tie != tensor)
            continue;
        const double pixels = (double)(g->oh * g->ow) / (double)(g->h * g->w);
        const size_t plane = (size_t)(g->h * g->w);
        const float *x = s->v->value[g->in[0]];
        for (size_t j = 0; j < s->n * pt->size; j++) {
            double now = fabs((double)x[j]), before = j % plane ? fabs((double)x[j - 1]) : 0, most = fmax(now, before);
            int bin = most > 0 ? bin_of(spread, most) : SPREAD_BINS;
            if (bin >= SPREAD_BINS)
                continue;
            d->rows[bin] += pixels * teq_energy_row_entries(g);
            d->products[bin] += pixels * (g->n_out / g->group * g->kh * g->kw);
        }
    }
    return d;
}

/* Half of the bits of a number. */
static double half_bits(double x) { return x < 1 ? 0 : 0.5 * (1 + log2(x)); }

/* pJ of a row's value that changes from zero to x, and of its products with weights of up to
 * `weight`. */
static void pays(const tensor_activity *d, double x, double weight, double *row, double *product)
{
    enum { WEIGHTS = 4 }; /* octaves that weights are spread over */
    double bits = 0;
    for (int octave = 0; octave < WEIGHTS; octave++)
        bits += half_bits(ldexp(x * weight, -octave)) / WEIGHTS;
    *row = d->model->row * d->values * half_bits(x);
    *product = d->model->product * bits;
}

/* The level of a magnitude, which is not below that of one at `level`; m: zero. */
static unsigned level_at(const teq_codebook *book, double alpha, double magnitude, unsigned level)
{
    while (level > 0 && magnitude >= book->threshold[level - 1] * alpha)
        level--;
    return level;
}

double teq_activity_energy(const tensor_activity *d, const teq_codebook *book, double alpha)
{
    double sum = 0, row = 0, product = 0;
    unsigned level = book->m;
    for (int bin = SPREAD_BINS - 1; bin >= 0; bin--) {
        double centre = d->spread.top * exp2(-(bin + 0.5) / SPREAD_STEPS);
        unsigned last = level;
        level = level_at(book, alpha, centre, level);
        if (level != last)
            pays(d, d->one * book->level[level], 1, &row, &product);
        sum += row * d->rows[bin] + product * d->products[bin];
    }
    return sum / d->samples;
}

double teq_activity_int_alpha(const tensor_activity *d, int n, double alpha, double factor, double mu)
{
    enum { THIRDS = 9 }; /* of an octave */
    const double top = (double)((1 << n) - 1);
    double best = alpha, least = INFINITY;
    for (int i = 0; i <= THIRDS; i++) {
        double trial = alpha * exp2(i / 3.0), cost = factor * teq_spread_error_int(&d->spread, n, trial), row, product;
        for (int bin = 0; bin < SPREAD_BINS; bin++) {
            double x = floor(d->spread.top * exp2(-(bin + 0.5) / SPREAD_STEPS) / trial + 0.5);
            if (x < 1)
                break;
            pays(d, fmin(top, x), top, &row, &product);
            cost += mu * (row * d->rows[bin] + product * d->products[bin]);
        }
        if (cost < least) {
            least = cost;
            best = trial;
        }
    }
    return best;
}

double teq_activity_dead_zone(const tensor_activity *d, const teq_codebook *book, double alpha, double factor, double mu)
{
    const magnitude_spread *m = &d->spread;
    double sum = 0, least = 0, best = 0, row = 0, product = 0;
    unsigned level = book->m; /* of the bin: the first that is above */
    for (int bin = SPREAD_BINS - 1; bin >= 0; bin--) {
        double centre = m->top * exp2(-(bin + 0.5) / SPREAD_STEPS);
        unsigned last = level;
        level = level_at(book, alpha, centre, level);
        if (level == book->m)
            continue; /* zero as it is */
        if (level != last)
            pays(d, d->one * book->level[level], 1, &row, &product);
        double v = book->level[level] * alpha;
        sum += factor * (2 * v * m->s[bin] - v * v * m->n[bin]) - mu * (row * d->rows[bin] + product * d->products[bin]);
        if (sum < least) {
            least = sum;
            best = m->top * exp2(-(double)bin / SPREAD_STEPS);
        }
    }
    return best;
}
