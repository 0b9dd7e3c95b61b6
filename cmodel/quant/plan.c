/* SPDX-License-Identifier: Apache-2.0
 *
 * Lowering a graph to steps.
 */
#include "plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct lowering {
    const teq_graph *graph;
    plan *p;
    int *tensor_of;   /* graph tensor -> plan tensor, -1                       */
    int *step_of;     /* graph tensor -> the step that holds its sums for now  */
    bool *needed;     /* graph node                                            */
    int logits;       /* graph tensor, behind trailing reshapes                */
    teq_error *err;
} lowering;

static char *copy_string(const char *s)
{
    size_t size = strlen(s) + 1;
    char *c = malloc(size);
    if (c != NULL)
        memcpy(c, s, size);
    return c;
}

void teq_lowered_free(plan *p)
{
    if (p == NULL)
        return;
    for (int i = 0; i < p->n_tensors; i++)
        free(p->tensor[i].name);
    for (int i = 0; i < p->n_steps; i++) {
        free(p->step[i].g.name);
        free(p->step[i].g.in);
        free(p->step[i].w);
        free(p->step[i].b);
    }
    free(p->tensor);
    free(p->step);
    free(p->name);
    free(p);
}

static int add_tensor(lowering *low, int graph_tensor, int step)
{
    const teq_tensor *t = &low->graph->tensor[graph_tensor];
    plan_tensor *out = &low->p->tensor[low->p->n_tensors];
    *out = (plan_tensor){.name = copy_string(t->name), .c = t->c, .h = t->h, .w = t->w, .size = t->size,
                         .step = step, .tie = low->p->n_tensors};
    low->tensor_of[graph_tensor] = low->p->n_tensors;
    return low->p->n_tensors++;
}

/* A DOT step with the geometry of a window over a tensor. */
static plan_step *add_dot(lowering *low, const char *name, teq_qkind kind, int in, int n_out, int group, int kh,
                          int kw)
{
    const plan_tensor *t = &low->p->tensor[in];
    plan_step *s = &low->p->step[low->p->n_steps];
    *s = (plan_step){.act = TEQ_ACT_NONE};
    teq_qlayer *g = &s->g;
    *g = (teq_qlayer){.op = TEQ_QOP_DOT, .kind = kind, .name = copy_string(name), .n_in = 1, .res = -1, .out = -1,
                      .c = t->c, .h = t->h, .w = t->w, .n_out = n_out, .kh = kh, .kw = kw, .sh = 1, .sw = 1,
                      .dh = 1, .dw = 1, .group = group, .terms = 1};
    g->in = malloc(sizeof *g->in);
    g->k = (size_t)(t->c / group) * (size_t)kh * (size_t)kw;
    s->w = malloc((size_t)n_out * g->k * sizeof *s->w);
    s->b = calloc((size_t)n_out, sizeof *s->b);
    if (!g->name || !g->in || !s->w || !s->b) {
        free(g->name);
        free(g->in);
        free(s->w);
        free(s->b);
        teq_fail(low->err, TEQ_ERR_MEMORY, "%s: no memory to lower node \"%s\"", low->graph->name, name);
        return NULL;
    }
    g->in[0] = in;
    low->p->n_steps++;
    return s;
}

static void output_size(teq_qlayer *g)
{
    g->oh = (g->h + g->pt + g->pb - (g->kh - 1) * g->dh - 1) / g->sh + 1;
    g->ow = (g->w + g->pl + g->pr - (g->kw - 1) * g->dw - 1) / g->sw + 1;
}

static void fill(float *w, size_t n, float v)
{
    for (size_t i = 0; i < n; i++)
        w[i] = v;
}

static int stored(lowering *low, int graph_tensor);

/* A name with more behind it; the old one is freed. */
static bool extend_name(lowering *low, char **name, const char *more)
{
    size_t size = strlen(*name) + strlen(more) + 1;
    char *longer = malloc(size);
    if (longer == NULL)
        return teq_fail(low->err, TEQ_ERR_MEMORY, "%s: no memory to lower \"%s\"", low->graph->name, *name);
    snprintf(longer, size, "%s%s", *name, more);
    free(*name);
    *name = longer;
    return true;
}

