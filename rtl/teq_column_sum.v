// SPDX-License-Identifier: Apache-2.0
//
// teq_column_sum -- sum_o = add_i + sum over w of words_i[w] * 2^(STEP * (w mod GROUP)),
// modulo 2^ACC_W. Combinational.
//
// Words are unsigned. Shift and select engines have GROUP = 1 (one product a
// row); a multiplier that leaves GROUP partial products a row, STEP binary
// places apart, hands them over as they are, so that products and column share
// one tree. Nothing above 2^ACC_W is built: a carry out of the top is dropped,
// which is exact as long as the true sum is known to fit (docs/number_format.md,
// section 5).
//
// ADDER = "cells": one full adder for each bit that must go away (a half adder
// in a column with an even count), wired in order of arrival: a constant
// function walks the columns from the least significant one, always adding the
// three earliest bits, and writes down the sources of every adder. The last
// carries ripple through adders of the same tree: fewest cells of all trees, and
// no separate carry-propagate adder.
// ADDER = "plain": `+`, for FPGA carry chains.
//
//   N_WORDS >= 1, WORD_W >= 1, GROUP >= 1 (divides N_WORDS), STEP >= 0,
//   ACC_W >= WORD_W; N_WORDS * WORD_W + ACC_W <= 5400 ("cells"): node numbers of the tree have 14 bits
`default_nettype none
module teq_column_sum #(
    parameter N_WORDS = 16,
    parameter WORD_W  = 7,
    parameter GROUP   = 1,
    parameter STEP    = 0,
    parameter ACC_W   = 15,
    parameter ADDER   = "cells"
) (
    input  wire [N_WORDS*WORD_W-1:0] words_i,
    input  wire [ACC_W-1:0]          add_i,
    output wire [ACC_W-1:0]          sum_o
);
    generate
        if (N_WORDS < 1 || GROUP < 1 || STEP < 0) begin : g_bad_words
            N_WORDS_and_GROUP_must_be_at_least_1_and_STEP_at_least_0 u_error ();
        end else if (N_WORDS % GROUP != 0) begin : g_bad_group
            GROUP_must_divide_N_WORDS u_error ();
        end else if (WORD_W < 1 || ACC_W < WORD_W) begin : g_bad_width
            WORD_W_must_be_1_to_ACC_W u_error ();
        end else if (ADDER != "cells" && ADDER != "plain") begin : g_bad_adder
            ADDER_must_be_cells_or_plain u_error ();
        end else if (ADDER == "cells" && N_WORDS * WORD_W + ACC_W > 5400) begin : g_bad_size
            N_WORDS_times_WORD_W_plus_ACC_W_must_be_at_most_5400 u_error ();
        end else if (ADDER == "plain") begin : g_plain
            // words may reach above the accumulator: added whole, then cut
            localparam FULL_W = ACC_W + WORD_W + STEP * GROUP;
            reg [FULL_W-1:0] sum;
            integer i;
            always @* begin
                sum = {{FULL_W-ACC_W{1'b0}}, add_i};
                for (i = 0; i < N_WORDS; i = i + 1)
                    sum = sum + ({{FULL_W-WORD_W{1'b0}}, words_i[i*WORD_W +: WORD_W]} << (STEP * (i % GROUP)));
            end
            /* verilator lint_off UNUSED */ // what is above ACC_W is dropped
            wire [FULL_W-ACC_W-1:0] unused = sum[FULL_W-1:ACC_W];
            /* verilator lint_on UNUSED */
            assign sum_o = sum[ACC_W-1:0];
        end else begin : g_cells
            wire unused_zero;
            teq_column_tree #(
                .N_WORDS(N_WORDS), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W)
            ) u_tree (
                .clk_i(1'b0), .en_i(1'b0), .zero_i(1'b0), .zero_o(unused_zero),
                .words_i(words_i), .add_i(add_i), .sum_o(sum_o)
            );
        end
    endgenerate
endmodule
`default_nettype wire
