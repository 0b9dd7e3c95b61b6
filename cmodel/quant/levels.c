/* SPDX-License-Identifier: Apache-2.0 */
#include "levels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double teq_product_unit(const teq_qnet *net)
{
    const teq_target *t = &net->target;
    return t->arith == TEQ_ARITH_INT     ? 1.0
           : t->arith == TEQ_ARITH_EXACT ? ldexp(1.0, t->caps.pw)
                                         : (double)teq_product_one(&t->caps);
}

/* What products make of one weight exponent; *noise: mean square of what the line leaves. */
static double slope(const teq_qnet *net, const teq_qlayer *l, int e_w, const double *share, double *noise)
{
    const teq_qtensor *t = &net->tensor[l->in[0]];
    int mask = (1 << t->n) - 1;
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    for (int byte = 0; byte < 256; byte++) {
        if (share[byte] <= 0)
            continue;
        int e = byte & mask;
        double x = e == mask ? 0 : exp2(-e * t->step48 / 48.0);
        double y = (double)teq_qlayer_product(net, l, e_w, e) / teq_product_unit(net);
        if (byte >> t->n)
            x = -x, y = -y;
        n += share[byte];
        sx += share[byte] * x, sy += share[byte] * y;
        sxx += share[byte] * x * x, sxy += share[byte] * x * y, syy += share[byte] * y * y;
    }
    double var = n > 0 ? sxx - sx * sx / n : 0;
    *noise = 0;
    if (!(var > 1e-12 * sxx && var > 0))
        return -1;
    double b = (sxy - sx * sy / n) / var;
    *noise = fmax(0, (syy - sy * sy / n - b * b * var) / n);
    return b;
}

typedef struct level {
    double value;
    uint8_t code[2];
    uint32_t cost;
    double noise;
} level;

static int by_value(const void *a, const void *b)
{
    const level *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return memcmp(x->code, y->code, 2);
}

/* One-term levels: sign and exponent; zero once. */
static int one_term(const teq_qnet *net, const teq_qlayer *l, const double *share, level *out)
{
    bool is_int = net->target.arith == TEQ_ARITH_INT;
    int zero = is_int ? 0 : (1 << l->n_w) - 1, n = 0;
    int top = is_int ? (1 << net->tensor[l->in[0]].n) - 1 : 0;
    out[n++] = (level){0, {(uint8_t)zero, (uint8_t)zero}, 0, 0};
    for (int e = 0; e < 1 << l->n_w; e++) {
        if (e == zero)
            continue;
        double noise = 0, v = is_int ? e : exp2(-(e << l->t_w) / (double)l->K);
        if (!is_int && share != NULL && net->target.arith == TEQ_ARITH_SHIFT) {
            double s = slope(net, l, e, share, &noise);
            v = s > 0 ? s : v;
        }
        uint32_t cost = teq_qlayer_product(net, l, e, top);
        out[n++] = (level){v, {(uint8_t)e, (uint8_t)zero}, cost, noise};
        out[n++] = (level){-v, {(uint8_t)(e | 1 << l->n_w), (uint8_t)zero}, cost, noise};
    }
    return n;
}

bool teq_book_make(const teq_qnet *net, const teq_qlayer *l, const double *share, weight_book *book)
{
    *book = (weight_book){0};
    level one[512];
    int n1 = one_term(net, l, share, one), n = n1;
    level *all = malloc(((size_t)n1 + (l->terms == 2 ? (size_t)n1 * (size_t)n1 : 0)) * sizeof *all);
    if (all == NULL)
        return false;
    memcpy(all, one, (size_t)n1 * sizeof *all);
    if (l->terms == 2)
        for (int a = 1; a < n1; a++)
            for (int b = 1; b < n1; b++) {
                double va = one[a].value, vb = one[b].value;
                if (fabs(va) < fabs(vb) || va == -vb)
                    continue; /* the larger magnitude first */
                all[n++] = (level){va + vb, {one[a].code[0], one[b].code[0]}, one[a].cost + one[b].cost,
                                   one[a].noise + one[b].noise};
            }
    qsort(all, (size_t)n, sizeof *all, by_value);
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (kept == 0 || all[i].value - all[kept - 1].value > 1e-9)
            all[kept++] = all[i];
    book->count = kept;
    book->value = malloc((size_t)kept * sizeof *book->value);
    book->code = malloc((size_t)kept * sizeof *book->code);
    book->cost = malloc((size_t)kept * sizeof *book->cost);
    book->noise = malloc((size_t)kept * sizeof *book->noise);
    bool ok = book->value && book->code && book->cost && book->noise;
    for (int i = 0; ok && i < kept; i++) {
        book->value[i] = all[i].value;
        memcpy(book->code[i], all[i].code, 2);
        book->cost[i] = all[i].cost;
        book->noise[i] = all[i].noise;
        book->is_noisy = book->is_noisy || all[i].noise > 0;
    }
    if (ok) {
        book->top = book->value[kept - 1];
        book->zero = teq_book_nearest(book, 0);
    }
    free(all);
    return ok;
}

void teq_book_free(weight_book *book)
{
    free(book->value);
    free(book->code);
    free(book->cost);
    free(book->noise);
    *book = (weight_book){0};
}

int teq_book_nearest(const weight_book *book, double v)
{
    int lo = 0, hi = book->count - 1;
    while (hi - lo > 1) {
        int mid = (lo + hi) / 2;
        if (book->value[mid] <= v)
            lo = mid;
        else
            hi = mid;
    }
    double below = v - book->value[lo], above = book->value[hi] - v;
    return above < below || (above == below && book->value[hi] > 0) ? hi : lo;
}
