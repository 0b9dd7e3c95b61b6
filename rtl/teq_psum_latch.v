// SPDX-License-Identifier: Apache-2.0
//
// teq_psum_latch -- a memory of DEPTH words of W bits made of latches, for partial sums in an
// ASIC: where a few dozen words are enough, a bit read or written takes a small part of what
// it takes in a RAM macro, for several times the area of one (docs/energy.md, "What a memory
// costs"). An FPGA has no use for it.
//
// A word is written in the cycle after wen_i with its address waddr_i (teq_psum_word); wdata_i
// must stand still in all of that cycle, as accumulators do whose new value was on its way with
// wen_i. Data and clock reach the words of one bank of 16 only. rdata_o is the word at raddr_i of
// the last cycle with ren_i, from the edge after it on (one-hot AND-OR in a bank, OR of the
// banks); a word that is being written in that cycle is right at its end.
//   DEPTH 2..128 words, W >= 1, AW = ceil(log2(DEPTH))
// Not reset.
`default_nettype none
module teq_psum_latch #(
    parameter DEPTH = 32,
    parameter W     = 60,
    parameter AW    = 5
) (
    input  wire          clk_i,
    //Write; the data a cycle later
    input  wire          wen_i,
    input  wire [AW-1:0] waddr_i,
    input  wire [W-1:0]  wdata_i,
    //Read
    input  wire          ren_i,
    input  wire [AW-1:0] raddr_i,
    output wire [W-1:0]  rdata_o
);
    localparam BANKS = (DEPTH + 15) / 16;

    wire [AW-1:0]      raddr_q;
    wire [DEPTH-1:0]   write;                     // the word that wen_i addresses
    wire [DEPTH-1:0]   read;                      // the word that rdata_o shows
    wire [DEPTH*W-1:0] word;

    teq_reg #(.W(AW), .GATE(1)) u_raddr (.clk_i(clk_i), .en_i(ren_i), .d_i(raddr_i), .q_o(raddr_q));

    genvar b, w, i;
    generate
        for (b = 0; b < BANKS; b = b + 1) begin : g_bank
            localparam FIRST = 16 * b;
            localparam WORDS = (DEPTH - FIRST < 16) ? DEPTH - FIRST : 16;
            reg          write_q;                 // a word of this bank is written
            wire [W-1:0] data = wdata_i & {W{write_q}};
            wire         is_here = |write[FIRST +: WORDS];
            wire         bank_clk;                // words of other banks see no clock
            always @(posedge clk_i) write_q <= is_here;
            teq_clock_gate u_gate (.clk_i(clk_i), .en_i(is_here), .clk_o(bank_clk));

            for (w = FIRST; w < FIRST + WORDS; w = w + 1) begin : g_word
                assign write[w] = wen_i & (waddr_i == w[AW-1:0]);
                assign read[w]  = raddr_q == w[AW-1:0];
                teq_psum_word #(.W(W)) u_word (.clk_i(bank_clk), .en_i(write[w]), .d_i(data), .q_o(word[w*W +: W]));
            end
        end

        for (i = 0; i < W; i = i + 1) begin : g_bit
            wire [BANKS-1:0] one;
            for (b = 0; b < BANKS; b = b + 1) begin : g_from
                localparam FIRST = 16 * b;
                localparam WORDS = (DEPTH - FIRST < 16) ? DEPTH - FIRST : 16;
                wire [WORDS-1:0] d;
                for (w = 0; w < WORDS; w = w + 1) begin : g_of
                    assign d[w] = word[(FIRST + w)*W + i];
                end
                teq_onehot_or #(.N(WORDS)) u_or (.sel_i(read[FIRST +: WORDS]), .d_i(d), .z_o(one[b]));
            end
            assign rdata_o[i] = |one;
        end
    endgenerate
endmodule
`default_nettype wire
