# SPDX-License-Identifier: Apache-2.0
#
# sta power.tcl: the power of each cell of a tile by OpenSTA, with all pins at activity 0 and
# at activity 1 (an edge a cycle; clocks have two). power.awk makes energy of it.
#
# Environment: TEQ_LIBERTY, TEQ_NETLIST, TEQ_TOP, TEQ_PERIOD and TEQ_SLEW (ns, of ports and
# clock), TEQ_OUT: "CELL internal0 switching0 leakage internal1 switching1", W.

read_liberty $::env(TEQ_LIBERTY)
read_verilog $::env(TEQ_NETLIST)
link_design $::env(TEQ_TOP)
create_clock -name clk -period $::env(TEQ_PERIOD) [get_ports clk_i]
set_clock_transition $::env(TEQ_SLEW) [get_clocks clk]
set_input_transition $::env(TEQ_SLEW) [all_inputs]
set cells [get_cells *]
sta::set_power_global_activity 0 0.5
foreach cell $cells {
    lappend still [lrange [sta::instance_power $cell [sta::cmd_corner]] 0 2]
}
sta::set_power_global_activity 1 0.5
set out [open $::env(TEQ_OUT) w]
foreach cell $cells powers $still {
    puts $out "[get_full_name $cell] $powers [lrange [sta::instance_power $cell [sta::cmd_corner]] 0 1]"
}
close $out
