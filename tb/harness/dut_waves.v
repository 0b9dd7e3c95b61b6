// SPDX-License-Identifier: Apache-2.0
//
// dut_waves: a second root module beside the device in Icarus, through which
// dut_icarus.c reaches $dumpvars and its kin, which VPI has no calls for.

`default_nettype none

module dut_waves;
    reg [8*512-1:0] file;
    reg             start  = 1'b0;
    reg             enable = 1'b1;
    reg             flush  = 1'b0;

    always @(posedge start) begin
        $dumpfile(file);
        $dumpvars(0, `DUT_TOP);
    end

    always @(enable)
        if (start) begin
            if (enable) $dumpon;
            else        $dumpoff;
        end

    always @(posedge flush) $dumpflush;
endmodule

`default_nettype wire
