// SPDX-License-Identifier: Apache-2.0
//
// Instead of teq_count_column in proofs about control: as teq_tile in this folder. What
// the histogram keeps is the mark of the final vector; any multiplication passes it on.
`default_nettype none
module teq_count_column #(
    parameter ROWS   = 2,
    parameter N_MAX  = 2,
    parameter NA_MAX = 2,
    parameter BETA   = 0,
    parameter CNT_W  = 11,
    parameter ACC_W  = 17,
    parameter DOUBLE = 1,
    parameter GATE   = 0,
    parameter ADDER  = "cells",
    parameter N_X    = 5
) (
    input  wire                   clk_i,
    input  wire                   load_i,
    input  wire                   swap_i,
    input  wire [ROWS*(N_MAX+1)-1:0] w_i,
    input  wire [ROWS*NA_MAX-1:0] e_i,
    input  wire [ROWS-1:0]        nz_i,
    input  wire [ROWS-1:0]        s_i,
    input  wire                   acc_en_i,
    input  wire                   clr_i,
    input  wire                   keep_i,
    input  wire [N_X-1:0]         sel_i,
    input  wire                   read_i,
    input  wire                   mul_i,
    input  wire [2:0]             start_i,
    input  wire [15:0]            g_i,
    output wire [ACC_W-1:0]       acc_o,
    output wire [2*ACC_W+CNT_W-1:0] beta_o
);
    reg       next_q;
    reg       w_q;
    reg [2:0] kept_q;
    reg [2:0] acc_q;
    wire      w = (DOUBLE != 0) ? next_q : w_i[N_MAX];
    always @(posedge clk_i) begin
        if (load_i) next_q <= w_i[N_MAX];
        if ((DOUBLE != 0) ? swap_i : load_i) w_q <= w;
        if (keep_i) kept_q <= {w_q, e_i[1:0]};
        if (mul_i) acc_q <= kept_q;
    end
    assign acc_o  = acc_q;
    assign beta_o = 0;
endmodule
`default_nettype wire
