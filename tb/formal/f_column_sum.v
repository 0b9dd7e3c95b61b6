// SPDX-License-Identifier: Apache-2.0
//
// teq_column_sum: the tree of adders is the plain sum modulo 2^ACC_W.
`default_nettype none
module f_column_sum #(
    parameter N_WORDS = 3,
    parameter WORD_W  = 4,
    parameter GROUP   = 1,
    parameter STEP    = 0,
    parameter ACC_W   = 6
) (
    input  wire [N_WORDS*WORD_W-1:0] words_i,
    input  wire [ACC_W-1:0]          add_i
);
    wire [ACC_W-1:0] tree;
    wire [ACC_W-1:0] plain;
    teq_column_sum #(
        .N_WORDS(N_WORDS), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .ADDER("cells")
    ) u_tree (
        .words_i(words_i), .add_i(add_i), .sum_o(tree)
    );
    teq_column_sum #(
        .N_WORDS(N_WORDS), .WORD_W(WORD_W), .GROUP(GROUP), .STEP(STEP), .ACC_W(ACC_W), .ADDER("plain")
    ) u_plain (
        .words_i(words_i), .add_i(add_i), .sum_o(plain)
    );

    // and the plain one is the sum, counted in integers
    reg [31:0] sum;
    integer    i;
    always @* begin
        sum = add_i;
        for (i = 0; i < N_WORDS; i = i + 1) begin
            sum = sum + ((words_i >> (i * WORD_W)) % (1 << WORD_W)) * (1 << (STEP * (i % GROUP)));
        end
        assert (plain == sum[ACC_W-1:0]);
        assert (tree == plain);
    end
endmodule
`default_nettype wire
