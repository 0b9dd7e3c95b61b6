// SPDX-License-Identifier: Apache-2.0
//
// teq_fifo2: nothing lost, nothing twice, order kept, the head still until it is taken.
// `pick_i` chooses any pushed word, which is then followed: `ahead` words must leave before it.
`default_nettype none
module f_fifo2 #(
    parameter W = 3
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire         push_i,
    input  wire [W-1:0] d_i,
    input  wire         pop_i,
    input  wire         pick_i
);
    wire         full;
    wire         empty;
    wire [W-1:0] q;
    teq_fifo2 #(.W(W)) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni), .push_i(push_i), .d_i(d_i), .full_o(full),
        .pop_i(pop_i), .q_o(q), .empty_o(empty)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);

    wire push = push_i & ~full;
    wire pop  = pop_i & ~empty;

    reg [1:0]   n_q;                              // words inside
    reg         follow_q;
    reg [1:0]   ahead_q;
    reg [W-1:0] word_q;
    always @(posedge clk_i)
        if (!rst_ni) begin
            n_q      <= 2'd0;
            follow_q <= 1'b0;
        end else begin
            n_q <= n_q + {1'b0, push} - {1'b0, pop};
            if (!follow_q) begin
                follow_q <= push & pick_i;
                ahead_q  <= n_q - {1'b0, pop};
                word_q   <= d_i;
            end else if (pop) begin
                follow_q <= (ahead_q != 2'd0);
                ahead_q  <= ahead_q - 2'd1;
            end
        end

    reg         held_q;                           // a word was offered and not taken
    reg [W-1:0] head_q;
    always @(posedge clk_i) begin
        held_q <= rst_ni & ~empty & ~pop_i;
        head_q <= q;
    end

    always @* if (started_q) begin
        assert (n_q <= 2'd2);
        assert (empty == (n_q == 2'd0));
        assert (full == (n_q == 2'd2));           // so a push and a pop a cycle can go on for ever
        if (follow_q & ahead_q == 2'd0) assert (~empty & q == word_q);
        if (held_q) assert (~empty & q == head_q);
    end
endmodule
`default_nettype wire
