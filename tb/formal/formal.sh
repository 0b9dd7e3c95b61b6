#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Formal proofs over the RTL, with Yosys and the model checker of yosys-abc (PDR).
#
#     tb/formal/formal.sh [--quick] [--report FILE] [PROOF ...]
#
# tb/formal/proofs.txt lists the proofs and says how they are written. Each must be proved.
# Each also names changes to the RTL under which it must be refuted: a proof that holds
# whatever the RTL does, because an assumption is too strong, proves nothing.
#
# A line a proof: proved or not, how (PDR: unbounded, after so many frames; without
# registers: for every input), seconds; under it its changes. --quick, for `make test`: the
# proofs with the word quick, the first change of each. What is refuted but should not be
# leaves a waveform, build/formal/PROOF/trace.vcd.
# The model checker's answers are kept by circuit (build/formal-answers), with the seconds
# that they took: a run that was stopped goes on where it was, and a long one can be made in
# pieces, PROOFS='...', before one over all that collects.
# Environment: J, proofs at a time; PROOF_TIMEOUT, seconds. Last line `N passed, N failed`;
# exit status 0 if something passed and nothing failed.

set -euo pipefail

here=$(dirname "$0")
table=$here/proofs.txt rtl=${RTL:-rtl} work=build/formal report='' quick='' answers=build/formal-answers
jobs=${J:-1} timeout=${PROOF_TIMEOUT:-3600}
chosen=()
while (($#)); do
    case $1 in
        --quick) quick=1 work=build/formal-quick ;;
        --report) report=$2 && shift ;;
        *) chosen+=("$1") ;;
    esac
    shift
done

# --- the table -----------------------------------------------------------------------

names=()
declare -A what top cut method is_quick breaks change_file change_old change_new

die() {
    echo "$table: $*" >&2
    exit 2
}

append() { # array, name, line: one more line of a text
    local -n texts=$1
    texts[$2]=${texts[$2]+${texts[$2]}$'\n'}$3
}

read_table() {
    local line key text name='' change='' number=0
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
        key=${line%%[[:space:]]*}
        text=${line:6}
        case $key in
            proof)
                name=$text change=''
                [[ $name =~ ^[a-z0-9_]+$ ]] || die "$number: proof name \"$name\": expected a-z, 0-9 and _"
                [[ -z ${top[$name]+x} ]] || die "$number: proof $name stands there twice"
                names+=("$name")
                ;;
            what) append what "$name" "$text" ;;
            top) top[$name]=$text ;;
            cut) cut[$name]=$text ;;
            how) method[$name]=$text ;;
            quick) is_quick[$name]=1 ;;
            break)
                [[ $text =~ ^[a-z0-9_]+$ ]] || die "$number: change \"$text\": expected a-z, 0-9 and _"
                change=$name.$text
                breaks[$name]+=" $change"
                ;;
            file) change_file[$change]=$text ;;
            old) append change_old "$change" "$text" ;;
            new) append change_new "$change" "$text" ;;
            *) die "$number: got \"$key\", expected proof, what, top, cut, how, quick, break, file, old or new" ;;
        esac
    done < "$table"
    for name in "${names[@]}"; do
        [[ -n ${top[$name]:-} && -n ${breaks[$name]:-} ]] || die "proof $name: top and at least one break are needed"
        for change in ${breaks[$name]}; do
            [[ -n ${change_file[$change]:-} && -n ${change_old[$change]:-} ]] || die "$change: file and old are needed"
        done
    done
}

# --- one question to the model checker -------------------------------------------------

# Yosys script up to a flat circuit. Tcl, since its own language loses quotes of strings.
script() { # proof, folder of the RTL
    local words=() word set='' module folders
    read -ra words <<< "${top[$1]}"
    module=${words[0]}
    for word in "${words[@]:1}"; do set+=" -set ${word%%=*} {${word#*=}}"; done
    folders=$(find "$2" -name '*.v' -printf '-libdir %h\n' | sort -u | xargs)
    [[ ! -f $here/$module.v ]] || echo "yosys read_verilog -formal $here/$module.v"
    [[ -f $here/$module.v ]] || echo "yosys read_verilog -I$2 $(find "$2" -name "$module.v")"
    for word in ${cut[$1]:-}; do echo "yosys read_verilog -formal -defer $here/cut/$word.v"; done
    [[ -z $set ]] || echo "yosys chparam$set $module"
    echo "yosys hierarchy -check -top $module $folders"
    printf 'yosys %s\n' proc flatten 'opt -full' memory 'opt -full'
}

