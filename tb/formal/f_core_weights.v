// SPDX-License-Identifier: Apache-2.0
//
// teq_core_weights: the beats of each tile, once each, in order, with tlast on the last; a
// beat that is offered stays until it is taken; no deadlock. The memory gives its address as
// data. Templates are left out.
`default_nettype none
module f_core_weights (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       push_i,
    input  wire [3:0] word_i,
    input  wire       ready_i
);
    wire        full, ren, error, valid, last;
    wire [4:0]  raddr;
    wire [23:0] data;
    reg  [4:0]  word_q;                           // at the memory's output

    always @(posedge clk_i) if (ren) word_q <= raddr;

    teq_core_weights #(.N_MAX(2), .ROWS(4), .COLS(4), .LOAD_COLS(2), .WORDS(32), .AW(5)) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni), .desc_i(896'd0),
        .push_i(push_i), .load_i({44'd0, word_i}), .full_o(full),
        .ren_o(ren), .raddr_o(raddr), .rdata_i({19'd0, word_q}), .error_o(error), .error_addr_o(),
        .m_axis_w_tvalid(valid), .m_axis_w_tready(ready_i), .m_axis_w_tdata(data), .m_axis_w_tuser(), .m_axis_w_tlast(last)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);

    // commands whose beats are not all taken: two in the queue, one in the read stage
    reg [3:0] q0_q;
    reg [3:0] q1_q;
    reg [3:0] q2_q;
    reg [1:0] n_q;
    reg       beat_q;
    wire      push = push_i & ~full;
    wire      take = valid & ready_i;
    wire      pop  = take & beat_q;
    wire [1:0] left = n_q - {1'b0, pop};
    always @(posedge clk_i) begin
        if (!rst_ni) begin
            n_q    <= 2'd0;
            beat_q <= 1'b0;
        end else begin
            n_q <= left + {1'b0, push};
            if (take) beat_q <= ~beat_q;
        end
        q0_q <= (push & left == 2'd0) ? word_i : pop ? q1_q : q0_q;
        q1_q <= (push & left == 2'd1) ? word_i : pop ? q2_q : q1_q;
        q2_q <= (push & left == 2'd2) ? word_i : q2_q;
    end

    reg        waits_q;
    reg [23:0] data_q;
    reg        idle_q;                            // there was work, and no beat
    always @(posedge clk_i) begin
        waits_q <= rst_ni & valid & ~ready_i;
        data_q  <= data;
        idle_q  <= rst_ni & n_q != 2'd0 & ~valid;
    end

    always @* if (started_q & rst_ni) begin
        assert (~error);
        if (waits_q) assert (valid & data == data_q);
        if (valid) begin
            assert (n_q != 2'd0);
            assert (data == {20'd0, q0_q} + {23'd0, beat_q});
            assert (last == beat_q);
        end
        if (idle_q) assert (valid);
        assert (~(push & left == 2'd3));
    end
endmodule
`default_nettype wire
