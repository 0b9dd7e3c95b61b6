/* SPDX-License-Identifier: Apache-2.0 */
#include "polish.h"

#include "kernel.h"
#include "random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CODES ((size_t)64 << 20)

/* --- rows ------------------------------------------------------------------------------ */

static size_t scatter(size_t i) /* where within its stratum a row is taken */
{
    uint64_t state = i * 0x9e3779b97f4a7c15u;
    return (size_t)teq_random_next(&state);
}

static void take_row(const quant_state *s, int step, const float *z, size_t sample, size_t pixel, size_t r,
                     polish_rows *rows, const float *res_value)
{
    const teq_qlayer *g = &s->net->step[step];
    const teq_qtensor *in = &s->net->tensor[g->in[0]];
    const uint8_t *codes = s->codes[g->in[0]] + sample * in->size;
    size_t pixels = (size_t)g->oh * (size_t)g->ow;
    int oy = (int)pixel / g->ow, ox = (int)pixel % g->ow;
    uint8_t zero = (uint8_t)(s->net->target.arith == TEQ_ARITH_INT ? 0 : (1 << in->n) - 1);
    uint8_t *to = rows->code + r;
    for (int c = 0; c < g->c; c++)
        for (int ky = 0; ky < g->kh; ky++)
            for (int kx = 0; kx < g->kw; kx++, to += rows->n) {
                int y = oy * g->sh - g->pt + ky * g->dh, x = ox * g->sw - g->pl + kx * g->dw;
                *to = y >= 0 && x >= 0 && y < g->h && x < g->w ? codes[(c * g->h + y) * g->w + x] : zero;
            }
    for (size_t o = 0; o < (size_t)g->n_out; o++) {
        size_t at = (sample * (size_t)g->n_out + o) * pixels + pixel;
        float v = rows->res ? res_value[s->codes[g->res][at]] : 0;
        rows->z[o * rows->n + r] = z[at] - v;
        if (rows->res)
            rows->res[o * rows->n + r] = v;
    }
}

bool teq_polish_rows(const quant_state *s, int step, const float *z, size_t most, polish_rows *rows)
{
    const teq_qlayer *g = &s->net->step[step];
    size_t pixels = (size_t)g->oh * (size_t)g->ow, n_out = (size_t)g->n_out, n = s->n * pixels;
    *rows = (polish_rows){.total = n, .columns = (size_t)g->group * g->k};
    n = n < most ? n : most;
    if (n * rows->columns > MAX_CODES)
        n = MAX_CODES / rows->columns;
    rows->n = n;
    rows->code = malloc(n * rows->columns);
    rows->z = malloc(n_out * n * sizeof *rows->z);
    rows->res = g->res >= 0 ? malloc(n_out * n * sizeof *rows->res) : NULL;
    if (n == 0 || !rows->code || !rows->z || (g->res >= 0 && !rows->res)) {
        teq_polish_free(rows);
        return false;
    }
    float res_value[256];
    if (g->res >= 0)
        teq_tensor_values(s->net, &s->net->tensor[g->res], res_value);
    for (size_t r = 0; r < n; r++) {
        size_t from = r * rows->total / n, to = (r + 1) * rows->total / n;
        size_t row = from + scatter(r) % (to - from);
        take_row(s, step, z, row / pixels, row % pixels, r, rows, res_value);
    }
    return true;
}

void teq_polish_free(polish_rows *rows)
{
    free(rows->code);
    free(rows->z);
    free(rows->res);
    *rows = (polish_rows){0};
}

/* --- one channel ------------------------------------------------------------------------- */

typedef struct channel {
    const quant_state *s;
    const plan_step *ps;
    const polish_rows *rows;
    const weight_book *book;
    const uint8_t *code;      /* k * n, of the channel's group                            */
    const float *z, *res, *w;
    size_t k, n;
    int bins;                 /* input codes                                              */
    float *product;           /* [level][bin], signed, units of the accumulator           */
    float input[256];         /* decoded input code, units of its alpha                   */
    double unit;              /* alpha_in / teq_product_unit: slope = alpha * unit        */
    double *t;                /* n: sums                                                  */
    float *weight, *e;        /* n: weight of a row, weight * (z - slope t)               */
    double slope, offset, total_weight, sum_e, ridge;
    const row_problem *of;    /* its bound and prices                                    */
} channel;

