#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# sweep.sh: area, path and, if asked for, energy over a grid of tiles, a row a point. `make
# sweep` calls it; docs/area.md, section Sweeps, says what the figures are.
#
#   sweep.sh run [--runner local|slurm] [--jobs N] [--json]    points that are missing or old, then the table
#   sweep.sh one NAME ENGINE N SHAPE PARAMS                    a point (what a runner calls)
#   sweep.sh task                                              the point of $SLURM_ARRAY_TASK_ID
#
# Environment: SWEEP_DIR results of this library, SWEEP_LIB its mapping (libmap), SWEEP_AREA
# the area program, SWEEP_GRID, SWEEP_TOOLS, SWEEP_REPORT (.json; the .csv goes beside it),
# SWEEP_COMMIT, TEQ_RTL, SLURM_ARGS (more options for sbatch: partition, account);
# SWEEP_ENERGY, empty or what runs the energy program but for a point's own options:
# 'energy --quantizer FILE --net NAME,FOLDER,SCALE,ZERO ...'.
#
# A point's results stay in SWEEP_DIR/points/NAME with a key of all that they depend on, so
# a sweep that was stopped goes on where it was, on either runner.
set -euo pipefail
here=$(dirname "$0")

die() {
    echo "sweep: $*" >&2
    exit 1
}

