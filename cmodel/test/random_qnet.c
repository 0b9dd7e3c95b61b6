/* SPDX-License-Identifier: Apache-2.0 */
#include "random_qnet.h"

#include <stdlib.h>
#include <string.h>

typedef struct maker {
    uint64_t *state;
    teq_qnet *net;
    const random_qnet_options *o;
    bool failed;
} maker;

static uint32_t draw(uint64_t *state) /* splitmix64, arXiv 1805.01407 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

static int below(maker *m, int n) { return (int)(draw(m->state) % (uint32_t)n); }
static int range(maker *m, int low, int high) { return low + below(m, high - low + 1); }
static bool one_in(maker *m, int n) { return below(m, n) == 0; }

static char *copy(const char *text)
{
    char *c = malloc(strlen(text) + 1);
    return c ? strcpy(c, text) : NULL;
}

static bool is_int(const teq_qnet *net) { return net->target.arith == TEQ_ARITH_INT; }

static int add_tensor(maker *m, int c, int h, int w, int n, bool is_signed, int step)
{
    teq_qnet *net = m->net;
    teq_qtensor *grown = realloc(net->tensor, (size_t)(net->n_tensors + 1) * sizeof *grown);
    if (!grown) {
        m->failed = true;
        return 0;
    }
    net->tensor = grown;
    net->tensor[net->n_tensors] = (teq_qtensor){.name = copy("t"), .c = c, .h = h, .w = w,
                                                .size = (size_t)c * (size_t)h * (size_t)w, .n = n, .is_signed = is_signed,
                                                .step48 = is_int(net) ? 0 : 12, .alpha = 1.0, .step = step};
    return net->n_tensors++;
}

static int code_bits(maker *m, bool is_signed)
{
    const int top = m->net->target.caps.na_max;
    return is_int(m->net) ? (is_signed ? top - 1 : top) : range(m, 2, top);
}

static teq_qlayer *add_step(maker *m, teq_qop op, int in, const char *name)
{
    teq_qnet *net = m->net;
    teq_qlayer *grown = realloc(net->step, (size_t)(net->n_steps + 1) * sizeof *grown);
    int *list = malloc(2 * sizeof *list);
    if (grown)
        net->step = grown;
    if (!grown || !list) {
        m->failed = true;
        free(list);
        return NULL;
    }
    const teq_qtensor *t = &net->tensor[in];
    teq_qlayer *l = &net->step[net->n_steps++];
    *l = (teq_qlayer){.op = op, .name = copy(name), .n_in = 1, .in = list, .res = -1, .out = -1, .c = t->c, .h = t->h, .w = t->w,
                      .n_out = t->c, .oh = t->h, .ow = t->w, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .group = 1,
                      .terms = 1, .y_scale = 1.0};
    list[0] = in;
    return l;
}

/* Bases that the target runs. */
static void choose_base(maker *m, teq_qlayer *l, int n_a)
{
    static const int ks[] = {4, 8};
    l->K = is_int(m->net) ? 0 : 4;
    for (int tries = 0; tries < 8 && !is_int(m->net); tries++) {
        const int K = ks[below(m, 2)], t_w = below(m, 3), t_a = K == 8 ? 1 : 0;
        if (teq_target_weight_ok(&m->net->target, l->n_w, K, t_w) && teq_target_activation_ok(&m->net->target, n_a, K, t_a)) {
            l->K = K, l->t_w = t_w, l->t_a = t_a;
            return;
        }
    }
}

/* Weights and constants. The sum of the largest products, twice for a signed input, must fit
 * ACC_W bits: weights beyond that are zero. */
