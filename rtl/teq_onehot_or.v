// SPDX-License-Identifier: Apache-2.0
//
// teq_onehot_or -- z_o = OR over i of sel_i[i] & d_i[i]. Combinational.
//
// With at most one bit of sel_i set this selects a bit of d_i; with none set it
// is 0 and nothing behind it toggles, whatever d_i does.
//   N  inputs, >= 1
`default_nettype none
module teq_onehot_or #(
    parameter N = 4
) (
    input  wire [N-1:0] sel_i,
    input  wire [N-1:0] d_i,
    output wire         z_o
);
    localparam PAIRS = N / 2;
    localparam TERMS = (N + 1) / 2;

    wire [TERMS-1:0] zn;
    genvar i;
    generate
        for (i = 0; i < PAIRS; i = i + 1) begin : g_pair
            teq_aoi22 u_pair (
                .a0_i(sel_i[2*i]),   .a1_i(d_i[2*i]),
                .b0_i(sel_i[2*i+1]), .b1_i(d_i[2*i+1]),
                .zn_o(zn[i])
            );
        end
        if (TERMS > PAIRS) begin : g_odd
            assign zn[TERMS-1] = ~(sel_i[N-1] & d_i[N-1]);
        end
    endgenerate
    assign z_o = ~(&zn);
endmodule
`default_nettype wire
