// SPDX-License-Identifier: Apache-2.0
//
// teq_core_reader: each vector of each tile is read once, in order, at its address, each final
// one of a layer with residual is followed by one residual, and what was read is offered once,
// in order, with its data and its flags, until it is taken; a tile is popped once; nothing waits
// but for the reasons of docs/core.md, section 6. Tiles of up to two rows of two positions,
// windows of up to two by two; a position is a bit of the address, so that each step has
// one. All lanes are read; where residuals lie and masks are left to the bench.
`default_nettype none
module f_core_reader (
    input  wire       clk_i,
    input  wire       rst_ni,
    //A layer: counts less 1, residual, MAX, chain; taken while nothing is under way
    input  wire       tx_i,
    input  wire       ty_i,
    input  wire       ox_i,
    input  wire       tiles_i,
    input  wire       res_i,
    input  wire       max_i,
    input  wire       chain_i,
    //Tiles: rows less 1
    input  wire       push_i,
    input  wire [2:0] at_i,
    input  wire       rows_i,
    input  wire       first_i,
    input  wire       last_i,
    input  wire       end_i,
    input  wire       pass_i,
    //Others
    input  wire [1:0] loaded_i,
    input  wire       busy_i,
    input  wire [6:0] next_i,
    input  wire       a_ready_i,
    input  wire       r_ready_i
);
    // --- the layer ---------------------------------------------------------------------------

    reg [6:0] layer_q;
    wire      tx2 = layer_q[0], ty2 = layer_q[1], ox2 = layer_q[2], tiles2 = layer_q[3], is_max = layer_q[5];
    wire      has_res = layer_q[4] & ~is_max, chained = layer_q[6] & ~is_max;

    reg [895:0] desc;
    always @* begin
        desc = 896'd0;
        desc[0 +: 4]         = is_max ? 4'd3 : 4'd2;       // op
        desc[8]              = layer_q[4];                 // res
        desc[13]             = layer_q[6];                 // chain
        desc[64 + 40 +: 12]  = {11'd0, tiles2} + 12'd1;    // n_tiles
        desc[2*64 + 48 +: 16] = 16'd63;                    // u_len
        desc[3*64 + 0 +: 24]  = 24'd8;                     // in_oy
        desc[3*64 + 48 +: 16] = 16'd1;                     // h
        desc[4*64 + 0 +: 24]  = 24'd2;                     // in_ty
        desc[4*64 + 24 +: 16] = 16'd4;                     // u_ox
        desc[4*64 + 40 +: 16] = 16'd1;                     // u_tx
        desc[5*64 + 12 +: 12] = {11'd0, ox2} + 12'd1;      // ow
        desc[5*64 + 36 +: 8]  = {7'd0, ty2} + 8'd1;        // n_ty
        desc[5*64 + 44 +: 8]  = {7'd0, tx2} + 8'd1;        // n_tx
    end

    // --- the reader; ACT's words say which read they belong to ------------------------------------

    wire         full, r_en, far, valid, residual, take, tlast, read;
    wire [1:0]   a0;
    wire [4:0]   base0, base1;
    wire [13:0]  user;
    wire [11:0]  data;
    wire [12:0]  psum_addr;
    reg  [1:0]   count_q;                         // reads
    reg  [1:0]   word_q;                          // the last one
    always @(posedge clk_i)
        if (!rst_ni) count_q <= 2'd0;
        else if (r_en) count_q <= count_q + 2'd1;
    always @(posedge clk_i) if (r_en) word_q <= count_q;

    teq_core_reader #(.ROWS(4), .NB(4), .LB(2), .NA_MAX(2), .PSUM_DEPTH(4), .ADDR_W(2), .AW(5), .WORDS(20), .REACH(7), .U_W(7),
                      .TILE_W(57)) u_dut (
        .clk_i(clk_i), .rst_ni(rst_ni), .desc_i(desc), .start_i(1'b0), .loaded_i({10'd0, loaded_i}),
        .in_busy_i(busy_i), .in_next_i(next_i),
        .push_i(push_i),
        .tile_i({11'd0, pass_i, end_i, last_i, first_i, 10'd0, rows_i, ~rows_i, 2'd0, 7'd4, 7'd0, 7'd0, at_i, 4'd0}),
        .full_o(full),
        .r_en_o(r_en), .r_a0_o(a0), .r_base0_o(base0), .r_base1_o(base1), .r_far_o(far), .r_mask_o(), .r_data_i({4{1'b0, word_q}}),
        .c_valid_o(valid), .c_residual_o(residual), .c_take_o(take), .c_user_o(user), .c_last_o(tlast), .c_mask_o(), .c_data_o(data),
        .a_ready_i(a_ready_i), .r_ready_i(r_ready_i),
        .read_o(read), .read_addr_o(), .psum_o(), .psum_addr_o(psum_addr)
    );

    // --- what is still to be read: tiles, and where the first of them is ---------------------------

    reg [7:0] tile0_q;                            // {at, rows, first, last, end, pass}
    reg [7:0] tile1_q;
    reg [1:0] n_q;
    reg       tx_q;
    reg       ty_q;
    reg       ox_q;
    reg       oy_q;
    reg       res_q;                              // the residual of this vector

    wire       t_first = tile0_q[3], t_last = tile0_q[2], t_end = tile0_q[1], t_pass = tile0_q[0];
    wire       win_end = (tx_q == tx2) & (ty_q == ty2);
    wire       row_end = win_end & (ox_q == ox2);
    wire       all_end = row_end & (oy_q == tile0_q[4]);
    wire       final   = t_last & win_end;
    wire       more    = ~res_q & final & has_res;
    wire [6:0] addr    = {tile0_q[7:5], oy_q, ox_q, ty_q, tx_q};
    wire [7:0] signed_addr = {addr[6], addr};
    wire [7:0] behind  = signed_addr + 8'd4;
    wire [7:0] signed_next = {next_i[6], next_i};
    wire       waits   = ~res_q & ((final & ~is_max & ({1'b0, loaded_i} <= {2'd0, t_pass}))
                                   | (busy_i & ($signed(behind) > $signed(signed_next))));
    wire       push    = push_i & (n_q != 2'd2);
    wire       pop     = r_en & all_end & ~more;
    wire [7:0] tile    = {at_i, rows_i, first_i, last_i, end_i, pass_i};

    always @(posedge clk_i)
        if (!rst_ni) begin
            n_q   <= 2'd0;
            tx_q  <= 1'b0;
            ty_q  <= 1'b0;
            ox_q  <= 1'b0;
            oy_q  <= 1'b0;
            res_q <= 1'b0;
        end else begin
            n_q <= n_q + {1'b0, push} - {1'b0, pop};
            if (r_en) res_q <= more;
            if (r_en & ~more) begin
                tx_q <= (tx_q != tx2);
                if (tx_q == tx2) ty_q <= (ty_q != ty2);
                if (win_end) ox_q <= (ox_q != ox2);
                if (row_end) oy_q <= ~all_end;
            end
        end
    always @(posedge clk_i) begin
        if (pop | (n_q == 2'd0)) tile0_q <= (n_q == 2'd2) ? tile1_q : tile;
        if (push & (n_q == 2'd1)) tile1_q <= tile;
    end

    // --- what has been read and is not taken yet: {residual, tlast, bank, final, first, sum, read} ---

    reg [8:0]  read0_q;
    reg [8:0]  read1_q;
    reg [1:0]  m_q;
    wire       taken = valid & take;
    wire [1:0] left  = m_q - {1'b0, taken};
    wire [1:0] sum   = tiles2 ? ({1'b0, oy_q & ox2} + {1'b0, oy_q} + {1'b0, ox_q}) : 2'd0;
    wire [8:0] now   = {res_q, t_end & all_end, t_pass, final, t_first & ~ty_q & ~tx_q & ~(chained & (oy_q | ox_q)), sum, count_q};
    always @(posedge clk_i) begin
        if (!rst_ni) m_q <= 2'd0;
        else m_q <= left + {1'b0, r_en};
        read0_q <= (r_en & left == 2'd0) ? now : taken ? read1_q : read0_q;
        read1_q <= (r_en & left == 2'd1) ? now : read1_q;
    end

    always @(posedge clk_i) if (!rst_ni | (n_q == 2'd0 & m_q == 2'd0 & ~push_i)) layer_q <= {chain_i, max_i, res_i, tiles_i, ox_i, ty_i, tx_i};

    // --- properties ------------------------------------------------------------------------------------

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!rst_ni);

    reg idle_q;                                   // something was read, and nothing offered
    reg waits_q;
    always @(posedge clk_i) begin
        idle_q  <= rst_ni & m_q != 2'd0 & ~valid;
        waits_q <= rst_ni & valid & ~take;
    end

    wire outside = (addr > 7'd76);                // a lane from element 80 on; none below 0 but 125..127, which are above

    always @* if (started_q & rst_ni) begin
        assert (full == (n_q == 2'd2));
        assert (r_en == (n_q != 2'd0 & ~waits & left != 2'd2));
        if (r_en) begin
            assert (far == res_q);
            if (~res_q) assert ({base0, a0} == addr & base1 == base0 + 5'd1 & read == outside & psum_addr[1:0] == sum);
        end
        if (idle_q | waits_q) assert (valid);
        if (valid) begin
            assert (m_q != 2'd0);
            assert (take == (is_max | (residual ? r_ready_i : a_ready_i)));
            assert (residual == read0_q[8]);
            if (~residual) begin
                assert (tlast == read0_q[7] & user[4:0] == {read0_q[6], read0_q[5], read0_q[4], read0_q[3:2]});
                assert (data == {4{1'b0, read0_q[1:0]}});
            end
        end
    end
endmodule
`default_nettype wire
