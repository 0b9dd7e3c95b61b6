// SPDX-License-Identifier: Apache-2.0
//
// teq_column, the accumulator bound of docs/number_format.md, section 5: however many
// vectors are summed, with whatever weights, as long as P + N <= 2^ACC_W - 1 the centred
// sum is the true one:  sx((acc + B) mod 2^ACC_W) = sum + offset.
//
// P and N are the sums of the largest positive and negative products, formed here in
// integers beside the true sum; B = offset - (2^PW - 1) * (negative weights met), and offset
// is any number that brings [-N, P] into two's complement. Feedback runs through the
// accumulator or, now and then, through a partial sum.
`default_nettype none
module f_bound #(
    parameter N_MAX = 2,
    parameter MB    = 4,
    parameter PW    = 4,
    parameter ACC_W = 6
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    input  wire                 load_i,
    input  wire [2*(N_MAX+1)-1:0] w_i,
    input  wire [2*MB-1:0]      x_i,
    input  wire                 en_i,
    input  wire                 psum_sel_i,
    input  wire signed [ACC_W-1:0] offset_i
);
    localparam T_W = ACC_W + 2;                   // true sums, signed

    reg              first_q;                     // the next vector starts a sum
    wire [ACC_W-1:0] sum;
    wire [ACC_W-1:0] acc;
    teq_column #(
        .ENGINE("shift"), .ROWS(2), .N_MAX(N_MAX), .K_RES(1), .MB(MB), .PW(PW), .ACC_W(ACC_W),
        .DOUBLE(0), .PSUM(1), .X_W(MB)
    ) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni), .load_i(load_i), .swap_i(1'b0), .w_i(w_i), .w_zero_i(1'b0), .x_i(x_i),
        .sum_en_i(1'b0), .acc_en_i(en_i), .clr_i(first_q), .psum_sel_i(psum_sel_i), .psum_i(acc),
        .sum_o(sum), .acc_o(acc)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);

    reg                   loaded_q;
    reg [2*(N_MAX+1)-1:0] w_q;                    // weights in use
    always @(posedge clk_i) begin
        loaded_q <= rst_ni & (loaded_q | load_i);
        if (load_i) w_q <= w_i;
    end
    always @* if (en_i) assume (loaded_q);

    // one vector: products of the two rows
    function [PW-1:0] product;
        input [MB-1:0]    x;
        input [N_MAX-1:0] e;
        begin
            product = x;
            product = (&e) ? {PW{1'b0}} : (product << (PW - MB)) >> e;
        end
    endfunction
    wire [N_MAX:0]  w0    = w_q[N_MAX:0];
    wire [N_MAX:0]  w1    = w_q[N_MAX+1 +: N_MAX+1];
    wire [T_W-1:0]  p0    = product(x_i[MB-1:0], w0[N_MAX-1:0]);
    wire [T_W-1:0]  p1    = product(x_i[MB +: MB], w1[N_MAX-1:0]);
    wire [T_W-1:0]  most0 = product({MB{1'b1}}, w0[N_MAX-1:0]);
    wire [T_W-1:0]  most1 = product({MB{1'b1}}, w1[N_MAX-1:0]);

    reg  signed [T_W-1:0] true_q;
    reg  [T_W-1:0]        p_q;
    reg  [T_W-1:0]        n_q;
    reg  [ACC_W-1:0]      bias_q;                 // (2^PW - 1) * negative weights, modulo 2^ACC_W
    wire [T_W-1:0]        p_d    = (first_q ? {T_W{1'b0}} : p_q) + (w0[N_MAX] ? 0 : most0) + (w1[N_MAX] ? 0 : most1);
    wire [T_W-1:0]        n_d    = (first_q ? {T_W{1'b0}} : n_q) + (w0[N_MAX] ? most0 : 0) + (w1[N_MAX] ? most1 : 0);
    wire [ACC_W-1:0]      ones   = {PW{1'b1}};
    always @* if (en_i) assume ({2'b0, p_d} + {2'b0, n_d} <= (1 << ACC_W) - 1);
    always @(posedge clk_i)
        if (!rst_ni) begin
            first_q <= 1'b1;
            true_q  <= {T_W{1'b0}};
            p_q     <= {T_W{1'b0}};
            n_q     <= {T_W{1'b0}};
            bias_q  <= {ACC_W{1'b0}};
        end else if (en_i) begin
            first_q <= 1'b0;
            true_q  <= (first_q ? {T_W{1'b0}} : true_q) + (w0[N_MAX] ? -p0 : p0) + (w1[N_MAX] ? -p1 : p1);
            p_q     <= p_d;
            n_q     <= n_d;
            bias_q  <= (first_q ? {ACC_W{1'b0}} : bias_q) + (w0[N_MAX] ? ones : 0) + (w1[N_MAX] ? ones : 0);
        end

    wire signed [T_W-1:0]   p       = p_q;
    wire signed [T_W-1:0]   n       = n_q;
    wire signed [T_W-1:0]   offset  = offset_i;
    wire signed [T_W-1:0]   top     = (1 << (ACC_W - 1)) - 1;
    wire signed [T_W-1:0]   bottom  = -(1 << (ACC_W - 1));
    wire                    centred = offset - n >= bottom & offset + p <= top;
    wire [ACC_W-1:0]        b       = offset_i - bias_q;
    wire signed [ACC_W-1:0] u       = acc + b;
    wire signed [T_W-1:0]   u_wide  = u;
    wire [ACC_W-1:0]        low     = true_q + bias_q;
    always @* if (started_q & !first_q) begin
        assert (true_q <= p & true_q >= -n);
        assert (p_q + n_q <= (1 << ACC_W) - 1);
        assert (acc == low);
        if (centred) assert (u_wide == true_q + offset);
    end
endmodule
`default_nettype wire
