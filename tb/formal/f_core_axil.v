// SPDX-License-Identifier: Apache-2.0
//
// teq_core_regs: the handshakes of AXI4-Lite, for any host and any core behind.
//     - a response that is offered stays, and stays the same, until it is taken;
//     - each address with its data gets one response, each read address one, none comes
//       unasked, and none is kept back once there is room for it.
`default_nettype none
module f_core_axil (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire [7:0]   awaddr_i,
    input  wire         awvalid_i,
    input  wire [31:0]  wdata_i,
    input  wire [3:0]   wstrb_i,
    input  wire         wvalid_i,
    input  wire         bready_i,
    input  wire [7:0]   araddr_i,
    input  wire         arvalid_i,
    input  wire         rready_i,
    input  wire [31:0]  info_i,
    input  wire [9:0]   core_i                    // what the core shows and says
);
    wire        awready, wready, bvalid, arready, rvalid;
    wire [1:0]  bresp, rresp;
    wire [31:0] rdata;

    teq_core_regs u_dut (
        .clk_i(clk_i), .por_ni(rst_ni), .rst_ni(rst_ni),
        .s_axil_awaddr(awaddr_i), .s_axil_awvalid(awvalid_i), .s_axil_awready(awready),
        .s_axil_wdata(wdata_i), .s_axil_wstrb(wstrb_i), .s_axil_wvalid(wvalid_i), .s_axil_wready(wready),
        .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready_i),
        .s_axil_araddr(araddr_i), .s_axil_arvalid(arvalid_i), .s_axil_arready(arready),
        .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready_i), .irq_o(),
        .start_o(), .reset_o(),
        .busy_i(core_i[0]), .image_i(core_i[1]), .loading_i(core_i[2]), .error_i(core_i[3]),
        .cause_i(5'd0), .layer_i(16'd0), .info_i(info_i), .counters_i({10{info_i}}),
        .event_done_i(core_i[4]), .event_error_i(core_i[5]), .event_image_i(core_i[6]),
        .port_p_o(), .port_x_o(), .port_last_o(), .port_data_o(), .ready_p_i(core_i[7]), .ready_x_i(core_i[8]),
        .pop_y_o(), .valid_y_i(core_i[9]), .data_y_i(info_i), .bad_port_o(), .bad_port_addr_o()
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);

    // taken and not yet answered
    reg [1:0] aw_q;
    reg [1:0] w_q;
    reg [1:0] ar_q;
    wire      b = bvalid & bready_i;
    wire      r = rvalid & rready_i;
    always @(posedge clk_i)
        if (!rst_ni) begin
            aw_q <= 2'd0;
            w_q  <= 2'd0;
            ar_q <= 2'd0;
        end else begin
            aw_q <= aw_q + {1'b0, awvalid_i & awready} - {1'b0, b};
            w_q  <= w_q + {1'b0, wvalid_i & wready} - {1'b0, b};
            ar_q <= ar_q + {1'b0, arvalid_i & arready} - {1'b0, r};
        end

    reg        b_waits_q;
    reg [1:0]  bresp_q;
    reg        r_waits_q;
    reg [1:0]  rresp_q;
    reg [31:0] rdata_q;
    reg        b_due_q;
    reg        r_due_q;
    always @(posedge clk_i) begin
        b_waits_q <= rst_ni & bvalid & ~bready_i;
        bresp_q   <= bresp;
        r_waits_q <= rst_ni & rvalid & ~rready_i;
        rresp_q   <= rresp;
        rdata_q   <= rdata;
        b_due_q   <= rst_ni & ~bvalid & aw_q != 2'd0 & w_q != 2'd0;
        r_due_q   <= rst_ni & ~rvalid & ar_q != 2'd0;
    end

    always @* if (started_q & rst_ni) begin
        if (b_waits_q) assert (bvalid & bresp == bresp_q);
        if (r_waits_q) assert (rvalid & rresp == rresp_q & rdata == rdata_q);
        if (bvalid) assert (aw_q != 2'd0 & w_q != 2'd0);
        if (rvalid) assert (ar_q != 2'd0);
        if (b_due_q) assert (bvalid);
        if (r_due_q) assert (rvalid);
        assert (aw_q != 2'd3 & w_q != 2'd3 & ar_q != 2'd3);
    end
endmodule
`default_nettype wire
