# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the tests of the verbs share: sourced, not run. Counts in passed and failed.
passed=0 failed=0

# check NAME STATUS PATTERN COMMAND...: exit status, and a line of the output.
check() {
    local name=$1 status=$2 pattern=$3 got out
    shift 3
    out=$("$@" 2>&1)
    got=$?
    if [ "$got" = "$status" ] && grep -qE -e "$pattern" <<<"$out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: got status %s, expected %s and a line with "%s" from\n  %s\n%s\n' \
            "$name" "$got" "$status" "$pattern" "$*" "$out"
    fi
}
