/* SPDX-License-Identifier: Apache-2.0
 *
 * Tensors to storages. A reshape, a padding or a concatenation moves nothing: it is a view
 * of the storage that it is read from or written to.
 */
#include "compiler.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool cc_fail(const cc *c, int step, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return teq_fail(c->err, TEQ_ERR_UNSUPPORTED, "%s: layer \"%s\": %s", c->net->name, c->net->step[step].name, text);
}

int32_t cc_stride_c(const cc_storage *s) { return cc_is_planes(s->kind) ? s->plane : 1; }

int32_t cc_stride_y(const cc_storage *s)
{
    const int32_t pixel = cc_is_planes(s->kind) ? 1 : s->pixel;
    return cc_is_transposed(s->kind) ? pixel : pixel * s->w;
}

int32_t cc_stride_x(const cc_storage *s)
{
    const int32_t pixel = cc_is_planes(s->kind) ? 1 : s->pixel;
    return cc_is_transposed(s->kind) ? pixel * s->h : pixel;
}

/* The least distance of lanes from n on that meets every bank once. */
static int32_t lane_stride(const cc *c, int32_t n)
{
    const int32_t nb = (int32_t)teq_core_nb(c->p);
    return n <= 1 ? 1 : (n - 1 + nb - 1) / nb * nb + 1;
}

void cc_shape(cc *c)
{
    for (int i = 0; i < c->n_storages; i++) {
        cc_storage *s = &c->storage[i];
        s->pixel = s->pixel_lanes ? lane_stride(c, s->c) : s->c;
        s->plane = s->channel_lanes ? lane_stride(c, s->h * s->w) : s->h * s->w;
        s->size = cc_is_planes(s->kind) ? (s->c - 1) * s->plane + s->h * s->w
                                        : (s->h * s->w - 1) * s->pixel + s->c;
    }
}

static bool is_concat_input(const cc *c, int tensor, int *step, int *c0)
{
    bool found = false;
    for (int i = 0; i < c->net->n_steps; i++) {
        const teq_qlayer *l = &c->net->step[i];
        int at = 0;
        for (int j = 0; j < l->n_in && l->op == TEQ_QOP_CONCAT; j++) {
            if (l->in[j] == tensor) {
                if (found)
                    return cc_fail(c, i, "tensor \"%s\" is part of more than one concatenation", c->net->tensor[tensor].name);
                found = true;
                *step = i;
                *c0 = at;
            }
            at += c->net->tensor[l->in[j]].c;
        }
    }
    return found;
}

static void own_storage(cc *c, int tensor)
{
    const teq_qtensor *t = &c->net->tensor[tensor];
    c->storage[c->n_storages] = (cc_storage){.tensor = tensor, .c = t->c, .h = t->h, .w = t->w, .first = t->step,
                                             .last = t->step, .over = -1};
    c->view[tensor] = (cc_view){.storage = c->n_storages++, .c = t->c, .h = t->h, .w = t->w};
}

/* Where a tensor that a layer writes, or the input, lies. */
static bool place_written(cc *c, int tensor)
{
    const teq_qtensor *t = &c->net->tensor[tensor];
    int step = -1, c0 = 0;
    c->err->status = TEQ_OK;
    if (!is_concat_input(c, tensor, &step, &c0)) {
        if (c->err->status != TEQ_OK)
            return false;
        own_storage(c, tensor);
        return true;
    }
    const int whole = c->net->step[step].out;
    const teq_qtensor *to = &c->net->tensor[whole];
    if (t->h != to->h || t->w != to->w)
        return cc_fail(c, step, "concatenates tensors of other sizes than %d x %d", to->h, to->w);
    if (c->view[whole].storage < 0 && !place_written(c, whole))
        return false;
    const cc_view *v = &c->view[whole];
    c->view[tensor] = (cc_view){.storage = v->storage, .c0 = v->c0 + c0, .c = t->c, .h = t->h, .w = t->w};
    cc_storage *s = &c->storage[v->storage];
    if (t->step < s->first)
        s->first = t->step;
    return true;
}

static bool place_reshape(cc *c, int step)
{
    const teq_qlayer *l = &c->net->step[step];
    const teq_qtensor *from = &c->net->tensor[l->in[0]], *to = &c->net->tensor[l->out];
    cc_view v = c->view[l->in[0]];
    if (from->c == to->c && from->h == to->h && from->w == to->w) {
        c->view[l->out] = v;
        return true;
    }
    if (to->h == 1 && to->w == 1) {
        v.flat = true;
        c->view[l->out] = v;
        return true;
    }
    return cc_fail(c, step, "a reshape to %d x %d x %d moves codes", to->c, to->h, to->w);
}