static void fill_weights(maker *m, teq_qlayer *l, bool even)
{
    const teq_target *t = &m->net->target;
    const teq_qtensor *in = &m->net->tensor[l->in[0]];
    l->n_w = is_int(m->net) ? t->caps.n_max - 1 : range(m, 2, t->caps.n_max);
    choose_base(m, l, in->n);
    const int levels = (1 << l->n_w) - 1, zero = is_int(m->net) ? 0 : levels;
    const size_t row = l->k * (size_t)l->terms;
    l->code = malloc(row * (size_t)l->n_out + 1);
    l->alpha = calloc((size_t)l->n_out, sizeof *l->alpha);
    l->q = calloc((size_t)l->n_out, sizeof *l->q);
    if (!l->code || !l->alpha || !l->q) {
        m->failed = true;
        return;
    }
    const uint64_t limit = UINT64_C(1) << t->caps.acc_w;
    for (int o = 0; o < l->n_out; o++) {
        uint64_t sum = 0;
        const int common = below(m, levels) | below(m, 2) << l->n_w;
        l->alpha[o] = 1.0;
        for (size_t i = 0; i < row; i++) {
            int code = even ? common : below(m, levels + 1) | below(m, 2) << l->n_w;
            const uint64_t p = 2 * (uint64_t)teq_qlayer_product(m->net, l, code & levels, is_int(m->net) ? (1 << in->n) - 1 : 0);
            if ((code & levels) == zero || (even ? p * row >= limit : sum + p >= limit))
                code = zero;
            else
                sum += p;
            l->code[(size_t)o * row + i] = (uint8_t)code;
        }
        /* B near what makes the sum a true one, so that outputs differ. */
        uint32_t b = even ? 0 : (uint32_t)range(m, -300, 300);
        for (size_t r = 0; r < teq_qlayer_n_rows(m->net, l) && !is_int(m->net); r++)
            b -= teq_qlayer_row(m->net, l, o, r).s ? (1u << t->caps.pw) - 1u : 0;
        l->q[o] = (teq_requant){.b = b & (uint32_t)(limit - 1), .m = (uint16_t)(draw(m->state) | 0x8000u),
                                .s = (uint8_t)range(m, t->caps.acc_w - 4, t->caps.acc_w - 1), .c = (int32_t)draw(m->state) >> 6};
    }
}

static void fill_tables(maker *m, teq_qlayer *l)
{
    l->int_shift = is_int(m->net) ? range(m, 5, 9) : 0;
    if (l->out >= 0 && !is_int(m->net)) {
        const int n = (1 << m->net->tensor[l->out].n) - 1;
        int v = 32000;
        for (int j = 0; j < n; j++, v -= below(m, 64000 / n))
            l->th[j] = (int16_t)v;
    }
    if (l->res < 0)
        return;
    const int n = 1 << m->net->tensor[l->res].n;
    for (int e = 0; e < n; e++)
        l->d[e] = (int16_t)below(m, 20000);
    l->d[is_int(m->net) ? 0 : n - 1] = 0;
}

/* A tensor of this shape that may be added, or -1. */
static int addend(maker *m, int c, int h, int w)
{
    int found = -1;
    for (int i = 0; i < m->net->n_tensors; i++) {
        const teq_qtensor *t = &m->net->tensor[i];
        const bool is_written = t->step < 0 || m->net->step[t->step].op == TEQ_QOP_DOT || m->net->step[t->step].op == TEQ_QOP_MAXPOOL;
        if (is_written && t->c == c && t->h == h && t->w == w && one_in(m, 2))
            found = i;
    }
    return found;
}

static void out_size(teq_qlayer *l)
{
    l->oh = (l->h + l->pt + l->pb - (l->kh - 1) * l->dh - 1) / l->sh + 1;
    l->ow = (l->w + l->pl + l->pr - (l->kw - 1) * l->dw - 1) / l->sw + 1;
}

static void window(maker *m, teq_qlayer *l, int most, bool pads)
{
    l->kh = range(m, 1, most), l->kw = range(m, 1, most);
    l->sh = range(m, 1, 3), l->sw = range(m, 1, 3);
    if (pads) {
        l->dh = one_in(m, 4) ? 2 : 1, l->dw = one_in(m, 4) ? 2 : 1;
        l->pt = below(m, l->kh), l->pb = below(m, l->kh), l->pl = below(m, l->kw), l->pr = below(m, l->kw);
        if (one_in(m, 2))
            l->sh = l->sw = 1;
    }
    while (l->h + l->pt + l->pb < (l->kh - 1) * l->dh + 1)
        l->kh--;
    while (l->w + l->pl + l->pr < (l->kw - 1) * l->dw + 1)
        l->kw--;
    out_size(l);
}

