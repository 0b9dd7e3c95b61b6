/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/alloc.h -- bits to tensors: the least error for a number of bits.
 *
 * Each item (a tensor or a layer's weights) has options, each with its stored bits and
 * the error that it brings. Errors add. For a price lambda, an item takes the option
 * with the least error + lambda * bits; all items at one price are on the lower hull of
 * what can be had (Everett, Operations Research 11, 1963).
 */
#ifndef TEQ_ALLOC_H
#define TEQ_ALLOC_H

#include <stddef.h>

typedef struct teq_alloc_option {
    double bits, error; /* >= 0, finite */
} teq_alloc_option;

typedef struct teq_alloc_item {
    int n_options;                  /* >= 1 */
    const teq_alloc_option *option;
    int chosen;                     /* out  */
} teq_alloc_item;

/* Choose for one price >= 0. Ties go to fewer bits, then to the first. Returns the bits. */
double teq_allocate(teq_alloc_item *item, size_t n, double lambda);

/* Choose for a budget: the price is searched, then what is left over is spent where it
 * takes away most error for its bits. If even the cheapest options exceed the budget,
 * they are chosen. Returns the bits. */
double teq_allocate_budget(teq_alloc_item *item, size_t n, double budget);

/* Sum of the chosen options' errors. */
double teq_allocate_error(const teq_alloc_item *item, size_t n);

#endif
