#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Coverage: build/reports/cov.json from Verilator's .dat files and gcc's .gcda files.
#
#     scripts/cov.sh OUT.json TOOLS.json OBJECTS [FILE.dat ...]
#
# OBJECTS is the folder with the .gcno and .gcda files of the library. `rows` has one
# row a file: lines, branches and (Verilog) toggles, each with `_hit`; `totals` the same
# for each language. What is not covered goes to OUT_holes.txt beside it.

set -euo pipefail

out=$1 tools=$2 objects=$3
shift 3
holes=${out%.json}_holes.txt
top=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# --- Verilog ---
: > "$scratch/holes"
{
    echo '['
    (($# == 0)) || awk -f scripts/cov_rtl.awk -v holes="$scratch/holes" "$@"
    echo ']'
} > "$scratch/rtl.json"

# --- C: gcov's own JSON, one document an object file, those never run included; counts
# of one line are added up ---
: > "$scratch/gcov.json"
if [[ -d $objects ]]; then
    find "$objects" -name '*.gcno' | LC_ALL=C sort | while read -r notes; do
        gcov --json-format --branch-probabilities --stdout "$notes" 2> /dev/null >> "$scratch/gcov.json" || true
    done
fi
jq -s --arg top "$top/" '
    [ .[].files[] | select(.file | ltrimstr($top) | test("^cmodel/") and (test("^cmodel/test/") | not))
      | (.file | ltrimstr($top)) as $file
      | .lines[] | { file: $file, line: .line_number, count, branches: [.branches[].count] } ]
    | group_by(.file) | map({
        file: .[0].file,
        lines: (group_by(.line) | map({
            line: .[0].line,
            count: (map(.count) | add),
            branches: (map(.branches) | transpose | map(map(. // 0) | add)) })) })
    ' "$scratch/gcov.json" > "$scratch/c_lines.json"
jq '[ .[] | {
        file, language: "c",
        lines: (.lines | length),
        lines_hit: ([.lines[] | select(.count > 0)] | length),
        branches: ([.lines[].branches[]] | length),
        branches_hit: ([.lines[].branches[] | select(. > 0)] | length) } ]' \
    "$scratch/c_lines.json" > "$scratch/c.json"
jq -r '.[] | .file as $f | .lines[]
        | if .count == 0 then "\($f):\(.line): line"
          elif ([.branches[] | select(. == 0)] | length) > 0 then "\($f):\(.line): branch: \([.branches[] | select(. == 0)] | length) of \(.branches | length) never taken"
          else empty end' "$scratch/c_lines.json" >> "$scratch/holes"
LC_ALL=C sort -t: -k1,1 -k2,2n "$scratch/holes" > "$holes"

# --- both ---
jq -n --slurpfile rtl "$scratch/rtl.json" --slurpfile c "$scratch/c.json" --slurpfile tools "$tools" \
    --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --arg commit "$(git rev-parse --short=12 HEAD 2> /dev/null || true)" '
    def percent($hit; $all): if $all > 0 then ($hit * 10000 / $all | floor) / 100 else null end;
    def sum($rows; $key): [$rows[][$key] // 0] | add // 0;
    def total($rows): {
        files: ($rows | length),
        line: percent(sum($rows; "lines_hit"); sum($rows; "lines")),
        branch: percent(sum($rows; "branches_hit"); sum($rows; "branches")),
        toggle: percent(sum($rows; "toggles_hit"); sum($rows; "toggles")) };
    ($rtl[0] | sort_by(.file)) as $v | ($c[0] | sort_by(.file)) as $c
    | { date: $date, commit: $commit, tools: $tools[0],
        totals: { verilog: total($v), c: (total($c) | del(.toggle)) },
        rows: ($v + $c) }' > "$out.new"
mv "$out.new" "$out"

jq -r '
    def show($hit; $all): if ($all // 0) == 0 then "-" else "\(($hit * 1000 / $all | floor) / 10)%" end;
    (["file", "lines", "branches", "toggles"],
     (.rows[] | [.file, show(.lines_hit; .lines), show(.branches_hit; .branches), show(.toggles_hit; .toggles)]),
     (.totals | to_entries[] | ["all " + .key, "\(.value.line // "-")%", "\(.value.branch // "-")%", (if .value.toggle then "\(.value.toggle)%" else "-" end)]))
    | @tsv' "$out" | awk -F '\t' '{ printf "%-44s %8s %9s %8s\n", $1, $2, $3, $4 }'
echo "not covered: $holes; report: $out"
