// SPDX-License-Identifier: Apache-2.0
//
// teq_requantize -- one requantizer: from a column's sum to a 16-bit word and the
// code of the next layer (docs/number_format.md, section 6).
//
//     R1  u  = (acc_i + B) mod 2^ACC_W, two's complement
//     R2  u * M
//     R3  y0 = sat((u * M + C) >> S)
//     R4  y  = sat(y0 +- D)
//     then the code: the number of thresholds above y (|y| if sgn), by binary search,
//     one bit a stage, NA_MAX stages; INT: y rounded to units of 2^int_shift and
//     clipped at code_top, one stage
//
// All stages move with en_i; valid bits live in teq_array. Each stage takes its
// constants when it needs them: par_b_i in R1, par_m_i in R2, par_c_i and par_s_i in R3,
// res_* in R4, sgn_i at R4, all belonging to the sum that is then moving in. th_i, int_shift_i and
// code_top_i are still while a layer runs. One result a cycle, latency 4 + NA_MAX
// (INT: 5) moves. Not reset (data path).
`default_nettype none
module teq_requantize #(
    parameter INT    = 0,
    parameter ACC_W  = 15,
    parameter NA_MAX = 5
) (
    input  wire                           clk_i,
    input  wire                           en_i,
    //Sum and constants of its channel
    input  wire [ACC_W-1:0]               acc_i,
    input  wire [ACC_W-1:0]               par_b_i,
    input  wire [15:0]                    par_m_i,
    input  wire [ACC_W+17:0]              par_c_i,
    input  wire [5:0]                     par_s_i,
    //Residual: sign and decoded magnitude, 0 without one
    input  wire                           res_neg_i,
    input  wire [14:0]                    res_d_i,
    //Next code
    input  wire                           sgn_i,
    input  wire [((1<<NA_MAX)-1)*16-1:0]  th_i,
    input  wire [3:0]                     int_shift_i,
    input  wire [NA_MAX-1:0]              code_top_i,
    output wire [NA_MAX:0]                code_o,
    output wire [15:0]                    word_o
);
    localparam P_W = ACC_W + 18;

    // R1..R3
    reg  signed [ACC_W-1:0] u_q;
    reg  signed [P_W-1:0]   prod_q;
    reg  signed [15:0]      y0_q;

    wire signed [P_W-1:0] u_wide  = {{18{u_q[ACC_W-1]}}, u_q};
    wire signed [P_W-1:0] m_wide  = {{ACC_W+2{1'b0}}, par_m_i};
    wire signed [P_W:0]   sum     = {prod_q[P_W-1], prod_q} + {par_c_i[P_W-1], par_c_i};
    wire signed [P_W:0]   shifted = sum >>> par_s_i;
    wire                  fits    = (&shifted[P_W:15]) | ~(|shifted[P_W:15]);
    wire signed [15:0]    lowest  = -16'sd32767;
    wire signed [15:0]    y0      = !fits ? (shifted[P_W] ? lowest : 16'sd32767)
                                  : (shifted[15:0] == 16'h8000) ? lowest : shifted[15:0];

    // R4: residual, saturation
    wire signed [16:0] d_wide = {2'b00, res_d_i};
    wire signed [16:0] y_sum  = {y0_q[15], y0_q} + (res_neg_i ? -d_wide : d_wide);
    wire signed [15:0] y      = (y_sum > 17'sd32767) ? 16'sd32767
                              : (y_sum < -17'sd32767) ? lowest : y_sum[15:0];
    reg  signed [15:0] y_q;
    reg                sgn_q;

    always @(posedge clk_i)
        if (en_i) begin
            u_q    <= acc_i + par_b_i;
            prod_q <= u_wide * m_wide;
            y0_q   <= y0;
            y_q    <= y;
            sgn_q  <= sgn_i;
        end

    // what is compared: |y| for signed codes
    wire               neg = sgn_q & y_q[15];
    wire signed [15:0] v   = neg ? -y_q : y_q;

    genvar i;
    generate
        if (INT != 0) begin : g_int
            reg              s_q;
            reg [NA_MAX-1:0] code_q;
            reg [15:0]       word_q;

            wire [15:0] pos  = v[15] ? 16'd0 : v;
            wire [16:0] half = {1'b0, pos} + ((17'd1 << int_shift_i) >> 1);
            wire [16:0] unit = half >> int_shift_i;
            wire [16:0] top  = {{17-NA_MAX{1'b0}}, code_top_i};
            wire [16:0] code = (unit > top) ? top : unit;

            always @(posedge clk_i)
                if (en_i) begin
                    s_q    <= neg & (code != 17'd0);
                    code_q <= code[NA_MAX-1:0];
                    word_q <= y_q;
                end
            assign code_o = {s_q, code_q};
            assign word_o = word_q;
            wire unused_int = (^th_i) ^ (^code[16:NA_MAX]);
        end else begin : g_exp
            // stage i decides bit NA_MAX-1-i; on entry the higher bits are known
            for (i = 0; i < NA_MAX; i = i + 1) begin : g_stage
                localparam BIT  = NA_MAX - 1 - i;
                localparam N_TH = 1 << i;         // thresholds that may be asked for here
                wire signed [15:0] v_in;
                wire signed [15:0] y_in;
                wire               neg_in;
                wire signed [15:0] th;
                reg  signed [15:0] v_r;
                reg  signed [15:0] y_r;
                reg                neg_r;
                reg  [i:0]         code_r;

                if (i == 0) begin : g_first
                    assign v_in   = v;
                    assign y_in   = y_q;
                    assign neg_in = neg;
                    assign th     = th_i[((1 << BIT) - 1)*16 +: 16];
                    always @(posedge clk_i) if (en_i) code_r <= (v_in < th);
                end else begin : g_next
                    // a count of at least t = (bits so far, 1, 0..0) means v < TH[t-1]
                    wire [N_TH*16-1:0] choices;
                    genvar k;
                    for (k = 0; k < N_TH; k = k + 1) begin : g_choice
                        assign choices[k*16 +: 16] = th_i[((2*k+1) * (1 << BIT) - 1)*16 +: 16];
                    end
                    assign v_in   = g_stage[i-1].v_r;
                    assign y_in   = g_stage[i-1].y_r;
                    assign neg_in = g_stage[i-1].neg_r;
                    assign th     = choices[g_stage[i-1].code_r*16 +: 16];
                    always @(posedge clk_i) if (en_i) code_r <= {g_stage[i-1].code_r, (v_in < th)};
                end
                always @(posedge clk_i)
                    if (en_i) begin
                        v_r   <= v_in;
                        y_r   <= y_in;
                        neg_r <= neg_in;
                    end
            end
            assign code_o = {g_stage[NA_MAX-1].neg_r & (g_stage[NA_MAX-1].code_r != code_top_i),
                             g_stage[NA_MAX-1].code_r};
            assign word_o = g_stage[NA_MAX-1].y_r;
            wire unused_exp = (^int_shift_i) ^ (^g_stage[NA_MAX-1].v_r);
        end
    endgenerate
endmodule
`default_nettype wire
