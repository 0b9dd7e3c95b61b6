// SPDX-License-Identifier: Apache-2.0
//
// teq_cell_shift and teq_cell_select are the same function, the product of
// docs/number_format.md, section 4, for every stored weight and every broadcast.
`default_nettype none
module f_cells #(
    parameter N_MAX = 4,
    parameter K_RES = 4,
    parameter MB    = 7,
    parameter PW    = 8
) (
    input  wire [K_RES*MB-1:0] x_i,
    input  wire [N_MAX:0]      w_i
);
    wire [PW-1:0] shift;
    wire [PW-1:0] select;
    teq_cell_shift #(.N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW)) u_shift (
        .x_i(x_i), .w_i(w_i), .m_o(shift)
    );
    teq_cell_select #(.N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW)) u_select (
        .x_i(x_i), .w_i(w_i), .m_o(select)
    );

    wire [N_MAX-1:0] e    = w_i[N_MAX-1:0];
    wire [MB-1:0]    x    = x_i[(e % K_RES)*MB +: MB];
    wire [PW-1:0]    wide = x;
    wire [PW-1:0]    p    = (&e) ? {PW{1'b0}} : (wide << (PW - MB)) >> (e / K_RES);
    always @* begin
        assert (shift == (w_i[N_MAX] ? ~p : p));
        assert (select == shift);
    end
endmodule
`default_nettype wire
