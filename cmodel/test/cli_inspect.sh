#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# cli_inspect.sh TEQ: the verb inspect from outside: output, JSON, exit status, errors.
set -u
teq=$1
here=$(dirname "$0")
net=$here/corpus/fuzz_onnx/net.onnx
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=cmodel/test/cli_check.sh
. "$(dirname "$0")/cli_check.sh"

# Samples of the network: 2 x 2 x 5 x 5 uint8.
{
    head='{"descr": "|u1", "fortran_order": False, "shape": (2, 2, 5, 5)}'
    printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "${head//\"/\'}"
    # shellcheck disable=SC2059  # the format is the byte
    for i in $(seq 100); do printf "\\x$(printf %x $((i * 37 % 200 + 20)))"; done
} > "$work/x.npy"

check verbs 0 '^  inspect ' "$teq" --help
check no_verb 2 'Usage: teq VERB' "$teq"
check bad_verb 2 'no verb "inspekt"' "$teq" inspekt
check help 0 'MODEL.onnx' "$teq" inspect --help
check layers 0 '^c +conv +relu +2x5x5 +3x3 +2x2 +1,1,1,1 +18 3x3x3 +486 +54$' "$teq" inspect "$net"
check total 0 '^total +498 +66$' "$teq" inspect "$net"
check weights 0 '^c.weight +54 .* (normal|exponential|pareto|uniform)$' "$teq" inspect "$net"
check activations 0 '^r +54 ' "$teq" inspect "$net" --calib "$work/x.npy" --scale 0.5 --zero-point 100
check samples 0 'activations of 1 samples' "$teq" inspect "$net" -c "$work/x.npy" -n 1 -t 1
check json 0 '"macs":	498' "$teq" inspect --json "$net"
check json_fit 0 '"best_fit"' "$teq" inspect --json "$net" -c "$work/x.npy"
check outputs 0 'activations of 2' "$teq" inspect "$net" -c "$work/x.npy" --outputs "$work/y.npy"
check outputs_file 0 '160' stat -c %s "$work/y.npy"
check no_model 2 'which model' "$teq" inspect
check no_file 1 'nowhere.onnx: No such file' "$teq" inspect "$work/nowhere.onnx"
check not_onnx 1 'x.npy: ' "$teq" inspect "$work/x.npy"
check not_npy 1 'not a .npy file' "$teq" inspect "$net" -c "$net"
check bad_scale 2 'scale=0' "$teq" inspect "$net" --scale 0
check half_zero 0 '^r +54 ' "$teq" inspect "$net" --calib "$work/x.npy" --scale 0.5 --zero-point 127.5
check bad_zero 2 'zero-point=x' "$teq" inspect "$net" --zero-point x
check bad_samples 2 'samples=0' "$teq" inspect "$net" --samples 0
check bad_outputs 2 'needs --calib' "$teq" inspect "$net" --outputs "$work/y.npy"
check wrong_shape 1 '2x2x5x5' "$teq" inspect "$here/corpus/fuzz_onnx/typed.onnx" -c "$work/x.npy"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
