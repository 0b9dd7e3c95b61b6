// SPDX-License-Identifier: Apache-2.0
//
// teq_cell_bw -- INT baseline: partial products of a signed stored weight and an
// unsigned activation, Baugh-Wooley. Combinational.
//
//     pp_o[i] = w[i] ? a_i : 0              i = 0..B-2
//     pp_o[B-1] = w[B-1] ? 2^B - 1 - a_i : 0  (the sign bit, one's complement)
//
// The B partial products of B bits go to the column's tree as they are, one
// binary place apart. cell_bias(w) = w[B-1] (2^B - 1) 2^(B-1), a constant of the
// stored weight, is folded into the bias of the output.
//   B  bits of weight and activation, 3..8
`default_nettype none
module teq_cell_bw #(
    parameter B = 8
) (
    input  wire [B-1:0]   a_i,
    input  wire [B-1:0]   w_i,
    output wire [B*B-1:0] pp_o
);
    genvar i;
    generate
        for (i = 0; i < B - 1; i = i + 1) begin : g_pp
            assign pp_o[i*B +: B] = a_i & {B{w_i[i]}};
        end
    endgenerate
    assign pp_o[(B-1)*B +: B] = ~a_i & {B{w_i[B-1]}};
endmodule
`default_nettype wire
