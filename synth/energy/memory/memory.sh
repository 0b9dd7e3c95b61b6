#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# memory.sh MEMORY RTL LIB_DIR SCRATCH REPORT TOOLS SEED BITS WORDS ... -- teq_psum_latch of BITS bits
# and WORDS words, its words latches, through the flow of the tiles, and its energy by MEMORY
# (memory.c); beside it what is published (sources.json) and the constants of ram.h that follow (model.jq).
set -euo pipefail
memory=$1 rtl=$2 lib=$3 scratch=$4 report=$5 tools=$6 seed=$7 bits=$8
shift 8
here=$(dirname "$0")
rm -rf "$scratch"
mkdir -p "$scratch"
nand2=$(jq .nand2_area "$lib/lib.json")
for words in "$@"; do
    at=$scratch/${words}x$bits
    for ((aw = 1; 1 << aw < words; aw++)); do :; done
    TEQ_RTL=$rtl TEQ_TOP=teq_psum_latch TEQ_LIB=$lib TEQ_OUT=$at TEQ_PARAMS="DEPTH $words W $bits AW $aw" \
        "$here/../../asic/run.sh" asic < /dev/null || { cat "$at.error"; exit 1; }
    ge=$(awk -v n="$nand2" -v b="$((words * bits))" '/Chip area/ { printf "%.2f", $NF / n / b }' "$at.stat")
    "$memory" "$lib/power.lib" "$at.v" "$words" "$bits" 600 "$seed" | jq -c --argjson ge "$ge" '. + {ge_bit: $ge}' \
        | tee -a "$scratch/rows"
done
jq -s --arg date "$(date -u +%FT%TZ)" --arg commit "$(git describe --always --dirty 2> /dev/null)" --slurpfile tools "$tools" \
    --slurpfile model <(jq -s -f "$here/model.jq" "$here/sources.json" <(jq -s '{rows: .}' "$scratch/rows")) \
    '{date: $date, commit: $commit, tools: ($tools[0].tools // $tools[0]), rows: ., memories: $model[0].rows, means: $model[0].means}' \
    "$scratch/rows" > "$report.new"
mv "$report.new" "$report"