circuit() { # ... and on to gates, written for the model checker
    script "$1" "$2"
    printf 'yosys %s\n' techmap 'opt -fast' dffunmap 'setundef -undriven -anyseq' opt_clean aigmap \
        'delete -output' opt_clean "write_aiger -I -B -zinit $3.aig"
}

# No path from an input to an output within a cycle: walk back from the outputs and
# stop at registers.
cone() {
    local ff="\\\$_DFF_P_"       # kept from Tcl
    script "$1" "$2"
    printf 'yosys %s\n' techmap 'opt -fast' "dfflegalize -cell $ff 01" opt_clean 'splitnets -ports' \
        'select -assert-any o:*' "select -assert-none o:* %ci*:-$ff i:* %i"
}

# The model checker over $1.aig; its log is kept under the circuit and the tool if it answered.
check() { # where to write
    local status=0 begin=$EPOCHREALTIME kept
    kept=$answers/$({ cat "$1.aig" && yosys -V; } | sha256sum | cut -c 1-32)
    if [[ ! -f $kept ]]; then
        timeout "$timeout" yosys-abc -c "read_aiger $1.aig; fold; orpos; strash; scleanup; pdr" > "$1.abc" 2>&1 || status=$?
        awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "Seconds %.1f\n", b - a }' >> "$1.abc"
        if ! grep -qE '^Property proved|was asserted in frame' "$1.abc"; then
            cat "$1.abc" >> "$1.log"
            return "$status"
        fi
        mkdir -p "$answers"
        mv "$1.abc" "$kept.$BASHPID"
        mv "$kept.$BASHPID" "$kept"
    fi
    cat "$kept" >> "$1.log"
}

# Sets answer: proved, refuted, or what went wrong; depth: frames; seconds of the question.
ask() { # proof, folder of the RTL, where to write
    local status=0 begin=$EPOCHREALTIME
    answer=failed depth=0 seconds=0
    mkdir -p "$(dirname "$3")"
    if [[ ${method[$1]:-pdr} == cone ]]; then
        cone "$1" "$2" > "$3.tcl"
        yosys -q -c "$3.tcl" > "$3.log" 2>&1 || status=$?
        if ((status == 0)); then
            answer=proved
        elif grep -q 'Assertion failed: selection' "$3.log"; then
            answer=refuted
        fi
        seconds=$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
        return
    fi
    circuit "$1" "$2" "$3" > "$3.tcl"
    yosys -q -c "$3.tcl" > "$3.log" 2>&1 || return 0
    check "$3" || status=$?
    seconds=$(sed -n 's/^Seconds //p' "$3.log" | tail -n 1)
    if ((status == 124)); then
        answer='no answer in time'
    elif grep -q '^Property proved' "$3.log"; then
        answer=proved
        depth=$(sed -n 's/^Invariant F\[\([0-9]*\)\] : .*/\1/p' "$3.log")
        if grep -q ' : 0 clauses with 0 flops' "$3.log"; then depth=0; fi
    elif grep -q 'was asserted in frame' "$3.log"; then
        answer=refuted
        depth=$(sed -n 's/.*was asserted in frame \([0-9]*\).*/\1/p' "$3.log")
    fi
}

# A proof that was refuted: the way there, as a waveform.
trace() { # proof, folder of the RTL, frame
    local to=$work/$1/trace
    { script "$1" "$2" && printf 'yosys %s\n' dffunmap "write_smt2 -wires $to.smt2"; } > "$to.tcl"
    yosys -q -c "$to.tcl" > "$to.log" 2>&1 || return 0
    timeout 120 yosys-smtbmc -s z3 --unroll -t $(($3 + 2)) --dump-vcd "$to.vcd" "$to.smt2" >> "$to.log" 2>&1 || true
    sed -n '/Assert failed/s/^.*Assert/      Assert/p' "$to.log"
    [[ ! -f $to.vcd ]] || echo "      gtkwave $to.vcd"
}

