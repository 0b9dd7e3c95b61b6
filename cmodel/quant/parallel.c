/* SPDX-License-Identifier: Apache-2.0 */
#include "parallel.h"

#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

typedef struct pool {
    atomic_size_t next;
    size_t n;
    void (*body)(void *context, size_t piece, int worker);
    void *context;
} pool;

typedef struct member {
    pool *pool;
    int worker;
} member;

int teq_threads(int threads)
{
    if (threads <= 0)
        threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return threads < 1 ? 1 : threads > TEQ_THREADS_MAX ? TEQ_THREADS_MAX : threads;
}

static void *work(void *arg)
{
    member *m = arg;
    for (;;) {
        size_t piece = atomic_fetch_add(&m->pool->next, 1);
        if (piece >= m->pool->n)
            return NULL;
        m->pool->body(m->pool->context, piece, m->worker);
    }
}

void teq_parallel(size_t n, int threads, void (*body)(void *context, size_t piece, int worker), void *context)
{
    pool p = {.n = n, .body = body, .context = context};
    atomic_init(&p.next, 0);
    int count = teq_threads(threads);
    if ((size_t)count > n)
        count = n > 0 ? (int)n : 1;
    int before = openblas_get_num_threads();
    openblas_set_num_threads(1);
    pthread_t thread[TEQ_THREADS_MAX];
    member m[TEQ_THREADS_MAX];
    int started = 0;
    for (int i = 1; i < count; i++) {
        m[i] = (member){&p, i};
        if (pthread_create(&thread[started], NULL, work, &m[i]) != 0)
            break;
        started++;
    }
    m[0] = (member){&p, 0};
    work(&m[0]);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    openblas_set_num_threads(before);
}
