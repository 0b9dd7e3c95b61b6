#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# pareto.sh ENERGY_REPORT DNA_REPORT PARETO_REPORT SVG -- accuracy lost against energy an
# inference, and against area (a memory of latches with it) times path a lane: one row a network and point, from the reports
# of `energy --losses` and `energy --dna` (engine count).
set -euo pipefail
from=$1 dna=$2 to=$3 svg=$4
jq -s '(.[0] | {date, commit, tools, library, period_ns, seed}) + {rows: [
    (.[0].rows, (.[1].rows | map(select(.format | startswith("dna-teq")))))[] | select(.layer == "all" and .loss_points != null)
    | (.format | split(".")[1] // "") as $point
    | (.shape | split("x") | map(tonumber) | .[0] * .[1]) as $lanes
    | .area_ge += (.psum_ge // 0)
    | {network,
       method: ((if .format | startswith("dna-teq") then (.format | split(".")[0]) elif .engine == "count" or .engine == "count_beta" then "count"
           elif (.engine | startswith("int")) then
           (if ($point | startswith("mixed")) then "int-mixed" else (.format | split(".")[0]) end) else "teq" end)
           + (if ($point | startswith("energy")) then "-energy" else "" end)),
       design, shape, format, bits_avg, loss_points, nj_per_inference, nj_per_inference_ram, fj_per_mac, fj_per_mac_tile,
       nj_per_inference_tile: (.fj_per_mac_tile * .macs / 1e6 * 1000 | round / 1000),
       area_ge, path_ns, area_delay: (.area_ge * .path_ns | round),
       ge_per_lane: (.area_ge / $lanes * 10 | round / 10), area_delay_per_lane: (.area_ge * .path_ns / $lanes | round)}]}' \
    "$from" "$dna" > "$to.new"
mv "$to.new" "$to"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t networks < <(jq -r '[.rows[].network] | unique[]' "$to")
methods=(teq dna-teq dna-teq-no-beta count int-mixed int8 int6 int5 int4 teq-energy int8-energy int6-energy int5-energy int4-energy)

# A row of plots, one a network: FIELD UNIT LABEL, the field's values in units.
draw() {
    local network plots i file
    echo "set xlabel '$3'"
    for network in "${networks[@]}"; do
        plots=()
        for i in "${!methods[@]}"; do
            file="$work/$network-${methods[i]}-$1"
            jq -r --arg n "$network" --arg m "${methods[i]}" --arg x "$1" --argjson unit "$2" '[.rows[] | select(.network == $n and .method == $m)] | sort_by(.[$x])[]
                | "\(.[$x] / $unit) \(.loss_points)"' "$to" > "$file"
            [[ ! -s $file ]] || plots+=("'$file' with points pt $((i + 4)) ps 0.9 title '${methods[i]}'")
        done
        echo "set title '$network'"
        printf 'plot [] [-2.5:8] '
        (IFS=, ; echo "${plots[*]}")
    done
}

{
    echo "set terminal svg size $((420 * ${#networks[@]})),840 font 'Helvetica,11' background '#ffffff'"
    echo "set output '$svg.new'"
    echo "set multiplot layout 2,${#networks[@]}"
    echo "set ylabel 'accuracy lost, points'; set logscale x 2"
    echo "set key top right; set grid lc rgb '#dddddd'; set xtics rotate by -30; set format x '%g'; set rmargin 4"
    draw nj_per_inference 1000 'energy an inference, uJ (tile and partial sums)'
    draw area_delay_per_lane 1 'area x path, GE x ns a lane'
} > "$work/plot"
gnuplot "$work/plot"
mv "$svg.new" "$svg"
jq -r '.rows[] | [.network, .method, .format, .shape, .loss_points, .nj_per_inference] | @tsv' "$to" | sort | column -t
