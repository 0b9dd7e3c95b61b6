/* SPDX-License-Identifier: Apache-2.0
 *
 * The simple method, and uniform INT: one n for all weights, one for all activations,
 * nearest levels under the scales with the least squared error.
 */
#include "formats.h"
#include "methods.h"
#include "parallel.h"
#include "rows.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* The base with the least error among those that weights of n_w bits can go with. */
static bool fit_tensor(quant_state *s, int tensor, int n, int n_w, teq_error *err)
{
    magnitude_spread *m = malloc(sizeof *m);
    if (m == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "no memory to fit tensor \"%s\"", s->p->tensor[tensor].name);
    teq_tie_spread(s, tensor, m);
    double limit = teq_tie_limit(s, tensor), best = DBL_MAX, best_alpha = 0;
    int best_step = -1;
    if (s->net->target.arith == TEQ_ARITH_INT) {
        best = teq_spread_fit_int(m, n, limit, &best_alpha);
        best_step = 0;
    }
    for (int i = 0; best_step != 0 && teq_steps48[i] != 0; i++) {
        teq_codebook book;
        int K, t_w, t_a;
        double alpha, e;
        if (!teq_step_codebook(n, teq_steps48[i], &book) ||
            !teq_layer_base(&s->net->target, n_w, teq_weight_step(&s->net->target, n_w), n, teq_steps48[i], &K, &t_w, &t_a))
            continue;
        e = teq_spread_fit(m, &book, limit, &alpha);
        if (e < best) {
            best = e;
            best_alpha = alpha;
            best_step = teq_steps48[i];
        }
    }
    free(m);
    if (best_step < 0)
        return teq_fail(err, TEQ_ERR_ARG, "target \"%s\" runs no activations of %d bits beside weights of %d bits",
                        s->net->target.name, n, n_w);
    teq_tie_set(s, tensor, n, best_step, best_alpha);
    return true;
}

typedef struct rows_job {
    teq_qlayer *l;
    const float *w;
    const weight_book *book;
    double bound;
    bool failed;
} rows_job;

static void round_row(void *context, size_t o, int worker)
{
    (void)worker;
    rows_job *j = context;
    teq_qlayer *l = j->l;
    double *w = malloc(l->k * sizeof *w);
    int *level = malloc(l->k * sizeof *level);
    if (w == NULL || level == NULL) {
        j->failed = true;
    } else {
        for (size_t i = 0; i < l->k; i++)
            w[i] = (double)j->w[o * l->k + i];
        row_problem r = {.k = l->k, .w = w, .bound = j->bound};
        l->alpha[o] = teq_row_nearest(j->book, &r, level, NULL);
        teq_store_levels(l, o, j->book, level);
    }
    free(w);
    free(level);
}

static bool round_layer(quant_state *s, int step, int n_w, int terms, teq_error *err)
{
    teq_qlayer *l = &s->net->step[step];
    const teq_qtensor *in = &s->net->tensor[l->in[0]];
    weight_book book;
    l->n_w = n_w;
    l->terms = terms;
    if (s->net->target.arith != TEQ_ARITH_INT &&
        !teq_layer_base(&s->net->target, n_w, teq_weight_step(&s->net->target, n_w), in->n, in->step48, &l->K, &l->t_w, &l->t_a))
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "layer \"%s\": weights of %d bits do not go with its input",
                        l->name, n_w);
    if (!teq_book_make(s->net, l, NULL, &book))
        return teq_fail(err, TEQ_ERR_MEMORY, "layer \"%s\": no memory for levels", l->name);
    rows_job j = {.l = l, .w = s->p->step[step].w, .book = &book, .bound = teq_row_bound(s->net, l)};
    teq_parallel((size_t)l->n_out, s->threads, round_row, &j);
    teq_book_free(&book);
    return !j.failed || teq_fail(err, TEQ_ERR_MEMORY, "layer \"%s\": no memory to round weights", l->name);
}

int teq_weight_step(const teq_target *target, int n)
{
    static const int step[] = {0, 48, 48, 24, 12, 8, 6, 3}; /* n = 2: K = 1, 3: 2, 4: 4, 5: 6, ... */
    for (int i = 0; teq_steps48[i] != 0; i++) {
        int K, t_w, t_a;
        if (teq_steps48[i] >= step[n] && teq_layer_base(target, n, teq_steps48[i], 2, teq_steps48[i], &K, &t_w, &t_a))
            return teq_steps48[i];
    }
    return 0;
}

double teq_row_bound(const teq_qnet *net, const teq_qlayer *l)
{
    double room = ldexp(1.0, net->target.caps.acc_w) - 1;
    return net->tensor[l->in[0]].is_signed ? room / 2 : room;
}

void teq_store_levels(teq_qlayer *l, size_t o, const weight_book *book, const int *level)
{
    size_t terms = (size_t)l->terms;
    for (size_t i = 0; i < l->k; i++)
        for (size_t t = 0; t < terms; t++)
            l->code[(o * l->k + i) * terms + t] = book->code[level[i]][t];
}

bool teq_method_range(quant_state *s, const teq_quant_options *options, teq_error *err)
{
    const plan *p = s->p;
    bool is_int = s->net->target.arith == TEQ_ARITH_INT;
    int n_w = is_int ? options->bits - 1 : options->n_w;
    int first = -1, last = -1;
    for (int i = 0; i < p->n_steps; i++)
        if (p->step[i].has_weights) {
            first = first < 0 ? i : first;
            last = i;
        }
    for (int i = 0; i < p->n_tensors; i++) {
        int n_a = !is_int ? options->n_a : p->tensor[i].is_signed ? options->bits - 1 : options->bits;
        if (p->tensor[i].tie == i && !fit_tensor(s, i, n_a, n_w, err))
            return false;
    }
    teq_state_input(s);
    for (int i = 0; i < p->n_steps; i++) {
        const plan_step *ps = &p->step[i];
        if (ps->g.op != TEQ_QOP_DOT) {
            if (!teq_state_move(s, i, err))
                return false;
            continue;
        }
        bool wide = !is_int && !options->one_term && (i == first || i == last || ps->g.kind == TEQ_QKIND_DEPTHWISE);
        if (!(ps->has_weights ? round_layer(s, i, n_w, wide ? 2 : 1, err) : teq_pool_codes(s, i, err)))
            return false;
        float *z = teq_state_target(s, i);
        if (z == NULL)
            return teq_fail(err, TEQ_ERR_MEMORY, "layer \"%s\": no memory for its float output", ps->g.name);
        bool ok = teq_state_finish(s, i, z, err);
        free(z);
        if (!ok)
            return false;
    }
    return true;
}
