/* SPDX-License-Identifier: Apache-2.0
 *
 * The integer executor: the numbers of docs/number_format.md sections 4 to 6.
 *
 * Sums are kept without the constant of the ones' complements (T in teq/requant.h)
 * and modulo 2^32 or 2^16; B_o is corrected by that constant, so u is the RTL's.
 */
#include "kernel.h"
#include "parallel.h"
#include "teq/qnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int zero_code(const teq_qnet *net, int n) { return net->target.arith == TEQ_ARITH_INT ? 0 : (1 << n) - 1; }

static teq_format weight_format(const teq_qlayer *l)
{
    return (teq_format){(uint8_t)l->n_w, (uint8_t)l->K, (uint8_t)l->t_w, true};
}

static teq_format input_format(const teq_qnet *net, const teq_qlayer *l)
{
    const teq_qtensor *t = &net->tensor[l->in[0]];
    return (teq_format){(uint8_t)t->n, (uint8_t)l->K, (uint8_t)l->t_a, t->is_signed};
}

uint32_t teq_qlayer_product(const teq_qnet *net, const teq_qlayer *l, int e_w, int e_a)
{
    const teq_target *target = &net->target;
    if (target->arith == TEQ_ARITH_INT)
        return (uint32_t)(e_w * e_a);
    int n_a = net->tensor[l->in[0]].n;
    if (e_w == zero_code(net, l->n_w) || e_a == zero_code(net, n_a))
        return 0;
    if (target->arith == TEQ_ARITH_EXACT) {
        int octaves48 = (e_w << l->t_w) * (48 / l->K) + (e_a << l->t_a) * (48 / l->K);
        return (uint32_t)lround(ldexp(exp2(-octaves48 / 48.0), target->caps.pw));
    }
    unsigned ws, as;
    teq_format fw = weight_format(l), fa = input_format(net, l);
    if (!teq_layer_shifts(&target->caps, fw, fa, &ws, &as, NULL))
        return 0;
    return teq_product(&target->caps, teq_weight_word(&target->caps, fw, ws, (uint8_t)e_w),
                       teq_act_word(&target->caps, fa, as, (uint8_t)e_a));
}

/* --- what a layer needs at run time, worked out once ---------------------------------- */

typedef struct prep {
    const teq_qlayer *l;
    int n_in;            /* bits of the input code                                */
    bool wide;           /* 32-bit sums                                           */
    bool multiply;       /* INT                                                   */
    uint32_t *table;     /* [e_w][input byte]: signed product                     */
    uint32_t *b;         /* n_out: B_o plus the constant                          */
    teq_use *use;        /* of channel 0 first; out is relative to the group      */
    size_t *first_use;   /* c + 1                                                 */
    uint8_t *next;       /* next[y + 32768]: code                                 */
    int16_t d[256];      /* by residual byte                                      */
    int ph, pw;          /* rows and columns of a phase plane                     */
    size_t plane, length;
} prep;

static void prep_free(prep *p)
{
    free(p->table);
    free(p->b);
    free(p->use);
    free(p->first_use);
    free(p->next);
}

static void fill_next(const teq_qnet *net, const teq_qlayer *l, uint8_t *next)
{
    const teq_qtensor *t = &net->tensor[l->out];
    teq_format f = {(uint8_t)t->n, 1, 0, t->is_signed};
    for (int y = -32768; y <= 32767; y++) {
        if (net->target.arith == TEQ_ARITH_INT) {
            int v = t->is_signed ? abs(y) : y, half = l->int_shift > 0 ? 1 << (l->int_shift - 1) : 0;
            int e = v < 0 ? 0 : (v + half) >> l->int_shift, top = (1 << t->n) - 1;
            e = e > top ? top : e;
            next[y + 32768] = (uint8_t)(e | (t->is_signed && y < 0 && e != 0 ? 1 << t->n : 0));
        } else {
            next[y + 32768] = teq_next_code(l->th, (1u << t->n) - 1u, f, y);
        }
    }
}