static int divisor(maker *m, int n)
{
    int d = range(m, 1, n);
    while (n % d)
        d--;
    return d;
}

static void channels(maker *m, teq_qlayer *l)
{
    switch (l->kind) {
    case TEQ_QKIND_POOL: l->group = l->n_out = l->c; break;
    case TEQ_QKIND_DEPTHWISE: l->group = l->c, l->n_out = l->c * (one_in(m, 5) ? 2 : 1); break;
    default:
        l->group = l->kind == TEQ_QKIND_CONV && one_in(m, 4) ? divisor(m, l->c) : 1;
        l->n_out = l->group * range(m, 1, (m->o->channels + l->group - 1) / l->group);
    }
}

/* A dot product on tensor `in`; last: gives words. Returns the tensor written. */
static int dot(maker *m, int in, teq_qkind kind, bool last)
{
    teq_qlayer *l = add_step(m, TEQ_QOP_DOT, in, "dot");
    if (!l)
        return in;
    l->kind = kind;
    l->terms = kind != TEQ_QKIND_POOL && one_in(m, 4) ? 2 : 1;
    if (kind == TEQ_QKIND_DENSE) {
        l->kh = l->h, l->kw = l->w;
        l->oh = l->ow = 1;
    } else if (!m->o->depthwise_only || kind != TEQ_QKIND_CONV) {
        window(m, l, kind == TEQ_QKIND_DEPTHWISE ? 5 : 4, kind != TEQ_QKIND_POOL);
    }
    channels(m, l);
    l->k = (size_t)(l->c / l->group) * (size_t)l->kh * (size_t)l->kw;
    const int index = m->net->n_steps - 1;
    if (!last) {
        const bool is_signed = one_in(m, 4);
        const int res = one_in(m, 2) ? addend(m, l->n_out, l->oh, l->ow) : -1;
        const int out = add_tensor(m, l->n_out, l->oh, l->ow, code_bits(m, is_signed), is_signed, index);
        l->res = res, l->out = out;
    }
    fill_weights(m, l, kind == TEQ_QKIND_POOL);
    fill_tables(m, l);
    l->relu_last = last && one_in(m, 3);
    if (last)
        m->net->n_classes = l->n_out * l->oh * l->ow;
    return l->out;
}

/* The tensor that the newest step writes, in the format of another. */
static int moved(maker *m, int like, int c, int h, int w, bool is_alias)
{
    const teq_qtensor t = m->net->tensor[like];
    const int out = add_tensor(m, c, h, w, t.n, t.is_signed, m->net->n_steps - 1);
    m->net->tensor[out].is_alias = is_alias;
    m->net->step[m->net->n_steps - 1].out = out;
    return out;
}

static int maxpool(maker *m, int in)
{
    teq_qlayer *l = add_step(m, TEQ_QOP_MAXPOOL, in, "max");
    if (!l)
        return in;
    window(m, l, 4, false);
    l->pt = below(m, l->kh), l->pl = below(m, l->kw), l->pb = below(m, l->kh), l->pr = below(m, l->kw);
    out_size(l);
    return moved(m, in, l->c, l->oh, l->ow, false);
}

/* Zeros around, for the layer that comes next. */
static int pad(maker *m, int in)
{
    teq_qlayer *l = add_step(m, TEQ_QOP_PAD, in, "pad");
    if (!l)
        return in;
    l->pt = below(m, 3), l->pb = below(m, 3), l->pl = below(m, 3), l->pr = below(m, 3);
    out_size(l);
    return moved(m, in, l->c, l->oh, l->ow, true);
}

