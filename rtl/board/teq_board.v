// SPDX-License-Identifier: Apache-2.0
//
// teq_board -- top of an FPGA: a small teq_core behind a serial line (teq_uart_axil says
// what is said on it). Images, inputs and outputs go through the core's data ports, so the
// line is all that a board needs. The parameters are what fits a small FPGA; docs/core.md
// has those of the core.
//   DIV  clock cycles a bit of the line: 217 is 115200 baud at 25 MHz
`default_nettype none
module teq_board #(
    parameter DIV        = 217,
    parameter ROWS       = 4,
    parameter COLS       = 4,
    parameter LOAD_COLS  = 4,
    parameter N_MAX      = 4,
    parameter K_RES      = 4,
    parameter MB         = 7,
    parameter PW         = 7,
    parameter ACC_W      = 15,
    parameter NA_MAX     = 5,
    parameter PSUM_DEPTH = 64,
    parameter ACT_WORDS  = 2048,
    parameter WGT_WORDS  = 1024,
    parameter PRG_WORDS  = 1024,
    parameter SERIAL     = 0,
    parameter RESIDUAL   = 1,
    parameter INDIRECT   = 1,
    parameter MAXIMUM    = 1,
    parameter COUNTERS   = 1,
    parameter CHAIN      = 0,
    parameter REACH      = 24
) (
    input  wire clk_i,
    input  wire rst_ni,                           // a push button; may bounce
    input  wire rx_i,
    output wire tx_o,
    output wire irq_o
);
    reg  [1:0]  rst_q;                            // in step with the clock
    always @(posedge clk_i) rst_q <= {rst_q[0], rst_ni};
    wire rst_n = rst_q[1];

    wire [7:0]  awaddr, araddr;
    wire        awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
    wire [31:0] wdata, rdata;
    wire [3:0]  wstrb;
    wire [1:0]  bresp, rresp;

    teq_uart_axil #(.DIV(DIV)) u_uart (
        .clk_i(clk_i), .rst_ni(rst_n), .rx_i(rx_i), .tx_o(tx_o),
        .m_axil_awaddr(awaddr), .m_axil_awvalid(awvalid), .m_axil_awready(awready),
        .m_axil_wdata(wdata), .m_axil_wstrb(wstrb), .m_axil_wvalid(wvalid), .m_axil_wready(wready),
        .m_axil_bresp(bresp), .m_axil_bvalid(bvalid), .m_axil_bready(bready),
        .m_axil_araddr(araddr), .m_axil_arvalid(arvalid), .m_axil_arready(arready),
        .m_axil_rdata(rdata), .m_axil_rresp(rresp), .m_axil_rvalid(rvalid), .m_axil_rready(rready)
    );

    wire        unused_p_ready, unused_x_ready, unused_y_valid, unused_y_last;
    wire [31:0] unused_y_data;
    wire [3:0]  unused_y_keep;

    teq_core #(
        .ROWS(ROWS), .COLS(COLS), .LOAD_COLS(LOAD_COLS), .N_MAX(N_MAX), .K_RES(K_RES), .MB(MB), .PW(PW),
        .ACC_W(ACC_W), .NA_MAX(NA_MAX), .PSUM_DEPTH(PSUM_DEPTH), .ACT_WORDS(ACT_WORDS), .WGT_WORDS(WGT_WORDS),
        .PRG_WORDS(PRG_WORDS), .SERIAL(SERIAL), .RESIDUAL(RESIDUAL), .INDIRECT(INDIRECT), .MAXIMUM(MAXIMUM),
        .COUNTERS(COUNTERS), .CHAIN(CHAIN), .REACH(REACH), .ADDER("plain")
    ) u_core (
        .clk_i(clk_i), .rst_ni(rst_n),
        .s_axil_awaddr(awaddr), .s_axil_awvalid(awvalid), .s_axil_awready(awready),
        .s_axil_wdata(wdata), .s_axil_wstrb(wstrb), .s_axil_wvalid(wvalid), .s_axil_wready(wready),
        .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready),
        .s_axil_araddr(araddr), .s_axil_arvalid(arvalid), .s_axil_arready(arready),
        .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready),
        .s_axis_p_tdata(32'd0), .s_axis_p_tkeep(4'd0), .s_axis_p_tlast(1'b0), .s_axis_p_tvalid(1'b0),
        .s_axis_p_tready(unused_p_ready),
        .s_axis_x_tdata(32'd0), .s_axis_x_tkeep(4'd0), .s_axis_x_tlast(1'b0), .s_axis_x_tvalid(1'b0),
        .s_axis_x_tready(unused_x_ready),
        .m_axis_y_tdata(unused_y_data), .m_axis_y_tkeep(unused_y_keep), .m_axis_y_tlast(unused_y_last),
        .m_axis_y_tvalid(unused_y_valid), .m_axis_y_tready(1'b0),
        .irq_o(irq_o)
    );
endmodule
`default_nettype wire
