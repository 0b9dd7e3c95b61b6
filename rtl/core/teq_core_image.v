// SPDX-License-Identifier: Apache-2.0
//
// teq_core_image -- loads a program image: packets of a header beat {dest, start}, a count
// beat and words of PRG or WGT, between one that names the configuration and one that
// brings the sum of all beats. docs/core.md, section 4.
//
// A beat is taken in each cycle in which there is one and run_i is low; a word is written in
// the cycle of its last beat. Errors are found in the cycle of the beat. valid_o: a whole,
// good image is in the memories; only rst_ni clears it, and the next image's first beat.
// Reset: por_ni for valid_o, rst_ni for the rest. Data is not reset.
//   WGT_W  bits of a word of WGT;  *_WORDS, *_AW  words and address bits of the memories
//   CONFIG  {CONFIG2, CONFIG1, CONFIG0} of this core
`default_nettype none
module teq_core_image #(
    parameter WGT_W     = 160,
    parameter WGT_WORDS = 4096,
    parameter WGT_AW    = 12,
    parameter PRG_WORDS = 4096,
    parameter PRG_AW    = 12,
    parameter [95:0] CONFIG = 96'd0
) (
    input  wire              clk_i,
    input  wire              por_ni,
    input  wire              rst_ni,
    input  wire              run_i,
    input  wire              error_i,             // an error in this cycle, here or elsewhere
    output wire              valid_o,
    output wire              loading_o,
    output wire              done_o,
    //Beats
    input  wire              beat_valid_i,
    input  wire [31:0]       beat_data_i,
    input  wire [3:0]        beat_keep_i,
    input  wire              beat_last_i,
    output wire              take_o,
    //Memories
    output wire              prg_wen_o,
    output wire [PRG_AW-1:0] prg_waddr_o,
    output wire [63:0]       prg_wdata_o,
    output wire              wgt_wen_o,
    output wire [WGT_AW-1:0] wgt_waddr_o,
    output wire [WGT_W-1:0]  wgt_wdata_o,
    //Errors
    output wire              bad_image_o,
    output wire              bad_range_o,
    output wire              bad_tlast_o,
    output wire              bad_sum_o,
    output wire              bad_config_o,
    output wire [31:0]       header_o,            // of the packet at hand
    output wire [31:0]       sum_o
);
    localparam BEATS = (WGT_W + 31) / 32;         // of a word of WGT
    localparam KEEP  = (BEATS > 2) ? BEATS - 1 : 1;
    localparam ALL   = (KEEP + 1) * 32;
    localparam [31:0] WGT_LAST = BEATS - 1;
    localparam [3:0]  TO_CONFIG = 4'd0, TO_PRG = 4'd1, TO_WGT = 4'd2, TO_END = 4'd15;
    localparam [1:0]  FIRST = 2'd0, HEADER = 2'd1, COUNT = 2'd2, PAYLOAD = 2'd3;

    reg  [1:0]         state_q;
    reg                valid_q;
    reg  [31:0]        header_q;
    reg  [31:0]        sum_q;
    reg  [19:0]        addr_q;
    reg  [20:0]        left_q;                    // words
    reg  [9:0]         at_q;                      // beats of this word that have come
    reg  [KEEP*32-1:0] kept_q;                    // the last KEEP beats, newest on top

    wire        take      = beat_valid_i & ~run_i;
    wire        is_header = (state_q == FIRST) | (state_q == HEADER);
    wire        is_count  = (state_q == COUNT);
    wire        is_data   = (state_q == PAYLOAD);
    wire [3:0]  dest      = is_header ? beat_data_i[31:28] : header_q[31:28];
    wire        to_config = (dest == TO_CONFIG);
    wire        to_prg    = (dest == TO_PRG);
    wire        to_wgt    = (dest == TO_WGT);
    wire        to_end    = (dest == TO_END);
    wire [ALL-1:0] word   = {beat_data_i, kept_q};
    wire        word_end  = to_config | (at_q == (to_prg ? 10'd1 : WGT_LAST[9:0]));
    wire [33:0] range_end = {6'd0, header_q[27:0]} + {2'd0, beat_data_i};
    wire [31:0] expected  = (left_q[1:0] == 2'd3) ? CONFIG[31:0] : (left_q[1:0] == 2'd2) ? CONFIG[63:32] : CONFIG[95:64];
    wire        order     = (state_q == FIRST) ? to_config : (to_prg | to_wgt | to_end);

    assign bad_image_o  = take & ((beat_keep_i != 4'hf) | (is_header & ~order)
                                  | (is_count & to_config & (beat_data_i != 32'd3)));
    assign bad_range_o  = take & is_count & ((to_prg & (range_end > {13'd0, PRG_WORDS[20:0]})) | (to_wgt & (range_end > {13'd0, WGT_WORDS[20:0]})));
    assign bad_tlast_o  = take & (beat_last_i ^ (is_count & to_end));
    assign bad_sum_o    = take & is_count & to_end & (beat_data_i != sum_q);
    assign bad_config_o = take & is_data & to_config & (beat_data_i != expected);
    assign header_o     = is_header ? beat_data_i : header_q;
    assign sum_o        = sum_q;

    wire done = take & is_count & to_end & ~error_i;

    always @(posedge clk_i)
        if (!por_ni) valid_q <= 1'b0;
        else if (rst_ni & take) valid_q <= done | (valid_q & (state_q != FIRST));

    always @(posedge clk_i)
        if (!rst_ni) begin
            state_q <= FIRST;
        end else if (take) begin
            case (state_q)
                COUNT:   state_q <= to_end ? FIRST : (beat_data_i == 32'd0) ? HEADER : PAYLOAD;
                PAYLOAD: if (word_end & (left_q == 21'd1)) state_q <= HEADER;
                default: state_q <= COUNT;
            endcase
        end

    always @(posedge clk_i)
        if (take) begin
            kept_q <= word[ALL-1:32];
            sum_q  <= (state_q == FIRST) ? beat_data_i : (is_header & to_end) ? sum_q : sum_q + beat_data_i;
            if (is_header) begin
                header_q <= beat_data_i;
                addr_q   <= beat_data_i[19:0];
                at_q     <= 10'd0;
            end
            if (is_count) left_q <= beat_data_i[20:0];
            if (is_data) begin
                at_q <= word_end ? 10'd0 : at_q + 10'd1;
                if (word_end) begin
                    addr_q <= addr_q + 20'd1;
                    left_q <= left_q - 21'd1;
                end
            end
        end

    assign valid_o     = valid_q;
    assign loading_o   = (state_q != FIRST);
    assign done_o      = done;
    assign take_o      = take;
    assign prg_wen_o   = take & is_data & to_prg & word_end;
    assign prg_waddr_o = addr_q[PRG_AW-1:0];
    assign prg_wdata_o = word[ALL-1 -: 64];
    assign wgt_wen_o   = take & is_data & to_wgt & word_end;
    assign wgt_waddr_o = addr_q[WGT_AW-1:0];
    assign wgt_wdata_o = word[ALL-BEATS*32 +: WGT_W];
endmodule
`default_nettype wire