/* What the book's levels make of every input code. */
static void fill_products(channel *c, int step)
{
    const teq_qnet *net = c->s->net;
    const teq_qlayer *l = &net->step[step];
    const teq_qtensor *in = &net->tensor[l->in[0]];
    bool is_int = net->target.arith == TEQ_ARITH_INT;
    int mask = (1 << in->n) - 1;
    for (int byte = 0; byte < c->bins; byte++) {
        int e = byte & mask;
        double v = is_int ? e : e == mask ? 0 : exp2(-e * in->step48 / 48.0);
        c->input[byte] = (float)(byte >> in->n ? -v : v);
    }
    for (int j = 0; j < c->book->count; j++)
        for (int byte = 0; byte < c->bins; byte++) {
            int64_t p = 0;
            for (int term = 0; term < l->terms; term++) {
                int code = c->book->code[j][term], e = code & ((1 << l->n_w) - 1);
                int64_t one = teq_qlayer_product(net, l, e, byte & mask);
                p += code >> l->n_w ? -one : one;
            }
            c->product[j * c->bins + byte] = (float)(byte >> in->n ? -p : p);
        }
}

static void fill_sums(channel *c, const int *level)
{
    memset(c->t, 0, c->n * sizeof *c->t);
    for (size_t i = 0; i < c->k; i++) {
        const float *p = c->product + level[i] * c->bins;
        const uint8_t *code = c->code + i * c->n;
        for (size_t r = 0; r < c->n; r++)
            c->t[r] += (double)p[code[r]];
    }
}

/* Slope and offset for the codes as they are, with the ridge's pull on alpha. */
static void fit_line(channel *c, const int *level)
{
    double sw = 0, st = 0, sz = 0, stt = 0, stz = 0, vw = 0, vv = 0;
    for (size_t r = 0; r < c->n; r++) {
        double w = (double)c->weight[r], t = c->t[r], z = (double)c->z[r];
        sw += w;
        st += w * t, sz += w * z;
        stt += w * t * t, stz += w * t * z;
    }
    for (size_t i = 0; i < c->k; i++) {
        double v = c->book->value[level[i]];
        vw += v * (double)c->w[i];
        vv += v * v;
    }
    /* ridge (w - (slope / unit) v)^2 */
    double a = stt - st * st / sw + c->ridge * vv / (c->unit * c->unit), b = stz - st * sz / sw + c->ridge * vw / c->unit;
    if (a > 0 && b > 0)
        c->slope = b / a;
    c->offset = (sz - c->slope * st) / sw;
    c->total_weight = sw;
}

static void fill_errors(channel *c)
{
    c->sum_e = 0;
    for (size_t r = 0; r < c->n; r++) {
        c->e[r] = c->weight[r] * (float)((double)c->z[r] - c->slope * c->t[r] - c->offset);
        c->sum_e += (double)c->e[r];
    }
}

/* Chance that Relu lets the row through: targets within the error's spread of zero count in part. */
static void fill_weights(channel *c)
{
    double ss = 0;
    bool relu = c->ps->act != TEQ_ACT_NONE && !(c->ps->act == TEQ_ACT_CLIP && c->ps->lo < 0);
    for (size_t r = 0; r < c->n; r++) {
        double d = (double)c->z[r] - c->slope * c->t[r] - c->offset;
        ss += d * d;
    }
    double sigma = sqrt(ss / (double)c->n) + 1e-12;
    for (size_t r = 0; r < c->n; r++) {
        double z = (double)c->z[r] + (c->res ? (double)c->res[r] : 0);
        c->weight[r] = relu ? (float)(0.05 + 0.95 * 0.5 * erfc(-z / sigma / sqrt(2.0))) : 1.0f;
    }
}

/* Sums of weight and of e by input code; two sets of bins, so that a code that comes
 * twice in a row does not wait for itself. */
static void histogram(const channel *c, const uint8_t *code, double *weight, double *e)
{
    float bin[2][256][2];
    memset(bin, 0, sizeof bin);
    size_t r = 0;
    for (; r + 1 < c->n; r += 2) {
        float *a = bin[0][code[r]], *b = bin[1][code[r + 1]];
        a[0] += c->weight[r], a[1] += c->e[r];
        b[0] += c->weight[r + 1], b[1] += c->e[r + 1];
    }
    if (r < c->n) {
        bin[0][code[r]][0] += c->weight[r];
        bin[0][code[r]][1] += c->e[r];
    }
    for (int b = 0; b < c->bins; b++) {
        weight[b] = (double)bin[0][b][0] + (double)bin[1][b][0];
        e[b] = (double)bin[0][b][1] + (double)bin[1][b][1];
    }
}

/* Change of the whole error if weight i goes from one level to another. */
static double gain(const channel *c, size_t i, int from, int to, const double *weight, const double *e)
{
    const float *p = c->product + to * c->bins, *q = c->product + from * c->bins;
    double sd = 0, sdd = 0, sed = 0;
    for (int b = 0; b < c->bins; b++) {
        double d = (double)(p[b] - q[b]);
        sd += weight[b] * d;
        sdd += weight[b] * d * d;
        sed += e[b] * d;
    }
    double var = sdd - sd * sd / c->total_weight, cov = sed - c->sum_e * sd / c->total_weight;
    double alpha = c->slope / c->unit, step = alpha * (c->book->value[to] - c->book->value[from]);
    double rest = (double)c->w[i] - alpha * c->book->value[from];
    double more = teq_row_price(c->book, c->of, i, to) - teq_row_price(c->book, c->of, i, from);
    more *= c->total_weight / (double)c->rows->total; /* of rows that are seen */
    return c->slope * (c->slope * var - 2 * cov) + c->ridge * step * (step - 2 * rest) + more;
}

