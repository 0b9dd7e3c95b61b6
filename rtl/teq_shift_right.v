// SPDX-License-Identifier: Apache-2.0
//
// teq_shift_right -- z_o = (x_i << D) >> q_i, W + D bits, truncated. Combinational.
//
// A binary shifter whose stages alternate in polarity: AOI22 from true to inverted,
// OAI22 back to true, so that no inverter stands between stages and q_i needs no
// decoder. Smaller and faster than OR over the one-hot selects of all shifts.
//   W    bits of x_i, >= 1     D  places to the left first, 0..2
//   Q_W  bits of q_i used, >= 0; q_i has at least one
`default_nettype none
module teq_shift_right #(
    parameter W   = 7,
    parameter D   = 1,
    parameter Q_W = 2
) (
    input  wire [W-1:0]                     x_i,
    input  wire [((Q_W > 0) ? Q_W : 1)-1:0] q_i,
    output wire [W+D-1:0]                   z_o
);
    localparam P = W + D;

    genvar s, j;
    generate
        // stage s: after shifts by q_i[s-1:0], inverted where s is odd
        for (s = 0; s <= Q_W; s = s + 1) begin : g_stage
            wire [P-1:0] y;
            for (j = 0; j < P; j = j + 1) begin : g_bit
                localparam FAR = (s > 0) ? (1 << s) / 2 : 0;
                if (s == 0) begin : g_in
                    if (j < D) begin : g_zero
                        assign y[j] = 1'b0;
                    end else begin : g_x
                        assign y[j] = x_i[j-D];
                    end
                end else if (s % 2 == 1) begin : g_inverts
                    if (j + FAR >= P) begin : g_top
                        assign y[j] = ~(~q_i[s-1] & g_stage[s-1].y[j]);
                    end else if (s == 1 && j < D) begin : g_low
                        assign y[j] = ~(q_i[s-1] & g_stage[s-1].y[j+FAR]);
                    end else begin : g_both
                        teq_aoi22 u_cell (
                            .a0_i(~q_i[s-1]), .a1_i(g_stage[s-1].y[j]),
                            .b0_i(q_i[s-1]),  .b1_i(g_stage[s-1].y[j+FAR]),
                            .zn_o(y[j])
                        );
                    end
                end else begin : g_restores
                    if (j + FAR >= P) begin : g_top
                        assign y[j] = ~(q_i[s-1] | g_stage[s-1].y[j]);
                    end else begin : g_both
                        teq_oai22 u_cell (
                            .a0_i(q_i[s-1]),  .a1_i(g_stage[s-1].y[j]),
                            .b0_i(~q_i[s-1]), .b1_i(g_stage[s-1].y[j+FAR]),
                            .zn_o(y[j])
                        );
                    end
                end
            end
        end
        if (Q_W == 0) begin : g_no_shift
            wire unused_q = q_i[0];
        end
    endgenerate
    assign z_o = (Q_W % 2 == 1) ? ~g_stage[Q_W].y : g_stage[Q_W].y;
endmodule
`default_nettype wire
