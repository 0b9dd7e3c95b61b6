// SPDX-License-Identifier: Apache-2.0
//
// teq_cell_shift -- sign_split: of synth/energy/sums.txt, in place of rtl/teq_cell_shift.v (which
// see): the product without its sign.
`default_nettype none
module teq_cell_shift #(
    parameter N_MAX = 4,
    parameter K_RES = 4,
    parameter MB    = 7,
    parameter PW    = 7
) (
    input  wire [K_RES*MB-1:0] x_i,
    input  wire [N_MAX:0]      w_i,
    output wire [PW-1:0]       m_o
);
    localparam R_W = (K_RES == 8) ? 3 : (K_RES == 4) ? 2 : (K_RES == 2) ? 1 : 0;
    localparam Q_W = (N_MAX > R_W) ? N_MAX - R_W : 0; // bits of the stored shift
    localparam Q_P = (Q_W > 0) ? Q_W : 1;

    wire [N_MAX-1:0] e = w_i[N_MAX-1:0];
    wire [N_MAX-1:0] q = e >> R_W;
    wire [N_MAX-1:0] r = e ^ (q << R_W);
    wire [K_RES-1:0] h;                           // one-hot residue, none for zero
    wire [MB-1:0]    x;
    wire [PW-1:0]    p;

    genvar i, j;
    generate
        for (i = 0; i < K_RES; i = i + 1) begin : g_h
            localparam [31:0] R = i;
            // zero has the highest residue: only there need it be told apart
            assign h[i] = (r == R[N_MAX-1:0]) & ((i < K_RES - 1) | ~(&e));
        end

        for (j = 0; j < MB; j = j + 1) begin : g_x
            wire [K_RES-1:0] d;
            for (i = 0; i < K_RES; i = i + 1) begin : g_d
                assign d[i] = x_i[i*MB+j];
            end
            teq_onehot_or #(.N(K_RES)) u_x (.sel_i(h), .d_i(d), .z_o(x[j]));
        end
    endgenerate

    teq_shift_right #(.W(MB), .D(PW - MB), .Q_W(Q_W)) u_shift (.x_i(x), .q_i(q[Q_P-1:0]), .z_o(p));

    wire unused_sign = w_i[N_MAX];
    assign m_o = p;
endmodule
`default_nettype wire
