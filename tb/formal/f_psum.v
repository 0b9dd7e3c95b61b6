// SPDX-License-Identifier: Apache-2.0
//
// teq_psum: a vector is given the latest sum of its address, from the memory or from the
// accumulators, wherever it is; for any addresses, any stalls, and a memory that gives
// junk when a word is read in the cycle that writes it (cut/teq_ram.v).
`default_nettype none
module f_psum #(
    parameter DEPTH = 3,
    parameter AW    = 2,
    parameter W     = 2
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire          valid_i,
    input  wire [AW-1:0] addr_i,
    input  wire          final_i,
    input  wire          can_move_i,
    input  wire [W-1:0]  sum_i
);
    reg           v1_q;
    reg           final1_q;
    reg  [AW-1:0] addr1_q;
    reg  [W-1:0]  acc_q;
    wire          adv    = v1_q & can_move_i;
    wire          accept = valid_i & (~v1_q | can_move_i);
    wire          sel;
    wire [W-1:0]  psum;
    teq_psum #(.DEPTH(DEPTH), .W(W), .AW(AW)) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni), .accept_i(accept), .addr_i(addr_i),
        .adv_i(adv), .final1_i(final1_q), .addr1_i(addr1_q), .sum_i(sum_i), .acc_i(acc_q),
        .sel_o(sel), .psum_o(psum)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);
    always @* assume (addr_i < DEPTH);

    reg [DEPTH-1:0]   known_q;                    // addresses with a sum: not after final, not at first
    reg [W*DEPTH-1:0] sums_q;
    always @(posedge clk_i) begin
        if (!rst_ni) begin
            v1_q    <= 1'b0;
            known_q <= {DEPTH{1'b0}};
        end else begin
            v1_q <= accept | (v1_q & ~adv);
            if (adv) known_q[addr1_q] <= ~final1_q;
        end
        if (accept) {addr1_q, final1_q} <= {addr_i, final_i};
        if (adv) acc_q <= sum_i;
        if (adv) sums_q[addr1_q*W +: W] <= sum_i;
    end

    wire         known = known_q >> addr1_q;
    wire [W-1:0] last  = sums_q >> (addr1_q * W);
    always @* if (started_q & v1_q & known) assert ((sel ? psum : acc_q) == last);
endmodule
`default_nettype wire
