#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A stranger's first minutes: an empty Debian, a clone of the last commit, `make deps`
# (twice: the second must be quiet), and then each goal given, in the order given.
#
#     scripts/test_fresh.sh [--mirror URI] [--suite NAME] [--keep] [GOAL ...]
#
# Needs root and debootstrap. The mirror is apt's own unless given. What is there before
# `make deps`: debootstrap's minimal system and what it takes to clone, `git` and `make`.
# Prints the time of each step; exit status 0 if all of them did.

set -euo pipefail

say() { echo "test-fresh: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

mirror='' suite=bookworm keep='' goals=()
while (($#)); do
    case $1 in
        --mirror | --suite)
            (($# > 1)) || fail "$1: no value given"
            declare "${1#--}=$2"
            shift
            ;;
        --keep) keep=1 ;;
        -*) fail "unknown option $1" ;;
        *) goals+=("$1") ;;
    esac
    shift
done

((EUID == 0)) || fail "needs root"
command -v debootstrap > /dev/null || fail "needs debootstrap (apt-get install debootstrap)"
if [[ -z $mirror ]]; then
    # shellcheck disable=SC2016  # the format is apt's, not the shell's
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 2> /dev/null |
        awk -v suite="$suite" '$2 == suite && !/security/ { print $1; exit }')
fi
[[ -n $mirror ]] || fail "apt's configuration has no mirror of $suite: give --mirror URI"

top=$(git rev-parse --show-toplevel)
root=$(mktemp -d "${TMPDIR:-/tmp}/teq-fresh.XXXXXX")
# The mounts below are in a name space of their own and are gone with the command, so
# that this removes nothing but what was put here.
[[ -n $keep ]] || trap 'rm -rf --one-file-system "$root"' EXIT

step() { # name, command...: run it, print its time
    local name=$1 begin=$SECONDS
    shift
    say "$name"
    "$@" || fail "$name: failed, exit status $?"
    say "$name: $((SECONDS - begin)) s"
}

inside() {
    unshare --mount --pid --fork --mount-proc="$root/proc" \
        chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        "$@" < /dev/null
}

bootstrap() {
    debootstrap --variant=minbase "$suite" "$root" "$mirror" > "$root.log" 2>&1 || {
        tail -n 20 "$root.log"
        return 1
    }
    rm -f "$root.log"
    apt-config dump | grep -E '^Acquire::https?::Proxy' > "$root/etc/apt/apt.conf.d/90proxy" || true
    cp /etc/resolv.conf "$root/etc/resolv.conf"
}

tools_to_clone() {
    inside sh -c 'apt-get -qq update && apt-get -qq -y install --no-install-recommends git make' > /dev/null 2>&1
}

quiet_deps() {
    local output
    output=$(inside make -C /teq deps 2>&1) || return 1
    output=$(grep -v '^make' <<< "$output" || true)
    [[ -z $output ]] || {
        echo "$output"
        fail "the second make deps is not quiet"
    }
}

step "empty $suite" bootstrap
step "git and make" tools_to_clone
step "clone" git clone -q --no-local "$top" "$root/teq"
step "make deps" inside make -C /teq deps
step "make deps again" quiet_deps
for goal in "${goals[@]}"; do
    step "make $goal" inside make -C /teq "$goal"
done
[[ -z $keep ]] || say "kept in $root"
say "all done"
