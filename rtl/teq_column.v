// SPDX-License-Identifier: Apache-2.0
//
// teq_column -- one output channel of a weight-stationary tile: ROWS cells with
// their weight registers, the adder tree and one accumulator register.
//
//     acc <= feedback + sum over rows of product(x_i[row], weight[row])   modulo 2^ACC_W
//     feedback = 0 (clr_i), psum_i (psum_sel_i), else acc
//
// in cycles with acc_en_i high; sum_o is the new value, acc_o the register.
// Weights are loaded in one cycle by load_i. With DOUBLE = 1 that fills a second
// set of registers, and swap_i makes it the active one; with DOUBLE = 0 they are
// active at once and swap_i is ignored. One clock gate serves a whole set. W_LATCH = 1: load_i
// fills latches, half a cycle early (teq_weight_latch, which rst_ni is for); what may read them is teq_tile's contract.
// The accumulator's clock stands still while a column without weights adds zero to zero
// (GATE = 1): narrow layers leave most columns so.
// PIPE = 1: a register inside the sum, which takes the products in cycles with sum_en_i
// high. Feedback is added behind it: acc_en_i, clr_i, psum_sel_i, psum_i belong to the vector
// that it holds, one cycle after the one that x_i holds. PIPE = 0: no such register, sum_en_i is ignored.
// PSUM = 0 leaves the psum_i input out. Parameters as in teq_tile. Not reset.
`default_nettype none
module teq_column #(
    parameter ENGINE  = "shift",
    parameter ROWS    = 16,
    parameter N_MAX   = 4,
    parameter K_RES   = 4,
    parameter MB      = 7,
    parameter PW      = 7,
    parameter ACC_W   = 15,
    parameter DOUBLE  = 1,
    parameter PSUM    = 1,
    parameter PIPE    = 0,
    parameter W_LATCH = 0,
    parameter BLOCK   = 8,                        // rows of a block of weights
    parameter GATE    = 0,
    parameter ADDER   = "cells",
    parameter X_W     = 28                         // bits of a row's broadcast, set by teq_tile
) (
    input  wire                clk_i,
    input  wire                rst_ni,            // W_LATCH = 1
    //Weights
    input  wire                load_i,
    input  wire                swap_i,
    input  wire [ROWS*(N_MAX+1)-1:0] w_i,
    input  wire [(ROWS+BLOCK-1)/BLOCK-1:0] w_zero_i, // all words of w_i in a block are zero weights
    //Activations
    input  wire [ROWS*X_W-1:0] x_i,
    input  wire                sum_en_i,
    //Accumulator
    input  wire                acc_en_i,
    input  wire                clr_i,
    input  wire                psum_sel_i,
    input  wire [ACC_W-1:0]    psum_i,
    output wire [ACC_W-1:0]    sum_o,
    output wire [ACC_W-1:0]    acc_o
);
    `include "teq_engine.vh"

    localparam W_W    = N_MAX + 1;
    localparam N_BLOCK = (ROWS + BLOCK - 1) / BLOCK;
    localparam GROUP  = IS_BOOTH ? (W_W + 1) / 2 : IS_BW ? W_W : 1;
    localparam STEP   = IS_BOOTH ? 2 : IS_BW ? 1 : 0;
    localparam WORD_W = IS_BOOTH ? W_W + 1 : IS_BW ? W_W : PW;

    wire [ROWS*W_W:0]            w_in;            // {all are zero, weights} as loaded
    wire [ROWS*W_W-1:0]          w;               // active weights
    wire                         idle;            // all of them are zero
    wire [ROWS*GROUP*WORD_W-1:0] words;
    wire [ACC_W-1:0]             feedback;
    wire                         none;            // the sum of products is zero
    wire                         still;           // zero is added to zero

    genvar i;
    generate
        if (W_LATCH != 0) begin : g_latch
            wire [N_BLOCK-1:0] zero;              // of these blocks all weights are zero
            teq_weight_latch #(.ROWS(ROWS), .W_W(W_W), .BLOCK(BLOCK)) u_in (
                .clk_i(clk_i), .rst_ni(rst_ni), .en_i(load_i), .zero_i(w_zero_i), .d_i(w_i),
                .idle_o(zero), .q_o(w_in[ROWS*W_W-1:0])
            );
            assign w_in[ROWS*W_W] = &zero;
        end else begin : g_reg
            wire unused_reset = rst_ni;
            teq_reg #(.W(ROWS*W_W+1), .GATE(GATE)) u_in (
                .clk_i(clk_i), .en_i(load_i), .d_i({&w_zero_i, w_i}), .q_o(w_in)
            );
        end
        if (DOUBLE != 0) begin : g_double
            teq_reg #(.W(ROWS*W_W+1), .GATE(GATE)) u_w (
                .clk_i(clk_i), .en_i(swap_i), .d_i(w_in), .q_o({idle, w})
            );
        end else begin : g_single
            wire unused_swap = swap_i;
            assign {idle, w} = w_in;
        end

        for (i = 0; i < ROWS; i = i + 1) begin : g_row
            if (IS_SHIFT) begin : g_cell
                teq_cell_shift #(.N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW)) u_cell (
                    .x_i(x_i[i*X_W +: X_W]), .w_i(w[i*W_W +: W_W]), .m_o(words[i*PW +: PW])
                );
            end else if (IS_SELECT) begin : g_cell
                teq_cell_select #(.N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW)) u_cell (
                    .x_i(x_i[i*X_W +: X_W]), .w_i(w[i*W_W +: W_W]), .m_o(words[i*PW +: PW])
                );
            end else if (IS_BOOTH) begin : g_cell
                teq_cell_booth #(.B(W_W)) u_cell (
                    .a_i(x_i[i*X_W +: X_W]), .w_i(w[i*W_W +: W_W]),
                    .pp_o(words[i*GROUP*WORD_W +: GROUP*WORD_W])
                );
            end else begin : g_cell
                teq_cell_bw #(.B(W_W)) u_cell (
                    .a_i(x_i[i*X_W +: X_W]), .w_i(w[i*W_W +: W_W]),
                    .pp_o(words[i*GROUP*WORD_W +: GROUP*WORD_W])
                );
            end
        end

        if (PSUM != 0) begin : g_psum
            assign feedback = (psum_sel_i ? psum_i : acc_o) & {ACC_W{~clr_i}};
            assign still    = none & ~(|acc_o) & (clr_i | ~psum_sel_i);
        end else begin : g_no_psum
            wire unused_psum = psum_sel_i ^ (^psum_i);
            assign feedback = acc_o & {ACC_W{~clr_i}};
            assign still    = none & ~(|acc_o);
        end

        if (PIPE != 0) begin : g_pipe
            teq_column_pipe #(
                .N_WORDS(ROWS*GROUP), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .GATE(GATE),
                .ADDER(ADDER)
            ) u_sum (
                .clk_i(clk_i), .en_i(sum_en_i), .zero_i(idle), .words_i(words),
                .add_i(feedback), .zero_o(none), .sum_o(sum_o)
            );
        end else begin : g_no_pipe
            wire unused_sum_en = sum_en_i;
            assign none = idle;
            teq_column_sum #(
                .N_WORDS(ROWS*GROUP), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .ADDER(ADDER)
            ) u_sum (
                .words_i(words), .add_i(feedback), .sum_o(sum_o)
            );
        end
    endgenerate

    teq_reg #(.W(ACC_W), .GATE(GATE)) u_acc (
        .clk_i(clk_i), .en_i(acc_en_i & ~((GATE != 0) & still)), .d_i(sum_o), .q_o(acc_o)
    );
endmodule
`default_nettype wire
