// SPDX-License-Identifier: Apache-2.0
//
// teq_core_reader -- feeds the array, or the MAX unit, from ACT: vectors of the tiles in
// its queue, and after each final vector of a layer with residual the vector to be added.
//
// Stage A walks and addresses (teq_core_window, teq_core_walk), in B the words stand at the
// banks' outputs, in C the lanes are in order and masked. A vector moves on when the next
// stage is free or frees. A final vector waits in A until its pass is configured
// (loaded_i > pass), any vector for an input that is still coming. Errors are found in the
// cycle of the step. Data is not reset.
//   IS_INT  linear codes: zero is 0;  NB, LB  banks of ACT;  RESIDUAL  0: there are none
//   CHAIN  0: no chained vectors
//   U_W, TILE_W  as in teq_core_window;  others as in teq_core
`default_nettype none
module teq_core_reader #(
    parameter IS_INT     = 0,
    parameter ROWS       = 16,
    parameter NB         = 16,
    parameter LB         = 4,
    parameter NA_MAX     = 5,
    parameter PSUM_DEPTH = 128,
    parameter ADDR_W     = 7,
    parameter AW         = 11,
    parameter WORDS      = 2048,
    parameter RESIDUAL   = 1,
    parameter CHAIN      = 1,
    parameter REACH      = 24,
    parameter U_W        = 16,
    parameter TILE_W     = 100
) (
    input  wire                     clk_i,
    input  wire                     rst_ni,
    input  wire [895:0]             desc_i,
    input  wire                     start_i,      // of a layer
    input  wire [11:0]              loaded_i,
    input  wire                     in_busy_i,
    input  wire [REACH-1:0]         in_next_i,
    //Tiles: {pass, end, last, first, rows, part, lanes, u, y, addr}
    input  wire                     push_i,
    input  wire [TILE_W-1:0]              tile_i,
    output wire                     full_o,
    //ACT
    output wire                     r_en_o,
    output wire [LB-1:0]            r_a0_o,
    output wire [AW-1:0]            r_base0_o,
    output wire [AW-1:0]            r_base1_o,
    output wire                     r_far_o,
    output wire [NB-1:0]            r_mask_o,
    input  wire [NB*(NA_MAX+1)-1:0] r_data_i,
    //Stage C
    output wire                     c_valid_o,
    output wire                     c_residual_o,
    output wire                     c_take_o,
    output wire [ADDR_W+11:0]       c_user_o,     // s_axis_a_tuser
    output wire                     c_last_o,
    output wire [NB-1:0]            c_mask_o,
    output wire [NB*(NA_MAX+1)-1:0] c_data_o,     // {s, code}
    input  wire                     a_ready_i,
    input  wire                     r_ready_i,
    //Errors
    output wire                     read_o,
    output wire [REACH-1:0]         read_addr_o,
    output wire                     psum_o,
    output wire [12:0]              psum_addr_o
);
    `include "teq_descriptor.vh"

    localparam CODE_W = NA_MAX + 1;
    localparam W_W    = REACH - LB;
    localparam [NA_MAX-1:0] TOP = (IS_INT != 0) ? {NA_MAX{1'b0}} : {NA_MAX{1'b1}};

    wire is_max = (d_op == OP_MAX);

    // --- A -----------------------------------------------------------------------------------

    wire            residual;                     // this step is a residual
    reg             b_valid_q;
    reg             c_valid_q;

    wire            v_valid;
    wire [REACH-1:0] v_addr;
    wire [ROWS-1:0] v_mask;
    wire [12:0]     v_psum;
    wire            v_first;
    wire            v_final;
    wire            v_last;
    wire [1:0]      v_part;
    wire [11:0]     v_pass;
    wire [REACH-1:0] res_addr;
    wire [6:0]      res_lanes;
    wire [AW-1:0]   res_base0;
    wire [AW-1:0]   res_base1;
    wire            res_outside;

    wire        c_free  = ~c_valid_q | c_take_o;
    wire        b_free  = ~b_valid_q | c_free;
    wire [REACH:0] reach = {v_addr[REACH-1], v_addr} + ROWS[REACH:0];
    wire        waits   = (v_final & ~is_max & (loaded_i <= v_pass))
                        | (in_busy_i & ($signed(reach) > $signed({in_next_i[REACH-1], in_next_i})));
    wire        step    = v_valid & b_free & (residual | ~waits);
    wire        follows = v_final & d_res & ~is_max & ~residual;   // a residual comes next

    teq_core_window #(.ROWS(ROWS), .CHAIN(CHAIN), .REACH(REACH), .U_W(U_W), .TILE_W(TILE_W)) u_window (
        .clk_i(clk_i), .rst_ni(rst_ni), .desc_i(desc_i),
        .push_i(push_i), .tile_i(tile_i), .full_o(full_o),
        .step_i(step & ~follows), .valid_o(v_valid), .addr_o(v_addr), .mask_o(v_mask), .psum_o(v_psum),
        .first_o(v_first), .final_o(v_final), .last_o(v_last), .part_o(v_part), .pass_o(v_pass)
    );

    generate
        if (RESIDUAL != 0) begin : g_residual
            reg  residual_q;
            wire res_pass_end;
            wire res_last;
            wire unused = ^{res_pass_end, res_last};

            always @(posedge clk_i)
                if (!rst_ni) residual_q <= 1'b0;
                else if (step) residual_q <= follows;
            assign residual = residual_q;

            teq_core_walk #(.LB(LB), .AW(AW), .WORDS(WORDS), .REACH(REACH)) u_walk (
                .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .step_i(step & residual_q),
                .base_i(d_res_base), .pass_step_i(d_res_pass), .row_step_i(d_res_oy), .vec_step_i(d_res_ox),
                .t_i(d_res_t), .n_pass_i(d_n_pass), .oh_i(d_oh), .ow_i(d_ow),
                .lanes_i(d_lanes), .lanes_x_i(d_lanes_x), .lanes_pass_i(d_lanes_pass),
                .addr_o(res_addr), .lanes_o(res_lanes), .base0_o(res_base0), .base1_o(res_base1),
                .outside_o(res_outside), .pass_end_o(res_pass_end), .last_o(res_last)
            );
        end else begin : g_no_residual
            assign residual    = 1'b0;
            assign res_addr    = {REACH{1'b0}};
            assign res_lanes   = 7'd0;
            assign res_base0   = {AW{1'b0}};
            assign res_base1   = {AW{1'b0}};
            assign res_outside = 1'b0;
            wire unused = follows ^ start_i;
        end
    endgenerate

    // A vector lies in at most two words: lanes below `edge_at` in the first.
    wire [W_W-1:0]  word0   = v_addr[REACH-1:LB];
    wire [W_W-1:0]  word1   = word0 + 1'b1;
    wire [LB:0]     edge_at = {1'b1, {LB{1'b0}}} - {1'b0, v_addr[LB-1:0]};
    wire [ROWS-1:0] in_0    = ~({ROWS{1'b1}} << edge_at);
    wire            outside = ((|(v_mask & in_0)) & (word0 >= WORDS[W_W-1:0])) | ((|(v_mask & ~in_0)) & (word1 >= WORDS[W_W-1:0]));
    wire [NB-1:0]   v_lanes;
    wire [NB-1:0]   mask    = residual ? ~({NB{1'b1}} << res_lanes) : v_lanes;

    generate
        if (NB > ROWS) begin : g_wider
            assign v_lanes = {{NB-ROWS{1'b0}}, v_mask};
        end else begin : g_as_wide
            assign v_lanes = v_mask;
        end
    endgenerate

    assign r_en_o      = step;
    assign r_a0_o      = residual ? res_addr[LB-1:0] : v_addr[LB-1:0];
    assign r_base0_o   = residual ? res_base0 : word0[AW-1:0];
    assign r_base1_o   = residual ? res_base1 : word1[AW-1:0];
    assign r_far_o     = residual;
    assign r_mask_o    = mask;
    assign read_o      = step & (residual ? res_outside : outside);
    assign read_addr_o = residual ? res_addr : v_addr;
    assign psum_o      = step & ~residual & (v_psum >= PSUM_DEPTH[12:0]);
    assign psum_addr_o = v_psum;

    // --- B, C ----------------------------------------------------------------------------------

    reg          b_residual_q;
    reg [NB-1:0] b_mask_q;
    reg [1:0]    b_part_q;
    reg [ADDR_W+3:0] b_tag_q;                     // tlast, bank, final, first, addr
    reg          c_residual_q;
    reg [NB-1:0] c_mask_q;
    reg [ADDR_W+3:0] c_tag_q;

    always @(posedge clk_i)
        if (!rst_ni) begin
            b_valid_q <= 1'b0;
            c_valid_q <= 1'b0;
        end else begin
            b_valid_q <= step | (b_valid_q & ~c_free);
            c_valid_q <= b_valid_q | (c_valid_q & ~c_take_o);
        end

    always @(posedge clk_i) begin
        if (step) begin
            b_residual_q <= residual;
            b_mask_q     <= mask;
            b_part_q     <= v_part;
            b_tag_q      <= {v_last, v_pass[0], v_final, v_first, v_psum[ADDR_W-1:0]};
        end
        if (b_valid_q & c_free) begin
            c_residual_q <= b_residual_q;
            c_mask_q     <= b_mask_q;
            c_tag_q      <= b_tag_q;
        end
    end

    wire [NA_MAX-1:0] a_zero = (IS_INT != 0) ? {NA_MAX{1'b0}} : ~({NA_MAX{1'b1}} << d_a_n);
    wire [NA_MAX-1:0] zero   = b_residual_q ? TOP : a_zero;

    genvar i;
    generate
        for (i = 0; i < NB; i = i + 1) begin : g_lane
            wire       s    = r_data_i[i*CODE_W + NA_MAX];
            wire       read = b_mask_q[i] & (b_residual_q | (b_part_q == 2'd0) | (b_part_q[1] == s));
            reg  [CODE_W-1:0] code_q;

            always @(posedge clk_i)
                if (b_valid_q & c_free)
                    code_q <= read ? {s & (b_residual_q | (b_part_q == 2'd0)), r_data_i[i*CODE_W +: NA_MAX]} : {1'b0, zero};
            assign c_data_o[i*CODE_W +: CODE_W] = code_q;
        end
    endgenerate

    assign c_valid_o    = c_valid_q;
    assign c_residual_o = c_residual_q;
    assign c_take_o     = is_max | (c_residual_q ? r_ready_i : a_ready_i);
    assign c_last_o     = c_tag_q[ADDR_W+3];
    assign c_user_o     = {d_chain & (CHAIN != 0), d_a_shift, d_a_n, d_sgn, d_res, c_tag_q[ADDR_W+2:0]};
    assign c_mask_o     = c_mask_q;
endmodule
`default_nettype wire
