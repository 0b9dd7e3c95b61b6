// SPDX-License-Identifier: Apache-2.0
//
// teq_column_tree -- the adder tree of teq_column_sum and teq_column_pipe (ADDER = "cells");
// see there.
//
// Every bit of the tree is a node: first the bits of the words, then those of
// add_i, then sum and carry of adder 0, 1, ..., then the bits of the cut's register. plan()
// returns for each adder its three source nodes (NONE in the third place: a half adder);
// after the adders, the node that is each bit of the result; then the cut: how many
// nodes are registered, the carry into the upper half, the nodes themselves.
//
// CUT > 0 makes two stages of it: what the first can add up within CUT (in the units of
// plan()'s arrival times) is registered, add_i joins in the second. So that the second's
// ripple is half as long, its last carry out of the lower half of the bits does not go
// on: the upper half is added up without it, incremented by half adders at the same time,
// and the carry chooses. CUT = 0: one
// stage, combinational; clk_i, en_i, zero_i are not used. Registers: see teq_row_reg.
`default_nettype none
module teq_column_tree #(
    parameter N_WORDS = 16,
    parameter WORD_W  = 7,
    parameter GROUP   = 1,
    parameter STEP    = 0,
    parameter ACC_W   = 15,
    parameter CUT     = 0,
    parameter GATE    = 0
) (
    //Cut
    input  wire                      clk_i,
    input  wire                      en_i,       // the register takes
    input  wire                      zero_i,     // all words are zero
    output wire                      zero_o,     // and the register is
    //Sum
    input  wire [N_WORDS*WORD_W-1:0] words_i,
    input  wire [ACC_W-1:0]          add_i,
    output wire [ACC_W-1:0]          sum_o
);
    localparam ID_W   = 14;                      // width of a node number
    localparam TIME_W = 8;                       // width of an arrival time
    localparam NONE   = (1 << ID_W) - 1;
    localparam N_IN   = N_WORDS * WORD_W + ACC_W;
    localparam REC_W  = 3 * ID_W;                // one adder in the plan
    localparam N_ADD  = count(0);
    localparam AT_CUT = N_ADD * REC_W + ACC_W * ID_W;
    localparam PLAN_W = AT_CUT + 2 * ID_W + ((CUT != 0) ? N_WORDS * WORD_W * ID_W : 0);
    localparam HALF   = (CUT != 0 && ACC_W > 1) ? (ACC_W + 1) / 2 : 0; // first bit of the upper half
    localparam Q_MAX  = N_WORDS * GROUP + 2;     // longest queue of carries or sums in one column

    // bits that words and add_i bring into column c
    /* verilator coverage_off */ // constant function: runs at elaboration only
    function integer height;
        input integer c;
        integer word;
        integer b;
        begin
            height = 1;
            for (word = 0; word < N_WORDS; word = word + 1) begin
                b = c - STEP * (word % GROUP);
                if (b >= 0 && b < WORD_W) height = height + 1;
            end
        end
    endfunction
    /* verilator coverage_on */

    // adders in all columns; `unused` only because a function must have an input
    /* verilator coverage_off */ // constant function: runs at elaboration only
    function integer count;
        input integer unused;
        integer c;
        integer carries;
        begin
            count = unused;
            carries = 0;
            for (c = 0; c < ACC_W; c = c + 1) begin
                carries = (height(c) + carries) / 2;
                count = count + carries;
                if (c == HALF - 1) carries = carries - 1;
            end
        end
    endfunction
    /* verilator coverage_on */

    // Arrival times, in rough quarter gate delays: a full adder's carry comes 2, its
    // sum 3 after the latest input; a half adder's 1 and 2.
    /* verilator coverage_off */ // constant function: runs at elaboration only
    function [PLAN_W-1:0] plan;
        input integer unused;
        integer c;
        integer j;
        integer k;
        integer delay;
        integer b;
        integer t;
        integer f;                                // adder being placed
        integer total;                            // bits in this column
        integer n_in;                             // carries that came in
        integer n_out;                            // carries that go out
        integer i_carry;                          // heads of the three queues
        integer i_sum;
        integer i_word;
        integer t_carry;
        integer t_sum;
        integer t_pick;
        integer t_add;
        integer used_add;
        integer n_cut;
        reg [ID_W-1:0] pick;
        reg [3*ID_W-1:0] three;                   // sources of the adder being placed
        reg [3*32-1:0]   three_time;
        reg [Q_MAX*ID_W-1:0]   in_id;
        reg [Q_MAX*TIME_W-1:0] in_time;
        reg [Q_MAX*ID_W-1:0]   out_id;
        reg [Q_MAX*TIME_W-1:0] out_time;
        reg [Q_MAX*ID_W-1:0]   sum_id;
        reg [Q_MAX*TIME_W-1:0] sum_time;
        begin
            plan = 0;
            in_id = 0;
            in_time = 0;
            out_id = in_id;
            out_time = in_time;
            sum_id = in_id;
            sum_time = in_time;
            f = unused;
            n_in = 0;
            n_cut = 0;
            for (c = 0; c < ACC_W; c = c + 1) begin
                total = height(c) + n_in;
                n_out = total / 2;
                i_carry = 0;
                i_sum = 0;
                i_word = 0;
                used_add = 0;
                // one more turn than adders: the last one picks the bit that remains
                for (j = 0; j <= n_out; j = j + 1) begin
                    t = 0;
                    for (k = 0; k < 3; k = k + 1) begin
                        pick = {ID_W{1'b1}};
                        t_pick = 0;
                        if ((j < n_out || k == 0) && !(k == 2 && j == 0 && total % 2 == 0)) begin
                            // next word that reaches into this column
                            b = -1;
                            while (i_word < N_WORDS && b < 0) begin
                                b = c - STEP * (i_word % GROUP);
                                if (b < 0 || b >= WORD_W) begin
                                    b = -1;
                                    i_word = i_word + 1;
                                end
                            end
                            if (CUT == 0 && used_add == 0) begin
                                b = N_WORDS * WORD_W + c;
                                pick = b[ID_W-1:0];
                                used_add = 1;
                            end else if (i_word < N_WORDS) begin
                                b = i_word * WORD_W + b;
                                pick = b[ID_W-1:0];
                                i_word = i_word + 1;
                            end else begin
                                t_carry = (i_carry < n_in) ? {{32-TIME_W{1'b0}}, in_time[i_carry*TIME_W +: TIME_W]} : 1000;
                                t_sum = (i_sum < j) ? {{32-TIME_W{1'b0}}, sum_time[i_sum*TIME_W +: TIME_W]} : 1000;
                                t_add = (used_add == 0) ? CUT + 1 : 1000;
                                if (t_add < t_carry && t_add < t_sum) begin
                                    b = N_WORDS * WORD_W + c;
                                    pick = b[ID_W-1:0];
                                    t_pick = t_add;
                                    used_add = 1;
                                end else if (t_carry <= t_sum) begin
                                    pick = in_id[i_carry*ID_W +: ID_W];
                                    t_pick = t_carry;
                                    i_carry = i_carry + 1;
                                end else begin
                                    pick = sum_id[i_sum*ID_W +: ID_W];
                                    t_pick = t_sum;
                                    i_sum = i_sum + 1;
                                end
                            end
                        end
                        if (t_pick > t) t = t_pick;
                        three[k*ID_W +: ID_W] = pick;
                        three_time[k*32 +: 32] = t_pick;
                    end
                    delay = (j == 0 && total % 2 == 0) ? 1 : 2;
                    // second stage: its sources from the first go through the register
                    if (CUT != 0 && (j == n_out || t + delay + 1 > CUT)) begin
                        for (k = 0; k < 3; k = k + 1)
                            if (three[k*ID_W +: ID_W] != {ID_W{1'b1}} && three_time[k*32 +: 32] <= CUT) begin
                                plan[AT_CUT + (2+n_cut)*ID_W +: ID_W] = three[k*ID_W +: ID_W];
                                b = N_IN + 2 * N_ADD + n_cut;
                                three[k*ID_W +: ID_W] = b[ID_W-1:0];
                                n_cut = n_cut + 1;
                            end
                        if (t < CUT) t = CUT;
                    end
                    if (j == n_out)
                        plan[N_ADD*REC_W + c*ID_W +: ID_W] = three[ID_W-1:0];
                    else begin
                        plan[f*REC_W +: REC_W] = three;
                        b = N_IN + 2 * f;
                        sum_id[j*ID_W +: ID_W] = b[ID_W-1:0];
                        b = t + delay + 1;
                        sum_time[j*TIME_W +: TIME_W] = b[TIME_W-1:0];
                        b = N_IN + 2 * f + 1;
                        out_id[j*ID_W +: ID_W] = b[ID_W-1:0];
                        b = t + delay;
                        out_time[j*TIME_W +: TIME_W] = b[TIME_W-1:0];
                        f = f + 1;
                    end
                end
                in_id = out_id;
                in_time = out_time;
                n_in = n_out;
                if (c == HALF - 1) begin
                    n_in = n_out - 1;
                    plan[AT_CUT + ID_W +: ID_W] = out_id[n_in*ID_W +: ID_W];
                end
            end
            plan[AT_CUT +: ID_W] = n_cut[ID_W-1:0];
        end
    endfunction
    /* verilator coverage_on */

    localparam [PLAN_W-1:0] PLAN = plan(0);
    localparam FIRST_TOP = N_ADD - top_adders(0);  // adders from here on are in the top column
    localparam integer N_CUT = {{32-ID_W{1'b0}}, PLAN[AT_CUT +: ID_W]};
    localparam integer CARRY = {{32-ID_W{1'b0}}, PLAN[AT_CUT+ID_W +: ID_W]};

    /* verilator coverage_off */ // constant function: runs at elaboration only
    function integer top_adders;
        input integer unused;
        integer c;
        begin
            top_adders = unused;
            for (c = 0; c < ACC_W; c = c + 1) begin
                top_adders = (height(c) + top_adders) / 2;
                if (c == HALF - 1) top_adders = top_adders - 1;
            end
        end
    endfunction
    /* verilator coverage_on */

    // Nodes depend on earlier nodes only. Verilator 5.006 has to be told: it takes the
    // unsplit vector for a loop and computes wrong sums.
    /* verilator lint_off UNUSED */    // carries out of the top column are dropped
    wire [N_IN+2*N_ADD+N_CUT-1:0] node /* verilator split_var */;
    /* verilator lint_on UNUSED */
    assign node[N_IN-1:0] = {add_i, words_i};
    wire [ACC_W-1:0] s;                           // the result, without the carry into the upper half

    genvar g;
    generate
        for (g = 0; g < N_ADD; g = g + 1) begin : g_add
            localparam integer A = {{32-ID_W{1'b0}}, PLAN[g*REC_W          +: ID_W]};
            localparam integer B = {{32-ID_W{1'b0}}, PLAN[g*REC_W +   ID_W +: ID_W]};
            localparam integer C = {{32-ID_W{1'b0}}, PLAN[g*REC_W + 2*ID_W +: ID_W]};
            if (g >= FIRST_TOP) begin : g_top
                if (C == NONE) begin : g_two
                    assign node[N_IN+2*g] = node[A] ^ node[B];
                end else begin : g_three
                    assign node[N_IN+2*g] = node[A] ^ node[B] ^ node[C];
                end
                assign node[N_IN+2*g+1] = 1'b0;
            end else if (C == NONE) begin : g_half
                teq_half_adder u_ha (
                    .a_i(node[A]), .b_i(node[B]),
                    .s_o(node[N_IN+2*g]), .co_o(node[N_IN+2*g+1])
                );
            end else begin : g_full
                teq_full_adder u_fa (
                    .a_i(node[A]), .b_i(node[B]), .c_i(node[C]),
                    .s_o(node[N_IN+2*g]), .co_o(node[N_IN+2*g+1])
                );
            end
        end
        for (g = 0; g < ACC_W; g = g + 1) begin : g_sum
            localparam integer R = {{32-ID_W{1'b0}}, PLAN[N_ADD*REC_W + g*ID_W +: ID_W]};
            assign s[g] = node[R];
        end

        if (CUT != 0) begin : g_cut
            wire [N_CUT-1:0] cut;
            for (g = 0; g < N_CUT; g = g + 1) begin : g_bit
                localparam integer B = {{32-ID_W{1'b0}}, PLAN[AT_CUT + (2+g)*ID_W +: ID_W]};
                assign cut[g] = node[B];
            end
            teq_row_reg #(.W(N_CUT), .GATE(GATE)) u_cut (
                .clk_i(clk_i), .en_i(en_i), .zero_i(zero_i), .d_i(cut), .q_o(node[N_IN+2*N_ADD +: N_CUT])
            );
            assign zero_o = ~(|node[N_IN+2*N_ADD +: N_CUT]);
        end else begin : g_no_cut
            wire unused_cut = ^{clk_i, en_i};
            assign zero_o = zero_i;
        end
        if (HALF != 0) begin : g_halves
            assign sum_o[HALF-1:0] = s[HALF-1:0];
            for (g = HALF; g < ACC_W; g = g + 1) begin : g_upper
                wire one;                         // the bit of the upper half plus one
                /* verilator lint_off UNUSED */
                wire on;                          // and its carry; that of the top bit is dropped
                /* verilator lint_on UNUSED */
                if (g == HALF) begin : g_first
                    assign {on, one} = {s[g], ~s[g]};
                end else if (g == ACC_W - 1) begin : g_top
                    assign {on, one} = {1'b0, s[g] ^ g_upper[g-1].on};
                end else begin : g_next
                    teq_half_adder u_ha (.a_i(s[g]), .b_i(g_upper[g-1].on), .s_o(one), .co_o(on));
                end
                assign sum_o[g] = node[CARRY] ? one : s[g];
            end
        end else begin : g_whole
            assign sum_o = s;
        end
    endgenerate
endmodule
`default_nettype wire
