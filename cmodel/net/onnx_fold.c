/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes part of a layer. The graph computes the same function before and after,
 * up to float32 rounding. Each step looks at one node and its writer or readers.
 */
#include "onnx_import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tensors' readers are counted often: once before each pass. */
typedef struct {
    teq_graph *g;
    int *readers;
} fold;

static void count_readers(fold *f)
{
    teq_graph *g = f->g;
    memset(f->readers, 0, (size_t)g->n_tensors * sizeof *f->readers);
    for (int i = 0; i < g->n_nodes; i++)
        for (int j = 0; g->node[i].op != TEQ_OP_DEAD && j < g->node[i].n_in; j++)
            f->readers[g->node[i].in[j]]++;
    f->readers[g->output]++;
}

/* The node that writes input 0 of n, if n is its only reader. */
static teq_node *sole_writer(const fold *f, const teq_node *n)
{
    int t = n->in[0], w = f->g->tensor[t].node;
    return w >= 0 && f->readers[t] == 1 ? &f->g->node[w] : NULL;
}

/* n has become part of w: w's tensor takes n's name and readers. */
static void absorb(fold *f, teq_node *w, teq_node *n)
{
    teq_tensor *from = &f->g->tensor[w->out], *to = &f->g->tensor[n->out];
    char *name = from->name;
    from->name = to->name;
    to->name = name;
    f->readers[w->out] = f->readers[n->out];
    f->readers[n->out] = 0;
    teq_graph_redirect(f->g, n->out, w->out);
    n->op = TEQ_OP_DEAD;
}

/* scale (w x + b) + shift: BatchNormalization, constant factors and biases behind a layer. */
static bool scale_into_writer(fold *f, teq_node *n)
{
    teq_node *w = sole_writer(f, n);
    if (w == NULL || w->act != TEQ_ACT_NONE || !(teq_node_is_layer(w) || w->op == TEQ_OP_SCALE) ||
        w->n_out != n->n_out)
        return false;
    for (int o = 0; o < w->n_out; o++) {
        double factor = (double)n->weight[o];
        for (size_t i = 0; i < w->k; i++)
            w->weight[(size_t)o * w->k + i] = (float)(factor * (double)w->weight[(size_t)o * w->k + i]);
        w->bias[o] = (float)(factor * (double)w->bias[o] + (double)n->bias[o]);
    }
    w->act = n->act;
    w->act_lo = n->act_lo;
    w->act_hi = n->act_hi;
    w->act_slope = n->act_slope;
    absorb(f, w, n);
    return true;
}

static bool is_interval(const teq_node *n)
{
    return n->act == TEQ_ACT_RELU || n->act == TEQ_ACT_CLIP;
}

static void limits(const teq_node *n, float *lo, float *hi)
{
    *lo = n->act == TEQ_ACT_RELU ? 0 : n->act_lo;
    *hi = n->act == TEQ_ACT_RELU ? INFINITY : n->act_hi;
}

static bool act_into_writer(fold *f, teq_node *n)
{
    teq_node *w = sole_writer(f, n);
    if (w == NULL || !(teq_node_is_layer(w) || w->op == TEQ_OP_ADD || w->op == TEQ_OP_SCALE ||
                       w->op == TEQ_OP_ACT))
        return false;
    if (w->act == TEQ_ACT_NONE) {
        w->act = n->act;
        w->act_lo = n->act_lo;
        w->act_hi = n->act_hi;
        w->act_slope = n->act_slope;
    } else if (is_interval(w) && is_interval(n)) {
        /* Relu, then a limit above: one interval after the other is an interval. */
        float lo, hi, lo2, hi2;
        limits(w, &lo, &hi);
        limits(n, &lo2, &hi2);
        w->act_lo = fminf(fmaxf(lo, lo2), hi2);
        w->act_hi = fminf(fmaxf(hi, lo2), hi2);
        w->act = w->act_lo == 0 && isinf(w->act_hi) ? TEQ_ACT_RELU : TEQ_ACT_CLIP;
    } else {
        return false;
    }
    absorb(f, w, n);
    return true;
}

