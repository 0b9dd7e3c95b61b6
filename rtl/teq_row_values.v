// SPDX-License-Identifier: Apache-2.0
//
// teq_row_values -- the values that a row broadcasts at one exponent, a value for each
// residue. Combinational.
//
//     qa = e_i / (2 K_RES),  ra = e_i mod (2 K_RES)
//     v[r]   = antilog(48 (ra + 2 r) / (2 K_RES), MB + 1) >> qa            r = 0..K_RES-1
//     x_o[r] = v[r] / 2, rounded half up unless the carry would leave the last two bits
//     x_o[r] = 0 with none_i
//
// ra = 2 a + b. A value depends on r and a only by their sum: 2 K_RES - 1 columns are looked
// up, each a function of {qa, b}, four bits, its rounding included, and a picks K_RES
// neighbours of them. That is smaller than K_RES tables of ra with a shifter and a rounding
// each, and quieter: all columns are as deep, none_i needs no gates of its own. The
// stages that pick alternate in polarity, as in teq_shift_right.
//   K_RES  1, 2, 4, 8        MB  4..10
`default_nettype none
module teq_row_values #(
    parameter K_RES = 4,
    parameter MB    = 7
) (
    input  wire [((K_RES == 8) ? 7 : (K_RES == 4) ? 6 : (K_RES == 2) ? 5 : 4)-1:0] e_i,
    input  wire                none_i,
    output wire [K_RES*MB-1:0] x_o
);
    `include "teq_antilog.vh"

    localparam RA_W   = (K_RES == 8) ? 4 : (K_RES == 4) ? 3 : (K_RES == 2) ? 2 : 1;
    localparam STAGES = RA_W - 1;                // bits of a

    // column `step` = a + r at each {qa, b}: 16 bits for each bit of the value, so that picking
    // one takes no multiplication, which an FPGA would make in a DSP block
    /* verilator coverage_off */ // constant function: runs at elaboration only
    function [16*MB-1:0] values;
        input integer step;
        integer i;
        integer j;
        integer v;
        /* verilator lint_off UNUSED */ // the value has MB bits
        integer rounded;
        /* verilator lint_on UNUSED */
        begin
            values = 0;
            for (i = 0; i < 16; i = i + 1) begin
                v = teq_antilog(48 * (i % 2 + 2 * step) / (2 * K_RES), MB + 1) >> (i / 2);
                rounded = (v % 8 == 7) ? v / 2 : (v + 1) / 2;
                for (j = 0; j < MB; j = j + 1) values[16*j + i] = rounded[j];
            end
        end
    endfunction
    /* verilator coverage_on */

    wire [RA_W-1:0] ra = e_i[RA_W-1:0];
    wire [3:0]      at = {e_i[RA_W+2:RA_W], ra[0]};

    genvar s, m, j;
    generate
        // stage s: after the s upper bits of a, inverted where s is odd
        for (s = 0; s <= STAGES; s = s + 1) begin : g_stage
            localparam FAR  = (s > 0) ? (K_RES >> s) : K_RES;
            localparam LEFT = K_RES + FAR - 1;   // columns
            wire [LEFT*MB-1:0] y;
            if (s == 0) begin : g_columns
                for (m = 0; m < LEFT; m = m + 1) begin : g_column
                    localparam [16*MB-1:0] VALUES = values(m);
                    for (j = 0; j < MB; j = j + 1) begin : g_bit
                        wire [15:0] bits = VALUES[16*j +: 16];
                        assign y[m*MB+j] = bits[at];
                    end
                end
            end else begin : g_pick
                wire near = ~ra[RA_W-s] & ((s > 1) | ~none_i);
                wire far  = ra[RA_W-s] & ((s > 1) | ~none_i);
                for (j = 0; j < LEFT * MB; j = j + 1) begin : g_bit
                    if (s % 2 == 1) begin : g_inverts
                        teq_aoi22 u_cell (
                            .a0_i(near), .a1_i(g_stage[s-1].y[j]),
                            .b0_i(far),  .b1_i(g_stage[s-1].y[FAR*MB+j]),
                            .zn_o(y[j])
                        );
                    end else begin : g_restores
                        teq_oai22 u_cell (
                            .a0_i(far),  .a1_i(g_stage[s-1].y[j]),
                            .b0_i(near), .b1_i(g_stage[s-1].y[FAR*MB+j]),
                            .zn_o(y[j])
                        );
                    end
                end
            end
        end
        if (STAGES == 0) begin : g_alone
            assign x_o = g_stage[0].y & {MB{~none_i}};
        end else begin : g_last
            assign x_o = (STAGES % 2 == 1) ? ~g_stage[STAGES].y : g_stage[STAGES].y;
        end
    endgenerate
endmodule
`default_nettype wire
