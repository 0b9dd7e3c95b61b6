// SPDX-License-Identifier: Apache-2.0
//
// teq_array, control: every stream is any stream, with any stalls and resets.
//
// Arithmetic is cut out (folder cut/): a word of the output carries the marks of its
// vector and of the weights that the vector met. Two final vectors, A and B, are marked,
// any two of the stream, A before B; vectors that are not final are marked too. Then
//     - A and B come out once each, all their beats, A before B; nothing else does;
//     - a beat that is offered stays until it is taken; tlast ends each vector;
//     - A met the weights of its tile, tiles being used once and in order;
//     - busy_o is high from the acceptance of A to its last beat;
//     - when all sides stop stalling (from any state), activations are accepted again
//       within LIMIT_A cycles, and A is out within LIMIT_Y: no deadlock, no loss.
`default_nettype none
module f_array #(
    parameter ENGINE     = "shift",
    parameter ROWS       = 1,
    parameter COLS       = 2,
    parameter N_MAX      = 2,
    parameter NA_MAX     = 2,
    parameter ACC_W      = 8,
    parameter LOAD_COLS  = 1,
    parameter DOUBLE     = 1,
    parameter PSUM_DEPTH = 1,
    parameter PIPE       = 0,
    parameter W_LATCH    = 0,
    parameter N_REQUANT  = 1,
    parameter LIMIT_A    = 8,
    parameter LIMIT_Y    = 16
) (
    input  wire       clk_i,
    input  wire       rst_ni,
    input  wire       go_i,                       // from now on nobody stalls
    input  wire       w_valid_i,
    input  wire       w_mark_i,
    input  wire       w_last_i,
    input  wire       a_valid_i,
    input  wire [1:0] a_mark_i,
    input  wire       a_last_i,
    input  wire [4:0] a_user_i,                   // res, bank, final, first, addr
    input  wire       r_valid_i,
    input  wire       y_ready_i
);
    localparam CHUNKS = COLS / N_REQUANT;
    localparam SLOTS  = LOAD_COLS * ROWS;
    localparam [1:0] NONE = 2'd0, A = 2'd1, B = 2'd2, NOT_FINAL = 2'd3;

    reg going_q;
    wire go       = going_q | go_i;
    wire w_valid  = w_valid_i | go;
    wire a_valid  = a_valid_i | go;
    wire r_valid  = r_valid_i | go;
    wire y_ready  = y_ready_i | go;
    wire a_final  = a_user_i[2];

    wire              w_ready;
    wire              a_ready;
    wire              r_ready;
    wire              y_valid;
    wire              y_last;
    wire              busy;
    wire [2:0]        error;
    wire [N_MAX:0]    w_word = {w_mark_i, {N_MAX{1'b0}}};
    wire [NA_MAX-1:0] a_code = a_mark_i;
    wire [N_REQUANT*16-1:0]         y_word;
    wire [N_REQUANT*(NA_MAX+1)-1:0] y_code;

    teq_array #(
        .ENGINE(ENGINE), .ROWS(ROWS), .COLS(COLS), .N_MAX(N_MAX), .K_RES(1), .MB(4), .PW(4), .ACC_W(ACC_W),
        .NA_MAX(NA_MAX), .LOAD_COLS(LOAD_COLS), .DOUBLE(DOUBLE), .PSUM_DEPTH(PSUM_DEPTH), .PIPE(PIPE), .W_LATCH(W_LATCH),
        .N_REQUANT(N_REQUANT), .ADDR_W(1)
    ) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .cfg_we_i(1'b0), .cfg_sel_i(3'd0), .cfg_index_i(8'd0), .cfg_data_i(64'd0),
        .s_axis_w_tvalid(w_valid), .s_axis_w_tready(w_ready), .s_axis_w_tdata({SLOTS{w_word}}),
        .s_axis_w_tuser(6'd2), .s_axis_w_tlast(w_last_i),
        .s_axis_a_tvalid(a_valid), .s_axis_a_tready(a_ready), .s_axis_a_tdata({ROWS{a_code}}),
        .s_axis_a_tuser({1'b0, 3'd0, 3'd2, 1'b0, a_user_i}), .s_axis_a_tlast(a_last_i),
        .s_axis_r_tvalid(r_valid), .s_axis_r_tready(r_ready), .s_axis_r_tdata({N_REQUANT*(NA_MAX+1){1'b0}}),
        .m_axis_y_tvalid(y_valid), .m_axis_y_tready(y_ready), .m_axis_y_tdata(y_code),
        .m_axis_y_tuser(y_word), .m_axis_y_tlast(y_last),
        .busy_o(busy), .error_o(error)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);

    // --- tiles: marks of those that are loaded and not used up, oldest first -----------------

    wire w_beat = w_valid & w_ready;
    wire a_beat = a_valid & a_ready;

    reg [3:0] group_q;                            // beats of the tile being loaded
    reg       mark_q;                             // its mark, that of the first beat
    reg [1:0] n_tiles_q;
    reg [1:0] tiles_q;
    wire      w_end = w_beat & group_q == COLS / LOAD_COLS - 1;
    wire      a_end = a_beat & a_last_i;
    wire      mark  = (group_q == 4'd0) ? w_mark_i : mark_q;
    wire [1:0] left = n_tiles_q - {1'b0, a_end};
    wire [1:0] kept = a_end ? {1'b0, tiles_q[1]} : tiles_q;
    always @* if (w_beat) assume (w_mark_i == mark);
    always @(posedge clk_i)
        if (!rst_ni) begin
            group_q   <= 4'd0;
            n_tiles_q <= 2'd0;
        end else begin
            if (w_beat) group_q <= w_end ? 4'd0 : group_q + 4'd1;
            if (w_beat) mark_q <= mark;
            n_tiles_q <= left + {1'b0, w_end};
            tiles_q   <= (w_end & left == 2'd0) ? {1'b0, mark}
                       : (w_end & left == 2'd1) ? {mark, kept[0]} : kept;
        end
    always @* if (started_q) begin
        assert (n_tiles_q <= 2'd2);
        if (rst_ni & a_beat) assert (n_tiles_q != 2'd0);
    end

    // --- A and B -----------------------------------------------------------------------------

    reg       a_in_q;                             // A was accepted
    reg       a_out_q;                            // its last beat was taken
    reg       a_weights_q;                        // mark of the tile that it belongs to
    reg       b_in_q;
    reg       b_out_q;
    reg [3:0] chunk_q;                            // beats of the vector going out
    reg [1:0] going_out_q;                        // and its mark
    wire       y_beat = y_valid & y_ready;
    wire [1:0] y_mark = y_word[1:0];

    always @* if (a_valid) begin
        assume (a_final ? a_mark_i != NOT_FINAL : a_mark_i == NOT_FINAL);
        if (a_mark_i == A) assume (!a_in_q);
        if (a_mark_i == B) assume (a_in_q & !b_in_q);
    end
    always @(posedge clk_i)
        if (!rst_ni) begin
            {a_in_q, a_out_q, b_in_q, b_out_q} <= 4'd0;
            chunk_q <= 4'd0;
            going_q <= 1'b0;
        end else begin
            going_q <= go;
            if (a_beat & a_mark_i == A) {a_in_q, a_weights_q} <= {1'b1, tiles_q[0]};
            if (a_beat & a_mark_i == B) b_in_q <= 1'b1;
            if (y_beat) begin
                chunk_q     <= y_last ? 4'd0 : chunk_q + 4'd1;
                going_out_q <= y_mark;
                if (y_last & y_mark == A) a_out_q <= 1'b1;
                if (y_last & y_mark == B) b_out_q <= 1'b1;
            end
        end

    genvar i;
    generate
        for (i = 0; i < N_REQUANT; i = i + 1) begin : g_lane
            always @* if (started_q & y_valid) begin
                assert (y_word[i*16 +: 2] == y_mark);
                if (y_mark == A) assert (y_word[i*16+2] == a_weights_q);
            end
        end
    endgenerate
    always @* if (started_q) begin
        if (y_valid) begin
            assert (y_mark != NOT_FINAL);
            assert (y_last == (chunk_q == CHUNKS - 1));
            if (chunk_q != 4'd0) assert (y_mark == going_out_q);
            if (y_mark == A) assert (a_in_q & !a_out_q & !b_out_q);
            if (y_mark == B) assert (b_in_q & !b_out_q & a_out_q);
        end
        if (a_in_q & !a_out_q) assert (busy);
        assert (!error[0]);
    end

    // --- an offered beat stays ---------------------------------------------------------------

    reg                    held_q;
    reg                    last_q;
    reg [N_REQUANT*16-1:0] word_q;
    always @(posedge clk_i) begin
        held_q <= rst_ni & y_valid & ~y_ready;
        last_q <= y_last;
        word_q <= y_word;
    end
    always @* if (started_q & held_q) assert (y_valid & y_last == last_q & y_word == word_q);

    // --- nobody stalls -----------------------------------------------------------------------

    reg [5:0] idle_q;                             // cycles without an accepted vector
    reg [5:0] wait_q;                             // cycles since go with A inside
    always @(posedge clk_i)
        if (!rst_ni | !go) begin
            idle_q <= 6'd0;
            wait_q <= 6'd0;
        end else begin
            idle_q <= a_beat ? 6'd0 : idle_q + 6'd1;
            wait_q <= (a_in_q & !a_out_q) ? wait_q + 6'd1 : 6'd0;
        end
    always @* if (started_q) begin
        assert (idle_q <= LIMIT_A);
        assert (wait_q <= LIMIT_Y);
    end
endmodule
`default_nettype wire
