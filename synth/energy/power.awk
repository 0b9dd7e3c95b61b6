# SPDX-License-Identifier: Apache-2.0
#
# awk -v period=NS -v edges=N -f power.awk GATED ALL PINLESS ACTIVITY: the energy of a tile once more, pJ a
# cycle, by OpenSTA's loads, slews and tables.
#
# OpenSTA 2.0 replaces an activity that is set for a pin by what it thinks the function makes
# of the inputs, without glitches. So each cell was asked four times (power.tcl): all pins at
# activity 0 and 1, with and without (PINLESS) the internal power of input pins; what comes
# out is scaled by the activities that were simulated. It takes all inputs of a cell as
# equally likely to cause an edge of the output.

# `edges`: what its internal power counts as an edge. OpenSTA 2.0 takes a rising and a falling
# table for every edge (2), later versions the mean of both (1); check.sh finds out on one inverter.
# GATED is the netlist as it is, the others have flip-flops on the clock itself: no tree drives the
# gated clocks, and their slews would be far beyond the tables. Cells that carry the clock are
# taken from there.
FILENAME == ARGV[1] { if ($3 > 0) { ci0[$1] = $2; cs0[$1] = $3 } next }
FILENAME == ARGV[2] { ai0[$1] = $2; leak[$1] = $4; ai1[$1] = $5; next }
FILENAME == ARGV[3] { bi0[$1] = $2; bs0[$1] = $3; bi1[$1] = $5; bs1[$1] = $6; next }
$1 == "cell" {
    if (!($2 in ai0) || !($2 in bi0)) { print "power.awk: OpenSTA has no cell " $2 > "/dev/stderr"; exit bad = 1 }
    # edges a cycle of: outputs by charge, outputs with internal power, clock pin, data pins
    charge = $3; output = $4; clock = $5; data = $6
    leakage += leak[$2]
    n++
    if ($2 in cs0) { switching += cs0[$2] * charge / 2; internal += ci0[$2] * charge / 2; next }
    switching += (bs1[$2] - bs0[$2]) * charge
    internal += (bi1[$2] - bi0[$2]) * output
    pins += (ai0[$2] - bi0[$2]) * clock / 2 + (ai1[$2] - bi1[$2] - ai0[$2] + bi0[$2]) * data
}
$1 == "sums" { for (i = 2; i < NF; i += 2) sum[$i] = $(i + 1) }
END {
    if (bad || !n || !("cells" in sum)) exit 1
    pj = period * 1000
    internal /= edges
    pins /= edges
    sta = (switching + internal + pins) * pj
    printf "{\"cells\": %d, \"cycles\": %d, \"simulator_pj_per_cycle\": %.6g, \"opensta_pj_per_cycle\": %.6g, ", n, sum["cycles"], sum["cells"], sta
    printf "\"opensta_switching\": %.6g, \"opensta_internal\": %.6g, \"opensta_pins\": %.6g, ", switching * pj, internal * pj, pins * pj
    printf "\"leakage_pj_per_cycle\": [%.6g, %.6g], \"ratio\": %.5f}\n", sum["leakage"], leakage * pj, sum["cells"] / sta
}
