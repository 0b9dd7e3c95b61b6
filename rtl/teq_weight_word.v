// SPDX-License-Identifier: Apache-2.0
//
// teq_weight_word -- W bits of teq_weight_set with LATCH = 1: q_o takes d_i in the low half of
// a cycle with en_i, and has it before the cycle ends. Nothing may look at q_o in that cycle.
//
// In an ASIC these are latches behind a clock gate that opens while the clock is low
// (synth/asic/latch/teq_weight_word.v takes the place of this file): d_i and en_i have half a cycle.
// Here they are flip-flops of the falling edge.
`default_nettype none
module teq_weight_word #(
    parameter W = 40
) (
    input  wire         clk_i,
    input  wire         en_i,
    input  wire [W-1:0] d_i,
    output wire [W-1:0] q_o
);
    reg [W-1:0] word_q;
    assign q_o = word_q;

    always @(negedge clk_i) if (en_i) word_q <= d_i;
endmodule
`default_nettype wire
