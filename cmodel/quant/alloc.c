/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/alloc.h"

#include <math.h>

double teq_allocate(teq_alloc_item *item, size_t n, double lambda)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        int best = 0;
        for (int k = 1; k < item[i].n_options; k++) {
            const teq_alloc_option *a = &item[i].option[k], *b = &item[i].option[best];
            double ca = a->error + lambda * a->bits, cb = b->error + lambda * b->bits;
            if (ca < cb || (ca == cb && a->bits < b->bits))
                best = k;
        }
        item[i].chosen = best;
        total += item[i].option[best].bits;
    }
    return total;
}

/* The single change that buys most for its bits and still fits. */
static int spend(teq_alloc_item *item, size_t n, double left, size_t *which)
{
    double best = 0;
    int option = -1;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < item[i].n_options; k++) {
            double bits = item[i].option[k].bits - item[i].option[item[i].chosen].bits;
            double gain = item[i].option[item[i].chosen].error - item[i].option[k].error;
            if (gain <= 0 || bits > left)
                continue;
            double rate = gain / fmax(bits, 1e-3);
            if (rate > best) {
                best = rate;
                option = k;
                *which = i;
            }
        }
    return option;
}

double teq_allocate_budget(teq_alloc_item *item, size_t n, double budget)
{
    double lo = 0, hi = 1e-12;
    if (teq_allocate(item, n, 0) <= budget)
        return teq_allocate(item, n, 0);
    while (hi < 1e30 && teq_allocate(item, n, hi) > budget)
        hi *= 10;
    for (int i = 0; i < 100; i++) {
        double mid = (lo + hi) / 2;
        if (teq_allocate(item, n, mid) > budget)
            lo = mid;
        else
            hi = mid;
    }
    double bits = teq_allocate(item, n, hi);
    size_t which = 0;
    for (int k; (k = spend(item, n, budget - bits, &which)) >= 0;) {
        bits += item[which].option[k].bits - item[which].option[item[which].chosen].bits;
        item[which].chosen = k;
    }
    return bits;
}

double teq_allocate_error(const teq_alloc_item *item, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += item[i].option[item[i].chosen].error;
    return sum;
}
