#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The lists of Verilog files, made from what lies in rtl/: the plain list rtl/teq.f and
# the lines between the markers in teq.core. With --check: change nothing, fail if either
# is out of date.

set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mapfile -t headers < <(find rtl -name '*.vh' | LC_ALL=C sort)
mapfile -t sources < <(find rtl -name '*.v' | LC_ALL=C sort)

# rtl/teq.f: include folders of the headers, then the sources. Both Verilator and Icarus
# take it with -f, from the top of the repository.
{
    echo "// Every Verilog source, from the top of the repository: verilator -f, iverilog -f."
    echo "// Made by scripts/filelist.sh."
    for header in "${headers[@]}"; do dirname "$header"; done | sort -u | sed 's/^/+incdir+/'
    ((${#sources[@]} == 0)) || printf '%s\n' "${sources[@]}"
} > "$scratch/teq.f"

{
    for header in "${headers[@]}"; do
        echo "      - $header: {is_include_file: true, include_path: $(dirname "$header")}"
    done
    for source in "${sources[@]}"; do echo "      - $source"; done
} > "$scratch/files"

awk -v files="$scratch/files" '
    /# begin files/ { print; while ((getline line < files) > 0) print line; skip = 1 }
    /# end files/   { skip = 0 }
    !skip           { if ($0 !~ /# begin files/) print }
' teq.core > "$scratch/teq.core"

for file in rtl/teq.f teq.core; do
    made=$scratch/${file##*/}
    cmp -s "$made" "$file" && continue
    if [[ ${1:-} == --check ]]; then
        echo "$file is not what lies in rtl/: run make filelist" >&2
        exit 1
    fi
    cp "$made" "$file"
done
