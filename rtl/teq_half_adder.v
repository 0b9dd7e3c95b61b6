// SPDX-License-Identifier: Apache-2.0
//
// teq_half_adder -- a + b = 2 co + s. Combinational; kept like teq_full_adder.
`default_nettype none
module teq_half_adder (
    input  wire a_i,
    input  wire b_i,
    output wire s_o,
    output wire co_o
);
    assign s_o  = a_i ^ b_i;
    assign co_o = a_i & b_i;
endmodule
`default_nettype wire
