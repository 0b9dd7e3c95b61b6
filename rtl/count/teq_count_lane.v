// SPDX-License-Identifier: Apache-2.0
//
// teq_count_lane -- a weight and an activation to their bins. Combinational.
//
//     x_o[E]                 hit and sign at E = e_w + e_a, as teq_count_decode
//     x_o[N_BINS + e]        BETA = 1: at e_w,  e = 0..2^N_MAX - 2
//     x_o[N_BINS + N_W + e]            at e_a,  e = 0..2^NA_MAX - 2
//     s_o                    sign of the product
//
// A pair with a zero hits nothing: a weight of all ones, an activation with nz_i = 0.
//   N_MAX, NA_MAX  2..7     BETA  0, 1     N_X  set by teq_count_column
`default_nettype none
module teq_count_lane #(
    parameter N_MAX  = 4,
    parameter NA_MAX = 4,
    parameter BETA   = 0,
    parameter ADDER  = "cells",
    parameter N_X    = 29
) (
    //Weight {s, e}
    input  wire [N_MAX:0]    w_i,
    //Activation
    input  wire [NA_MAX-1:0] e_i,
    input  wire              nz_i,
    input  wire              s_i,
    //Bins
    output wire [N_X-1:0]    x_o,
    output wire              s_o
);
    localparam N_W    = (1 << N_MAX) - 1;
    localparam N_A    = (1 << NA_MAX) - 1;
    localparam N_BINS = N_W + N_A - 1;
    localparam E_W    = ((N_MAX > NA_MAX) ? N_MAX : NA_MAX) + 1;

    wire [N_MAX-1:0] e_w = w_i[N_MAX-1:0];
    wire [E_W-1:0]   e;
    wire             hit = nz_i & ~(&e_w);
    assign s_o = w_i[N_MAX] ^ s_i;

    teq_column_sum #(.N_WORDS(1), .WORD_W(NA_MAX), .ACC_W(E_W), .ADDER(ADDER)) u_add (
        .words_i(e_i), .add_i({{E_W-N_MAX{1'b0}}, e_w}), .sum_o(e)
    );
    teq_count_decode #(.E_W(E_W), .N_BINS(N_BINS)) u_sum (
        .e_i(e), .en_i(hit), .s_i(s_o), .x_o(x_o[N_BINS-1:0])
    );
    generate
        if (BETA != 0) begin : g_beta
            teq_count_decode #(.E_W(N_MAX), .N_BINS(N_W)) u_w (
                .e_i(e_w), .en_i(hit), .s_i(s_o), .x_o(x_o[N_BINS +: N_W])
            );
            teq_count_decode #(.E_W(NA_MAX), .N_BINS(N_A)) u_a (
                .e_i(e_i), .en_i(hit), .s_i(s_o), .x_o(x_o[N_BINS+N_W +: N_A])
            );
        end
    endgenerate
endmodule
`default_nettype wire
