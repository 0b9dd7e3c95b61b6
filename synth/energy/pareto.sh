#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# pareto.sh ENERGY_REPORT PARETO_REPORT SVG -- accuracy lost against energy an inference, one
# row a network and point: from the report of `energy --losses`.
set -euo pipefail
from=$1 to=$2 svg=$3
jq '{date, commit, tools, library, period_ns, seed, rows: [.rows[] | select(.layer == "all" and .loss_points != null)
    | (.format | split(".")[1] // "") as $point
    | {network,
       method: ((if .engine == "count" or .engine == "count_beta" then "count" elif (.engine | startswith("int")) then
           (if ($point | startswith("mixed")) then "int-mixed" else (.format | split(".")[0]) end) else "teq" end)
           + (if ($point | startswith("energy")) then "-energy" else "" end)),
       design, format, bits_avg, loss_points, nj_per_inference, nj_per_inference_ram, fj_per_mac, fj_per_mac_tile,
       nj_per_inference_tile: (.fj_per_mac_tile * .macs / 1e6 * 1000 | round / 1000),
       area_ge, path_ns, area_delay: (.area_ge * .path_ns | round)}]}' "$from" > "$to.new"
mv "$to.new" "$to"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t networks < <(jq -r '[.rows[].network] | unique[]' "$to")
methods=(teq count int-mixed int8 int6 int5 int4 teq-energy int8-energy int6-energy int5-energy int4-energy)
{
    echo "set terminal svg size $((420 * ${#networks[@]})),420 font 'Helvetica,11' background '#ffffff'"
    echo "set output '$svg.new'"
    echo "set multiplot layout 1,${#networks[@]}"
    echo "set xlabel 'energy an inference, nJ (tile and partial sums)'; set ylabel 'accuracy lost, points'"
    echo "set key top right; set grid lc rgb '#dddddd'; set xtics rotate by -30"
    for network in "${networks[@]}"; do
        plots=()
        for i in "${!methods[@]}"; do
            file="$work/$network-${methods[i]}"
            jq -r --arg n "$network" --arg m "${methods[i]}" '[.rows[] | select(.network == $n and .method == $m)] | sort_by(.nj_per_inference)[]
                | "\(.nj_per_inference) \(.loss_points)"' "$to" > "$file"
            [[ ! -s $file ]] || plots+=("'$file' with points pt $((i + 4)) ps 0.9 title '${methods[i]}'")
        done
        echo "set title '$network'"
        printf 'plot [0:] [-2.5:6] '
        (IFS=, ; echo "${plots[*]}")
    done
} > "$work/plot"
gnuplot "$work/plot"
mv "$svg.new" "$svg"
jq -r '.rows[] | [.network, .method, .format, .loss_points, .nj_per_inference] | @tsv' "$to" | sort | column -t