# --- one proof with its changes ----------------------------------------------------------

prove() {
    local name=$1 change changes how answer depth seconds ok=1 rows=''
    rm -rf "${work:?}/$name"
    mkdir -p "$work/$name"
    ask "$name" "$rtl" "$work/$name/proof"
    local result=$answer frames=$depth took=$seconds
    if [[ ${method[$name]:-pdr} == cone ]]; then
        how='structure, every state'
    elif ((frames == 0)); then
        how='sat, every input'
    else
        how="pdr, unbounded, $frames frames"
    fi
    [[ $result == proved ]] || ok='' how="frame $frames"
    printf '%-8s %-28s %6s s  %-20s %s\n' "$result" "$how" "$took" "$name" "${what[$name]}"
    if [[ $result != proved ]]; then
        echo "      log: $work/$name/proof.log"
        [[ $result != refuted ]] || trace "$name" "$rtl" "$frames"
    fi
    read -ra changes <<< "${breaks[$name]}"
    [[ -z $quick ]] || changes=("${changes[0]}")
    for change in "${changes[@]}"; do
        local copy=$work/$name/${change#*.} path
        mkdir -p "$copy"
        cp -r "$rtl" "$copy/rtl"
        path=$copy/rtl/${change_file[$change]}
        if [[ ! -f $path ]] || ! OLD=${change_old[$change]} NEW=${change_new[$change]:-} \
            awk -f scripts/mutants/replace.awk "$path" > "$path.new"; then
            answer='text not found once' depth=0
        else
            mv "$path.new" "$path"
            ask "$name" "$copy/rtl" "$copy/proof"
        fi
        rm -rf "$copy/rtl"
        [[ $answer == refuted ]] || ok=''
        printf '      %-20s %s\n' "${change#*.}" "$answer$([[ $answer == refuted ]] || echo ', but must be refuted')"
        rows+=$(jq -nc --arg name "${change#*.}" --arg file "${change_file[$change]}" --arg result "$answer" \
            --argjson depth "${depth:-0}" '{name: $name, file: $file, result: $result, depth: $depth}')
    done
    jq -n --arg name "$name" --arg what "${what[$name]}" --arg top "${top[$name]}" --arg how "$how" \
        --arg result "$result" --argjson depth "$frames" --argjson seconds "${took:-0}" --arg ok "$ok" \
        --argjson changes "$(jq -sc . <<< "$rows")" \
        '{name: $name, what: $what, top: $top, result: $result, how: $how, unbounded: ($result == "proved"),
          depth: $depth, seconds: $seconds, changes: $changes,
          status: (if $ok == "" then "failed" else "passed" end)}' > "$work/$name.json"
}

# --- all -----------------------------------------------------------------------------

read_table
for name in "${chosen[@]}"; do
    [[ -n ${top[$name]:-} ]] || die "no proof $name"
done
if ((${#chosen[@]} == 0)); then
    for name in "${names[@]}"; do
        if [[ -z $quick || -n ${is_quick[$name]:-} ]]; then chosen+=("$name"); fi
    done
fi
mkdir -p "$work"
rm -f "$work"/*.json
for name in "${chosen[@]}"; do
    while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
    { prove "$name" > "$work/$name.out" 2>&1 || true; cat "$work/$name.out"; } &
done
wait

passed=$(cat "$work"/*.json /dev/null | jq -s 'map(select(.status == "passed")) | length')
if [[ -n $report ]]; then
    mkdir -p "$(dirname "$report")"
    for name in "${chosen[@]}"; do cat "$work/$name.json" 2> /dev/null || true; done |
        jq -s --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
            --arg commit "$(git rev-parse --short=12 HEAD 2> /dev/null || true)" \
            --slurpfile tools build/reports/tools.json --argjson n "${#chosen[@]}" '
            { date: $date, commit: $commit, tools: $tools[0],
              totals: { proofs: $n, passed: (map(select(.status == "passed")) | length),
                        refuted: (map(.changes | map(select(.result == "refuted")) | length) | add) }, rows: . }' \
            > "$report.new"
    mv "$report.new" "$report"
    echo "report: $report"
fi
echo "$passed passed, $((${#chosen[@]} - passed)) failed"
((passed > 0 && passed == ${#chosen[@]}))
