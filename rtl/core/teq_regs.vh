// SPDX-License-Identifier: Apache-2.0
//
// Registers of teq_core: offsets, bits, values. Made by scripts/registers.awk from
// rtl/core/registers.txt. Include inside a module.
/* verilator lint_off UNUSEDPARAM */

localparam [7:0] REG_ID = 8'h00;
localparam [31:0] ID_TEQ1 = 32'h54455131;

localparam [7:0] REG_VERSION = 8'h04;
localparam VERSION_MAJOR_LSB = 16;
localparam VERSION_MAJOR_W = 16;
localparam [15:0] VERSION_MAJOR_NOW = 16'h0001;
localparam VERSION_MINOR_LSB = 0;
localparam VERSION_MINOR_W = 16;
localparam [15:0] VERSION_MINOR_NOW = 16'h0002;

localparam [7:0] REG_CONFIG0 = 8'h08;
localparam CONFIG0_ROWS_LSB = 0;
localparam CONFIG0_ROWS_W = 8;
localparam CONFIG0_COLS_LSB = 8;
localparam CONFIG0_COLS_W = 8;
localparam CONFIG0_N_MAX_LSB = 16;
localparam CONFIG0_N_MAX_W = 8;
localparam CONFIG0_NA_MAX_LSB = 24;
localparam CONFIG0_NA_MAX_W = 8;

localparam [7:0] REG_CONFIG1 = 8'h0c;
localparam CONFIG1_ENGINE_LSB = 0;
localparam CONFIG1_ENGINE_W = 4;
localparam [3:0] CONFIG1_ENGINE_SHIFT = 4'h0;
localparam [3:0] CONFIG1_ENGINE_SELECT = 4'h1;
localparam [3:0] CONFIG1_ENGINE_BOOTH = 4'h3;
localparam [3:0] CONFIG1_ENGINE_BW = 4'h4;
localparam CONFIG1_K_RES_LSB = 4;
localparam CONFIG1_K_RES_W = 4;
localparam CONFIG1_MB_LSB = 8;
localparam CONFIG1_MB_W = 4;
localparam CONFIG1_PW_LSB = 12;
localparam CONFIG1_PW_W = 4;
localparam CONFIG1_ACC_W_LSB = 16;
localparam CONFIG1_ACC_W_W = 8;
localparam CONFIG1_LOAD_COLS_LSB = 24;
localparam CONFIG1_LOAD_COLS_W = 8;

localparam [7:0] REG_CONFIG2 = 8'h10;
localparam CONFIG2_PSUM_DEPTH_LSB = 0;
localparam CONFIG2_PSUM_DEPTH_W = 16;
localparam CONFIG2_PARITY = 16;
localparam CONFIG2_SERIAL = 17;
localparam CONFIG2_RESIDUAL = 18;
localparam CONFIG2_INDIRECT = 19;
localparam CONFIG2_MAXIMUM = 20;
localparam CONFIG2_COUNTERS = 21;
localparam CONFIG2_CHAIN = 22;
localparam CONFIG2_W_LATCH = 23;
localparam CONFIG2_REACH_LSB = 24;
localparam CONFIG2_REACH_W = 5;

localparam [7:0] REG_ACT_WORDS = 8'h14;

localparam [7:0] REG_WGT_WORDS = 8'h18;

localparam [7:0] REG_PRG_WORDS = 8'h1c;

localparam [7:0] REG_CONTROL = 8'h20;
localparam CONTROL_START = 0;
localparam CONTROL_RESET = 1;

localparam [7:0] REG_STATUS = 8'h24;
localparam STATUS_BUSY = 0;
localparam STATUS_IMAGE = 1;
localparam STATUS_LOADING = 2;
localparam STATUS_ERROR = 3;
localparam STATUS_IMAGE_READY = 8;
localparam STATUS_INPUT_READY = 9;
localparam STATUS_OUTPUT_VALID = 10;

localparam [7:0] REG_ERROR = 8'h28;
localparam ERROR_CAUSE_LSB = 0;
localparam ERROR_CAUSE_W = 8;
localparam [7:0] ERROR_CAUSE_NONE = 8'h00;
localparam [7:0] ERROR_CAUSE_OP = 8'h01;
localparam [7:0] ERROR_CAUSE_FIELD = 8'h02;
localparam [7:0] ERROR_CAUSE_TILE = 8'h03;
localparam [7:0] ERROR_CAUSE_PRG = 8'h04;
localparam [7:0] ERROR_CAUSE_WGT = 8'h05;
localparam [7:0] ERROR_CAUSE_READ = 8'h06;
localparam [7:0] ERROR_CAUSE_WRITE = 8'h07;
localparam [7:0] ERROR_CAUSE_PSUM = 8'h08;
localparam [7:0] ERROR_CAUSE_INPUT = 8'h09;
localparam [7:0] ERROR_CAUSE_IMAGE = 8'h0a;
localparam [7:0] ERROR_CAUSE_RANGE = 8'h0b;
localparam [7:0] ERROR_CAUSE_TLAST = 8'h0c;
localparam [7:0] ERROR_CAUSE_SUM = 8'h0d;
localparam [7:0] ERROR_CAUSE_CONFIG = 8'h0e;
localparam [7:0] ERROR_CAUSE_PARITY = 8'h0f;
localparam [7:0] ERROR_CAUSE_START = 8'h10;
localparam [7:0] ERROR_CAUSE_PORT = 8'h11;
localparam ERROR_LAYER_LSB = 16;
localparam ERROR_LAYER_W = 16;

localparam [7:0] REG_ERROR_INFO = 8'h2c;

localparam [7:0] REG_IRQ_ENABLE = 8'h30;
localparam IRQ_ENABLE_DONE = 0;
localparam IRQ_ENABLE_ERROR = 1;
localparam IRQ_ENABLE_IMAGE = 2;

localparam [7:0] REG_IRQ_STATUS = 8'h34;
localparam IRQ_STATUS_DONE = 0;
localparam IRQ_STATUS_ERROR = 1;
localparam IRQ_STATUS_IMAGE = 2;

localparam [7:0] REG_CYCLES_LO = 8'h40;

localparam [7:0] REG_CYCLES_HI = 8'h44;

localparam [7:0] REG_VECTORS_LO = 8'h48;

localparam [7:0] REG_VECTORS_HI = 8'h4c;

localparam [7:0] REG_STALLS_LO = 8'h50;

localparam [7:0] REG_STALLS_HI = 8'h54;

localparam [7:0] REG_ROW_OPS_LO = 8'h58;

localparam [7:0] REG_ROW_OPS_HI = 8'h5c;

localparam [7:0] REG_ZERO_SKIPS_LO = 8'h60;

localparam [7:0] REG_ZERO_SKIPS_HI = 8'h64;

localparam [7:0] REG_IMAGE_DATA = 8'h80;

localparam [7:0] REG_IMAGE_LAST = 8'h84;

localparam [7:0] REG_INPUT_DATA = 8'h88;

localparam [7:0] REG_INPUT_LAST = 8'h8c;

localparam [7:0] REG_OUTPUT_DATA = 8'h90;
/* verilator lint_on UNUSEDPARAM */
