/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_import.h"

#include <stdio.h>
#include <string.h>

/* Adjacent atoms that together are one run of memory become one. */
static int merge(const teq_atom *in, int n, teq_atom *out)
{
    int k = 0;
    for (int i = 0; i < n; i++) {
        if (k > 0 && out[k - 1].stride == in[i].size * in[i].stride) {
            out[k - 1].size *= in[i].size;
            out[k - 1].stride = in[i].stride;
        } else {
            out[k++] = in[i];
        }
    }
    return k;
}

bool teq_view_is_plain(const teq_value *v)
{
    teq_atom atom[TEQ_ONNX_ATOMS];
    return merge(v->atom, v->n_atoms, atom) <= 1;
}

void teq_view_plain(teq_value *v, int tensor)
{
    v->data = NULL;
    v->is_int = false;
    v->tensor = tensor;
    v->count = 1;
    v->n_atoms = 0;
    for (int i = v->rank; i-- > 0;) {
        if (v->dim[i] > 1) {
            memmove(v->atom + 1, v->atom, (size_t)v->n_atoms * sizeof *v->atom);
            v->atom[0] = (teq_atom){v->dim[i], v->count};
            v->n_atoms++;
        }
        v->count *= v->dim[i];
    }
}

bool teq_view_reshape(teq_importer *im, teq_value *v, const size_t *dim, int rank)
{
    teq_atom from[TEQ_ONNX_ATOMS], to[TEQ_ONNX_ATOMS];
    int n_from = v->data != NULL ? 0 : merge(v->atom, v->n_atoms, from);
    int n_to = 0, next = 0;
    /* Deal the atoms out to the axes; split one where an axis ends inside it. */
    for (int i = 0; v->data == NULL && i < rank; i++) {
        size_t left = dim[i];
        while (left > 1) {
            teq_atom *a = &from[next];
            if (next == n_from || n_to == TEQ_ONNX_ATOMS ||
                (left % a->size != 0 && a->size % left != 0))
                return teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                                     "the reordering of \"%s\" by a Transpose and this cannot be "
                                     "dissolved",
                                     v->name);
            if (a->size <= left) {
                to[n_to++] = *a;
                left /= a->size;
                next++;
            } else {
                a->size /= left;
                to[n_to++] = (teq_atom){left, a->size * a->stride};
                left = 1;
            }
        }
    }
    memcpy(v->atom, to, (size_t)n_to * sizeof *to);
    v->n_atoms = n_to;
    v->rank = rank;
    memcpy(v->dim, dim, (size_t)rank * sizeof *dim);
    return true;
}

/* Atoms of each axis: first[i] to first[i + 1]. */
static void axis_atoms(const teq_value *v, int *first)
{
    int next = 0;
    for (int i = 0; i < v->rank; i++) {
        first[i] = next;
        size_t product = 1;
        while (product < v->dim[i])
            product *= v->atom[next++].size;
    }
    first[v->rank] = next;
}

bool teq_view_transpose(teq_importer *im, teq_value *v, const int *perm)
{
    (void)im;
    int first[TEQ_ONNX_RANK + 1];
    axis_atoms(v, first);
    teq_value old = *v;
    v->n_atoms = 0;
    for (int i = 0; i < v->rank; i++) {
        v->dim[i] = old.dim[perm[i]];
        for (int a = first[perm[i]]; a < first[perm[i] + 1]; a++)
            v->atom[v->n_atoms++] = old.atom[a];
    }
    return true;
}

/* The three axes of a tensor as atoms. */
static void own_atoms(const teq_tensor *t, teq_atom own[3])
{
    own[0] = (teq_atom){(size_t)t->c, (size_t)t->h * (size_t)t->w};
    own[1] = (teq_atom){(size_t)t->h, (size_t)t->w};
    own[2] = (teq_atom){(size_t)t->w, 1};
}

