/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/regs.h -- registers of teq_core. Made by scripts/registers.awk from
 * rtl/core/registers.txt; docs/registers.md is the same as a table.
 *
 * TEQ_REG_x is an offset in bytes. A field has the mask of its bits in place and the
 * number of its lowest one: (word & TEQ_x_y_MASK) >> TEQ_x_y_LSB. Values are of the field.
 */
#ifndef TEQ_REGS_H
#define TEQ_REGS_H

#include <stdint.h>

#define TEQ_REG_ID 0x00u /* ro: says that this is a teq_core */
#define TEQ_ID_TEQ1 UINT32_C(0x54455131)

#define TEQ_REG_VERSION 0x04u /* ro: version of this register map and of the program format */
#define TEQ_VERSION_MAJOR_MASK UINT32_C(0xffff0000) /* programs of another major version do not run: the host compares (teq_driver_open), an image does not name it */
#define TEQ_VERSION_MAJOR_LSB 16u
#define TEQ_VERSION_MAJOR_NOW UINT32_C(1)
#define TEQ_VERSION_MINOR_MASK UINT32_C(0x0000ffff)
#define TEQ_VERSION_MINOR_LSB 0u
#define TEQ_VERSION_MINOR_NOW UINT32_C(2)

#define TEQ_REG_CONFIG0 0x08u /* ro: shape */
#define TEQ_CONFIG0_ROWS_MASK UINT32_C(0x000000ff)
#define TEQ_CONFIG0_ROWS_LSB 0u
#define TEQ_CONFIG0_COLS_MASK UINT32_C(0x0000ff00)
#define TEQ_CONFIG0_COLS_LSB 8u
#define TEQ_CONFIG0_N_MAX_MASK UINT32_C(0x00ff0000)
#define TEQ_CONFIG0_N_MAX_LSB 16u
#define TEQ_CONFIG0_NA_MAX_MASK UINT32_C(0xff000000)
#define TEQ_CONFIG0_NA_MAX_LSB 24u

#define TEQ_REG_CONFIG1 0x0cu /* ro: arithmetic */
#define TEQ_CONFIG1_ENGINE_MASK UINT32_C(0x0000000f)
#define TEQ_CONFIG1_ENGINE_LSB 0u
#define TEQ_CONFIG1_ENGINE_SHIFT UINT32_C(0)
#define TEQ_CONFIG1_ENGINE_SELECT UINT32_C(1)
#define TEQ_CONFIG1_ENGINE_BOOTH UINT32_C(3)
#define TEQ_CONFIG1_ENGINE_BW UINT32_C(4)
#define TEQ_CONFIG1_K_RES_MASK UINT32_C(0x000000f0)
#define TEQ_CONFIG1_K_RES_LSB 4u
#define TEQ_CONFIG1_MB_MASK UINT32_C(0x00000f00)
#define TEQ_CONFIG1_MB_LSB 8u
#define TEQ_CONFIG1_PW_MASK UINT32_C(0x0000f000)
#define TEQ_CONFIG1_PW_LSB 12u
#define TEQ_CONFIG1_ACC_W_MASK UINT32_C(0x00ff0000)
#define TEQ_CONFIG1_ACC_W_LSB 16u
#define TEQ_CONFIG1_LOAD_COLS_MASK UINT32_C(0xff000000)
#define TEQ_CONFIG1_LOAD_COLS_LSB 24u

