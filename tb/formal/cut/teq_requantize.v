// SPDX-License-Identifier: Apache-2.0
//
// Instead of teq_requantize in proofs about control: the marks of a sum (teq_tile in
// this folder) pass the same stages, and the sign of the residual code joins them in R4.
`default_nettype none
module teq_requantize #(
    parameter INT    = 0,
    parameter ACC_W  = 8,
    parameter NA_MAX = 2
) (
    input  wire                           clk_i,
    input  wire                           en_i,
    input  wire [ACC_W-1:0]               acc_i,
    input  wire [ACC_W-1:0]               par_b_i,
    input  wire [15:0]                    par_m_i,
    input  wire [ACC_W+17:0]              par_c_i,
    input  wire [5:0]                     par_s_i,
    input  wire                           res_neg_i,
    input  wire [14:0]                    res_d_i,
    input  wire                           sgn_i,
    input  wire [((1<<NA_MAX)-1)*16-1:0]  th_i,
    input  wire [3:0]                     int_shift_i,
    input  wire [NA_MAX-1:0]              code_top_i,
    output wire [NA_MAX:0]                code_o,
    output wire [15:0]                    word_o
);
    localparam N = (INT != 0) ? 1 : NA_MAX;       // stages after R4

    reg [2:0]     r1_q;
    reg [2:0]     r2_q;
    reg [2:0]     r3_q;
    reg [4*N+3:0] rest_q;
    always @(posedge clk_i)
        if (en_i) begin
            r1_q   <= acc_i[2:0];
            r2_q   <= r1_q;
            r3_q   <= r2_q;
            rest_q <= {rest_q[4*N-1:0], res_neg_i, r3_q};
        end
    assign word_o = rest_q[4*N +: 4];             // {residual, weight, vector}
    assign code_o = 0;
endmodule
`default_nettype wire
