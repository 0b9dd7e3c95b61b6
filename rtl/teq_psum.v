// SPDX-License-Identifier: Apache-2.0
//
// teq_psum -- partial sums of a weight-stationary array: DEPTH vectors of W bits.
//
// A vector that is accepted reads its partial sum (accept_i, addr_i); while it is in
// stage 1 (addr1_i) the sum is on psum_o if sel_o is high. When it moves on (adv_i)
// its new sum is written, unless it is final. If the vector that moved on last has
// the same address, its sum is still in the accumulators: sel_o is then low and the
// accumulator is the feedback, so that a memory never has to be read in the cycle
// that writes it.
//   DEPTH  vectors; 1: no memory, sel_o always low      W  bits of a vector
//   LATCH  1: a memory of latches (teq_psum_latch), 2 to 128 vectors: it takes the new sum from
//          the accumulators, acc_i, which have it from the cycle after adv_i on. 0: teq_ram.
// Control state is reset; sums are not.
`default_nettype none
module teq_psum #(
    parameter DEPTH = 128,
    parameter W     = 256,
    parameter AW    = 7,
    parameter LATCH = 0
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    //Vector being accepted
    input  wire          accept_i,
    input  wire [AW-1:0] addr_i,
    //Vector in stage 1
    input  wire          adv_i,
    input  wire          final1_i,
    input  wire [AW-1:0] addr1_i,
    input  wire [W-1:0]  sum_i,
    input  wire [W-1:0]  acc_i,
    output wire          sel_o,
    output wire [W-1:0]  psum_o
);
    generate
        if (DEPTH > 1) begin : g_memory
            reg          live_q;                  // the accumulators hold the sum of addr_q
            reg [AW-1:0] addr_q;

            always @(posedge clk_i)
                if (!rst_ni) live_q <= 1'b0;
                else if (adv_i) live_q <= 1'b1;
            always @(posedge clk_i)
                if (adv_i) addr_q <= addr1_i;

            assign sel_o = ~(live_q & (addr_q == addr1_i));

            if (LATCH != 0) begin : g_latch
                teq_psum_latch #(.W(W), .DEPTH(DEPTH), .AW(AW)) u_ram (
                    .clk_i(clk_i),
                    .wen_i(adv_i & ~final1_i), .waddr_i(addr1_i), .wdata_i(acc_i),
                    .ren_i(accept_i), .raddr_i(addr_i), .rdata_o(psum_o)
                );
                wire unused = ^sum_i;
            end else begin : g_ram
                teq_ram #(.W(W), .DEPTH(DEPTH), .AW(AW)) u_ram (
                    .clk_i(clk_i),
                    .wen_i(adv_i & ~final1_i), .waddr_i(addr1_i), .wdata_i(sum_i),
                    .ren_i(accept_i), .raddr_i(addr_i), .rdata_o(psum_o)
                );
                wire unused = ^acc_i;
            end
        end else begin : g_none
            assign sel_o  = 1'b0;
            assign psum_o = {W{1'b0}};
            wire unused = ^{clk_i, rst_ni, accept_i, addr_i, adv_i, final1_i, addr1_i, sum_i, acc_i};
        end
    endgenerate
endmodule
`default_nettype wire
