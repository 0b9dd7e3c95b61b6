#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# check.sh ENERGY AREA_DIR WORK REPORT TOOLS DESIGN:NETWORK ... -- ENERGY_OPTIONS
#
# The energy of a tile in two ways that share the simulated edges alone: the simulator's own
# sums, and OpenSTA's loads, slews and tables (power.tcl, power.awk). They must agree within
# 15 %. Exit status 1 if they do not.
set -euo pipefail
here=$(dirname "$0")
energy=$1 area=$2 work=$3 report=$4 tools=$5
shift 5
pairs=()
while [[ $1 != -- ]]; do
    pairs+=("$1")
    shift
done
shift
mkdir -p "$work"
export TEQ_PERIOD=10

sta_powers() { # liberty, netlist, top, out
    TEQ_LIBERTY=$1 TEQ_NETLIST=$2 TEQ_TOP=$3 TEQ_OUT=$4 sta -no_splash -exit "$here/power.tcl" > "$4.log" 2>&1
    [[ -s $4 ]] || { tail -n 3 "$4.log" >&2; exit 1; }
}

# One inverter of a library made up for it: inside it 3 fJ rising and 1 fJ falling, on its net
# 20 fJ an edge. Internal power of a tenth of that: the mean is counted; a fifth: the sum.
printf 'module one (clk_i, a, q);\ninput clk_i;\ninput a;\noutput q;\nINV u (.A(a), .Y(w));\nDFF f (.CK(clk_i), .D(w), .Q(q));\nendmodule\n' \
    > "$work/one.v"
TEQ_SLEW=0.1 sta_powers "$here/../test/power.lib" "$work/one.v" one "$work/one.powers"
edges=$(awk '$1 == "u" { print $5 / $6 * 10 }' "$work/one.powers")

rows=() failed=0
for pair in "${pairs[@]}"; do
    design=${pair%:*} network=${pair#*:}
    at=$work/$design-$network
    options=()
    for word in "$@"; do [[ $word == *,* && $word != "$network",* ]] || options+=("$word"); done
    kept=()
    for i in "${!options[@]}"; do # --net without a value belongs to another network
        [[ ${options[i]} == --net && ${options[i + 1]:-} != "$network",* ]] || kept+=("${options[i]}")
    done
    "$energy" "${kept[@]}" --only "$design" --report "$at.json" --activity "$at.activity"
    TEQ_SLEW=$(awk '$1 == "sums" { for (i = 2; i < NF; i += 2) if ($i == "slew") print $(i + 1) }' "$at.activity")
    export TEQ_SLEW
    sta_powers "$area/lib/power.lib" "$area/$design.v" teq_tile "$at.gated"
    sta_powers "$area/lib/power.lib" "$at.activity.v" teq_tile "$at.all"
    sta_powers "$at.activity.lib" "$at.activity.v" teq_tile "$at.pinless"
    row=$(awk -v period=$TEQ_PERIOD -v edges="$edges" -f "$here/power.awk" "$at.gated" "$at.all" "$at.pinless" "$at.activity")
    rows+=("$(jq -c --arg d "$design" --arg n "$network" '{design: $d, network: $n} + .' <<< "$row")")
    jq -r '"\(.design) \(.network): \(.simulator_pj_per_cycle) pJ a cycle, OpenSTA \(.opensta_pj_per_cycle), ratio \(.ratio)"' <<< "${rows[-1]}"
    jq -e '.ratio > 0.85 and .ratio < 1.15' <<< "$row" > /dev/null || failed=$((failed + 1))
done
printf '%s\n' "${rows[@]}" | jq -s --arg date "$(date -u +%FT%TZ)" --argjson edges "$edges" --slurpfile tools "$tools" \
    '{date: $date, tools: $tools[0], edges: $edges, rows: .}' > "$report.new"
mv "$report.new" "$report"
echo "${#rows[@]} compared, $failed differ by more than 15 %"
[[ ${#rows[@]} -gt 0 && $failed == 0 ]]
