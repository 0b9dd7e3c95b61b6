// SPDX-License-Identifier: Apache-2.0
//
// teq_weight_word -- in place of rtl/teq_weight_word.v in an ASIC: W latches behind a clock
// gate, open in the low half of a cycle with en_i. Ports and contract as there.
`default_nettype none
module teq_weight_word #(
    parameter W = 40
) (
    input  wire         clk_i,
    input  wire         en_i,
    input  wire [W-1:0] d_i,
    output wire [W-1:0] q_o
);
    wire        open;
    reg [W-1:0] word_q;
    assign q_o = word_q;

    teq_clock_gate u_gate (.clk_i(~clk_i), .en_i(en_i), .clk_o(open));
    /* verilator lint_off LATCH */ // a latch is what this is
    always @* if (open) word_q = d_i;
    /* verilator lint_on LATCH */
endmodule
`default_nettype wire
