#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Faults by hand: put each fault of a table into a copy of rtl/, run the benches on the
# copy, and see whether they notice.
#
#     scripts/mutants/run.sh TABLE REPORT.json [FAULT ...]
#     scripts/mutants/run.sh --check TABLE      is each text found where the table says? nothing is run
#
# The table (faults.txt says how it is written) names a file, its text, and what stands
# there instead. A fault is caught when a bench fails. It is an error when all benches
# pass (not caught), when the text is not found exactly once (stale), and when the copy no
# longer builds (no build: the fault is not one that could have been made by a designer).
# The same benches run first on an unchanged copy and must pass.
#
# Environment: J, faults at a time; SEED; TEST_TIMEOUT in seconds, after which a bench
# that hangs counts as failing. Last line: `N passed, N failed`, passed meaning caught.

set -euo pipefail

check=''
if [[ $1 == --check ]]; then
    check=1
    shift
fi
table=$1 report=${2:-}
shift $(($# < 2 ? $# : 2))
chosen=("$@")
jobs=${J:-1} seed=${SEED:-1} timeout=${TEST_TIMEOUT:-300}
work=build/faults
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# --- the table -----------------------------------------------------------------------

names=()
declare -A what file tests old new

append() { # array, name, line: one more line of a text
    local -n texts=$1
    texts[$2]=${texts[$2]+${texts[$2]}$'\n'}$3
}

read_table() {
    local line key text name='' number=0
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
        key=${line%%[[:space:]]*}
        text=${line:6}
        case $key in
            fault)
                name=$text
                [[ $name =~ ^[a-z0-9_]+$ ]] || die "$number: fault name \"$name\": expected a-z, 0-9 and _"
                [[ " ${names[*]} " != *" $name "* ]] || die "$number: fault $name stands there twice"
                names+=("$name")
                ;;
            what | file | tests | old | new)
                [[ -n $name ]] || die "$number: $key before any fault"
                append "$key" "$name" "$text"
                ;;
            *) die "$number: got \"$key\", expected fault, what, file, tests, old or new" ;;
        esac
    done < "$table"
    ((${#names[@]})) || die "no faults in it"
    for name in "${names[@]}"; do
        [[ -n ${file[$name]+x} && -n ${old[$name]+x} ]] || die "fault $name: file and old are needed"
    done
}

die() {
    echo "$table: $*" >&2
    exit 2
}

# --- one fault -----------------------------------------------------------------------

run_benches() { # name, jobs: all benches of a fault on its copy
    make --no-print-directory -j"$2" fault-tests FAULT="$1" RTL="$work/$1/rtl" TB_BUILD="$work/$1/tb" \
        LOGS="$work/$1/logs" REPORTS="$work/$1" SEED="$seed" TEST_TIMEOUT="$timeout" J="$2" \
        ONLY="${tests[$1]:-}" < /dev/null > "$work/$1/log" 2>&1
}

# A file with the fault in it; fails where its text is not there exactly once.
with_fault() { # name, file
    OLD=${old[$1]} NEW=${new[$1]:-} awk -f scripts/mutants/replace.awk "$2"
}

# Put the fault in, run, write one JSON row, print one line.
run_fault() {
    local name=$1 status=caught by='' begin=$SECONDS line=0 path
    path=$work/$name/rtl/${file[$name]}
    rm -rf "${work:?}/$name"
    mkdir -p "$work/$name"
    cp -r rtl "$work/$name/rtl"
    if [[ ! -f $path ]] || ! with_fault "$name" "$path" > "$path.new"; then
        status=stale
    else
        line=$(cmp "$path" "$path.new" | sed 's/.* line //' || true)
        mv "$path.new" "$path"
        if run_benches "$name" 1; then
            status='not caught'
        elif [[ -f $work/$name/test-fault-$name.json ]]; then
            by=$(jq -r '[.rows[] | select(.status == "failed") | .name] | join(" ")' "$work/$name/test-fault-$name.json")
            [[ -n $by ]] || status='no benches'
        else
            status='no build'
        fi
    fi
    jq -n --arg name "$name" --arg what "${what[$name]:-}" --arg file "rtl/${file[$name]}" --argjson line "${line:-0}" \
        --arg status "$status" --arg by "$by" --argjson seconds $((SECONDS - begin)) \
        '{name: $name, what: $what, file: $file, line: $line, status: $status,
          by: ($by | split(" ") | map(select(. != ""))), seconds: $seconds}' > "$work/$name.json"
    printf '%-10s %4d s  %-24s %s\n' "$status" $((SECONDS - begin)) "$name" "${by:-${what[$name]:-}}"
    # What was built is large; keep the copy and the logs of what went wrong.
    if [[ $status == caught ]]; then rm -rf "${work:?}/$name"; else rm -rf "$work/$name/tb"; fi
}

# --- all -----------------------------------------------------------------------------

read_table
if [[ -n $check ]]; then
    stale=0
    for name in "${names[@]}"; do
        if ! with_fault "$name" "rtl/${file[$name]}" > /dev/null 2>&1; then
            echo "stale: fault $name of $table: its text is not found exactly once in rtl/${file[$name]}"
            stale=$((stale + 1))
        fi
    done
    echo "$((${#names[@]} - stale)) passed, $stale failed"
    exit $((stale > 0))
fi
((${#chosen[@]})) || chosen=("${names[@]}")
for name in "${chosen[@]}"; do
    [[ -n ${file[$name]+x} ]] || die "no fault $name"
done
rm -rf "$work"
mkdir -p "$work" "$(dirname "$report")"

# The unchanged copy: all benches that the chosen faults ask for. This also builds what
# the copies share, so that the faults can then run side by side.
mkdir -p "$work/none"
cp -r rtl "$work/none/rtl"
tests[none]=$(for name in "${chosen[@]}"; do echo "${tests[$name]:-tb.%}"; done | tr ' ' '\n' | sort -u | tr '\n' ' ')
if ! run_benches none "$jobs"; then
    tail -n 30 "$work/none/log" >&2
    echo "faults: the benches do not pass on the unchanged rtl/" >&2
    exit 1
fi
echo "unchanged rtl/ passes: $(tail -n 1 "$work/none/log")"
rm -rf "$work/none"

for name in "${chosen[@]}"; do
    while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
    run_fault "$name" &
done
wait

for name in "${chosen[@]}"; do cat "$work/$name.json"; done |
    jq -s --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg seed "$seed" \
        --arg commit "$(git rev-parse --short=12 HEAD 2> /dev/null || true)" \
        --slurpfile tools build/reports/tools.json '
        { date: $date, commit: $commit, seed: $seed, tools: $tools[0],
          totals: { faults: length, caught: (map(select(.status == "caught")) | length) }, rows: . }' > "$report.new"
mv "$report.new" "$report"

caught=$(jq .totals.caught "$report")
echo "report: $report"
echo "$caught passed, $((${#chosen[@]} - caught)) failed"
((caught == ${#chosen[@]}))
