// SPDX-License-Identifier: Apache-2.0
//
// teq_ram as a macro of its own: for `make area` of a core without its memories. Ports as in
// rtl/teq_ram.v.
(* blackbox *)
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
endmodule
