#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# compare.sh NEW_DIR KEPT_DIR FILE... -- are the files made now the files kept?
#
# REPLACE=1 puts the new ones in place of the old, with their checksums and the
# figures of docs/digits.md, instead of comparing.
set -eu
new=$1 kept=$2
shift 2

if [ "${REPLACE:-}" = 1 ]; then
    for f; do
        cp "$new/$f" "$kept/$f.tmp"
        mv "$kept/$f.tmp" "$kept/$f"
    done
    (cd "$kept" && LC_ALL=C sha256sum -- *.npy *.onnx > SHA256SUMS.tmp && mv SHA256SUMS.tmp SHA256SUMS)
    awk -v figures="$new/figures.md" '
        /^<!-- end of figures/ { inside = 0 }
        !inside { print }
        /^<!-- figures/ { inside = 1; while ((getline line < figures) > 0) print line }
    ' docs/digits.md > "$new/digits.md"
    cp "$new/digits.md" docs/digits.md
    echo "replaced in $kept: $*"
    exit 0
fi

differ=0
for f; do
    if cmp "$new/$f" "$kept/$f"; then
        echo "equal, byte for byte: $f"
    else
        differ=1
    fi
done
if [ $differ = 1 ]; then
    echo "not the files kept in $kept; the new ones are in $new (REPLACE=1 puts them in place)" >&2
fi
exit $differ
