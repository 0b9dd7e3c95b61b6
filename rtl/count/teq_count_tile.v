// SPDX-License-Identifier: Apache-2.0
//
// teq_count_tile -- the engine of DNA-TEQ (arXiv 2306.16430): dot products by counting
// exponent sums, ROWS lanes x COLS columns, weight-stationary. docs/count.md has the figure.
//
//     h[E]  = sum over lanes and vectors of s_w s_a [e_w + e_a = E], no zero among them
//     acc_o = sum over E of h[E] * G[E]      E = 0..N_BINS-1, G 16 bits, modulo 2^ACC_W
//
// N_BINS = 2^N_MAX + 2^NA_MAX - 3: the 4R + 1 of the paper where both have n bits. Any base:
// G is written through g_*_i. A zero is the code of all ones (weights) or zero_i (activations).
//
// Timing. A vector enters with x_en_i in cycle 0; acc_en_i counts it in cycle 1; one vector a
// cycle. clr_i with acc_en_i starts a new sum; final_i with acc_en_i completes one: its counts
// go to a second set of registers and are multiplied out while the next sum is counted. With
// final_i in cycle 0, drain_busy_o is high from cycle 1, done_o from cycle N_TERMS + 2, both
// until the cycle of take_i; final_i must stay low while drain_busy_o is high. acc_o and
// beta_o are valid with done_o. take_i counts with done_o only.
//
// Bound: |h[E]| <= K. No counter can wrap while K <= 2^(CNT_W-1) - 1 (lanes of one sum, zeros
// included). overflow_o says that a sum was longer; it stays high until reset. |acc| <= K *
// (2^16 - 1): ACC_W = CNT_W + 16 always suffices; less is exact modulo 2^ACC_W
// (docs/number_format.md, section 5).
//
// BETA = 1 also counts each tensor's own exponents and the signs, with the same table:
//     beta_o, a column: {sum of signs (CNT_W), sum_e a[e] G[e] (ACC_W), sum_e w[e] G[e] (ACC_W)}
// N_TERMS = N_BINS, with BETA N_BINS + 2^N_MAX + 2^NA_MAX - 2. beta_o is 0 with BETA = 0.
//
//   ROWS      2..64       COLS    1..64      N_MAX, NA_MAX  2..7 bits of a code, sign apart
//   A_SIGNED  1: code_i slots are {s, e}     CNT_W  8..16 bits of a counter
//   ACC_W     17..40                         LOAD_COLS  divides COLS
//   DOUBLE, GATE, ADDER  as in teq_tile
// Reset: control and overflow_o only; counters, weights, codes and the table are data.
`default_nettype none
module teq_count_tile #(
    parameter ROWS      = 16,
    parameter COLS      = 16,
    parameter N_MAX     = 4,
    parameter NA_MAX    = 4,
    parameter A_SIGNED  = 0,
    parameter BETA      = 0,
    parameter CNT_W     = 11,
    parameter ACC_W     = 24,
    parameter LOAD_COLS = 2,
    parameter DOUBLE    = 1,
    parameter GATE      = 0,
    parameter ADDER     = "cells"
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,
    //Weights: as teq_tile
    input  wire [COLS/LOAD_COLS-1:0]     load_i,
    input  wire                          swap_i,
    input  wire [LOAD_COLS*ROWS*(N_MAX+1)-1:0] w_i,
    //Activations
    input  wire                          x_en_i,
    input  wire [ROWS*(NA_MAX+A_SIGNED)-1:0] code_i,
    input  wire [NA_MAX-1:0]             zero_i,
    //Counting
    input  wire                          acc_en_i,
    input  wire                          clr_i,
    input  wire                          final_i,
    //Table: one word a cycle, not during a drain
    input  wire                          g_we_i,
    input  wire [7:0]                    g_index_i,
    input  wire [15:0]                   g_data_i,
    //Sums
    output wire                          drain_busy_o,
    output wire                          done_o,
    input  wire                          take_i,
    output wire [COLS*ACC_W-1:0]         acc_o,
    output wire [COLS*(2*ACC_W+CNT_W)-1:0] beta_o,
    //Status
    output wire                          overflow_o
);
    // Ports are settled; the body follows.
    assign drain_busy_o = 1'b0;
    assign done_o       = 1'b0;
    assign acc_o        = {COLS*ACC_W{1'b0}};
    assign beta_o       = {COLS*(2*ACC_W+CNT_W){1'b0}};
    assign overflow_o   = 1'b0;
    wire unused = ^{clk_i, rst_ni, load_i, swap_i, w_i, x_en_i, code_i, zero_i, acc_en_i, clr_i,
                    final_i, g_we_i, g_index_i, g_data_i, take_i, DOUBLE == 0, GATE == 0, BETA == 0, ADDER == "plain"};
endmodule
`default_nettype wire
