# SPDX-License-Identifier: Apache-2.0
#
# yosys -c schematic.tcl: a drawing of one block as it is written, before any mapping.
# Environment: TEQ_RTL, TEQ_TOP, TEQ_PARAMS as in synth.tcl; writes TEQ_OUT.dot.

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
yosys opt
yosys opt_clean
yosys show -format dot -colors 1 -width -stretch -prefix $::env(TEQ_OUT) $top
