// SPDX-License-Identifier: Apache-2.0
//
// teq_count_tile -- the engine of DNA-TEQ (arXiv 2306.16430): dot products by counting
// exponent sums, ROWS lanes x COLS columns, weight-stationary. docs/count.md has the figure.
//
//     h[E]  = sum over lanes and vectors of s_w s_a [e_w + e_a = E], no zero among them
//     acc_o = sum over E of h[E] * G[E]      E = 0..N_BINS-1, G 16 bits, modulo 2^ACC_W
//
// N_BINS = 2^N_MAX + 2^NA_MAX - 3: the 4R + 1 of the paper where both have n bits. Any base:
// G is written through g_*_i. A zero is the code of all ones (weights) or zero_i (activations).
//
// Timing. A vector enters with x_en_i in cycle 0; acc_en_i counts it in cycle 1; one vector a
// cycle. clr_i with acc_en_i starts a new sum; final_i with acc_en_i completes one: its counts
// go to a second set of registers and are multiplied out while the next sum is counted. With
// final_i in cycle 0, drain_busy_o is high from cycle 1, done_o from cycle N_TERMS + 2, both
// until the cycle of take_i; final_i must stay low while drain_busy_o is high. acc_o and
// beta_o are valid with done_o. take_i counts with done_o only.
//
// Bound: |h[E]| <= K. No counter can wrap while K <= 2^(CNT_W-1) - 1 (lanes of one sum, zeros
// included). overflow_o says that a sum was longer; it stays high until reset. |acc| <= K *
// (2^16 - 1): ACC_W = CNT_W + 16 always suffices; less is exact modulo 2^ACC_W
// (docs/number_format.md, section 5).
//
// BETA = 1 also counts each tensor's own exponents and the signs, with the same table:
//     beta_o, a column: {sum of signs (CNT_W), sum_e a[e] G[e] (ACC_W), sum_e w[e] G[e] (ACC_W)}
// N_TERMS = N_BINS, with BETA N_BINS + 2^N_MAX + 2^NA_MAX - 2. beta_o is 0 with BETA = 0.
//
//   ROWS      2..64       COLS    1..64      N_MAX, NA_MAX  2..7 bits of a code, sign apart
//   A_SIGNED  1: code_i slots are {s, e}     CNT_W  8..16 bits of a counter
//   ACC_W     17..40                         LOAD_COLS  divides COLS
//   DOUBLE, GATE, ADDER  as in teq_tile
// Reset: control and overflow_o only; counters, weights, codes and the table are data.
`default_nettype none
module teq_count_tile #(
    parameter ROWS      = 16,
    parameter COLS      = 16,
    parameter N_MAX     = 4,
    parameter NA_MAX    = 4,
    parameter A_SIGNED  = 0,
    parameter BETA      = 0,
    parameter CNT_W     = 11,
    parameter ACC_W     = 24,
    parameter LOAD_COLS = 2,
    parameter DOUBLE    = 1,
    parameter GATE      = 0,
    parameter ADDER     = "cells"
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,
    //Weights: as teq_tile
    input  wire [COLS/LOAD_COLS-1:0]     load_i,
    input  wire                          swap_i,
    input  wire [LOAD_COLS*ROWS*(N_MAX+1)-1:0] w_i,
    //Activations
    input  wire                          x_en_i,
    input  wire [ROWS*(NA_MAX+A_SIGNED)-1:0] code_i,
    input  wire [NA_MAX-1:0]             zero_i,
    //Counting
    input  wire                          acc_en_i,
    input  wire                          clr_i,
    input  wire                          final_i,
    //Table: one word a cycle, not during a drain
    input  wire                          g_we_i,
    input  wire [7:0]                    g_index_i,
    input  wire [15:0]                   g_data_i,
    //Sums
    output wire                          drain_busy_o,
    output wire                          done_o,
    input  wire                          take_i,
    output wire [COLS*ACC_W-1:0]         acc_o,
    output wire [COLS*(2*ACC_W+CNT_W)-1:0] beta_o,
    //Status
    output wire                          overflow_o
);
    localparam W_W     = N_MAX + 1;
    localparam A_W     = NA_MAX + A_SIGNED;
    localparam N_W     = (1 << N_MAX) - 1;
    localparam N_A     = (1 << NA_MAX) - 1;
    localparam N_BINS  = N_W + N_A - 1;
    localparam N_X     = N_BINS + ((BETA != 0) ? N_W + N_A : 0);
    localparam V_MAX   = ((1 << (CNT_W - 1)) - 1) / ROWS;  // vectors that cannot wrap a counter
    localparam BETA_W  = 2 * ACC_W + CNT_W;

    genvar i;
    generate
        // An illegal parameter stops elaboration in every tool by a module that does not
        // exist; its name is the message.
        if (ROWS < 2 || ROWS > 64 || COLS < 1 || COLS > 64) begin : g_bad_shape
            ROWS_must_be_2_to_64_and_COLS_1_to_64_in_engine_count u_error ();
        end
        if (N_MAX < 2 || N_MAX > 7 || NA_MAX < 2 || NA_MAX > 7) begin : g_bad_n
            N_MAX_and_NA_MAX_must_be_2_to_7 u_error ();
        end
        if (A_SIGNED < 0 || A_SIGNED > 1 || BETA < 0 || BETA > 1 ||
            DOUBLE < 0 || DOUBLE > 1 || GATE < 0 || GATE > 1) begin : g_bad_flag
            A_SIGNED_BETA_DOUBLE_and_GATE_must_be_0_or_1 u_error ();
        end
        if (CNT_W < 8 || CNT_W > 16) begin : g_bad_cnt
            CNT_W_must_be_8_to_16 u_error ();
        end
        if (ACC_W < 17 || ACC_W > 40) begin : g_bad_acc
            ACC_W_of_engine_count_must_be_17_to_40 u_error ();
        end
        if (LOAD_COLS < 1 || COLS % LOAD_COLS != 0) begin : g_bad_load
            LOAD_COLS_must_divide_COLS u_error ();
        end
        if (ADDER != "cells" && ADDER != "plain") begin : g_bad_adder
            ADDER_must_be_cells_or_plain u_error ();
        end
    endgenerate

    // ---- activations ----

    wire [ROWS*NA_MAX-1:0] e;
    wire [ROWS-1:0]        nz;
    wire [ROWS-1:0]        s;
    generate
        for (i = 0; i < ROWS; i = i + 1) begin : g_row
            wire [NA_MAX-1:0] code = code_i[i*A_W +: NA_MAX];
            wire              live = (code != zero_i);
            teq_reg #(.W(NA_MAX+1), .GATE(GATE)) u_e (
                .clk_i(clk_i), .en_i(x_en_i), .d_i({live, code}), .q_o({nz[i], e[i*NA_MAX +: NA_MAX]})
            );
            if (A_SIGNED != 0) begin : g_sign
                teq_reg #(.W(1), .GATE(GATE)) u_s (
                    .clk_i(clk_i), .en_i(x_en_i), .d_i(code_i[i*A_W+NA_MAX] & live), .q_o(s[i])
                );
            end else begin : g_no_sign
                assign s[i] = 1'b0;
            end
        end
    endgenerate

    // ---- length of a sum ----

    reg [CNT_W-1:0] vectors_q;
    reg             overflow_q;
    localparam integer V_LAST = V_MAX;
    wire            full = (vectors_q == V_LAST[CNT_W-1:0]);
    always @(posedge clk_i) begin
        if (!rst_ni) begin
            vectors_q  <= {CNT_W{1'b0}};
            overflow_q <= 1'b0;
        end else if (acc_en_i) begin
            if (clr_i)      vectors_q  <= {{CNT_W-1{1'b0}}, 1'b1};
            else if (!full) vectors_q  <= vectors_q + {{CNT_W-1{1'b0}}, 1'b1};
            else            overflow_q <= 1'b1;
        end
    end
    assign overflow_o = overflow_q;

    // ---- drain: a one-hot token walks over the terms, the product follows a cycle behind ----

    wire           keep = acc_en_i & final_i;
    reg  [N_X-1:0] sel_q;
    reg            mul_q;
    reg  [2:0]     start_q;
    reg            last_q;
    reg            busy_q;
    reg            done_q;
    wire [N_X-1:0] first_w;           // the first term of each sum, where it stands in sel
    wire [2:0]     start;
    wire           read = |sel_q;
    generate
        if (BETA != 0) begin : g_order
            // w, a, then the sums: bit N_BINS comes first, bit 0 after the last of a
            assign first_w = {{N_X-1{1'b0}}, keep} << N_BINS;
            assign start   = {sel_q[N_BINS], sel_q[N_BINS+N_W], sel_q[0]};
        end else begin : g_order
            assign first_w = {{N_X-1{1'b0}}, keep};
            assign start   = {2'b00, sel_q[0]};
        end
    endgenerate
    wire [N_X-1:0] walk;
    generate
        for (i = 0; i < N_X; i = i + 1) begin : g_walk
            if (i == 0) begin : g_first
                assign walk[i] = (BETA != 0) & sel_q[N_X-1];
            end else if (i == N_BINS) begin : g_w
                assign walk[i] = 1'b0;
            end else begin : g_next
                assign walk[i] = sel_q[i-1];
            end
        end
    endgenerate
    always @(posedge clk_i) begin
        if (!rst_ni) begin
            sel_q   <= {N_X{1'b0}};
            mul_q   <= 1'b0;
            start_q <= 3'd0;
            last_q  <= 1'b0;
            busy_q  <= 1'b0;
            done_q  <= 1'b0;
        end else begin
            sel_q   <= walk | first_w;
            mul_q   <= read;
            start_q <= start;
            last_q  <= sel_q[N_BINS-1];
            busy_q  <= keep | (busy_q & ~(done_q & take_i));
            done_q  <= last_q | (done_q & ~take_i);
        end
    end
    assign drain_busy_o = busy_q;
    assign done_o       = done_q;

    // ---- table, shared by the columns ----

    wire [N_BINS*16-1:0] table_g;
    wire [N_BINS-1:0]    sel_g;
    wire [15:0]          g_d;
    wire [15:0]          g;
    generate
        for (i = 0; i < N_BINS; i = i + 1) begin : g_word
            localparam integer J = i;
            wire sel_w;
            wire sel_a;
            if (BETA != 0 && i < N_W) begin : g_sel_w
                assign sel_w = sel_q[N_BINS+i];
            end else begin : g_sel_w
                assign sel_w = 1'b0;
            end
            if (BETA != 0 && i < N_A) begin : g_sel_a
                assign sel_a = sel_q[N_BINS+N_W+i];
            end else begin : g_sel_a
                assign sel_a = 1'b0;
            end
            assign sel_g[i] = sel_q[i] | sel_w | sel_a;
            teq_reg #(.W(16), .GATE(GATE)) u_g (
                .clk_i(clk_i), .en_i(g_we_i & (g_index_i == J[7:0])), .d_i(g_data_i),
                .q_o(table_g[i*16 +: 16])
            );
        end
        for (i = 0; i < 16; i = i + 1) begin : g_read
            wire [N_BINS-1:0] bits;
            genvar n;
            for (n = 0; n < N_BINS; n = n + 1) begin : g_bit
                assign bits[n] = table_g[n*16+i];
            end
            teq_onehot_or #(.N(N_BINS)) u_read (.sel_i(sel_g), .d_i(bits), .z_o(g_d[i]));
        end
    endgenerate
    teq_reg #(.W(16), .GATE(GATE)) u_g (.clk_i(clk_i), .en_i(read), .d_i(g_d), .q_o(g));

    // ---- columns ----

    generate
        for (i = 0; i < COLS; i = i + 1) begin : g_col
            teq_count_column #(
                .ROWS(ROWS), .N_MAX(N_MAX), .NA_MAX(NA_MAX), .BETA(BETA), .CNT_W(CNT_W), .ACC_W(ACC_W),
                .DOUBLE(DOUBLE), .GATE(GATE), .ADDER(ADDER), .N_X(N_X)
            ) u_column (
                .clk_i(clk_i),
                .load_i(load_i[i/LOAD_COLS]), .swap_i(swap_i),
                .w_i(w_i[(i%LOAD_COLS)*ROWS*W_W +: ROWS*W_W]),
                .e_i(e), .nz_i(nz), .s_i(s),
                .acc_en_i(acc_en_i), .clr_i(clr_i), .keep_i(keep),
                .sel_i(sel_q), .read_i(read), .mul_i(mul_q), .start_i(start_q), .g_i(g),
                .acc_o(acc_o[i*ACC_W +: ACC_W]), .beta_o(beta_o[i*BETA_W +: BETA_W])
            );
        end
    endgenerate
endmodule
`default_nettype wire
