// SPDX-License-Identifier: Apache-2.0
//
// teq_count_column -- one output of a teq_count_tile: ROWS lanes with their weight registers,
// the histogram that they share, and the multiplier that turns counts into a sum.
//
// Counting (cycles with acc_en_i), for every bin k of the N_X of teq_count_lane:
//
//     cnt[k] <= (clr_i ? 0 : cnt[k]) + number of lanes with x[k]      modulo 2^CNT_W
//     cnt_s  <= (clr_i ? 0 : cnt_s)  + number of lanes with s
//
// so cnt[k] - cnt_s is the signed count of bin k (teq_count_decode), exact while it lies in
// CNT_W bits of two's complement. With keep_i (the last vector of a sum) the new values go to
// the registers `kept` as well. Draining: sel_i, one-hot, reads a bin in each cycle with
// read_i; u = kept[k] - kept_s; a cycle later, with mul_i, acc <= acc + u * g_i, modulo
// 2^ACC_W. The multiplier's sign row is its one's complement; the constants that it leaves
// are known, as is the number of terms, and acc starts from them (start_i) instead of 0.
//
// BETA = 1: the terms are drained w, a, sums; start_i = {w, a, sum} marks the first of each.
// acc_o has the sum over the h, beta_o = {sum of signs, sum over a, sum over w}. The sum of
// signs needs no counter of its own: it is the sum of all h.
//
// Not reset. Parameters as in teq_count_tile; N_X from there.
`default_nettype none
module teq_count_column #(
    parameter ROWS   = 16,
    parameter N_MAX  = 4,
    parameter NA_MAX = 4,
    parameter BETA   = 0,
    parameter CNT_W  = 11,
    parameter ACC_W  = 24,
    parameter DOUBLE = 1,
    parameter GATE   = 0,
    parameter ADDER  = "cells",
    parameter N_X    = 29
) (
    input  wire                   clk_i,
    //Weights
    input  wire                   load_i,
    input  wire                   swap_i,
    input  wire [ROWS*(N_MAX+1)-1:0] w_i,
    //Activations
    input  wire [ROWS*NA_MAX-1:0] e_i,
    input  wire [ROWS-1:0]        nz_i,
    input  wire [ROWS-1:0]        s_i,
    //Counting
    input  wire                   acc_en_i,
    input  wire                   clr_i,
    input  wire                   keep_i,
    //Draining
    input  wire [N_X-1:0]         sel_i,
    input  wire                   read_i,
    input  wire                   mul_i,
    input  wire [2:0]             start_i,
    input  wire [15:0]            g_i,
    //Sums
    output wire [ACC_W-1:0]       acc_o,
    output wire [2*ACC_W+CNT_W-1:0] beta_o
);
    localparam W_W    = N_MAX + 1;
    localparam N_CNT  = N_X + 1;              // the last one counts signs
    localparam N_W    = (1 << N_MAX) - 1;
    localparam N_A    = (1 << NA_MAX) - 1;

    // ---- weights ----

    wire [ROWS*W_W-1:0] w;
    genvar i, n;
    generate
        if (DOUBLE != 0) begin : g_double
            wire [ROWS*W_W-1:0] w_next;
            teq_reg #(.W(ROWS*W_W), .GATE(GATE)) u_next (
                .clk_i(clk_i), .en_i(load_i), .d_i(w_i), .q_o(w_next)
            );
            teq_reg #(.W(ROWS*W_W), .GATE(GATE)) u_w (
                .clk_i(clk_i), .en_i(swap_i), .d_i(w_next), .q_o(w)
            );
        end else begin : g_single
            wire unused_swap = swap_i;
            teq_reg #(.W(ROWS*W_W), .GATE(GATE)) u_w (
                .clk_i(clk_i), .en_i(load_i), .d_i(w_i), .q_o(w)
            );
        end
    endgenerate

    // ---- counters ----

    wire [ROWS*N_CNT-1:0]  x;                 // by lane
    wire [N_CNT*CNT_W-1:0] sum;
    wire [N_CNT*CNT_W-1:0] cnt;
    wire [N_CNT*CNT_W-1:0] kept;
    generate
        for (i = 0; i < ROWS; i = i + 1) begin : g_lane
            teq_count_lane #(
                .N_MAX(N_MAX), .NA_MAX(NA_MAX), .BETA(BETA), .ADDER(ADDER), .N_X(N_X)
            ) u_lane (
                .w_i(w[i*W_W +: W_W]), .e_i(e_i[i*NA_MAX +: NA_MAX]), .nz_i(nz_i[i]), .s_i(s_i[i]),
                .x_o(x[i*N_CNT +: N_X]), .s_o(x[i*N_CNT+N_X])
            );
        end
        for (n = 0; n < N_CNT; n = n + 1) begin : g_bin
            wire [CNT_W-1:0] old = cnt[n*CNT_W +: CNT_W] & {CNT_W{~clr_i}};
            if (ADDER == "plain") begin : g_plain
                reg [CNT_W-1:0] total;
                integer lane;
                always @* begin
                    total = old;
                    for (lane = 0; lane < ROWS; lane = lane + 1)
                        total = total + {{CNT_W-1{1'b0}}, x[lane*N_CNT+n]};
                end
                assign sum[n*CNT_W +: CNT_W] = total;
            end else begin : g_cells
                wire [ROWS-1:0] hits;
                for (i = 0; i < ROWS; i = i + 1) begin : g_hit
                    assign hits[i] = x[i*N_CNT+n];
                end
                teq_column_sum #(.N_WORDS(ROWS), .WORD_W(1), .ACC_W(CNT_W), .ADDER(ADDER)) u_sum (
                    .words_i(hits), .add_i(old), .sum_o(sum[n*CNT_W +: CNT_W])
                );
            end
        end
    endgenerate

    teq_reg #(.W(N_CNT*CNT_W), .GATE(GATE)) u_cnt (
        .clk_i(clk_i), .en_i(acc_en_i), .d_i(sum), .q_o(cnt)
    );
    teq_reg #(.W(N_CNT*CNT_W), .GATE(GATE)) u_kept (
        .clk_i(clk_i), .en_i(keep_i), .d_i(sum), .q_o(kept)
    );

    // ---- read a bin ----

    wire [CNT_W-1:0] bin;
    wire [CNT_W-1:0] u_n;                     // cnt_s - cnt[k] - 1 = ~u
    wire [CNT_W-1:0] u;
    generate
        if (ADDER == "plain") begin : g_read
            reg [CNT_W-1:0] found;
            integer term;
            always @* begin
                found = {CNT_W{1'b0}};
                for (term = 0; term < N_X; term = term + 1)
                    found = found | (kept[term*CNT_W +: CNT_W] & {CNT_W{sel_i[term]}});
            end
            assign bin = found;
        end else begin : g_read
            for (i = 0; i < CNT_W; i = i + 1) begin : g_bit
                wire [N_X-1:0] bits;
                for (n = 0; n < N_X; n = n + 1) begin : g_term
                    assign bits[n] = kept[n*CNT_W+i];
                end
                teq_onehot_or #(.N(N_X)) u_read (.sel_i(sel_i), .d_i(bits), .z_o(bin[i]));
            end
        end
    endgenerate
    teq_column_sum #(.N_WORDS(1), .WORD_W(CNT_W), .ACC_W(CNT_W), .ADDER(ADDER)) u_sub (
        .words_i(~bin), .add_i(kept[N_X*CNT_W +: CNT_W]), .sum_o(u_n)
    );
    teq_reg #(.W(CNT_W), .GATE(GATE)) u_u (.clk_i(clk_i), .en_i(read_i), .d_i(~u_n), .q_o(u));

    // ---- multiply and add ----

    // what the sign row leaves in `terms` products, negated
    /* verilator coverage_off */ // constant function: runs at elaboration only
    function [ACC_W-1:0] bias;
        input integer terms;
        /* verilator lint_off UNUSED */       // modulo 2^ACC_W
        reg [63:0] v;
        /* verilator lint_on UNUSED */
        begin
            v = 64'd0 - ({32'd0, terms} * 64'd65535 << (CNT_W - 1));
            bias = v[ACC_W-1:0];
        end
    endfunction
    /* verilator coverage_on */
    localparam [ACC_W-1:0] BIAS_W = bias(N_W);
    localparam [ACC_W-1:0] BIAS_A = bias(N_A);
    localparam [ACC_W-1:0] BIAS_H = bias(N_W + N_A - 1);

    wire [CNT_W*16-1:0] products;             // a row for each bit of u
    wire [ACC_W-1:0]    add;
    wire [ACC_W-1:0]    acc_d;
    generate
        for (i = 0; i < CNT_W; i = i + 1) begin : g_row
            assign products[i*16 +: 16] = (g_i & {16{u[i]}}) ^ {16{i == CNT_W - 1}};
        end
    endgenerate
    teq_column_sum #(
        .N_WORDS(CNT_W), .WORD_W(16), .GROUP(CNT_W), .STEP(1), .ACC_W(ACC_W), .ADDER(ADDER)
    ) u_mac (
        .words_i(products), .add_i(add), .sum_o(acc_d)
    );
    teq_reg #(.W(ACC_W), .GATE(GATE)) u_acc (.clk_i(clk_i), .en_i(mul_i), .d_i(acc_d), .q_o(acc_o));

    // ---- beta ----

    generate
        if (BETA != 0) begin : g_beta
            wire [CNT_W-1:0] s_d;
            assign add = (acc_o & {ACC_W{~(|start_i)}}) | (BIAS_W & {ACC_W{start_i[2]}}) |
                         (BIAS_A & {ACC_W{start_i[1]}}) | (BIAS_H & {ACC_W{start_i[0]}});
            teq_reg #(.W(ACC_W), .GATE(GATE)) u_sum_w (
                .clk_i(clk_i), .en_i(start_i[1]), .d_i(acc_o), .q_o(beta_o[ACC_W-1:0])
            );
            teq_reg #(.W(ACC_W), .GATE(GATE)) u_sum_a (
                .clk_i(clk_i), .en_i(start_i[0]), .d_i(acc_o), .q_o(beta_o[2*ACC_W-1:ACC_W])
            );
            // counts the a terms too, then starts again with the sums
            teq_column_sum #(.N_WORDS(1), .WORD_W(CNT_W), .ACC_W(CNT_W), .ADDER(ADDER)) u_signs (
                .words_i(u), .add_i(beta_o[2*ACC_W +: CNT_W] & {CNT_W{~start_i[0]}}), .sum_o(s_d)
            );
            teq_reg #(.W(CNT_W), .GATE(GATE)) u_s (
                .clk_i(clk_i), .en_i(mul_i), .d_i(s_d), .q_o(beta_o[2*ACC_W +: CNT_W])
            );
        end else begin : g_no_beta
            wire unused_start = ^{start_i[2:1], BIAS_W, BIAS_A};
            assign add = (acc_o & {ACC_W{~start_i[0]}}) | (BIAS_H & {ACC_W{start_i[0]}});
            assign beta_o = {2*ACC_W+CNT_W{1'b0}};
        end
    endgenerate
endmodule
`default_nettype wire
