// SPDX-License-Identifier: Apache-2.0
//
// teq_core_regs -- the registers of teq_core on AXI4-Lite, its data ports and interrupt:
// docs/registers.md.
//
// A write is done in a cycle in which address and data are held and no response waits, a
// read likewise; one of each in two cycles at most. What a write does (start, soft reset, a
// beat for a buffer) is on the outputs in the cycle after it is done. Outputs depend on
// registers only. Reset: por_ni for the handshakes and IRQ_ENABLE, rst_ni (soft reset too)
// for IRQ_STATUS. Held addresses and data are not reset.
//   CONFIG  {CONFIG2, CONFIG1, CONFIG0}
`default_nettype none
module teq_core_regs #(
    parameter [95:0] CONFIG = 96'd0,
    parameter ACT_WORDS = 2048,
    parameter WGT_WORDS = 4096,
    parameter PRG_WORDS = 4096
) (
    input  wire         clk_i,
    input  wire         por_ni,
    input  wire         rst_ni,
    //AXI4-Lite
    input  wire [7:0]   s_axil_awaddr,
    input  wire         s_axil_awvalid,
    output wire         s_axil_awready,
    input  wire [31:0]  s_axil_wdata,
    input  wire [3:0]   s_axil_wstrb,
    input  wire         s_axil_wvalid,
    output wire         s_axil_wready,
    output wire [1:0]   s_axil_bresp,
    output wire         s_axil_bvalid,
    input  wire         s_axil_bready,
    input  wire [7:0]   s_axil_araddr,
    input  wire         s_axil_arvalid,
    output wire         s_axil_arready,
    output wire [31:0]  s_axil_rdata,
    output wire [1:0]   s_axil_rresp,
    output wire         s_axil_rvalid,
    input  wire         s_axil_rready,
    output wire         irq_o,
    //Control
    output wire         start_o,
    output wire         reset_o,
    //Status
    input  wire         busy_i,
    input  wire         image_i,
    input  wire         loading_i,
    input  wire         error_i,
    input  wire [4:0]   cause_i,
    input  wire [15:0]  layer_i,
    input  wire [31:0]  info_i,
    input  wire [319:0] counters_i,               // {zero_skips, row_ops, stalls, vectors, cycles}
    //Events of this cycle
    input  wire         event_done_i,
    input  wire         event_error_i,
    input  wire         event_image_i,
    //Data ports
    output wire         port_p_o,                 // a beat for s_axis_p's buffer
    output wire         port_x_o,
    output wire         port_last_o,
    output wire [31:0]  port_data_o,
    input  wire         ready_p_i,
    input  wire         ready_x_i,
    output wire         pop_y_o,                  // OUTPUT_DATA is read
    input  wire         valid_y_i,
    input  wire [31:0]  data_y_i,
    output wire         bad_port_o,
    output wire [7:0]   bad_port_addr_o
);
    `include "teq_regs.vh"

    localparam [31:0] ACT_W = ACT_WORDS, WGT_W = WGT_WORDS, PRG_W = PRG_WORDS;
    localparam [1:0]  OKAY = 2'b00, SLVERR = 2'b10;

    reg         aw_valid_q;
    reg         w_valid_q;
    reg         b_valid_q;
    reg         ar_valid_q;
    reg         r_valid_q;
    reg  [7:0]  aw_q;
    reg  [31:0] w_q;
    reg  [3:0]  strb_q;
    reg         b_bad_q;
    reg  [7:0]  ar_q;
    reg  [31:0] r_q;
    reg         r_bad_q;

    wire write = aw_valid_q & w_valid_q & ~b_valid_q;
    wire read  = ar_valid_q & ~r_valid_q;

    // --- writes --------------------------------------------------------------------------------

    reg        start_q;
    reg        reset_q;
    reg        port_q;
    reg  [1:0] port_which_q;                      // IMAGE_DATA, IMAGE_LAST, INPUT_DATA, INPUT_LAST
    reg  [2:0] enable_q;
    reg  [2:0] status_q;

    wire is_port = (aw_q[7:4] == REG_IMAGE_DATA[7:4]) & (aw_q[1:0] == 2'b00);
    wire is_reg  = (aw_q == REG_CONTROL) | (aw_q == REG_IRQ_ENABLE) | (aw_q == REG_IRQ_STATUS);
    wire good    = write & (is_port | is_reg) & (strb_q == 4'hf);
    wire control = good & (aw_q == REG_CONTROL);

    always @(posedge clk_i)
        if (!por_ni) begin
            aw_valid_q <= 1'b0;
            w_valid_q  <= 1'b0;
            b_valid_q  <= 1'b0;
            start_q    <= 1'b0;
            reset_q    <= 1'b0;
            port_q     <= 1'b0;
            enable_q   <= 3'd0;
        end else begin
            aw_valid_q <= ~write & (aw_valid_q | s_axil_awvalid);
            w_valid_q  <= ~write & (w_valid_q | s_axil_wvalid);
            b_valid_q  <= write | (b_valid_q & ~s_axil_bready);
            start_q    <= control & w_q[CONTROL_START] & ~w_q[CONTROL_RESET];
            reset_q    <= control & w_q[CONTROL_RESET];
            port_q     <= good & is_port;
            if (good & (aw_q == REG_IRQ_ENABLE)) enable_q <= w_q[2:0];
        end

    always @(posedge clk_i)
        if (!rst_ni) status_q <= 3'd0;
        else status_q <= (status_q & ~(w_q[2:0] & {3{good & (aw_q == REG_IRQ_STATUS)}}))
                       | {event_image_i, event_error_i, event_done_i};

    always @(posedge clk_i) begin
        if (s_axil_awready) aw_q <= s_axil_awaddr;
        if (s_axil_wready) begin
            w_q    <= s_axil_wdata;
            strb_q <= s_axil_wstrb;
        end
        if (write) begin
            b_bad_q      <= ~good;
            port_which_q <= aw_q[3:2];
        end
    end

    // The data of a port's beat stays in a register of its own: w_q may be taken again.
    reg [31:0] port_data_q;
    always @(posedge clk_i)
        if (write) port_data_q <= w_q;

    assign start_o     = start_q;
    assign reset_o     = reset_q;
    assign port_p_o    = port_q & ~port_which_q[1];
    assign port_x_o    = port_q & port_which_q[1];
    assign port_last_o = port_which_q[0];
    assign port_data_o = port_data_q;
    assign irq_o       = |(status_q & enable_q);

    // --- reads -----------------------------------------------------------------------------------

    wire [31:0] status = {21'd0, valid_y_i, ready_x_i, ready_p_i, 4'd0, error_i, loading_i, image_i, busy_i};

    reg  [31:0] data;
    reg         known;
    always @* begin
        data  = 32'd0;
        known = 1'b1;
        case (ar_q)
            REG_ID:            data = ID_TEQ1;
            REG_VERSION:       data = {VERSION_MAJOR_NOW, VERSION_MINOR_NOW};
            REG_CONFIG0:       data = CONFIG[31:0];
            REG_CONFIG1:       data = CONFIG[63:32];
            REG_CONFIG2:       data = CONFIG[95:64];
            REG_ACT_WORDS:     data = ACT_W;
            REG_WGT_WORDS:     data = WGT_W;
            REG_PRG_WORDS:     data = PRG_W;
            REG_CONTROL:       data = 32'd0;
            REG_STATUS:        data = status;
            REG_ERROR:         data = {layer_i, 11'd0, cause_i};
            REG_ERROR_INFO:    data = info_i;
            REG_IRQ_ENABLE:    data = {29'd0, enable_q};
            REG_IRQ_STATUS:    data = {29'd0, status_q};
            REG_CYCLES_LO:     data = counters_i[0*32 +: 32];
            REG_CYCLES_HI:     data = counters_i[1*32 +: 32];
            REG_VECTORS_LO:    data = counters_i[2*32 +: 32];
            REG_VECTORS_HI:    data = counters_i[3*32 +: 32];
            REG_STALLS_LO:     data = counters_i[4*32 +: 32];
            REG_STALLS_HI:     data = counters_i[5*32 +: 32];
            REG_ROW_OPS_LO:    data = counters_i[6*32 +: 32];
            REG_ROW_OPS_HI:    data = counters_i[7*32 +: 32];
            REG_ZERO_SKIPS_LO: data = counters_i[8*32 +: 32];
            REG_ZERO_SKIPS_HI: data = counters_i[9*32 +: 32];
            REG_OUTPUT_DATA:   data = valid_y_i ? data_y_i : 32'd0;
            default:           known = 1'b0;
        endcase
    end

    always @(posedge clk_i)
        if (!por_ni) begin
            ar_valid_q <= 1'b0;
            r_valid_q  <= 1'b0;
        end else begin
            ar_valid_q <= ~read & (ar_valid_q | s_axil_arvalid);
            r_valid_q  <= read | (r_valid_q & ~s_axil_rready);
        end

    always @(posedge clk_i) begin
        if (s_axil_arready) ar_q <= s_axil_araddr;
        if (read) begin
            r_q     <= data;
            r_bad_q <= ~known;
        end
    end

    wire read_y = read & (ar_q == REG_OUTPUT_DATA);

    assign pop_y_o         = read_y;
    assign bad_port_o      = (port_p_o & ~ready_p_i) | (port_x_o & ~ready_x_i) | (read_y & ~valid_y_i);
    assign bad_port_addr_o = port_q & ~(port_which_q[1] ? ready_x_i : ready_p_i)
                           ? {REG_IMAGE_DATA[7:4], port_which_q, 2'b00} : REG_OUTPUT_DATA;

    assign s_axil_awready = ~aw_valid_q;
    assign s_axil_wready  = ~w_valid_q;
    assign s_axil_bvalid  = b_valid_q;
    assign s_axil_bresp   = b_bad_q ? SLVERR : OKAY;
    assign s_axil_arready = ~ar_valid_q;
    assign s_axil_rvalid  = r_valid_q;
    assign s_axil_rdata   = r_q;
    assign s_axil_rresp   = r_bad_q ? SLVERR : OKAY;
endmodule
`default_nettype wire
