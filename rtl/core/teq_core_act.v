// SPDX-License-Identifier: Apache-2.0
//
// teq_core_act -- the activation buffer: NB banks of codes, and the rotators between
// lanes and banks. One vector is written and one read in a cycle.
//
// A vector access names a0, the bank of lane 0, and the words of a bank b, base1 below
// a0 and base0 from there on; far adds b T (teq_core_walk says why). Only the lanes of the
// mask are read, the first wn lanes written. r_data_o shows the lanes of the last read from
// the cycle after it on; lanes that were not read are junk. error_o: parity, in the cycle
// after a read.
//   NB  banks, a power of two, 4..64;  LB = log2(NB);  CODE_W  bits of a code
//   WORDS  words of a bank, >= 2;  AW = ceil(log2(WORDS));  PARITY  0, 1
`default_nettype none
module teq_core_act #(
    parameter NB     = 16,
    parameter LB     = 4,
    parameter CODE_W = 6,
    parameter WORDS  = 2048,
    parameter AW     = 11,
    parameter PARITY = 0
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    //Write
    input  wire                 w_en_i,
    input  wire [LB-1:0]        w_a0_i,
    input  wire [AW-1:0]        w_base0_i,
    input  wire [AW-1:0]        w_base1_i,
    input  wire                 w_far_i,
    input  wire [15:0]          w_t_i,
    input  wire [6:0]           w_lanes_i,
    input  wire [NB*CODE_W-1:0] w_data_i,
    //Read
    input  wire                 r_en_i,
    input  wire [LB-1:0]        r_a0_i,
    input  wire [AW-1:0]        r_base0_i,
    input  wire [AW-1:0]        r_base1_i,
    input  wire                 r_far_i,
    input  wire [15:0]          r_t_i,
    input  wire [NB-1:0]        r_mask_i,
    output wire [NB*CODE_W-1:0] r_data_o,
    output wire                 error_o
);
    /* verilator lint_off UNUSED */ // T is wider than an address, or narrower
    wire [31:0] w_t = {16'd0, w_t_i};
    wire [31:0] r_t = {16'd0, r_t_i};
    /* verilator lint_on UNUSED */

    wire [NB*AW-1:0]     w_multiples;
    wire [NB*AW-1:0]     r_multiples;
    wire [NB-1:0]        w_mask = ~({NB{1'b1}} << w_lanes_i);
    wire [NB-1:0]        w_hit;
    wire [NB-1:0]        r_hit;
    wire [NB*CODE_W-1:0] w_codes;
    wire [NB*CODE_W-1:0] r_codes;
    wire [NB-1:0]        error;
    reg  [LB-1:0]        r_a0_q;

    always @(posedge clk_i)
        if (r_en_i) r_a0_q <= r_a0_i;

    teq_core_multiples #(.N(NB), .W(AW)) u_w_multiples (.t_i(w_t[AW-1:0]), .q_o(w_multiples));
    teq_core_multiples #(.N(NB), .W(AW)) u_r_multiples (.t_i(r_t[AW-1:0]), .q_o(r_multiples));

    teq_core_rotate #(.N(NB), .LN(LB), .W(1), .UP(1)) u_w_hit (.by_i(w_a0_i), .d_i(w_mask), .q_o(w_hit));
    teq_core_rotate #(.N(NB), .LN(LB), .W(CODE_W), .UP(1)) u_w_codes (.by_i(w_a0_i), .d_i(w_data_i), .q_o(w_codes));
    teq_core_rotate #(.N(NB), .LN(LB), .W(1), .UP(1)) u_r_hit (.by_i(r_a0_i), .d_i(r_mask_i), .q_o(r_hit));
    teq_core_rotate #(.N(NB), .LN(LB), .W(CODE_W)) u_r_codes (.by_i(r_a0_q), .d_i(r_codes), .q_o(r_data_o));

    genvar b;
    generate
        for (b = 0; b < NB; b = b + 1) begin : g_bank
            localparam [31:0] B = b;
            wire          w_wraps = ({1'b0, w_a0_i} > B[LB:0]);
            wire          r_wraps = ({1'b0, r_a0_i} > B[LB:0]);
            wire [AW-1:0] w_near = w_wraps ? w_base1_i : w_base0_i;
            wire [AW-1:0] r_near = r_wraps ? r_base1_i : r_base0_i;

            teq_core_ram #(.W(CODE_W), .DEPTH(WORDS), .AW(AW), .PARITY(PARITY)) u_ram (
                .clk_i(clk_i), .rst_ni(rst_ni),
                .wen_i(w_en_i & w_hit[b]),
                .waddr_i(w_near + (w_far_i ? w_multiples[b*AW +: AW] : {AW{1'b0}})),
                .wdata_i(w_codes[b*CODE_W +: CODE_W]),
                .ren_i(r_en_i & r_hit[b]),
                .raddr_i(r_far_i ? r_near + r_multiples[b*AW +: AW] : r_near),
                .rdata_o(r_codes[b*CODE_W +: CODE_W]), .error_o(error[b])
            );
        end
    endgenerate

    assign error_o = |error;
endmodule
`default_nettype wire
