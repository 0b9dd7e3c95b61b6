#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the good and the damaged variants of selftest_fifo and checks that the
# harness tells them apart, by exit status and by what it says.
#
#     selftest.sh FOLDER      FOLDER/CONFIG/SIMULATOR/sim are the programs

folder=$1
out=$folder/selftest.out
passed=0
failed=0

# expect STATUS TEXT PROGRAM ARGUMENTS: exit status, and a line that matches TEXT.
expect() {
    status=$1 text=$2
    shift 2
    "$@" > "$out" 2>&1
    got=$?
    if [ "$got" = "$status" ] && grep -q -e "$text" "$out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL: $*"
        echo "  expected exit $status and \"$text\", got exit $got and:"
        sed 's/^/  | /' "$out"
    fi
}

for simulator in verilator icarus; do
    for seed in 1 2 3; do
        for config in good narrow wide; do
            expect 0 '^PASS' "$folder/$config/$simulator/sim" --seed $seed
        done
        expect 1 '^FAIL: cycle [0-9]*: ' "$folder/no_reset/$simulator/sim" --seed $seed
        expect 1 '^FAIL: cycle [0-9]*: m_axis_tdata' "$folder/wrong_data/$simulator/sim" --seed $seed
        expect 1 '^FAIL: cycle [0-9]*: ' "$folder/lost_beat/$simulator/sim" --seed $seed
        expect 1 'compared nothing' "$folder/no_compare/$simulator/sim" --seed $seed
        expect 1 'output empty_o was never compared' "$folder/no_output/$simulator/sim" --seed $seed
    done
    expect 1 'replay   make wave BENCH=selftest CONFIG=wrong_data SIM=.* SEED=7 FROM=' \
        "$folder/wrong_data/$simulator/sim" --seed 7
    expect 1 'input m_axis_tready was never driven\|cycle [0-9]*: ' "$folder/no_input/$simulator/sim"
    expect 2 'usage' "$folder/good/$simulator/sim" --no-such-option
    expect 2 'expected a number' "$folder/good/$simulator/sim" --seed 12x
done

# An unknown that two states cannot show.
expect 0 '^PASS' "$folder/unknown/verilator/sim"
expect 1 'got      0xx' "$folder/unknown/icarus/sim"

# Counting toggles, from the waves of either simulator.
for simulator in vcd icarus; do
    expect 0 'level_q: 3 bits, [0-9]* toggles busy, 0 idle' \
        "$folder/good/$simulator/sim" --wave "$folder/selftest.vcd"
done
rm -f "$folder/selftest.vcd"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