bool cc_views(cc *c)
{
    const teq_qnet *net = c->net;
    for (int t = 0; t < net->n_tensors; t++)
        c->view[t].storage = -1;
    for (int t = 0; t < net->n_tensors; t++) {
        const int step = net->tensor[t].step;
        const bool is_written = step < 0 || net->step[step].op == TEQ_QOP_DOT || net->step[step].op == TEQ_QOP_MAXPOOL;
        if (is_written && !place_written(c, t))
            return false;
    }
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        if (l->op == TEQ_QOP_RESHAPE && !place_reshape(c, i))
            return false;
        if (l->op == TEQ_QOP_PAD) {
            cc_view v = c->view[l->in[0]];
            if (v.flat)
                return cc_fail(c, i, "pads a flattened tensor");
            v.pt += l->pt, v.pl += l->pl, v.h = l->oh, v.w = l->ow;
            c->view[l->out] = v;
        }
        for (int j = 0; j < l->n_in && l->op == TEQ_QOP_CONCAT; j++)
            if (net->tensor[l->in[j]].step >= 0 && c->view[l->in[j]].storage != c->view[l->out].storage)
                return cc_fail(c, i, "concatenates \"%s\", which is a view of another tensor", net->tensor[l->in[j]].name);
        if (l->op != TEQ_QOP_DOT && l->op != TEQ_QOP_MAXPOOL)
            continue;
        for (int j = 0; j < 2; j++) {
            const int t = j ? l->res : l->in[0];
            if (t >= 0 && c->storage[c->view[t].storage].last < i)
                c->storage[c->view[t].storage].last = i;
        }
        if (l->res >= 0) {
            const cc_view *v = &c->view[l->res];
            if (v->flat || v->pt || v->pl || v->h != c->storage[v->storage].h || v->w != c->storage[v->storage].w)
                return cc_fail(c, i, "adds a padded or reshaped tensor");
        }
    }
    return true;
}

bool cc_reads(const cc *c, int step, int storage)
{
    const teq_qlayer *l = &c->net->step[step];
    return (l->op == TEQ_QOP_DOT || l->op == TEQ_QOP_MAXPOOL) && c->view[l->in[0]].storage == storage;
}

static void swap(int v[2])
{
    const int t = v[0];
    v[0] = v[1];
    v[1] = t;
}

bool cc_geometry_of(const cc *c, int step, cc_geometry *g)
{
    const teq_qlayer *l = &c->net->step[step];
    const cc_view *v = &c->view[l->in[0]];
    const cc_storage *s = &c->storage[v->storage];
    *g = (cc_geometry){.size = {s->h, s->w}, .k = {l->kh, l->kw}, .stride = {l->sh, l->sw}, .dil = {l->dh, l->dw},
                       .pad = {l->pt + v->pt, l->pl + v->pl}, .o = {l->oh, l->ow},
                       .c = l->c, .groups = l->group, .kh = l->kh, .kw = l->kw};
    if (v->flat && (v->c != l->c || v->h != 1 || v->w != 1)) { /* a dense layer is one window over all of it */
        if (l->h != 1 || l->w != 1 || l->kh != 1 || l->kw != 1 || l->group != 1 || l->oh != 1 || l->ow != 1 ||
            l->op != TEQ_QOP_DOT || l->pt || l->pl)
            return cc_fail(c, step, "reads a flattened tensor and is no dense layer");
        g->c = v->c;
        g->kh = g->k[0] = v->h;
        g->kw = g->k[1] = v->w;
        g->pad[0] = v->pt, g->pad[1] = v->pl;
    }
    g->cg = g->c / g->groups;
    g->og = l->n_out / g->groups;
    g->transposed = cc_is_transposed(s->kind);
    const int32_t y = cc_stride_y(s), x = cc_stride_x(s);
    g->in_base = v->c0 * cc_stride_c(s);
    g->step[0] = g->transposed ? x : y;
    g->step[1] = g->transposed ? y : x;
    if (l->out >= 0) {
        const cc_view *ov = &c->view[l->out];
        const cc_storage *os = &c->storage[ov->storage];
        g->out_c = cc_stride_c(os);
        g->out_base = ov->c0 * g->out_c;
        g->out[0] = cc_stride_y(os), g->out[1] = cc_stride_x(os);
    } else { /* words leave in the order of the lanes; this is their order in the end */
        g->out_c = l->oh * l->ow;
        g->out[0] = l->ow, g->out[1] = 1;
    }
    if (l->res >= 0) {
        const cc_view *rv = &c->view[l->res];
        const cc_storage *rs = &c->storage[rv->storage];
        g->res_c = cc_stride_c(rs);
        g->res_base = rv->c0 * g->res_c;
        g->res[0] = cc_stride_y(rs), g->res[1] = cc_stride_x(rs);
    } else {
        g->res_c = 1;
    }
    if (g->transposed) {
        swap(g->size), swap(g->k), swap(g->stride), swap(g->dil), swap(g->pad), swap(g->o);
        swap(g->out), swap(g->res);
    }
    return true;
}
