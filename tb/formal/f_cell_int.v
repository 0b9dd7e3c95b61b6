// SPDX-License-Identifier: Apache-2.0
//
// The partial products of an INT cell, each at its place, sum to w * a + cell_bias(w),
// a constant of the weight, for every weight and every activation.
`default_nettype none
module f_cell_int #(
    parameter B     = 4,
    parameter BOOTH = 1
) (
    input  wire [B-1:0] a_i,
    input  wire [B-1:0] w_i
);
    localparam STEP = (BOOTH != 0) ? 2 : 1;
    localparam N_PP = (B + STEP - 1) / STEP;
    localparam PP_W = (BOOTH != 0) ? B + 1 : B;
    localparam S_W  = 2 * B + 4;

    wire [N_PP*PP_W-1:0] pp;
    generate
        if (BOOTH != 0) begin : g_booth
            teq_cell_booth #(.B(B)) u_cell (.a_i(a_i), .w_i(w_i), .pp_o(pp));
        end else begin : g_bw
            teq_cell_bw #(.B(B)) u_cell (.a_i(a_i), .w_i(w_i), .pp_o(pp));
        end
    endgenerate

    wire [2*N_PP:0] w = {{2*N_PP-B{w_i[B-1]}}, w_i, 1'b0};  // Booth's digits: overlapping threes
    wire signed [S_W-1:0] a_wide = $signed({1'b0, a_i});
    wire signed [S_W-1:0] w_wide = $signed(w_i);

    reg [S_W-1:0] sum;
    reg [S_W-1:0] bias;
    reg [S_W-1:0] word;
    reg           negative;
    integer       i;
    always @* begin
        sum  = {S_W{1'b0}};
        bias = {S_W{1'b0}};
        for (i = 0; i < N_PP; i = i + 1) begin
            word = pp[i*PP_W +: PP_W];
            sum = sum + (word << (STEP * i));
            if (BOOTH != 0) begin
                negative = (w[2*i +: 3] == 3'd4) | (w[2*i +: 3] == 3'd5) | (w[2*i +: 3] == 3'd6);
            end else begin
                negative = (i == B - 1) & w_i[B-1];
            end
            word = {PP_W{1'b1}};
            if (negative) bias = bias + (word << (STEP * i));
        end
        if (w_i != {1'b1, {B-1{1'b0}}}) assert (sum == a_wide * w_wide + bias);
    end
endmodule
`default_nettype wire
