#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh asic|fpga -- one design for synth/area (environment: see synth.tcl, sta.tcl,
# fpga.tcl). On failure $TEQ_OUT.error says why in a few lines.
set -euo pipefail
here=$(dirname "$0")
rm -f "$TEQ_OUT".{key,json,stat,path,error}
trap 'rm -f "$TEQ_OUT".{logic.blif,driven.blif,sized.blif,blif,abc,count}' EXIT

fail() {
    grep -hE 'ERROR|Error|error:' "$@" | tail -n 5 > "$TEQ_OUT.error" || true
    exit 1
}

if [[ $1 == fpga ]]; then
    yosys -Q -T -q -l "$TEQ_OUT.log" -c "$here/fpga.tcl" > "$TEQ_OUT.out" 2>&1 || fail "$TEQ_OUT.out"
else
    yosys -Q -T -q -l "$TEQ_OUT.log" -c "$here/synth.tcl" > "$TEQ_OUT.out" 2>&1 || fail "$TEQ_OUT.out"
    sta -no_splash -exit "$here/sta.tcl" > "$TEQ_OUT.sta.log" 2>&1 || fail "$TEQ_OUT.sta.log"
    if grep -q '^Error' "$TEQ_OUT.sta.log"; then fail "$TEQ_OUT.sta.log"; fi
fi
