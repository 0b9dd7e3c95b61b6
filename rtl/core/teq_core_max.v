// SPDX-License-Identifier: Apache-2.0
//
// teq_core_max -- the largest value of each lane over a window of vectors.
//
// Order: every code with s = 0 is above every one with s = 1; with s = 0 the smaller code
// is larger (INT: the larger), with s = 1 the other way round. Lanes that are not in the
// mask take no part; a lane that never did gives zero. valid_o is high for one cycle, the
// one after the window's last vector; the result stands on data_o. Data is not reset.
//   LANES  lanes of the vectors, <= N;  N  lanes given;  NA_MAX  bits of a code
`default_nettype none
module teq_core_max #(
    parameter IS_INT = 0,
    parameter LANES  = 16,
    parameter N      = 16,
    parameter NA_MAX = 5
) (
    input  wire                        clk_i,
    input  wire                        rst_ni,
    input  wire                        valid_i,
    input  wire                        first_i,   // of its window
    input  wire                        last_i,
    input  wire [LANES-1:0]            mask_i,
    input  wire [LANES*(NA_MAX+1)-1:0] data_i,
    input  wire [2:0]                  a_n_i,
    output wire                        valid_o,
    output wire [N*(NA_MAX+1)-1:0]     data_o
);
    localparam CODE_W = NA_MAX + 1;

    reg                valid_q;
    wire [NA_MAX-1:0]  zero = (IS_INT != 0) ? {NA_MAX{1'b0}} : ~({NA_MAX{1'b1}} << a_n_i);

    always @(posedge clk_i)
        if (!rst_ni) valid_q <= 1'b0;
        else valid_q <= valid_i & last_i;

    assign valid_o = valid_q;

    genvar i;
    generate
        for (i = 0; i < N; i = i + 1) begin : g_lane
            if (i < LANES) begin : g_used
                reg               seen_q;
                reg  [CODE_W-1:0] code_q;
                wire [CODE_W-1:0] code    = data_i[i*CODE_W +: CODE_W];
                wire [CODE_W-1:0] rank    = {~code[NA_MAX], code[NA_MAX-1:0] ^ {NA_MAX{code[NA_MAX] ^ (IS_INT == 0)}}};
                wire [CODE_W-1:0] best    = {~code_q[NA_MAX], code_q[NA_MAX-1:0] ^ {NA_MAX{code_q[NA_MAX] ^ (IS_INT == 0)}}};
                wire              holds   = seen_q & ~first_i;
                wire              is_more = mask_i[i] & (~holds | (rank > best));

                always @(posedge clk_i)
                    if (valid_i) begin
                        seen_q <= mask_i[i] | holds;
                        if (is_more) code_q <= code;
                    end
                assign data_o[i*CODE_W +: CODE_W] = seen_q ? code_q : {1'b0, zero};
            end else begin : g_none
                assign data_o[i*CODE_W +: CODE_W] = {1'b0, zero};
            end
        end
    endgenerate
endmodule
`default_nettype wire
