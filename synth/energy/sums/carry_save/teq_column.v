// SPDX-License-Identifier: Apache-2.0
//
// teq_column -- carry_save: of synth/energy/sums.txt, in place of rtl/teq_column.v (which see) for
// tiles with PSUM, CHAIN and PIPE = 0: the accumulator is two registers, sums and carries.
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

    wire [ROWS*W_W-1:0]          w;               // active weights
    wire                         idle;            // all of them are zero
    wire [ROWS*GROUP*WORD_W-1:0] words;
    wire [ACC_W-1:0]             feedback;
    wire                         none;            // the sum of products is zero
    wire                         still;           // zero is added to zero

    genvar i;
    generate
        if (W_LATCH != 0) begin : g_latch
            wire [ROWS*W_W-1:0] w_in;
            wire [N_BLOCK-1:0]  zero_in;          // of these blocks of it all weights are zero
            teq_weight_latch #(.ROWS(ROWS), .W_W(W_W), .BLOCK(BLOCK)) u_in (
                .clk_i(clk_i), .rst_ni(rst_ni), .en_i(load_i), .zero_i(w_zero_i), .d_i(w_i), .idle_o(zero_in), .q_o(w_in)
            );
            if (DOUBLE != 0) begin : g_double
                teq_reg #(.W(ROWS*W_W+1), .GATE(GATE)) u_w (
                    .clk_i(clk_i), .en_i(swap_i), .d_i({&zero_in, w_in}), .q_o({idle, w})
                );
            end else begin : g_single
                wire unused_swap = swap_i;
                assign {idle, w} = {&zero_in, w_in};
            end
        end else begin : g_reg
            wire unused_reset = rst_ni;
            if (DOUBLE != 0) begin : g_double
                wire [ROWS*W_W:0] w_next;
                teq_reg #(.W(ROWS*W_W+1), .GATE(GATE)) u_next (
                    .clk_i(clk_i), .en_i(load_i), .d_i({&w_zero_i, w_i}), .q_o(w_next)
                );
                teq_reg #(.W(ROWS*W_W+1), .GATE(GATE)) u_w (
                    .clk_i(clk_i), .en_i(swap_i), .d_i(w_next), .q_o({idle, w})
                );
            end else begin : g_single
                wire unused_swap = swap_i;
                teq_reg #(.W(ROWS*W_W+1), .GATE(GATE)) u_w (
                    .clk_i(clk_i), .en_i(load_i), .d_i({&w_zero_i, w_i}), .q_o({idle, w})
                );
            end
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
            // The products are added up as ever, but to no accumulator: sums and carries of it meet them in one
            // full adder a bit. What comes out of the column is their sum.
            wire [ACC_W-1:0] p;
            wire [ACC_W-1:0] s_q;
            wire [ACC_W-1:0] c_q;
            wire [ACC_W-1:0] s_d;
            wire [ACC_W-1:0] c_d;
            wire [ACC_W:0]   c;
            teq_column_sum #(
                .N_WORDS(ROWS*GROUP), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .ADDER(ADDER)
            ) u_sum (
                .words_i(words), .add_i({ACC_W{1'b0}}), .sum_o(p)
            );
            assign c[0] = 1'b0;
            for (i = 0; i < ACC_W; i = i + 1) begin : g_save
                teq_full_adder u_fa (.a_i(p[i]), .b_i(s_q[i] & ~clr_i), .c_i(c_q[i] & ~clr_i), .s_o(s_d[i]), .co_o(c[i+1]));
            end
            assign c_d = c[ACC_W-1:0];
            teq_reg #(.W(2*ACC_W), .GATE(GATE)) u_save (
                .clk_i(clk_i), .en_i(acc_en_i & ~((GATE != 0) & still)), .d_i({c_d, s_d}), .q_o({c_q, s_q})
            );
            teq_column_sum #(.N_WORDS(1), .WORD_W(ACC_W), .ACC_W(ACC_W), .ADDER(ADDER)) u_out (
                .words_i(s_q), .add_i(c_q), .sum_o(acc_o)
            );
            assign sum_o = p;                     // not used: PSUM = 0
        end
    endgenerate
endmodule
`default_nettype wire
