// SPDX-License-Identifier: Apache-2.0
//
// teq_reg -- W flip-flops with a common enable, not reset (data path).
//
// q_o takes d_i at the rising edge of clk_i in cycles with en_i high.
//   W     width, >= 1
//   GATE  1: the clock is gated by one teq_clock_gate (ASIC: no multiplexer a bit)
//         0: enable flip-flops (FPGA)
`default_nettype none
module teq_reg #(
    parameter W    = 1,
    parameter GATE = 0
) (
    input  wire         clk_i,
    input  wire         en_i,
    input  wire [W-1:0] d_i,
    output wire [W-1:0] q_o
);
    reg [W-1:0] q_q;
    assign q_o = q_q;

    generate
        if (GATE != 0) begin : g_gate
            wire clk_g;
            teq_clock_gate u_gate (.clk_i(clk_i), .en_i(en_i), .clk_o(clk_g));
            always @(posedge clk_g) q_q <= d_i;
        end else begin : g_enable
            always @(posedge clk_i) if (en_i) q_q <= d_i;
        end
    endgenerate
endmodule
`default_nettype wire
