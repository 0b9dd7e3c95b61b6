// SPDX-License-Identifier: Apache-2.0
//
// teq_column_pipe -- teq_column_sum in two stages: words_i are added up as far as the first
// stage comes and registered at the rising edge of clk_i in cycles with en_i high; from
// then on
//
//     sum_o = add_i + sum over w of words[w] * 2^(STEP * (w mod GROUP))   modulo 2^ACC_W
//
// with the words of that edge and the add_i of now. zero_i says that all words are zero:
// the register's clock then stands still once it holds zeros (GATE = 1); zero_o says
// that it does. Not reset.
//
// ADDER = "cells": the tree of teq_column_sum, cut where its bits are few. An add_i that comes
// back from an accumulator ripples through all ACC_W bits within the second stage, which
// is therefore made of two halves whose carry comes last (teq_column_tree). What that leaves,
// carries through half of ACC_W, is given to the first stage too: ACC_W + 1 units of the
// tree's plan, a carry being 2. With osu018 the two stages of shift, INT5 and INT8 then take
// about the same time.
// ADDER = "plain": the first stage adds up two halves of the words.
//
//   parameters as in teq_column_sum; GATE see teq_row_reg
`default_nettype none
module teq_column_pipe #(
    parameter N_WORDS = 16,
    parameter WORD_W  = 7,
    parameter GROUP   = 1,
    parameter STEP    = 0,
    parameter ACC_W   = 15,
    parameter GATE    = 0,
    parameter ADDER   = "cells"
) (
    input  wire                      clk_i,
    //First stage
    input  wire                      en_i,
    input  wire                      zero_i,
    input  wire [N_WORDS*WORD_W-1:0] words_i,
    //Second stage
    input  wire [ACC_W-1:0]          add_i,
    output wire                      zero_o,
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
        end else if (ADDER == "cells" && N_WORDS * WORD_W + ACC_W > 4000) begin : g_bad_size
            N_WORDS_times_WORD_W_plus_ACC_W_must_be_at_most_4000 u_error ();
        end else if (ADDER == "plain") begin : g_plain
            // Both halves of the words in teq_column_sum, and the halves and add_i
            localparam FIRST = (N_WORDS / GROUP + 1) / 2 * GROUP;
            wire [2*ACC_W-1:0] half;
            wire [2*ACC_W-1:0] half_q;
            teq_column_sum #(
                .N_WORDS(FIRST), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .ADDER(ADDER)
            ) u_low (
                .words_i(words_i[FIRST*WORD_W-1:0]), .add_i({ACC_W{1'b0}}), .sum_o(half[ACC_W-1:0])
            );
            if (FIRST < N_WORDS) begin : g_high
                teq_column_sum #(
                    .N_WORDS(N_WORDS-FIRST), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .ADDER(ADDER)
                ) u_high (
                    .words_i(words_i[N_WORDS*WORD_W-1:FIRST*WORD_W]), .add_i({ACC_W{1'b0}}),
                    .sum_o(half[2*ACC_W-1:ACC_W])
                );
            end else begin : g_no_high
                assign half[2*ACC_W-1:ACC_W] = {ACC_W{1'b0}};
            end
            teq_row_reg #(.W(2*ACC_W), .GATE(GATE)) u_cut (
                .clk_i(clk_i), .en_i(en_i), .zero_i(zero_i), .d_i(half), .q_o(half_q)
            );
            assign zero_o = ~(|half_q);
            teq_column_sum #(.N_WORDS(2), .WORD_W(ACC_W), .ACC_W(ACC_W), .ADDER(ADDER)) u_sum (
                .words_i(half_q), .add_i(add_i), .sum_o(sum_o)
            );
        end else begin : g_cells
            teq_column_tree #(
                .N_WORDS(N_WORDS), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .CUT(ACC_W+1), .GATE(GATE)
            ) u_tree (
                .clk_i(clk_i), .en_i(en_i), .zero_i(zero_i), .zero_o(zero_o),
                .words_i(words_i), .add_i(add_i), .sum_o(sum_o)
            );
        end
    endgenerate
endmodule
`default_nettype wire
