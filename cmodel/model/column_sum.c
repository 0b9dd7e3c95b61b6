/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_column_sum: words of a column, added up modulo 2^ACC_W.
 */
#include "teq/model_tile.h"

uint64_t teq_column_sum(const uint32_t *words, unsigned n_words, unsigned group, unsigned step,
                        uint64_t add, unsigned acc_w)
{
    uint64_t sum = add;
    for (unsigned i = 0; i < n_words; i++)
        sum += (uint64_t)words[i] << step * (i % group);
    return sum & ((UINT64_C(1) << acc_w) - 1u);
}
