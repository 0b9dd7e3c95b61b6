// SPDX-License-Identifier: Apache-2.0
//
// teq_core_multiples -- 0, t, 2t, .. (N-1) t, modulo 2^W: even ones are shifted, odd ones
// are one addition away from their neighbour. Combinational.
//   N  >= 2;  W  >= 1
`default_nettype none
module teq_core_multiples #(
    parameter N = 16,
    parameter W = 11
) (
    input  wire [W-1:0]   t_i,
    output wire [N*W-1:0] q_o
);
    genvar b;
    generate
        for (b = 0; b < N; b = b + 1) begin : g_multiple
            wire [W-1:0] y;
            if (b == 0) begin : g_zero
                assign y = {W{1'b0}};
            end else if (b == 1) begin : g_one
                assign y = t_i;
            end else if (b % 2 == 0) begin : g_even
                assign y = g_multiple[b/2].y << 1;
            end else begin : g_odd
                assign y = g_multiple[b-1].y + t_i;
            end
            assign q_o[b*W +: W] = y;
        end
    endgenerate
endmodule
`default_nettype wire
