// SPDX-License-Identifier: Apache-2.0
//
// teq_core -- runs a whole network: program, weights and activations in memories of its
// own, around a teq_array. docs/core.md is the contract: program, blocks cycle by cycle,
// errors; docs/registers.md the registers.
//
// Streams: s_axis_p a program image, s_axis_x inputs, m_axis_y outputs; AXI4-Lite for
// control. Every output is a function of registers. Reset: synchronous, active low, control
// state only.
//   ENGINE       "shift", "select", "booth", "bw"
//   ROWS, COLS   4, 8, 16, 32, 64: shape of the array; max(ROWS, COLS) banks of ACT
//   N_MAX .. LOAD_COLS, PSUM_DEPTH, PSUM_LATCH, W_LATCH, GATE, ADDER  as in teq_array; ACC_W at most 30;
//                LOAD_COLS * ROWS a power of two, at least min(16, 2^N_MAX)
//   ACT_WORDS    2..2^17 words of a bank of codes
//   WGT_WORDS    2..2^20 words of a beat of weights
//   PRG_WORDS    16..2^20 words of 64 bits
//   PARITY       0, 1: a parity bit for each word of the three, checked on every read
//   SERIAL       1: one small requantizer for all columns (teq_requant_serial); not INT
//   RESIDUAL, INDIRECT, MAXIMUM, COUNTERS  0: residuals, weights by template, the MAX unit,
//                counters beside CYCLES are left out; programs that want them are refused
//   CHAIN        0: no chained vectors; likewise
//   REACH        12..24: bits of addresses; ACT's elements, words of WGT and of PRG at most
//                2^(REACH - 1)
`default_nettype none
module teq_core #(
    parameter ENGINE     = "shift",
    parameter ROWS       = 16,
    parameter COLS       = 16,
    parameter N_MAX      = 4,
    parameter K_RES      = 4,
    parameter MB         = 7,
    parameter PW         = 7,
    parameter ACC_W      = 15,
    parameter NA_MAX     = 5,
    parameter LOAD_COLS  = 2,
    parameter PSUM_DEPTH = 128,
    parameter PSUM_LATCH = 0,
    parameter GATE       = 0,
    parameter ADDER      = "cells",
    parameter ACT_WORDS  = 2048,
    parameter WGT_WORDS  = 4096,
    parameter PRG_WORDS  = 4096,
    parameter PARITY     = 0,
    parameter SERIAL     = 0,
    parameter RESIDUAL   = 1,
    parameter INDIRECT   = 1,
    parameter MAXIMUM    = 1,
    parameter COUNTERS   = 1,
    parameter CHAIN      = 1,
    parameter W_LATCH    = 0,
    parameter REACH      = 24
) (
    input  wire        clk_i,
    input  wire        rst_ni,
    //Registers
    input  wire [7:0]  s_axil_awaddr,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    output wire [1:0]  s_axil_bresp,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    input  wire [7:0]  s_axil_araddr,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    output wire [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,
    //Program image
    input  wire [31:0] s_axis_p_tdata,
    input  wire [3:0]  s_axis_p_tkeep,
    input  wire        s_axis_p_tlast,
    input  wire        s_axis_p_tvalid,
    output wire        s_axis_p_tready,
    //Inputs
    input  wire [31:0] s_axis_x_tdata,
    input  wire [3:0]  s_axis_x_tkeep,
    input  wire        s_axis_x_tlast,
    input  wire        s_axis_x_tvalid,
    output wire        s_axis_x_tready,
    //Outputs
    output wire [31:0] m_axis_y_tdata,
    output wire [3:0]  m_axis_y_tkeep,
    output wire        m_axis_y_tlast,
    output wire        m_axis_y_tvalid,
    input  wire        m_axis_y_tready,
    output wire        irq_o
);
    `include "teq_engine.vh"

    /* verilator coverage_off */ // constant function: runs at elaboration only
    function integer log2_up;
        input integer n;
        begin
            log2_up = 1;
            while ((1 << log2_up) < n) log2_up = log2_up + 1;
        end
    endfunction
    /* verilator coverage_on */

    localparam NB      = (ROWS > COLS) ? ROWS : COLS;
    localparam LB      = log2_up(NB);
    localparam CODE_W  = NA_MAX + 1;
    localparam SLOTS   = LOAD_COLS * ROWS;
    localparam WGT_W   = SLOTS * (N_MAX + 1);
    localparam N_IDX   = (N_MAX < 4) ? 1 << N_MAX : 16;
    localparam ACT_AW  = log2_up(ACT_WORDS);
    localparam WGT_AW  = log2_up(WGT_WORDS);
    localparam PRG_AW  = log2_up(PRG_WORDS);
    localparam ADDR_W  = log2_up(PSUM_DEPTH);
    localparam MAX_N   = (ROWS < COLS) ? ROWS : COLS;
    localparam A_W     = (REACH < 21) ? REACH : 21;    // address of PRG
    localparam U_W     = (REACH < 16) ? REACH : 16;
    localparam TILE_W  = 36 + U_W + 2 * REACH;

    localparam [3:0]  E = IS_BW ? 4'd4 : IS_BOOTH ? 4'd3 : IS_SELECT ? 4'd1 : 4'd0;
    localparam [95:0] CONFIG = {3'd0, REACH[4:0], W_LATCH[0], CHAIN[0], COUNTERS[0], MAXIMUM[0], INDIRECT[0], RESIDUAL[0], SERIAL[0], PARITY[0],
                                PSUM_DEPTH[15:0],
                                LOAD_COLS[7:0], ACC_W[7:0], PW[3:0], MB[3:0], K_RES[3:0], E,
                                NA_MAX[7:0], N_MAX[7:0], COLS[7:0], ROWS[7:0]};

    generate
        if (IS_COUNT) begin : g_bad_engine
            ENGINE_of_a_core_must_be_shift_select_booth_or_bw u_error ();
        end
        if (ROWS != 4 && ROWS != 8 && ROWS != 16 && ROWS != 32 && ROWS != 64) begin : g_bad_rows
            ROWS_of_a_core_must_be_4_8_16_32_or_64 u_error ();
        end
        if (COLS != 4 && COLS != 8 && COLS != 16 && COLS != 32 && COLS != 64) begin : g_bad_cols
            COLS_of_a_core_must_be_4_8_16_32_or_64 u_error ();
        end
        if (ACC_W > 30) begin : g_bad_acc
            ACC_W_of_a_core_must_be_30_at_most u_error ();
        end
        if ((SLOTS < N_IDX && INDIRECT != 0) || (SLOTS & (SLOTS - 1)) != 0) begin : g_bad_load
            LOAD_COLS_must_make_ROWS_times_LOAD_COLS_a_power_of_two_and_at_least_the_smaller_of_16_and_2_to_the_N_MAX u_error ();
        end
        if (ACT_WORDS < 2 || ACT_WORDS > (1 << 17)) begin : g_bad_act
            ACT_WORDS_must_be_2_to_131072 u_error ();
        end
        if (WGT_WORDS < 2 || WGT_WORDS > (1 << 20)) begin : g_bad_wgt
            WGT_WORDS_must_be_2_to_1048576 u_error ();
        end
        if (PRG_WORDS < 16 || PRG_WORDS > (1 << 20)) begin : g_bad_prg
            PRG_WORDS_must_be_16_to_1048576 u_error ();
        end
        if (PARITY != 0 && PARITY != 1) begin : g_bad_parity
            PARITY_must_be_0_or_1 u_error ();
        end
        if (RESIDUAL != 0 && RESIDUAL != 1 || INDIRECT != 0 && INDIRECT != 1 || MAXIMUM != 0 && MAXIMUM != 1
            || COUNTERS != 0 && COUNTERS != 1) begin : g_bad_option
            RESIDUAL_INDIRECT_MAXIMUM_and_COUNTERS_must_be_0_or_1 u_error ();
        end
        if (REACH < 12 || REACH > 24 || ACT_WORDS * NB > (1 << (REACH - 1)) || WGT_WORDS > (1 << (REACH - 1))
            || PRG_WORDS > (1 << (REACH - 1))) begin : g_bad_reach
            REACH_must_be_12_to_24_and_2_to_the_REACH_minus_1_hold_the_memories u_error ();
        end
    endgenerate

    wire [895:0]       desc_i;
    `include "teq_descriptor.vh"

    // --- resets, errors ---------------------------------------------------------------------------

    wire         soft_reset;
    wire         start;
    wire         error;                           // state ERROR
    wire         found;                           // an error in this cycle
    wire         reset_n = rst_ni & ~soft_reset;
    wire         core_n  = reset_n & ~error;      // reset of all that is at work
    wire [4:0]   cause;
    wire [15:0]  layer;
    wire [15:0]  error_layer;
    wire [31:0]  error_info;
    wire         idle;
    wire         image_valid;

    wire         bad_op, bad_field, bad_tile, bad_prg, bad_wgt, bad_read, bad_write_y, bad_write_x, bad_psum, bad_input;
    wire         bad_image, bad_range, bad_tlast, bad_sum, bad_config, bad_parity, bad_port;
    wire         bad_start = start & (~idle | ~image_valid);
    wire         prg_parity, wgt_parity, act_parity;
    wire [A_W-1:0]   bad_addr;
    wire [A_W-1:0]   prg_raddr;
    wire [REACH-1:0] wgt_raddr;
    wire [REACH-1:0] read_addr;
    wire [REACH-1:0] y_addr;
    wire [REACH-1:0] in_next;
    wire [12:0]      psum_addr;
    wire [L_W-1:0]   in_taken;
    wire [31:0]  image_header;
    wire [31:0]  image_sum;
    wire [31:0]  p_data;
    wire [7:0]   port_addr;

    teq_core_error u_error (
        .clk_i(clk_i), .rst_ni(reset_n),
        .found_i({bad_port, bad_start, bad_parity, bad_config, bad_sum, bad_tlast, bad_range, bad_image, bad_input,
                  bad_psum, bad_write_y | bad_write_x, bad_read, bad_wgt, bad_prg, bad_tile, bad_field, bad_op}),
        .info_i({24'd0, port_addr, 32'd0, prg_parity ? 2'd1 : wgt_parity ? 2'd2 : 2'd3, 30'd0, p_data, image_sum,
                 image_header, {32-L_W{1'b0}}, in_taken, 19'd0, psum_addr,
                 {32-REACH{1'b0}}, bad_write_y ? y_addr : in_next, {32-REACH{1'b0}}, read_addr,
                 {32-REACH{1'b0}}, wgt_raddr, {32-A_W{1'b0}}, prg_raddr, {32-A_W{1'b0}}, bad_addr}),
        .layer_i(layer), .found_o(found), .error_o(error), .cause_o(cause), .layer_o(error_layer), .info_o(error_info)
    );
    assign bad_parity = prg_parity | wgt_parity | act_parity;

    // --- streams -------------------------------------------------------------------------------------

    wire         port_p, port_x, port_last;
    wire [31:0]  port_data;
    wire         p_full, p_empty, p_take, p_last;
    wire [3:0]   p_keep;
    wire         x_full, x_empty, x_take, x_last, x_port;
    wire [3:0]   x_keep;
    wire [31:0]  x_data;
    wire         y_full, y_empty, y_push, y_last, y_pop;
    wire [3:0]   y_keep;
    wire [31:0]  y_data;

    assign s_axis_p_tready = ~p_full;
    teq_fifo2 #(.W(37)) u_p (
        .clk_i(clk_i), .rst_ni(core_n),
        .push_i(s_axis_p_tvalid | port_p),
        .d_i(s_axis_p_tvalid ? {s_axis_p_tlast, s_axis_p_tkeep, s_axis_p_tdata} : {port_last, 4'hf, port_data}),
        .full_o(p_full), .pop_i(p_take), .q_o({p_last, p_keep, p_data}), .empty_o(p_empty)
    );

    assign s_axis_x_tready = ~x_full;
    teq_fifo2 #(.W(38)) u_x (
        .clk_i(clk_i), .rst_ni(core_n),
        .push_i(s_axis_x_tvalid | port_x),
        .d_i(s_axis_x_tvalid ? {1'b0, s_axis_x_tlast, s_axis_x_tkeep, s_axis_x_tdata}
                             : {1'b1, port_last, 4'hf, port_data}),
        .full_o(x_full), .pop_i(x_take), .q_o({x_port, x_last, x_keep, x_data}), .empty_o(x_empty)
    );

    assign m_axis_y_tvalid = ~y_empty;
    teq_fifo2 #(.W(37)) u_y (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .push_i(y_push & core_n), .d_i({y_last, y_keep, y_data}), .full_o(y_full),
        .pop_i(m_axis_y_tready | y_pop), .q_o({m_axis_y_tlast, m_axis_y_tkeep, m_axis_y_tdata}), .empty_o(y_empty)
    );

    // --- registers, counters --------------------------------------------------------------------------

    wire         loading;
    wire         image_done;
    wire         program_done;
    wire [319:0] counters;

    teq_core_regs #(
        .CONFIG(CONFIG), .ACT_WORDS(ACT_WORDS), .WGT_WORDS(WGT_WORDS), .PRG_WORDS(PRG_WORDS)
    ) u_regs (
        .clk_i(clk_i), .por_ni(rst_ni), .rst_ni(reset_n),
        .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid), .s_axil_awready(s_axil_awready),
        .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb), .s_axil_wvalid(s_axil_wvalid),
        .s_axil_wready(s_axil_wready),
        .s_axil_bresp(s_axil_bresp), .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready),
        .s_axil_araddr(s_axil_araddr), .s_axil_arvalid(s_axil_arvalid), .s_axil_arready(s_axil_arready),
        .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp), .s_axil_rvalid(s_axil_rvalid),
        .s_axil_rready(s_axil_rready), .irq_o(irq_o),
        .start_o(start), .reset_o(soft_reset),
        .busy_i(~idle & ~error), .image_i(image_valid), .loading_i(loading & ~error), .error_i(error),
        .cause_i(cause), .layer_i(error_layer), .info_i(error_info), .counters_i(counters),
        .event_done_i(program_done & core_n & ~found), .event_error_i(found), .event_image_i(image_done & core_n),
        .port_p_o(port_p), .port_x_o(port_x), .port_last_o(port_last), .port_data_o(port_data),
        .ready_p_i(~p_full & ~s_axis_p_tvalid), .ready_x_i(~x_full & ~s_axis_x_tvalid),
        .pop_y_o(y_pop), .valid_y_i(~y_empty), .data_y_i(m_axis_y_tdata),
        .bad_port_o(bad_port), .bad_port_addr_o(port_addr)
    );

    // --- program: memory, loader, sequencer --------------------------------------------------------------

    wire               prg_wen, wgt_wen;
    wire [PRG_AW-1:0]  prg_waddr;
    wire [63:0]        prg_wdata, prg_rdata;
    wire [WGT_AW-1:0]  wgt_waddr;
    wire [WGT_W-1:0]   wgt_wdata, wgt_rdata;

    teq_core_image #(
        .WGT_W(WGT_W), .WGT_WORDS(WGT_WORDS), .WGT_AW(WGT_AW), .PRG_WORDS(PRG_WORDS), .PRG_AW(PRG_AW), .CONFIG(CONFIG)
    ) u_image (
        .clk_i(clk_i), .por_ni(rst_ni), .rst_ni(core_n), .run_i(~idle), .error_i(found),
        .valid_o(image_valid), .loading_o(loading), .done_o(image_done),
        .beat_valid_i(~p_empty), .beat_data_i(p_data), .beat_keep_i(p_keep), .beat_last_i(p_last), .take_o(p_take),
        .prg_wen_o(prg_wen), .prg_waddr_o(prg_waddr), .prg_wdata_o(prg_wdata),
        .wgt_wen_o(wgt_wen), .wgt_waddr_o(wgt_waddr), .wgt_wdata_o(wgt_wdata),
        .bad_image_o(bad_image), .bad_range_o(bad_range), .bad_tlast_o(bad_tlast), .bad_sum_o(bad_sum),
        .bad_config_o(bad_config), .header_o(image_header), .sum_o(image_sum)
    );

    wire         seq_ren, cfg_ren;
    wire [A_W-1:0] seq_raddr, cfg_raddr;
    wire         start_input, start_layer, start_config;
    wire         in_busy, in_done;
    wire         writer_done, array_busy, config_idle;
    wire         push_tile, push_load, tiles_full, loads_full;
    wire [TILE_W-1:0]  tile;
    wire [2*REACH-1:0] load;
    wire [11:0]  passes, loaded;
    wire         is_max = (MAXIMUM != 0) & (d_op == OP_MAX);

    teq_core_sequencer #(
        .IS_INT(IS_INT), .ROWS(ROWS), .COLS(COLS), .N_MAX(N_MAX), .NA_MAX(NA_MAX), .LOAD_CYCLES(COLS / LOAD_COLS),
        .RESIDUAL(RESIDUAL), .INDIRECT(INDIRECT), .MAXIMUM(MAXIMUM), .CHAIN(CHAIN), .REACH(REACH), .A_W(A_W), .U_W(U_W), .TILE_W(TILE_W)
    ) u_sequencer (
        .clk_i(clk_i), .rst_ni(core_n), .start_i(start & ~bad_start), .idle_o(idle), .done_o(program_done),
        .desc_o(desc_i), .layer_o(layer),
        .ren_o(seq_ren), .raddr_o(seq_raddr), .rdata_i(prg_rdata),
        .start_input_o(start_input), .in_busy_i(in_busy), .in_done_i(in_done),
        .start_layer_o(start_layer), .start_config_o(start_config),
        .layer_done_i(writer_done & (is_max | (~array_busy & config_idle))),
        .push_tile_o(push_tile), .tile_o(tile), .tiles_full_i(tiles_full),
        .push_load_o(push_load), .load_o(load), .loads_full_i(loads_full),
        .bad_op_o(bad_op), .bad_field_o(bad_field), .bad_tile_o(bad_tile), .bad_addr_o(bad_addr)
    );

    assign prg_raddr = seq_ren ? seq_raddr : cfg_raddr;
    assign bad_prg   = (seq_ren | cfg_ren) & (prg_raddr >= PRG_WORDS[A_W-1:0]);

    teq_core_ram #(.W(64), .DEPTH(PRG_WORDS), .AW(PRG_AW), .PARITY(PARITY)) u_prg (
        .clk_i(clk_i), .rst_ni(core_n),
        .wen_i(prg_wen), .waddr_i(prg_waddr), .wdata_i(prg_wdata),
        .ren_i(seq_ren | cfg_ren), .raddr_i(prg_raddr[PRG_AW-1:0]), .rdata_o(prg_rdata), .error_o(prg_parity)
    );

    wire        cfg_we;
    wire [2:0]  cfg_sel;
    wire [7:0]  cfg_index;
    wire [63:0] cfg_data;

    wire                 c_valid, c_residual, c_take, c_last;
    wire [ADDR_W+11:0]   c_user;
    wire [NB-1:0]        c_mask;
    wire [NB*CODE_W-1:0] c_data;
    wire                 a_valid = c_valid & ~c_residual & ~is_max;
    wire                 r_valid = c_valid & c_residual;
    wire                 a_ready, r_ready;

    teq_core_config #(.SERIAL(SERIAL), .REACH(REACH), .A_W(A_W)) u_config (
        .clk_i(clk_i), .rst_ni(core_n), .desc_i(desc_i), .start_i(start_config),
        .passes_i(passes), .take_i(a_valid & a_ready), .bank_i(c_user[ADDR_W+2]), .loaded_o(loaded), .idle_o(config_idle),
        .port_free_i(~seq_ren), .ren_o(cfg_ren), .raddr_o(cfg_raddr), .rdata_i(prg_rdata),
        .cfg_we_o(cfg_we), .cfg_sel_o(cfg_sel), .cfg_index_o(cfg_index), .cfg_data_o(cfg_data)
    );

    // --- weights --------------------------------------------------------------------------------------------

    wire             w_valid, w_ready, w_last, wgt_ren;
    wire [WGT_AW-1:0] wgt_word;
    wire [WGT_W-1:0] w_data;
    wire [5:0]       w_user;

    teq_core_weights #(
        .IS_INT(IS_INT), .N_MAX(N_MAX), .ROWS(ROWS), .COLS(COLS), .LOAD_COLS(LOAD_COLS), .WORDS(WGT_WORDS), .AW(WGT_AW),
        .INDIRECT(INDIRECT), .REACH(REACH)
    ) u_weights (
        .clk_i(clk_i), .rst_ni(core_n), .desc_i(desc_i),
        .push_i(push_load), .load_i(load), .full_o(loads_full),
        .ren_o(wgt_ren), .raddr_o(wgt_word), .rdata_i(wgt_rdata), .error_o(bad_wgt), .error_addr_o(wgt_raddr),
        .m_axis_w_tvalid(w_valid), .m_axis_w_tready(w_ready), .m_axis_w_tdata(w_data),
        .m_axis_w_tuser(w_user), .m_axis_w_tlast(w_last)
    );

    teq_core_ram #(.W(WGT_W), .DEPTH(WGT_WORDS), .AW(WGT_AW), .PARITY(PARITY)) u_wgt (
        .clk_i(clk_i), .rst_ni(core_n),
        .wen_i(wgt_wen), .waddr_i(wgt_waddr), .wdata_i(wgt_wdata),
        .ren_i(wgt_ren), .raddr_i(wgt_word), .rdata_o(wgt_rdata), .error_o(wgt_parity)
    );

    // --- activations: memory, input, reader -------------------------------------------------------------------

    wire                 x_write;
    wire [LB-1:0]        x_a0;
    wire [ACT_AW-1:0]    x_base0, x_base1;
    wire [6:0]           x_lanes;
    wire [4*CODE_W-1:0]  x_codes;
    wire                 y_write;
    wire [ACT_AW-1:0]    y_base0, y_base1;
    wire [6:0]           y_lanes;
    wire [NB*CODE_W-1:0] act_wdata, act_rdata;
    wire                 r_en, r_far;
    wire [LB-1:0]        r_a0;
    wire [ACT_AW-1:0]    r_base0, r_base1;
    wire [NB-1:0]        r_mask;

    assign x_write = x_take;
    teq_core_input #(.NA_MAX(NA_MAX), .LB(LB), .AW(ACT_AW), .WORDS(ACT_WORDS), .REACH(REACH), .L_W(L_W)) u_input (
        .clk_i(clk_i), .rst_ni(core_n), .start_i(start_input),
        .base_i(d_out_base), .n_lines_i(d_n_lines), .line_len_i(d_line_len), .line_step_i(d_line_step), .sgn_i(d_sgn),
        .busy_o(in_busy), .done_o(in_done), .next_o(in_next),
        .beat_valid_i(~x_empty), .beat_port_i(x_port), .beat_last_i(x_last), .beat_keep_i(x_keep), .beat_data_i(x_data),
        .take_o(x_take), .port_free_i(~y_write),
        .w_a0_o(x_a0), .w_base0_o(x_base0), .w_base1_o(x_base1), .w_lanes_o(x_lanes), .w_data_o(x_codes),
        .outside_o(bad_write_x), .bad_o(bad_input), .taken_o(in_taken)
    );

    teq_core_act #(
        .NB(NB), .LB(LB), .CODE_W(CODE_W), .WORDS(ACT_WORDS), .AW(ACT_AW), .PARITY(PARITY)
    ) u_act (
        .clk_i(clk_i), .rst_ni(core_n),
        .w_en_i(y_write | x_write), .w_a0_i(y_write ? y_addr[LB-1:0] : x_a0),
        .w_base0_i(y_write ? y_base0 : x_base0), .w_base1_i(y_write ? y_base1 : x_base1),
        .w_far_i(y_write), .w_t_i(d_out_t), .w_lanes_i(y_write ? y_lanes : x_lanes), .w_data_i(act_wdata),
        .r_en_i(r_en), .r_a0_i(r_a0), .r_base0_i(r_base0), .r_base1_i(r_base1), .r_far_i(r_far), .r_t_i(d_res_t),
        .r_mask_i(r_mask), .r_data_o(act_rdata), .error_o(act_parity)
    );

    teq_core_reader #(
        .IS_INT(IS_INT), .ROWS(ROWS), .NB(NB), .LB(LB), .NA_MAX(NA_MAX), .PSUM_DEPTH(PSUM_DEPTH), .ADDR_W(ADDR_W),
        .AW(ACT_AW), .WORDS(ACT_WORDS), .RESIDUAL(RESIDUAL), .CHAIN(CHAIN), .REACH(REACH), .U_W(U_W), .TILE_W(TILE_W)
    ) u_reader (
        .clk_i(clk_i), .rst_ni(core_n), .desc_i(desc_i), .start_i(start_layer), .loaded_i(loaded),
        .in_busy_i(in_busy), .in_next_i(in_next),
        .push_i(push_tile), .tile_i(tile), .full_o(tiles_full),
        .r_en_o(r_en), .r_a0_o(r_a0), .r_base0_o(r_base0), .r_base1_o(r_base1), .r_far_o(r_far), .r_mask_o(r_mask),
        .r_data_i(act_rdata),
        .c_valid_o(c_valid), .c_residual_o(c_residual), .c_take_o(c_take), .c_user_o(c_user), .c_last_o(c_last),
        .c_mask_o(c_mask), .c_data_o(c_data), .a_ready_i(a_ready), .r_ready_i(r_ready),
        .read_o(bad_read), .read_addr_o(read_addr), .psum_o(bad_psum), .psum_addr_o(psum_addr)
    );

    // --- array, MAX unit, writer ----------------------------------------------------------------------------------

    wire [ROWS*NA_MAX-1:0] a_codes;
    wire [COLS*CODE_W-1:0] y_codes, max_codes;
    wire [COLS*16-1:0]     y_words;
    wire                   y_valid, y_ready, max_valid;
    wire                   unused_y_last;
    wire                   unused_lanes = ^{c_mask, c_data};
    wire [2:0]             unused_array_error;

    genvar i;
    generate
        for (i = 0; i < ROWS; i = i + 1) begin : g_a
            assign a_codes[i*NA_MAX +: NA_MAX] = c_data[i*CODE_W +: NA_MAX];
        end
        for (i = 0; i < NB; i = i + 1) begin : g_w
            wire [CODE_W-1:0] y;
            if (i < COLS) begin : g_result
                assign y = is_max ? max_codes[i*CODE_W +: CODE_W] : y_codes[i*CODE_W +: CODE_W];
            end else begin : g_none
                assign y = {CODE_W{1'b0}};
            end
            if (i < 4) begin : g_or_input
                assign act_wdata[i*CODE_W +: CODE_W] = y_write ? y : x_codes[i*CODE_W +: CODE_W];
            end else begin : g_no_input
                assign act_wdata[i*CODE_W +: CODE_W] = y;
            end
        end
    endgenerate

    teq_array #(
        .ENGINE(ENGINE), .ROWS(ROWS), .COLS(COLS), .N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW), .ACC_W(ACC_W),
        .NA_MAX(NA_MAX), .LOAD_COLS(LOAD_COLS), .DOUBLE(1), .PSUM_DEPTH(PSUM_DEPTH), .PSUM_LATCH(PSUM_LATCH), .N_REQUANT(COLS),
        .SERIAL(SERIAL), .CHAIN(CHAIN), .W_LATCH(W_LATCH), .GATE(GATE),
        .ADDER(ADDER), .ADDR_W(ADDR_W)
    ) u_array (
        .clk_i(clk_i), .rst_ni(core_n),
        .cfg_we_i(cfg_we), .cfg_sel_i(cfg_sel), .cfg_index_i(cfg_index), .cfg_data_i(cfg_data),
        .s_axis_w_tvalid(w_valid), .s_axis_w_tready(w_ready), .s_axis_w_tdata(w_data), .s_axis_w_tuser(w_user),
        .s_axis_w_tlast(w_last),
        .s_axis_a_tvalid(a_valid), .s_axis_a_tready(a_ready), .s_axis_a_tdata(a_codes), .s_axis_a_tuser(c_user),
        .s_axis_a_tlast(c_last),
        .s_axis_r_tvalid(r_valid), .s_axis_r_tready(r_ready), .s_axis_r_tdata(c_data[COLS*CODE_W-1:0]),
        .m_axis_y_tvalid(y_valid), .m_axis_y_tready(y_ready), .m_axis_y_tdata(y_codes), .m_axis_y_tuser(y_words),
        .m_axis_y_tlast(unused_y_last), .busy_o(array_busy), .error_o(unused_array_error)
    );

    generate
        if (MAXIMUM != 0) begin : g_max
            teq_core_max #(.IS_INT(IS_INT), .LANES(MAX_N), .N(COLS), .NA_MAX(NA_MAX)) u_max (
                .clk_i(clk_i), .rst_ni(core_n),
                .valid_i(c_valid & is_max), .first_i(c_user[ADDR_W]), .last_i(c_user[ADDR_W+1]),
                .mask_i(c_mask[MAX_N-1:0]), .data_i(c_data[MAX_N*CODE_W-1:0]), .a_n_i(d_a_n),
                .valid_o(max_valid), .data_o(max_codes)
            );
        end else begin : g_no_max
            assign max_valid = 1'b0;
            assign max_codes = {COLS*CODE_W{1'b0}};
        end
    endgenerate

    teq_core_writer #(.COLS(COLS), .LB(LB), .AW(ACT_AW), .WORDS(ACT_WORDS), .REACH(REACH)) u_writer (
        .clk_i(clk_i), .rst_ni(core_n), .desc_i(desc_i), .start_i(start_layer), .passes_o(passes), .done_o(writer_done),
        .y_valid_i(y_valid), .y_ready_o(y_ready), .y_words_i(y_words), .max_valid_i(max_valid),
        .w_en_o(y_write), .w_addr_o(y_addr), .w_base0_o(y_base0), .w_base1_o(y_base1), .w_lanes_o(y_lanes),
        .outside_o(bad_write_y),
        .full_i(y_full), .push_o(y_push), .data_o(y_data), .keep_o(y_keep), .last_o(y_last)
    );

    wire [NA_MAX-1:0] a_zero = IS_INT ? {NA_MAX{1'b0}} : ~({NA_MAX{1'b1}} << d_a_n);

    teq_core_counters #(.ROWS(ROWS), .NA_MAX(NA_MAX), .ALL(COUNTERS)) u_counters (
        .clk_i(clk_i), .clear_i(~reset_n | (start & ~bad_start & ~error)),
        .run_i(~idle & ~error), .vector_i(a_valid & a_ready & core_n), .stall_i(c_valid & ~c_take & core_n),
        .mask_i(c_mask[ROWS-1:0]), .code_i(a_codes), .zero_i(a_zero), .counters_o(counters)
    );
endmodule
`default_nettype wire
