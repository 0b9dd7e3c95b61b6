// SPDX-License-Identifier: Apache-2.0
//
// teq_cell_select -- the product of teq_cell_shift, picked in one step.
// Combinational.
//
//     m_o = s ? 2^PW - 1 - p(E) : p(E),  p(E) = (x_i[r] << (PW - MB)) >> q
//
// Every product that the row can form is there as wires, p(0), p(1), ...; a cell
// only chooses. Each of the 2^N_MAX - 1 products costs a term in every bit that
// it reaches, so this is the smaller cell at N_MAX <= 3 and not above.
// w_i, K_RES, MB, PW as in teq_cell_shift; N_MAX 2..4.
`default_nettype none
module teq_cell_select #(
    parameter N_MAX = 3,
    parameter K_RES = 2,
    parameter MB    = 6,
    parameter PW    = 6
) (
    input  wire [K_RES*MB-1:0] x_i,
    input  wire [N_MAX:0]      w_i,
    output wire [PW-1:0]       m_o
);
    localparam N_E = (1 << N_MAX) - 1;
    localparam D   = PW - MB;

    wire [N_E-1:0] is_e;
    wire [PW-1:0]  p;

    genvar i, j;
    generate
        for (i = 0; i < N_E; i = i + 1) begin : g_e
            localparam [N_MAX-1:0] E = i;
            assign is_e[i] = (w_i[N_MAX-1:0] == E);
        end
        for (j = 0; j < PW; j = j + 1) begin : g_p
            // exponents whose product reaches bit j: a contiguous range
            localparam Q_LO = (j < D) ? D - j : 0;
            localparam Q_HI = MB - 1 + D - j;
            localparam LO = Q_LO * K_RES;
            localparam HI = (Q_HI * K_RES + K_RES - 1 < N_E - 1) ? Q_HI * K_RES + K_RES - 1 : N_E - 1;
            if (HI >= LO) begin : g_or
                wire [HI-LO:0] d;
                for (i = LO; i <= HI; i = i + 1) begin : g_d
                    assign d[i-LO] = x_i[(i % K_RES)*MB + j + i/K_RES - D];
                end
                teq_onehot_or #(.N(HI-LO+1)) u_p (.sel_i(is_e[HI:LO]), .d_i(d), .z_o(p[j]));
            end else begin : g_zero
                assign p[j] = 1'b0;
            end
        end
    endgenerate

    assign m_o = p ^ {PW{w_i[N_MAX]}};
endmodule
`default_nettype wire
