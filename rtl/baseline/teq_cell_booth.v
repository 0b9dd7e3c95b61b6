// SPDX-License-Identifier: Apache-2.0
//
// teq_cell_booth -- INT baseline: partial products of a signed stored weight and
// an unsigned activation, radix-4 Booth. Combinational.
//
//     w = sum_i digit_i 4^i, digit_i in {-2, -1, 0, 1, 2}
//     pp_o[i] = |digit_i| * a_i,  one's complement where digit_i < 0
//
// The N_PP = ceil(B / 2) partial products of B + 1 bits go to the column's tree as
// they are, 2 binary places apart. As the weight is stored, its digits are still
// while activations stream by, and the constants that one's complements leave,
//     cell_bias(w) = sum over negative digits of (2^(B+1) - 1) 4^i,
// are folded into the bias of the output: no sign extension, no correction bits.
// A zero weight or a zero activation toggles nothing.
//   B  bits of weight and activation, 3..8; w in -(2^(B-1) - 1) .. 2^(B-1) - 1
`default_nettype none
module teq_cell_booth #(
    parameter B = 8
) (
    input  wire [B-1:0]             a_i,
    input  wire [B-1:0]             w_i,
    output wire [(B+1)/2*(B+1)-1:0] pp_o
);
    localparam N_PP = (B + 1) / 2;

    // sign extension to an even width, and the 0 below the lowest digit
    wire [2*N_PP:0] w;
    generate
        if (2 * N_PP > B) begin : g_odd
            assign w = {w_i[B-1], w_i, 1'b0};
        end else begin : g_even
            assign w = {w_i, 1'b0};
        end
    endgenerate

    genvar i, j;
    generate
        for (i = 0; i < N_PP; i = i + 1) begin : g_pp
            wire neg = w[2*i+2] & ~(w[2*i+1] & w[2*i]);
            wire one = w[2*i+1] ^ w[2*i];
            wire two = (w[2*i+2] ^ w[2*i+1]) & ~one;
            for (j = 0; j <= B; j = j + 1) begin : g_bit
                wire bit_j;
                if (j == 0) begin : g_first
                    assign bit_j = one & a_i[0];
                end else if (j == B) begin : g_last
                    assign bit_j = two & a_i[B-1];
                end else begin : g_both
                    teq_onehot_or #(.N(2)) u_or (
                        .sel_i({two, one}), .d_i({a_i[j-1], a_i[j]}), .z_o(bit_j)
                    );
                end
                assign pp_o[i*(B+1)+j] = bit_j ^ neg;
            end
        end
    endgenerate
endmodule
`default_nettype wire
