#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# energy_columns.sh ENERGY AREA AREA_DIR RTL TOOLS LIBTEQ SCRATCH -- `energy` from outside, on
# single columns and the embedded network: two runs give the same report, the figures
# keep synth/energy/rules.json, what cannot be used is refused with its name.
set -euo pipefail
energy=$1 area=$2 area_dir=$3 rtl=$4 tools=$5 libteq=$6 scratch=$7
passed=0 failed=0
mkdir -p "$scratch/nets" "$scratch/out"

ok() { passed=$((passed + 1)); }
bad() {
    echo "FAIL $*"
    failed=$((failed + 1))
}

for design in select_n3 int8_booth_n7 count_n3; do
    "$area" --rtl "$rtl" --flow synth/asic --build "$area_dir" --list synth/asic/designs.txt --tools "$tools" --jobs 1 --asic \
        --only ${design}_16x1 --report "$scratch/area.json" > "$scratch/area.log"
done

run() { # report, options
    local report=$1
    shift
    "$energy" --list synth/asic/designs.txt --area "$area_dir" --nets "$scratch/nets" --out "$scratch/out" --quantizer "$libteq" \
        --tools "$tools" --shape 16x1 --tiles 'select_n3 int8_booth_n7' --net digits,cmodel/digits/data,0.125,8 --report "$report" "$@"
}

refuses() { # name, message, options
    local name=$1 message=$2 status=0
    shift 2
    run "$scratch/refused.json" "$@" > "$scratch/$name.log" 2>&1 || status=$?
    if [[ $status == 0 ]]; then
        bad "$name: accepted, expected an error that says \`$message\`"
    elif ! grep -qF -- "$message" "$scratch/$name.log"; then
        bad "$name: expected \`$message\`, got: $(tail -n 2 "$scratch/$name.log")"
    else
        ok
    fi
}

if run "$scratch/one.json" --rules synth/energy/rules.json > "$scratch/one.log" 2>&1; then ok; else bad "$(tail -n 5 "$scratch/one.log")"; fi
rm -f "$scratch"/out/*
run "$scratch/two.json" --jobs 2 > "$scratch/two.log" 2>&1 || bad "second run: $(tail -n 3 "$scratch/two.log")"
# all but the date and the time that it took
if cmp -s <(jq .rows "$scratch/one.json") <(jq .rows "$scratch/two.json"); then ok; else bad 'two runs differ'; fi
if [[ $(jq '[.rows[] | select(.layer == "all" and .se <= 0.02)] | length' "$scratch/one.json") == 2 ]]; then ok; else bad 'standard errors above 2 %'; fi
if [[ $(jq '[.rows[] | select(.layer == "all") | (.parts | .dynamic + .internal + .clock + .leakage + .reload) / .fj_per_mac_tile | select(. > 0.999 and . < 1.001)] | length' "$scratch/one.json") == 2 ]]; then
    ok
else
    bad 'parts do not add up'
fi
# a core has no single columns
if [[ $(jq -c '[.rows[].order] | unique' "$scratch/one.json") == '["schedule"]' ]]; then ok; else bad 'expected the order of teq/schedule.h'; fi
run "$scratch/three.json" > "$scratch/three.log" 2>&1 || true
if grep -q '2 of 2 results unchanged' "$scratch/three.log"; then ok; else bad 'third run: expected the results to be kept'; fi

# the paper's networks go to the smallest engine that runs them
if run "$scratch/dna.json" --dna --tiles 'count_n3 count_n4 select_n3' > "$scratch/dna.log" 2>&1; then ok; else bad "$(tail -n 3 "$scratch/dna.log")"; fi
got=$(jq -c '[.rows[] | select(.layer == "all" and (.design | startswith("count"))) | [.design, .format, .loss_points > -1 and .loss_points < 3, .bits_avg < 4, .se <= 0.02]]' "$scratch/dna.json")
if [[ $got == '[["count_n3_16x1","dna-teq-no-beta",true,true,true]]' ]]; then ok; else bad "dna-teq without beta: got $got"; fi

refuses dna_too_wide 'has n = 4, no design has' --dna --tiles count_beta_n3
refuses no_network "cannot open none/kws.onnx" --net kws,none,1,0
refuses no_design 'no tile 16x1' --only 'nothing*'
refuses bad_option 'no such option' --nothing 1
refuses bad_seed 'out of range' --seed -1
refuses short_period 'settles' --period 0.5

echo "$passed passed, $failed failed"
[[ $passed -gt 0 && $failed == 0 ]]
