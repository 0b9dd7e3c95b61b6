#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# flow.sh LIBMAP AREA SCRATCH -- tests of the ASIC flow itself: what it refuses, that it
# finds cells by their function, and a design whose area and path are known by hand.
# ok and bad cannot fail, so `a && ok || bad` is if, then, else.
# shellcheck disable=SC2015
set -euo pipefail
libmap=$1
area=$2
scratch=$3
here=synth/test
passed=0
failed=0
rm -rf "$scratch"
mkdir -p "$scratch"/{lib,rtl,out}

ok() { passed=$((passed + 1)); }
bad() {
    echo "FAIL $*"
    failed=$((failed + 1))
}

# refuses NAME "part of the message" command ...: must fail and say so
refuses() {
    local name=$1 message=$2 status=0
    shift 2
    "$@" > "$scratch/$name.log" 2>&1 || status=$?
    if [[ $status == 0 ]]; then
        bad "$name: accepted, expected an error that says \`$message\`"
    elif ! grep -qF -- "$message" "$scratch/$name.log"; then
        bad "$name: expected \`$message\`, got: $(tail -n 2 "$scratch/$name.log")"
    else
        ok
    fi
}

expect() { # what, expected, got
    if [[ $2 == "$3" ]]; then ok; else bad "$1: expected $2, got $3"; fi
}

map() { "$libmap" "$1" "$scratch/conf" "$scratch/lib"; }
mkdir -p "$scratch/conf"

# --- libraries that cannot be used ---
refuses no_file 'cannot open' map "$scratch/none.lib"
head -c 3000 $here/tiny.lib > "$scratch/cut.lib"
refuses cut_file 'cut.lib:' map "$scratch/cut.lib"
sed 's/cell (FA)/cell (FA_unused)/; s/X^Y^Z/X^Y/' $here/tiny.lib > "$scratch/nofa.lib"
refuses no_full_adder 'use full_adder CELL' map "$scratch/nofa.lib"
sed 's/area : 10/area : 0/' $here/tiny.lib > "$scratch/noarea.lib"
refuses no_area 'cell LATCH has no area' map "$scratch/noarea.lib"
echo 'library tiny
use full_adder XOR2' > "$scratch/conf/bad.conf"
refuses wrong_cell 'no such cell with that function' map $here/tiny.lib
echo 'library tiny
nonsense' > "$scratch/conf/bad.conf"
refuses bad_conf 'bad.conf:2: expected' map $here/tiny.lib
rm "$scratch/conf/bad.conf"

# --- cells by function; corrections ---
echo 'library tiny
area NAND2 5 # wrong on purpose
drop XOR*' > "$scratch/conf/tiny.conf"
map $here/tiny.lib
expect 'corrected area' 5 "$(jq -r .nand2_area "$scratch/lib/lib.json")"
expect 'dropped cell' null "$(jq -r .areas.XOR2 "$scratch/lib/lib.json")"
expect 'filtered library' 0 "$(grep -c 'cell (XOR2)' "$scratch/lib/cells.lib" || true)"
rm "$scratch/conf/tiny.conf"
gzip -c $here/tiny.lib > "$scratch/tiny.lib.gz"
map "$scratch/tiny.lib.gz"
expect 'full adder' FA "$(jq -r .roles.full_adder "$scratch/lib/lib.json")"
expect 'half adder' none "$(jq -r .roles.half_adder "$scratch/lib/lib.json")"
expect 'clock gate' LATCH "$(jq -r .roles.clock_gate "$scratch/lib/lib.json")"
grep -q 'FA u_cell (.X(a_i), .Y(b_i), .Z(c_i), .S(s_o), .C(co_o))' "$scratch/lib/map.v" && ok || bad 'map.v: full adder wired wrongly'

# --- the whole flow on a design that can be added up by hand ---
cp $here/teq_tiny.v rtl/teq_full_adder.v "$scratch/rtl"
printf 'engine tiny 0 at=1x1 top=teq_tiny\nshape 1x1\n' > "$scratch/designs.txt"
run() { # report
    "$area" --rtl "$scratch/rtl" --flow synth/asic --build "$scratch" --list "$scratch/designs.txt" \
        --tools build/reports/tools.json --asic --jobs 1 --report "${1:-$scratch/area.json}"
}
if run > "$scratch/run.log" 2>&1; then ok; else bad "run: $(tail -n 3 "$scratch/run.log")"; fi
row() { jq -r ".rows[0].$1" "$scratch/area.json"; }
expect 'area' 104 "$(row area_um2)"
expect 'gate equivalents' 26 "$(row ge)"
expect 'path' 1.35 "$(row path_ns)"
expect 'flip-flops' 4 "$(row ff)"
expect 'full adders' 2 "$(row full_adders)"
run > "$scratch/again.log" 2>&1 || true
grep -q '1 of 1 designs unchanged' "$scratch/again.log" && ok || bad 'second run: expected the first one to be kept'

# --- several runs in one folder ---
rm "$scratch"/tiny_n0_1x1.{key,used}
exec {held}> "$scratch/tiny_n0_1x1.lock"
flock "$held"
run "$scratch/locked.json" > "$scratch/locked.log" 2>&1 {held}>&- &
waits=$!
sleep 2
if kill -0 $waits && [[ ! -e $scratch/tiny_n0_1x1.key ]]; then ok; else bad 'a run did not wait for the one that holds its design'; fi
exec {held}>&-
if wait $waits; then ok; else bad "the run that waited: $(tail -n 3 "$scratch/locked.log")"; fi
rm "$scratch"/tiny_n0_1x1.{key,used}
pids=()
for i in 1 2 3 4; do
    run "$scratch/at_once.$i.json" > "$scratch/at_once.$i.log" 2>&1 &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    if wait "$pid"; then ok; else bad "one of four runs at once: $(tail -qn 1 "$scratch"/at_once.*.log)"; fi
done

# --- rules ---
rules() { echo "{\"bounds\": [{\"select\": {\"engine\": \"tiny\"}, \"field\": \"$1\", $2}]}" > "$scratch/rules.json"; }
check() { "$area" --check --report "$scratch/area.json" --rules "$scratch/rules.json"; }
rules ge '"max": 26'
if check > "$scratch/rule.log" 2>&1; then ok; else bad 'a rule that holds was called broken'; fi
rules ge '"max": 25.9'
refuses rule_max 'expected at most 25.9, got 26' check
rules path_ns '"expect": 1, "tolerance": 0.1'
refuses rule_tolerance 'expected 1 +- 10%, got 1.35' check
rules nothing '"max": 1'
refuses rule_missing 'no such row' check
echo '{"rows": []}' > "$scratch/none.json"
check_none() { "$area" --check --report "$scratch/none.json" --rules "$scratch/rules.json"; }
refuses rule_no_rows 'the report has no rows' check_none

# --- designs that must not give a figure ---
sed -i 's/teq_full_adder u_second/teq_missing u_second/' "$scratch/rtl/teq_tiny.v"
refuses missing_module 'teq_missing' run
sed -i 's/teq_missing u_second/teq_full_adder u_second/; s/q_o <= s2/q_o <= 1'"'"'bz/' "$scratch/rtl/teq_tiny.v"
refuses three_state 'tiny_n0_1x1' run
cp $here/teq_tiny.v "$scratch/rtl"
printf 'engine tiny 0 at=1x1 top=teq_none\nshape 1x1\n' > "$scratch/designs.txt"
refuses missing_top 'module teq_none' run
printf 'engin tiny 0\n' > "$scratch/designs.txt"
refuses bad_list 'designs.txt:1: expected' run

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
