// SPDX-License-Identifier: Apache-2.0
//
// teq_ram for the bench of the core's parity: the memory of rtl/teq_ram.v, except that
// in memories of 32 words and more the last word is kept with one bit flipped. Which bit
// hangs on the word. (Partial sums, which have no parity, are smaller in that bench.)
`default_nettype none
module teq_ram #(
    parameter W     = 16,
    parameter DEPTH = 128,
    parameter AW    = 7
) (
    input  wire          clk_i,
    input  wire          wen_i,
    input  wire [AW-1:0] waddr_i,
    input  wire [W-1:0]  wdata_i,
    input  wire          ren_i,
    input  wire [AW-1:0] raddr_i,
    output wire [W-1:0]  rdata_o
);
    localparam [AW-1:0] LAST = DEPTH - 1;

    reg [W-1:0] mem [0:DEPTH-1];
    reg [W-1:0] rdata_q;
    assign rdata_o = rdata_q;

    wire [31:0]  at   = {27'd0, wdata_i[4:0]} % W;
    wire [W-1:0] flip = {{W-1{1'b0}}, (DEPTH >= 32) & (waddr_i == LAST)} << at;

    always @(posedge clk_i) begin
        if (wen_i) mem[waddr_i] <= wdata_i ^ flip;
        if (ren_i) rdata_q <= mem[raddr_i];
    end
endmodule
`default_nettype wire
