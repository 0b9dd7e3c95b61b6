// SPDX-License-Identifier: Apache-2.0
//
// teq_count_lane: in every bin, hit wire minus sign is the signed count of the lane, with
// the terms of beta as well; a zero weight or activation counts nowhere.
`default_nettype none
module f_count_lane #(
    parameter N_MAX  = 3,
    parameter NA_MAX = 3,
    parameter BETA   = 1
) (
    input  wire [N_MAX:0]    w_i,
    input  wire [NA_MAX-1:0] e_i,
    input  wire              nz_i,
    input  wire              s_i
);
    localparam N_W    = (1 << N_MAX) - 1;
    localparam N_A    = (1 << NA_MAX) - 1;
    localparam N_BINS = N_W + N_A - 1;
    localparam N_X    = N_BINS + ((BETA != 0) ? N_W + N_A : 0);

    wire [N_X-1:0] x;
    wire           s;
    teq_count_lane #(.N_MAX(N_MAX), .NA_MAX(NA_MAX), .BETA(BETA), .N_X(N_X)) u_dut (
        .w_i(w_i), .e_i(e_i), .nz_i(nz_i), .s_i(s_i), .x_o(x), .s_o(s)
    );

    wire [N_MAX-1:0] e_w  = w_i[N_MAX-1:0];
    wire             live = nz_i & e_w != N_W;
    integer k;
    integer bin;
    integer want;
    always @* begin
        assert (s == (w_i[N_MAX] ^ s_i));
        for (k = 0; k < N_X; k = k + 1) begin
            bin  = (k < N_BINS) ? e_w + e_i : (k < N_BINS + N_W) ? N_BINS + e_w : N_BINS + N_W + e_i;
            want = !(live & bin == k) ? 0 : (w_i[N_MAX] ^ s_i) ? -1 : 1;
            assert ({31'd0, x[k]} - {31'd0, s} == want);
        end
    end
endmodule
`default_nettype wire
