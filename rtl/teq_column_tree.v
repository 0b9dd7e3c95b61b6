// SPDX-License-Identifier: Apache-2.0
//
// teq_column_tree -- the adder tree of teq_column_sum (ADDER = "cells"); see there.
//
// Every bit of the tree is a node: first the bits of the words, then those of
// add_i, then sum and carry of adder 0, 1, ... plan() returns for each adder its
// three source nodes (NONE in the third place: a half adder) and whether its
// carry is dropped; after the adders, the node that is each bit of the result.
`default_nettype none
module teq_column_tree #(
    parameter N_WORDS = 16,
    parameter WORD_W  = 7,
    parameter GROUP   = 1,
    parameter STEP    = 0,
    parameter ACC_W   = 15
) (
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
    localparam PLAN_W = N_ADD * REC_W + ACC_W * ID_W;
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
        integer used_add;
        reg [ID_W-1:0] pick;
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
                            if (used_add == 0) begin
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
                                if (t_carry <= t_sum) begin
                                    pick = in_id[i_carry*ID_W +: ID_W];
                                    if (t_carry > t) t = t_carry;
                                    i_carry = i_carry + 1;
                                end else begin
                                    pick = sum_id[i_sum*ID_W +: ID_W];
                                    if (t_sum > t) t = t_sum;
                                    i_sum = i_sum + 1;
                                end
                            end
                        end
                        if (j < n_out)
                            plan[f*REC_W + k*ID_W +: ID_W] = pick;
                        else if (k == 0)
                            plan[N_ADD*REC_W + c*ID_W +: ID_W] = pick;
                    end
                    if (j < n_out) begin
                        delay = (j == 0 && total % 2 == 0) ? 1 : 2;
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
            end
        end
    endfunction
    /* verilator coverage_on */

    localparam [PLAN_W-1:0] PLAN = plan(0);
    localparam FIRST_TOP = N_ADD - top_adders(0);  // adders from here on are in the top column

    /* verilator coverage_off */ // constant function: runs at elaboration only
    function integer top_adders;
        input integer unused;
        integer c;
        begin
            top_adders = unused;
            for (c = 0; c < ACC_W; c = c + 1) top_adders = (height(c) + top_adders) / 2;
        end
    endfunction
    /* verilator coverage_on */

    // Nodes depend on earlier nodes only. Verilator 5.006 has to be told: it takes the
    // unsplit vector for a loop and computes wrong sums.
    /* verilator lint_off UNUSED */    // carries out of the top column are dropped
    wire [N_IN+2*N_ADD-1:0] node /* verilator split_var */;
    /* verilator lint_on UNUSED */
    assign node[N_IN-1:0] = {add_i, words_i};

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
            assign sum_o[g] = node[R];
        end
    endgenerate
endmodule
`default_nettype wire