/* Factors in front of layers: w (s x + t) = (w s) x + w t. The shift t only if the layer
 * adds no padding, which would have to be -t/s then. */
static bool scale_into_readers(fold *f, teq_node *n)
{
    teq_graph *g = f->g;
    bool shifts = false, any = false;
    for (int c = 0; c < n->n_out; c++)
        shifts = shifts || n->bias[c] != 0;
    if (n->act != TEQ_ACT_NONE || n->out == g->output)
        return false;
    for (int i = 0; i < g->n_nodes; i++) {
        const teq_node *r = &g->node[i];
        for (int j = 0; r->op != TEQ_OP_DEAD && j < r->n_in; j++) {
            if (r->in[j] != n->out)
                continue;
            bool padded = r->pt + r->pl + r->pb + r->pr > 0;
            if (!teq_node_is_layer(r) || (shifts && padded))
                return false;
            any = true;
        }
    }
    const teq_tensor *t = &g->tensor[n->out];
    for (int i = 0; i < g->n_nodes; i++) {
        teq_node *r = &g->node[i];
        if (r->op == TEQ_OP_DEAD || r->in[0] != n->out)
            continue;
        /* Weights of one input channel lie together: kernel taps, or pixels for a dense. */
        size_t run = r->op == TEQ_OP_CONV ? (size_t)(r->kh * r->kw) : (size_t)t->h * (size_t)t->w;
        int rows = r->n_out / r->group, channels = (int)(r->k / run);
        for (int o = 0; o < r->n_out; o++) {
            double bias = (double)r->bias[o];
            for (size_t k = 0; k < r->k; k++) {
                int c = (o / rows) * channels + (int)(k / run);
                float *w = &r->weight[(size_t)o * r->k + k];
                bias += (double)*w * (double)n->bias[c];
                *w = (float)((double)*w * (double)n->weight[c]);
            }
            r->bias[o] = (float)bias;
        }
        r->in[0] = n->in[0];
        f->readers[n->in[0]]++;
        f->readers[n->out]--;
    }
    if (any) {
        n->op = TEQ_OP_DEAD;
        f->readers[n->in[0]]--;
    }
    return any;
}

static bool never_negative(const teq_graph *g, int tensor)
{
    int w = g->tensor[tensor].node;
    const teq_node *n = w >= 0 ? &g->node[w] : NULL;
    return n != NULL && (n->act == TEQ_ACT_RELU || (n->act == TEQ_ACT_CLIP && n->act_lo >= 0));
}

/* Zeros around the input become pads of what reads them, where padding means zeros. */
static void pad_into_readers(fold *f, teq_node *n)
{
    teq_graph *g = f->g;
    for (int i = 0; i < g->n_nodes; i++) {
        teq_node *r = &g->node[i];
        if (r->op == TEQ_OP_DEAD || r->n_in != 1 || r->in[0] != n->out)
            continue;
        bool padded = r->pt + r->pl + r->pb + r->pr > 0;
        bool takes = r->op == TEQ_OP_CONV || r->op == TEQ_OP_PAD ||
                     (r->op == TEQ_OP_AVGPOOL && (!padded || r->count_pads)) ||
                     (r->op == TEQ_OP_MAXPOOL && never_negative(g, n->in[0]));
        int y = (r->kh - 1) * r->dh, x = (r->kw - 1) * r->dw;
        bool fits = r->op == TEQ_OP_PAD || (r->pt + n->pt <= y && r->pb + n->pb <= y &&
                                            r->pl + n->pl <= x && r->pr + n->pr <= x);
        if (!takes || !fits)
            continue;
        r->pt += n->pt;
        r->pl += n->pl;
        r->pb += n->pb;
        r->pr += n->pr;
        r->count_pads = r->op == TEQ_OP_AVGPOOL;
        r->in[0] = n->in[0];
        f->readers[n->in[0]]++;
        f->readers[n->out]--;
    }
}

