// SPDX-License-Identifier: Apache-2.0
//
// The engine names, compared in one place; include inside a module that has the
// parameter ENGINE.
/* verilator lint_off WIDTH */       // strings of different lengths are compared
/* verilator lint_off UNUSEDPARAM */ // not every module asks for every engine
localparam IS_SHIFT  = (ENGINE == "shift");
localparam IS_SELECT = (ENGINE == "select");
localparam IS_BOOTH  = (ENGINE == "booth");
localparam IS_BW     = (ENGINE == "bw");
localparam IS_COUNT  = (ENGINE == "count");
localparam IS_EXP    = IS_SHIFT || IS_SELECT;   // exponential codes, row heads
localparam IS_INT    = IS_BOOTH || IS_BW;       // linear baselines
/* verilator lint_on UNUSEDPARAM */
/* verilator lint_on WIDTH */
