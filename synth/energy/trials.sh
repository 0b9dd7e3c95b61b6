#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# trials.sh AREA LIB_DIR SCRATCH REPORT RTL TOOLS CHANGED ENERGY OPTION ... -- energy of the
# trials in the file TRIALS (ONLY=glob: some) by blocks: a shift tile of 16 x 4, small enough to
# map in a minute, on one network, six runs a layer, the same in all trials. A head serves
# four columns here: at 32 it is an eighth of that. A trial whose sources are not there
# keeps its row from the last report. OPTIONs: those of `energy` that say what networks are.
set -euo pipefail
area=$1 lib=$2 scratch=$3 report=$4 rtl=$5 tools=$6 changed=$7
shift 7
here=$(dirname "$0")
mkdir -p "$scratch"
printf '%s\n' 'common GATE=1 DOUBLE=0 PSUM=0 ADDER=cells' 'shape 16x4' \
    'engine shift 4 ENGINE=shift N_MAX=4 K_RES=4 MB=7 PW=7 ACC_W=15 NA_MAX=5' > "$scratch/list.txt"
rows=$scratch/rows.jsonl
: > "$rows"
[[ ! -f $report ]] || jq -c '.rows[]' "$report" > "$rows"

measure() { # trial, sources, energy and its options
    local at=$scratch/$1 sources=$2
    shift 2
    mkdir -p "$at/out"
    cp -r "$lib" "$at/"
    "$area" --rtl "$sources" --macro "$sources" --flow "$here/../asic" --build "$at" --list "$scratch/list.txt" \
        --tools "$tools" --jobs 1 --asic --report "$at/area.json" > "$at/log"
    "$@" --list "$scratch/list.txt" --area "$at" --out "$at/out" --tiles shift_n4 --tools "$tools" --shape 16x4 \
        --error 0.9 --jobs 1 --report "$at/energy.json" > "$at/log"
    jq -c --arg trial "${at##*/}" '.rows[] | select(.layer == "all") | .blocks as $b
        | {trial: $trial, network, ge: (.area_ge / 64 * 10 | round / 10), path_ns, fj: (.fj_per_mac_tile | round), heads: $b.heads,
           rows: $b.rows, broadcast: $b.broadcast, cells: ($b.select + $b.cell + $b.sign), adders: $b.adders, accumulators: $b.accumulators}' \
        "$at/energy.json" >> "$rows"
    tail -n 1 "$rows"
}

# The sources of a trial with edits: rtl/ with each `old` replaced by its `new`.
edited() { # trial
    local i at=$scratch/$1/rtl
    rm -rf "$at"
    mkdir -p "$scratch/$1"
    cp -r "$rtl" "$at"
    for i in "${!file[@]}"; do
        OLD=${old[i]} NEW=${new[i]} awk -f "$here/../../scripts/mutants/replace.awk" "$at/${file[i]}" > "$at/new" \
            || { echo "$TRIALS: $1: text not found, or twice, in ${file[i]}: ${old[i]}" >&2; exit 1; }
        mv "$at/new" "$at/${file[i]}"
    done
}

list=()
while IFS= read -r line; do
    key=${line%% *} rest=${line:6}
    case $key in
        trial) name=$rest file=() old=() new=() ;;
        what) what=$rest ;;
        file) file+=("$rest") old+=('') new+=('') ;;
        old) old[-1]+=$rest$'\n' ;;
        new) new[-1]+=$rest$'\n' ;;
        kept)
            list+=("$(jq -n -c --arg trial "$name" --arg what "$what" --arg kept "$rest" '$ARGS.named')")
            sources=$changed/$name
            [[ $name != rtl ]] || sources=$rtl
            if ((${#file[@]})); then
                edited "$name"
                sources=$scratch/$name/rtl
            fi
            # shellcheck disable=SC2053 # ONLY is a pattern
            if [[ $name != ${ONLY:-*} ]]; then
                continue
            elif [[ -d $sources ]]; then
                measure "$name" "$sources" "$@"
            else
                echo "$name: no $sources, its row stays"
            fi ;;
    esac
done < "$TRIALS"

printf '%s\n' "${list[@]}" | jq -s --slurpfile rows "$rows" --slurpfile tools "$tools" --arg date "$(date -u +%FT%TZ)" \
    --arg commit "$(git describe --always --dirty 2> /dev/null)" '
    def of($t): [$rows[] | select(.trial == $t)] | last;
    {date: $date, commit: $commit, tools: $tools[0],
     rows: [.[] | . as $words | of(.trial) | select(.) | . + $words | .of_rtl = (.fj / of("rtl").fj * 1000 | round / 1000)]}' > "$report.new"
mv "$report.new" "$report"
