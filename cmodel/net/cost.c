/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/cost.h"

uint64_t teq_layer_pass_rows(const teq_qnet *net, const teq_qlayer *l, int cols)
{
    int og = l->n_out / l->group, groups = (cols + og - 1) / og;
    groups = groups < l->group ? groups : l->group;
    return (uint64_t)groups * teq_qlayer_n_rows(net, l);
}

uint64_t teq_layer_cycles(const teq_qnet *net, const teq_qlayer *l, int rows, int cols)
{
    if (l->op != TEQ_QOP_DOT)
        return 0;
    uint64_t r = (uint64_t)rows, passes = ((uint64_t)l->n_out + (uint64_t)cols - 1) / (uint64_t)cols;
    uint64_t tiles = (teq_layer_pass_rows(net, l, cols) + r - 1) / r, load = (uint64_t)cols / 2, cycles = 0;
    uint64_t left = (uint64_t)l->oh * (uint64_t)l->ow, group = tiles > 1 ? TEQ_COST_PIXELS : left;
    for (; left > 0; left -= group) {
        group = left < group ? left : group;
        cycles += passes * tiles * (group > load ? group : load);
    }
    return cycles;
}

uint64_t teq_qnet_cycles(const teq_qnet *net, int rows, int cols)
{
    uint64_t sum = 0;
    for (int i = 0; i < net->n_steps; i++)
        sum += teq_layer_cycles(net, &net->step[i], rows, cols);
    return sum;
}
