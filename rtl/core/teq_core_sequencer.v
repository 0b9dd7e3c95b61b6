// SPDX-License-Identifier: Apache-2.0
//
// teq_core_sequencer -- reads descriptors and tile entries from PRG, and tells the others
// what to do: docs/core.md, section 6, says it state by state.
//
// A descriptor takes 15 cycles and one to check, a tile three: A reads its entry, B the
// next one, C checks and pushes it. All addresses are sums that are carried along. Errors
// are found in CHECK and in C; errors of PRG's addresses outside. Data is not reset.
//   IS_INT  there is no format to check;  A_W = min(21, REACH);  U_W, TILE_W  as in
//   teq_core_window;  others as in teq_core
`default_nettype none
module teq_core_sequencer #(
    parameter IS_INT      = 0,
    parameter ROWS        = 16,
    parameter COLS        = 16,
    parameter N_MAX       = 4,
    parameter NA_MAX      = 5,
    parameter LOAD_CYCLES = 8,
    parameter RESIDUAL    = 1,
    parameter INDIRECT    = 1,
    parameter MAXIMUM     = 1,
    parameter CHAIN       = 1,
    parameter REACH       = 24,
    parameter A_W         = 21,
    parameter U_W         = 16,
    parameter TILE_W      = 100
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire         start_i,                  // in IDLE
    output wire         idle_o,
    output wire         done_o,                   // END
    output wire [895:0] desc_o,                   // the descriptor at hand
    output wire [15:0]  layer_o,                  // descriptors fetched since start
    //PRG
    output wire         ren_o,
    output wire [A_W-1:0] raddr_o,
    input  wire [63:0]  rdata_i,
    //Input unit
    output wire         start_input_o,
    input  wire         in_busy_i,
    input  wire         in_done_i,
    //Layer: writer, reader, config loader
    output wire         start_layer_o,
    output wire         start_config_o,
    input  wire         layer_done_i,             // writer; and DOT: array, config loader
    //Tiles: {pass, end, last, first, rows, part, lanes, u, y, addr}
    output wire         push_tile_o,
    output wire [TILE_W-1:0] tile_o,
    input  wire         tiles_full_i,
    //Loads: {compact, word}
    output wire         push_load_o,
    output wire [2*REACH-1:0] load_o,
    input  wire         loads_full_i,
    //Errors
    output wire         bad_op_o,
    output wire         bad_field_o,
    output wire         bad_tile_o,
    output wire [A_W-1:0] bad_addr_o
);
    localparam [L_W-1:0] ONE = 1;
    localparam [A_W-1:0] DESC_WORDS = 14;
    localparam [3:0] IDLE = 4'd0, DESC = 4'd1, CHECK = 4'd2, INPUT = 4'd3,
                     RUN_A = 4'd4, RUN_B = 4'd5, RUN_C = 4'd6, DRAIN = 4'd7;

    reg  [895:0] desc_q;
    wire [895:0] desc_i = desc_q;                 // the name that the fields are taken from
    `include "teq_descriptor.vh"

    reg  [3:0]  state_q;
    reg  [A_W-1:0] pc_q;
    reg  [3:0]  k_q;
    reg  [15:0] layer_q;
    integer     w;

    wire is_dot  = (d_op == OP_DOT);
    wire is_max  = (d_op == OP_MAX);
    wire is_walk = is_dot | is_max;

    // --- check of a descriptor ---------------------------------------------------------------

    function bad_lanes;
        input [6:0] n;
        bad_lanes = (n == 7'd0) | (n > COLS[6:0]);
    endfunction

    wire [3:0] span = {1'b0, d_w_n} + {1'b0, d_w_shift};
    wire bad_walk   = (d_n_tiles == 12'd0) | (d_n_pass == 12'd0) | (d_oh == 12'd0) | (d_ow == 12'd0)
                    | (d_group_rows == 12'd0) | (d_n_ty == 8'd0) | (d_n_tx == 8'd0)
                    | bad_lanes(d_lanes) | bad_lanes(d_lanes_x) | bad_lanes(d_lanes_pass);
    wire bad_format = (IS_INT == 0) & ((d_w_n < 3'd2) | (span > N_MAX[3:0])
                                       | (d_a_n < 3'd2) | ({1'b0, d_a_n} > NA_MAX[3:0]) | (d_a_shift == 3'd7));
    wire bad_chain  = (CHAIN == 0) | (d_n_tiles != 12'd1) | (d_n_ty != 8'd1) | (d_n_tx != 8'd1);
    wire bad_option = (d_res & (RESIDUAL == 0)) | (d_indirect & (INDIRECT == 0)) | (d_chain & bad_chain);
    wire bad_field  = (is_walk & bad_walk) | (is_dot & (bad_format | bad_option)) | (is_max & (d_n_tiles > 12'd1))
                    | ((d_op == OP_INPUT) & (~(|d_n_lines) | ~(|d_line_len)
                                             | (d_early & (d_n_lines != ONE))));

    wire check       = (state_q == CHECK);
    wire good        = check & ~bad_field & ~bad_op_o;
    wire start_input = good & (d_op == OP_INPUT) & ~in_busy_i;
    wire done        = good & (d_op == OP_END) & ~in_busy_i;

    // --- states ----------------------------------------------------------------------------------

    wire run_a   = (state_q == RUN_A);
    wire run_b   = (state_q == RUN_B);
    wire run_c   = (state_q == RUN_C);
    wire go_a    = run_a & ~tiles_full_i & ~(is_dot & loads_full_i);
    wire next    = ((state_q == INPUT) & in_done_i) | (start_input & d_early)
                 | ((state_q == DRAIN) & layer_done_i & ~in_busy_i);
    wire all_end;                                 // this tile is the layer's last one

    always @(posedge clk_i)
        if (!rst_ni) begin
            state_q <= IDLE;
        end else begin
            case (state_q)
                IDLE:    if (start_i) state_q <= DESC;
                DESC:    if (k_q == 4'd14) state_q <= CHECK;
                CHECK:   if (done) state_q <= IDLE;
                         else if (start_input) state_q <= d_early ? DESC : INPUT;
                         else if (good & is_walk) state_q <= RUN_A;
                INPUT:   if (in_done_i) state_q <= DESC;
                RUN_A:   if (go_a) state_q <= RUN_B;
                RUN_B:   state_q <= RUN_C;
                RUN_C:   state_q <= all_end ? DRAIN : RUN_A;
                default: if (next) state_q <= DESC; // DRAIN
            endcase
        end

    always @(posedge clk_i) begin
        k_q <= (state_q == DESC) ? k_q + 4'd1 : 4'd0;
        if (state_q == IDLE) pc_q <= {A_W{1'b0}};
        else if (next) pc_q <= pc_q + DESC_WORDS;
        if (!rst_ni | ((state_q == IDLE) & start_i)) layer_q <= 16'd0;
        else if ((state_q == DESC) & (k_q == 4'd14)) layer_q <= layer_q + 16'd1;
        if (state_q == DESC)
            for (w = 0; w < 14; w = w + 1)
                if (k_q == w[3:0] + 4'd1) desc_q[w*64 +: 64] <= rdata_i;
    end

    // --- walk over tiles, groups, passes -----------------------------------------------------------

    reg  [63:0] entry_q;
    reg  [A_W-1:0] tile_at_q;
    reg  [11:0] t_q;
    reg  [11:0] rows_left_q;
    reg  [11:0] pass_q;
    reg         group0_q;
    reg         multi_q;                          // more than one entry has reload
    reg  [REACH-1:0] in_pass_q;
    reg  [REACH-1:0] in_group_q;
    reg  [REACH-1:0] y_group_q;
    reg  [REACH-1:0] w_pass_q;
    reg  [REACH-1:0] w_load_q;
    reg  [REACH-1:0] c_pass_q;

    wire [6:0]  e_lanes  = entry_q[54:48];
    wire [1:0]  e_part   = entry_q[56:55];
    wire        e_reload = entry_q[57];
    wire        t_last   = (t_q == d_n_tiles - 12'd1);
    wire        g_last   = (rows_left_q <= d_group_rows);
    wire        p_last   = (pass_q == d_n_pass - 12'd1);
    wire        multi    = multi_q | (e_reload & (t_q != 12'd0));
    wire        again    = group0_q | multi;      // a reload entry loads
    wire        chained  = (CHAIN != 0) & is_dot & d_chain;
    wire        first    = (t_q == 12'd0) & (group0_q | ~chained);
    wire        tlast    = t_last ? g_last | multi : rdata_i[57] & again;
    wire [A_W-1:0]   tile_next = tile_at_q + 1'b1;
    wire [REACH-1:0] in_next   = (g_last ? in_pass_q : in_group_q) + (g_last ? d_in_pass : d_in_group);
    wire [REACH-1:0] w_next    = w_pass_q + d_w_pass;

    assign all_end = t_last & g_last & p_last;

    always @(posedge clk_i) begin
        if (run_b) entry_q <= rdata_i;
        if (check) begin
            tile_at_q   <= d_tile_addr;
            t_q         <= 12'd0;
            rows_left_q <= d_oh;
            pass_q      <= 12'd0;
            group0_q    <= 1'b1;
            multi_q     <= 1'b0;
            in_pass_q   <= d_in_base;
            in_group_q  <= d_in_base;
            y_group_q   <= {REACH{1'b0}};
            w_pass_q    <= d_w_addr;
            w_load_q    <= d_w_addr;
            c_pass_q    <= d_c_addr;
        end else if (run_c) begin
            tile_at_q <= t_last ? d_tile_addr : tile_next;
            t_q       <= t_last ? 12'd0 : t_q + 12'd1;
            multi_q   <= multi;
            if (e_reload) w_load_q <= w_load_q + LOAD_CYCLES[REACH-1:0];
            if (t_last) begin
                rows_left_q <= g_last ? d_oh : rows_left_q - d_group_rows;
                in_group_q  <= in_next;
                y_group_q   <= g_last ? {REACH{1'b0}} : y_group_q + d_y_group;
                w_load_q    <= g_last ? w_next : w_pass_q;
                group0_q    <= g_last;
                if (g_last) begin
                    pass_q    <= pass_q + 12'd1;
                    in_pass_q <= in_next;
                    w_pass_q  <= w_next;
                    c_pass_q  <= c_pass_q + d_c_pass;
                end
            end
        end
    end

    // --- to the others ----------------------------------------------------------------------------------

    assign idle_o         = (state_q == IDLE);
    assign done_o         = done;
    assign desc_o         = desc_q;
    assign layer_o        = layer_q;
    assign ren_o          = ((state_q == DESC) & (k_q != 4'd14)) | go_a | (run_b & ~t_last);
    assign raddr_o        = run_a ? tile_at_q : run_b ? tile_next : pc_q + {{A_W-4{1'b0}}, k_q};
    assign start_input_o  = start_input;
    assign start_layer_o  = good & is_walk;
    assign start_config_o = good & is_dot;

    assign push_tile_o = run_c;
    assign tile_o = {pass_q, tlast, t_last, first, g_last ? rows_left_q : d_group_rows,
                     e_part, e_lanes, entry_q[24 +: U_W], y_group_q + {{REACH-8{entry_q[47]}}, entry_q[47:40]},
                     in_group_q + entry_q[REACH-1:0]};
    assign push_load_o = run_c & is_dot & e_reload & again;
    assign load_o      = {c_pass_q + {{REACH-4{1'b0}}, entry_q[61:58]}, w_load_q};

    assign bad_op_o    = check & ((d_op > OP_MAX) | ((MAXIMUM == 0) & is_max));
    assign bad_field_o = check & bad_field;
    assign bad_tile_o  = run_c & ((e_lanes == 7'd0) | (e_lanes > ROWS[6:0]) | (e_part == 2'd3)
                                  | ((t_q == 12'd0) & ~e_reload));
    assign bad_addr_o  = run_c ? tile_at_q : pc_q;

    wire unused = ^entry_q;
endmodule
`default_nettype wire
