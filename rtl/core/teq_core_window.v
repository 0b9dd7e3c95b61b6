// SPDX-License-Identifier: Apache-2.0
//
// teq_core_window -- stage A of the reader: a queue of tiles, and the walk over the vectors
// of the one at its head: rows, vectors of a row, rows and columns of the window.
//
//     addr = tile + oy * in_oy + ox * u_ox + ty * in_ty + tx * u_tx       modulo 2^REACH
//     y    = tile + oy * y_oy + ty * y_ty,  u = tile + ox * u_ox + tx * u_tx
//     lane i is read if 0 <= y < H, 0 <= u + i < U, i < lanes of the tile
//
// One addition each: a step at one level sets that level and all inside it. Everything shown
// belongs to the vector at hand, while valid_o is high; step_i goes to the next one, which
// may be the next tile's. push_i while full_o is ignored. Data is not reset.
//   ROWS  4..64;  REACH  12..24 bits of addresses, y and u;  U_W = min(16, REACH)
//   TILE_W = 36 + U_W + 2 REACH;  CHAIN  as in teq_core
`default_nettype none
module teq_core_window #(
    parameter ROWS   = 16,
    parameter CHAIN  = 1,
    parameter REACH  = 24,
    parameter U_W    = 16,
    parameter TILE_W = 100
) (
    input  wire            clk_i,
    input  wire            rst_ni,
    input  wire [895:0]    desc_i,
    //Tiles: {pass, end, last, first, rows, part, lanes, u, y, addr}
    input  wire            push_i,
    input  wire [TILE_W-1:0]     tile_i,
    output wire            full_o,
    //Vector
    input  wire            step_i,
    output wire            valid_o,
    output wire [REACH-1:0] addr_o,
    output wire [ROWS-1:0] mask_o,
    output wire [12:0]     psum_o,                // address of its partial sum
    output wire            first_o,               // of its sum
    output wire            final_o,
    output wire            last_o,                // tlast
    output wire [1:0]      part_o,
    output wire [11:0]     pass_o
);
    `include "teq_descriptor.vh"

    wire        empty;
    wire [TILE_W-1:0] tile;
    wire        done;                             // step_i leaves the tile

    teq_fifo2 #(.W(TILE_W)) u_queue (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .push_i(push_i), .d_i(tile_i), .full_o(full_o),
        .pop_i(done), .q_o(tile), .empty_o(empty)
    );

    localparam UA = 2 * REACH, LA = UA + U_W;     // where u and lanes begin

    wire [23:0]      u_wide  = {{24-U_W{tile[LA-1]}}, tile[UA +: U_W]};
    wire [REACH-1:0] t_addr  = tile[0 +: REACH];
    wire [REACH-1:0] t_y     = tile[REACH +: REACH];
    wire [REACH-1:0] t_u     = u_wide[REACH-1:0];
    wire [6:0]       t_lanes = tile[LA +: 7];
    wire [11:0]      t_rows  = tile[LA+9 +: 12];
    wire             t_first = tile[LA+21];
    wire             t_last  = tile[LA+22];
    wire             t_end   = tile[LA+23];
    wire             unused  = ^u_wide;

    // --- counters: which vector ------------------------------------------------------------

    reg  [11:0] oy_q;
    reg  [11:0] ox_q;
    reg  [7:0]  ty_q;
    reg  [7:0]  tx_q;
    reg  [12:0] sum_q;
    reg         begun_q;                          // the tile's first vector has gone

    wire        tx_end = (tx_q == d_n_tx - 8'd1);
    wire        ty_end = (ty_q == d_n_ty - 8'd1) & tx_end;
    wire        ox_end = (ox_q == d_ow - 12'd1) & ty_end;
    wire        oy_end = (oy_q == t_rows - 12'd1) & ox_end;

    wire        chained = (CHAIN != 0) & d_chain & (d_op == OP_DOT);

    assign done = step_i & oy_end;

    always @(posedge clk_i)
        if (!rst_ni) begin
            oy_q    <= 12'd0;
            ox_q    <= 12'd0;
            ty_q    <= 8'd0;
            tx_q    <= 8'd0;
            sum_q   <= 13'd0;
            begun_q <= 1'b0;
        end else if (step_i) begin
            begun_q <= ~oy_end;
            tx_q    <= tx_end ? 8'd0 : tx_q + 8'd1;
            if (tx_end) ty_q <= ty_end ? 8'd0 : ty_q + 8'd1;
            if (ty_end) ox_q <= ox_end ? 12'd0 : ox_q + 12'd1;
            if (ox_end) oy_q <= oy_end ? 12'd0 : oy_q + 12'd1;
            if (ty_end & (d_n_tiles != 12'd1)) sum_q <= oy_end ? 13'd0 : sum_q + 13'd1;
        end

    // --- addresses: of this vector, and where each level around it began ----------------------

    reg  [REACH-1:0] addr_tx_q;
    reg  [REACH-1:0] addr_ty_q;
    reg  [REACH-1:0] addr_ox_q;
    reg  [REACH-1:0] addr_oy_q;
    reg  [REACH-1:0] y_ty_q;
    reg  [REACH-1:0] y_oy_q;
    reg  [REACH-1:0] u_tx_q;
    reg  [REACH-1:0] u_ox_q;

    wire [REACH-1:0] addr_tx = begun_q ? addr_tx_q : t_addr;
    wire [REACH-1:0] addr_ty = begun_q ? addr_ty_q : t_addr;
    wire [REACH-1:0] addr_ox = begun_q ? addr_ox_q : t_addr;
    wire [REACH-1:0] addr_oy = begun_q ? addr_oy_q : t_addr;
    wire [REACH-1:0] y       = begun_q ? y_ty_q : t_y;
    wire [REACH-1:0] y_oy    = begun_q ? y_oy_q : t_y;
    wire [REACH-1:0] u       = begun_q ? u_tx_q : t_u;
    wire [REACH-1:0] u_ox    = begun_q ? u_ox_q : t_u;

    reg  [REACH-1:0] from;
    reg  [REACH-1:0] by;
    always @* begin
        from = addr_tx;
        by   = d_u_tx;
        if (ox_end) begin
            from = addr_oy;
            by   = d_in_oy;
        end else if (ty_end) begin
            from = addr_ox;
            by   = d_u_ox;
        end else if (tx_end) begin
            from = addr_ty;
            by   = d_in_ty;
        end
    end
    wire [REACH-1:0] next_addr = from + by;
    wire [REACH-1:0] next_y    = (ox_end ? y_oy : y) + (ox_end ? d_y_oy : d_y_ty);
    wire [REACH-1:0] next_u    = (ty_end ? u_ox : u) + (ty_end ? d_u_ox : d_u_tx);

    always @(posedge clk_i)
        if (step_i) begin
            addr_tx_q <= next_addr;
            addr_ty_q <= tx_end ? next_addr : addr_ty;
            addr_ox_q <= ty_end ? next_addr : addr_ox;
            addr_oy_q <= ox_end ? next_addr : addr_oy;
            y_ty_q    <= (ox_end | (tx_end & ~ty_end)) ? next_y : ty_end ? y_oy : y;
            y_oy_q    <= ox_end ? next_y : y_oy;
            u_tx_q    <= ox_end ? t_u : (tx_end & ~ty_end) ? u_ox : next_u;
            u_ox_q    <= ox_end ? t_u : ty_end ? next_u : u_ox;
        end

    // --- lanes that are read: low <= i < high ---------------------------------------------------

    wire [REACH:0]   high  = {1'b0, d_u_len} - {u[REACH-1], u};
    wire [REACH-1:0] low   = ~u + 1'b1;
    wire            y_in   = ~y[REACH-1] & (y < d_h);
    wire [ROWS-1:0] below  = (high[REACH] | ~(|high)) ? {ROWS{1'b0}}
                           : (high > ROWS[REACH:0]) ? {ROWS{1'b1}} : ~({ROWS{1'b1}} << high[6:0]);
    wire [ROWS-1:0] from_u = ~u[REACH-1] ? {ROWS{1'b1}}
                           : (low >= ROWS[REACH-1:0]) ? {ROWS{1'b0}} : {ROWS{1'b1}} << low[6:0];
    wire [ROWS-1:0] lanes  = ~({ROWS{1'b1}} << t_lanes);

    assign valid_o = ~empty;
    assign addr_o  = addr_tx;
    assign mask_o  = below & from_u & lanes & {ROWS{y_in}};
    assign psum_o  = sum_q;
    assign first_o = t_first & (ty_q == 8'd0) & (tx_q == 8'd0) & ~(chained & begun_q);
    assign final_o = t_last & ty_end;
    assign last_o  = t_end & oy_end;
    assign part_o  = tile[LA+7 +: 2];
    assign pass_o  = tile[LA+24 +: 12];
endmodule
`default_nettype wire