/* Thresholds serve functions that are zero or odd below zero. So the sums x of a LeakyRelu are stored, and
 * two steps without weights follow: r = Relu((1 - slope) x), and slope x + r. */
static bool set_leaky(lowering *low, plan_step *s, const teq_node *node)
{
    const float slope = node->act_slope;
    if (!(slope > 0 && slope < 1))
        return teq_fail(low->err, TEQ_ERR_UNSUPPORTED, "%s: node \"%s\": LeakyRelu with a slope of %g cannot be quantized: "
                        "expected one between 0 and 1", low->graph->name, node->name, (double)slope);
    static const char *const ending[2] = {".positive", ".leaky"};
    const float factor[2] = {1 - slope, slope};
    s->act = TEQ_ACT_NONE;
    const int x = stored(low, node->out), c = low->p->tensor[x].c;
    bool ok = extend_name(low, &low->p->tensor[x].name, ".linear");
    for (int i = 0, r = -1; ok && i < 2; i++) {
        plan_step *t = add_dot(low, node->name, TEQ_QKIND_POOL, x, c, c, 1, 1);
        if (t == NULL)
            return false;
        output_size(&t->g);
        fill(t->w, (size_t)c, factor[i]);
        t->act = i == 0 ? TEQ_ACT_RELU : TEQ_ACT_NONE;
        t->g.res = r;
        ok = extend_name(low, &t->g.name, ending[i]);
        low->step_of[node->out] = low->p->n_steps - 1;
        low->tensor_of[node->out] = -1; /* that was x, or r; the graph's tensor is what comes last */
        if (i == 0) {
            r = stored(low, node->out);
            ok = ok && extend_name(low, &low->p->tensor[r].name, ending[i]);
        }
    }
    return ok;
}

static bool set_act(lowering *low, plan_step *s, const teq_node *node)
{
    s->act = node->act;
    s->lo = node->act_lo;
    s->hi = node->act_hi;
    if (s->act == TEQ_ACT_LEAKY)
        return set_leaky(low, s, node);
    if (s->act == TEQ_ACT_CLIP) {
        if (isinf(s->hi) && s->lo == 0.0f) {
            s->act = TEQ_ACT_RELU;
        } else if (!(s->lo == 0.0f && s->hi > 0.0f) && !(s->lo == -s->hi && s->hi > 0.0f)) {
            return teq_fail(low->err, TEQ_ERR_UNSUPPORTED,
                            "%s: node \"%s\": Clip to [%g, %g] cannot be quantized: expected [0, hi] or [-hi, hi]",
                            low->graph->name, node->name, (double)s->lo, (double)s->hi);
        }
    }
    return true;
}

/* The plan tensor of a graph tensor; a step whose output is only now known to be
 * stored gets it here. */
static int stored(lowering *low, int graph_tensor)
{
    if (low->tensor_of[graph_tensor] >= 0)
        return low->tensor_of[graph_tensor];
    int step = low->step_of[graph_tensor], t = add_tensor(low, graph_tensor, step);
    plan_step *s = &low->p->step[step];
    s->g.out = t;
    plan_tensor *in = &low->p->tensor[s->g.in[0]];
    low->p->tensor[t].is_signed =
        s->act == TEQ_ACT_RELU                            ? false
        : s->act == TEQ_ACT_CLIP                          ? s->lo < 0.0f
        : s->g.kind == TEQ_QKIND_POOL && s->g.res < 0     ? in->is_signed
                                                          : true;
    return t;
}

