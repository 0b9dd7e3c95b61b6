// SPDX-License-Identifier: Apache-2.0
//
// teq_clock_gate -- clk_o follows clk_i in the cycles whose en_i was high before
// the rising edge. A latch that is open while clk_i is low and an AND: free of
// glitches. An ASIC flow replaces the module by the library's gating cell; an
// FPGA uses enables instead (parameter GATE = 0 of teq_reg) and never sees it.
`default_nettype none
module teq_clock_gate (
    input  wire clk_i,
    input  wire en_i,
    output wire clk_o
);
    reg en_q;
    /* verilator lint_off LATCH */ // a latch is what this is
    always @* if (!clk_i) en_q = en_i;
    /* verilator lint_on LATCH */
    assign clk_o = clk_i & en_q;
endmodule
`default_nettype wire
