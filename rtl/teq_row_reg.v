// SPDX-License-Identifier: Apache-2.0
//
// teq_row_reg -- the register behind a row's broadcast: a teq_reg whose clock stands still
// while zero follows zero. Not reset (data path).
//
// q_o takes d_i at the rising edge of clk_i in cycles with en_i high, like teq_reg, cycle for
// cycle. zero_i says that d_i is zero (it comes early, d_i late). Half of the activations
// behind ReLU are zero, and a row that a layer does not use is nothing else. What q_o holds is
// looked at itself: a flag would have to be right from power-up on.
//   W, GATE  see teq_reg; without clock gates nothing is gained, and all cycles are taken
`default_nettype none
module teq_row_reg #(
    parameter W    = 1,
    parameter GATE = 0
) (
    input  wire         clk_i,
    input  wire         en_i,
    input  wire         zero_i,
    input  wire [W-1:0] d_i,
    output wire [W-1:0] q_o
);
    wire still = (GATE != 0) & zero_i & ~(|q_o);

    teq_reg #(.W(W), .GATE(GATE)) u_q (.clk_i(clk_i), .en_i(en_i & ~still), .d_i(d_i), .q_o(q_o));
endmodule
`default_nettype wire