/* The list of plane uses, channel by channel. */
static bool fill_uses(const teq_qnet *net, prep *p)
{
    const teq_qlayer *l = p->l;
    int cg = l->c / l->group, og = l->n_out / l->group, taps = l->kh * l->kw;
    p->use = malloc(((size_t)l->n_out * l->k * (size_t)l->terms + 1) * sizeof *p->use);
    p->first_use = malloc(((size_t)l->c + 1) * sizeof *p->first_use);
    if (p->use == NULL || p->first_use == NULL)
        return false;
    size_t n = 0;
    int zero = zero_code(net, l->n_w), mask = (1 << l->n_w) - 1;
    for (int c = 0; c < l->c; c++) {
        p->first_use[c] = n;
        for (int o = c / cg * og; o < (c / cg + 1) * og; o++)
            for (int tap = 0; tap < taps; tap++)
                for (int term = 0; term < l->terms; term++) {
                    size_t i = (size_t)(c % cg) * (size_t)taps + (size_t)tap;
                    int code = l->code[((size_t)o * l->k + i) * (size_t)l->terms + (size_t)term];
                    int e = code & mask, s = code >> l->n_w;
                    if (e == zero)
                        continue;
                    int dy = tap / l->kw * l->dh, dx = tap % l->kw * l->dw;
                    int phase = dy % l->sh * l->sw + dx % l->sw;
                    teq_use *u = &p->use[n++];
                    u->out = o;
                    u->offset = (int32_t)((phase * p->ph + dy / l->sh) * p->pw + dx / l->sw);
                    u->code = (int16_t)(p->multiply ? (s ? -e : e) : e);
                    u->negative = (int16_t)s;
                }
    }
    p->first_use[l->c] = n;
    return true;
}

/* 2^PW - 1 for each negative stored row. */
static void fill_b(const teq_qnet *net, prep *p)
{
    const teq_qlayer *l = p->l;
    bool is_signed = net->tensor[l->in[0]].is_signed;
    int zero = zero_code(net, l->n_w), mask = (1 << l->n_w) - 1;
    size_t row = l->k * (size_t)l->terms;
    for (int o = 0; o < l->n_out; o++) {
        uint32_t negative = 0;
        for (size_t i = 0; i < row; i++) {
            int code = l->code[(size_t)o * row + i];
            if ((code & mask) != zero && (is_signed || code >> l->n_w))
                negative++;
        }
        p->b[o] = l->q[o].b;
        if (net->target.arith != TEQ_ARITH_INT)
            p->b[o] += negative * ((1u << net->target.caps.pw) - 1u);
    }
}

static bool prep_init(const teq_qnet *net, const teq_qlayer *l, prep *p)
{
    *p = (prep){.l = l, .n_in = net->tensor[l->in[0]].n};
    p->multiply = net->target.arith == TEQ_ARITH_INT;
    p->wide = p->multiply || net->target.caps.acc_w > 16;
    p->ph = l->oh + ((l->kh - 1) * l->dh) / l->sh;
    p->pw = l->ow + ((l->kw - 1) * l->dw) / l->sw;
    p->plane = (size_t)(l->sh * l->sw) * (size_t)p->ph * (size_t)p->pw;
    p->length = (size_t)(l->oh - 1) * (size_t)p->pw + (size_t)l->ow;
    int levels = 1 << l->n_w;
    p->table = malloc((size_t)levels * 256 * sizeof *p->table);
    p->b = malloc((size_t)l->n_out * sizeof *p->b);
    if (p->table == NULL || p->b == NULL || !fill_uses(net, p))
        return false;
    for (int e_w = 0; e_w < levels; e_w++)
        for (int byte = 0; byte < 256; byte++) {
            int e_a = byte & ((1 << p->n_in) - 1);
            uint32_t v = p->multiply ? (uint32_t)e_a : teq_qlayer_product(net, l, e_w, e_a);
            p->table[e_w * 256 + byte] = byte >> p->n_in ? 0u - v : v;
            if (p->multiply && e_w > 0)
                break;
        }
    fill_b(net, p);
    if (l->out >= 0) {
        p->next = malloc(65536);
        if (p->next == NULL)
            return false;
        fill_next(net, l, p->next);
    }
    if (l->res >= 0) {
        const teq_qtensor *r = &net->tensor[l->res];
        for (int byte = 0; byte < 256; byte++) {
            int e = byte & ((1 << r->n) - 1);
            int v = e == zero_code(net, r->n) ? 0 : l->d[e];
            p->d[byte] = (int16_t)(byte >> r->n ? -v : v);
        }
    }
    return true;
}

/* --- one sample of a dot-product layer -------------------------------------------------- */

typedef struct scratch {
    uint8_t *codes;
    void *planes;
    void *acc;
    uint8_t built[256];
} scratch;

static void scratch_free(scratch *s)
{
    free(s->codes);
    free(s->planes);
    free(s->acc);
}

static bool scratch_init(const prep *p, scratch *s)
{
    size_t width = p->wide ? 4 : 2, levels = p->multiply ? 1 : (size_t)1 << p->l->n_w;
    s->codes = malloc(p->plane);
    s->planes = malloc(levels * p->plane * width);
    s->acc = malloc((size_t)p->l->n_out * p->length * width);
    return s->codes && s->planes && s->acc;
}

