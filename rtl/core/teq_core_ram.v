// SPDX-License-Identifier: Apache-2.0
//
// teq_core_ram -- a memory of the core: teq_ram, with an even parity bit in each word
// if PARITY = 1.
//
// The word is on rdata_o from the edge at which ren_i is high until the next read.
// error_o is high in the one cycle after a read whose word has a flipped bit (any odd
// number of them); always low with PARITY = 0.
//   W, DEPTH, AW  as in teq_ram      PARITY  0, 1
`default_nettype none
module teq_core_ram #(
    parameter W      = 16,
    parameter DEPTH  = 128,
    parameter AW     = 7,
    parameter PARITY = 0
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire          wen_i,
    input  wire [AW-1:0] waddr_i,
    input  wire [W-1:0]  wdata_i,
    input  wire          ren_i,
    input  wire [AW-1:0] raddr_i,
    output wire [W-1:0]  rdata_o,
    output wire          error_o
);
    generate
        if (PARITY != 0) begin : g_parity
            reg          read_q;
            wire [W:0]   word;

            always @(posedge clk_i)
                if (!rst_ni) read_q <= 1'b0;
                else read_q <= ren_i;

            teq_ram #(.W(W + 1), .DEPTH(DEPTH), .AW(AW)) u_ram (
                .clk_i(clk_i),
                .wen_i(wen_i), .waddr_i(waddr_i), .wdata_i({^wdata_i, wdata_i}),
                .ren_i(ren_i), .raddr_i(raddr_i), .rdata_o(word)
            );
            assign rdata_o = word[W-1:0];
            assign error_o = read_q & (^word);
        end else begin : g_plain
            teq_ram #(.W(W), .DEPTH(DEPTH), .AW(AW)) u_ram (
                .clk_i(clk_i),
                .wen_i(wen_i), .waddr_i(waddr_i), .wdata_i(wdata_i),
                .ren_i(ren_i), .raddr_i(raddr_i), .rdata_o(rdata_o)
            );
            assign error_o = 1'b0;
            wire unused = rst_ni;
        end
    endgenerate
endmodule
`default_nettype wire
