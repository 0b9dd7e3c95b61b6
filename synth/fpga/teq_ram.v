// SPDX-License-Identifier: Apache-2.0
//
// teq_ram for FPGA tools: as rtl/teq_ram.v, and says that the word is unknown which is read
// from the address that the same edge writes (nobody reads it). Without that Yosys puts
// registers and multiplexers around a block RAM to give the old word.
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
    reg [W-1:0] mem [0:DEPTH-1];
    reg [W-1:0] rdata_q;
    assign rdata_o = rdata_q;

    always @(posedge clk_i) begin
        if (wen_i) mem[waddr_i] <= wdata_i;
        if (ren_i) rdata_q <= (wen_i & (waddr_i == raddr_i)) ? {W{1'bx}} : mem[raddr_i];
    end
endmodule
`default_nettype wire
