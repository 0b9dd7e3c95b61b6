// SPDX-License-Identifier: Apache-2.0
//
// teq_requant_serial -- what teq_requant_unit with N_REQUANT = COLS computes, on one adder
// of each kind, column after column: for FPGAs without multipliers. The ports are the same.
//
// A finished vector stands on acc_i while v2_i is high; done_o marks the last cycle in which
// it is needed, and at that edge the output register gets the whole beat. A column takes
// 36 + NA_MAX cycles whatever its constants: B read, u, M and S read, 16 steps of u * M, C
// added, 14 steps of 8 places or of 1, saturation, residual, NA_MAX thresholds. A vector
// begins when the output register is empty; a column with residual waits for its beat.
//
// All constants lie in one memory of one read and one write port: word {sel, index}. A write
// of a whole bank (index 128 + bank) is one word too: a flip-flop for each channel and
// selection says which of the two words counts. Control state is reset; memory and data are not.
//   COLS  a power of two, 2..64;  ACC_W  as in teq_array;  NA_MAX  2..7
`default_nettype none
module teq_requant_serial #(
    parameter COLS   = 4,
    parameter ACC_W  = 15,
    parameter NA_MAX = 5
) (
    input  wire                       clk_i,
    input  wire                       rst_ni,
    //Configuration
    input  wire                       cfg_we_i,
    input  wire [2:0]                 cfg_sel_i,
    input  wire [7:0]                 cfg_index_i,
    input  wire [ACC_W+17:0]          cfg_data_i,
    //Finished sums
    input  wire                       v2_i,
    input  wire                       bank_i,
    input  wire                       res_i,
    input  wire                       sgn_i,
    input  wire [COLS*ACC_W-1:0]      acc_i,
    output wire                       done_o,
    //Residual codes
    input  wire                       s_axis_r_tvalid,
    output wire                       s_axis_r_tready,
    input  wire [COLS*(NA_MAX+1)-1:0] s_axis_r_tdata,
    //Output
    output wire                       m_axis_y_tvalid,
    input  wire                       m_axis_y_tready,
    output wire [COLS*(NA_MAX+1)-1:0] m_axis_y_tdata,
    output wire [COLS*16-1:0]         m_axis_y_tuser,
    output wire                       m_axis_y_tlast,
    output wire                       busy_o
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

    localparam CW = NA_MAX + 1;                   // bits of a code slot
    localparam LC = log2_up(COLS);
    localparam EW = (LC + 2 > NA_MAX) ? LC + 2 : NA_MAX;
    localparam W  = ACC_W + 18;
    localparam [2:0] SEL_B = 3'd0, SEL_MS = 3'd1, SEL_C = 3'd2, SEL_TH = 3'd3, SEL_D = 3'd4, SEL_CODE = 3'd5;
    localparam [2:0] AT_B = 3'd0, AT_U = 3'd1, AT_M = 3'd2, AT_MUL = 3'd3, AT_C = 3'd4, AT_SHIFT = 3'd5,
                     AT_D = 3'd6, AT_TH = 3'd7;
    localparam [31:0] LAST_COL = COLS - 1;

    generate
        if (COLS < 2 || COLS > 64 || (COLS & (COLS - 1)) != 0) begin : g_bad_cols
            COLS_with_SERIAL_must_be_a_power_of_two_from_2_to_64 u_error ();
        end
    endgenerate

    // --- control: a column from B to the last threshold -----------------------------------------

    reg  [2:0]        at_q;
    reg  [LC-1:0]     col_q;
    reg  [3:0]        step_q;                     // of the multiplication, of the shift
    reg  [5:0]        left_q;                     // places still to be shifted
    reg  [NA_MAX-1:0] below_q;                    // ones below the bit of the code that is decided
    reg               full_q;                     // the output register holds a beat

    wire              r_empty;
    wire at_b     = (at_q == AT_B);
    wire at_m     = (at_q == AT_M);
    wire at_mul   = (at_q == AT_MUL);
    wire at_shift = (at_q == AT_SHIFT);
    wire at_d     = (at_q == AT_D);
    wire at_th    = (at_q == AT_TH);
    wire last_col = (col_q == LAST_COL[LC-1:0]);
    wire go       = v2_i & ~full_q;
    wire shifted  = at_shift & (step_q == 4'd14) & ~(res_i & r_empty);
    wire col_end  = at_th & ~below_q[0];
    wire done     = col_end & last_col;

    always @(posedge clk_i)
        if (!rst_ni) begin
            at_q   <= AT_B;
            col_q  <= {LC{1'b0}};
            full_q <= 1'b0;
        end else begin
            case (at_q)
                AT_B:     if (go) at_q <= AT_U;
                AT_MUL:   if (&step_q) at_q <= AT_C;
                AT_SHIFT: if (shifted) at_q <= AT_D;
                AT_TH:    if (col_end) at_q <= AT_B;
                default:  at_q <= at_q + 3'd1;
            endcase
            if (col_end) col_q <= col_q + 1'b1;
            full_q <= done | (full_q & ~m_axis_y_tready);
        end

    // --- constants: one memory ---------------------------------------------------------------------

    reg  [NA_MAX-1:0] code_top_q;
    reg  [6*COLS-1:0] shared_q;                   // by {sel, bank, column}: the bank's word counts
    wire [W-1:0]      word;

    wire [7:0]    w_high  = cfg_index_i >> (LC + 1);
    wire [7:0]    w_above = cfg_index_i >> NA_MAX;
    wire          w_entry = (cfg_sel_i <= SEL_C) & (cfg_index_i[7] | (w_high == 8'd0));
    wire          w_table = ((cfg_sel_i == SEL_TH) | (cfg_sel_i == SEL_D)) & (w_above == 8'd0);
    wire [EW-1:0] w_word  = ((cfg_sel_i <= SEL_C) & cfg_index_i[7])
                          ? {1'b1, cfg_index_i[0], {EW-2{1'b0}}} : cfg_index_i[EW-1:0];

    integer s;
    integer e;
    always @(posedge clk_i)
        if (cfg_we_i & w_entry)
            for (s = 0; s < 3; s = s + 1)
                for (e = 0; e < 2 * COLS; e = e + 1)
                    if (cfg_sel_i == s[2:0] & (cfg_index_i[7] ? cfg_index_i[0] == (e >= COLS) : cfg_index_i[LC:0] == e[LC:0]))
                        shared_q[s * 2 * COLS + e] <= cfg_index_i[7];

    always @(posedge clk_i)
        if (cfg_we_i & cfg_sel_i == SEL_CODE) code_top_q <= cfg_data_i[8 +: NA_MAX];

    reg  [2:0]        r_sel;
    wire [LC:0]       entry     = {bank_i, col_q};
    wire [COLS*2-1:0] shared    = (r_sel == SEL_B) ? shared_q[2*COLS-1:0]
                                : (r_sel == SEL_MS) ? shared_q[4*COLS-1:2*COLS] : shared_q[6*COLS-1:4*COLS];
    wire [EW-1:0]     own_word  = {{EW-LC-1{1'b0}}, entry};
    wire [EW-1:0]     bank_word = {1'b1, bank_i, {EW-2{1'b0}}};
    reg  [EW-1:0]     r_word;
    wire [CW-1:0]     r_code;
    wire [NA_MAX-1:0] code;                       // with the bit that is decided in this cycle
    wire [NA_MAX-1:0] probe     = at_d ? below_q : code | (below_q >> 1);

    always @* begin
        case (at_q)
            AT_B:       r_sel = SEL_B;
            AT_U:       r_sel = SEL_MS;
            AT_SHIFT:   r_sel = SEL_D;
            AT_D,
            AT_TH:      r_sel = SEL_TH;
            default:    r_sel = SEL_C;
        endcase
        r_word = shared[entry] ? bank_word : own_word;
        if (at_shift) begin
            r_word = {EW{1'b0}};
            r_word[NA_MAX-1:0] = r_code[NA_MAX-1:0];
        end else if (at_d | at_th) begin
            r_word = {EW{1'b0}};
            r_word[NA_MAX-1:0] = probe;
        end
    end

    teq_ram #(.W(W), .DEPTH(8 << EW), .AW(3 + EW)) u_constants (
        .clk_i(clk_i),
        .wen_i(cfg_we_i & (w_entry | w_table)), .waddr_i({cfg_sel_i, w_word}), .wdata_i(cfg_data_i),
        .ren_i(~at_b | go), .raddr_i({r_sel, r_word}), .rdata_o(word)
    );

    // --- residual ------------------------------------------------------------------------------------

    wire               r_full;
    wire [COLS*CW-1:0] r_codes;

    assign r_code          = r_codes[col_q*CW +: CW];
    assign s_axis_r_tready = ~r_full;
    teq_fifo2 #(.W(COLS*CW)) u_residual (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .push_i(s_axis_r_tvalid), .d_i(s_axis_r_tdata), .full_o(r_full),
        .pop_i(at_d & last_col & res_i), .q_o(r_codes), .empty_o(r_empty)
    );

    // --- u, u * M, + C, >> S --------------------------------------------------------------------------

    reg  signed [ACC_W-1:0] u_q;
    reg  signed [W:0]       p_q;                  // while multiplying: sum above, rest of M below

    wire signed [ACC_W:0]   high = p_q[ACC_W+16:16];
    wire signed [ACC_W:0]   more = p_q[0] ? {u_q[ACC_W-1], u_q} : {ACC_W+1{1'b0}};
    wire signed [ACC_W:0]   sum  = high + more;

    always @(posedge clk_i) begin
        if (at_q == AT_U) u_q <= acc_i[col_q*ACC_W +: ACC_W] + word[ACC_W-1:0];
        case (at_q)
            AT_M:    p_q <= {{W-15{1'b0}}, word[15:0]};
            AT_MUL:  p_q <= {{3{sum[ACC_W]}}, sum, p_q[15:1]};
            AT_C:    p_q <= p_q + {word[W-1], word};
            default: p_q <= (|left_q[5:3]) ? p_q >>> 8 : (left_q != 6'd0) ? p_q >>> 1 : p_q;
        endcase
        if (at_mul | (at_shift & step_q != 4'd14)) step_q <= step_q + 4'd1;
        else if (!at_shift) step_q <= 4'd0;
        if (at_m) left_q <= word[21:16];
        else if (at_shift & (left_q != 6'd0)) left_q <= (|left_q[5:3]) ? left_q - 6'd8 : left_q - 6'd1;
    end

    // --- saturation, residual, code -------------------------------------------------------------------

    reg  signed [15:0] y_q;
    reg  [NA_MAX-1:0]  code_q;
    wire signed [15:0] lowest = -16'sd32767;
    wire               fits   = (&p_q[W:15]) | ~(|p_q[W:15]);
    wire signed [15:0] y0     = !fits ? (p_q[W] ? lowest : 16'sd32767)
                              : (p_q[15:0] == 16'h8000) ? lowest : p_q[15:0];
    wire signed [16:0] d_wide = {2'b00, res_i ? word[14:0] : 15'd0};
    wire signed [16:0] y_sum  = {y_q[15], y_q} + (r_code[NA_MAX] ? -d_wide : d_wide);
    wire signed [15:0] y      = (y_sum > 17'sd32767) ? 16'sd32767
                              : (y_sum < -17'sd32767) ? lowest : y_sum[15:0];
    wire               neg    = sgn_i & y_q[15];
    wire signed [15:0] v      = neg ? -y_q : y_q;
    wire signed [15:0] th     = word[15:0];
    wire [NA_MAX-1:0]  place  = {below_q[NA_MAX-2:0], 1'b1} & ~below_q;

    assign code = code_q | ((v < th) ? place : {NA_MAX{1'b0}});

    always @(posedge clk_i) begin
        if (at_shift) y_q <= y0;
        else if (at_d) y_q <= y;
        code_q  <= at_th ? code : {NA_MAX{1'b0}};
        below_q <= at_th ? below_q >> 1 : {1'b0, {NA_MAX-1{1'b1}}};
    end

    // --- output: words and codes shift in from above ------------------------------------------------------

    reg [COLS*16-1:0] words_q;
    reg [COLS*CW-1:0] codes_q;

    always @(posedge clk_i)
        if (col_end) begin
            words_q <= {y_q, words_q[COLS*16-1:16]};
            codes_q <= {neg & (code != code_top_q), code, codes_q[COLS*CW-1:CW]};
        end

    assign done_o          = done;
    assign busy_o          = full_q;
    assign m_axis_y_tvalid = full_q;
    assign m_axis_y_tdata  = codes_q;
    assign m_axis_y_tuser  = words_q;
    assign m_axis_y_tlast  = 1'b1;
endmodule
`default_nettype wire
