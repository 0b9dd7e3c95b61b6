#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# cli_quantize.sh TEQ AUTOENCODER: the verbs quantize, eval and inspect of .teq files from
# outside, on the embedded network and on the autoencoder that the test program AUTOENCODER
# writes: output, JSON, exit status, errors.
set -u
teq=$1
autoencoder=$2
data=$(dirname "$0")/../digits/data
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=cmodel/test/cli_check.sh
. "$(dirname "$0")/cli_check.sh"

samples=(-s 0.125 -z 8)
quantize=("$teq" quantize "$data/digits.onnx" -c "$data/digits_calib_x.npy" "${samples[@]}")
judge=("$teq" eval "$work/d.teq" -i "$data/digits_eval_x.npy" "${samples[@]}")

check default 0 'on average' "${quantize[@]}" -o "$work/d.teq"
check target 0 'digits.onnx: target shift4 \(N_MAX 4' "$teq" inspect "$work/d.teq"
check layers 0 '^conv2 +conv +conv1_relu_out +conv2_relu_out +2592 ' "$teq" inspect "$work/d.teq"
check residual 0 'added before the activation' "$teq" inspect "$work/d.teq"
check inspect_json 0 '"cycles_16x16":' "$teq" inspect --json "$work/d.teq"
check accuracy 0 '^accuracy 9[89]\.' "${judge[@]}" -l "$data/digits_eval_y.npy"
check agreement 0 '^agreement with float (9[89]|100)\.' "${judge[@]}" -f "$data/digits.onnx"
check sqnr 0 'conv1_relu_out +SQNR' "${judge[@]}" -f "$data/digits.onnx"
check eval_json 0 '"gmacs_per_s":' "${judge[@]}" --json
check kept 0 '"within_max_loss":.*true' "${quantize[@]}" -q --strict --json
check missed 0 'warning: .*digits.onnx: a loss of .* points is expected, more than --max-loss 0.001' "${quantize[@]}" -q --max-loss 0.001 -o "$work/missed.teq"
check missed_strict 3 'more than --max-loss 0.001' "${quantize[@]}" -q --max-loss 0.001 --strict -o "$work/strict.teq"
check missed_written 0 '' cmp "$work/missed.teq" "$work/strict.teq"
check missed_json 0 '"within_max_loss":.*false' "${quantize[@]}" -q --max-loss 0.001 --json
check open_end 0 '^bits: (5|6)\.[0-9]+ on average' "${quantize[@]}" -q -t none --max-loss 0.001
check closed_end 0 '^bits: 4\.2[0-9]+ on average' "${quantize[@]}" -q -t none --max-loss 0.001 --max-bits 4.29
check range_unjudged 0 "" bash -c '! "$@" | grep agreement' - "${quantize[@]}" -q -m range
check same_1 0 . "${quantize[@]}" -q -j 1 -m range -o "$work/1.teq"
check same_2 0 . "${quantize[@]}" -q -j 3 -m range -o "$work/2.teq"
check same_bytes 0 '' cmp "$work/1.teq" "$work/2.teq"
check labels 1 '1200 labels, expected 128' "${quantize[@]}" -q -l "$data/digits_train_y.npy"
check given 0 'chosen on: nothing: average bits given' "${quantize[@]}" -q --min-bits 4.5 --max-bits 4.5
check bits 0 ' bits: expected error' "${quantize[@]}" --objective bits
check energy 0 'energy of the shift4 tile: about .* 0\.[0-9]+ of what it is without' "${quantize[@]}" -q -j 1 --objective energy -o "$work/e1.teq"
check energy_threads 0 '"energy_nj":' "${quantize[@]}" -q -j 3 --objective energy -o "$work/e3.teq" --json
check energy_bytes 0 '' cmp "$work/e1.teq" "$work/e3.teq"
check energy_int 0 'energy of the int8 tile: about .* 0\.[0-9]+ of what it is without' "${quantize[@]}" -q -m int -b 8 --objective energy
check energy_none 1 'no tile of the arithmetic of target "none" was measured' "${quantize[@]}" -q -t none --objective energy
check energy_range 1 'teq or int' "${quantize[@]}" -q -m range --objective energy
check int 0 '^bits: 5.000 on average' "${quantize[@]}" -q -m int -b 5
check dna 0 '"method":.*"dna-teq"' "${quantize[@]}" -q -m dna-teq --json
check quantize_json 0 '"target":.*"none"' "${quantize[@]}" -q -t none -m range --json

check no_samples 2 '--calib are needed' "$teq" quantize "$data/digits.onnx"
check bad_target 1 'expected shift4, shift5, either with _MB_PW, or none' "${quantize[@]}" -t shift9
check bad_widths 1 'expected shift4, shift5, either with _MB_PW, or none' "${quantize[@]}" -t shift4_6_9
check bad_method 1 'expected teq, int, range or dna-teq' "${quantize[@]}" -m best
check bad_objective 1 'expected bits, cycles or energy' "${quantize[@]}" --objective fun
check bad_scale 2 'scale=x: expected a number' "${quantize[@]}" --scale x
check bad_bits 2 'bits=9: expected a whole number from 4 to 8' "${quantize[@]}" -m int -b 9
check bad_loss 2 'max-loss=0: expected' "${quantize[@]}" --max-loss 0
check bad_range 1 'average bits from 5 to 4' "${quantize[@]}" --min-bits 5 --max-bits 4
check no_folder 1 'nowhere' "${quantize[@]}" -q -m range -o "$work/nowhere/d.teq"
check dna_file 1 'not that of dna-teq' "${quantize[@]}" -m dna-teq -o "$work/x.teq"
check calib_of_teq 1 'goes with an ONNX network' "$teq" inspect "$work/d.teq" -c "$data/digits_calib_x.npy"
head -c 3000 "$work/d.teq" > "$work/short.teq"
check truncated 1 'short.teq' "$teq" inspect "$work/short.teq"
check no_teq 1 'digits.onnx' "$teq" eval "$data/digits.onnx" -i "$data/digits_eval_x.npy"

check write 0 'PASSED' "$autoencoder" "$work"
ae=("$teq" quantize "$work/ae.onnx" -c "$work/calib.npy" -q -o "$work/ae.teq")
check ae_array 0 'on average' "${ae[@]}"
check auc_array 0 '^AUC (1\.0|0\.9[89])' "$teq" eval "$work/ae.teq" -i "$work/eval.npy" -l "$work/labels.npy" --auc -f "$work/ae.onnx"
check ae_none 0 'on average' "${ae[@]}" -t none
check auc_none 0 '^AUC (1\.0|0\.9[89])' "$teq" eval "$work/ae.teq" -i "$work/eval.npy" -l "$work/labels.npy" --auc
check auc_json 0 '"auc":.*(1|0\.9)' "$teq" eval "$work/ae.teq" -i "$work/eval.npy" -l "$work/labels.npy" --auc --json
check auc_no_labels 2 'needs --labels' "$teq" eval "$work/ae.teq" -i "$work/eval.npy" --auc
check auc_classes 1 'as many outputs as inputs' "$teq" eval "$work/d.teq" -i "$data/digits_eval_x.npy" "${samples[@]}" \
    -l "$data/digits_eval_y.npy" --auc

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
