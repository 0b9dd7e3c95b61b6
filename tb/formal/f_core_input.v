// SPDX-License-Identifier: Apache-2.0
//
// teq_core_input: of an input of up to three lines of up to seven codes each beat is taken
// once, when it is there and ACT's port is free, and its codes go where docs/core.md says;
// TKEEP and TLAST are judged by what the line has left; the end comes with the last beat, and
// nothing that the beats say makes it come earlier or later.
`default_nettype none
module f_core_input (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       start_i,
    input  wire [4:0] base_i,
    input  wire [1:0] lines_i,
    input  wire [2:0] len_i,
    input  wire [3:0] step_i,
    input  wire       valid_i,
    input  wire       port_i,
    input  wire       last_i,
    input  wire [3:0] keep_i,
    input  wire       free_i
);
    wire        busy, done, take, outside, bad;
    wire [11:0] next, taken;
    wire [1:0]  a0;
    wire [2:0]  base0, base1;
    wire [6:0]  lanes;

    teq_core_input #(.NA_MAX(2), .LB(2), .AW(3), .WORDS(8), .REACH(12), .L_W(12)) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i),
        .base_i({7'd0, base_i}), .n_lines_i({10'd0, lines_i}), .line_len_i({9'd0, len_i}), .line_step_i({8'd0, step_i}), .sgn_i(1'b0),
        .busy_o(busy), .done_o(done), .next_o(next),
        .beat_valid_i(valid_i), .beat_port_i(port_i), .beat_last_i(last_i), .beat_keep_i(keep_i), .beat_data_i(32'd0), .take_o(take),
        .port_free_i(free_i), .w_a0_o(a0), .w_base0_o(base0), .w_base1_o(base1), .w_lanes_o(lanes), .w_data_o(),
        .outside_o(outside), .bad_o(bad), .taken_o(taken)
    );

    // what is still to come, counted in beats
    reg [2:0]  left_q;
    reg        second_q;                          // the line's second beat
    reg [2:0]  len_q;
    reg [3:0]  step_q;
    reg [6:0]  line_q;
    wire       long     = (len_q > 3'd4);
    wire       ends     = second_q | ~long;
    wire [2:0] n        = ~ends ? 3'd4 : long ? len_q - 3'd4 : len_q;
    wire [6:0] at       = line_q + {4'd0, second_q, 2'd0};
    wire [6:0] last_at  = at + {4'd0, n} - 7'd1;
    wire [2:0] beats    = (len_i > 3'd4) ? {lines_i, 1'b0} : {1'b0, lines_i};

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* begin
        if (!started_q) assume (!rst_ni);
        assume (lines_i != 2'd0 & len_i != 3'd0);
        assume (~(start_i & left_q != 3'd0));
    end

    always @(posedge clk_i) begin
        if (!rst_ni) left_q <= 3'd0;
        else if (start_i) left_q <= beats;
        else if (valid_i & free_i & left_q != 3'd0) left_q <= left_q - 3'd1;
        if (start_i) begin
            second_q <= 1'b0;
            len_q    <= len_i;
            step_q   <= step_i;
            line_q   <= {2'd0, base_i};
        end else if (valid_i & free_i & left_q != 3'd0) begin
            second_q <= ~ends;
            if (ends) line_q <= line_q + {3'd0, step_q};
        end
    end

    always @* if (started_q & rst_ni) begin
        assert (busy == (left_q != 3'd0));
        assert (take == (busy & valid_i & free_i));
        assert (done == (take & left_q == 3'd1));
        assert (bad == (take & ((keep_i != ((4'd1 << n) - 4'd1) & ~port_i) | last_i != (left_q == 3'd1))));
        if (busy) begin
            assert (next == {5'd0, at});
            assert (lanes == {4'd0, n});
            assert (taken == {9'd0, second_q, 2'd0});
            assert (a0 == at[1:0] & base0 == at[4:2] & base1 == at[4:2] + 3'd1);
            assert (outside == (take & last_at > 7'd31));
        end
    end
endmodule
`default_nettype wire
