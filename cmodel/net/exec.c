/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/exec.h"

#include "exec_ops.h"
#include "exec_plan.h"

#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the threads share. */
typedef struct {
    const teq_graph *g;
    const teq_plan *plan;
    const teq_exec_bind *given, *wanted;
    const teq_exec_options *options;
    size_t n;
    pthread_mutex_t lock;
    size_t next, done; /* under the lock */
    bool no_memory;
} job;

/* A tensor of this sample has its values at p: show them, and hand them out. */
static void finish(const job *j, int tensor, size_t sample, float *p)
{
    const size_t size = j->g->tensor[tensor].size;
    if (j->options->hook != NULL)
        j->options->hook(j->options->context, tensor, sample, p, size);
    int w = j->plan->wanted[tensor];
    if (w >= 0 && p != j->wanted[w].data + sample * size)
        memcpy(j->wanted[w].data + sample * size, p, size * sizeof *p);
}

static void run_sample(const job *j, size_t sample, float *arena, float *scratch,
                       const float **value, const float **in)
{
    const teq_graph *g = j->g;
    const teq_plan *plan = j->plan;
    for (int t = 0; t < g->n_tensors; t++) {
        value[t] = NULL;
        if (plan->given[t] < 0)
            continue;
        const size_t size = g->tensor[t].size;
        float *from = j->given[plan->given[t]].data + sample * size;
        value[t] = from;
        if (j->options->hook != NULL) {
            /* The arena has a place for it only if something reads it. */
            float *copy = plan->wanted[t] >= 0 ? j->wanted[plan->wanted[t]].data + sample * size
                                               : arena + plan->offset[t];
            bool used = plan->wanted[t] >= 0;
            for (int s = 0; !used && s < plan->n_steps; s++)
                for (int i = 0; i < g->node[plan->step[s]].n_in; i++)
                    used = used || g->node[plan->step[s]].in[i] == t;
            if (!used)
                continue;
            memmove(copy, from, size * sizeof *copy);
            value[t] = copy;
            finish(j, t, sample, copy);
        } else if (plan->wanted[t] >= 0) {
            finish(j, t, sample, from);
        }
    }
    for (int s = 0; s < plan->n_steps; s++) {
        const teq_node *n = &g->node[plan->step[s]];
        const int w = plan->wanted[n->out];
        for (int i = 0; i < n->n_in; i++)
            in[i] = value[n->in[i]];
        float *out = w >= 0 ? j->wanted[w].data + sample * g->tensor[n->out].size
                            : arena + plan->offset[n->out];
        teq_op_run(g, n, in, out, scratch);
        value[n->out] = out;
        finish(j, n->out, sample, out);
    }
}

static void *work(void *argument)
{
    job *j = argument;
    int most = 1;
    for (int i = 0; i < j->g->n_nodes; i++)
        most = j->g->node[i].n_in > most ? j->g->node[i].n_in : most;
    float *arena = malloc((j->plan->arena + 1) * sizeof *arena);
    float *scratch = malloc((j->plan->scratch + 1) * sizeof *scratch);
    const float **value = malloc(((size_t)j->g->n_tensors + 1) * sizeof *value);
    const float **in = malloc((size_t)most * sizeof *in);
    const bool ok = arena != NULL && scratch != NULL && value != NULL && in != NULL;
    pthread_mutex_lock(&j->lock);
    j->no_memory = j->no_memory || !ok;
    while (!j->no_memory && j->next < j->n) {
        size_t sample = j->next++;
        pthread_mutex_unlock(&j->lock);
        run_sample(j, sample, arena, scratch, value, in);
        pthread_mutex_lock(&j->lock);
        j->done++;
        if (j->options->progress != NULL)
            j->options->progress(j->options->progress_context, j->done, j->n);
    }
    pthread_mutex_unlock(&j->lock);
    free(arena);
    free(scratch);
    free(value);
    free(in);
    return NULL;
}

static size_t thread_count(int asked, size_t n)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = asked > 0 ? (size_t)asked : online > 0 ? (size_t)online : 1;
    threads = threads < 64 ? threads : 64;
    return threads < n ? threads : n;
}

bool teq_exec_run(const teq_graph *graph, size_t n, const teq_exec_bind *given, int n_given,
                  const teq_exec_bind *wanted, int n_wanted, const teq_exec_options *options,
                  teq_error *err)
{
    static const teq_exec_options none = {0};
    teq_plan plan;
    if (!teq_plan_make(&plan, graph, given, n_given, wanted, n_wanted, err))
        return false;
    job j = {.g = graph, .plan = &plan, .given = given, .wanted = wanted, .n = n};
    j.options = options != NULL ? options : &none;
    pthread_mutex_init(&j.lock, NULL);

    const int blas_threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    pthread_t helper[64];
    size_t helpers = 0;
    size_t threads = thread_count(j.options->threads, n);
    while (helpers + 1 < threads && pthread_create(&helper[helpers], NULL, work, &j) == 0)
        helpers++;
    work(&j);
    for (size_t i = 0; i < helpers; i++)
        pthread_join(helper[i], NULL);
    openblas_set_num_threads(blas_threads);

    pthread_mutex_destroy(&j.lock);
    teq_plan_free(&plan);
    if (j.no_memory)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to run the network", graph->name);
    return true;
}

float *teq_exec_logits(const teq_graph *graph, const float *samples, size_t n, int threads,
                       teq_error *err)
{
    const size_t size = graph->tensor[graph->logits].size;
    float *logits = n <= SIZE_MAX / sizeof(float) / size ? malloc(n * size * sizeof *logits + 1) : NULL;
    if (logits == NULL) {
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for %zu samples", graph->name, n);
        return NULL;
    }
    /* Given data is only read: see run_sample. */
    teq_exec_bind in = {graph->input, NULL};
    memcpy(&in.data, &samples, sizeof in.data);
    teq_exec_bind out = {graph->logits, logits};
    teq_exec_options options = {.threads = threads};
    if (!teq_exec_run(graph, n, &in, 1, &out, 1, &options, err)) {
        free(logits);
        return NULL;
    }
    return logits;
}

int teq_argmax(const float *values, size_t size)
{
    size_t best = 0;
    for (size_t i = 1; i < size; i++)
        if (values[i] > values[best])
            best = i;
    return (int)best;
}

double teq_accuracy(const float *logits, const int32_t *labels, size_t n, size_t size)
{
    size_t right = 0;
    for (size_t i = 0; i < n; i++)
        right += teq_argmax(logits + i * size, size) == labels[i];
    return n > 0 ? (double)right / (double)n : 0;
}
