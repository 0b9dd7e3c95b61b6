/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include "formats.h"
#include "parallel.h"
#include "polish.h"
#include "rows.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool teq_choice_init(const plan *p, quant_choice *c)
{
    c->tensor = calloc((size_t)p->n_tensors, sizeof *c->tensor);
    c->layer = calloc((size_t)p->n_steps, sizeof *c->layer);
    if (c->tensor && c->layer)
        return true;
    teq_choice_free(c);
    return false;
}

void teq_choice_copy(const plan *p, const quant_choice *from, quant_choice *to)
{
    memcpy(to->tensor, from->tensor, (size_t)p->n_tensors * sizeof *to->tensor);
    memcpy(to->layer, from->layer, (size_t)p->n_steps * sizeof *to->layer);
}

void teq_choice_free(quant_choice *c)
{
    free(c->tensor);
    free(c->layer);
    *c = (quant_choice){0};
}

void teq_choice_apply(quant_state *s, const quant_choice *c)
{
    for (int i = 0; i < s->p->n_tensors; i++) {
        s->net->tensor[i].n = c->tensor[i].n;
        s->net->tensor[i].step48 = c->tensor[i].step48;
        s->net->tensor[i].alpha = c->tensor[i].alpha;
        s->dead[i] = c->tensor[i].dead;
    }
}

/* --- one group's linear algebra ---------------------------------------------------------- */

typedef struct group_work {
    double *h;      /* k * k, with the ridge      */
    double *l;      /* its factor, permuted       */
    double *w;      /* og * k, the weights wanted */
    size_t *order;
    double ridge;
} group_work;

static void group_free(group_work *g)
{
    free(g->h);
    free(g->l);
    free(g->w);
    free(g->order);
}

/* Ascending importance: the factor's last row is rounded first, with all others still
 * free to make up for its error. */
