// SPDX-License-Identifier: Apache-2.0
//
// teq_aoi22 -- zn_o = ~((a0 & a1) | (b0 & b1)). Combinational.
//
// The atom of one-hot selectors: an ASIC flow keeps it as a black box through
// logic optimisation and maps it to the library's AOI22, which beats binary
// multiplexers in area and in glitches.
`default_nettype none
module teq_aoi22 (
    input  wire a0_i,
    input  wire a1_i,
    input  wire b0_i,
    input  wire b1_i,
    output wire zn_o
);
    assign zn_o = ~((a0_i & a1_i) | (b0_i & b1_i));
endmodule
`default_nettype wire
