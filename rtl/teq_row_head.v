// SPDX-License-Identifier: Apache-2.0
//
// teq_row_head -- a row's activation code to its values at each weight residue:
// the exponent addition and the antilog, once a row, for all columns.
//
//     E = code_i << shift_i,  qa = E / (2 K_RES),  ra = E mod (2 K_RES)
//     v[r]   = antilog(48 ra / (2 K_RES) + 48 r / K_RES, MB + 1) >> qa     r = 0..K_RES-1
//     x_o[r] = v[r] / 2, rounded half up unless the carry would leave the last two bits
//     x_o[r] = 0 for code_i = zero_i and for qa >= 8
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
    `include "teq_antilog.vh"

    localparam N_RA = 2 * K_RES;
    localparam RA_W = (K_RES == 8) ? 4 : (K_RES == 4) ? 3 : (K_RES == 2) ? 2 : 1;
    localparam E_W  = NA_MAX + 6;
    localparam V_W  = MB + 1;                    // a bit more, to round

    // antilogs of all ra at one residue
    /* verilator coverage_off */ // constant function: runs at elaboration only
    function [N_RA*V_W-1:0] tops;
        input integer residue;
        integer i;
        /* verilator lint_off UNUSED */ // the value has V_W bits
        integer v;
        /* verilator lint_on UNUSED */
        begin
            tops = 0;
            for (i = 0; i < N_RA; i = i + 1) begin
                v = teq_antilog(48 * i / N_RA + 48 * residue / K_RES, V_W);
                tops[i*V_W +: V_W] = v[V_W-1:0];
            end
        end
    endfunction
    /* verilator coverage_on */

    wire [E_W-1:0]  e    = {6'd0, code_i} << shift_i;
    wire [RA_W-1:0] ra   = e[RA_W-1:0];
    wire [E_W-1:0]  qa   = e >> RA_W;
    wire            none = (code_i == zero_i) | (|qa[E_W-1:3]);

    wire [K_RES*MB-1:0] x;
    genvar r;
    generate
        for (r = 0; r < K_RES; r = r + 1) begin : g_residue
            localparam [N_RA*V_W-1:0] TOPS = tops(r);
            wire [V_W-1:0] top = TOPS[ra*V_W +: V_W];     // value before the shift
            wire [V_W-1:0] v   = top >> qa[2:0];
            wire [MB-1:0]  rounded;
            assign rounded[0] = (v[1] ^ v[0]) | (v[2] & v[1]);
            assign rounded[1] = v[2] | (v[1] & v[0]);
            assign rounded[MB-1:2] = v[V_W-1:3];
            assign x[r*MB +: MB] = none ? {MB{1'b0}} : rounded;
        end
    endgenerate

    teq_row_reg #(.W(K_RES*MB), .GATE(GATE)) u_x (
        .clk_i(clk_i), .en_i(en_i), .zero_i(none), .d_i(x), .q_o(x_o)
    );
endmodule
`default_nettype wire
