# SPDX-License-Identifier: Apache-2.0
#
# Timing constraints for teq_core, teq_array or teq_tile as the top of a block. Read it after
# linking; set what differs first:
#
#   set teq_period 8.0        clock period, ns
#   set teq_io 0.3            part of the period that the outside takes before an input and
#                             after an output
#   set teq_skew 0.05         part of the period for skew and jitter, set-up and hold alike
#   set teq_load 0.05         pF at each output
#
# All ports belong to clk_i. rst_ni is synchronous, an input like any other: no false path.
# There is one clock domain, no multicycle path and no false path anywhere. Clock gates
# (GATE = 1) are latches and ANDs or the library's gating cell: their enables settle before
# the rising edge, those of weights in latches (W_LATCH = 1) before the falling one, which the
# gating checks below ask for.

foreach {name value} {teq_period 8.0 teq_io 0.3 teq_skew 0.05 teq_load 0.05} {
    if {![info exists $name]} { set $name $value }
}

create_clock -name clk_i -period $teq_period [get_ports clk_i]
set_clock_uncertainty [expr {$teq_skew * $teq_period}] [get_clocks clk_i]
set_clock_gating_check -setup 0 -hold 0 [get_clocks clk_i]

foreach teq_port [all_inputs] {
    if {[get_full_name $teq_port] ne "clk_i"} {
        set_input_delay [expr {$teq_io * $teq_period}] -clock clk_i $teq_port
    }
}
set_output_delay [expr {$teq_io * $teq_period}] -clock clk_i [all_outputs]
set_load $teq_load [all_outputs]