/* One channel's codes, padded, and split by the strides into phases. */
static void spread(const teq_qnet *net, const prep *p, const uint8_t *channel, uint8_t *codes)
{
    const teq_qlayer *l = p->l;
    memset(codes, zero_code(net, p->n_in), p->plane);
    for (int y = 0; y < l->h; y++) {
        int py = y + l->pt, row = py % l->sh * l->sw * p->ph + py / l->sh;
        if (py / l->sh >= p->ph)
            break;
        if (l->sw == 1) {
            int fits = p->pw - l->pl < l->w ? p->pw - l->pl : l->w;
            if (fits > 0)
                memcpy(codes + row * p->pw + l->pl, channel + y * l->w, (size_t)fits);
            continue;
        }
        for (int phase = 0; phase < l->sw; phase++) {
            /* columns x with (x + pl) % sw == phase go side by side */
            int x = (phase - l->pl % l->sw + l->sw) % l->sw;
            uint8_t *to = codes + (row + phase * p->ph) * p->pw;
            for (int px = (x + l->pl) / l->sw; x < l->w && px < p->pw; x += l->sw, px++)
                to[px] = channel[y * l->w + x];
        }
    }
}

static void build_plane(const prep *p, scratch *s, int e)
{
    const uint32_t *table = p->table + e * 256;
    if (p->wide) {
        uint32_t *plane = (uint32_t *)s->planes + (size_t)e * p->plane;
        for (size_t j = 0; j < p->plane; j++)
            plane[j] = table[s->codes[j]];
    } else {
        uint16_t *plane = (uint16_t *)s->planes + (size_t)e * p->plane;
        for (size_t j = 0; j < p->plane; j++)
            plane[j] = (uint16_t)table[s->codes[j]];
    }
}

static void sums(const teq_qnet *net, const prep *p, const uint8_t *in, scratch *s)
{
    const teq_qlayer *l = p->l;
    memset(s->acc, 0, (size_t)l->n_out * p->length * (p->wide ? 4 : 2));
    for (int c = 0; c < l->c; c++) {
        const teq_use *use = p->use + p->first_use[c];
        size_t n = p->first_use[c + 1] - p->first_use[c];
        spread(net, p, in + (size_t)c * (size_t)(l->h * l->w), s->codes);
        if (p->multiply) {
            build_plane(p, s, 0);
            teq_kernel_mul32(s->acc, p->length, s->planes, use, n, p->length);
            continue;
        }
        memset(s->built, 0, sizeof s->built);
        for (size_t i = 0; i < n; i++)
            if (!s->built[use[i].code]) {
                s->built[use[i].code] = 1;
                build_plane(p, s, use[i].code);
            }
        if (p->wide)
            teq_kernel_sum32(s->acc, p->length, s->planes, p->plane, use, n, p->length);
        else
            teq_kernel_sum16(s->acc, p->length, s->planes, p->plane, use, n, p->length);
    }
}

static void finish(const teq_qnet *net, const prep *p, const scratch *s, const uint8_t *res, uint8_t *out,
                   int16_t *words, int32_t *u_out)
{
    const teq_qlayer *l = p->l;
    unsigned acc_w = net->target.caps.acc_w;
    size_t pixel = 0;
    for (int o = 0; o < l->n_out; o++) {
        const teq_requant *q = &l->q[o];
        for (int oy = 0; oy < l->oh; oy++)
            for (int ox = 0; ox < l->ow; ox++, pixel++) {
                size_t j = (size_t)o * p->length + (size_t)oy * (size_t)p->pw + (size_t)ox;
                uint32_t t = p->wide ? ((uint32_t *)s->acc)[j] : ((uint16_t *)s->acc)[j];
                int32_t u = teq_sx(acc_w, t + p->b[o]);
                if (u_out != NULL)
                    u_out[pixel] = u;
                if (out == NULL && words == NULL)
                    continue;
                int32_t y = teq_requant_y0(q, u);
                if (res != NULL)
                    y = teq_sat((int64_t)y + p->d[res[pixel]]);
                if (words != NULL)
                    words[pixel] = (int16_t)y;
                if (out != NULL)
                    out[pixel] = p->next[y + 32768];
            }
    }
}

/* --- the steps that only move codes ------------------------------------------------------ */

