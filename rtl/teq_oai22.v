// SPDX-License-Identifier: Apache-2.0
//
// teq_oai22 -- zn_o = ~((a0 | a1) & (b0 | b1)). Combinational.
//
// The inverted half of a shifter whose stages alternate in polarity (teq_shift_right):
// kept as a black box through logic optimisation like teq_aoi22.
`default_nettype none
module teq_oai22 (
    input  wire a0_i,
    input  wire a1_i,
    input  wire b0_i,
    input  wire b1_i,
    output wire zn_o
);
    assign zn_o = ~((a0_i | a1_i) & (b0_i | b1_i));
endmodule
`default_nettype wire
