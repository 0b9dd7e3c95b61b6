// SPDX-License-Identifier: Apache-2.0
//
// teq_requant_unit: residual beats and vectors meet one to one, in order.
//
// Arithmetic is cut out (cut/teq_requantize.v). Vectors say by a mark whether they want
// residuals; residual beats carry a mark of one bit, any sequence of them. The marks of the
// residual beats that are inside stand in a queue, and an output beat of a vector with
// residuals must show the oldest.
`default_nettype none
module f_residual #(
    parameter INT       = 1,
    parameter COLS      = 2,
    parameter N_REQUANT = 1,
    parameter NA_MAX    = 2,
    parameter ACC_W     = 8
) (
    input  wire clk_i,
    input  wire rst_ni,
    input  wire v2_i,
    input  wire res_i,
    input  wire r_valid_i,
    input  wire r_mark_i,
    input  wire y_ready_i
);
    localparam DEPTH = 8;                         // two buffers, and the stages from R4 on

    wire        done;
    wire        r_ready;
    wire        y_valid;
    wire        y_last;
    wire        busy;
    wire [N_REQUANT*(NA_MAX+1)-1:0] r_code = {N_REQUANT{r_mark_i, {NA_MAX{1'b0}}}};
    wire [N_REQUANT*(NA_MAX+1)-1:0] y_code;
    wire [N_REQUANT*16-1:0]         y_word;
    wire [ACC_W-1:0]                sum = {{ACC_W-1{1'b0}}, res_i};

    teq_requant_unit #(.INT(INT), .COLS(COLS), .N_REQUANT(N_REQUANT), .ACC_W(ACC_W), .NA_MAX(NA_MAX)) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .cfg_we_i(1'b0), .cfg_sel_i(3'd0), .cfg_index_i(8'd0), .cfg_data_i({ACC_W+18{1'b0}}),
        .v2_i(v2_i), .bank_i(1'b0), .res_i(res_i), .sgn_i(1'b0), .acc_i({COLS{sum}}), .done_o(done),
        .s_axis_r_tvalid(r_valid_i), .s_axis_r_tready(r_ready), .s_axis_r_tdata(r_code),
        .m_axis_y_tvalid(y_valid), .m_axis_y_tready(y_ready_i), .m_axis_y_tdata(y_code),
        .m_axis_y_tuser(y_word), .m_axis_y_tlast(y_last), .busy_o(busy)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);

    // a vector stands still until its last chunk is taken
    reg waiting_q;
    reg was_res_q;
    always @(posedge clk_i) begin
        waiting_q <= rst_ni & v2_i & ~done;
        was_res_q <= res_i;
    end
    always @* if (waiting_q & rst_ni) assume (v2_i & res_i == was_res_q);

    reg  [3:0]       n_q;
    reg  [DEPTH-1:0] marks_q;
    wire             push   = r_valid_i & r_ready;
    wire             wanted = y_word[0];
    wire             pop    = y_valid & y_ready_i & wanted;
    wire [3:0]       left   = n_q - {3'd0, pop};
    wire [DEPTH-1:0] kept   = pop ? marks_q >> 1 : marks_q;
    always @(posedge clk_i)
        if (!rst_ni) begin
            n_q     <= 4'd0;
            marks_q <= {DEPTH{1'b0}};
        end else begin
            n_q     <= left + {3'd0, push};
            marks_q <= kept | ({{DEPTH-1{1'b0}}, push & r_mark_i} << left);
        end
    always @* if (started_q) begin
        assert (n_q <= DEPTH);
        if (y_valid & wanted) assert (n_q != 4'd0 & y_word[3] == marks_q[0]);
    end
endmodule
`default_nettype wire
