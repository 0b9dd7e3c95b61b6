// SPDX-License-Identifier: Apache-2.0
//
// teq_uart_rx -- bytes from a serial line: 8 bits, no parity, one stop bit, lowest first.
//
// rx_i is not synchronous to clk_i. Each bit is sampled in its middle; valid_o is high for
// one cycle with the byte, in the middle of the stop bit. A byte whose stop bit is 0 is
// dropped.
//   DIV  clock cycles a bit, 4..65535
`default_nettype none
module teq_uart_rx #(
    parameter DIV = 217
) (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       rx_i,
    output wire       valid_o,
    output wire [7:0] data_o
);
    generate
        if (DIV < 4 || DIV > 65535) begin : g_bad_div
            DIV_must_be_4_to_65535 u_error ();
        end
    endgenerate

    localparam [31:0] WHOLE = DIV - 1, HALF = DIV / 2 - 1;

    reg  [1:0]  sync_q;
    reg         busy_q;
    reg  [15:0] wait_q;                           // cycles to the middle of the next bit
    reg  [3:0]  bit_q;                            // 0 start, 1..8 data, 9 stop
    reg  [7:0]  data_q;

    wire rx     = sync_q[1];
    wire sample = busy_q & (wait_q == 16'd0);
    wire stop   = sample & (bit_q == 4'd9);
    wire noise  = sample & (bit_q == 4'd0) & rx;  // no start bit after all

    assign valid_o = stop & rx;
    assign data_o  = data_q;

    always @(posedge clk_i)
        if (!rst_ni) begin
            sync_q <= 2'b11;
            busy_q <= 1'b0;
        end else begin
            sync_q <= {sync_q[0], rx_i};
            busy_q <= busy_q ? ~(stop | noise) : ~rx;
        end

    always @(posedge clk_i) begin
        if (!busy_q) begin
            wait_q <= HALF[15:0];
            bit_q  <= 4'd0;
        end else if (sample) begin
            wait_q <= WHOLE[15:0];
            bit_q  <= bit_q + 4'd1;
            if (bit_q != 4'd9) data_q <= {rx, data_q[7:1]};
        end else begin
            wait_q <= wait_q - 16'd1;
        end
    end
endmodule
`default_nettype wire
