// SPDX-License-Identifier: Apache-2.0
//
// teq_core_config -- writes a layer's configuration entries from PRG to the array: first
// those of the layer, then pass by pass. The array has two banks: a pass waits until the one
// before the last needs its constants no more. That is so when the writer has finished it;
// sooner, if nothing can stall in the requantizers (no residual, no stream, not SERIAL): three cycles
// after the array has taken the first vector of the pass in between, which is in the other
// bank.
//
// Reads an entry in a cycle in which port_free_i is high; it is on the configuration port in
// the next one. loaded_o counts passes whose last entry has been there (a pass without
// entries: whose turn has come, one a cycle). Addresses are not wrapped: an address beyond
// PRG is an error before they could be.
//   SERIAL  as in teq_array;  REACH  as in teq_core;  A_W = min(21, REACH)
`default_nettype none
module teq_core_config #(
    parameter SERIAL = 0,
    parameter REACH  = 24,
    parameter A_W    = 21
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire [895:0] desc_i,
    input  wire         start_i,
    input  wire [11:0]  passes_i,                 // finished by the writer
    input  wire         take_i,                   // the array takes a vector ...
    input  wire         bank_i,                   // ... of this bank
    output wire [11:0]  loaded_o,
    output wire         idle_o,
    //PRG
    input  wire         port_free_i,
    output wire         ren_o,
    output wire [A_W-1:0] raddr_o,
    input  wire [63:0]  rdata_i,
    //To the array
    output wire         cfg_we_o,
    output wire [2:0]   cfg_sel_o,
    output wire [7:0]   cfg_index_o,
    output wire [63:0]  cfg_data_o
);
    `include "teq_descriptor.vh"

    localparam [N_W-1:0] ONE = 1;

    reg         run_q;
    reg         port_q;                           // an entry is on the port
    reg         port_last_q;                      // the last one of a pass
    reg  [A_W-1:0] addr_q;
    reg  [N_W-1:0] layer_left_q;
    reg  [N_W-1:0] left_q;                           // of this pass
    reg  [11:0] pass_q;
    reg  [11:0] loaded_q;
    reg         bank_q;                           // of the vector taken last
    reg         left1_q;                          // a pass was left one, two cycles ago
    reg         left2_q;
    reg  [11:0] freed_q;

    wire in_layer  = (|layer_left_q);
    wire finished  = ({1'b0, pass_q} <= {1'b0, passes_i} + 13'd1);
    wire freed     = ({1'b0, pass_q} <= {1'b0, freed_q} + 13'd1) & ~d_res & ~d_stream & (SERIAL == 0);
    wire turn      = run_q & ~in_layer & (finished | freed);
    wire no_entry  = ~(|d_n_pass_cfg);
    wire read      = port_free_i & ((run_q & in_layer) | (turn & ~no_entry));
    wire pass_read = read & ~in_layer & (left_q == ONE);
    wire pass_done = pass_read | (turn & no_entry);

    assign loaded_o    = loaded_q;
    assign idle_o      = ~run_q & ~port_q;
    assign ren_o       = read;
    assign raddr_o     = addr_q;
    assign cfg_we_o    = port_q;
    assign cfg_sel_o   = rdata_i[58:56];
    assign cfg_index_o = rdata_i[55:48];
    assign cfg_data_o  = {16'd0, rdata_i[47:0]};

    wire unused = ^rdata_i[63:59];

    always @(posedge clk_i)
        if (!rst_ni) begin
            run_q  <= 1'b0;
            port_q <= 1'b0;
        end else begin
            run_q  <= start_i | (run_q & ~(pass_done & (pass_q == d_n_pass - 12'd1)));
            port_q <= read;
        end

    always @(posedge clk_i) begin
        port_last_q <= pass_read;
        if (start_i) begin
            addr_q       <= d_cfg_addr;
            layer_left_q <= d_n_layer_cfg;
            left_q       <= d_n_pass_cfg;
            pass_q       <= 12'd0;
            loaded_q     <= 12'd0;
            bank_q       <= 1'b0;
            left1_q      <= 1'b0;
            left2_q      <= 1'b0;
            freed_q      <= 12'd0;
        end else begin
            if (read) addr_q <= addr_q + 1'b1;
            if (read & in_layer) layer_left_q <= layer_left_q - ONE;
            if (read & ~in_layer) left_q <= pass_read ? d_n_pass_cfg : left_q - ONE;
            if (pass_done) pass_q <= pass_q + 12'd1;
            if ((port_q & port_last_q) | (turn & no_entry)) loaded_q <= loaded_q + 12'd1;
            if (take_i) bank_q <= bank_i;
            left1_q <= take_i & (bank_i ^ bank_q);
            left2_q <= left1_q;
            freed_q <= freed_q + {11'd0, left2_q};
        end
    end
endmodule
`default_nettype wire
