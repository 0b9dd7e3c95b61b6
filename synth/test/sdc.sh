#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# sdc.sh LIB_DIR NETLIST TOP SCRATCH -- synth/asic/teq.sdc on a netlist: OpenSTA takes every
# line of it, no register or output is left without a constraint, a long period is met with
# slack and a short one is not.
set -euo pipefail
lib=$1 netlist=$2 top=$3 scratch=$4
passed=0 failed=0
mkdir -p "$scratch"

slack() { # period
    cat > "$scratch/sdc.tcl" << END
read_liberty $lib/cells.lib
read_verilog $netlist
link_design $top
set teq_period $1
source synth/asic/teq.sdc
check_setup -verbose -unconstrained_endpoints -no_input_delay -no_clock
foreach path [find_timing_paths -path_delay max -group_count 10] { lappend slacks [get_property \$path slack] }
puts "slack [lindex [lsort -real \$slacks] 0]"
END
    sta -no_splash -exit "$scratch/sdc.tcl" > "$scratch/sdc.log" 2>&1
    if grep -qiE 'error|warning|unconstrained|no clock|missing' "$scratch/sdc.log"; then
        echo "FAIL at $1 ns: $(grep -iE -m 3 'error|warning|unconstrained|no clock|missing' "$scratch/sdc.log")"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
    awk '$1 == "slack" { print $2 }' "$scratch/sdc.log" > "$scratch/sdc.slack"
}

expect() { # condition on s, what
    if awk -v have="$(wc -l < "$scratch/sdc.slack")" "{ s = \$1; if (have == 1 && ($1)) ok = 1 } END { exit !ok }" "$scratch/sdc.slack"; then
        passed=$((passed + 1))
    else
        echo "FAIL $2: slack $(cat "$scratch/sdc.slack")"
        failed=$((failed + 1))
    fi
}

slack 50
expect 's > 5' 'a period of 50 ns should be met'
slack 1
expect 's < 0' 'a period of 1 ns should not be met'
echo "$passed passed, $failed failed"
[[ $passed -gt 0 && $failed == 0 ]]
