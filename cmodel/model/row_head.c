/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_row_head: an activation code to its value at each weight residue.
 */
#include "teq/fixed.h"
#include "teq/model_tile.h"

void teq_row_head_init(teq_row_head *head, const teq_array_params *p)
{
    *head = (teq_row_head){.params = p};
}

void teq_row_head_step(teq_row_head *head, bool en, unsigned code, unsigned zero, unsigned shift)
{
    if (!en)
        return;
    const teq_engine_caps caps = teq_array_caps(head->params);
    const unsigned e = teq_act_index(head->params, code, zero, shift);
    for (unsigned r = 0; r < head->params->k_res; r++)
        head->x[r] = teq_head(&caps, e, r);
}
