// SPDX-License-Identifier: Apache-2.0
//
// selftest_fifo: a queue with valid and ready on both sides, good or damaged,
// on which the harness proves that it catches what it must catch.
//
//     BUG    0 none
//            1 the level is not reset
//            2 bit WIDTH-1 is inverted when the queue wraps
//            3 a beat is lost when the queue is full and both sides are ready
//            4 empty_o is x until the first beat, in four states only
//     CHECK  read by the bench alone: 0 all is checked, 1 it compares nothing,
//            2 it forgets an output, 3 it forgets an input

`default_nettype none

module selftest_fifo #(
    parameter WIDTH  = 33,
    parameter LOG2_N = 2,
    parameter BUG    = 0,
    parameter CHECK  = 0
) (
    input  wire             clk_i,
    input  wire             rst_ni,

    input  wire [WIDTH-1:0] s_axis_tdata,
    input  wire             s_axis_tvalid,
    output wire             s_axis_tready,

    output wire [WIDTH-1:0] m_axis_tdata,
    output wire             m_axis_tvalid,
    input  wire             m_axis_tready,

    output wire [LOG2_N:0]  level_o,
    output wire             empty_o
);
    localparam [LOG2_N:0] N = 1 << LOG2_N;

    reg [WIDTH-1:0]  memory [0:N-1];
    reg [LOG2_N-1:0] write_q;
    reg [LOG2_N-1:0] read_q;
    reg [LOG2_N:0]   level_q;
    reg              seen_q; // not reset: for BUG 4

    // Full, it takes a beat only while it gives one.
    assign s_axis_tready = (level_q != N) || m_axis_tready;
    assign m_axis_tvalid = level_q != 0;
    assign m_axis_tdata  = m_axis_tvalid ? memory[read_q] : {WIDTH{1'b0}};
    assign level_o       = level_q;
    assign empty_o       = (BUG == 4) ? (level_q == 0) ^ seen_q ^ seen_q : level_q == 0;

    wire push = s_axis_tvalid && s_axis_tready;
    wire pop  = m_axis_tvalid && m_axis_tready;
    wire keep = push && !((BUG == 3) && (level_q == N));
    wire flip = (BUG == 2) && (&write_q);

    always @(posedge clk_i) begin
        if (keep) begin
            memory[write_q] <= s_axis_tdata ^ {flip, {(WIDTH - 1){1'b0}}};
            write_q         <= write_q + 1'b1;
            seen_q          <= 1'b1;
        end
        if (pop)
            read_q <= read_q + 1'b1;
        if (keep && !pop)
            level_q <= level_q + 1'b1;
        if (pop && !keep)
            level_q <= level_q - 1'b1;
        if (!rst_ni) begin
            write_q <= {LOG2_N{1'b0}};
            read_q  <= {LOG2_N{1'b0}};
            if (BUG != 1)
                level_q <= {(LOG2_N + 1){1'b0}};
        end
    end
endmodule

`default_nettype wire
