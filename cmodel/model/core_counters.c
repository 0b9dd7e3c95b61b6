/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened since start: docs/core.md, section 7.
 */
#include "teq/model_core.h"

void teq_core_counters_step(teq_core_counters *n, const teq_core_counters_in *in)
{
    if (in->clear) {
        *n = (teq_core_counters){0};
        return;
    }
    n->cycles += in->run;
    n->stalls += in->stall;
    if (!in->vector)
        return;
    n->vectors++;
    n->row_ops += in->lanes;
    n->zero_skips += in->zeros;
}
