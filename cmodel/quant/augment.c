/* SPDX-License-Identifier: Apache-2.0 */
#include "augment.h"

#include "parallel.h"
#include "random.h"
#include "split.h"

#include <stdlib.h>
#include <string.h>

/* Moved by a sixteenth of the image at most. */
#define MOVE 16

/* The part of the samples that must keep their class. */
#define KEPT 0.85

/* At most so much of a second sample. With half of it the network meets inputs that it
 * never will in use, and errors on samples not fitted stay as they were; with so little
 * they fall by a tenth. */
#define MIX 0.15f

/* Samples wanted, and how many times those at hand; bytes of values that they may take. */
#define WANTED 512
#define TIMES 4
#define ROOM ((size_t)384 << 20)

static int below(uint64_t *state, int n) { return (int)((teq_random_next(state) >> 33) % (uint64_t)n); }

/* Element i of a real sample that is stored as the plan's input tensor holds it. */
static float value_of(const plan *p, const float *stored, size_t i)
{
    if (p->input_terms == 1)
        return stored[i];
    const plan_tensor *t = &p->tensor[p->input];
    size_t pixels = (size_t)(t->h * t->w), at = i / pixels * 2 * pixels + i % pixels;
    return stored[at] + (float)p->input_split * stored[at + pixels];
}

static void add_moved(const augment *a, const float *stored, int dx, int dy, bool mirror, float part, float *x)
{
    const plan_tensor *t = &a->p->tensor[a->p->input];
    size_t i = 0;
    for (int c = 0; c < t->c / a->p->input_terms; c++)
        for (int y = 0; y < t->h; y++)
            for (int col = 0; col < t->w; col++, i++) {
                int fy = y + dy, fx = mirror ? t->w - 1 - col - dx : col + dx;
                fy = fy < 0 ? 0 : fy >= t->h ? t->h - 1 : fy;
                fx = fx < 0 ? 0 : fx >= t->w ? t->w - 1 : fx;
                x[i] += part * value_of(a->p, stored, ((size_t)c * (size_t)t->h + (size_t)fy) * (size_t)t->w + (size_t)fx);
            }
}

static void store(const augment *a, const float *x, float *stored)
{
    if (a->p->input_terms == 2)
        teq_split_parts(a->p, x, stored);
    else
        memcpy(stored, x, a->size * sizeof *x);
}

/* Input number `draw` of those made, every sample equally often. x: a->size floats of work. */
static void make_input(const augment *a, const float *samples, size_t n, size_t draw, float *x, float *stored)
{
    size_t size = a->p->tensor[a->p->input].size;
    uint64_t random = (uint64_t)draw * 0x10001u + 0x5eed;
    float part = below(&random, 2) ? MIX * (float)(teq_random_next(&random) >> 40) / 16777216.0f : 0;
    memset(x, 0, a->size * sizeof *x);
    for (int k = 0; k < (part > 0 ? 2 : 1); k++) {
        size_t sample = k == 0 ? draw % n : (size_t)below(&random, (int)n);
        int dx = below(&random, 2 * a->dx + 1) - a->dx, dy = below(&random, 2 * a->dy + 1) - a->dy;
        bool mirror = a->mirror && below(&random, 2);
        add_moved(a, samples + sample * size, dx, dy, mirror, k == 0 ? 1 - part : part, x);
    }
    store(a, x, stored);
}

/* --- which are plausible -------------------------------------------------------------- */

static bool keeps_class(const float *y, const float *now, size_t classes, bool classify)
{
    size_t a = 0, b = 0;
    double d = 0, all = 1e-30;
    for (size_t i = 0; i < classes; i++) {
        a = y[i] > y[a] ? i : a;
        b = now[i] > now[b] ? i : b;
        d += (double)(now[i] - y[i]) * (double)(now[i] - y[i]);
        all += (double)y[i] * (double)y[i];
    }
    return classify ? a == b : d < 0.1 * all;
}

static bool is_plausible(const augment *a, const plan_values *v, bool classify, int dx, int dy, bool mirror,
                         int threads, bool *plausible, teq_error *err)
{
    const plan *p = a->p;
    size_t size = p->tensor[p->input].size, classes = (size_t)p->n_classes, kept = 0;
    float *x = malloc(a->size * sizeof *x), *stored = malloc(v->n * size * sizeof *stored);
    plan_values moved = {0};
    bool ok = x != NULL && stored != NULL;
    for (size_t i = 0; ok && i < v->n; i++) {
        memset(x, 0, a->size * sizeof *x);
        add_moved(a, v->value[p->input] + i * size, dx, dy, mirror, 1, x);
        store(a, x, stored + i * size);
    }
    ok = ok ? teq_lowered_run(p, stored, v->n, threads, &moved, err)
            : teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for more samples", p->name);
    for (size_t i = 0; ok && i < v->n; i++)
        kept += keeps_class(v->logits + i * classes, moved.logits + i * classes, classes, classify);
    *plausible = (double)kept >= KEPT * (double)v->n;
    if (ok)
        teq_lowered_values_free(p, &moved);
    free(x);
    free(stored);
    return ok;
}

bool teq_augment_init(augment *a, const plan *p, const plan_values *v, bool classify, int threads, teq_error *err)
{
    const plan_tensor *t = &p->tensor[p->input];
    int dx = t->w / MOVE, dy = t->h / MOVE;
    bool sideways = false, upright = false;
    *a = (augment){.p = p, .size = t->size / (size_t)p->input_terms};
    bool ok = (dx == 0 || is_plausible(a, v, classify, dx, 0, false, threads, &sideways, err)) &&
              (dy == 0 || is_plausible(a, v, classify, 0, dy, false, threads, &upright, err)) &&
              (t->w == 1 || is_plausible(a, v, classify, 0, 0, true, threads, &a->mirror, err));
    a->dx = sideways ? dx : 0;
    a->dy = upright ? dy : 0;
    return ok;
}

/* --- making them ------------------------------------------------------------------------ */

static size_t how_many(const plan *p, size_t n)
{
    size_t bytes = 0, times = (WANTED + n / 2) / n;
    for (int i = 0; i < p->n_tensors; i++)
        bytes += n * p->tensor[i].size * sizeof(float);
    times = times > TIMES ? TIMES : times;
    while (times > 1 && times * bytes > ROOM)
        times--;
    return times < 1 ? n : times * n;
}

bool teq_augment_run(const augment *a, const plan_values *v, int threads, plan_values *out, teq_error *err)
{
    const plan *p = a->p;
    size_t size = p->tensor[p->input].size, n = how_many(p, v->n);
    const float *samples = v->value[p->input];
    float *stored = malloc(n * size * sizeof *stored), *x = malloc(a->size * sizeof *x);
    bool ok = stored != NULL && x != NULL;
    if (ok)
        memcpy(stored, samples, v->n * size * sizeof *stored);
    for (size_t i = v->n; ok && i < n; i++)
        make_input(a, samples, v->n, i, x, stored + i * size);
    ok = ok ? teq_lowered_run(p, stored, n, threads, out, err)
            : teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for more samples", p->name);
    free(stored);
    free(x);
    return ok;
}
