#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs benches of the core, one after the other, each time with the next seed, until
# enough programs have come to their end and enough have been refused. The first failure
# stops it; its log names the seed and how to replay it.
#
#     tb/core_soak.sh SEED PROGRAMS REFUSED SIMULATOR...

set -euo pipefail

seed=$1 programs=$2 refused=$3
shift 3
sims=("$@")
log=$(mktemp)
trap 'rm -f "$log"' EXIT

ended=0 errors=0 cycles=0 runs=0
while ((ended < programs || errors < refused)); do
    sim=${sims[runs % ${#sims[@]}]}
    if ! "$sim" --seed "$seed" --cycles 1000000 > "$log" 2>&1; then
        cat "$log"
        echo "$runs passed, 1 failed"
        exit 1
    fi
    # programs: 298 to their end, 327 refused, 65 predicted to the cycle
    read -r e r < <(sed -n 's/^programs: \([0-9]*\) to their end, \([0-9]*\) refused.*/\1 \2/p' "$log")
    c=$(sed -n 's/^PASS .*: \([0-9]*\) cycles.*/\1/p' "$log")
    ended=$((ended + e)) errors=$((errors + r)) cycles=$((cycles + c)) runs=$((runs + 1)) seed=$((seed + 1))
    tail -n 1 "$log"
done
echo "$ended programs to their end, $errors refused, $cycles cycles, no mismatch"
echo "$runs passed, 0 failed"
