// SPDX-License-Identifier: Apache-2.0
//
// teq_core_serializer -- the words y of a vector to 32-bit beats: two a beat, the first in
// the low half; an odd last word alone, with 0 above it.
//
// load_i takes a vector of 1..COLS words while ready_o is high: empty, or giving its last
// beat. A beat is pushed in each cycle in which there are words and the buffer behind is
// not full. Words are not reset.
`default_nettype none
module teq_core_serializer #(
    parameter COLS = 16
) (
    input  wire               clk_i,
    input  wire               rst_ni,
    input  wire               load_i,
    input  wire [COLS*16-1:0] words_i,
    input  wire [6:0]         n_i,
    input  wire               last_i,             // the layer's last vector
    output wire               ready_o,
    output wire               empty_o,
    //To the output buffer
    input  wire               full_i,
    output wire               push_o,
    output wire [31:0]        data_o,
    output wire [3:0]         keep_o,
    output wire               last_o
);
    reg [COLS*16-1:0] words_q;
    reg [6:0]         left_q;
    reg               last_q;

    wire single = (left_q == 7'd1);
    wire ending = (left_q <= 7'd2);

    assign empty_o = (left_q == 7'd0);
    assign push_o  = ~empty_o & ~full_i;
    assign ready_o = empty_o | (push_o & ending);
    assign data_o  = {single ? 16'd0 : words_q[31:16], words_q[15:0]};
    assign keep_o  = {{2{~single}}, 2'b11};
    assign last_o  = last_q & ending;

    always @(posedge clk_i)
        if (!rst_ni) left_q <= 7'd0;
        else if (load_i) left_q <= n_i;
        else if (push_o) left_q <= ending ? 7'd0 : left_q - 7'd2;

    always @(posedge clk_i)
        if (load_i) begin
            words_q <= words_i;
            last_q  <= last_i;
        end else if (push_o) begin
            words_q <= {32'd0, words_q[COLS*16-1:32]};
        end
endmodule
`default_nettype wire
