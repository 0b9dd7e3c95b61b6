#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The embedded network from ONNX to the Verilog core: quantize, compile, run; every word
# against the integer executor, every output of every cycle against the cycle model, the
# cycles against the prediction; then by register accesses alone, with the interrupt.
#
#     tb/core_digits.sh TEQ SIMULATOR COMPILE LIBRARIES      (both of them words for the shell)

set -euo pipefail

teq=$1 sim=$2 compile=$3 libraries=$4 data=cmodel/digits/data
# shellcheck source=tb/check.sh
. "$(dirname "$0")/check.sh"

run() { # options of teq run; exact: the cycles must be the predicted ones
    "$teq" run "$scratch/digits.img" -i $data/digits_eval_x.npy -l $data/digits_eval_y.npy -s 0.125 -z 8 \
        -e "$scratch/digits.teq" --simulator "$sim" --json "$@" > "$scratch/json"
    cat "$scratch/json"
    jq -e '.mismatches == 0' "$scratch/json"
}
exact() { run "$@" && jq -e '.cycles_as_predicted' "$scratch/json"; }

check quantize "$teq" quantize $data/digits.onnx -c $data/digits_calib_x.npy -s 0.125 -z 8 -m range -t shift4 -q -o "$scratch/digits.teq"
check compile "$teq" compile "$scratch/digits.teq" -o "$scratch/digits.img" -l "$scratch/digits.lst" -H "$scratch/digits.h"
check 'listing' grep -q 'cycles, .* utilisation' "$scratch/digits.lst"
firmware() { # the example and the driver, without a C library
    cp "$scratch/digits.h" "$scratch/net.h"
    for f in cmodel/test/firmware/example_firmware.c cmodel/driver/teq_driver.c; do
        gcc -std=c17 -O2 -ffreestanding -Wall -Wextra -Wconversion -Wshadow -Werror -I"$scratch" -Icmodel/include -c "$f" \
            -o "$scratch/$(basename "$f").o"
    done
    gcc -nostdlib -r -o "$scratch/firmware.o" "$scratch"/*.c.o
    nm -u "$scratch/firmware.o" > "$scratch/undefined"
    ! grep -qv _GLOBAL_OFFSET_TABLE_ "$scratch/undefined"
}
check 'firmware' firmware
order() { # --unfold HOW, taps: net_order of the header gives what the image asks for
    "$teq" compile "$scratch/digits.teq" --unfold "$1" -o "$scratch/order.img" -H "$scratch/net.h" > "$scratch/out"
    # shellcheck disable=SC2086
    $compile -I"$scratch" -o "$scratch/order" cmodel/test/firmware/check_order.c $libraries
    "$scratch/order" "$scratch/order.img" | tee "$scratch/out"
    grep -q " $2 taps" "$scratch/out"
}
check 'order of the input' order never 1
check 'order of the input, unfolded' order vectors 3
check 'cycle model' exact -n 20
check 'cycle model by registers' run -n 2 --ports --irq
check 'Verilog, beside its model' exact -n 4 -b rtl --compare
check 'Verilog by registers' run -n 2 -b rtl --ports --irq
check 'a small core' "$teq" compile "$scratch/digits.teq" -c 8x8 -o "$scratch/small.img"
cp "$scratch/small.img" "$scratch/digits.img"
check 'an image for another core is refused' bash -c "! '$teq' run '$scratch/small.img' -i $data/digits_eval_x.npy -s 0.125 -z 8 -b rtl \
    -n 1 --simulator '$sim' 2> '$scratch/why' && grep -q 'another core' '$scratch/why'"
check 'too small a core is refused with the size' bash -c "! '$teq' compile '$scratch/digits.teq' -s ACT_WORDS=32 2> '$scratch/why' && \
    grep -q 'need ACT_WORDS [0-9]*, the core has 32' '$scratch/why'"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