/* A number that grows with the value. */
static int order(const teq_qnet *net, const teq_qtensor *t, uint8_t code)
{
    int e = code & ((1 << t->n) - 1), level = net->target.arith == TEQ_ARITH_INT ? e : (1 << t->n) - 1 - e;
    return code >> t->n ? -level : level;
}

static void maxpool(const teq_qnet *net, const teq_qlayer *l, const uint8_t *in, uint8_t *out)
{
    const teq_qtensor *t = &net->tensor[l->in[0]];
    for (int c = 0; c < l->c; c++)
        for (int oy = 0; oy < l->oh; oy++)
            for (int ox = 0; ox < l->ow; ox++) {
                int best = -1000;
                uint8_t best_code = 0;
                for (int ky = 0; ky < l->kh; ky++)
                    for (int kx = 0; kx < l->kw; kx++) {
                        int y = oy * l->sh - l->pt + ky, x = ox * l->sw - l->pl + kx;
                        if (y < 0 || x < 0 || y >= l->h || x >= l->w)
                            continue;
                        uint8_t code = in[((size_t)c * (size_t)l->h + (size_t)y) * (size_t)l->w + (size_t)x];
                        if (order(net, t, code) > best) {
                            best = order(net, t, code);
                            best_code = code;
                        }
                    }
                *out++ = best_code;
            }
}

static void pad(const teq_qnet *net, const teq_qlayer *l, const uint8_t *in, uint8_t *out)
{
    memset(out, zero_code(net, net->tensor[l->in[0]].n), (size_t)l->n_out * (size_t)l->oh * (size_t)l->ow);
    for (int c = 0; c < l->c; c++)
        for (int y = 0; y < l->h; y++)
            memcpy(out + ((size_t)c * (size_t)l->oh + (size_t)(y + l->pt)) * (size_t)l->ow + l->pl,
                   in + ((size_t)c * (size_t)l->h + (size_t)y) * (size_t)l->w, (size_t)l->w);
}

static void move(const teq_qnet *net, const teq_qlayer *l, const uint8_t *const *in, uint8_t *out)
{
    if (l->op == TEQ_QOP_MAXPOOL) {
        maxpool(net, l, in[0], out);
    } else if (l->op == TEQ_QOP_PAD) {
        pad(net, l, in[0], out);
    } else {
        for (int i = 0; i < l->n_in; i++) {
            size_t size = net->tensor[l->in[i]].size;
            memcpy(out, in[i], size);
            out += size;
        }
    }
}

/* --- all samples ---------------------------------------------------------------------------- */

typedef struct step_job {
    const teq_qnet *net;
    const prep *p;
    const uint8_t *const *in;
    const uint8_t *res;
    uint8_t *out;
    int16_t *words;
    int32_t *u;
    scratch *s;
    size_t n;
    int done;
} step_job;

static void step_body(void *context, size_t sample, int worker)
{
    step_job *j = context;
    const teq_qlayer *l = j->p->l;
    size_t in_size = j->net->tensor[l->in[0]].size, pixels = (size_t)l->n_out * (size_t)l->oh * (size_t)l->ow;
    scratch *s = &j->s[worker];
    sums(j->net, j->p, j->in[0] + sample * in_size, s);
    finish(j->net, j->p, s, j->res ? j->res + sample * pixels : NULL, j->out ? j->out + sample * pixels : NULL,
           j->words ? j->words + sample * pixels : NULL, j->u ? j->u + sample * pixels : NULL);
}

bool teq_qnet_run_step(const teq_qnet *net, int step, size_t n, const uint8_t *const *in, const uint8_t *res,
                       uint8_t *out, int16_t *words, int32_t *u, int threads, teq_error *err)
{
    const teq_qlayer *l = &net->step[step];
    if (l->op != TEQ_QOP_DOT) {
        const uint8_t **at = malloc((size_t)l->n_in * sizeof *at);
        if (at == NULL)
            return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to run the step", l->name);
        for (size_t i = 0; i < n; i++) {
            for (int j = 0; j < l->n_in; j++)
                at[j] = in[j] + i * net->tensor[l->in[j]].size;
            move(net, l, at, out + i * net->tensor[l->out].size);
        }
        free(at);
        return true;
    }
    prep p;
    int workers = teq_threads(threads);
    if ((size_t)workers > n)
        workers = n > 0 ? (int)n : 1;
    scratch *s = calloc((size_t)workers, sizeof *s);
    bool ok = prep_init(net, l, &p) && s != NULL;
    for (int i = 0; ok && i < workers; i++)
        ok = scratch_init(&p, &s[i]);
    if (ok) {
        step_job job = {.net = net, .p = &p, .in = in, .res = res, .out = l->out >= 0 ? out : NULL,
                        .words = words, .u = u, .s = s, .n = n};
        teq_parallel(n, workers, step_body, &job);
    }
    for (int i = 0; s != NULL && i < workers; i++)
        scratch_free(&s[i]);
    free(s);
    prep_free(&p);
    return ok || teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to run the layer", l->name);
}