static bool lower_layer(lowering *low, const teq_node *n)
{
    int in = stored(low, n->in[0]);
    const plan_tensor *t = &low->p->tensor[in];
    bool conv = n->op == TEQ_OP_CONV, pool = n->op == TEQ_OP_AVGPOOL || n->op == TEQ_OP_GLOBAL_AVGPOOL;
    plan_step *s;
    if (conv || n->op == TEQ_OP_AVGPOOL) {
        int group = conv ? n->group : t->c;
        bool depthwise = conv && teq_node_is_depthwise(n) && n->group > 1;
        s = add_dot(low, n->name, pool ? TEQ_QKIND_POOL : depthwise ? TEQ_QKIND_DEPTHWISE : TEQ_QKIND_CONV, in,
                    conv ? n->n_out : t->c, group, n->kh, n->kw);
    } else if (n->op == TEQ_OP_DENSE) {
        s = add_dot(low, n->name, TEQ_QKIND_DENSE, in, n->n_out, 1, t->h, t->w);
    } else if (n->op == TEQ_OP_GLOBAL_AVGPOOL) {
        s = add_dot(low, n->name, TEQ_QKIND_POOL, in, t->c, t->c, t->h, t->w);
    } else { /* SCALE, ACT */
        s = add_dot(low, n->name, TEQ_QKIND_DEPTHWISE, in, t->c, t->c, 1, 1);
    }
    if (s == NULL)
        return false;
    teq_qlayer *g = &s->g;
    if (conv || n->op == TEQ_OP_AVGPOOL) {
        g->sh = n->sh, g->sw = n->sw, g->dh = n->dh, g->dw = n->dw;
        g->pt = n->pt, g->pl = n->pl, g->pb = n->pb, g->pr = n->pr;
        if (!conv && !n->count_pads && (n->pt || n->pl || n->pb || n->pr))
            return teq_fail(low->err, TEQ_ERR_UNSUPPORTED,
                            "%s: node \"%s\": AveragePool with pads that are not counted divides by a number that "
                            "changes over the image, which one multiplier a channel cannot",
                            low->graph->name, n->name);
    }
    output_size(g);
    if (n->weight != NULL) {
        memcpy(s->w, n->weight, (size_t)g->n_out * g->k * sizeof *s->w);
        memcpy(s->b, n->bias, (size_t)g->n_out * sizeof *s->b);
        s->has_weights = true;
    } else {
        fill(s->w, (size_t)g->n_out * g->k, pool ? 1.0f / (float)(g->kh * g->kw) : 1.0f);
        if (!pool)
            g->kind = TEQ_QKIND_POOL; /* weights all equal: codes e = 0, nothing stored */
    }
    low->step_of[n->out] = low->p->n_steps - 1;
    return pool || set_act(low, s, n);
}

/* Can the step that computes this tensor take a residual operand? */
static bool can_take(const lowering *low, int graph_tensor)
{
    int step = low->step_of[graph_tensor];
    if (low->tensor_of[graph_tensor] >= 0 || step < 0)
        return false;
    const plan_step *s = &low->p->step[step];
    return s->g.op == TEQ_QOP_DOT && s->act == TEQ_ACT_NONE && s->g.res < 0 &&
           teq_graph_n_readers(low->graph, graph_tensor) == 1;
}

/* Move a step to the end of the list, so that its residual is there when it runs. */
static void move_to_end(lowering *low, int step)
{
    plan *p = low->p;
    plan_step s = p->step[step];
    memmove(&p->step[step], &p->step[step + 1], (size_t)(p->n_steps - 1 - step) * sizeof s);
    p->step[p->n_steps - 1] = s;
    for (int i = 0; i < p->n_tensors; i++)
        if (p->tensor[i].step > step)
            p->tensor[i].step--;
    for (int i = 0; i < low->graph->n_tensors; i++)
        if (low->step_of[i] > step)
            low->step_of[i]--;
        else if (low->step_of[i] == step)
            low->step_of[i] = p->n_steps - 1;
}

