#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# engine_trials.sh LIB_DIR SCRATCH REPORT RTL [CHANGED] -- area of the trials in
# engine_trials.txt (ONLY=glob: some). A trial is built from the sources in CHANGED/NAME, a
# copy of rtl/ with the change that it describes (`rtl`: from rtl/ itself); one whose
# sources are not there keeps its row from the last report.
#
# A column and a row cost the same at any width of tile, so tiles of 16 x 2 and 16 x 8 tell
# both: GE a lane at C columns = lane + row / C.
set -euo pipefail
lib=$1 scratch=$2 report=$3 rtl=$4 changed=${5:-}
here=$(dirname "$0")
mkdir -p "$scratch"
nand2=$(jq .nand2_area "$lib/lib.json")
declare -A designs=(
    [shift4]="ENGINE shift N_MAX 4 K_RES 4 MB 7 PW 8 ACC_W 16 NA_MAX 5"
    [shift4_7_7]="ENGINE shift N_MAX 4 K_RES 4 MB 7 PW 7 ACC_W 15 NA_MAX 5"
    [shift4_6_8]="ENGINE shift N_MAX 4 K_RES 4 MB 6 PW 8 ACC_W 16 NA_MAX 5"
    [shift4_6_7]="ENGINE shift N_MAX 4 K_RES 4 MB 6 PW 7 ACC_W 15 NA_MAX 5"
    [booth8]="ENGINE booth N_MAX 7 NA_MAX 8 ACC_W 23"
    [booth5]="ENGINE booth N_MAX 4 NA_MAX 5 ACC_W 17"
)
rows=$scratch/rows.jsonl
: > "$rows"
[[ -f $report ]] && jq -c '.rows[]' "$report" > "$rows"

build() { # sources, parameters, columns: area of a tile in GE, then its path
    TEQ_RTL=$1 TEQ_TOP=teq_tile TEQ_LIB=$lib TEQ_OUT=$scratch/tile_$3 \
        TEQ_PARAMS="$2 ROWS 16 COLS $3 LOAD_COLS 2 DOUBLE 0 PSUM 0 GATE 1" "$here/run.sh" asic < /dev/null ||
        { cat "$scratch/tile_$3.error" >&2; exit 1; }
    awk -v n="$nand2" '/Chip area/ { print $NF / n }' "$scratch/tile_$3.stat"
    cut -d' ' -f1 "$scratch/tile_$3.path"
}

measure() { # trial, design, what, kept
    local sources two eight
    if [[ $1 == rtl ]]; then
        sources=$rtl
    elif [[ -n $changed && -d $changed/$1 ]]; then
        sources=$changed/$1
    else
        echo "$1: no $changed/$1, its row stays"
        return
    fi
    mapfile -t two < <(build "$sources" "${designs[$2]}" 2)
    mapfile -t eight < <(build "$sources" "${designs[$2]}" 8)
    [[ ${#two[@]} == 2 && ${#eight[@]} == 2 ]] || { echo "$1 $2: not built" >&2; exit 1; }
    jq -n -c --arg trial "$1" --arg design "$2" --argjson a "${two[0]}" --argjson b "${eight[0]}" --argjson ns "${eight[1]}" '
        (($b - $a) / 96) as $lane | (($a - 32 * $lane) / 16) as $row
        | def cut: . * 100 | round / 100;
          {trial: $trial, design: $design, lane: ($lane | cut), row: ($row | cut), path_ns: $ns,
           ge_16x16: ($lane + $row / 16 | cut), ge_16x32: ($lane + $row / 32 | cut), ge_16x64: ($lane + $row / 64 | cut)}' >> "$rows"
    tail -n 1 "$rows"
}

list=()
while read -r key rest; do
    case $key in
        trial) read -r name of <<< "$rest" ;;
        what) what=$rest ;;
        kept)
            for design in $of; do
                list+=("$(jq -n -c --arg trial "$name" --arg design "$design" --arg what "$what" --arg kept "$rest" '$ARGS.named')")
                # shellcheck disable=SC2053 # ONLY is a pattern
                [[ $name == ${ONLY:-*} ]] && measure "$name" "$design"
            done ;;
    esac
done < "$here/engine_trials.txt"

# the last row of each trial and design, with its words; INT8 with the same change, if there is
# one, is what it is compared with
printf '%s\n' "${list[@]}" | jq -s --slurpfile rows "$rows" --slurpfile tools build/reports/tools.json \
    --arg date "$(date -u +%FT%TZ)" --arg commit "$(git describe --always --dirty 2> /dev/null)" '
    def of($t; $d): [$rows[] | select(.trial == $t and .design == $d)] | last;
    {date: $date, commit: $commit, tools: $tools[0], rows: [.[] | . as $words | of(.trial; .design) | select(.) | . + $words
        | (of(.trial; "booth8") // of("before"; "booth8")) as $int8
        | .of_int8_16x32 = (if $int8 then .ge_16x32 / $int8.ge_16x32 * 1000 | round / 1000 else null end)]}' > "$report.new"
mv "$report.new" "$report"
