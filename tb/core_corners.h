/* SPDX-License-Identifier: Apache-2.0
 *
 * core_corners.h -- what a run of test_core must have seen, looked for in the state of the
 * model.
 */
#ifndef TB_CORE_CORNERS_H
#define TB_CORE_CORNERS_H

#include "core_host.h"

typedef enum core_corner {
    K_INPUT_LINES, K_INPUT_EARLY, K_INPUT_PART, K_READER_WAITS_INPUT, K_INPUT_WAITS_WRITER, K_CHECK_WAITS_INPUT,
    K_MAX, K_MAX_EMPTY, K_MAX_SIGNED, K_PART_1, K_PART_2, K_RESIDUAL, K_SIGNED, K_STREAM, K_ODD_WORD, K_INDIRECT, K_NONE,
    K_T_WRITE, K_T_RESIDUAL, K_SKIP_CONFIG, K_CONFIG_WAITS_PASS, K_CONFIG_WAITS_PORT, K_FINAL_WAITS_CONFIG, K_MULTI,
    K_SAME_WEIGHTS, K_RELOAD_GROUP, K_TILES_FULL, K_LOADS_FULL, K_WEIGHTS_STALL, K_WINDOW, K_GROUPS, K_PASSES, K_CHAIN, K_CHAIN_GROUP,
    K_VECTOR_STALL, K_RESIDUAL_STALL, K_OUTPUT_STALL, K_MASKED_BELOW, K_MASKED_ABOVE, K_MASKED_ROW, K_WRAPPED, K_FULL_VECTOR,
    K_EMPTY_PACKET, K_IMAGE_PORT, K_INPUT_PORT, K_OUTPUT_PORT, K_PORT_BUSY_STREAM, K_LOAD_WHILE_RUNNING,
    K_SLVERR_READ, K_SLVERR_WRITE, K_STROBE, K_WRITE_PIPELINED, K_IRQ, K_IRQ_CLEAR_RACE,
    K_SOFT_RESET_FIRST, /* one for each state of the sequencer */
    K_SOFT_RESET_LAST = K_SOFT_RESET_FIRST + TEQ_CORE_ERROR,
    K_RESET_RUNNING, K_PREDICTED,
    K_NO_MAX, K_NO_RESIDUAL, K_NO_INDIRECT, K_NO_CHAIN, /* asked for and refused: the core does not have it */
    K_PARITY_PRG, K_PARITY_WGT, K_PARITY_ACT,
    N_CORE_CORNERS
} core_corner;

typedef struct core_corners {
    const teq_core_params *params;
    uint64_t hits[N_CORE_CORNERS];
    uint64_t causes[TEQ_ERROR_CAUSE_PORT + 1];
} core_corners;

void core_corners_init(core_corners *k, const teq_core_params *p);

/* Before the edge: state, inputs and outputs that stand. */
void core_corners_look(core_corners *k, const teq_core *c, const teq_core_in *in, const teq_core_out *out);

/* After it: the error that it raised. */
void core_corners_raised(core_corners *k, const teq_core *c);

/* One line; fails the bench for each corner that can be and was not. */
void core_corners_report(core_corners *k, const core_host *h, bench *b);

#endif
