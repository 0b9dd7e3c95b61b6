// SPDX-License-Identifier: Apache-2.0
//
// teq_weight_latch -- in place of rtl/teq_weight_latch.v in an ASIC: latches behind a clock gate
// that opens in the low half of a cycle with en_i, and an AND for each block. Ports and contract as there.
`default_nettype none
module teq_weight_latch #(
    parameter ROWS  = 16,
    parameter W_W   = 5,
    parameter BLOCK = 8
) (
    input  wire                            clk_i,
    input  wire                            rst_ni,
    input  wire                            en_i,
    input  wire [(ROWS+BLOCK-1)/BLOCK-1:0] zero_i,
    input  wire [ROWS*W_W-1:0]             d_i,
    output wire [(ROWS+BLOCK-1)/BLOCK-1:0] idle_o,
    output wire [ROWS*W_W-1:0]             q_o
);
    localparam N = (ROWS + BLOCK - 1) / BLOCK;

    wire        open;                             // the low half of a cycle with a load, or of reset
    wire        clk_g = ~open;                    // rises with clk_i at its end
    reg [N-1:0] idle_q;
    assign idle_o = idle_q;
    teq_clock_gate u_gate (.clk_i(~clk_i), .en_i(en_i | ~rst_ni), .clk_o(open));
    always @(posedge clk_g) idle_q <= zero_i & {N{rst_ni}};

    genvar i;
    generate
        for (i = 0; i < N; i = i + 1) begin : g_block
            localparam W = ((i + 1) * BLOCK > ROWS ? ROWS - i * BLOCK : BLOCK) * W_W;
            wire        take = open & en_i & ~(zero_i[i] & idle_q[i]);
            reg [W-1:0] word_q;
            assign q_o[i*BLOCK*W_W +: W] = word_q;
            /* verilator lint_off LATCH */ // a latch is what this is
            always @* if (take) word_q = d_i[i*BLOCK*W_W +: W];
            /* verilator lint_on LATCH */
        end
    endgenerate
endmodule
`default_nettype wire
