// SPDX-License-Identifier: Apache-2.0
//
// teq_fifo2 -- two-entry buffer that cuts a stream: full throughput, and no path
// from an input to an output within a cycle.
//
// A word pushed at an edge is at the head after it. push_i while full_o and pop_i
// while empty_o are ignored. Entries are data and not reset.
//   W  word width, >= 1
`default_nettype none
module teq_fifo2 #(
    parameter W = 8
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire         push_i,
    input  wire [W-1:0] d_i,
    output wire         full_o,
    input  wire         pop_i,
    output wire [W-1:0] q_o,
    output wire         empty_o
);
    reg [W-1:0] head_q;
    reg [W-1:0] tail_q;
    reg         head_valid_q;
    reg         tail_valid_q;

    wire push = push_i & ~tail_valid_q;
    wire pop  = pop_i & head_valid_q;

    assign q_o     = head_q;
    assign empty_o = ~head_valid_q;
    assign full_o  = tail_valid_q;

    always @(posedge clk_i) begin
        if (pop & tail_valid_q) head_q <= tail_q;
        else if (push & (pop | ~head_valid_q)) head_q <= d_i;
        if (push & head_valid_q & ~pop) tail_q <= d_i;
    end

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            head_valid_q <= 1'b0;
            tail_valid_q <= 1'b0;
        end else begin
            head_valid_q <= push | tail_valid_q | (head_valid_q & ~pop);
            tail_valid_q <= head_valid_q & ~pop & (tail_valid_q | push);
        end
    end
endmodule
`default_nettype wire