static bool lower_add(lowering *low, const teq_node *n)
{
    int a = n->in[0], b = n->in[1];
    bool fa = a != b && can_take(low, a), fb = a != b && can_take(low, b);
    if (fa && (!fb || low->step_of[a] > low->step_of[b])) {
        int swap = a;
        a = b, b = swap;
        fb = true;
    }
    int res = stored(low, a); /* b takes it */
    plan_step *s;
    if (fb) {
        move_to_end(low, low->step_of[b]);
        s = &low->p->step[low->p->n_steps - 1];
    } else {
        int in = stored(low, b);
        s = add_dot(low, n->name, TEQ_QKIND_POOL, in, low->p->tensor[in].c, low->p->tensor[in].c, 1, 1);
        if (s == NULL)
            return false;
        output_size(&s->g);
        fill(s->w, (size_t)s->g.n_out, 1.0f);
    }
    s->g.res = res;
    low->step_of[n->out] = low->p->n_steps - 1;
    return set_act(low, s, n);
}

static void tie(plan *p, int a, int b)
{
    int ta = p->tensor[a].tie, tb = p->tensor[b].tie, first = ta < tb ? ta : tb;
    bool is_signed = p->tensor[a].is_signed || p->tensor[b].is_signed;
    for (int i = 0; i < p->n_tensors; i++)
        if (p->tensor[i].tie == ta || p->tensor[i].tie == tb) {
            p->tensor[i].tie = first;
            p->tensor[i].is_signed = is_signed;
        }
}

static bool lower_move(lowering *low, const teq_node *n, teq_qop op)
{
    plan_step *s = &low->p->step[low->p->n_steps];
    *s = (plan_step){.act = TEQ_ACT_NONE};
    int *in = malloc((size_t)n->n_in * sizeof *in);
    char *name = copy_string(n->name);
    if (in == NULL || name == NULL || n->n_in > 64) {
        free(in);
        free(name);
        return teq_fail(low->err, TEQ_ERR_UNSUPPORTED, "%s: node \"%s\": more than 64 inputs", low->graph->name,
                        n->name);
    }
    for (int i = 0; i < n->n_in; i++)
        in[i] = stored(low, n->in[i]);
    const plan_tensor *t = &low->p->tensor[in[0]];
    teq_qlayer *g = &s->g;
    *g = (teq_qlayer){.op = op, .kind = TEQ_QKIND_POOL, .name = name, .n_in = n->n_in, .in = in, .res = -1,
                      .c = t->c, .h = t->h, .w = t->w, .kh = n->kh, .kw = n->kw, .sh = n->sh, .sw = n->sw,
                      .dh = 1, .dw = 1, .group = t->c, .pt = n->pt, .pl = n->pl, .pb = n->pb, .pr = n->pr,
                      .terms = 1};
    bool is_signed = t->is_signed;
    int out = add_tensor(low, n->out, low->p->n_steps++);
    plan_tensor *o = &low->p->tensor[out];
    g->out = out;
    g->n_out = o->c, g->oh = o->h, g->ow = o->w;
    o->is_signed = is_signed;
    o->is_alias = op != TEQ_QOP_MAXPOOL;
    for (int i = 0; i < n->n_in; i++)
        tie(low->p, in[i], out);
    return true;
}

static bool lower_node(lowering *low, const teq_node *n)
{
    switch (n->op) {
    case TEQ_OP_CONV:
    case TEQ_OP_DENSE:
    case TEQ_OP_SCALE:
    case TEQ_OP_ACT:
    case TEQ_OP_AVGPOOL:
    case TEQ_OP_GLOBAL_AVGPOOL: return lower_layer(low, n);
    case TEQ_OP_ADD: return lower_add(low, n);
    case TEQ_OP_MAXPOOL: return lower_move(low, n, TEQ_QOP_MAXPOOL);
    case TEQ_OP_CONCAT: return lower_move(low, n, TEQ_QOP_CONCAT);
    case TEQ_OP_PAD: return lower_move(low, n, TEQ_QOP_PAD);
    case TEQ_OP_RESHAPE: return lower_move(low, n, TEQ_QOP_RESHAPE);
    case TEQ_OP_SOFTMAX: break;
    }
    return teq_fail(low->err, TEQ_ERR_UNSUPPORTED,
                    "%s: node \"%s\": %s in the middle of a network cannot be quantized", low->graph->name, n->name,
                    teq_op_name(n->op));
}

/* The last layer gives words: no stored output. Something that gives codes last (a max
 * pooling) gets an identity layer behind it. */
