/* SPDX-License-Identifier: Apache-2.0
 *
 * core_options.h -- parameters of teq_core that say what is there, as teq_core and its blocks
 * name them; what is not listed has its default.
 */
#ifndef TB_CORE_OPTIONS_H
#define TB_CORE_OPTIONS_H

#include "bench.h"
#include "teq/model_core.h"

static inline void core_options(bench *b, teq_core_params *p) {
    p->array.serial = bench_param_or(b, "SERIAL", 0);
    p->array.chain = bench_param_or(b, "CHAIN", 1);
    p->array.w_latch = bench_param_or(b, "W_LATCH", 0);
    p->parity = bench_param_or(b, "PARITY", 0);
    p->residual = bench_param_or(b, "RESIDUAL", 1);
    p->indirect = bench_param_or(b, "INDIRECT", 1);
    p->maximum = bench_param_or(b, "MAXIMUM", 1);
    p->reach = (uint8_t)bench_param_or(b, "REACH", 24);
}

#endif
