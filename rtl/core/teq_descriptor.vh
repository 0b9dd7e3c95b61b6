// SPDX-License-Identifier: Apache-2.0
//
// The fields of a descriptor, by their names in docs/core.md, section 2. Include inside a
// module with a parameter REACH and a port desc_i of 14 * 64 bits, word 0 lowest. Fields that
// are added to addresses, to y or to u have REACH bits here, two's complement.
/* verilator lint_off UNUSED */ // no module asks for every field
localparam [3:0] OP_END = 4'd0, OP_INPUT = 4'd1, OP_DOT = 4'd2, OP_MAX = 4'd3;
localparam PA_W = (REACH < 21) ? REACH : 21;       // bits of an address of PRG
localparam L_W  = (REACH < 20) ? REACH : 20;       // ... of lengths
localparam N_W  = (REACH < 16) ? REACH : 16;

wire [3:0]       d_op          = desc_i[0*64 + 0 +: 4];
wire             d_res         = desc_i[0*64 + 8];
wire             d_sgn         = desc_i[0*64 + 9];
wire             d_stream      = desc_i[0*64 + 10];
wire             d_indirect    = desc_i[0*64 + 11];
wire             d_early       = desc_i[0*64 + 12];
wire             d_chain       = desc_i[0*64 + 13];
wire [2:0]       d_a_n         = desc_i[0*64 + 16 +: 3];
wire [2:0]       d_a_shift     = desc_i[0*64 + 19 +: 3];
wire [2:0]       d_w_n         = desc_i[0*64 + 22 +: 3];
wire [2:0]       d_w_shift     = desc_i[0*64 + 25 +: 3];
wire [N_W-1:0]   d_n_layer_cfg = desc_i[0*64 + 32 +: N_W];
wire [N_W-1:0]   d_n_pass_cfg  = desc_i[0*64 + 48 +: N_W];
wire [20:0]      all_cfg_addr  = {1'b0, desc_i[1*64 + 0 +: 20]};
wire [PA_W-1:0]  d_cfg_addr    = all_cfg_addr[PA_W-1:0];
wire [20:0]      all_tile_addr = {1'b0, desc_i[1*64 + 20 +: 20]};
wire [PA_W-1:0]  d_tile_addr   = all_tile_addr[PA_W-1:0];
wire [11:0]      d_n_tiles     = desc_i[1*64 + 40 +: 12];
wire [11:0]      d_n_pass      = desc_i[1*64 + 52 +: 12];
wire [REACH-1:0] d_in_base     = desc_i[2*64 + 0 +: REACH];
wire [REACH-1:0] d_in_pass     = desc_i[2*64 + 24 +: REACH];
wire [22:0]      all_u_len     = {7'd0, desc_i[2*64 + 48 +: 16]};
wire [REACH-1:0] d_u_len       = {1'b0, all_u_len[REACH-2:0]};
wire [REACH-1:0] d_in_oy       = desc_i[3*64 + 0 +: REACH];
wire [REACH-1:0] d_in_group    = desc_i[3*64 + 24 +: REACH];
wire [22:0]      all_h         = {7'd0, desc_i[3*64 + 48 +: 16]};
wire [REACH-1:0] d_h           = {1'b0, all_h[REACH-2:0]};
wire [REACH-1:0] d_in_ty       = desc_i[4*64 + 0 +: REACH];
wire [23:0]      all_u_ox      = {{8{desc_i[4*64 + 39]}}, desc_i[4*64 + 24 +: 16]};
wire [REACH-1:0] d_u_ox        = all_u_ox[REACH-1:0];
wire [23:0]      all_u_tx      = {{8{desc_i[4*64 + 55]}}, desc_i[4*64 + 40 +: 16]};
wire [REACH-1:0] d_u_tx        = all_u_tx[REACH-1:0];
wire [23:0]      all_y_ty      = {16'd0, desc_i[4*64 + 56 +: 8]};
wire [REACH-1:0] d_y_ty        = all_y_ty[REACH-1:0];
wire [11:0]      d_oh          = desc_i[5*64 + 0 +: 12];
wire [11:0]      d_ow          = desc_i[5*64 + 12 +: 12];
wire [11:0]      d_group_rows  = desc_i[5*64 + 24 +: 12];
wire [7:0]       d_n_ty        = desc_i[5*64 + 36 +: 8];
wire [7:0]       d_n_tx        = desc_i[5*64 + 44 +: 8];
wire [23:0]      all_y_oy      = {16'd0, desc_i[5*64 + 52 +: 8]};
wire [REACH-1:0] d_y_oy        = all_y_oy[REACH-1:0];
wire [23:0]      all_y_group   = {8'd0, desc_i[6*64 + 0 +: 16]};
wire [REACH-1:0] d_y_group     = all_y_group[REACH-1:0];
wire [23:0]      all_w_addr    = {4'd0, desc_i[6*64 + 16 +: 20]};
wire [REACH-1:0] d_w_addr      = all_w_addr[REACH-1:0];
wire [23:0]      all_w_pass    = {4'd0, desc_i[6*64 + 36 +: 20]};
wire [REACH-1:0] d_w_pass      = all_w_pass[REACH-1:0];
wire [REACH-1:0] d_c_addr      = desc_i[7*64 + 0 +: REACH];
wire [REACH-1:0] d_c_pass      = desc_i[7*64 + 24 +: REACH];
wire [REACH-1:0] d_out_base    = desc_i[8*64 + 0 +: REACH];
wire [REACH-1:0] d_out_pass    = desc_i[8*64 + 24 +: REACH];
wire [15:0]      d_out_t       = desc_i[8*64 + 48 +: 16];
wire [REACH-1:0] d_out_oy      = desc_i[9*64 + 0 +: REACH];
wire [REACH-1:0] d_out_ox      = desc_i[9*64 + 24 +: REACH];
wire [6:0]       d_lanes       = desc_i[9*64 + 48 +: 7];
wire [6:0]       d_lanes_x     = desc_i[9*64 + 55 +: 7];
wire [6:0]       d_lanes_pass  = desc_i[10*64 + 0 +: 7];
wire [REACH-1:0] d_res_base    = desc_i[11*64 + 0 +: REACH];
wire [REACH-1:0] d_res_pass    = desc_i[11*64 + 24 +: REACH];
wire [15:0]      d_res_t       = desc_i[11*64 + 48 +: 16];
wire [REACH-1:0] d_res_oy      = desc_i[12*64 + 0 +: REACH];
wire [REACH-1:0] d_res_ox      = desc_i[12*64 + 24 +: REACH];
wire [L_W-1:0]   d_n_lines     = desc_i[13*64 + 0 +: L_W];
wire [L_W-1:0]   d_line_len    = desc_i[13*64 + 20 +: L_W];
wire [REACH-1:0] d_line_step   = desc_i[13*64 + 40 +: REACH];
wire             unused_desc   = ^desc_i;
/* verilator lint_on UNUSED */
