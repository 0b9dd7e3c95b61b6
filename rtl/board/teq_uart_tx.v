// SPDX-License-Identifier: Apache-2.0
//
// teq_uart_tx -- bytes to a serial line: 8 bits, no parity, one stop bit, lowest first.
//
// A byte is taken at an edge with valid_i and ready_o; tx_o then holds each of its ten bits
// for DIV cycles.
//   DIV  clock cycles a bit, 4..65535
`default_nettype none
module teq_uart_tx #(
    parameter DIV = 217
) (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       valid_i,
    output wire       ready_o,
    input  wire [7:0] data_i,
    output wire       tx_o
);
    generate
        if (DIV < 4 || DIV > 65535) begin : g_bad_div
            DIV_must_be_4_to_65535 u_error ();
        end
    endgenerate

    localparam [31:0] WHOLE = DIV - 1;

    reg  [9:0]  bits_q;                           // what is still to be sent, ones behind it
    reg  [3:0]  left_q;
    reg  [15:0] wait_q;

    wire idle = (left_q == 4'd0);

    assign ready_o = idle;
    assign tx_o    = bits_q[0];

    always @(posedge clk_i)
        if (!rst_ni) begin
            bits_q <= 10'h3ff;
            left_q <= 4'd0;
        end else if (idle & valid_i) begin
            bits_q <= {1'b1, data_i, 1'b0};
            left_q <= 4'd10;
        end else if (!idle & wait_q == 16'd0) begin
            bits_q <= {1'b1, bits_q[9:1]};
            left_q <= left_q - 4'd1;
        end

    always @(posedge clk_i) wait_q <= (idle | wait_q == 16'd0) ? WHOLE[15:0] : wait_q - 16'd1;
endmodule
`default_nettype wire
