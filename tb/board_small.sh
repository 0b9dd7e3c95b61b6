#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The small network from ONNX to the board: quantize, compile for the core that the iCE40
# holds, and run it through the serial line; every word against the integer executor. What
# that core has not is refused by the compiler with its name.
#
#     tb/board_small.sh TEQ SIMULATOR NAME=VALUE...        parameters of the board's core

set -euo pipefail

teq=$1 sim=$2 data=cmodel/digits/data
shift 2
sets=()
for p; do sets+=(-s "$p"); done
# shellcheck source=tb/check.sh
. "$(dirname "$0")/check.sh"

quantize() { # name
    "$teq" quantize "$data/$1.onnx" -c $data/digits_calib_x.npy -s 0.125 -z 8 -m range --one-term -t shift4 -q -o "$scratch/$1.teq"
}

run() { # options of teq run
    "$teq" run "$scratch/small.img" -i $data/digits_eval_x.npy -l $data/digits_eval_y.npy -s 0.125 -z 8 -e "$scratch/small.teq" \
        --simulator "$sim" --json "$@" > "$scratch/json"
    cat "$scratch/json"
    jq -e '.mismatches == 0' "$scratch/json"
}

check 'quantize small' quantize small
check 'quantize digits' quantize digits
check compile "$teq" compile "$scratch/small.teq" -c 4x4 "${sets[@]}" -o "$scratch/small.img"
check 'cycle model' run -n 50
check 'by the serial line' run -n 5 -b rtl --ports
check 'a residual is refused' bash -c "! '$teq' compile '$scratch/digits.teq' -c 4x4 ${sets[*]} 2> '$scratch/why' && \
    grep -q 'the core has RESIDUAL 0' '$scratch/why'"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
