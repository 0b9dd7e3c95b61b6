#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Print the versions of the tools and the machine as one JSON object. Every report
# carries it, since figures move with the tools.

set -euo pipefail

# First line of "command args" that matches the pattern, cut to the match; "" if absent.
version() {
    local pattern=$1
    shift
    command -v "$1" > /dev/null || return 0
    { "$@" 2>&1 < /dev/null || true; } | grep -oE -m1 -- "$pattern" | head -n1 || true
}

field() { printf '  "%s": "%s",\n' "$1" "$2"; }

number='[0-9]+\.[0-9]+[0-9.+]*'

echo '{'
field gcc "$(version "$number" gcc -dumpfullversion)"
field clang "$(version "$number" clang --version)"
field make "$(version "$number" make --version)"
field verilator "$(version "$number" verilator --version)"
field iverilog "$(version "$number" iverilog -V)"
field yosys "$(version "$number" yosys -V)"
field opensta "$(version "$number" sta -version)"
field z3 "$(version "$number" z3 --version)"
field nextpnr-ice40 "$(version "Version $number" nextpnr-ice40 --version | sed "s/Version //")"
field gnuplot "$(version "$number" gnuplot --version)"
# shellcheck disable=SC1091,SC2015  # uname is the right answer in both cases
field system "$(. /etc/os-release 2> /dev/null && echo "${PRETTY_NAME:-unknown}" || uname -s)"
field cpu "$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo 2> /dev/null || true)"
printf '  "cores": %s\n}\n' "$(nproc)"
