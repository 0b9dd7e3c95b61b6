// SPDX-License-Identifier: Apache-2.0
//
// teq_core_rotate -- N words rotated: from banks to lanes, or (UP = 1) from lanes to
// banks. Combinational, LN levels of multiplexers.
//
//     UP = 0:  q[i] = d[(i + by) mod N]        UP = 1:  q[i] = d[(i - by) mod N]
//
//   N  words, a power of two, >= 2;  LN = log2(N);  W  bits of a word, >= 1
`default_nettype none
module teq_core_rotate #(
    parameter N  = 16,
    parameter LN = 4,
    parameter W  = 6,
    parameter UP = 0
) (
    input  wire [LN-1:0]  by_i,
    input  wire [N*W-1:0] d_i,
    output wire [N*W-1:0] q_o
);
    genvar k;
    generate
        for (k = 0; k < LN; k = k + 1) begin : g_level
            localparam CUT = ((UP != 0) ? N - (1 << k) : (1 << k)) * W;
            wire [N*W-1:0] x;
            wire [N*W-1:0] y;
            if (k == 0) begin : g_first
                assign x = d_i;
            end else begin : g_next
                assign x = g_level[k-1].y;
            end
            assign y = by_i[k] ? {x[CUT-1:0], x[N*W-1:CUT]} : x;
        end
    endgenerate
    assign q_o = g_level[LN-1].y;
endmodule
`default_nettype wire
