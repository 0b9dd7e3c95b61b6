#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Check the tools and libraries that TEQ needs; install what is missing with apt; check
# again. Says nothing when all is there. With --check it installs nothing.
#
# Exit status 0 only if everything is there in a version that is new enough.

set -euo pipefail

export LC_ALL=C DEBIAN_FRONTEND=noninteractive

# What is needed, one a line; `a|b` is the first of these packages that apt knows.
#
#   tool    NAME  MINIMUM  PACKAGE   a program in the PATH, by its version
#   library HEADER  NAME   PACKAGE   a header that compiles and a library that links
#   file    PATH           PACKAGE
#   fuzzer                 PACKAGE   clang can link libFuzzer with the sanitizers
#   area                             what follows is for `make area` alone: Ubuntu 24.04
#                                    does not have it, and all else must work there
needs() {
    cat << 'END'
tool    gcc           12      build-essential
tool    g++           12      build-essential
tool    make          4.3     make
tool    git           2.30    git
tool    verilator     5.006   verilator
tool    iverilog      11      iverilog
tool    yosys         0.23    yosys
tool    nextpnr-ice40 0.4     nextpnr-ice40
tool    icepack       any     fpga-icestorm
tool    z3            4.8     z3
tool    clang         14      clang
fuzzer  libclang-rt-dev|libclang-rt-14-dev|libclang-common-14-dev
tool    protoc-c      1.3     protobuf-c-compiler
tool    ccache        4.0     ccache
tool    jq            1.6     jq
tool    gnuplot       5.4     gnuplot-nox
tool    dot           2.42    graphviz
tool    parallel      2021    parallel
library protobuf-c/protobuf-c.h  protobuf-c  libprotobuf-c-dev
library cjson/cJSON.h            cjson       libcjson-dev
library cmocka.h                 cmocka      libcmocka-dev
library cblas.h                  openblas    libopenblas-dev
library lapacke.h                lapacke     liblapacke-dev
library zlib.h                   z           zlib1g-dev
file    /usr/share/fpga-icestorm/chipdb/chipdb-8k.txt  fpga-icestorm-chipdb
file    /usr/include/onnx/onnx.proto  libonnx-dev
area
tool    sta           2.0     opensta
file    /usr/share/qflow/tech/osu018/osu018_stdcells.lib  qflow-tech-osu018
END
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The version that a tool tells, or nothing.
version() {
    local arg
    command -v "$1" > /dev/null || return 0
    case $1 in
        iverilog | yosys | dot) arg=-V ;;
        sta) arg=-version ;;
        *) arg=--version ;;
    esac
    { "$1" "$arg" 2>&1 < /dev/null || true; } > "$scratch/version"
    grep -oE '[0-9]+(\.[0-9]+)+|20[0-9]{6}' "$scratch/version" | head -n1 || true
}

at_least() { printf '%s\n%s\n' "$2" "$1" | sort -V -C; }

links() { # compiler, source, flags...
    local cc=$1 source=$2
    shift 2
    command -v "$cc" > /dev/null || return 1
    printf '%s\n' "$source" > "$scratch/a.c"
    "$cc" "$scratch/a.c" -o "$scratch/a" "$@" > /dev/null 2>&1
}

# Check one line of the list. Prints what is wrong, or nothing.
check() {
    local kind=$1 found
    shift
    case $kind in
        tool)
            if [[ $2 == any ]]; then
                command -v "$1" > /dev/null || echo "$1: not found"
                return
            fi
            found=$(version "$1")
            if [[ -z $found ]]; then
                echo "$1: not found, needed: version $2 or later"
            elif ! at_least "$found" "$2"; then
                echo "$1: found version $found, needed: $2 or later"
            fi
            ;;
        library)
            links gcc "#include <stdarg.h>
                #include <stddef.h>
                #include <stdint.h>
                #include <setjmp.h>
                #include <$1>
                int main(void) { return 0; }" "-l$2" || echo "lib$2: cannot compile and link with <$1>"
            ;;
        file)
            [[ -e $1 ]] || echo "$1: not found"
            ;;
        fuzzer)
            links clang "#include <stddef.h>
                int LLVMFuzzerTestOneInput(const unsigned char *d, size_t n);
                int LLVMFuzzerTestOneInput(const unsigned char *d, size_t n) { (void)d; return n > 1u << 30; }" \
                -fsanitize=fuzzer,address,undefined || echo "clang: cannot link with -fsanitize=fuzzer,address,undefined"
            ;;
    esac
}

# Fill `wrong` (messages), `wrong_area` (those for `make area` alone) and `packages`
# (what would mend them).
check_all() {
    wrong=() wrong_area=() packages=()
    local line message area=''
    while read -r line; do
        if [[ $line == area ]]; then
            area=1
            continue
        fi
        # shellcheck disable=SC2086  # the fields of the line are the arguments
        message=$(check $line)
        [[ -n $message ]] || continue
        packages+=("${line##* }")
        if [[ -n $area ]]; then wrong_area+=("$message"); else wrong+=("$message"); fi
    done < <(needs)
}

# The first of a|b|c that apt can install, if any.
first_known() {
    local names name
    IFS='|' read -ra names <<< "$1"
    for name in "${names[@]}"; do
        if [[ $(apt-cache policy "$name") =~ Candidate:\ [^\(] ]]; then
            echo "$name"
            return
        fi
    done
}

# The verdict: what is missing after all.
report() {
    if ((${#wrong[@]})); then
        printf 'missing: %s\n' "${wrong[@]}" "${wrong_area[@]}" >&2
        return 1
    fi
    ((${#wrong_area[@]} == 0)) || printf 'deps: make area will not work: %s\n' "${wrong_area[@]}"
}

check_all
((${#packages[@]})) || exit 0

if [[ ${1:-} == --check ]] || ! command -v apt-get > /dev/null; then
    printf 'Debian calls the packages: %s\n' "$(printf '%s\n' "${packages[@]}" | sort -u | tr '\n' ' ')" >&2
    report
    exit
fi

as_root=()
if ((EUID != 0)); then
    if ! command -v sudo > /dev/null; then
        echo "not root, and no sudo: run this as root: scripts/deps.sh" >&2
        report
        exit
    fi
    as_root=(sudo)
    [[ -t 0 ]] || as_root=(sudo -n)
    as_root+=(env LC_ALL=C DEBIAN_FRONTEND=noninteractive)
fi

apt() { # keep apt's chatter for the case of an error
    if ! "${as_root[@]}" apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" < /dev/null > "$scratch/apt.log" 2>&1; then
        tail -n 30 "$scratch/apt.log" >&2
        echo "deps: apt-get $1 failed" >&2
        exit 1
    fi
}

apt update
install=()
for package in "${packages[@]}"; do
    package=$(first_known "$package")
    [[ -z $package ]] || install+=("$package")
done
if ((${#install[@]})); then
    # ca-certificates: git over https, which nothing above can check.
    mapfile -t install < <(printf '%s\n' ca-certificates "${install[@]}" | sort -u)
    echo "deps: installing ${install[*]}"
    apt install --no-install-recommends "${install[@]}"
    check_all
fi
if ! report; then
    echo "deps: this system's packages do not do; those of Debian 12 do" >&2
    exit 1
fi
((${#wrong_area[@]})) || echo "deps: all there"
