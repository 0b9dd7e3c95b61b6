// SPDX-License-Identifier: Apache-2.0
//
// teq_core_input -- takes an input from its stream and writes it to ACT: lines of codes,
// one a byte, four a beat, lowest byte first; a line starts a beat.
//
// start_i takes the descriptor; from the next cycle on, until the last beat, a beat is
// taken in each cycle in which there is one and ACT's write port is free, and written in
// the same cycle. next_o is the element at which the next beat starts. Errors (docs/core.md,
// section 5) are found in the cycle of the beat.
//   NA_MAX  2..8;  LB  log2(NB), 2..6;  AW, WORDS  of ACT
//   REACH  12..24 bits of addresses;  L_W = min(20, REACH) of lengths
`default_nettype none
module teq_core_input #(
    parameter NA_MAX = 5,
    parameter LB     = 4,
    parameter AW     = 11,
    parameter WORDS  = 2048,
    parameter REACH  = 24,
    parameter L_W    = 20
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    input  wire                  start_i,
    input  wire [REACH-1:0]           base_i,
    input  wire [L_W-1:0]           n_lines_i,
    input  wire [L_W-1:0]           line_len_i,
    input  wire [REACH-1:0]           line_step_i,
    input  wire                  sgn_i,           // NA_MAX = 8: bit 7 of a byte is s
    output wire                  busy_o,
    output wire                  done_o,          // takes its last beat
    output wire [REACH-1:0]           next_o,
    //Input buffer
    input  wire                  beat_valid_i,
    input  wire                  beat_port_i,     // from the data port: TKEEP not looked at
    input  wire                  beat_last_i,
    input  wire [3:0]            beat_keep_i,
    input  wire [31:0]           beat_data_i,
    output wire                  take_o,
    //ACT
    input  wire                  port_free_i,
    output wire [LB-1:0]         w_a0_o,
    output wire [AW-1:0]         w_base0_o,
    output wire [AW-1:0]         w_base1_o,
    output wire [6:0]            w_lanes_o,
    output wire [4*NA_MAX+3:0]   w_data_o,        // four codes {s, code}
    //Errors
    output wire                  outside_o,
    output wire                  bad_o,           // TKEEP, TLAST
    output wire [L_W-1:0]           taken_o          // codes taken so far in the line
);
    localparam W_W    = REACH - LB;                  // bits of a word's address, before ACT ends
    localparam CODE_W = NA_MAX + 1;
    localparam [L_W-1:0] ONE = 1, FOUR = 4;

    reg         busy_q;
    reg  [L_W-1:0] lines_left_q;
    reg  [L_W-1:0] len_q;
    reg  [REACH-1:0] step_q;
    reg         sgn_q;
    reg  [REACH-1:0] line_q;
    reg  [REACH-1:0] next_q;
    reg  [L_W-1:0] taken_q;

    wire [L_W-1:0] left     = len_q - taken_q;
    wire        line_end = (left <= FOUR);
    wire        last     = line_end & (lines_left_q == ONE);
    wire [2:0]  lanes    = line_end ? left[2:0] : 3'd4;
    wire [3:0]  keep     = ~(4'hf << lanes);
    wire        take     = busy_q & beat_valid_i & port_free_i;
    wire [REACH-1:0] line     = line_q + step_q;

    always @(posedge clk_i)
        if (!rst_ni) busy_q <= 1'b0;
        else busy_q <= start_i | (busy_q & ~(take & last));

    always @(posedge clk_i)
        if (start_i) begin
            lines_left_q <= n_lines_i;
            len_q        <= line_len_i;
            step_q       <= line_step_i;
            sgn_q        <= sgn_i;
            line_q       <= base_i;
            next_q       <= base_i;
            taken_q      <= {L_W{1'b0}};
        end else if (take) begin
            if (line_end) begin
                lines_left_q <= lines_left_q - ONE;
                line_q       <= line;
            end
            next_q  <= line_end ? line : next_q + {{REACH-3{1'b0}}, 3'd4};
            taken_q <= line_end ? {L_W{1'b0}} : taken_q + FOUR;
        end

    // A beat lies in at most two words, NB being at least 4.
    wire [W_W-1:0] word0 = next_q[REACH-1:LB];
    wire [W_W-1:0] word1 = word0 + 1'b1;
    wire [6:0]     far   = {4'd0, lanes} - 7'd1;
    wire [LB:0]    bank  = {1'b0, next_q[LB-1:0]} + {1'b0, far[LB-1:0]};

    assign busy_o    = busy_q;
    assign done_o    = take & last;
    assign next_o    = next_q;
    assign take_o    = take;
    assign w_a0_o    = next_q[LB-1:0];
    assign w_base0_o = word0[AW-1:0];
    assign w_base1_o = word1[AW-1:0];
    assign w_lanes_o = {4'd0, lanes};
    assign outside_o = take & ((word0 >= WORDS[W_W-1:0]) | (bank[LB] & (word1 >= WORDS[W_W-1:0])));
    assign bad_o     = take & (((beat_keep_i != keep) & ~beat_port_i) | (beat_last_i ^ last));
    assign taken_o   = taken_q;

    wire unused = ^{bank, far, left, beat_data_i, sgn_q};

    genvar i;
    generate
        for (i = 0; i < 4; i = i + 1) begin : g_code
            if (NA_MAX == 8) begin : g_byte
                assign w_data_o[i*CODE_W +: CODE_W] = {sgn_q & beat_data_i[i*8+7], ~sgn_q & beat_data_i[i*8+7], beat_data_i[i*8 +: 7]};
            end else begin : g_signed
                assign w_data_o[i*CODE_W +: CODE_W] = {beat_data_i[i*8+7], beat_data_i[i*8 +: NA_MAX]};
            end
        end
    endgenerate
endmodule
`default_nettype wire
