#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The embedded network on the netlist of a 4 x 4 core, in library cells: every word against
# the integer executor, the cycles against the prediction; then by register accesses alone.
#
#     tb/core_gates.sh TEQ SIMULATOR NAME=VALUE...        parameters of the core

set -euo pipefail

teq=$1 sim=$2 data=cmodel/digits/data
shift 2
sets=()
for p; do sets+=(-s "$p"); done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

check() { # what, filter of jq, options of teq run
    local what=$1 good=$2
    shift 2
    if "$teq" run "$scratch/digits.img" -i $data/digits_eval_x.npy -s 0.125 -z 8 -e "$scratch/digits.teq" -b gates --simulator "$sim" \
        --json "$@" > "$scratch/json" && jq -e "$good" "$scratch/json" > /dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what"
        cat "$scratch/json"
    fi
}

"$teq" quantize $data/digits.onnx -c $data/digits_calib_x.npy -s 0.125 -z 8 -m range -t shift4 -q -o "$scratch/digits.teq" > "$scratch/out"
"$teq" compile "$scratch/digits.teq" -c 4x4 "${sets[@]}" -o "$scratch/digits.img" > "$scratch/out"
check 'by the streams' '.mismatches == 0 and .cycles_as_predicted' -n 2
check 'by registers' '.mismatches == 0' -n 1 --ports --irq
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