static void sort_order(const double *h, size_t k, size_t *order)
{
    for (size_t i = 0; i < k; i++) {
        size_t j = i;
        for (; j > 0 && h[order[j - 1] * k + order[j - 1]] > h[i * k + i]; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

static bool group_init(group_work *g, const double *h, const double *c, const float *w, size_t k, int og,
                       const build_tuning *tuning)
{
    g->h = malloc(k * k * sizeof *g->h);
    g->l = malloc(k * k * sizeof *g->l);
    g->w = malloc((size_t)og * k * sizeof *g->w);
    g->order = malloc(k * sizeof *g->order);
    double *b = malloc((size_t)og * k * sizeof *b);
    bool ok = g->h && g->l && g->w && g->order && b;
    double trace = 0;
    for (size_t i = 0; ok && i < k; i++)
        trace += h[i * k + i];
    double ridge = tuning->ridge * trace / (double)k + 1e-12;
    for (int attempt = 0; ok && attempt < 8; attempt++, ridge *= 10) {
        memcpy(g->h, h, k * k * sizeof *h);
        for (size_t i = 0; i < k; i++)
            g->h[i * k + i] += ridge;
        sort_order(g->h, k, g->order);
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j <= i; j++)
                g->l[i * k + j] = g->h[g->order[i] * k + g->order[j]];
        if (LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (lapack_int)k, g->l, (lapack_int)k) == 0)
            break;
        ok = attempt < 7;
    }
    g->ridge = ridge;
    for (size_t i = 0; ok && i < (size_t)og * k; i++)
        g->w[i] = (double)w[i];
    if (ok && tuning->refit) {
        /* W* (H + ridge) = Z X' + ridge W, one right-hand side a row */
        for (int o = 0; o < og; o++)
            for (size_t i = 0; i < k; i++) {
                size_t at = (size_t)o * k + g->order[i];
                b[i * (size_t)og + (size_t)o] = c[at] + ridge * (double)w[at];
            }
        LAPACKE_dpotrs(LAPACK_ROW_MAJOR, 'L', (lapack_int)k, og, g->l, (lapack_int)k, b, og);
        for (int o = 0; o < og; o++)
            for (size_t i = 0; i < k; i++)
                g->w[(size_t)o * k + g->order[i]] = b[i * (size_t)og + (size_t)o];
    }
    free(b);
    return ok;
}

typedef struct round_job {
    quant_state *s;
    teq_qlayer *l;
    const float *w;
    const quant_moments *m;
    const build_tuning *tuning;
    const weight_book *book;
    const polish_rows *rows; /* NULL: no polish */
    int step;
    double bound, noise;
    double *price; /* [input channel][level]: bits of products that change; NULL: energy is worth nothing */
    double *error;
    float *rounded;
    bool failed;
    group_work *work; /* one for each group */
} round_job;

static void init_group(void *context, size_t group, int worker)
{
    (void)worker;
    round_job *j = context;
    size_t k = j->l->k;
    int og = j->l->n_out / j->l->group;
    if (!group_init(&j->work[group], j->m->h + group * k * k, j->m->c + group * (size_t)og * k,
                    j->w + group * (size_t)og * k, k, og, j->tuning))
        j->failed = true;
}

static void round_row(void *context, size_t o, int worker)
{
    (void)worker;
    round_job *j = context;
    size_t k = j->l->k, og = (size_t)(j->l->n_out / j->l->group), group = o / og;
    const group_work *g = &j->work[group];
    int *level = malloc(k * sizeof *level);
    double *diag = malloc(k * sizeof *diag);
    if (level == NULL || diag == NULL) {
        j->failed = true;
    } else {
        for (size_t i = 0; i < k; i++)
            diag[i] = g->h[i * k + i];
        row_problem r = {.k = k, .w = g->w + (o - group * og) * k, .diag = diag, .h = g->h, .l = g->l,
                         .order = g->order, .bound = j->bound, .noise = j->noise};
        if (j->price != NULL) {
            const energy_price *of = j->tuning->price;
            size_t cg = (size_t)(j->l->c / j->l->group);
            r.price = j->price + group * cg * (size_t)j->book->count;
            r.taps = k / cg;
            r.worth = of->mu * of->model->product * (double)j->s->n / of->weight[j->step][o];
        }
        double error;
        j->l->alpha[o] = teq_row_compensated(j->book, &r, j->tuning->effort, level, &error);
        if (j->rows != NULL)
            j->l->alpha[o] = teq_polish_row(j->s, j->step, j->rows, j->book, o, g->ridge, &r, j->tuning->polish,
                                            j->l->alpha[o], level);
        teq_store_levels(j->l, o, j->book, level);
        if (j->error != NULL)
            j->error[o] = error;
        for (size_t i = 0; j->rounded != NULL && i < k; i++)
            j->rounded[o * k + i] = (float)(j->l->alpha[o] * j->book->value[level[i]]);
    }
    free(level);
    free(diag);
}

/* Bits of products that change in a sample, for a weight of each input channel at each level. */
static double *fill_price(const quant_state *s, int step, const weight_book *book)
{
    const teq_qlayer *l = &s->net->step[step];
    size_t c = (size_t)l->c, codes = (size_t)1 << l->n_w;
    double *bits = malloc(c * codes * sizeof *bits), *price = malloc(c * (size_t)book->count * sizeof *price);
    bool ok = bits && price && teq_energy_bits(s->net, step, s->codes[l->in[0]], s->n, bits, NULL);
    for (size_t i = 0; ok && i < c; i++)
        for (int q = 0; q < book->count; q++) {
            const uint8_t *code = book->code[q];
            double *to = &price[i * (size_t)book->count + (size_t)q];
            *to = bits[i * codes + (code[0] & (codes - 1))];
            if (l->terms == 2)
                *to += bits[i * codes + (code[1] & (codes - 1))];
        }
    free(bits);
    if (!ok) {
        free(price);
        price = NULL;
    }
    return price;
}

bool teq_build_weights(quant_state *s, int step, const layer_choice *c, const quant_moments *m, const float *z,
                       const build_tuning *tuning, double *error, float *rounded, teq_error *err)
{
    teq_qlayer *l = &s->net->step[step];
    const teq_qtensor *in = &s->net->tensor[l->in[0]];
    l->n_w = c->n_w;
    l->terms = c->terms;
    if (s->net->target.arith == TEQ_ARITH_INT)
        l->K = l->t_w = l->t_a = 0;
    else if (!teq_layer_base(&s->net->target, c->n_w, c->step48, in->n, in->step48, &l->K, &l->t_w, &l->t_a))
        return teq_fail(err, TEQ_ERR_UNSUPPORTED,
                        "layer \"%s\": weights of %d bits, base 2^(%d/48), do not go with inputs of %d bits, base "
                        "2^(%d/48)",
                        l->name, c->n_w, c->step48, in->n, in->step48);
    double share[256];
    weight_book book;
    if (!s->float_input)
        teq_code_share(s, l->in[0], share);
    polish_rows rows = {0};
    round_job j = {.s = s, .l = l, .step = step, .w = s->p->step[step].w, .m = m, .tuning = tuning, .book = &book,
                   .bound = teq_row_bound(s->net, l), .noise = m->count * in->alpha * in->alpha, .error = error,
                   .rounded = rounded};
    j.work = calloc((size_t)l->group, sizeof *j.work);
    bool ok = j.work != NULL;
    if (ok && tuning->polish > 0) {
        ok = teq_polish_rows(s, step, z, 8192, &rows);
        j.rows = &rows;
    }
    ok = ok && teq_book_make(s->net, l, s->float_input ? s->share : share, &book);
    if (ok && tuning->price != NULL && tuning->price->mu > 0) {
        j.price = fill_price(s, step, &book);
        ok = j.price != NULL;
    }
    if (ok) {
        teq_parallel((size_t)l->group, s->threads, init_group, &j);
        if (!j.failed)
            teq_parallel((size_t)l->n_out, s->threads, round_row, &j);
        teq_book_free(&book);
    }
    for (int i = 0; j.work && i < l->group; i++)
        group_free(&j.work[i]);
    free(j.work);
    free(j.price);
    teq_polish_free(&rows);
    return (ok && !j.failed) || teq_fail(err, TEQ_ERR_MEMORY, "layer \"%s\": no memory to round weights", l->name);
}

static bool build_layer(quant_state *s, int step, const quant_choice *c, const build_tuning *tuning, teq_error *err)
{
    const plan_step *ps = &s->p->step[step];
    float *z = teq_state_target(s, step);
    quant_moments m = {0};
    bool ok = z != NULL;
    if (ok && ps->has_weights) {
        ok = teq_state_moments(s, step, z, &m);
        ok = ok && teq_build_weights(s, step, &c->layer[step], &m, z, tuning, NULL, NULL, err);
    } else if (ok) {
        ok = teq_pool_codes(s, step, err);
    }
    ok = ok && teq_state_finish(s, step, z, err);
    if (!ok && err != NULL && err->status == TEQ_OK)
        teq_fail(err, TEQ_ERR_MEMORY, "layer \"%s\": no memory to build it", ps->g.name);
    teq_moments_free(&m);
    free(z);
    return ok;
}

bool teq_build(quant_state *s, const quant_choice *c, int first, const build_tuning *tuning, teq_error *err)
{
    teq_choice_apply(s, c);
    if (first == 0)
        teq_state_input(s);
    for (int i = first; i < s->p->n_steps; i++)
        if (!(s->p->step[i].g.op == TEQ_QOP_DOT ? build_layer(s, i, c, tuning, err) : teq_state_move(s, i, err)))
            return false;
    return true;
}
