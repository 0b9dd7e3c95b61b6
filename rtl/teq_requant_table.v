// SPDX-License-Identifier: Apache-2.0
//
// teq_requant_table -- constants B, M, S, C of the channels that one requantizer
// serves, two banks of them: entry = bank * (channels) + chunk.
//
// Written one field at a time, in the entries of hit_i; each stage of the requantizer reads its field at
// the entry of the sum that it works on. Flip-flops, not reset.
//   ENTRIES  2 * channels of this requantizer, >= 2;  EW = ceil(log2(ENTRIES))
`default_nettype none
module teq_requant_table #(
    parameter ENTRIES = 2,
    parameter EW      = 1,
    parameter ACC_W   = 15
) (
    input  wire               clk_i,
    input  wire               b_we_i,
    input  wire               m_we_i,
    input  wire               c_we_i,
    input  wire [ENTRIES-1:0] hit_i,
    input  wire [ACC_W+17:0]  data_i,
    input  wire [EW-1:0]      b_entry_i,
    input  wire [EW-1:0]      m_entry_i,
    input  wire [EW-1:0]      c_entry_i,
    output wire [ACC_W-1:0]   b_o,
    output wire [15:0]        m_o,
    output wire [5:0]         s_o,
    output wire [ACC_W+17:0]  c_o
);
    localparam C_W = ACC_W + 18;

    wire [ENTRIES*ACC_W-1:0] all_b;
    wire [ENTRIES*16-1:0]    all_m;
    wire [ENTRIES*6-1:0]     all_s;
    wire [ENTRIES*C_W-1:0]   all_c;

    genvar e;
    generate
        for (e = 0; e < ENTRIES; e = e + 1) begin : g_entry
            reg [ACC_W-1:0] b_q;
            reg [15:0]      m_q;
            reg [5:0]       s_q;
            reg [C_W-1:0]   c_q;

            always @(posedge clk_i) begin
                if (b_we_i & hit_i[e]) b_q <= data_i[ACC_W-1:0];
                if (m_we_i & hit_i[e]) m_q <= data_i[15:0];
                if (m_we_i & hit_i[e]) s_q <= data_i[21:16];
                if (c_we_i & hit_i[e]) c_q <= data_i;
            end

            assign all_b[e*ACC_W +: ACC_W] = b_q;
            assign all_m[e*16 +: 16]       = m_q;
            assign all_s[e*6 +: 6]         = s_q;
            assign all_c[e*C_W +: C_W]     = c_q;
        end
    endgenerate

    assign b_o = all_b[b_entry_i*ACC_W +: ACC_W];
    assign m_o = all_m[m_entry_i*16 +: 16];
    assign s_o = all_s[c_entry_i*6 +: 6];
    assign c_o = all_c[c_entry_i*C_W +: C_W];
endmodule
`default_nettype wire
