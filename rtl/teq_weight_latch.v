// SPDX-License-Identifier: Apache-2.0
//
// teq_weight_latch -- the weights of a column in latches (W_LATCH = 1): q_o takes d_i in the low
// half of a cycle with en_i, and has it before the cycle ends. Nothing may look at q_o in that cycle.
//
// zero_i says of which blocks of BLOCK rows all words of d_i are zero weights, idle_o of which
// those of q_o are known to be. Such a block stands still while zeros follow zeros: rows and columns that a
// layer does not use, and most of what a depthwise layer loads. idle_o changes at the rising
// edge after en_i; reset, synchronous: nothing is known to be zero. The words are not reset.
//
// In an ASIC these are latches behind clock gates that open while the clock is low
// (synth/asic/latch/teq_weight_latch.v takes the place of this file): d_i, zero_i and en_i have
// half a cycle. Here they are flip-flops of the falling edge.
//   ROWS, BLOCK >= 1, the last block may be shorter; W_W bits of a word
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

    reg [N-1:0] idle_q;
    assign idle_o = idle_q;
    always @(posedge clk_i)
        if (!rst_ni) idle_q <= {N{1'b0}};
        else if (en_i) idle_q <= zero_i;

    genvar i;
    generate
        for (i = 0; i < N; i = i + 1) begin : g_block
            localparam W = ((i + 1) * BLOCK > ROWS ? ROWS - i * BLOCK : BLOCK) * W_W;
            reg [W-1:0] word_q;
            assign q_o[i*BLOCK*W_W +: W] = word_q;
            always @(negedge clk_i) if (en_i & ~(zero_i[i] & idle_q[i])) word_q <= d_i[i*BLOCK*W_W +: W];
        end
    endgenerate
endmodule
`default_nettype wire
