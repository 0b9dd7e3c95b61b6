#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The files made from rtl/core/registers.txt by scripts/registers.awk. With --check:
# change nothing, fail if one of them is out of date, or if the awk script lets a wrong
# line through.

set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
source=rtl/core/registers.txt

for file in rtl/core/teq_regs.vh cmodel/include/teq/regs.h docs/registers.md; do
    awk -v as="${file##*.}" -f scripts/registers.awk "$source" > "$scratch/made"
    if [[ ${1:-} != --check ]]; then
        cmp -s "$scratch/made" "$file" || cp "$scratch/made" "$file"
    elif ! cmp -s "$scratch/made" "$file"; then
        echo "$file is not what $source says: run make registers" >&2
        exit 1
    fi
done

[[ ${1:-} == --check ]] || exit 0
passed=3

# Each of these must be refused.
while IFS= read -r line; do
    printf '%b\n' "$line" > "$scratch/bad"
    if awk -v as=h -f scripts/registers.awk "$scratch/bad" > "$scratch/out" 2>&1; then
        echo "accepted, but must be refused: $line" >&2
        exit 1
    fi
    passed=$((passed + 1))
done << 'BAD'
reg 0x02 A ro
reg 0x100 A ro
reg 0x04 A
reg 0x04 a ro
reg 0x04 A ro\nreg 0x04 B ro
reg 0x04 A ro\nreg 0x08 A ro
field 3:0 F
reg 0x04 A ro\nfield 3:0 F\nfield 4:3 G
reg 0x04 A ro\nfield 0:3 F
reg 0x04 A ro\nfield 32:3 F
reg 0x04 A ro\nfield 3:0 F\nvalue 16 V
reg 0x04 A ro\nfield 3:0 F\nvalue x V
reg 0x04 A ro\nfield 3:0 F\nvalue 1 LSB
register 0x04 A ro
# nothing
BAD
echo "$passed passed, 0 failed"
