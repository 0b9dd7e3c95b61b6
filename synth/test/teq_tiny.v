// SPDX-License-Identifier: Apache-2.0
//
// For synth/test/flow.sh: three flip-flops, two full adders in a row, one flip-flop.
//
//     area = 4 * 16 + 2 * 20 = 104       path = 0.3 + 0.5 + 0.5 + 0.05 = 1.35
`default_nettype none
module teq_tiny (
    input  wire       clk_i,
    input  wire [2:0] d_i,
    output reg        q_o
);
    reg [2:0] d_q;
    wire      s;
    wire      c;
    wire      s2;
    wire      unused;
    teq_full_adder u_first  (.a_i(d_q[0]), .b_i(d_q[1]), .c_i(d_q[2]), .s_o(s), .co_o(c));
    teq_full_adder u_second (.a_i(s), .b_i(c), .c_i(d_q[0]), .s_o(s2), .co_o(unused));
    always @(posedge clk_i) begin
        d_q <= d_i;
        q_o <= s2;
    end
endmodule
`default_nettype wire
