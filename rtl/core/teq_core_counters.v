// SPDX-License-Identifier: Apache-2.0
//
// teq_core_counters -- what happened since start: docs/core.md, section 7. 64 bits each;
// at a gigahertz they wrap after centuries.
//
// clear_i above all. counters_o = {zero_skips, row_ops, stalls, vectors, cycles}.
//   ROWS  lanes of a vector;  NA_MAX  bits of a code
//   ALL  0: cycles alone, 32 bits of them; the others are 0
`default_nettype none
module teq_core_counters #(
    parameter ROWS   = 16,
    parameter NA_MAX = 5,
    parameter ALL    = 1
) (
    input  wire                   clk_i,
    input  wire                   clear_i,
    input  wire                   run_i,
    input  wire                   vector_i,       // taken by the array in this cycle
    input  wire                   stall_i,
    input  wire [ROWS-1:0]        mask_i,
    input  wire [ROWS*NA_MAX-1:0] code_i,
    input  wire [NA_MAX-1:0]      zero_i,         // the zero code
    output wire [319:0]           counters_o
);
    generate
        if (ALL != 0) begin : g_all
            reg [63:0] cycles_q;
            reg [63:0] vectors_q;
            reg [63:0] stalls_q;
            reg [63:0] row_ops_q;
            reg [63:0] zero_skips_q;

            reg  [6:0] lanes;
            reg  [6:0] zeros;
            integer    i;
            always @* begin
                lanes = 7'd0;
                zeros = 7'd0;
                for (i = 0; i < ROWS; i = i + 1) begin
                    lanes = lanes + {6'd0, mask_i[i]};
                    zeros = zeros + {6'd0, mask_i[i] & (code_i[i*NA_MAX +: NA_MAX] == zero_i)};
                end
            end

            always @(posedge clk_i)
                if (clear_i) begin
                    cycles_q     <= 64'd0;
                    vectors_q    <= 64'd0;
                    stalls_q     <= 64'd0;
                    row_ops_q    <= 64'd0;
                    zero_skips_q <= 64'd0;
                end else begin
                    if (run_i) cycles_q <= cycles_q + 64'd1;
                    if (stall_i) stalls_q <= stalls_q + 64'd1;
                    if (vector_i) begin
                        vectors_q    <= vectors_q + 64'd1;
                        row_ops_q    <= row_ops_q + {57'd0, lanes};
                        zero_skips_q <= zero_skips_q + {57'd0, zeros};
                    end
                end

            assign counters_o = {zero_skips_q, row_ops_q, stalls_q, vectors_q, cycles_q};
        end else begin : g_cycles
            reg [31:0] cycles_q;
            always @(posedge clk_i)
                if (clear_i) cycles_q <= 32'd0;
                else if (run_i) cycles_q <= cycles_q + 32'd1;
            assign counters_o = {288'd0, cycles_q};
            wire unused = ^{vector_i, stall_i, mask_i, code_i, zero_i};
        end
    endgenerate
endmodule
`default_nettype wire
