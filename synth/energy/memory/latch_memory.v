// SPDX-License-Identifier: Apache-2.0
//
// latch_memory -- a memory of partial sums made of standard cells, to be measured beside the
// model of ram.h (docs/energy.md, "Memories"); the core does not use it. 16 BANKS words of
// W bits, one read and one write a cycle.
//
// A word is W latches that are open in the high half of the cycle after wen_i with its
// address; wdata_i has its data in that cycle. Data reach the latches of one bank only.
// rdata_o is word raddr_i of the last cycle with ren_i: one-hot AND-OR in each bank, OR of
// the banks; a word must not be read in the cycle in which it is written.
`default_nettype none
module latch_memory #(
    parameter BANKS = 1,
    parameter W     = 15
) (
    input  wire         clk_i,
    //Write; the data a cycle later
    input  wire         wen_i,
    input  wire [6:0]   waddr_i,
    input  wire [W-1:0] wdata_i,
    //Read
    input  wire         ren_i,
    input  wire [6:0]   raddr_i,
    output wire [W-1:0] rdata_o
);
    wire [6:0] raddr_q;
    teq_reg #(.W(7), .GATE(1)) u_raddr (.clk_i(clk_i), .en_i(ren_i), .d_i(raddr_i), .q_o(raddr_q));

    genvar b, w, i;
    generate
        for (b = 0; b < BANKS; b = b + 1) begin : g_bank
            reg  write_q;
            wire write = wen_i & (waddr_i[6:4] == b);
            always @(posedge clk_i) write_q <= write;
            wire [W-1:0]  data = wdata_i & {W{write_q}};
            wire [15:0]   hit;
            wire [W-1:0]  word [0:15];
            for (w = 0; w < 16; w = w + 1) begin : g_word
                wire open;
                teq_clock_gate u_gate (.clk_i(clk_i), .en_i(write & (waddr_i[3:0] == w)), .clk_o(open));
                reg [W-1:0] word_q;
                /* verilator lint_off LATCH */ // latches are what is measured
                always @* if (open) word_q = data;
                /* verilator lint_on LATCH */
                assign word[w] = word_q;
                assign hit[w] = (raddr_q[3:0] == w) & (raddr_q[6:4] == b);
            end
        end
        for (i = 0; i < W; i = i + 1) begin : g_bit
            wire [BANKS-1:0] one;
            for (b = 0; b < BANKS; b = b + 1) begin : g_from
                wire [15:0] d;
                for (w = 0; w < 16; w = w + 1) begin : g_of
                    assign d[w] = g_bank[b].word[w][i];
                end
                teq_onehot_or #(.N(16)) u_or (.sel_i(g_bank[b].hit), .d_i(d), .z_o(one[b]));
            end
            assign rdata_o[i] = |one;
        end
    endgenerate
endmodule
`default_nettype wire
