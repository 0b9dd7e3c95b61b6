// SPDX-License-Identifier: Apache-2.0
//
// teq_uart_axil -- an AXI4-Lite host behind a serial line, for boards without a processor.
//
//     'W' ADDR D0 D1 D2 D3   writes D3 D2 D1 D0 at ADDR     answer: RESP
//     'R' ADDR               reads                          answer: D0 D1 D2 D3 RESP
//
// RESP is bresp or rresp. Any other first byte is ignored, and so is what comes before the
// answer is sent. Latency: the line's.
//   DIV  clock cycles a bit, 4..65535
`default_nettype none
module teq_uart_axil #(
    parameter DIV = 217
) (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire        rx_i,
    output wire        tx_o,
    //AXI4-Lite
    output wire [7:0]  m_axil_awaddr,
    output wire        m_axil_awvalid,
    input  wire        m_axil_awready,
    output wire [31:0] m_axil_wdata,
    output wire [3:0]  m_axil_wstrb,
    output wire        m_axil_wvalid,
    input  wire        m_axil_wready,
    input  wire [1:0]  m_axil_bresp,
    input  wire        m_axil_bvalid,
    output wire        m_axil_bready,
    output wire [7:0]  m_axil_araddr,
    output wire        m_axil_arvalid,
    input  wire        m_axil_arready,
    input  wire [31:0] m_axil_rdata,
    input  wire [1:0]  m_axil_rresp,
    input  wire        m_axil_rvalid,
    output wire        m_axil_rready
);
    localparam [2:0] COMMAND = 3'd0, ADDRESS = 3'd1, DATA = 3'd2, WRITE = 3'd3, READ = 3'd4, ANSWER = 3'd5;

    reg  [2:0]  state_q;
    reg         is_write_q;
    reg  [2:0]  left_q;                           // bytes of data, of the answer
    reg  [7:0]  addr_q;
    reg  [31:0] data_q;
    reg  [1:0]  resp_q;
    reg         aw_q;                             // not yet taken
    reg         w_q;
    reg         ar_q;

    wire        rx_valid;
    wire [7:0]  rx;
    wire        tx_ready;
    wire        sent = (state_q == ANSWER) & tx_ready;

    teq_uart_rx #(.DIV(DIV)) u_rx (.clk_i(clk_i), .rst_ni(rst_ni), .rx_i(rx_i), .valid_o(rx_valid), .data_o(rx));
    teq_uart_tx #(.DIV(DIV)) u_tx (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(state_q == ANSWER), .ready_o(tx_ready),
        .data_i((left_q == 3'd1) ? {6'd0, resp_q} : data_q[7:0]), .tx_o(tx_o)
    );

    assign m_axil_awaddr  = addr_q;
    assign m_axil_awvalid = aw_q;
    assign m_axil_wdata   = data_q;
    assign m_axil_wstrb   = 4'hf;
    assign m_axil_wvalid  = w_q;
    assign m_axil_bready  = (state_q == WRITE);
    assign m_axil_araddr  = addr_q;
    assign m_axil_arvalid = ar_q;
    assign m_axil_rready  = (state_q == READ);

    wire data_end = (state_q == DATA) & rx_valid & (left_q == 3'd1);
    wire read     = (state_q == ADDRESS) & rx_valid & ~is_write_q;

    always @(posedge clk_i)
        if (!rst_ni) begin
            state_q <= COMMAND;
            aw_q    <= 1'b0;
            w_q     <= 1'b0;
            ar_q    <= 1'b0;
        end else begin
            aw_q <= data_end | (aw_q & ~m_axil_awready);
            w_q  <= data_end | (w_q & ~m_axil_wready);
            ar_q <= read | (ar_q & ~m_axil_arready);
            case (state_q)
                COMMAND: if (rx_valid & (rx == 8'h57 | rx == 8'h52)) state_q <= ADDRESS;
                ADDRESS: if (rx_valid) state_q <= is_write_q ? DATA : READ;
                DATA:    if (data_end) state_q <= WRITE;
                WRITE:   if (m_axil_bvalid) state_q <= ANSWER;
                READ:    if (m_axil_rvalid) state_q <= ANSWER;
                ANSWER:  if (sent & left_q == 3'd1) state_q <= COMMAND;
                /* verilator coverage_off */ // the two other values are never there
                default: state_q <= COMMAND;
                /* verilator coverage_on */
            endcase
        end

    always @(posedge clk_i) begin
        if (state_q == COMMAND) is_write_q <= (rx == 8'h57);
        if (state_q == ADDRESS & rx_valid) begin
            addr_q <= rx;
            left_q <= 3'd4;
        end
        if (state_q == DATA & rx_valid) begin
            data_q <= {rx, data_q[31:8]};
            left_q <= left_q - 3'd1;
        end
        if (state_q == WRITE) begin
            resp_q <= m_axil_bresp;
            left_q <= 3'd1;
        end
        if (state_q == READ) begin
            data_q <= m_axil_rdata;
            resp_q <= m_axil_rresp;
            left_q <= 3'd5;
        end
        if (sent) begin
            data_q <= {8'd0, data_q[31:8]};
            left_q <= left_q - 3'd1;
        end
    end
endmodule
`default_nettype wire
