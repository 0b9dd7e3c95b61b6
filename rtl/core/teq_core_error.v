// SPDX-License-Identifier: Apache-2.0
//
// teq_core_error -- keeps the first error, docs/core.md, section 5: of several in one cycle
// the lowest cause. While one is kept (state ERROR) nothing is an error.
//
// found_i bit c - 1 is cause c of this cycle; info_i has the words that belong to them:
// causes 1 to 3 share the first one, 10 to 12 another. found_o: one is being entered.
// rst_ni clears.
`default_nettype none
module teq_core_error (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire [16:0]  found_i,
    input  wire [415:0] info_i,
    input  wire [15:0]  layer_i,
    output wire         found_o,
    output wire         error_o,
    output wire [4:0]   cause_o,
    output wire [15:0]  layer_o,
    output wire [31:0]  info_o
);
    reg  [4:0]  cause_q;                          // 0: none
    reg  [15:0] layer_q;
    reg  [31:0] info_q;

    wire [16:0] first = found_i & (~found_i + 17'd1);     // the lowest one alone
    reg  [4:0]  cause;
    reg  [31:0] info;
    wire [12:0] word  = {first[16:12], |first[11:9], first[8:3], |first[2:0]};   // of info
    integer     c;
    always @* begin
        cause = 5'd0;
        info  = 32'd0;
        for (c = 1; c <= 17; c = c + 1) cause = cause | (c[4:0] & {5{first[c-1]}});
        for (c = 0; c < 13; c = c + 1) info = info | (info_i[c*32 +: 32] & {32{word[c]}});
    end

    assign error_o = (cause_q != 5'd0);
    assign found_o = (|found_i) & ~error_o & rst_ni;
    assign cause_o = cause_q;
    assign layer_o = error_o ? layer_q : 16'd0;
    assign info_o  = error_o ? info_q : 32'd0;

    always @(posedge clk_i)
        if (!rst_ni) cause_q <= 5'd0;
        else if (found_o) cause_q <= cause;

    always @(posedge clk_i)
        if (found_o) begin
            layer_q <= layer_i;
            info_q  <= info;
        end
endmodule
`default_nettype wire
