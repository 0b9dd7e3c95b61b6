// SPDX-License-Identifier: Apache-2.0
//
// teq_psum_word -- W bits of teq_psum_latch: q_o takes d_i in the cycle after en_i, when it must
// stand still from edge to edge, and has it before the cycle ends.
//
// In an ASIC these are latches behind a clock gate, open in the high half of that cycle
// (synth/asic/latch/teq_psum_word.v takes the place of this file). Here they are flip-flops of
// the falling edge: a latch that opens at the edge at which its reader is stored is a race for
// a simulator without delays, and none in silicon, where it opens a clock gate later.
`default_nettype none
module teq_psum_word #(
    parameter W = 60
) (
    input  wire         clk_i,
    input  wire         en_i,
    input  wire [W-1:0] d_i,
    output wire [W-1:0] q_o
);
    reg         en_q;
    reg [W-1:0] word_q;
    assign q_o = word_q;

    always @(posedge clk_i) en_q <= en_i;
    always @(negedge clk_i) if (en_q) word_q <= d_i;
endmodule
`default_nettype wire