/* A whole sample at a time keeps the codes in the cache. */
typedef struct net_job {
    const teq_qnet *net;
    prep *p;
    scratch *s;      /* [worker][step]                 */
    uint8_t **codes; /* [worker][tensor]               */
    const uint8_t *input;
    const teq_qbind *wanted;
    int n_wanted;
    int16_t *words;
} net_job;

static void net_body(void *context, size_t sample, int worker)
{
    net_job *j = context;
    const teq_qnet *net = j->net;
    uint8_t **codes = j->codes + (size_t)worker * (size_t)net->n_tensors;
    scratch *s = j->s + (size_t)worker * (size_t)net->n_steps;
    memcpy(codes[net->input], j->input + sample * net->tensor[net->input].size, net->tensor[net->input].size);
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        if (l->op != TEQ_QOP_DOT) {
            const uint8_t *in[64];
            for (int k = 0; k < l->n_in; k++)
                in[k] = codes[l->in[k]];
            move(net, l, in, codes[l->out]);
            continue;
        }
        sums(net, &j->p[i], codes[l->in[0]], &s[i]);
        finish(net, &j->p[i], &s[i], l->res >= 0 ? codes[l->res] : NULL, l->out >= 0 ? codes[l->out] : NULL,
               l->out < 0 && j->words ? j->words + sample * (size_t)net->n_classes : NULL, NULL);
    }
    for (int i = 0; i < j->n_wanted; i++) {
        size_t size = net->tensor[j->wanted[i].tensor].size;
        memcpy(j->wanted[i].codes + sample * size, codes[j->wanted[i].tensor], size);
    }
}

bool teq_qnet_run(const teq_qnet *net, size_t n, const uint8_t *input, const teq_qbind *wanted, int n_wanted,
                  int16_t *words, const teq_qrun_options *options, teq_error *err)
{
    int workers = teq_threads(options ? options->threads : 0);
    if ((size_t)workers > n)
        workers = n > 0 ? (int)n : 1;
    size_t nt = (size_t)net->n_tensors, ns = (size_t)net->n_steps, nw = (size_t)workers;
    net_job j = {.net = net, .input = input, .wanted = wanted, .n_wanted = n_wanted, .words = words};
    j.p = calloc(ns, sizeof *j.p);
    j.s = calloc(nw * ns, sizeof *j.s);
    j.codes = calloc(nw * nt, sizeof *j.codes);
    bool ok = j.p && j.s && j.codes;
    for (size_t i = 0; ok && i < ns; i++) {
        if (net->step[i].op != TEQ_QOP_DOT)
            continue;
        ok = prep_init(net, &net->step[i], &j.p[i]);
        for (size_t w = 0; ok && w < nw; w++)
            ok = scratch_init(&j.p[i], &j.s[w * ns + i]);
    }
    for (size_t i = 0; ok && i < nw * nt; i++)
        ok = (j.codes[i] = malloc(net->tensor[i % nt].size)) != NULL;
    size_t piece = options && options->progress ? (n + 19) / 20 : n;
    for (size_t first = 0; ok && first < n; first += piece) {
        size_t count = n - first < piece ? n - first : piece;
        net_job part = j;
        part.input = input + first * net->tensor[net->input].size;
        part.words = words ? words + first * (size_t)net->n_classes : NULL;
        teq_qbind *w = malloc(((size_t)n_wanted + 1) * sizeof *w);
        ok = w != NULL;
        for (int i = 0; ok && i < n_wanted; i++)
            w[i] = (teq_qbind){wanted[i].tensor, wanted[i].codes + first * net->tensor[wanted[i].tensor].size};
        part.wanted = w;
        if (ok)
            teq_parallel(count, workers, net_body, &part);
        free(w);
        if (ok && options && options->progress)
            options->progress(options->progress_context, first + count, n);
    }
    for (size_t i = 0; j.s && i < nw * ns; i++)
        scratch_free(&j.s[i]);
    for (size_t i = 0; j.codes && i < nw * nt; i++)
        free(j.codes[i]);
    for (size_t i = 0; j.p && i < ns; i++)
        prep_free(&j.p[i]);
    free(j.p);
    free(j.s);
    free(j.codes);
    return ok || teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to run the network", net->name);
}
