#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# judge_unseen.sh TEQ: what `make nets-unseen` makes of a network, here of the embedded one: a row for each
# method, test samples counted, nothing lost but a point. Exit status 77 without Python.
set -u
command -v python3 > /dev/null || exit 77
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for end in .onnx _calib_x.npy _eval_x.npy _eval_y.npy; do
    ln -s "$here/../digits/data/digits$end" "$work/digits$end"
done
printf '{"network": "digits", "what": "digits", "opset": 13, "scale": 0.125, "zero_point": 8}\n' > "$work/digits.json"
python3 "$here/../../scripts/unseen/judge.py" "$1" "$work" > "$work/rows" || exit 1
cat "$work/rows"
good=$(jq -s '[.[] | select(.n == 597 and .loss_points <= 1 and .loss_low <= .loss_points and .bits_avg < 5.1)] | length' "$work/rows")
echo "$good passed, $((3 - good)) failed"
[ "$good" = 3 ] && [ "$(jq -rs 'map(.method + " " + .target) | join(", ")' "$work/rows")" = "teq none, teq shift4, int mixed int8" ]