/* The same sizes in the same order, but for ones: 49 x 10 x 1 and 1 x 49 x 10. */
static bool same_but_ones(const teq_tensor *a, const teq_tensor *b)
{
    const int x[3] = {a->c, a->h, a->w}, y[3] = {b->c, b->h, b->w};
    int i = 0, j = 0;
    for (;;) {
        while (i < 3 && x[i] == 1)
            i++;
        while (j < 3 && y[j] == 1)
            j++;
        if (i == 3 || j == 3)
            return i == j;
        if (x[i++] != y[j++])
            return false;
    }
}

/* Dense layers read any shape; a RESHAPE of a RESHAPE is one; one of the input that only
 * moves ones (images of one channel, channels last) is another input shape. */
static void reshape_away(fold *f, teq_node *n)
{
    teq_graph *g = f->g;
    const teq_tensor *out = &g->tensor[n->out];
    teq_tensor *in = &g->tensor[n->in[0]];
    if (in->c == out->c && in->h == out->h && in->w == out->w) {
        teq_graph_redirect(g, n->out, n->in[0]);
        n->op = TEQ_OP_DEAD;
        return;
    }
    if (n->in[0] == g->input && f->readers[g->input] == 1 && same_but_ones(in, out)) {
        in->c = out->c;
        in->h = out->h;
        in->w = out->w;
        teq_graph_redirect(g, n->out, n->in[0]);
        n->op = TEQ_OP_DEAD;
        return;
    }
    for (int i = 0; i < g->n_nodes; i++) {
        teq_node *r = &g->node[i];
        if (r->op != TEQ_OP_DEAD && r->in[0] == n->out &&
            (r->op == TEQ_OP_DENSE || r->op == TEQ_OP_RESHAPE))
            r->in[0] = n->in[0];
    }
}

static bool check_finite(const teq_graph *g, teq_error *err)
{
    for (int i = 0; i < g->n_nodes; i++) {
        const teq_node *n = &g->node[i];
        for (size_t k = 0; k < (size_t)n->n_out * n->k; k++)
            if (!isfinite(n->weight[k]))
                return teq_fail(err, TEQ_ERR_VALUE, "%s: node \"%s\": weight %zu is %g after folding",
                                g->name, n->name, k, (double)n->weight[k]);
        for (int o = 0; o < n->n_out; o++)
            if (!isfinite(n->bias[o]))
                return teq_fail(err, TEQ_ERR_VALUE, "%s: node \"%s\": bias %d is %g after folding",
                                g->name, n->name, o, (double)n->bias[o]);
    }
    return true;
}

bool teq_graph_fold(teq_graph *g, teq_error *err)
{
    fold f = {g, calloc((size_t)g->n_tensors + 1, sizeof(int))};
    if (f.readers == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory", g->name);
    bool ok = teq_graph_sweep(g);
    count_readers(&f);
    for (int i = 0; ok && i < g->n_nodes; i++) {
        if (g->node[i].op == TEQ_OP_SCALE)
            scale_into_writer(&f, &g->node[i]);
        else if (g->node[i].op == TEQ_OP_ACT)
            act_into_writer(&f, &g->node[i]);
    }
    for (int i = 0; ok && i < g->n_nodes; i++)
        if (g->node[i].op == TEQ_OP_PAD)
            pad_into_readers(&f, &g->node[i]);
    for (int i = 0; ok && i < g->n_nodes; i++)
        if (g->node[i].op == TEQ_OP_SCALE)
            scale_into_readers(&f, &g->node[i]);
    ok = ok && teq_graph_sweep(g);
    count_readers(&f);
    for (int i = 0; ok && i < g->n_nodes; i++)
        if (g->node[i].op == TEQ_OP_RESHAPE)
            reshape_away(&f, &g->node[i]);
    free(f.readers);
    if (!ok || !teq_graph_sweep(g))
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory", g->name);
    int last = g->tensor[g->output].node;
    if (last < 0)
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "%s: the output does not depend on any layer", g->name);
    if (g->node[last].op == TEQ_OP_SOFTMAX)
        g->logits = g->node[last].in[0];
    return check_finite(g, err);
}
