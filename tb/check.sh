# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What tests of whole networks share: sourced, not run. A folder `scratch` that goes at the
# end; counts in passed and failed.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

check() { # what, command; its output is shown if it fails
    local what=$1
    shift
    if "$@" > "$scratch/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what"
        cat "$scratch/out"
    fi
}
