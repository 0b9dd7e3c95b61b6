// SPDX-License-Identifier: Apache-2.0
//
// teq_full_adder -- a + b + c = 2 co + s. Combinational.
//
// The adder trees are made of these so that an ASIC flow can keep each one as a
// black box through logic optimisation and map it to the library's full adder
// cell. c_i is the input to give the latest signal.
`default_nettype none
module teq_full_adder (
    input  wire a_i,
    input  wire b_i,
    input  wire c_i,
    output wire s_o,
    output wire co_o
);
    assign s_o  = a_i ^ b_i ^ c_i;
    assign co_o = (a_i & b_i) | (c_i & (a_i | b_i));
endmodule
`default_nettype wire
