// SPDX-License-Identifier: Apache-2.0
//
// teq_row_head -- a row's activation code to its values at each weight residue:
// the exponent addition and the antilog, once a row, for all columns.
//
//     E = code_i << shift_i
//     x_o = teq_row_values of E; 0 for code_i = zero_i and for E >= 16 K_RES
//
// (docs/number_format.md, section 4.) x_o is registered: it changes one cycle
// after en_i, holds otherwise, and stays 0 through a run of zero codes, so that
// nothing behind it toggles. Not reset (data path).
//   K_RES   1, 2, 4, 8        MB    4..10
//   NA_MAX  bits of a code, 2..7    GATE  see teq_row_reg
// shift_i 0..6; zero_i is the zero code 2^n - 1 of the tensor's format.
`default_nettype none
module teq_row_head #(
    parameter K_RES  = 4,
    parameter MB     = 7,
    parameter NA_MAX = 5,
    parameter GATE   = 0
) (
    input  wire                clk_i,
    input  wire                en_i,
    input  wire [NA_MAX-1:0]   code_i,
    input  wire [NA_MAX-1:0]   zero_i,
    input  wire [2:0]          shift_i,
    output wire [K_RES*MB-1:0] x_o
);
    localparam RA_W = (K_RES == 8) ? 4 : (K_RES == 4) ? 3 : (K_RES == 2) ? 2 : 1;
    localparam E_W  = NA_MAX + 6;

    wire [E_W-1:0] e    = {6'd0, code_i} << shift_i;
    // past the last shift, or the zero code
    wire           none = (code_i == zero_i) | (|e[E_W-1:RA_W+3]);

    wire [K_RES*MB-1:0] x;
    teq_row_values #(.K_RES(K_RES), .MB(MB)) u_values (.e_i(e[RA_W+2:0]), .none_i(none), .x_o(x));

    teq_row_reg #(.W(K_RES*MB), .GATE(GATE)) u_x (
        .clk_i(clk_i), .en_i(en_i), .zero_i(none), .d_i(x), .q_o(x_o)
    );
endmodule
`default_nettype wire
