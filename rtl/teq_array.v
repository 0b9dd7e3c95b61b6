// SPDX-License-Identifier: Apache-2.0
//
// teq_array -- the array with its streams: weights in, activations in, codes out.
//
//     out[c] = requantize(sum over tiles and rows of product(activation[row], weight[row][c]))
//
// docs/array.md is the contract: parameters with their legal ranges, stream formats,
// configuration map, and the timing cycle by cycle. Latency from an accepted final
// vector to its first output beat: 6 + NA_MAX cycles (INT: 7), with PIPE = 1 one more. Rate: one vector a
// cycle; a final vector takes COLS / N_REQUANT cycles, with SERIAL = 1 36 + NA_MAX a column.
// Outputs depend on registered state only. Reset: synchronous, active low, control state only.
`default_nettype none
module teq_array #(
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
    parameter DOUBLE     = 1,
    parameter PSUM_DEPTH = 128,
    parameter PSUM_LATCH = 0,
    parameter N_REQUANT  = COLS,
    parameter SERIAL     = 0,
    parameter CHAIN      = 0,
    parameter PIPE       = 0,
    parameter W_LATCH    = 0,
    parameter GATE       = 0,
    parameter ADDER      = "cells",
    parameter ADDR_W     = 7                      // max(1, ceil(log2(PSUM_DEPTH)))
) (
    input  wire                                  clk_i,
    input  wire                                  rst_ni,
    //Configuration
    input  wire                                  cfg_we_i,
    input  wire [2:0]                            cfg_sel_i,
    input  wire [7:0]                            cfg_index_i,
    input  wire [63:0]                           cfg_data_i,
    //Weights
    input  wire                                  s_axis_w_tvalid,
    output wire                                  s_axis_w_tready,
    input  wire [LOAD_COLS*ROWS*(N_MAX+1)-1:0]   s_axis_w_tdata,
    input  wire [5:0]                            s_axis_w_tuser,
    input  wire                                  s_axis_w_tlast,
    //Activations
    input  wire                                  s_axis_a_tvalid,
    output wire                                  s_axis_a_tready,
    input  wire [ROWS*NA_MAX-1:0]                s_axis_a_tdata,
    input  wire [ADDR_W+11:0]                    s_axis_a_tuser,
    input  wire                                  s_axis_a_tlast,
    //Residual codes
    input  wire                                  s_axis_r_tvalid,
    output wire                                  s_axis_r_tready,
    input  wire [N_REQUANT*(NA_MAX+1)-1:0]       s_axis_r_tdata,
    //Outputs
    output wire                                  m_axis_y_tvalid,
    input  wire                                  m_axis_y_tready,
    output wire [N_REQUANT*(NA_MAX+1)-1:0]       m_axis_y_tdata,
    output wire [N_REQUANT*16-1:0]               m_axis_y_tuser,
    output wire                                  m_axis_y_tlast,
    //Status
    output wire                                  busy_o,
    output wire [2:0]                            error_o
);
    `include "teq_engine.vh"

    localparam W_W         = N_MAX + 1;
    localparam LOAD_CYCLES = COLS / LOAD_COLS;
    localparam SLOTS       = LOAD_COLS * ROWS;

    wire [2:0]       w_n    = s_axis_w_tuser[2:0];
    wire [N_MAX-1:0] w_zero = ~({N_MAX{1'b1}} << w_n);
    /* verilator lint_off UNUSED */ // data bits above those that a register has; INT: formats
    wire unused = ^{cfg_data_i, w_zero};
    /* verilator lint_on UNUSED */

    genvar i;
    generate
        if (PSUM_DEPTH < 1 || PSUM_DEPTH > 4096) begin : g_bad_depth
            PSUM_DEPTH_must_be_1_to_4096 u_error ();
        end
        if (PSUM_DEPTH > (1 << ADDR_W) || (ADDR_W > 1 && PSUM_DEPTH <= (1 << (ADDR_W - 1)))) begin : g_bad_addr
            ADDR_W_must_be_ceil_log2_of_PSUM_DEPTH u_error ();
        end
        if (PSUM_LATCH != 0 && (PSUM_LATCH != 1 || PSUM_DEPTH > 128)) begin : g_bad_latch
            PSUM_LATCH_must_be_0_or_1_and_PSUM_DEPTH_at_most_128_with_1 u_error ();
        end
        if (N_REQUANT < 1 || COLS % N_REQUANT != 0) begin : g_bad_requant
            N_REQUANT_must_divide_COLS u_error ();
        end
        if (SERIAL != 0 && (SERIAL != 1 || !IS_EXP || N_REQUANT != COLS)) begin : g_bad_serial
            SERIAL_must_be_0_or_1_and_1_with_engine_shift_or_select_and_N_REQUANT_as_COLS u_error ();
        end
        if (IS_COUNT && CHAIN != 0) begin : g_bad_chain
            CHAIN_of_engine_count_must_be_0 u_error ();
        end
        if (IS_COUNT && PIPE != 0) begin : g_bad_pipe
            PIPE_of_engine_count_must_be_0 u_error ();
        end
        if (IS_COUNT && W_LATCH != 0) begin : g_bad_w_latch
            W_LATCH_of_engine_count_must_be_0 u_error ();
        end
        if (IS_COUNT && PSUM_DEPTH != 1) begin : g_bad_count
            PSUM_DEPTH_of_engine_count_must_be_1 u_error ();
        end
    endgenerate

    // --- weights in: expand, load column groups, swap ---------------------------------

    reg  [LOAD_CYCLES-1:0] group_q;               // one-hot: group that the next beat fills
    reg                    shadow_full_q;
    reg                    active_q;
    reg                    bad_format_q;
    reg                    bad_last_q;

    wire                   swap;
    wire                   retire;                // the last vector of a tile leaves stage 1
    wire [SLOTS*W_W-1:0]   w_words;

    wire [2:0] w_shift  = s_axis_w_tuser[5:3];
    wire [3:0] w_span   = {1'b0, w_n} + {1'b0, w_shift};
    wire       w_legal  = (w_n >= 3'd2) & (w_span <= N_MAX[3:0]);
    wire       w_beat   = s_axis_w_tvalid & s_axis_w_tready;
    wire       w_end    = w_beat & group_q[LOAD_CYCLES-1];

    generate
        for (i = 0; i < SLOTS; i = i + 1) begin : g_slot
            if (IS_INT) begin : g_int
                assign w_words[i*W_W +: W_W] = s_axis_w_tdata[i*W_W +: W_W];
            end else begin : g_exp
                teq_weight_expand #(.N_MAX(N_MAX)) u_expand (
                    .code_i(s_axis_w_tdata[i*W_W +: W_W]), .zero_i(w_zero), .shift_i(w_shift),
                    .legal_i(w_legal), .word_o(w_words[i*W_W +: W_W])
                );
            end
        end
        if (DOUBLE != 0) begin : g_double
            // latches take a beat before the edge at which a swap reads them
            assign s_axis_w_tready = ~shadow_full_q | ((W_LATCH == 0) & swap);
            always @(posedge clk_i)
                if (!rst_ni) begin
                    shadow_full_q <= 1'b0;
                    active_q      <= 1'b0;
                end else begin
                    shadow_full_q <= w_end | (shadow_full_q & ~swap);
                    active_q      <= swap | (active_q & ~retire);
                end
        end else begin : g_single
            assign s_axis_w_tready = ~active_q;
            always @(posedge clk_i) begin
                shadow_full_q <= 1'b0;
                if (!rst_ni) active_q <= 1'b0;
                else active_q <= w_end | (active_q & ~retire);
            end
        end
        if (LOAD_CYCLES > 1) begin : g_groups
            always @(posedge clk_i)
                if (!rst_ni) group_q <= {{LOAD_CYCLES-1{1'b0}}, 1'b1};
                else if (w_beat) group_q <= {group_q[LOAD_CYCLES-2:0], group_q[LOAD_CYCLES-1]};
        end else begin : g_one_group
            always @(posedge clk_i) group_q <= 1'b1;
        end
    endgenerate

    always @(posedge clk_i)
        if (!rst_ni) begin
            bad_format_q <= 1'b0;
            bad_last_q   <= 1'b0;
        end else begin
            bad_format_q <= bad_format_q | (w_beat & ~w_legal & !IS_INT);
            bad_last_q   <= bad_last_q | (w_beat & (s_axis_w_tlast ^ group_q[LOAD_CYCLES-1]));
        end

    // --- activations in: stage 1 ---------------------------------------------------------

    reg               v1_q;
    reg               last1_q;
    reg               first1_q;
    reg               final1_q;
    reg               bank1_q;
    reg               res1_q;
    reg               sgn1_q;
    reg               chain1_q;
    reg  [ADDR_W-1:0] addr1_q;

    wire              can_move;                   // stage 1 may move on
    wire              adv    = v1_q & can_move;
    wire              ending = v1_q & last1_q;
    wire              accept = s_axis_a_tvalid & s_axis_a_tready;

    wire [ADDR_W-1:0] a_addr  = s_axis_a_tuser[ADDR_W-1:0];
    wire [2:0]        a_n     = s_axis_a_tuser[ADDR_W+5 +: 3];
    wire [2:0]        a_shift = s_axis_a_tuser[ADDR_W+8 +: 3];
    wire              a_chain = s_axis_a_tuser[ADDR_W+11] & (CHAIN != 0);
    wire [NA_MAX-1:0] a_zero  = ~({NA_MAX{1'b1}} << a_n);

    assign retire = adv & last1_q;
    assign swap   = shadow_full_q & (~active_q | retire);
    assign s_axis_a_tready = (~v1_q | can_move)
                           & ((active_q & ~ending) | (shadow_full_q & (~active_q | ending)));

    always @(posedge clk_i)
        if (!rst_ni) v1_q <= 1'b0;
        else v1_q <= accept | (v1_q & ~can_move);

    always @(posedge clk_i)
        if (accept) begin
            last1_q  <= s_axis_a_tlast;
            addr1_q  <= a_addr;
            first1_q <= s_axis_a_tuser[ADDR_W];
            final1_q <= s_axis_a_tuser[ADDR_W+1];
            bank1_q  <= s_axis_a_tuser[ADDR_W+2];
            res1_q   <= s_axis_a_tuser[ADDR_W+3];
            sgn1_q   <= s_axis_a_tuser[ADDR_W+4];
            chain1_q <= a_chain;
        end

    // --- tile ----------------------------------------------------------------------------

    wire                   v2;                    // a finished vector is in the accumulators
    wire                   done;                  // and its last part is being taken
    wire                   tile_busy;
    wire                   overflow;
    wire [COLS*ACC_W-1:0]  acc;
    wire                   add;                   // a vector goes into the accumulators;
    wire                   final_a;               // of this vector
    wire                   bank_a;
    wire                   res_a;
    wire                   sgn_a;
    reg                    bank2_q;
    reg                    res2_q;
    reg                    sgn2_q;

    always @(posedge clk_i)
        if (add & final_a) begin
            bank2_q <= bank_a;
            res2_q  <= res_a;
            sgn2_q  <= sgn_a;
        end

    generate
        if (IS_COUNT) begin : g_count
            localparam CNT_W = 11;
            wire                            drain_busy;
            wire [COLS*(2*ACC_W+CNT_W)-1:0] unused_beta;
            teq_count_tile #(
                .ROWS(ROWS), .COLS(COLS), .N_MAX(N_MAX), .ACC_W(ACC_W), .NA_MAX(NA_MAX),
                .CNT_W(CNT_W), .LOAD_COLS(LOAD_COLS), .DOUBLE(DOUBLE), .GATE(GATE), .ADDER(ADDER)
            ) u_tile (
                .clk_i(clk_i), .rst_ni(rst_ni),
                .load_i(group_q & {LOAD_CYCLES{w_beat}}), .swap_i(swap), .w_i(w_words),
                .x_en_i(accept), .code_i(s_axis_a_tdata), .zero_i(a_zero),
                .acc_en_i(adv), .clr_i(first1_q), .final_i(final1_q),
                .g_we_i(cfg_we_i & cfg_sel_i == 3'd6), .g_index_i(cfg_index_i), .g_data_i(cfg_data_i[15:0]),
                .drain_busy_o(drain_busy), .done_o(v2), .take_i(done),
                .acc_o(acc), .beta_o(unused_beta), .overflow_o(overflow)
            );
            assign can_move  = ~(final1_q & drain_busy);
            assign tile_busy = drain_busy;
            assign add = adv;
            assign {final_a, bank_a, res_a, sgn_a} = {final1_q, bank1_q, res1_q, sgn1_q};
            wire unused_count = ^{addr1_q, a_shift, chain1_q};
        end else begin : g_stationary
            reg                   v2_q;
            wire                  psum_sel;
            wire [COLS*ACC_W-1:0] psum;
            wire [COLS*ACC_W-1:0] sum;
            wire                  can_add;        // the accumulators may be written
            wire                  first_a;
            wire                  chain_a;
            wire [ADDR_W-1:0]     addr_a;
            wire                  read;           // of the partial sum at read_addr
            wire [ADDR_W-1:0]     read_addr;

            assign v2       = v2_q;
            assign can_add  = ~v2_q | done;
            assign overflow = 1'b0;

            always @(posedge clk_i)
                if (!rst_ni) v2_q <= 1'b0;
                else v2_q <= (add & final_a) | (v2_q & ~done);

            // A first vector reads no partial sum, nor does a chained one.
            if (PIPE != 0) begin : g_pipe
                reg               vp_q;           // a vector between the stages of the sums
                reg [ADDR_W+5:0]  pipe_q;

                always @(posedge clk_i)
                    if (!rst_ni) vp_q <= 1'b0;
                    else vp_q <= adv | (vp_q & ~can_add);
                always @(posedge clk_i)
                    if (adv) pipe_q <= {first1_q, final1_q, bank1_q, res1_q, sgn1_q, chain1_q, addr1_q};

                assign can_move  = ~vp_q | can_add;
                assign tile_busy = vp_q;
                assign add       = vp_q & can_add;
                assign {first_a, final_a, bank_a, res_a, sgn_a, chain_a, addr_a} = pipe_q;
                assign read      = adv & ~first1_q & ~chain1_q;
                assign read_addr = addr1_q;
            end else begin : g_direct
                assign can_move  = can_add;
                assign tile_busy = 1'b0;
                assign add       = adv;
                assign {first_a, final_a, bank_a, res_a, sgn_a, chain_a, addr_a} =
                       {first1_q, final1_q, bank1_q, res1_q, sgn1_q, chain1_q, addr1_q};
                assign read      = accept & ~s_axis_a_tuser[ADDR_W] & ~a_chain;
                assign read_addr = a_addr;
            end

            teq_tile #(
                .ENGINE(ENGINE), .ROWS(ROWS), .COLS(COLS), .N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW),
                .ACC_W(ACC_W), .NA_MAX(NA_MAX), .LOAD_COLS(LOAD_COLS), .DOUBLE(DOUBLE),
                .PSUM(PSUM_DEPTH > 1), .CHAIN(CHAIN), .PIPE(PIPE), .W_LATCH(W_LATCH), .GATE(GATE), .ADDER(ADDER)
            ) u_tile (
                .clk_i(clk_i), .rst_ni(rst_ni),
                .load_i(group_q & {LOAD_CYCLES{w_beat}}), .swap_i(swap), .w_i(w_words),
                .x_en_i(accept), .code_i(s_axis_a_tdata), .zero_i(a_zero), .shift_i(a_shift),
                .sum_en_i(adv),
                .acc_en_i(add), .clr_i(first_a), .chain_i(chain_a), .psum_sel_i(psum_sel), .psum_i(psum),
                .sum_o(sum), .acc_o(acc)
            );

            teq_psum #(.DEPTH(PSUM_DEPTH), .W(COLS*ACC_W), .AW(ADDR_W), .LATCH(PSUM_LATCH)) u_psum (
                .clk_i(clk_i), .rst_ni(rst_ni),
                .accept_i(read), .addr_i(read_addr),
                .adv_i(add), .final1_i(final_a | chain_a), .addr1_i(addr_a), .sum_i(sum), .acc_i(acc),
                .sel_o(psum_sel), .psum_o(psum)
            );
        end
    endgenerate

    // --- requantizers, output --------------------------------------------------------------

    wire requant_busy;
    generate
        if (SERIAL != 0) begin : g_serial
            teq_requant_serial #(.COLS(COLS), .ACC_W(ACC_W), .NA_MAX(NA_MAX)) u_requant (
                .clk_i(clk_i), .rst_ni(rst_ni),
                .cfg_we_i(cfg_we_i), .cfg_sel_i(cfg_sel_i), .cfg_index_i(cfg_index_i),
                .cfg_data_i(cfg_data_i[ACC_W+17:0]),
                .v2_i(v2), .bank_i(bank2_q), .res_i(res2_q), .sgn_i(sgn2_q), .acc_i(acc), .done_o(done),
                .s_axis_r_tvalid(s_axis_r_tvalid), .s_axis_r_tready(s_axis_r_tready),
                .s_axis_r_tdata(s_axis_r_tdata),
                .m_axis_y_tvalid(m_axis_y_tvalid), .m_axis_y_tready(m_axis_y_tready),
                .m_axis_y_tdata(m_axis_y_tdata), .m_axis_y_tuser(m_axis_y_tuser),
                .m_axis_y_tlast(m_axis_y_tlast), .busy_o(requant_busy)
            );
        end else begin : g_parallel
            teq_requant_unit #(
                .INT(IS_INT), .COLS(COLS), .N_REQUANT(N_REQUANT), .ACC_W(ACC_W), .NA_MAX(NA_MAX)
            ) u_requant (
                .clk_i(clk_i), .rst_ni(rst_ni),
                .cfg_we_i(cfg_we_i), .cfg_sel_i(cfg_sel_i), .cfg_index_i(cfg_index_i),
                .cfg_data_i(cfg_data_i[ACC_W+17:0]),
                .v2_i(v2), .bank_i(bank2_q), .res_i(res2_q), .sgn_i(sgn2_q), .acc_i(acc), .done_o(done),
                .s_axis_r_tvalid(s_axis_r_tvalid), .s_axis_r_tready(s_axis_r_tready),
                .s_axis_r_tdata(s_axis_r_tdata),
                .m_axis_y_tvalid(m_axis_y_tvalid), .m_axis_y_tready(m_axis_y_tready),
                .m_axis_y_tdata(m_axis_y_tdata), .m_axis_y_tuser(m_axis_y_tuser),
                .m_axis_y_tlast(m_axis_y_tlast), .busy_o(requant_busy)
            );
        end
    endgenerate

    assign busy_o  = v1_q | v2 | requant_busy | tile_busy;
    assign error_o = {overflow, bad_last_q, bad_format_q};
endmodule
`default_nettype wire
