// SPDX-License-Identifier: Apache-2.0
//
// teq_ram -- simple dual-port synchronous memory: one write port, one read port.
//
// rdata_o holds the word at raddr_i from the edge at which ren_i is high until the
// next read. Reading an address in the cycle that writes it is not used by this
// project: the word read is then undefined. Contents and rdata_o are not reset.
// Plain enough that FPGA tools infer block RAM; an ASIC swaps the module for a
// macro with these ports.
//   W >= 1 word width, DEPTH >= 2 words, AW = ceil(log2(DEPTH))
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
        if (ren_i) rdata_q <= mem[raddr_i];
    end
endmodule
`default_nettype wire