void teq_view_roles(const teq_importer *im, const teq_value *v, teq_role *role)
{
    static const teq_role roles[3] = {TEQ_ROLE_C, TEQ_ROLE_H, TEQ_ROLE_W};
    int first[TEQ_ONNX_RANK + 1];
    int where[3] = {-1, -1, -1};
    teq_atom own[3];
    axis_atoms(v, first);
    own_atoms(&im->g->tensor[v->tensor], own);
    for (int i = 0; i < v->rank; i++) {
        teq_atom a[TEQ_ONNX_ATOMS];
        int n = merge(v->atom + first[i], first[i + 1] - first[i], a);
        role[i] = n == 0 ? TEQ_ROLE_ONE : TEQ_ROLE_MIXED;
        for (int r = 0; n == 1 && r < 3; r++)
            if (a[0].size == own[r].size && a[0].stride == own[r].stride) {
                role[i] = roles[r];
                where[r] = i;
            }
    }
    /* What is left over are axes of size 1, with nothing to tell them apart but their place.
     * Axis 0 is the batch. */
    const int channels_last[3] = {3, 1, 2}, channels_first[3] = {1, 2, 3};
    bool last = true, first_ok = true;
    for (int r = 0; r < 3; r++) {
        last = last && (where[r] < 0 || where[r] == channels_last[r]);
        first_ok = first_ok && (where[r] < 0 || where[r] == channels_first[r]);
    }
    const int *place = first_ok ? channels_first : last ? channels_last : NULL;
    if (v->rank == 3) {
        /* N,C,W of a one-dimensional convolution, or N,W,C; h is 1 and has no axis. */
        const int c = where[0] == 2 || where[2] == 1 ? 2 : 1, w = 3 - c;
        if (role[c] == TEQ_ROLE_ONE && where[0] < 0)
            role[c] = TEQ_ROLE_C;
        if (role[w] == TEQ_ROLE_ONE && where[2] < 0)
            role[w] = TEQ_ROLE_W;
    } else if (v->rank == 2) {
        if (role[1] == TEQ_ROLE_ONE)
            role[1] = TEQ_ROLE_C;
    } else if (v->rank == 4 && place != NULL) {
        for (int r = 0; r < 3; r++)
            if (role[place[r]] == TEQ_ROLE_ONE)
                role[place[r]] = roles[r];
    }
}

bool teq_view_from_roles(teq_importer *im, teq_value *v, int tensor, const teq_role *role)
{
    teq_atom own[3];
    own_atoms(&im->g->tensor[tensor], own);
    v->data = NULL;
    v->is_int = false;
    v->tensor = tensor;
    v->n_atoms = 0;
    v->count = 1;
    for (int i = 0; i < v->rank; i++) {
        v->dim[i] = 1;
        if (role[i] == TEQ_ROLE_C || role[i] == TEQ_ROLE_H || role[i] == TEQ_ROLE_W) {
            teq_atom a = own[role[i] - TEQ_ROLE_C];
            v->dim[i] = a.size;
            v->count *= a.size;
            if (a.size > 1)
                v->atom[v->n_atoms++] = a;
        }
    }
    if (v->count != im->g->tensor[tensor].size)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "an axis of \"%s\" cannot be followed",
                             im->g->tensor[tensor].name);
    return true;
}

int teq_view_as(teq_importer *im, const teq_value *v, size_t c, size_t h, size_t w)
{
    const teq_tensor *t = &im->g->tensor[v->tensor];
    if (!teq_view_is_plain(v)) {
        teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                      "\"%s\" is in another order than this operator needs, and its transpose "
                      "cannot be dissolved",
                      v->name);
        return -1;
    }
    if ((size_t)t->c == c && (size_t)t->h == h && (size_t)t->w == w)
        return v->tensor;
    if (c * h * w != t->size) {
        teq_node_fail(im, TEQ_ERR_SHAPE, "\"%s\" has %zu values, this operator would take %zu x %zu x %zu", v->name, t->size, c, h, w);
        return -1;
    }
    char name[300];
    snprintf(name, sizeof name, "%.280s/reshape", im->node->output[0]);
    int i = teq_graph_add_node(im->g, TEQ_OP_RESHAPE, name, &v->tensor, 1, name, (int)c, (int)h,
                               (int)w);
    if (i < 0) {
        teq_node_fail(im, TEQ_ERR_MEMORY, "no memory");
        return -1;
    }
    return im->g->node[i].out;
}

size_t teq_view_offset(const teq_value *v, int axis, size_t index)
{
    int first[TEQ_ONNX_RANK + 1];
    axis_atoms(v, first);
    size_t offset = 0;
    for (int a = first[axis + 1]; a-- > first[axis];) {
        offset += index % v->atom[a].size * v->atom[a].stride;
        index /= v->atom[a].size;
    }
    return offset;
}

size_t teq_view_index(const teq_value *v, int axis, size_t offset)
{
    int first[TEQ_ONNX_RANK + 1];
    axis_atoms(v, first);
    size_t index = 0;
    for (int a = first[axis]; a < first[axis + 1]; a++)
        index = index * v->atom[a].size + offset / v->atom[a].stride % v->atom[a].size;
    return index;
}
