# SPDX-License-Identifier: Apache-2.0
#
# yosys -c fpga.tcl: counts of one design on an FPGA family.
#
# Environment: TEQ_RTL, TEQ_TOP, TEQ_PARAMS, TEQ_OUT as in synth.tcl;
#   TEQ_FAMILY  ice40, ecp5 or xilinx (7 series)
#
# As in synth.tcl a column and a row head are synthesised once and then copied.

set rtl $::env(TEQ_RTL)
set top $::env(TEQ_TOP)
foreach file [lsort [concat [glob $rtl/*.v] [glob -nocomplain $rtl/*/*.v]]] {
    yosys read_verilog -I$rtl $file
}
set params {}
foreach {name value} $::env(TEQ_PARAMS) {
    if {![string is integer $value]} { set value "\"$value\"" }
    lappend params -set $name $value
}
if {[llength $params]} { yosys chparam {*}$params $top }
yosys hierarchy -check -top $top
yosys proc
foreach unit {teq_column teq_count_column teq_row_head} {
    yosys setattr -mod -set keep_hierarchy 1 *\\\\$unit *\\\\$unit\\\\*
}
switch $::env(TEQ_FAMILY) {
    ice40   { yosys synth_ice40 -top $top }
    ecp5    { yosys synth_ecp5 -top $top }
    xilinx  { yosys synth_xilinx -family xc7 -noiopad -top $top }
    default { error "unknown FPGA family $::env(TEQ_FAMILY)" }
}
yosys setattr -mod -unset keep_hierarchy *
yosys flatten
yosys opt_clean -purge
yosys tee -o $::env(TEQ_OUT).json stat -json