/* Two layers on one tensor, side by side. */
static int fork_join(maker *m, int in)
{
    int part[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        teq_qlayer *l = add_step(m, TEQ_QOP_DOT, in, i ? "right" : "left");
        if (!l)
            return in;
        l->kind = TEQ_QKIND_CONV;
        l->kh = l->kw = i ? 1 : 3;
        l->pt = l->pb = l->pl = l->pr = i ? 0 : 1;
        l->n_out = range(m, 1, m->o->channels);
        l->k = (size_t)l->c * (size_t)l->kh * (size_t)l->kw;
        const int n = i ? m->net->tensor[part[0]].n : code_bits(m, false);
        l->out = part[i] = add_tensor(m, l->n_out, l->oh, l->ow, n, false, m->net->n_steps - 1);
        fill_weights(m, l, false);
        fill_tables(m, l);
    }
    teq_qlayer *l = add_step(m, TEQ_QOP_CONCAT, part[0], "concat");
    if (!l)
        return in;
    l->in[1] = part[1];
    l->n_in = 2;
    l->n_out = m->net->tensor[part[0]].c + m->net->tensor[part[1]].c;
    return moved(m, part[0], l->n_out, l->h, l->w, true);
}

static int flatten(maker *m, int in)
{
    teq_qlayer *l = add_step(m, TEQ_QOP_RESHAPE, in, "flatten");
    if (!l)
        return in;
    l->n_out = (int)m->net->tensor[in].size;
    l->oh = l->ow = 1;
    return moved(m, in, l->n_out, 1, 1, true);
}

static int any_step(maker *m, int at)
{
    switch (below(m, 10)) {
    case 0: case 1: case 2: case 3: return dot(m, at, TEQ_QKIND_CONV, false);
    case 4: case 5: return dot(m, at, TEQ_QKIND_DEPTHWISE, false);
    case 6: return dot(m, at, TEQ_QKIND_POOL, false);
    case 7: return maxpool(m, at);
    case 8: return dot(m, pad(m, at), TEQ_QKIND_CONV, false);
    default: return fork_join(m, at);
    }
}

/* A network without layers; net NULL: no memory. */
static maker begin(uint64_t *state, const char *name, const teq_target *target, const random_qnet_options *o)
{
    maker m = {.state = state, .net = calloc(1, sizeof *m.net), .o = o};
    if (m.net) {
        m.net->name = copy(name);
        m.net->target = *target;
        m.net->input_terms = 1;
    }
    return m;
}

teq_qnet *random_qnet(uint64_t *state, const teq_target *target, const random_qnet_options *options)
{
    maker m = begin(state, "random", target, options);
    teq_qnet *net = m.net;
    if (!net)
        return NULL;
    const bool is_signed = one_in(&m, 3), is_flat = one_in(&m, 3);
    const int c = range(&m, 1, options->channels), h = range(&m, 1, options->size), w = range(&m, 1, options->size);
    int at = add_tensor(&m, c, h, w, code_bits(&m, is_signed), is_signed, -1);
    for (int i = 0; i < options->steps && !m.failed; i++)
        at = options->depthwise_only ? dot(&m, at, i % 2 ? TEQ_QKIND_DEPTHWISE : TEQ_QKIND_CONV, false) : any_step(&m, at);
    if (!m.failed && is_flat)
        at = flatten(&m, at);
    if (!m.failed)
        dot(&m, at, !is_flat && one_in(&m, 3) ? TEQ_QKIND_CONV : TEQ_QKIND_DENSE, true);
    if (!m.failed)
        return net;
    teq_qnet_free(net);
    return NULL;
}

/* A square window with the padding that TensorFlow calls SAME. */
static int same_layer(maker *m, int in, teq_qkind kind, int n_out, int k, int stride)
{
    teq_qlayer *l = add_step(m, TEQ_QOP_DOT, in, kind == TEQ_QKIND_DEPTHWISE ? "dw" : kind == TEQ_QKIND_POOL ? "pool" : "conv");
    if (!l)
        return in;
    l->kind = kind;
    l->kh = l->kw = k;
    l->sh = l->sw = stride;
    const int pads = kind == TEQ_QKIND_POOL ? 0 : (l->h + stride - 1) / stride * stride - stride + k - l->h;
    l->pt = l->pl = pads > 0 ? pads / 2 : 0;
    l->pb = l->pr = pads > 0 ? pads - l->pt : 0;
    out_size(l);
    l->group = kind == TEQ_QKIND_CONV ? 1 : l->c;
    l->n_out = n_out;
    l->k = (size_t)(l->c / l->group) * (size_t)(k * k);
    l->out = add_tensor(m, n_out, l->oh, l->ow, code_bits(m, false), false, m->net->n_steps - 1);
    fill_weights(m, l, kind == TEQ_QKIND_POOL);
    fill_tables(m, l);
    return l->out;
}

