/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "parallel.h"

#include <stdlib.h>
#include <string.h>

typedef struct probe_job {
    const plan *p;
    const plan_values *v;
    const output_metric *m;
    const probe_change *change;
    bool *dirty;                      /* tensors                            */
    float **scratch[TEQ_THREADS_MAX]; /* of dirty tensors                   */
    float *logits[TEQ_THREADS_MAX], *col[TEQ_THREADS_MAX];
    double *error;                    /* of each sample                     */
} probe_job;

static bool step_dirty(const probe_job *j, int step)
{
    const teq_qlayer *g = &j->p->step[step].g;
    bool dirty = step == j->change->step || (g->res >= 0 && j->dirty[g->res]);
    for (int k = 0; k < g->n_in; k++)
        dirty = dirty || j->dirty[g->in[k]];
    return dirty;
}

static const float *value(const probe_job *j, int tensor, size_t sample, int worker)
{
    return j->dirty[tensor] ? j->scratch[worker][tensor]
                            : j->v->value[tensor] + sample * j->p->tensor[tensor].size;
}

static void probe_sample(void *context, size_t sample, int worker)
{
    probe_job *j = context;
    const plan *p = j->p;
    const probe_change *c = j->change;
    int tie = c->tensor >= 0 ? p->tensor[c->tensor].tie : -1;
    const float *logits = j->v->logits + sample * j->m->classes;
    if (p->tensor[p->input].tie == tie) {
        float *x = j->scratch[worker][p->input];
        memcpy(x, j->v->value[p->input] + sample * p->tensor[p->input].size, p->tensor[p->input].size * sizeof *x);
        c->round(c->context, x, p->tensor[p->input].size);
    }
    for (int i = 0; i < p->n_steps; i++) {
        const plan_step *s = &p->step[i];
        const teq_qlayer *g = &s->g;
        bool changed = step_dirty(j, i), rounded = g->out >= 0 && p->tensor[g->out].tie == tie;
        if (!changed && !rounded)
            continue;
        float *out = g->out >= 0 ? j->scratch[worker][g->out] : j->logits[worker];
        if (changed) {
            const float *in[64];
            for (int k = 0; k < g->n_in; k++)
                in[k] = value(j, g->in[k], sample, worker);
            bool mine = i == c->step;
            teq_lowered_step(p, i, mine ? c->w : s->w, mine ? c->b : s->b, in,
                             g->res >= 0 ? value(j, g->res, sample, worker) : NULL, out, j->col[worker]);
        } else {
            memcpy(out, j->v->value[g->out] + sample * p->tensor[g->out].size,
                   p->tensor[g->out].size * sizeof *out);
        }
        if (rounded)
            c->round(c->context, out, p->tensor[g->out].size);
        if (g->out < 0)
            logits = out;
    }
    j->error[sample] = teq_metric_sample(j->m, sample, logits);
}

double teq_probe(const plan *p, const plan_values *v, const output_metric *m, const probe_change *change,
                 int threads)
{
    probe_job j = {.p = p, .v = v, .m = m, .change = change};
    int workers = teq_threads(threads);
    double sum = 0;
    j.dirty = calloc((size_t)p->n_tensors, sizeof *j.dirty);
    j.error = malloc(v->n * sizeof *j.error);
    bool ok = j.dirty && j.error;
    for (int t = 0; ok && t < p->n_tensors; t++) /* tensors are numbered in the order they are stored */
        j.dirty[t] = change->tensor >= 0 && p->tensor[t].tie == p->tensor[change->tensor].tie;
    for (int i = 0; ok && i < p->n_steps; i++)
        if (p->step[i].g.out >= 0 && step_dirty(&j, i))
            j.dirty[p->step[i].g.out] = true;
    for (int w = 0; ok && w < workers; w++) {
        j.scratch[w] = calloc((size_t)p->n_tensors, sizeof *j.scratch[w]);
        j.logits[w] = malloc(m->classes * sizeof(float));
        j.col[w] = malloc(teq_lowered_col_size(p) * sizeof(float));
        ok = j.scratch[w] && j.logits[w] && j.col[w];
        for (int t = 0; ok && t < p->n_tensors; t++)
            if (j.dirty[t])
                ok = (j.scratch[w][t] = malloc(p->tensor[t].size * sizeof(float))) != NULL;
    }
    if (ok)
        teq_parallel(v->n, workers, probe_sample, &j);
    for (size_t i = 0; ok && i < v->n; i++)
        sum += j.error[i];
    for (int w = 0; w < workers; w++) {
        for (int t = 0; j.scratch[w] != NULL && t < p->n_tensors; t++)
            free(j.scratch[w][t]);
        free(j.scratch[w]);
        free(j.logits[w]);
        free(j.col[w]);
    }
    free(j.dirty);
    free(j.error);
    return ok ? sum / (double)v->n : -1;
}