#define TEQ_REG_CONFIG2 0x10u /* ro: partial sums and options */
#define TEQ_CONFIG2_PSUM_DEPTH_MASK UINT32_C(0x0000ffff)
#define TEQ_CONFIG2_PSUM_DEPTH_LSB 0u
#define TEQ_CONFIG2_PARITY_MASK UINT32_C(0x00010000)
#define TEQ_CONFIG2_PARITY_LSB 16u
#define TEQ_CONFIG2_SERIAL_MASK UINT32_C(0x00020000) /* one requantizer for all columns */
#define TEQ_CONFIG2_SERIAL_LSB 17u
#define TEQ_CONFIG2_RESIDUAL_MASK UINT32_C(0x00040000) /* residuals are there */
#define TEQ_CONFIG2_RESIDUAL_LSB 18u
#define TEQ_CONFIG2_INDIRECT_MASK UINT32_C(0x00080000) /* weights by template are */
#define TEQ_CONFIG2_INDIRECT_LSB 19u
#define TEQ_CONFIG2_MAXIMUM_MASK UINT32_C(0x00100000) /* the MAX unit is */
#define TEQ_CONFIG2_MAXIMUM_LSB 20u
#define TEQ_CONFIG2_COUNTERS_MASK UINT32_C(0x00200000) /* all counters are; 0: CYCLES_LO alone, the others read 0 */
#define TEQ_CONFIG2_COUNTERS_LSB 21u
#define TEQ_CONFIG2_CHAIN_MASK UINT32_C(0x00400000) /* chained vectors are there */
#define TEQ_CONFIG2_CHAIN_LSB 22u
#define TEQ_CONFIG2_W_LATCH_MASK UINT32_C(0x00800000) /* weights come in through latches */
#define TEQ_CONFIG2_W_LATCH_LSB 23u
#define TEQ_CONFIG2_REACH_MASK UINT32_C(0x1f000000) /* bits of addresses */
#define TEQ_CONFIG2_REACH_LSB 24u

#define TEQ_REG_ACT_WORDS 0x14u /* ro: words of the activation buffer, max(ROWS, COLS) codes each */

#define TEQ_REG_WGT_WORDS 0x18u /* ro: words of the weight buffer */

#define TEQ_REG_PRG_WORDS 0x1cu /* ro: words of the program memory */

#define TEQ_REG_CONTROL 0x20u /* w1: reads as 0 */
#define TEQ_CONTROL_START_MASK UINT32_C(0x00000001) /* run the program */
#define TEQ_CONTROL_START_LSB 0u
#define TEQ_CONTROL_RESET_MASK UINT32_C(0x00000002) /* soft reset: everything but memories, STATUS.IMAGE, IRQ_ENABLE, AXI4-Lite and the output buffer (up to two beats stay on offer) goes to its idle state */
#define TEQ_CONTROL_RESET_LSB 1u

#define TEQ_REG_STATUS 0x24u /* ro */
#define TEQ_STATUS_BUSY_MASK UINT32_C(0x00000001) /* a program runs */
#define TEQ_STATUS_BUSY_LSB 0u
#define TEQ_STATUS_IMAGE_MASK UINT32_C(0x00000002) /* a whole, valid image is in the memories */
#define TEQ_STATUS_IMAGE_LSB 1u
#define TEQ_STATUS_LOADING_MASK UINT32_C(0x00000004) /* an image is being loaded */
#define TEQ_STATUS_LOADING_LSB 2u
#define TEQ_STATUS_ERROR_MASK UINT32_C(0x00000008) /* the core stands in state ERROR */
#define TEQ_STATUS_ERROR_LSB 3u
#define TEQ_STATUS_IMAGE_READY_MASK UINT32_C(0x00000100) /* IMAGE_DATA takes a word */
#define TEQ_STATUS_IMAGE_READY_LSB 8u
#define TEQ_STATUS_INPUT_READY_MASK UINT32_C(0x00000200) /* INPUT_DATA takes a word */
#define TEQ_STATUS_INPUT_READY_LSB 9u
#define TEQ_STATUS_OUTPUT_VALID_MASK UINT32_C(0x00000400) /* OUTPUT_DATA holds a word */
#define TEQ_STATUS_OUTPUT_VALID_LSB 10u

