#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Lint the Verilog: each line of a table is read by Verilator, Icarus and Yosys, and none
# of them may have anything to say.
#
#     scripts/lint.sh [TABLE] [FOLDER]        (rtl/lint.txt, rtl)
#
# A line of the table is a top module and its parameters,
#
#     teq_array -GENGINE="shift" -GROWS=4
#
# and with a `!` in front it must be refused: by each of the three tools, at elaboration,
# with a message that says what is legal, X_must_Y (the name of a module that does not exist).
#     ! teq_array -GROWS=0
# A `~verilator`, `~iverilog` or `~yosys` in front leaves that tool out (say why).
# Verilator reads SystemVerilog, so that its keywords stay out of the sources; Icarus
# reads Verilog-2005 and nothing newer. Environment: J, lines at a time. The last line
# printed is `N passed, N failed`; exit status 0 if something passed and nothing failed.

set -euo pipefail

table=${1:-rtl/lint.txt} rtl=${2:-rtl} jobs=${J:-1}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/lines"

# The folders with Verilog, and the file of a module.
folders=()
while read -r folder; do folders+=("$folder"); done < <(find "$rtl" -name '*.v' -printf '%h\n' | sort -u)
file_of() { find "$rtl" -name "$1.v" -print -quit; }

verilator_lint() { # top, file, NAME=value ...
    local top=$1 file=$2
    shift 2
    verilator --lint-only -Wall "${folders[@]/#/-I}" --top-module "$top" "${@/#/-G}" "$file"
}

iverilog_lint() {
    local top=$1 file=$2
    shift 2
    iverilog -g2005 -Wall -t null "${folders[@]/#/-y}" "${folders[@]/#/-I}" -s "$top" "${@/#/-P$top.}" "$file"
}

yosys_lint() {
    local top=$1 file=$2 set='' assignment
    shift 2
    # Tcl, since Yosys' own script language loses the quotes of a string parameter.
    for assignment in "$@"; do set+=" -set ${assignment%%=*} {${assignment#*=}}"; done
    local script
    script=$(mktemp "$scratch/XXXXXX.tcl")
    {
        echo "yosys read_verilog ${folders[*]/#/-I} $file"
        [[ -z $set ]] || echo "yosys chparam$set $top"
        echo "yosys hierarchy -check -top $top ${folders[*]/#/-libdir }"
        echo "yosys proc"
        echo "yosys check -assert"
    } > "$script"
    yosys -q -c "$script"
}

# One line of the table, all tools. Prints one line, and what the tools said if that was wrong.
lint_line() {
    local line=$1 refuse='' without='' words tool output status file ok=1 said=''
    read -ra words <<< "$line"
    while [[ ${words[0]} == [~!]* ]]; do
        if [[ ${words[0]} == '!' ]]; then refuse=1; else without+=" ${words[0]#'~'} "; fi
        words=("${words[@]:1}")
    done
    local top=${words[0]} parameters=("${words[@]:1}")
    file=$(file_of "$top")
    if [[ -z $file ]]; then
        ok='' said="$table: no file $top.v under $rtl"
    fi
    for tool in verilator iverilog yosys; do
        [[ -n $file ]] || break
        [[ $without != *" $tool "* ]] || continue
        status=0
        output=$("${tool}_lint" "$top" "$file" "${parameters[@]/#-G/}" 2>&1 < /dev/null) || status=$?
        if grep -qiE 'parameter.* not found|defparam' <<< "$output"; then
            ok='' said+="$tool: no such parameter"$'\n'"$output"$'\n'
        elif [[ -n $refuse ]] && ((status == 0)); then
            ok='' said+="$tool: accepted, but must be refused"$'\n'
        elif [[ -n $refuse ]] && ! grep -qE '[A-Za-z0-9]_must_[a-z]' <<< "$output"; then
            ok='' said+="$tool: refused, but no message X_must_Y says what is legal"$'\n'"$output"$'\n'
        elif [[ -z $refuse && (status -ne 0 || -n $output) ]]; then
            ok='' said+="$tool: exit status $status"$'\n'"$output"$'\n'
        fi
    done
    if [[ -n $ok ]]; then
        echo "ok    $line"
    else
        echo "FAIL  $line"
        printf '%s\n' "$said" | sed '/^$/d; s/^/      | /'
    fi
}

mapfile -t lines < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$table")
n=0
for line in "${lines[@]}"; do
    while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
    # to a file first: what a line prints stays together
    {
        lint_line "$line" > "$scratch/lines/$n"
        cat "$scratch/lines/$n"
    } &
    n=$((n + 1))
done
wait
passed=$(cat "$scratch"/lines/* /dev/null | grep -c '^ok ' || true)
echo "$passed passed, $((n - passed)) failed"
((n > 0 && passed == n))
