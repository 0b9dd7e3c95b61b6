#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# icarus.sh ENERGY CELLS_V AREA_DIR WORK REPORT DESIGN NETWORK -- ENERGY_OPTIONS
#
# Edges of every net once more: Icarus with the library's Verilog, delays from OpenSTA by SDF,
# the same inputs. Slow, so for a single column. Clock gates have no delay in either.
set -euo pipefail
energy=$1 models=$2 area=$3 work=$4 report=$5 design=$6 network=$7
shift 8
mkdir -p "$work"
at=$work/$design-$network
"$energy" "$@" --only "$design" --report "$at.json" --activity "$at.activity"
slew=$(awk '$1 == "sums" { for (i = 2; i < NF; i += 2) if ($i == "slew") print $(i + 1) }' "$at.activity")
cat > "$at.tcl" << END
read_liberty $area/lib/cells.lib
read_verilog $at.activity.v
link_design teq_tile
create_clock -name clk -period 10 [get_ports clk_i]
set_clock_transition $slew [get_clocks clk]
set_input_transition $slew [all_inputs]
write_sdf -divider . -digits 4 -no_timestamp $at.all.sdf
END
sta -no_splash -exit "$at.tcl" > "$at.sta.log" 2>&1
# no delay in cells of the clock
awk 'FILENAME == ARGV[1] { if ($1 == "clock") clock[$2] = 1; next }
     /\(INSTANCE/ { name = $2; sub(/\).*/, "", name); still = name in clock }
     still && /IOPATH/ { gsub(/\([0-9.:-]+\)/, "(0.000::0.000)") }
     { print }' "$at.activity" "$at.all.sdf" > "$at.activity.sdf"
sed "s/^\`timescale.*/\`timescale 1ns\/1ps/" "$models" > "$at.cells.v"
iverilog -gspecify -Tmax -s bench -o "$at.vvp" "$at.activity.tb.v" "$area/$design.v" "$at.cells.v" > "$at.iverilog.log" 2>&1 \
    || { tail -n 3 "$at.iverilog.log"; exit 1; }
vvp -n "$at.vvp" > "$at.vvp.log" 2>&1
# edges of each net in the VCD, by name
awk '$1 == "$var" { name[$4] = $5 } /^\$enddefinitions/ { running = 1; next }
     running && /^[01]/ { id = substr($0, 2); v = substr($0, 1, 1); if (id in old && old[id] != v && old[id] != "x") n[id]++; old[id] = v }
     running && /^[xz]/ { id = substr($0, 2); old[id] = "x"; unknown++ }
     END { for (id in name) print "net", name[id], n[id] + 0; print "unknown", unknown + 0 }' "$at.activity.vcd" > "$at.edges"
awk -v design="$design" -v network="$network" '
    FILENAME == ARGV[1] { if ($1 == "net") mine[$2] = $3; if ($1 == "sums") cycles = $3; next }
    $1 == "net" { name = $2; sub(/^\\/, "", name)
        if (name in mine && !(name in done)) { done[name] = 1; nets++; a += mine[name]; b += $3; d += mine[name] > $3 ? mine[name] - $3 : $3 - mine[name] } }
    $1 == "unknown" { unknown = $2 }
    END { if (!nets || !b) { print "no net of the bench is known" > "/dev/stderr"; exit 1 }
          printf "{\"design\": \"%s\", \"network\": \"%s\", \"cycles\": %d, \"nets\": %d, \"simulator_edges\": %d, \"icarus_edges\": %d, \"ratio\": %.5f, \"differ\": %.5f, \"unknown\": %d}\n",
                 design, network, cycles, nets, a, b, a / b, d / b, unknown }' "$at.activity" "$at.edges" | tee "$report.new"
mv "$report.new" "$report"
jq -e '.ratio > 0.95 and .ratio < 1.05' "$report" > /dev/null
