#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# trials.sh LIB_DIR SCRATCH REPORT -- recipes of trials.txt on three designs: GE and path of
# a 16 x 2 tile. One kind of recipe varies, the other is what `make area` uses.
set -euo pipefail
lib=$1 scratch=$2 report=$3
here=$(dirname "$0")
mkdir -p "$scratch"
nand2=$(jq .nand2_area "$lib/lib.json")
common='ROWS 16 COLS 2 DOUBLE 0 PSUM 0 GATE 1'
declare -A designs=(
    [shift_n4]="ENGINE shift N_MAX 4 K_RES 4 MB 7 PW 7 ACC_W 15 NA_MAX 5"
    [select_n3]="ENGINE select N_MAX 3 K_RES 2 MB 6 PW 6 ACC_W 14 NA_MAX 4"
    [int8_booth]="ENGINE booth N_MAX 7 NA_MAX 8 ACC_W 23"
    [int8_bw]="ENGINE bw N_MAX 7 NA_MAX 8 ACC_W 23"
)
rows=()
while read -r name script; do
    [[ -z $name || $name == \#* ]] && continue
    tr ';' '\n' <<< "$script" > "$scratch/recipe.abc"
    unset TEQ_ABC_MAP TEQ_ABC_SIZE
    if [[ $name == map:* ]]; then export TEQ_ABC_MAP=$scratch/recipe.abc; else export TEQ_ABC_SIZE=$scratch/recipe.abc; fi
    fields=''
    for d in shift_n4 select_n3 int8_booth int8_bw; do
        export TEQ_RTL=${TEQ_RTL:-rtl} TEQ_TOP=teq_tile TEQ_LIB=$lib TEQ_OUT=$scratch/$d TEQ_PARAMS="${designs[$d]} $common"
        if "$here/run.sh" asic < /dev/null; then
            ge=$(awk -v n="$nand2" '/Chip area/ { printf "%.0f", $NF / n }' "$scratch/$d.stat")
            ns=$(cut -d' ' -f1 "$scratch/$d.path")
        else
            ge=null ns=null
        fi
        fields+="\"${d}_ge\": $ge, \"${d}_ns\": $ns, "
        echo "$name $d $ge $ns"
    done
    rows+=("{\"recipe\": \"$name\", ${fields}\"script\": \"$script\"}")
done < "$here/trials.txt"
(IFS=,; printf '{"date": "%s", "commit": "%s", "tools": %s, "rows": [%s]}\n' "$(date -u +%FT%TZ)" "$(git rev-parse --short HEAD)" "$(cat build/reports/tools.json)" "${rows[*]}") | jq . > "$report"
