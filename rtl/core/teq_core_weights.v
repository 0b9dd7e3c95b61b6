// SPDX-License-Identifier: Apache-2.0
//
// teq_core_weights -- brings tiles of weights from WGT to the array's weight stream.
//
// A queue of commands {compact, word}. A tile is LOAD_CYCLES words from `word` on, a beat
// each; with indirect their slots are {none, idx}, and code idx of the compact word, read
// first, comes instead (none: the zero weight). A step reads a word: when a command is there
// and the read stage is free or frees. One beat a cycle. Error WGT in the cycle of the step.
// Data is not reset.
//   IS_INT  linear weights: zero is 0;  N_MAX, ROWS, COLS, LOAD_COLS  as in teq_array
//   WORDS  2..2^20 words of WGT, AW = ceil(log2(WORDS));  INDIRECT  0: direct alone
//   REACH  12..24 bits of a command's addresses
`default_nettype none
module teq_core_weights #(
    parameter IS_INT    = 0,
    parameter N_MAX     = 4,
    parameter ROWS      = 16,
    parameter COLS      = 16,
    parameter LOAD_COLS = 2,
    parameter WORDS     = 4096,
    parameter AW        = 12,
    parameter INDIRECT  = 1,
    parameter REACH     = 24
) (
    input  wire                                clk_i,
    input  wire                                rst_ni,
    input  wire [895:0]                        desc_i,
    //Commands
    input  wire                                push_i,
    input  wire [2*REACH-1:0]                         load_i,
    output wire                                full_o,
    //WGT
    output wire                                ren_o,
    output wire [AW-1:0]                       raddr_o,
    input  wire [LOAD_COLS*ROWS*(N_MAX+1)-1:0] rdata_i,
    output wire                                error_o,
    output wire [REACH-1:0]                    error_addr_o,
    //To the array
    output wire                                m_axis_w_tvalid,
    input  wire                                m_axis_w_tready,
    output wire [LOAD_COLS*ROWS*(N_MAX+1)-1:0] m_axis_w_tdata,
    output wire [5:0]                          m_axis_w_tuser,
    output wire                                m_axis_w_tlast
);
    `include "teq_descriptor.vh"

    localparam SLOT_W = N_MAX + 1;
    localparam SLOTS  = LOAD_COLS * ROWS;
    localparam IDX_W  = (N_MAX < 4) ? N_MAX : 4;
    localparam N_IDX  = 1 << IDX_W;
    localparam SUB    = (SLOTS > N_IDX) ? SLOTS / N_IDX : 1; // compact words in a word
    localparam [31:0] LAST_BEAT = COLS / LOAD_COLS - 1;

    /* verilator coverage_off */ // constant function: runs at elaboration only
    function integer log2;
        input integer n;
        begin
            log2 = 0;
            while ((1 << log2) < n) log2 = log2 + 1;
        end
    endfunction
    /* verilator coverage_on */
    localparam SUB_W = log2(SUB);

    wire        indirect = (INDIRECT != 0) & d_indirect;
    wire        empty;
    wire [2*REACH-1:0] load;
    reg         codes_there_q;                    // the compact word of this command has been read
    reg  [5:0]  beat_q;
    reg         b_valid_q;
    reg         b_compact_q;
    reg         b_last_q;

    wire        compact = indirect & ~codes_there_q;
    wire        free    = ~b_valid_q | b_compact_q | m_axis_w_tready;
    wire        step    = ~empty & free;
    wire        last    = ~compact & (beat_q == LAST_BEAT[5:0]);
    wire [REACH-1:0] raddr = compact ? load[REACH +: REACH] >> SUB_W : load[0 +: REACH] + {{REACH-6{1'b0}}, beat_q};

    teq_fifo2 #(.W(2*REACH)) u_queue (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .push_i(push_i), .d_i(load_i), .full_o(full_o),
        .pop_i(step & last), .q_o(load), .empty_o(empty)
    );

    always @(posedge clk_i)
        if (!rst_ni) begin
            codes_there_q <= 1'b0;
            beat_q        <= 6'd0;
            b_valid_q     <= 1'b0;
        end else begin
            b_valid_q <= step | (b_valid_q & ~free);
            if (step) begin
                codes_there_q <= indirect & ~last;
                if (~compact) beat_q <= last ? 6'd0 : beat_q + 6'd1;
            end
        end

    always @(posedge clk_i)
        if (step) begin
            b_compact_q <= compact;
            b_last_q    <= last;
        end

    // --- slots: as they are, or by the compact word --------------------------------------------

    wire [SLOT_W-1:0] zero = (IS_INT != 0) ? {SLOT_W{1'b0}} : ~({SLOT_W{1'b1}} << d_w_n);

    genvar i;
    generate
        if (INDIRECT != 0) begin : g_indirect
            reg  [N_IDX*SLOT_W-1:0] codes_q;
            wire [N_IDX*SLOT_W-1:0] compact_word;

            if (SUB > 1) begin : g_sub
                assign compact_word = rdata_i[load[REACH +: SUB_W]*(N_IDX*SLOT_W) +: N_IDX*SLOT_W];
            end else begin : g_whole
                assign compact_word = rdata_i;
            end

            always @(posedge clk_i)
                if (b_valid_q & b_compact_q) codes_q <= compact_word;

            for (i = 0; i < SLOTS; i = i + 1) begin : g_slot
                wire [SLOT_W-1:0] slot = rdata_i[i*SLOT_W +: SLOT_W];
                wire [SLOT_W-1:0] code = slot[N_MAX] ? zero : codes_q[slot[IDX_W-1:0]*SLOT_W +: SLOT_W];
                assign m_axis_w_tdata[i*SLOT_W +: SLOT_W] = indirect ? code : slot;
            end
        end else begin : g_direct
            assign m_axis_w_tdata = rdata_i;
            wire unused = ^zero;
        end
    endgenerate

    assign ren_o           = step;
    assign raddr_o         = raddr[AW-1:0];
    assign error_o         = step & (raddr >= WORDS[REACH-1:0]);
    assign error_addr_o    = raddr;
    assign m_axis_w_tvalid = b_valid_q & ~b_compact_q;
    assign m_axis_w_tuser  = {d_w_shift, d_w_n};
    assign m_axis_w_tlast  = b_last_q;
endmodule
`default_nettype wire