#define TEQ_REG_ERROR 0x28u /* ro: first error since soft reset, 0: none */
#define TEQ_ERROR_CAUSE_MASK UINT32_C(0x000000ff) /* section 5 of core.md says more */
#define TEQ_ERROR_CAUSE_LSB 0u
#define TEQ_ERROR_CAUSE_NONE UINT32_C(0)
#define TEQ_ERROR_CAUSE_OP UINT32_C(1) /* unknown op */
#define TEQ_ERROR_CAUSE_FIELD UINT32_C(2) /* a field of the descriptor out of range */
#define TEQ_ERROR_CAUSE_TILE UINT32_C(3) /* a field of the tile entry out of range */
#define TEQ_ERROR_CAUSE_PRG UINT32_C(4) /* address outside PRG */
#define TEQ_ERROR_CAUSE_WGT UINT32_C(5) /* address outside WGT */
#define TEQ_ERROR_CAUSE_READ UINT32_C(6) /* address outside ACT */
#define TEQ_ERROR_CAUSE_WRITE UINT32_C(7) /* address outside ACT */
#define TEQ_ERROR_CAUSE_PSUM UINT32_C(8) /* address outside the partial sums */
#define TEQ_ERROR_CAUSE_INPUT UINT32_C(9) /* s_axis_x: TKEEP or TLAST */
#define TEQ_ERROR_CAUSE_IMAGE UINT32_C(10) /* image: destination, order, count or TKEEP */
#define TEQ_ERROR_CAUSE_RANGE UINT32_C(11) /* image: addresses outside the memory */
#define TEQ_ERROR_CAUSE_TLAST UINT32_C(12) /* image: TLAST early or missing */
#define TEQ_ERROR_CAUSE_SUM UINT32_C(13) /* image: checksum */
#define TEQ_ERROR_CAUSE_CONFIG UINT32_C(14) /* image of another configuration */
#define TEQ_ERROR_CAUSE_PARITY UINT32_C(15) /* a bit of a memory has flipped */
#define TEQ_ERROR_CAUSE_START UINT32_C(16) /* start while running or without an image */
#define TEQ_ERROR_CAUSE_PORT UINT32_C(17) /* data port not ready */
#define TEQ_ERROR_LAYER_MASK UINT32_C(0xffff0000) /* descriptors fetched since start */
#define TEQ_ERROR_LAYER_LSB 16u

#define TEQ_REG_ERROR_INFO 0x2cu /* ro: more about the cause: section 5 of core.md */

#define TEQ_REG_IRQ_ENABLE 0x30u /* rw: irq_o is high while an enabled bit of IRQ_STATUS is */
#define TEQ_IRQ_ENABLE_DONE_MASK UINT32_C(0x00000001)
#define TEQ_IRQ_ENABLE_DONE_LSB 0u
#define TEQ_IRQ_ENABLE_ERROR_MASK UINT32_C(0x00000002)
#define TEQ_IRQ_ENABLE_ERROR_LSB 1u
#define TEQ_IRQ_ENABLE_IMAGE_MASK UINT32_C(0x00000004)
#define TEQ_IRQ_ENABLE_IMAGE_LSB 2u

#define TEQ_REG_IRQ_STATUS 0x34u /* w1c */
#define TEQ_IRQ_STATUS_DONE_MASK UINT32_C(0x00000001) /* a program ended */
#define TEQ_IRQ_STATUS_DONE_LSB 0u
#define TEQ_IRQ_STATUS_ERROR_MASK UINT32_C(0x00000002) /* state ERROR was entered */
#define TEQ_IRQ_STATUS_ERROR_LSB 1u
#define TEQ_IRQ_STATUS_IMAGE_MASK UINT32_C(0x00000004) /* an image has been loaded */
#define TEQ_IRQ_STATUS_IMAGE_LSB 2u

#define TEQ_REG_CYCLES_LO 0x40u /* ro: counters: section 7 of core.md */

#define TEQ_REG_CYCLES_HI 0x44u /* ro */

#define TEQ_REG_VECTORS_LO 0x48u /* ro */

#define TEQ_REG_VECTORS_HI 0x4cu /* ro */

#define TEQ_REG_STALLS_LO 0x50u /* ro */

#define TEQ_REG_STALLS_HI 0x54u /* ro */

#define TEQ_REG_ROW_OPS_LO 0x58u /* ro */

#define TEQ_REG_ROW_OPS_HI 0x5cu /* ro */

#define TEQ_REG_ZERO_SKIPS_LO 0x60u /* ro */

#define TEQ_REG_ZERO_SKIPS_HI 0x64u /* ro */

#define TEQ_REG_IMAGE_DATA 0x80u /* wo: one beat of s_axis_p without TLAST */

#define TEQ_REG_IMAGE_LAST 0x84u /* wo: the same with TLAST */

#define TEQ_REG_INPUT_DATA 0x88u /* wo: one beat of s_axis_x without TLAST; as many bytes count as the line has left */

#define TEQ_REG_INPUT_LAST 0x8cu /* wo: the same with TLAST */

#define TEQ_REG_OUTPUT_DATA 0x90u /* ro: takes one beat of m_axis_y; a lone last word has 0 above it */

#endif