teq_qnet *random_mobilenet(uint64_t *state, const teq_target *target, int size)
{
    static const struct {
        int n_out, stride;
    } block[] = {{16, 1}, {32, 2}, {32, 1}, {64, 2}, {64, 1}, {128, 2}, {128, 1}, {128, 1}, {128, 1}, {128, 1}, {128, 1}, {256, 2}, {256, 1}};
    const random_qnet_options o = {.channels = 2, .depthwise_only = true};
    maker m = begin(state, "mobilenet", target, &o);
    teq_qnet *net = m.net;
    if (!net)
        return NULL;
    int at = same_layer(&m, add_tensor(&m, 3, size, size, code_bits(&m, false), false, -1), TEQ_QKIND_CONV, 8, 3, 2);
    for (size_t i = 0; i < sizeof block / sizeof *block && !m.failed; i++) {
        at = same_layer(&m, at, TEQ_QKIND_DEPTHWISE, net->tensor[at].c, 3, block[i].stride);
        at = same_layer(&m, at, TEQ_QKIND_CONV, block[i].n_out, 1, 1);
    }
    if (!m.failed)
        at = same_layer(&m, at, TEQ_QKIND_POOL, net->tensor[at].c, net->tensor[at].h, 1);
    teq_qlayer *l = m.failed ? NULL : add_step(&m, TEQ_QOP_DOT, at, "fc");
    if (l) {
        l->kind = TEQ_QKIND_DENSE;
        l->n_out = net->n_classes = 2;
        l->k = (size_t)l->c;
        fill_weights(&m, l, false);
    }
    if (!m.failed)
        return net;
    teq_qnet_free(net);
    return NULL;
}

static int any_depthwise(maker *m, int in)
{
    teq_qlayer *l = add_step(m, TEQ_QOP_DOT, in, "dw");
    if (!l)
        return in;
    l->kind = TEQ_QKIND_DEPTHWISE;
    window(m, l, 5, true);
    channels(m, l);
    l->k = (size_t)(l->kh * l->kw);
    const int out = add_tensor(m, l->n_out, l->oh, l->ow, code_bits(m, false), false, m->net->n_steps - 1);
    l->out = out;
    fill_weights(m, l, false);
    fill_tables(m, l);
    return out;
}

teq_qnet *random_separable(uint64_t *state, const teq_target *target)
{
    const random_qnet_options o = {.channels = 6, .depthwise_only = true};
    maker m = begin(state, "separable", target, &o);
    teq_qnet *net = m.net;
    if (!net)
        return NULL;
    const int channels_in = range(&m, 3, 12), slow = range(&m, 16, 40), fast = range(&m, 2, 7);
    const bool is_upright = one_in(&m, 2);
    int at = add_tensor(&m, channels_in, is_upright ? slow : fast, is_upright ? fast : slow, code_bits(&m, false), false, -1);
    for (int i = 0; i < 2 && !m.failed; i++) {
        at = any_depthwise(&m, at);
        if (!m.failed)
            at = same_layer(&m, at, TEQ_QKIND_CONV, range(&m, 3, 12), 1, 1);
    }
    if (!m.failed)
        dot(&m, at, TEQ_QKIND_CONV, true);
    if (!m.failed)
        return net;
    teq_qnet_free(net);
    return NULL;
}

void random_qnet_input(uint64_t *state, const teq_qnet *net, size_t n, uint8_t *codes)
{
    const teq_qtensor *t = &net->tensor[net->input];
    const unsigned m = (1u << t->n) - 1u, zero = is_int(net) ? 0 : m;
    for (size_t i = 0; i < n * t->size; i++) {
        const unsigned e = draw(state) & m, s = t->is_signed && e != zero ? draw(state) & 1u : 0;
        codes[i] = (uint8_t)(s << t->n | e);
    }
}
