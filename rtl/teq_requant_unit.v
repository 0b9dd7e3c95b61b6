// SPDX-License-Identifier: Apache-2.0
//
// teq_requant_unit -- N_REQUANT requantizers with their tables and streams: takes
// finished sums COLS / N_REQUANT cycles a vector, adds residuals, gives codes and
// words. Timing and configuration map: docs/array.md.
//
// A finished vector stands on acc_i while v2_i is high; done_o marks the cycle in
// which its last chunk is taken. Outputs depend on registered state and v2_i only.
// Control state is reset; tables and data are not.
`default_nettype none
module teq_requant_unit #(
    parameter INT       = 0,
    parameter COLS      = 16,
    parameter N_REQUANT = 16,
    parameter ACC_W     = 15,
    parameter NA_MAX    = 5
) (
    input  wire                            clk_i,
    input  wire                            rst_ni,
    //Configuration
    input  wire                            cfg_we_i,
    input  wire [2:0]                      cfg_sel_i,
    input  wire [7:0]                      cfg_index_i,
    input  wire [ACC_W+17:0]               cfg_data_i,
    //Finished sums
    input  wire                            v2_i,
    input  wire                            bank_i,
    input  wire                            res_i,
    input  wire                            sgn_i,
    input  wire [COLS*ACC_W-1:0]           acc_i,
    output wire                            done_o,
    //Residual codes
    input  wire                            s_axis_r_tvalid,
    output wire                            s_axis_r_tready,
    input  wire [N_REQUANT*(NA_MAX+1)-1:0] s_axis_r_tdata,
    //Output
    output wire                            m_axis_y_tvalid,
    input  wire                            m_axis_y_tready,
    output wire [N_REQUANT*(NA_MAX+1)-1:0] m_axis_y_tdata,
    output wire [N_REQUANT*16-1:0]         m_axis_y_tuser,
    output wire                            m_axis_y_tlast,
    output wire                            busy_o
);
    /* verilator coverage_off */ // constant function: runs at elaboration only
    function integer log2_up;
        input integer n;
        begin
            log2_up = 1;
            while ((1 << log2_up) < n) log2_up = log2_up + 1;
        end
    endfunction
    /* verilator coverage_on */

    localparam CHUNKS  = COLS / N_REQUANT;
    localparam ENTRIES = 2 * CHUNKS;
    localparam EW      = log2_up(ENTRIES);
    localparam CW      = NA_MAX + 1;              // bits of a code slot
    localparam STAGES  = 4 + ((INT != 0) ? 1 : NA_MAX);
    localparam N_TH    = (1 << NA_MAX) - 1;
    localparam N_D     = 1 << NA_MAX;
    localparam OUT_W   = N_REQUANT * (CW + 16) + 1;

    localparam [31:0] N_CHUNKS   = CHUNKS;
    localparam [31:0] LAST_CHUNK = CHUNKS - 1;

    genvar i;

    // --- configuration -----------------------------------------------------------------

    reg [N_REQUANT*ENTRIES-1:0] hit;              // entries of each requantizer that are written
    /* verilator lint_off UNUSED */ // small numbers in integers
    integer b;
    integer c;
    integer n;
    /* verilator lint_on UNUSED */
    always @* begin
        hit = {N_REQUANT*ENTRIES{1'b0}};
        for (b = 0; b < 2; b = b + 1)
            for (c = 0; c < COLS; c = c + 1) begin
                n = b * COLS + c;                 // one column, or all of a bank
                hit[(c % N_REQUANT) * ENTRIES + b * CHUNKS + c / N_REQUANT] =
                    (cfg_index_i == n[7:0]) | (cfg_index_i[7] & (cfg_index_i[0] == b[0]));
            end
    end

    // Words of 15 bits and a 0: places 16 apart are read by multiplexers alone.
    /* verilator coverage_off */ // the 0; the words are covered as d_q
    wire [N_D*16-1:0]   res_table;
    /* verilator coverage_on */
    reg  [3:0]          int_shift_q;
    reg  [NA_MAX-1:0]   code_top_q;
    wire [N_TH*16-1:0]  th;

    always @(posedge clk_i)
        if (cfg_we_i & cfg_sel_i == 3'd5) begin
            int_shift_q <= cfg_data_i[3:0];
            code_top_q  <= cfg_data_i[8 +: NA_MAX];
        end

    generate
        for (i = 0; i < N_D; i = i + 1) begin : g_res_table
            reg [14:0] d_q;
            always @(posedge clk_i)
                if (cfg_we_i & cfg_sel_i == 3'd4 & cfg_index_i == i) d_q <= cfg_data_i[14:0];
            assign res_table[i*16 +: 16] = {1'b0, d_q};
        end
        if (INT != 0) begin : g_no_th
            assign th = {N_TH*16{1'b0}};
        end else begin : g_has_th
            for (i = 0; i < N_TH; i = i + 1) begin : g_th
                reg [15:0] th_q;
                always @(posedge clk_i)
                    if (cfg_we_i & cfg_sel_i == 3'd3 & cfg_index_i == i) th_q <= cfg_data_i[15:0];
                assign th[i*16 +: 16] = th_q;
            end
        end
    endgenerate

    // --- control -------------------------------------------------------------------------

    reg  [STAGES:1] valid_q;
    reg  [STAGES:1] last_q;                       // last chunk of a vector
    reg  [3:1]      res_q;
    reg  [3:1]      sgn_q;
    reg  [EW-1:0]   entry1_q;
    reg  [EW-1:0]   entry2_q;
    reg  [EW-1:0]   chunk_q;

    wire            out_full;
    wire            out_empty;
    wire            res_full;
    wire            res_empty;
    wire [N_REQUANT*CW-1:0] res_codes;

    wire need_res = valid_q[3] & res_q[3];
    wire en       = ~(valid_q[STAGES] & out_full) & ~(need_res & res_empty);
    wire last     = (chunk_q == LAST_CHUNK[EW-1:0]);
    wire take     = v2_i & en;
    wire [EW-1:0] entry0 = chunk_q + (bank_i ? N_CHUNKS[EW-1:0] : {EW{1'b0}});

    assign done_o = take & last;
    assign busy_o = (|valid_q) | ~out_empty;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            valid_q <= {STAGES{1'b0}};
            chunk_q <= {EW{1'b0}};
        end else begin
            if (en) valid_q <= {valid_q[STAGES-1:1], take};
            if (take) chunk_q <= last ? {EW{1'b0}} : chunk_q + 1'b1;
        end
    end

    always @(posedge clk_i)
        if (en) begin
            last_q   <= {last_q[STAGES-1:1], last};
            res_q    <= {res_q[2:1], res_i};
            sgn_q    <= {sgn_q[2:1], sgn_i};
            entry1_q <= entry0;
            entry2_q <= entry1_q;
        end

    // --- requantizers --------------------------------------------------------------------

    wire [N_REQUANT*CW-1:0] codes;
    wire [N_REQUANT*16-1:0] words;

    generate
        for (i = 0; i < N_REQUANT; i = i + 1) begin : g_lane
            wire [ACC_W-1:0]        par_b;
            wire [15:0]             par_m;
            wire [5:0]              par_s;
            wire [ACC_W+17:0]       par_c;
            wire [CHUNKS*ACC_W-1:0] sums;         // of this requantizer's columns
            wire [ACC_W-1:0]        sum;
            wire [CW-1:0]           res_code = res_codes[i*CW +: CW];
            wire [14:0]             res_d    = res_table[{res_code[NA_MAX-1:0], 4'd0} +: 15];
            genvar k;

            for (k = 0; k < CHUNKS; k = k + 1) begin : g_sum
                assign sums[k*ACC_W +: ACC_W] = acc_i[(k*N_REQUANT+i)*ACC_W +: ACC_W];
            end
            if (CHUNKS > 1) begin : g_pick
                assign sum = sums[chunk_q*ACC_W +: ACC_W];
            end else begin : g_only
                assign sum = sums;
            end

            teq_requant_table #(.ENTRIES(ENTRIES), .EW(EW), .ACC_W(ACC_W)) u_table (
                .clk_i(clk_i),
                .b_we_i(cfg_we_i & cfg_sel_i == 3'd0),
                .m_we_i(cfg_we_i & cfg_sel_i == 3'd1),
                .c_we_i(cfg_we_i & cfg_sel_i == 3'd2),
                .hit_i(hit[i*ENTRIES +: ENTRIES]), .data_i(cfg_data_i),
                .b_entry_i(entry0), .m_entry_i(entry1_q), .c_entry_i(entry2_q),
                .b_o(par_b), .m_o(par_m), .s_o(par_s), .c_o(par_c)
            );

            teq_requantize #(.INT(INT), .ACC_W(ACC_W), .NA_MAX(NA_MAX)) u_requantize (
                .clk_i(clk_i), .en_i(en),
                .acc_i(sum), .par_b_i(par_b), .par_m_i(par_m), .par_c_i(par_c), .par_s_i(par_s),
                .res_neg_i(res_code[NA_MAX]), .res_d_i(need_res ? res_d : 15'd0),
                .sgn_i(sgn_q[3]), .th_i(th), .int_shift_i(int_shift_q), .code_top_i(code_top_q),
                .code_o(codes[i*CW +: CW]), .word_o(words[i*16 +: 16])
            );
        end
    endgenerate

    // --- streams ---------------------------------------------------------------------------

    assign s_axis_r_tready = ~res_full;
    teq_fifo2 #(.W(N_REQUANT*CW)) u_residual (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .push_i(s_axis_r_tvalid), .d_i(s_axis_r_tdata), .full_o(res_full),
        .pop_i(need_res & en), .q_o(res_codes), .empty_o(res_empty)
    );

    assign m_axis_y_tvalid = ~out_empty;
    teq_fifo2 #(.W(OUT_W)) u_output (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .push_i(valid_q[STAGES] & en), .d_i({last_q[STAGES], words, codes}), .full_o(out_full),
        .pop_i(m_axis_y_tready), .q_o({m_axis_y_tlast, m_axis_y_tuser, m_axis_y_tdata}), .empty_o(out_empty)
    );
endmodule
`default_nettype wire
