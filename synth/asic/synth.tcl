# SPDX-License-Identifier: Apache-2.0
#
# yosys -c synth.tcl: one design from Verilog to a netlist of library cells.
#
# Environment:
#   TEQ_RTL     folder of the sources       TEQ_TOP     top module
#   TEQ_PARAMS  "NAME value NAME value"     TEQ_LIB     folder made by libmap
#   TEQ_OUT     prefix of what is written: .v netlist, .stat and .json cell counts
#
# Full and half adders, AOI22s and clock gates are black boxes until the logic around
# them is mapped, so that ABC neither takes them apart nor restructures across them. Then
# they become library cells, and a second pass of ABC, which keeps the mapping, puts
# buffers and sizes where fanout asks for them: only now it sees every load.

set here [file dirname [info script]]
source $::env(TEQ_LIB)/lib.tcl
set lib $::env(TEQ_LIB)/cells.lib
set out $::env(TEQ_OUT)
set top $::env(TEQ_TOP)
set rtl $::env(TEQ_RTL)
set map_script [expr {[info exists ::env(TEQ_ABC_MAP)] ? $::env(TEQ_ABC_MAP) : "$here/map.abc"}]
set size_script [expr {[info exists ::env(TEQ_ABC_SIZE)] ? $::env(TEQ_ABC_SIZE) : "$here/size.abc"}]

# ---- read ----

foreach file [lsort [concat [glob $rtl/*.v] [glob -nocomplain $rtl/*/*.v]]] {
    yosys read_verilog -I$rtl $file
}
foreach file [lsort [glob $here/latch/*.v]] {          ;# what silicon has in place of a module of $rtl
    yosys read_verilog -overwrite -I$rtl $file
}
foreach module $lib_keep {
    if {[file exists $rtl/$module.v]} { yosys blackbox $module }
}
set params {}
foreach {name value} $::env(TEQ_PARAMS) {
    if {![string is integer $value]} { set value "\"$value\"" }
    lappend params -set $name $value
}
if {[llength $params]} { yosys chparam {*}$params $top }
yosys hierarchy -check -top $top

# ---- generic logic ----
#
# A column and a row head are each optimised and mapped once and then copied: the same
# result for every copy, and a tile of 32 columns takes little longer than one of 4. So is
# each block of a core: a 16 x 16 core in one piece is not mapped within an hour.

yosys proc
set units {teq_column teq_count_column teq_row_head teq_row_values}
if {$top eq {teq_core}} {
    lappend units teq_array teq_requant_unit teq_requantize teq_requant_table teq_fifo2 teq_psum teq_core_act teq_core_config \
        teq_core_counters teq_core_error teq_core_image teq_core_input teq_core_max teq_core_reader teq_core_regs teq_core_sequencer \
        teq_core_serializer teq_core_walk teq_core_weights teq_core_window teq_core_writer
}
foreach unit $units {
    yosys setattr -mod -set keep_hierarchy 1 *\\\\$unit *\\\\$unit\\\\*
}
yosys flatten
yosys opt -full
yosys alumacc
yosys share
yosys opt
yosys memory
yosys opt -full
yosys techmap
yosys opt -full
# adders with constant inputs shrink; what they become is logic like any other
yosys techmap -map $here/constant_adders.v
yosys techmap
yosys opt

# ---- to library cells ----

yosys dfflegalize -cell \$_DFF_P_ 01 -cell $lib_latch 01
yosys dfflibmap -liberty $lib
yosys opt -purge
yosys abc -liberty $lib -script $map_script
yosys opt_clean -purge
yosys techmap -map $::env(TEQ_LIB)/map.v
yosys setattr -mod -unset keep_hierarchy *
yosys flatten
yosys opt_clean -purge

# ---- buffers and sizes, mapping kept ----

yosys read_liberty -lib $lib
set logic {}
foreach cell $lib_logic {
    if {[llength $logic]} { lappend logic t:$cell %u } else { lappend logic t:$cell }
}
yosys select -set logic {*}$logic a:clock_gate %d
yosys tee -q -o $out.count select -count @logic
set counted [open $out.count]
if {[scan [read $counted] %d logic_cells] == 1 && $logic_cells > 0} {
    yosys splitnets
    yosys rename -hide w:*
    yosys rename -enumerate w:*
    yosys setattr -set submod \"logic\" @logic
    yosys submod
    yosys design -save whole
    yosys delete $top
    yosys write_blif -gates -impltf -top ${top}_logic $out.logic.blif
    yosys design -load whole
    lassign $lib_buffer buffer buffer_in buffer_out
    exec awk -v cell=$buffer -v in_pin=$buffer_in -v out_pin=$buffer_out -v max=16 -f $here/drive.awk \
        $out.logic.blif $out.logic.blif > $out.driven.blif
    set script [open $out.abc w]
    puts $script "read_lib -w $lib"
    puts $script "read_blif $out.driven.blif"
    puts $script "source $size_script"
    puts $script "write_blif $out.sized.blif"
    close $script
    file delete $out.sized.blif
    puts [exec yosys-abc -s -f $out.abc 2>@1]
    yosys delete ${top}_logic
    yosys read_blif -wideports $out.sized.blif
    yosys techmap -map $here/constant_adders.v
    yosys hierarchy -check -top $top
    yosys flatten
    yosys opt_clean -purge
}
close $counted

# ---- nothing may be left unmapped ----

yosys check -mapped -assert
yosys tee -o $out.stat stat -liberty $lib
yosys tee -o $out.json stat -json
if {[info exists ::env(TEQ_VERILOG)]} {
    yosys write_verilog -noattr $::env(TEQ_VERILOG)
} else {
    yosys delete =A:blackbox
    yosys write_blif -gates -impltf $out.blif
    exec awk -f $here/blif2v.awk $out.blif > $out.v
}
file delete $out.logic.blif $out.driven.blif $out.sized.blif $out.abc $out.count
