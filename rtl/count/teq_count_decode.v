// SPDX-License-Identifier: Apache-2.0
//
// teq_count_decode -- one lane's hit and sign, one wire a bin. Combinational.
//
//     x_o[k] = hit_k ^ s_i,    hit_k = en_i & (e_i == k)      k = 0..N_BINS-1
//
// The lane's signed count in bin k is hit_k (1 - 2 s_i) = x_o[k] - s_i. So a bin adds one
// unsigned bit a lane instead of a plus and a minus, and the sum of the s_i, the same for all
// bins, is subtracted once, when the bin is read (teq_count_column).
//
// Predecoded in two halves of e_i: low[j] selects in bin {k_high, j} between the sign and the
// sign inverted by high[k_high]. Both are prepared once a lane; a bin costs one AOI21. While
// en_i is low no x_o moves, whatever e_i does.
//   E_W  2..8     N_BINS  1..2^E_W
`default_nettype none
module teq_count_decode #(
    parameter E_W    = 5,
    parameter N_BINS = 29
) (
    input  wire [E_W-1:0]    e_i,
    input  wire              en_i,
    input  wire              s_i,
    output wire [N_BINS-1:0] x_o
);
    localparam LOW_W  = (E_W + 1) / 2;
    localparam HIGH_W = E_W - LOW_W;
    localparam N_LOW  = 1 << LOW_W;
    localparam N_HIGH = (N_BINS + N_LOW - 1) >> LOW_W;

    wire [N_LOW-1:0]        low;
    wire [N_LOW-1:0]        other_n = ~(low | {N_LOW{s_i}});  // neither low[j] nor the sign
    /* verilator lint_off UNUSED */       // 2^E_W bins, as many as there are are used
    wire [N_HIGH*N_LOW-1:0] x;
    /* verilator lint_on UNUSED */

    genvar i;
    generate
        for (i = 0; i < N_LOW; i = i + 1) begin : g_low
            localparam integer J = i;
            assign low[i] = en_i & (e_i[LOW_W-1:0] == J[LOW_W-1:0]);
        end
        for (i = 0; i < N_HIGH; i = i + 1) begin : g_high
            localparam integer J = i;
            // what a bin with low[j] set shows, inverted
            wire match_n = ~((e_i[E_W-1:LOW_W] == J[HIGH_W-1:0]) ^ s_i);
            assign x[i*N_LOW +: N_LOW] = ~((low & {N_LOW{match_n}}) | other_n);
        end
    endgenerate
    assign x_o = x[N_BINS-1:0];
endmodule
`default_nettype wire
