// SPDX-License-Identifier: Apache-2.0
//
// teq_core_walk -- where the output vectors of a layer lie, in their order: passes, rows,
// vectors of a row. For the writer, and for the reader's residuals.
//
//     addr  = base + pass * pass_step + oy * row_step + ox * vec_step       modulo 2^REACH
//     lanes = min(lanes, lanes_x if last of its row, lanes_pass if in the last pass)
//
// Lane i lies at element addr + i * (NB * T + 1): in bank b = (addr + i) mod NB, at word
//
//     base0 + b T  if b >= a0, else  base1 + b T                a0 = addr mod NB
//     base0 = addr / NB - a0 T,  base1 = base0 + NB T + 1        modulo 2^AW
//
// start_i takes the layer's numbers; the first vector is shown three cycles later, the
// next in the cycle after step_i. outside_o: a lane lies outside ACT. Data is not reset.
//   LB  log2(NB), 2..6;  AW  bits of a word's address;  WORDS  words of ACT
//   REACH  12..24 bits of addresses; T is taken modulo 2^(REACH - LB - 1)
`default_nettype none
module teq_core_walk #(
    parameter LB    = 4,
    parameter AW    = 11,
    parameter WORDS = 2048,
    parameter REACH = 24
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire          start_i,
    input  wire          step_i,
    //Layer
    input  wire [REACH-1:0] base_i,
    input  wire [REACH-1:0] pass_step_i,
    input  wire [REACH-1:0] row_step_i,
    input  wire [REACH-1:0] vec_step_i,
    input  wire [15:0]   t_i,
    input  wire [11:0]   n_pass_i,
    input  wire [11:0]   oh_i,
    input  wire [11:0]   ow_i,
    input  wire [6:0]    lanes_i,
    input  wire [6:0]    lanes_x_i,
    input  wire [6:0]    lanes_pass_i,
    //Vector
    output wire [REACH-1:0] addr_o,
    output wire [6:0]    lanes_o,
    output wire [AW-1:0] base0_o,
    output wire [AW-1:0] base1_o,
    output wire          outside_o,
    output wire          pass_end_o,              // last of its pass
    output wire          last_o                   // last of the layer
);
    // --- walk: the vector that comes after the one in stage P -------------------------

    reg        walk_q;                            // there is one
    reg        p_valid_q;
    reg        q_valid_q;
    wire       q_free = ~q_valid_q | step_i;
    wire       p_free = ~p_valid_q | q_free;
    wire       walk   = walk_q & p_free;

    reg [REACH-1:0] pass_addr_q;
    reg [REACH-1:0] row_addr_q;
    reg [REACH-1:0] addr_q;
    reg [11:0] pass_left_q;
    reg [11:0] row_left_q;
    reg [11:0] vec_left_q;

    wire       row_end  = (vec_left_q == 12'd1);
    wire       pass_end = row_end & (row_left_q == 12'd1);
    wire       in_last  = (pass_left_q == 12'd1);
    wire       last     = pass_end & in_last;

    reg [REACH-1:0] from;
    reg [REACH-1:0] step;
    always @* begin
        from = addr_q;
        step = vec_step_i;
        if (pass_end) begin
            from = pass_addr_q;
            step = pass_step_i;
        end else if (row_end) begin
            from = row_addr_q;
            step = row_step_i;
        end
    end
    wire [REACH-1:0] next = start_i ? base_i : from + step;

    always @(posedge clk_i)
        if (!rst_ni) walk_q <= 1'b0;
        else walk_q <= start_i | (walk_q & ~(walk & last));

    always @(posedge clk_i)
        if (start_i | walk) begin
            addr_q     <= next;
            vec_left_q <= (start_i | row_end) ? ow_i : vec_left_q - 12'd1;
            if (start_i | row_end) begin
                row_addr_q <= next;
                row_left_q <= (start_i | pass_end) ? oh_i : row_left_q - 12'd1;
            end
            if (start_i | pass_end) begin
                pass_addr_q <= next;
                pass_left_q <= start_i ? n_pass_i : pass_left_q - 12'd1;
            end
        end

    wire [6:0] lanes_x = (row_end & (lanes_x_i < lanes_i)) ? lanes_x_i : lanes_i;
    wire [6:0] lanes   = (in_last & (lanes_pass_i < lanes_x)) ? lanes_pass_i : lanes_x;

    // --- P: address and lanes; Q: bases, is it inside? ---------------------------------

    reg [REACH-1:0] p_addr_q;
    reg [6:0]  p_lanes_q;
    reg        p_pass_end_q;
    reg        p_last_q;

    // A layer need not have stepped through all that was prepared for it.
    always @(posedge clk_i)
        if (!rst_ni | start_i) begin
            p_valid_q <= 1'b0;
            q_valid_q <= 1'b0;
        end else begin
            p_valid_q <= walk | (p_valid_q & ~q_free);
            q_valid_q <= p_valid_q | (q_valid_q & ~step_i);
        end

    always @(posedge clk_i)
        if (walk) begin
            p_addr_q     <= addr_q;
            p_lanes_q    <= lanes;
            p_pass_end_q <= pass_end;
            p_last_q     <= last;
        end

    localparam T_W = (REACH - LB - 1 < 16) ? REACH - LB - 1 : 16;

    wire [31:0]   t_wide = {{32-T_W{1'b0}}, t_i[T_W-1:0]};
    wire [LB-1:0] a0     = p_addr_q[LB-1:0];
    wire [31:0]   word   = {{32-REACH{1'b0}}, p_addr_q} >> LB;
    wire [6:0]    n_far  = p_lanes_q - 7'd1;      // lanes 1..NB: fits LB bits
    wire [LB:0]   bank   = {1'b0, a0} + {1'b0, n_far[LB-1:0]};
    wire [AW-1:0] shift;
    wire [REACH-1:0] far;
    wire [REACH-1:0] top = word[REACH-1:0] + far + {{REACH-1{1'b0}}, bank[LB]};
    wire [AW-1:0] base0  = word[AW-1:0] - shift;
    wire [31:0]   around = (t_wide << LB) + 32'd1;
    wire          unused = ^{word, around, n_far, bank, t_i};

    teq_core_times #(.NW(LB), .W(AW)) u_shift (.n_i(a0), .t_i(t_wide[AW-1:0]), .q_o(shift));
    teq_core_times #(.NW(LB), .W(REACH)) u_far (.n_i(n_far[LB-1:0]), .t_i(t_wide[REACH-1:0]), .q_o(far));

    reg [REACH-1:0]   q_addr_q;
    reg [6:0]    q_lanes_q;
    reg [AW-1:0] q_base0_q;
    reg [AW-1:0] q_base1_q;
    reg          q_outside_q;
    reg          q_pass_end_q;
    reg          q_last_q;

    always @(posedge clk_i)
        if (p_valid_q & q_free) begin
            q_addr_q     <= p_addr_q;
            q_lanes_q    <= p_lanes_q;
            q_base0_q    <= base0;
            q_base1_q    <= base0 + around[AW-1:0];
            q_outside_q  <= (top >= WORDS[REACH-1:0]);
            q_pass_end_q <= p_pass_end_q;
            q_last_q     <= p_last_q;
        end

    assign addr_o     = q_addr_q;
    assign lanes_o    = q_lanes_q;
    assign base0_o    = q_base0_q;
    assign base1_o    = q_base1_q;
    assign outside_o  = q_outside_q;
    assign pass_end_o = q_pass_end_q;
    assign last_o     = q_last_q;
endmodule
`default_nettype wire