one() {
    local name=$1 engine=$2 n=$3 shape=$4 params=$5
    local dir=$SWEEP_DIR/points/$name
    mkdir -p "$dir"
    ln -sfn "$(realpath "$SWEEP_LIB")" "$dir/lib"
    printf 'common GATE=1 DOUBLE=0 PSUM=0 ADDER=cells\nshape %s\nengine %s %s %s\n' "$shape" "$engine" "$n" "$params" > "$dir/list.txt"
    local row message='' energy=null
    if "$SWEEP_AREA" --asic --jobs 1 --rtl "$TEQ_RTL" --flow "$here/../asic" --build "$dir" --list "$dir/list.txt" \
        --tools "$SWEEP_TOOLS" --report "$dir/report.json" --commit "${SWEEP_COMMIT:-}" > "$dir/log" 2>&1; then
        row=$(jq -c '.rows[0]' "$dir/report.json")
        if [[ -n ${SWEEP_ENERGY:-} ]]; then
            local command
            read -r -a command <<< "$SWEEP_ENERGY"
            mkdir -p "$dir/nets"
            if "${command[@]}" --jobs 1 --list "$dir/list.txt" --area "$dir" --nets "$dir/nets" --out "$dir" --tools "$SWEEP_TOOLS" \
                --shape "$shape" --tiles "${engine}_n$n" --report "$dir/energy.json" > "$dir/energy.log" 2>&1; then
                energy=$(jq -c '.rows[] | select(.layer == "all")' "$dir/energy.json")
            else
                message="energy: $(tail -n 1 "$dir/energy.log")"
            fi
        fi
    else
        row=null
        message=$(tail -n 1 "$dir/log")
    fi
    jq -n -c --arg point "$name" --arg engine "$engine" --argjson n "$n" --arg shape "$shape" --arg params "$params" \
        --argjson row "$row" --argjson energy "$energy" --arg message "$message" '
        {point: $point, engine: $engine, n: $n, shape: $shape}
        + ($params | split(" ") | map(split("=") | {(.[0] | ascii_downcase): (.[1] | tonumber? // .)}) | add | del(.engine, .n_max))
        + ($row // {} | {ge_per_lane, area_um2, ff, path_ns})
        + ($energy // {} | {network, loss_points, fj_per_mac_tile, fj_per_mac})
        + {status: (if $message == "" then "done" else "failed: " + $message end)}' > "$dir/row.new"
    mv "$dir/row.new" "$dir/row.json"
    jq -r '"\(.point)  \(.ge_per_lane // "-") GE a lane, \(.path_ns // "-") ns, \(.fj_per_mac // "-") fJ/MAC  \(.status)"' "$dir/row.json"
    [[ -z $message ]]
}

# All rows that the grid names, ratios to the INT8 of the same shape that is smallest, or takes least.
collect() {
    local names=() name
    while IFS=$'\t' read -r name _; do
        [[ -f $SWEEP_DIR/points/$name/row.json ]] && names+=("$SWEEP_DIR/points/$name/row.json")
    done < "$SWEEP_DIR/points.tsv"
    ((${#names[@]})) || die "no point has a result; see $SWEEP_DIR/points"
    jq -s --arg library "$(jq -r .library "$SWEEP_LIB/lib.json")" --arg date "$(date -u +%FT%TZ)" --arg commit "${SWEEP_COMMIT:-}" \
        --arg grid "$SWEEP_GRID" --argjson points "$(wc -l < "$SWEEP_DIR/points.tsv")" --slurpfile tools "$SWEEP_TOOLS" '
        . as $all
        | def of_int8(f): [.shape, f] as [$shape, $v]
            | [$all[] | select((.engine | startswith("int8")) and .shape == $shape) | f | numbers] | min as $least
            | if $v != null and $least then $v / $least * 1000 | round / 1000 else null end;
        map(.library = $library | .ratio_int8 = of_int8(.ge_per_lane) | .ratio_int8_energy = of_int8(.fj_per_mac))
        | {date: $date, commit: $commit, tools: $tools[0], grid: $grid, points: $points, rows: .}' "${names[@]}" > "$SWEEP_REPORT.new"
    mv "$SWEEP_REPORT.new" "$SWEEP_REPORT"
    jq -r '["point", "library", "engine", "n", "na_max", "k_res", "mb", "pw", "acc_w", "shape", "ge_per_lane", "ratio_int8", "area_um2", "ff", "path_ns",
            "network", "loss_points", "fj_per_mac_tile", "fj_per_mac", "ratio_int8_energy", "status"] as $head
        | $head, (.rows[] | [.[$head[]]]) | @csv' "$SWEEP_REPORT" > "${SWEEP_REPORT%.json}.csv.new"
    mv "${SWEEP_REPORT%.json}.csv.new" "${SWEEP_REPORT%.json}.csv"
}

run() {
    local runner=local jobs json='' n bad name
    jobs=$(nproc)
    while (($#)); do
        case $1 in
            --runner) runner=${2:-} && shift 2 ;;
            --jobs) jobs=${2:-} && shift 2 ;;
            --json) json=1 && shift ;;
            *) die "unknown option $1; sweep.sh --help" ;;
        esac
    done
    [[ $jobs =~ ^[1-9][0-9]*$ ]] || die "--jobs: expected a number from 1, got \`$jobs\`"
    mkdir -p "$SWEEP_DIR/points" "$(dirname "$SWEEP_REPORT")"
    awk -f "$here/points.awk" "$SWEEP_GRID" > "$SWEEP_DIR/points.new" || die "$SWEEP_GRID is not usable"
    mv "$SWEEP_DIR/points.new" "$SWEEP_DIR/points.tsv"
    n=$(wc -l < "$SWEEP_DIR/points.tsv")
    ((n)) || die "$SWEEP_GRID: no points"
    # rows are of this run; what they come from stays, with its keys
    while IFS=$'\t' read -r name _; do
        rm -f "$SWEEP_DIR/points/$name/row.json"
    done < "$SWEEP_DIR/points.tsv"
    [[ -n $json ]] || echo "$n points, $runner, $jobs at a time"
    case $runner in
        local)
            command -v parallel > /dev/null || die "parallel: not found; make deps installs GNU parallel"
            # A failed point is a row; the table at the end tells.
            parallel --no-notice --will-cite --jobs "$jobs" --colsep '\t' "$0" one :::: "$SWEEP_DIR/points.tsv" \
                | awk -v n="$n" '{ printf "[%d/%d] %s\n", NR, n, $0; fflush() }' | if [[ -n $json ]]; then cat >&2; else cat; fi || true
            ;;
        slurm)
            command -v sbatch > /dev/null || die "sbatch: not found; RUNNER=slurm needs a Slurm cluster's client"
            mkdir -p "$SWEEP_DIR/slurm"
            export SWEEP_SCRIPT=$0 # sbatch runs a copy of this file from a folder of its own
            # shellcheck disable=SC2086  # several options
            sbatch --parsable --wait --job-name=teq-sweep --array="1-$n%$jobs" --ntasks=1 --export=ALL \
                --chdir="$PWD" --output="$SWEEP_DIR/slurm/%a.out" ${SLURM_ARGS:-} "$0" task > "$SWEEP_DIR/slurm/job" || true
            [[ -s $SWEEP_DIR/slurm/job ]] || die "sbatch took no job"
            ;;
        *) die "--runner: expected local or slurm, got \`$runner\`" ;;
    esac
    collect
    if [[ -n $json ]]; then
        cat "$SWEEP_REPORT"
    else
        echo "${SWEEP_REPORT%.json}.csv"
    fi
    bad=$(jq '.points - ([.rows[] | select(.status == "done")] | length)' "$SWEEP_REPORT")
    ((bad == 0)) || die "$bad of $n points have no figures: column status of ${SWEEP_REPORT%.json}.csv, logs in $SWEEP_DIR/points"
}

case ${1:-} in
    run | one) "$@" ;;
    task)
        IFS=$'\t' read -r -a point < <(sed -n "${SLURM_ARRAY_TASK_ID}p" "$SWEEP_DIR/points.tsv")
        "$SWEEP_SCRIPT" one "${point[@]}"
        ;;
    --help) sed -n '4,18s/^# \{0,1\}//p' "$0" ;;
    *) die "expected run, one or task; sweep.sh --help" ;;
esac