static int best_level(const channel *c, size_t i, int from, double room, const double *weight, const double *e)
{
    /* where the line through the input's values would put it */
    double sx = 0, sxx = 0, sex = 0;
    for (int b = 0; b < c->bins; b++) {
        double x = (double)c->input[b];
        sx += weight[b] * x;
        sxx += weight[b] * x * x;
        sex += e[b] * x;
    }
    double var = sxx - sx * sx / c->total_weight, cov = sex - c->sum_e * sx / c->total_weight;
    double per = c->slope * teq_product_unit(c->s->net); /* of one unit of v at x = 1 */
    int at = from;
    if (var > 0 && per > 0)
        at = teq_book_nearest(c->book, c->book->value[from] + cov / (var * per));
    const int centre[3] = {at, from, c->book->zero}, centres = c->of->price ? 3 : 2;
    int best = from;
    double best_gain = -1e-9 * c->slope * c->slope * c->total_weight;
    for (int near = 0; near < centres; near++) {
        const int reach = near < 2 ? 3 : 0;
        for (int to = centre[near] - reach; to <= centre[near] + reach; to++) {
            if (to < 0 || to >= c->book->count || to == from ||
                (double)c->book->cost[to] - (double)c->book->cost[from] > room)
                continue;
            double g = gain(c, i, from, to, weight, e);
            if (g < best_gain) {
                best_gain = g;
                best = to;
            }
        }
    }
    return best;
}

static void move(channel *c, size_t i, int from, int to)
{
    const float *p = c->product + to * c->bins, *q = c->product + from * c->bins;
    const uint8_t *code = c->code + i * c->n;
    float d[256];
    for (int b = 0; b < c->bins; b++)
        d[b] = p[b] - q[b];
    c->sum_e = 0;
    float slope = (float)c->slope;
    for (size_t r = 0; r < c->n; r++) {
        float x = d[code[r]];
        c->t[r] += (double)x;
        c->e[r] -= c->weight[r] * slope * x;
        c->sum_e += (double)c->e[r];
    }
}

double teq_polish_row(const quant_state *s, int step, const polish_rows *rows, const weight_book *book, size_t o,
                      double ridge, const row_problem *of, int passes, double alpha, int *level)
{
    const plan_step *ps = &s->p->step[step];
    const teq_qlayer *l = &s->net->step[step];
    const teq_qtensor *in = &s->net->tensor[l->in[0]];
    size_t k = l->k, group = o / (size_t)(l->n_out / l->group);
    channel c = {.s = s, .ps = ps, .rows = rows, .book = book, .k = k, .n = rows->n,
                 .code = rows->code + group * k * rows->n, .z = rows->z + o * rows->n,
                 .res = rows->res ? rows->res + o * rows->n : NULL, .w = ps->w + o * k,
                 .bins = 1 << (in->n + (in->is_signed ? 1 : 0)), .unit = in->alpha / teq_product_unit(s->net),
                 .ridge = ridge * (double)rows->n / (double)rows->total, .of = of};
    c.product = malloc((size_t)book->count * (size_t)c.bins * sizeof *c.product);
    c.t = malloc(c.n * sizeof *c.t);
    c.weight = malloc(c.n * sizeof *c.weight);
    c.e = malloc(c.n * sizeof *c.e);
    if (c.product && c.t && c.weight && c.e) {
        double total = 0;
        for (size_t i = 0; i < k; i++)
            total += (double)book->cost[level[i]];
        fill_products(&c, step);
        fill_sums(&c, level);
        for (size_t r = 0; r < c.n; r++)
            c.weight[r] = 1;
        c.slope = alpha * c.unit;
        fit_line(&c, level);
        fill_weights(&c);
        for (int pass = 0; pass < passes; pass++) {
            int changed = 0;
            double weight[256], e[256];
            fit_line(&c, level);
            fill_errors(&c);
            for (size_t i = 0; i < k; i++) {
                histogram(&c, c.code + i * c.n, weight, e);
                int to = best_level(&c, i, level[i], of->bound - total, weight, e);
                if (to == level[i])
                    continue;
                move(&c, i, level[i], to);
                total += (double)book->cost[to] - (double)book->cost[level[i]];
                level[i] = to;
                changed++;
            }
            if (changed == 0)
                break;
        }
        fit_line(&c, level);
        alpha = c.slope / c.unit;
    }
    free(c.product);
    free(c.t);
    free(c.weight);
    free(c.e);
    return alpha;
}
