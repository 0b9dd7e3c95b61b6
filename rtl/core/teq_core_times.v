// SPDX-License-Identifier: Apache-2.0
//
// teq_core_times -- n * t modulo 2^W by shifts and adds, for a small n. Combinational,
// one addition a bit of n.
//   NW  bits of n, >= 1;  W  >= 1
`default_nettype none
module teq_core_times #(
    parameter NW = 4,
    parameter W  = 11
) (
    input  wire [NW-1:0] n_i,
    input  wire [W-1:0]  t_i,
    output wire [W-1:0]  q_o
);
    genvar k;
    generate
        for (k = 0; k < NW; k = k + 1) begin : g_bit
            wire [W-1:0] term = n_i[k] ? t_i << k : {W{1'b0}};
            wire [W-1:0] y;
            if (k == 0) begin : g_first
                assign y = term;
            end else begin : g_next
                assign y = g_bit[k-1].y + term;
            end
        end
    endgenerate
    assign q_o = g_bit[NW-1].y;
endmodule
`default_nettype wire
