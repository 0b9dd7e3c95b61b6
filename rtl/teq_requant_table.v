// SPDX-License-Identifier: Apache-2.0
//
// teq_requant_table -- constants B, M, S, C of the channels that one requantizer
// serves, two banks of them: entry = bank * (channels) + chunk.
//
// Written one field at a time; each stage of the requantizer reads its field at
// the entry of the sum that it works on. Flip-flops, not reset.
//   ENTRIES  2 * channels of this requantizer, >= 2;  EW = ceil(log2(ENTRIES))
`default_nettype none
module teq_requant_table #(
    parameter ENTRIES = 2,
    parameter EW      = 1,
    parameter ACC_W   = 16
) (
    input  wire              clk_i,
    input  wire              b_we_i,
    input  wire              m_we_i,
    input  wire              c_we_i,
    input  wire [EW-1:0]     entry_i,
    input  wire [ACC_W+17:0] data_i,
    input  wire [EW-1:0]     b_entry_i,
    input  wire [EW-1:0]     m_entry_i,
    input  wire [EW-1:0]     c_entry_i,
    output wire [ACC_W-1:0]  b_o,
    output wire [15:0]       m_o,
    output wire [5:0]        s_o,
    output wire [ACC_W+17:0] c_o
);
    reg [ACC_W-1:0]  b_q [0:ENTRIES-1];
    reg [15:0]       m_q [0:ENTRIES-1];
    reg [5:0]        s_q [0:ENTRIES-1];
    reg [ACC_W+17:0] c_q [0:ENTRIES-1];

    always @(posedge clk_i) begin
        if (b_we_i) b_q[entry_i] <= data_i[ACC_W-1:0];
        if (m_we_i) m_q[entry_i] <= data_i[15:0];
        if (m_we_i) s_q[entry_i] <= data_i[21:16];
        if (c_we_i) c_q[entry_i] <= data_i;
    end

    assign b_o = b_q[b_entry_i];
    assign m_o = m_q[m_entry_i];
    assign s_o = s_q[c_entry_i];
    assign c_o = c_q[c_entry_i];
endmodule
`default_nettype wire
