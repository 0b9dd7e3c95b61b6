# SPDX-License-Identifier: Apache-2.0
#
# sta sta.tcl: the longest path of a mapped netlist.
#
# Environment: TEQ_LIB, TEQ_OUT (reads .v, writes .path: "NS START END"), TEQ_TOP.
#
# path_ns is the shortest clock period: clock to output, logic, setup, from register to
# register. A block without such a path has its longest one from any input or register to
# any output or register. The clock is ideal, so gating cells add no skew; a path into the
# latch of a clock gate has the whole cycle. Each output drives four NAND2 inputs. Wires
# have no load unless the library sets a default wire-load model.

source $::env(TEQ_LIB)/lib.tcl
read_liberty $::env(TEQ_LIB)/cells.lib
read_verilog $::env(TEQ_OUT).v
link_design $::env(TEQ_TOP)

set period 1000
set clock [get_ports -quiet clk_i]
if {[llength $clock]} {
    create_clock -name clk -period $period $clock
} else {
    create_clock -name clk -period $period
}
set_load $lib_load [all_outputs]
foreach port [all_inputs] {
    if {[get_full_name $port] ne "clk_i"} { set_input_delay 0 -clock clk $port }
}
set_output_delay 0 -clock clk [all_outputs]

set between {}
set registers [all_registers -edge_triggered -clock_pins]
if {[llength $registers]} {
    set between [list -from $registers -to [all_registers -edge_triggered -data_pins]]
}
set paths [find_timing_paths -path_delay max {*}$between]
if {![llength $paths]} {
    set ends [all_outputs]
    if {[llength $registers]} {
        set ends [concat $ends [all_registers -edge_triggered -data_pins]]
    }
    set between [list -to $ends]
    set paths [find_timing_paths -path_delay max {*}$between]
}
if {![llength $paths]} {
    puts "Error: no path from a register or an input to a register or an output"
    exit 1
}
set worst [lindex $paths 0]
foreach path $paths {
    if {[get_property $path slack] < [get_property $worst slack]} { set worst $path }
}
set path_ns [format %.3f [expr {$period - [get_property $worst slack]}]]
set start [get_full_name [get_property $worst startpoint]]
set end [get_full_name [get_property $worst endpoint]]
report_checks -path_delay max -format full -digits 3 {*}$between
set out [open $::env(TEQ_OUT).path w]
puts $out "$path_ns $start $end"
close $out
