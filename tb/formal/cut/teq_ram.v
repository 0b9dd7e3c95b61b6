// SPDX-License-Identifier: Apache-2.0
//
// Instead of teq_ram in proofs: what is read in the cycle that writes the same word may be
// anything, as the contract of teq_ram has it.
`default_nettype none
module teq_ram #(
    parameter W     = 2,
    parameter DEPTH = 2,
    parameter AW    = 1
) (
    input  wire          clk_i,
    input  wire          wen_i,
    input  wire [AW-1:0] waddr_i,
    input  wire [W-1:0]  wdata_i,
    input  wire          ren_i,
    input  wire [AW-1:0] raddr_i,
    output wire [W-1:0]  rdata_o
);
    wire [W-1:0] anything = $anyseq;
    reg  [W-1:0] mem [0:DEPTH-1];
    reg  [W-1:0] rdata_q;
    assign rdata_o = rdata_q;
    always @(posedge clk_i) begin
        if (wen_i) mem[waddr_i] <= wdata_i;
        if (ren_i) rdata_q <= (wen_i & waddr_i == raddr_i) ? anything : mem[raddr_i];
    end
endmodule
`default_nettype wire
