// SPDX-License-Identifier: Apache-2.0
//
// techmap rules: an adder that has a constant input becomes a smaller one or plain
// logic. Yosys sees the kept adders as black boxes and would leave them whole.
(* techmap_celltype = "teq_full_adder" *)
module _full_adder (a_i, b_i, c_i, s_o, co_o);
    input a_i, b_i, c_i;
    output s_o, co_o;
    parameter _TECHMAP_CONSTMSK_a_i_ = 0;
    parameter _TECHMAP_CONSTVAL_a_i_ = 0;
    parameter _TECHMAP_CONSTMSK_b_i_ = 0;
    parameter _TECHMAP_CONSTVAL_b_i_ = 0;
    parameter _TECHMAP_CONSTMSK_c_i_ = 0;
    parameter _TECHMAP_CONSTVAL_c_i_ = 0;
    localparam A = _TECHMAP_CONSTMSK_a_i_ != 0;
    localparam B = _TECHMAP_CONSTMSK_b_i_ != 0;
    localparam C = _TECHMAP_CONSTMSK_c_i_ != 0;
    wire _TECHMAP_FAIL_ = !A && !B && !C;
    wire k = A ? _TECHMAP_CONSTVAL_a_i_ : B ? _TECHMAP_CONSTVAL_b_i_ : _TECHMAP_CONSTVAL_c_i_;
    wire x = A ? b_i : a_i;
    wire y = (A || B) ? c_i : b_i;
    generate
        if ((A && !_TECHMAP_CONSTVAL_a_i_ && !B && !C) || (B && !_TECHMAP_CONSTVAL_b_i_ && !A && !C) ||
            (C && !_TECHMAP_CONSTVAL_c_i_ && !A && !B)) begin : g_half
            teq_half_adder u_half (.a_i(x), .b_i(y), .s_o(s_o), .co_o(co_o));
        end else begin : g_logic
            assign s_o = x ^ y ^ k;
            assign co_o = k ? x | y : x & y;
        end
    endgenerate
endmodule

(* techmap_celltype = "teq_half_adder" *)
module _half_adder (a_i, b_i, s_o, co_o);
    input a_i, b_i;
    output s_o, co_o;
    parameter _TECHMAP_CONSTMSK_a_i_ = 0;
    parameter _TECHMAP_CONSTMSK_b_i_ = 0;
    wire _TECHMAP_FAIL_ = _TECHMAP_CONSTMSK_a_i_ == 0 && _TECHMAP_CONSTMSK_b_i_ == 0;
    assign s_o = a_i ^ b_i;
    assign co_o = a_i & b_i;
endmodule

// ABC writes constants as gates of these names.
(* techmap_celltype = "_const0_" *)
module _constant_0 (z);
    output z;
    assign z = 1'b0;
endmodule

(* techmap_celltype = "_const1_" *)
module _constant_1 (z);
    output z;
    assign z = 1'b1;
endmodule
