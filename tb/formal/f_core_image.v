// SPDX-License-Identifier: Apache-2.0
//
// teq_core_image: every beat is taken at once while nothing runs; each word of a packet is
// written once, to its place, with its own beats; what does not follow docs/core.md, section 4,
// is an error of the right kind in its cycle; an image is valid exactly if one has come whole
// since the first header, and TLAST where it should not be stops nothing but itself. Beats have
// few bits, memories few words; the sum itself is left to the bench.
`default_nettype none
module f_core_image (
    input  wire       clk_i,
    input  wire       por_ni,
    input  wire       soft_ni,
    input  wire       run_i,
    input  wire       valid_i,
    input  wire [3:0] dest_i,
    input  wire [2:0] low_i,
    input  wire       whole_i,
    input  wire       last_i
);
    wire        valid, loading, done, take;
    wire        prg_wen, wgt_wen;
    wire [1:0]  prg_waddr;
    wire [0:0]  wgt_waddr;
    wire [63:0] prg_wdata;
    wire [39:0] wgt_wdata;
    wire        bad_image, bad_range, bad_tlast, bad_sum, bad_config;
    wire [31:0] header, sum;
    wire [31:0] beat = {dest_i, 25'd0, low_i};
    wire        bad  = bad_image | bad_range | bad_tlast | bad_sum | bad_config;
    reg         error_q;                          // state ERROR, until soft reset
    wire        rst_n = por_ni & soft_ni & ~error_q;

    teq_core_image #(
        .WGT_W(40), .WGT_WORDS(2), .WGT_AW(1), .PRG_WORDS(4), .PRG_AW(2), .CONFIG({32'd1, 32'd2, 32'd3})
    ) u_dut (
        .clk_i(clk_i), .por_ni(por_ni), .rst_ni(rst_n), .run_i(run_i), .error_i(bad & rst_n),
        .valid_o(valid), .loading_o(loading), .done_o(done),
        .beat_valid_i(valid_i), .beat_data_i(beat), .beat_keep_i({4{whole_i}}), .beat_last_i(last_i), .take_o(take),
        .prg_wen_o(prg_wen), .prg_waddr_o(prg_waddr), .prg_wdata_o(prg_wdata),
        .wgt_wen_o(wgt_wen), .wgt_waddr_o(wgt_waddr), .wgt_wdata_o(wgt_wdata),
        .bad_image_o(bad_image), .bad_range_o(bad_range), .bad_tlast_o(bad_tlast), .bad_sum_o(bad_sum),
        .bad_config_o(bad_config), .header_o(header), .sum_o(sum)
    );

    reg started_q = 1'b0;
    always @(posedge clk_i) started_q <= 1'b1;
    always @* if (!started_q) assume (!por_ni);

    // the packet at hand
    localparam [1:0] FIRST = 2'd0, HEADER = 2'd1, COUNT = 2'd2, DATA = 2'd3;
    reg  [1:0]  at_q;
    reg  [3:0]  dest_q;
    reg  [2:0]  start_q;
    reg  [3:0]  word_q;                           // of the payload, and which half
    reg  [3:0]  n_q;
    reg         half_q;
    reg  [6:0]  before_q;                         // the beat before
    reg         whole_q;                          // STATUS.IMAGE
    wire        go       = valid_i & ~run_i & rst_n;
    wire        is_end   = (dest_q == 4'd15);
    wire        is_head  = (at_q == FIRST) | (at_q == HEADER);
    wire        ends     = (dest_q == 4'd0) | half_q;
    wire [2:0]  index    = start_q + word_q[2:0];
    wire [31:0] config_beat = (word_q == 4'd0) ? 32'd3 : (word_q == 4'd1) ? 32'd2 : 32'd1;
    wire        order    = (at_q == FIRST) ? dest_i == 4'd0 : (dest_i == 4'd1 | dest_i == 4'd2 | dest_i == 4'd15);
    wire        is_data  = (at_q == DATA);
    wire        ended    = go & at_q == COUNT & is_end & beat == sum & last_i & whole_i;

    always @(posedge clk_i) begin
        if (!por_ni | !soft_ni) error_q <= 1'b0;
        else if (bad & rst_n) error_q <= 1'b1;
        if (!rst_n) at_q <= FIRST;
        else if (go)
            case (at_q)
                FIRST, HEADER: at_q <= COUNT;
                COUNT:   at_q <= is_end ? FIRST : (beat == 32'd0) ? HEADER : DATA;
                default: if (ends & word_q + 4'd1 == n_q) at_q <= HEADER;
            endcase
        if (!por_ni) whole_q <= 1'b0;
        else if (ended & ~bad) whole_q <= 1'b1;
        else if (go & at_q == FIRST) whole_q <= 1'b0;
        if (go) begin
            before_q <= {dest_i, low_i};
            if (is_head) begin
                dest_q  <= dest_i;
                start_q <= low_i;
            end
            if (at_q == COUNT) begin
                n_q    <= {1'b0, low_i};
                word_q <= 4'd0;
                half_q <= 1'b0;
            end
            if (is_data) begin
                half_q <= ~ends;
                if (ends) word_q <= word_q + 4'd1;
            end
        end
    end

    always @* if (started_q & por_ni) begin
        assert (valid == whole_q);
        if (rst_n) begin
            assert (take == (valid_i & ~run_i));
            assert (loading == (at_q != FIRST));
            assert (done == (ended & ~bad));
            assert (bad_image == (go & (~whole_i | (is_head & ~order) | (at_q == COUNT & dest_q == 4'd0 & beat != 32'd3))));
            assert (bad_tlast == (go & (last_i != (at_q == COUNT & is_end))));
            assert (bad_sum == (go & at_q == COUNT & is_end & beat != sum));
            assert (bad_config == (go & is_data & dest_q == 4'd0 & beat != config_beat));
            assert (bad_range == (go & at_q == COUNT & ((dest_q == 4'd1 & ({1'b0, start_q} + {1'b0, low_i} > 4'd4 | dest_i != 4'd0))
                                                        | (dest_q == 4'd2 & ({1'b0, start_q} + {1'b0, low_i} > 4'd2 | dest_i != 4'd0)))));
            assert (prg_wen == (go & is_data & dest_q == 4'd1 & half_q));
            assert (wgt_wen == (go & is_data & dest_q == 4'd2 & half_q));
            if (prg_wen) assert (prg_waddr == index[1:0] & prg_wdata == {beat, before_q[6:3], 25'd0, before_q[2:0]});
            if (wgt_wen) assert (wgt_waddr == index[0] & wgt_wdata == {5'd0, low_i, before_q[6:3], 25'd0, before_q[2:0]});
        end
    end
endmodule
`default_nettype wire
