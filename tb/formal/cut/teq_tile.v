// SPDX-License-Identifier: Apache-2.0
//
// Instead of teq_tile in proofs about control: the arithmetic is cut out, and marks go
// where values go. A column's weights are one bit (the sign of row 0), a vector two bits
// (the low bits of row 0), a sum is both: {weight, vector}.
`default_nettype none
module teq_tile #(
    parameter ENGINE    = "shift",
    parameter ROWS      = 1,
    parameter COLS      = 1,
    parameter N_MAX     = 2,
    parameter K_RES     = 1,
    parameter MB        = 4,
    parameter PW        = 4,
    parameter ACC_W     = 8,
    parameter NA_MAX    = 2,
    parameter LOAD_COLS = 1,
    parameter DOUBLE    = 1,
    parameter PSUM      = 1,
    parameter CHAIN     = 0,
    parameter PIPE      = 0,
    parameter W_LATCH   = 0,
    parameter GATE      = 0,
    parameter ADDER     = "cells"
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,
    input  wire [COLS/LOAD_COLS-1:0]     load_i,
    input  wire                          swap_i,
    input  wire [LOAD_COLS*ROWS*(N_MAX+1)-1:0] w_i,
    input  wire                          x_en_i,
    input  wire [ROWS*NA_MAX-1:0]        code_i,
    input  wire [NA_MAX-1:0]             zero_i,
    input  wire [2:0]                    shift_i,
    input  wire                          sum_en_i,
    input  wire                          acc_en_i,
    input  wire                          clr_i,
    input  wire                          chain_i,
    input  wire                          psum_sel_i,
    input  wire [COLS*ACC_W-1:0]         psum_i,
    output wire [COLS*ACC_W-1:0]         sum_o,
    output wire [COLS*ACC_W-1:0]         acc_o
);
    reg  [1:0]      x_q;
    reg  [COLS-1:0] next_q;
    reg  [COLS-1:0] w_q;
    always @(posedge clk_i) if (x_en_i) x_q <= code_i[1:0];

    // with latches nothing looks at the weights while they come in; the first cycle is one of reset
    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (W_LATCH != 0 && started_q && |load_i) begin
        if (DOUBLE != 0) assert (!swap_i);
        else if (PIPE != 0) assert (!sum_en_i);
        else assert (!acc_en_i);
    end

    genvar i;
    generate
        for (i = 0; i < COLS; i = i + 1) begin : g_col
            wire [2:0] mark;                      // of the vector whose sums are added
            reg  [2:0] acc_q;
            wire       w = w_i[(i%LOAD_COLS)*ROWS*(N_MAX+1) + N_MAX];
            if (DOUBLE != 0) begin : g_double
                always @(posedge clk_i) if (load_i[i/LOAD_COLS]) next_q[i] <= w;
                always @(posedge clk_i) if (swap_i) w_q[i] <= next_q[i];
            end else begin : g_single
                always @(posedge clk_i) if (load_i[i/LOAD_COLS]) w_q[i] <= w;
            end
            if (PIPE != 0) begin : g_pipe
                reg [2:0] mark_q;
                always @(posedge clk_i) if (sum_en_i) mark_q <= {w_q[i], x_q};
                assign mark = mark_q;
            end else begin : g_no_pipe
                assign mark = {w_q[i], x_q};
            end
            always @(posedge clk_i) if (acc_en_i) acc_q <= mark;
            assign sum_o[i*ACC_W +: ACC_W] = mark;
            assign acc_o[i*ACC_W +: ACC_W] = acc_q;
        end
    endgenerate
endmodule
`default_nettype wire
