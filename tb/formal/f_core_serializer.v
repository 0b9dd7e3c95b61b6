// SPDX-License-Identifier: Apache-2.0
//
// teq_core_serializer: every word of a vector leaves once, in order, two a beat; TKEEP, TLAST
// and the zeros above a lone word are right; nothing is pushed while the buffer is full, and
// ready means that a vector may come. Words carry a mark of one bit.
`default_nettype none
module f_core_serializer (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       valid_i,
    input  wire [3:0] marks_i,
    input  wire [2:0] n_i,
    input  wire       last_i,
    input  wire       full_i
);
    wire        ready, empty, push, last;
    wire [31:0] data;
    wire [3:0]  keep;
    wire        load = valid_i & ready;

    teq_core_serializer #(.COLS(4)) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .load_i(load), .words_i({15'd0, marks_i[3], 15'd0, marks_i[2], 15'd0, marks_i[1], 15'd0, marks_i[0]}),
        .n_i({4'd0, n_i}), .last_i(last_i), .ready_o(ready), .empty_o(empty),
        .full_i(full_i), .push_o(push), .data_o(data), .keep_o(keep), .last_o(last)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* begin
        if (!started_q) assume (!rst_ni);
        assume (n_i >= 3'd1 & n_i <= 3'd4);
    end

    // what is still to come
    reg [3:0] marks_q;
    reg [2:0] n_q;
    reg       last_q;
    always @(posedge clk_i) begin
        if (!rst_ni) n_q <= 3'd0;
        else if (load) n_q <= n_i;
        else if (push) n_q <= (n_q > 3'd2) ? n_q - 3'd2 : 3'd0;
        if (load) begin
            marks_q <= marks_i;
            last_q  <= last_i;
        end else if (push) marks_q <= marks_q >> 2;
    end

    always @* if (started_q & rst_ni) begin
        assert (empty == (n_q == 3'd0));
        assert (push == (n_q != 3'd0 & ~full_i));
        assert (ready == (n_q == 3'd0 | (push & n_q <= 3'd2)));
        if (push) begin
            assert (data[15:0] == {15'd0, marks_q[0]});
            assert (data[31:16] == {15'd0, marks_q[1] & n_q != 3'd1});
            assert (keep == ((n_q == 3'd1) ? 4'b0011 : 4'b1111));
            assert (last == (last_q & n_q <= 3'd2));
        end
    end
endmodule
`default_nettype wire
