#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Write what was made by a run into the documents, between the lines
#
#     <!-- begin:NAME -->
#     <!-- end:NAME -->
#
# of README.md and docs/*.md. What stands behind a name is said by docs/tables.txt, one
# block each:
#
#     table NAME
#     from  area                    build/reports/area.json
#     head  engine | n | GE a lane
#     row   .rows[] | [.engine, .n, .ge_per_lane]      jq, one array a row
#     by    make area               the command that makes the report
#
# A line `defs TEXT` has jq definitions for the rows of all tables.
#
#     text  NAME
#     from  cmodel/test/example.c   any file, shown as it is
#     lang  c                       how its block is marked
#
# Under a table stand the command, the date, the commit and the tools of its report. A
# report that is not there leaves its table as it is, and is named. Exit status 1 when a
# marker has no end or no block.

set -euo pipefail

definitions=docs/tables.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

die() {
    echo "docgen: $*" >&2
    exit 1
}

# --- make each block -----------------------------------------------------------------

make_table() { # name, report, head, row, by
    local report=build/reports/$2.json columns
    if [[ ! -f $report ]]; then
        echo "docgen: $1: no $report, left as it is ($5 makes it)" >&2
        return
    fi
    columns=$(awk -F'|' '{ print NF }' <<< "$3")
    {
        echo "| $3 |"
        printf '|%s\n' "$(printf ' --- |%.0s' $(seq "$columns"))"
        jq -r "$defs$4"' | map(if . == null then "" else tostring end) | "| " + join(" | ") + " |"' "$report"
        echo
        # Versions of the tools that a report can depend on, those that it has.
        jq -r --arg by "$5" '
            ((.tools // {}) | to_entries
                | map(select(.value != "" and (.key | IN("gcc", "verilator", "iverilog", "yosys", "opensta")))
                      | "\(.key) \(.value)") | join(", ")) as $tools
            | "`\($by)`, " + ([(.date // "" | split("T")[0]), (if .commit then "commit \(.commit)" else "" end), $tools]
                | map(select(. != null and . != "")) | join(", ")) + "."' "$report"
    } > "$scratch/$1.block" || die "table $1: the row of $definitions does not fit $report"
}

make_text() { # name, path, language
    if [[ ! -f $2 ]]; then
        echo "docgen: $1: no $2, left as it is" >&2
        return
    fi
    {
        echo "\`\`\`$3"
        cat "$2"
        echo '```'
    } > "$scratch/$1.block"
}

defs='' kind='' name='' from='' head='' row='' by='' lang=''
names=()
finish() {
    case $kind in
        table) make_table "$name" "$from" "$head" "$row" "$by" ;;
        text) make_text "$name" "$from" "$lang" ;;
    esac
    kind='' from='' head='' row='' by='' lang=''
}
while IFS= read -r line || [[ -n $line ]]; do
    [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
    key=${line%% *}
    text=${line:6}
    case $key in
        table | text)
            finish
            kind=$key name=$text
            names+=("$name")
            ;;
        row) row+="$text " ;;
        defs) defs+=" $text" ;;
        from | head | by | lang) declare "$key=$text" ;;
        *) die "$definitions: got \"$key\", expected defs, table, text, from, head, row, by or lang" ;;
    esac
done < "$definitions"
finish

# --- put them in ---------------------------------------------------------------------

documents=(README.md)
for file in docs/*.md; do [[ ! -e $file ]] || documents+=("$file"); done
: > "$scratch/seen"
for file in "${documents[@]}"; do
    awk -v blocks="$scratch" -v seen="$scratch/seen" -v known=" ${names[*]} " -v file="$file" '
        function wrong(text) { print "docgen: " file ":" FNR ": " text > "/dev/stderr"; bad = 1; exit 1 }
        /^<!-- begin:[A-Za-z0-9_]+ -->$/ {
            if (name != "") wrong("begin inside " name)
            name = $2
            sub(/^begin:/, "", name)
            if (index(known, " " name " ") == 0) wrong(name " is not in docs/tables.txt")
            print name >> seen
            print
            block = blocks "/" name ".block"
            have = 0
            while ((getline line < block) > 0) { print line; have = 1 }
            close(block)
            next
        }
        /^<!-- end:[A-Za-z0-9_]+ -->$/ {
            if ($2 != "end:" name) wrong($2 " without its begin")
            name = ""
        }
        name == "" || !have { print }
        END { if (!bad && name != "") wrong(name " has no end") }
    ' "$file" > "$scratch/document" || exit 1
    cmp -s "$scratch/document" "$file" || {
        cp "$scratch/document" "$file"
        echo "docgen: $file"
    }
done
for name in "${names[@]}"; do
    grep -qx "$name" "$scratch/seen" || echo "docgen: $name of $definitions has no marker in any document" >&2
done
