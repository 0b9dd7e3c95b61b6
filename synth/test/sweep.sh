#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# sweep.sh local|slurm -- a sweep of two small tiles and one that the Verilog refuses: rows,
# ratios, what failed, going on where it stopped, energy of three more, bad grids. With `slurm` on a cluster of this
# one machine, started here without systemd: munged, slurmctld, slurmd. Skipped (77) where
# they are not installed. Environment: as synth/sweep/sweep.sh.
set -euo pipefail
runner=$1
sweep=$(dirname "$0")/../sweep/sweep.sh
bad() {
    printf 'expected %s\ngot %s\n' "$1" "$2" >&2
    exit 1
}

start_slurm() {
    local tool
    for tool in munged slurmctld slurmd sbatch; do
        command -v "$tool" > /dev/null || { echo "skipped: no $tool (packages slurmctld slurmd slurm-client munge)" && exit 77; }
    done
    [[ $(id -u) == 0 ]] || { echo 'skipped: slurmd wants root' && exit 77; }
    local host port
    dir=$(mktemp -d) # not local: the trap needs it
    host=$(hostname -s)
    port=$((20000 + $$ % 20000))
    trap 'kill $(cat "$dir"/*.pid) 2> /dev/null || true; sleep 0.5; rm -rf "$dir"' EXIT
    chmod 755 "$dir"
    head -c 128 /dev/urandom > "$dir/key"
    chmod 400 "$dir/key"
    munged --force --key-file="$dir/key" --socket="$dir/munge" --pid-file="$dir/munged.pid" \
        --log-file="$dir/munged.log" --seed-file="$dir/seed"
    mkdir "$dir/state" "$dir/spool"
    cat > "$dir/slurm.conf" << END
ClusterName=sweep
SlurmctldHost=$host(127.0.0.1)
AuthInfo=socket=$dir/munge
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP MaxTime=INFINITE
END
    export SLURM_CONF=$dir/slurm.conf
    slurmctld -f "$SLURM_CONF"
    slurmd -f "$SLURM_CONF" -N "$host"
    for _ in $(seq 100); do
        [[ $(sinfo -h -o %T 2> /dev/null) == idle ]] && return
        sleep 0.2
    done
    tail -n 5 "$dir"/*.log >&2
    bad 'a node that is idle within 20 s' "$(sinfo 2>&1)"
}

[[ $runner == local ]] || start_slurm

rm -rf "$SWEEP_DIR"
mkdir -p "$(dirname "$SWEEP_GRID")"
cat > "$SWEEP_GRID" << 'END'
ENGINE=shift N_MAX=2 NA_MAX=2 ROWS=1,0 COLS=1 K_RES=1 MB=4 PW=MB # no row at all: refused
ENGINE=bw N_MAX=7 NA_MAX=N_MAX+1 ROWS=1 COLS=1
END
status=0
"$sweep" run --runner "$runner" > "$SWEEP_DIR.log" 2>&1 || status=$?
((status == 1)) || bad 'exit status 1: one of the points is refused' "$status; $(cat "$SWEEP_DIR.log")"
got=$(jq -c '[.points, (.rows | length), [.rows[] | .status[:6]], (.rows[2].ratio_int8), (.rows[0] | .ratio_int8 > 0 and .ratio_int8 < 1 and .path_ns > 0)]' "$SWEEP_REPORT")
want='[3,3,["done","failed","done"],1,true]'
[[ $got == "$want" ]] || bad "$want" "$got; $(cat "$SWEEP_DIR.log")"
grep -q '^"shift_k1_m4_p4_n2_a2_0x1",.*"failed: ' "${SWEEP_REPORT%.json}.csv" || bad 'a CSV row that tells what failed' "$(cat "${SWEEP_REPORT%.json}.csv")"

# It goes on where it was: what has a result is not made again.
sed -i 's/ROWS=1,0/ROWS=1/' "$SWEEP_GRID"
before=$(stat -c %Y.%i "$SWEEP_DIR"/points/int8_bw_n7_a8_1x1/*.v)
"$sweep" run --runner "$runner" > "$SWEEP_DIR.log" 2>&1 || bad 'exit status 0' "$(cat "$SWEEP_DIR.log")"
after=$(stat -c %Y.%i "$SWEEP_DIR"/points/int8_bw_n7_a8_1x1/*.v)
[[ $before == "$after" ]] || bad "the netlist of the first run, $before" "$after"

# Energy, where it is asked for. A point whose energy fails keeps its area and says so.
cat > "$SWEEP_GRID" << 'END'
ENGINE=bw N_MAX=3,7 NA_MAX=N_MAX+1 ROWS=4 COLS=1
ENGINE=shift N_MAX=2 NA_MAX=2 ROWS=4 COLS=1 K_RES=1 MB=4 PW=MB
END
SWEEP_ENERGY=$SWEEP_TEST_ENERGY "$sweep" run --runner "$runner" > "$SWEEP_DIR.log" 2>&1 || bad 'exit status 0' "$(cat "$SWEEP_DIR.log")"
got=$(jq -c '[.rows[] | [.network, .fj_per_mac > .fj_per_mac_tile, .fj_per_mac_tile > 0, (.ratio_int8_energy // 1) < 1, .ge_per_lane > 0, .status]]' "$SWEEP_REPORT")
want='[["digits",true,true,true,true,"done"],["digits",true,true,false,true,"done"],["digits",true,true,true,true,"done"]]'
[[ $got == "$want" ]] || bad "$want" "$got; $(cat "$SWEEP_DIR.log")"
grep -q '"ratio_int8_energy"' "${SWEEP_REPORT%.json}.csv" || bad 'energy in the CSV' "$(head -n 1 "${SWEEP_REPORT%.json}.csv")"
before=$(stat -c %Y.%i "$SWEEP_DIR"/points/int8_bw_n7_a8_4x1/int8_bw_n7_4x1-digits.json)
SWEEP_ENERGY=$SWEEP_TEST_ENERGY "$sweep" run --runner "$runner" > "$SWEEP_DIR.log" 2>&1 || bad 'exit status 0' "$(cat "$SWEEP_DIR.log")"
after=$(stat -c %Y.%i "$SWEEP_DIR"/points/int8_bw_n7_a8_4x1/int8_bw_n7_4x1-digits.json)
[[ $before == "$after" ]] || bad "the energy of the first run, $before" "$after"
if SWEEP_ENERGY="$SWEEP_TEST_ENERGY --net no,nowhere,1,0" "$sweep" run --runner "$runner" > "$SWEEP_DIR.log" 2>&1; then bad 'an error: no such network' "$(cat "$SWEEP_DIR.log")"; fi
got=$(jq -c '[.rows[] | [.fj_per_mac, .ge_per_lane > 0, .status[:36]]] | unique' "$SWEEP_REPORT")
want='[[null,true,"failed: energy: energy: cannot open "]]'
[[ $got == "$want" ]] || bad "$want" "$got"

# Grids that make no sense stop before anything runs and name the line.
while IFS='|' read -r line want; do
    echo "$line" > "$SWEEP_GRID"
    if got=$("$sweep" run --runner "$runner" 2>&1); then bad "an error for: $line" "$got"; fi
    [[ $got == *"$want"* ]] || bad "$want" "$got"
done << 'END'
ENGINE=shift N_MAX=4 NA_MAX=5 ROWS=2 COLS=2|:1: shift needs K_RES, MB and PW
ENGINE=bw N_MAX=7 NA_MAX=8 ROWS=2|:1: expected COLS= on the line
ENGINE=bw N_MAX=7 NA_MAX=MB+1 ROWS=2 COLS=2|:1: `MB+1`: expected a parameter that stands before it
ENGINE=bw N_MAX=7 NA_MAX=8 ROWS=2 COLS=2 DEPTH=4|:1: `DEPTH` is not one of
#|no points
END
echo "sweeps of three points on $runner, with energy and without"
