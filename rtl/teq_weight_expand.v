// SPDX-License-Identifier: Apache-2.0
//
// teq_weight_expand -- a stored weight code to the word that a cell keeps.
// Combinational; once a weight, at load.
//
//     {s, e}  ->  {0, all ones}        e = 2^n_i - 1, the zero code
//                 {s, e << shift_i}    otherwise
//
// legal_i = 0 (a format that N_MAX bits do not hold) makes every weight zero.
// docs/number_format.md, section 3. An INT array does without this block.
//   N_MAX  bits of a stored weight, sign apart, 2..7
`default_nettype none
module teq_weight_expand #(
    parameter N_MAX = 4
) (
    input  wire [N_MAX:0]   code_i,
    input  wire [N_MAX-1:0] zero_i,
    input  wire [2:0]       shift_i,
    input  wire             legal_i,
    output wire [N_MAX:0]   word_o
);
    localparam S = (N_MAX > 5) ? 3 : (N_MAX > 3) ? 2 : 1; // bits of a legal shift, at most N_MAX - 2

    wire is_zero = (code_i[N_MAX-1:0] == zero_i) | ~legal_i;
    wire unused  = ^shift_i;
    assign word_o = is_zero ? {1'b0, {N_MAX{1'b1}}} : {code_i[N_MAX], code_i[N_MAX-1:0] << shift_i[S-1:0]};
endmodule
`default_nettype wire
