/* SPDX-License-Identifier: Apache-2.0
 *
 * Storages to addresses. Two that live at the same time do not overlap; the larger ones
 * choose first. A layer's output may take the place of the tensor that it adds: each
 * element is read before it is written.
 */
#include "compiler.h"

#include <stdlib.h>

static bool same_strides(const cc_storage *a, const cc_storage *b)
{
    return a->c == b->c && a->h == b->h && a->w == b->w && a->kind == b->kind && a->pixel == b->pixel && a->plane == b->plane;
}

/* The output of step i over its residual. */
static void share(cc *c, int step)
{
    const teq_qlayer *l = &c->net->step[step];
    if (l->op != TEQ_QOP_DOT || l->res < 0 || l->out < 0)
        return;
    const cc_view *rv = &c->view[l->res], *ov = &c->view[l->out], *iv = &c->view[l->in[0]];
    cc_storage *r = &c->storage[rv->storage], *o = &c->storage[ov->storage];
    if (rv->storage == ov->storage || rv->storage == iv->storage || rv->c0 || ov->c0 || ov->c != o->c || rv->c != r->c ||
        r->last != step || o->first != step || r->first < 0 || !same_strides(r, o))
        return;
    o->over = r->over >= 0 ? r->over : rv->storage;
}

/* A place: storages that share it. */
typedef struct place {
    int32_t size, base;
    int first, last, id;
} place;

static int by_size(const void *a, const void *b)
{
    const place *p = a, *q = b;
    if (p->size != q->size)
        return p->size > q->size ? -1 : 1;
    return p->id - q->id;
}

static int by_time(const void *a, const void *b)
{
    const place *p = a, *q = b;
    return p->first != q->first ? p->first - q->first : p->id - q->id;
}

static bool alive_together(const place *a, const place *b) { return a->first <= b->last && b->first <= a->last; }

/* The lowest base for places[n] beside those before it. Returns the end. */
static int32_t lowest(place *places, int n)
{
    place *p = &places[n];
    p->base = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < n; i++) {
            const place *q = &places[i];
            if (alive_together(p, q) && p->base < q->base + q->size && q->base < p->base + p->size) {
                p->base = q->base + q->size;
                moved = true;
            }
        }
    }
    return p->base + p->size;
}

static int32_t pack(place *places, int n, int (*order)(const void *, const void *))
{
    int32_t end = 0;
    qsort(places, (size_t)n, sizeof *places, order);
    for (int i = 0; i < n; i++) {
        const int32_t e = lowest(places, i);
        end = e > end ? e : end;
    }
    return end;
}

bool cc_place(cc *c)
{
    place *places = calloc((size_t)c->n_storages + 1, sizeof *places);
    if (!places)
        return teq_fail(c->err, TEQ_ERR_MEMORY, "%s: no memory to compile", c->net->name);
    for (int i = 0; i < c->n_storages; i++)
        c->storage[i].over = -1;
    for (int i = 0; i < c->net->n_steps; i++)
        share(c, i);
    int n = 0;
    for (int i = 0; i < c->n_storages; i++) {
        const cc_storage *s = &c->storage[i];
        if (s->over >= 0)
            continue;
        place *p = &places[n++];
        *p = (place){.size = s->margin + s->size, .first = s->first, .last = s->last, .id = i};
        for (int k = 0; k < c->n_storages; k++)
            if (c->storage[k].over == i && c->storage[k].last > p->last)
                p->last = c->storage[k].last;
    }
    const int32_t end_size = pack(places, n, by_size), end_time = pack(places, n, by_time);
    const int32_t end = end_size < end_time ? pack(places, n, by_size) : end_time;
    for (int i = 0; i < n; i++)
        c->storage[places[i].id].base = places[i].base + c->storage[places[i].id].margin;
    for (int i = 0; i < c->n_storages; i++)
        if (c->storage[i].over >= 0)
            c->storage[i].base = c->storage[c->storage[i].over].base;
    free(places);
    const uint32_t nb = teq_core_nb(c->p), words = ((uint32_t)end + nb - 1) / nb;
    if (words > c->p->act_words)
        return teq_fail(c->err, TEQ_ERR_UNSUPPORTED, "%s: its activations need ACT_WORDS %u, the core has %u (%u codes each)",
                        c->net->name, words, c->p->act_words, nb);
    return true;
}
