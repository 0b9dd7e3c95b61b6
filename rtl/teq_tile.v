// SPDX-License-Identifier: Apache-2.0
//
// teq_tile -- weight-stationary tile: ROWS row heads broadcast to ROWS x COLS
// cells, COLS adder trees, one accumulator register a column. This is the unit
// whose area and energy are compared between engines.
//
// Timing: a vector enters with x_en_i in cycle 0; its values are broadcast in
// cycle 1, when acc_en_i adds their products to the accumulators, visible in acc_o
// in cycle 2. One vector a cycle. The surrounding teq_array does all control; the
// tile holds no control state and is not reset (W_LATCH = 1: what it knows of zero weights is).
// PIPE = 1: the sums of a column take two cycles (teq_column_pipe). sum_en_i in cycle 1 takes
// the products into the register between; acc_en_i, clr_i, chain_i, psum_sel_i, psum_i
// belong to cycle 2, acc_o is visible in cycle 3. Still one vector a cycle, one after the other
// stalled by its enable alone.
//
// Chained vectors (CHAIN = 1, chain_i): column c of the lower half starts from the accumulator
// of column c + COLS/2, a column of the upper half from zero; with clr_i both from zero.
//
// Engines (what a cell does) and their legal parameters:
//   "shift"   teq_cell_shift   N_MAX 2..7, K_RES 1, 2, 4, 8 with K_RES <= 2^N_MAX
//   "select"  teq_cell_select  N_MAX 2..4, K_RES likewise
//   "booth"   teq_cell_booth   INT of N_MAX + 1 bits, N_MAX 2..7, NA_MAX = N_MAX + 1;
//                              K_RES, MB, PW unused
//   "bw"      teq_cell_bw      likewise
// Other parameters:
//   ROWS, COLS  1..64       MB 4..10, PW MB..MB+2   value and product bits
//   ACC_W       PW..40      accumulator; growth bound in docs/number_format.md, 5
//   N_MAX                   bits of a stored weight, sign apart
//   NA_MAX      2..7        bits of an activation code (INT: N_MAX + 1)
//   LOAD_COLS   divides COLS; columns loaded in a cycle
//   DOUBLE      second set of weight registers (load while computing)
//   PSUM        feedback from a partial-sum memory
//   CHAIN       chained vectors; COLS even. 0: chain_i is ignored
//   PIPE        a register inside the columns' sums. 0: sum_en_i is ignored
//   W_LATCH     weights come in through latches (teq_weight_latch). Then not in a cycle with load_i:
//               swap_i (DOUBLE = 1), acc_en_i or with PIPE = 1 sum_en_i (DOUBLE = 0)
//   GATE        1 clock gates, 0 enable flip-flops
//   ADDER       "cells" full adders to be kept, "plain" `+` for FPGA
`default_nettype none
module teq_tile #(
    parameter ENGINE    = "shift",
    parameter ROWS      = 16,
    parameter COLS      = 16,
    parameter N_MAX     = 4,
    parameter K_RES     = 4,
    parameter MB        = 7,
    parameter PW        = 7,
    parameter ACC_W     = 15,
    parameter NA_MAX    = 5,
    parameter LOAD_COLS = 2,
    parameter DOUBLE    = 1,
    parameter PSUM      = 1,
    parameter CHAIN     = 0,
    parameter PIPE      = 0,
    parameter W_LATCH   = 0,
    parameter GATE      = 0,
    parameter ADDER     = "cells"
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,       // W_LATCH = 1; else not used
    //Weights: group g takes columns g*LOAD_COLS .. from w_i, each column ROWS words
    input  wire [COLS/LOAD_COLS-1:0]     load_i,
    input  wire                          swap_i,
    input  wire [LOAD_COLS*ROWS*(N_MAX+1)-1:0] w_i,
    //Activations
    input  wire                          x_en_i,
    input  wire [ROWS*NA_MAX-1:0]        code_i,
    input  wire [NA_MAX-1:0]             zero_i,
    input  wire [2:0]                    shift_i,
    //Accumulators
    input  wire                          sum_en_i,
    input  wire                          acc_en_i,
    input  wire                          clr_i,
    input  wire                          chain_i,      // over psum_sel_i
    input  wire                          psum_sel_i,
    input  wire [COLS*ACC_W-1:0]         psum_i,
    output wire [COLS*ACC_W-1:0]         sum_o,
    output wire [COLS*ACC_W-1:0]         acc_o
);
    `include "teq_engine.vh"

    localparam W_W = N_MAX + 1;
    localparam [N_MAX:0] WORD_ZERO = IS_INT ? {W_W{1'b0}} : {1'b0, {N_MAX{1'b1}}};
    localparam X_W = IS_INT ? NA_MAX : K_RES * MB;

    wire [ROWS*X_W-1:0] x;
    localparam BLOCK   = 8;                       // rows of a block of weights
    localparam N_BLOCK = (ROWS + BLOCK - 1) / BLOCK;
    wire [LOAD_COLS*N_BLOCK-1:0] w_zero;          // all weights of a column's block are zero

    genvar i;
    generate
        // An illegal parameter stops elaboration in every tool by a module that does not
        // exist; its name is the message.
        if (!IS_EXP && !IS_INT) begin : g_bad_engine
            ENGINE_must_be_shift_select_booth_or_bw u_error ();
        end
        if (N_MAX < 2 || N_MAX > 7) begin : g_bad_n
            N_MAX_must_be_2_to_7 u_error ();
        end
        if (IS_SELECT && N_MAX > 4) begin : g_bad_n_select
            N_MAX_of_engine_select_must_be_2_to_4 u_error ();
        end
        if (IS_INT && NA_MAX != N_MAX + 1) begin : g_bad_na_int
            NA_MAX_of_an_INT_engine_must_be_N_MAX_plus_1 u_error ();
        end
        if (!IS_INT && (NA_MAX < 2 || NA_MAX > 7)) begin : g_bad_na
            NA_MAX_must_be_2_to_7 u_error ();
        end
        if (!IS_INT && (K_RES != 1 && K_RES != 2 && K_RES != 4 && K_RES != 8 || K_RES > (1 << N_MAX))) begin : g_bad_k
            K_RES_must_be_1_2_4_or_8_and_at_most_2_to_the_N_MAX u_error ();
        end
        if (!IS_INT && (MB < 4 || MB > 10 || PW < MB || PW > MB + 2)) begin : g_bad_pw
            MB_must_be_4_to_10_and_PW_from_MB_to_MB_plus_2 u_error ();
        end
        if (ACC_W > 40 || (IS_INT ? ACC_W < N_MAX + NA_MAX : ACC_W < PW)) begin : g_bad_acc
            ACC_W_must_hold_a_product_and_be_at_most_40 u_error ();
        end
        if (ROWS < 1 || ROWS > 64 || COLS < 1 || COLS > 64) begin : g_bad_shape
            ROWS_and_COLS_must_be_1_to_64 u_error ();
        end
        if (LOAD_COLS < 1 || COLS % LOAD_COLS != 0) begin : g_bad_load
            LOAD_COLS_must_divide_COLS u_error ();
        end
        if (ADDER != "cells" && ADDER != "plain") begin : g_bad_adder
            ADDER_must_be_cells_or_plain u_error ();
        end
        if (CHAIN != 0 && (CHAIN != 1 || COLS % 2 != 0)) begin : g_bad_chain
            CHAIN_must_be_0_or_1_and_COLS_even_with_1 u_error ();
        end
        if (PIPE < 0 || PIPE > 1) begin : g_bad_pipe
            PIPE_must_be_0_or_1 u_error ();
        end
        if (W_LATCH < 0 || W_LATCH > 1) begin : g_bad_w_latch
            W_LATCH_must_be_0_or_1 u_error ();
        end
        if (DOUBLE < 0 || DOUBLE > 1 || PSUM < 0 || PSUM > 1 || GATE < 0 || GATE > 1) begin : g_bad_flag
            DOUBLE_PSUM_and_GATE_must_be_0_or_1 u_error ();
        end

        for (i = 0; i < ROWS; i = i + 1) begin : g_row
            if (IS_INT) begin : g_int
                teq_row_reg #(.W(NA_MAX), .GATE(GATE)) u_x (
                    .clk_i(clk_i), .en_i(x_en_i), .zero_i(~(|code_i[i*NA_MAX +: NA_MAX])),
                    .d_i(code_i[i*NA_MAX +: NA_MAX]), .q_o(x[i*X_W +: X_W])
                );
            end else begin : g_exp
                teq_row_head #(.K_RES(K_RES), .MB(MB), .NA_MAX(NA_MAX), .GATE(GATE)) u_head (
                    .clk_i(clk_i), .en_i(x_en_i), .code_i(code_i[i*NA_MAX +: NA_MAX]),
                    .zero_i(zero_i), .shift_i(shift_i), .x_o(x[i*X_W +: X_W])
                );
            end
        end
        if (IS_INT) begin : g_int_unused
            wire unused_format = ^{zero_i, shift_i};
        end

        for (i = 0; i < LOAD_COLS * N_BLOCK; i = i + 1) begin : g_zero
            localparam FIRST = i % N_BLOCK * BLOCK;
            localparam N     = FIRST + BLOCK > ROWS ? ROWS - FIRST : BLOCK;
            assign w_zero[i] = (w_i[(i/N_BLOCK*ROWS+FIRST)*W_W +: N*W_W] == {N{WORD_ZERO}});
        end

        if (CHAIN == 0) begin : g_no_chain
            wire unused_chain = chain_i;
        end

        for (i = 0; i < COLS; i = i + 1) begin : g_col
            localparam LOWER = (CHAIN != 0 && i < COLS / 2) ? 1 : 0;
            wire             clr;
            wire             sel;
            wire [ACC_W-1:0] psum;                // the feedback if sel

            if (LOWER != 0) begin : g_lower
                wire [ACC_W-1:0] above = acc_o[(i+COLS/2)*ACC_W +: ACC_W];
                // from a zero above it is as if cleared: the clock of a column out of use stands still
                assign clr  = clr_i | (chain_i & (GATE != 0) & ~(|above));
                assign sel  = chain_i | (psum_sel_i & (PSUM != 0));
                assign psum = (chain_i | (PSUM == 0)) ? above : psum_i[i*ACC_W +: ACC_W];
            end else begin : g_plain
                assign clr  = clr_i | (chain_i & (CHAIN != 0));
                assign sel  = psum_sel_i;
                assign psum = psum_i[i*ACC_W +: ACC_W];
            end

            teq_column #(
                .ENGINE(ENGINE), .ROWS(ROWS), .N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW),
                .ACC_W(ACC_W), .DOUBLE(DOUBLE), .PSUM(PSUM | LOWER), .PIPE(PIPE), .W_LATCH(W_LATCH), .BLOCK(BLOCK),
                .GATE(GATE), .ADDER(ADDER), .X_W(X_W)
            ) u_column (
                .clk_i(clk_i), .rst_ni(rst_ni),
                .load_i(load_i[i/LOAD_COLS]), .swap_i(swap_i),
                .w_i(w_i[(i%LOAD_COLS)*ROWS*W_W +: ROWS*W_W]), .w_zero_i(w_zero[i%LOAD_COLS*N_BLOCK +: N_BLOCK]),
                .x_i(x), .sum_en_i(sum_en_i),
                .acc_en_i(acc_en_i), .clr_i(clr), .psum_sel_i(sel), .psum_i(psum),
                .sum_o(sum_o[i*ACC_W +: ACC_W]), .acc_o(acc_o[i*ACC_W +: ACC_W])
            );
        end
    endgenerate
endmodule
`default_nettype wire