static bool lower_last(lowering *low)
{
    plan *p = low->p;
    if (low->tensor_of[low->logits] >= 0 || low->step_of[low->logits] < 0) {
        int in = low->tensor_of[low->logits];
        plan_step *s = add_dot(low, "output", TEQ_QKIND_POOL, in, p->tensor[in].c, p->tensor[in].c, 1, 1);
        if (s == NULL)
            return false;
        output_size(&s->g);
        fill(s->w, (size_t)s->g.n_out, 1.0f);
    } else if (low->step_of[low->logits] != p->n_steps - 1) {
        move_to_end(low, low->step_of[low->logits]);
    }
    plan_step *last = &p->step[p->n_steps - 1];
    if (last->act == TEQ_ACT_CLIP)
        return teq_fail(low->err, TEQ_ERR_UNSUPPORTED, "%s: layer \"%s\": Clip on the network's output",
                        low->graph->name, last->g.name);
    last->g.relu_last = last->act == TEQ_ACT_RELU;
    p->n_classes = last->g.n_out * last->g.oh * last->g.ow;
    return true;
}

static void mark_needed(lowering *low, int graph_tensor)
{
    int node = low->graph->tensor[graph_tensor].node;
    if (node < 0 || low->needed[node])
        return;
    low->needed[node] = true;
    for (int i = 0; i < low->graph->node[node].n_in; i++)
        mark_needed(low, low->graph->node[node].in[i]);
}

static bool lower_all(lowering *low, bool input_signed)
{
    const teq_graph *g = low->graph;
    int in = add_tensor(low, g->input, -1);
    low->p->input = in;
    low->p->tensor[in].is_signed = input_signed;
    low->logits = g->logits;
    while (g->tensor[low->logits].node >= 0 && g->node[g->tensor[low->logits].node].op == TEQ_OP_RESHAPE)
        low->logits = g->node[g->tensor[low->logits].node].in[0];
    mark_needed(low, low->logits);
    for (int i = 0; i < g->n_nodes; i++)
        if (low->needed[i] && !lower_node(low, &g->node[i]))
            return false;
    if (low->p->n_steps == 0)
        return teq_fail(low->err, TEQ_ERR_UNSUPPORTED, "%s: there is no layer in this network", g->name);
    if (!lower_last(low))
        return false;
    for (int i = 0; i < low->p->n_steps; i++) {
        const teq_qlayer *l = &low->p->step[i].g;
        for (int k = 0; k < l->n_in; k++)
            low->p->tensor[l->in[k]].n_readers++;
        if (l->res >= 0)
            low->p->tensor[l->res].n_readers++;
    }
    return true;
}

plan *teq_lowered_make(const teq_graph *graph, bool input_signed, teq_error *err)
{
    size_t nt = (size_t)graph->n_tensors, nn = (size_t)graph->n_nodes;
    lowering low = {.graph = graph, .err = err};
    low.p = calloc(1, sizeof *low.p);
    low.tensor_of = malloc(nt * sizeof *low.tensor_of);
    low.step_of = malloc(nt * sizeof *low.step_of);
    low.needed = calloc(nn + 1, sizeof *low.needed);
    bool ok = low.p && low.tensor_of && low.step_of && low.needed;
    if (ok) {
        low.p->name = copy_string(graph->name);
        low.p->input_terms = 1;
        low.p->tensor = calloc(nt + 2 * nn + 1, sizeof *low.p->tensor); /* LeakyRelu makes two more of each */
        low.p->step = calloc(3 * nn + 2, sizeof *low.p->step);
        low.p->input_channels_last = graph->input_channels_last;
        ok = low.p->name && low.p->tensor && low.p->step;
    }
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to lower the network", graph->name);
    for (size_t i = 0; ok && i < nt; i++)
        low.tensor_of[i] = low.step_of[i] = -1;
    ok = ok && lower_all(&low, input_signed);
    free(low.tensor_of);
    free(low.step_of);
    free(low.needed);
    if (ok)
        return low.p;
    teq_lowered_free(low.p);
    return NULL;
}
