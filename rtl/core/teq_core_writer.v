// SPDX-License-Identifier: Apache-2.0
//
// teq_core_writer -- where a layer's results go: codes to ACT, or (stream) words to the
// output buffer. Takes a vector of the array, or a result of the MAX unit, in the cycle in
// which it is there; with stream, when the serializer is ready.
//
// start_i begins a layer; passes_o counts its passes that are finished (a register);
// done_o: all, and nothing is left in the serializer. outside_o: this vector has a lane
// outside ACT.
//   COLS  4..64;  LB  log2(NB);  AW, WORDS  of ACT;  REACH  as in teq_core
`default_nettype none
module teq_core_writer #(
    parameter COLS  = 16,
    parameter LB    = 4,
    parameter AW    = 11,
    parameter WORDS = 2048,
    parameter REACH = 24
) (
    input  wire               clk_i,
    input  wire               rst_ni,
    input  wire [895:0]       desc_i,
    input  wire               start_i,
    output wire [11:0]        passes_o,
    output wire               done_o,
    //Results
    input  wire               y_valid_i,
    output wire               y_ready_o,
    input  wire [COLS*16-1:0] y_words_i,
    input  wire               max_valid_i,
    //ACT
    output wire               w_en_o,
    output wire [REACH-1:0]   w_addr_o,
    output wire [AW-1:0]      w_base0_o,
    output wire [AW-1:0]      w_base1_o,
    output wire [6:0]         w_lanes_o,
    output wire               outside_o,
    //Output buffer
    input  wire               full_i,
    output wire               push_o,
    output wire [31:0]        data_o,
    output wire [3:0]         keep_o,
    output wire               last_o
);
    `include "teq_descriptor.vh"

    reg  [11:0] passes_q;

    wire        outside;
    wire        pass_end;
    wire        last;
    wire        empty;
    wire        ready;
    wire        is_max = (d_op == OP_MAX);
    wire        stream = d_stream & ~is_max;
    wire        take   = is_max ? max_valid_i : y_valid_i & y_ready_o;

    assign y_ready_o = ~stream | ready;
    assign w_en_o    = take & ~stream;
    assign outside_o = w_en_o & outside;
    assign passes_o  = passes_q;
    assign done_o    = (passes_q == d_n_pass) & empty;

    always @(posedge clk_i)
        if (!rst_ni | start_i) passes_q <= 12'd0;
        else if (take & pass_end) passes_q <= passes_q + 12'd1;

    teq_core_walk #(.LB(LB), .AW(AW), .WORDS(WORDS), .REACH(REACH)) u_walk (
        .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .step_i(take),
        .base_i(d_out_base), .pass_step_i(d_out_pass), .row_step_i(d_out_oy), .vec_step_i(d_out_ox),
        .t_i(d_out_t), .n_pass_i(d_n_pass), .oh_i(d_oh), .ow_i(d_ow),
        .lanes_i(d_lanes), .lanes_x_i(d_lanes_x), .lanes_pass_i(d_lanes_pass),
        .addr_o(w_addr_o), .lanes_o(w_lanes_o), .base0_o(w_base0_o), .base1_o(w_base1_o),
        .outside_o(outside), .pass_end_o(pass_end), .last_o(last)
    );

    teq_core_serializer #(.COLS(COLS)) u_serializer (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .load_i(take & stream), .words_i(y_words_i), .n_i(w_lanes_o), .last_i(last),
        .ready_o(ready), .empty_o(empty),
        .full_i(full_i), .push_o(push_o), .data_o(data_o), .keep_o(keep_o), .last_o(last_o)
    );
endmodule
`default_nettype wire
