#!/usr/bin/env bash
# Runs the job array for real on one host, with daemons of its own, and compares the merged files with a single run's.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  echo "installing slurm-wlm and munge" >&2
  [ "$(id -u)" -eq 0 ] || { echo "run: sudo apt-get install --yes slurm-wlm munge" >&2; exit 1; }
  apt-get update --quiet=2
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends slurm-wlm munge >/dev/null
fi
[ "$(id -u)" -eq 0 ] || { echo "slurmd starts jobs for others: run this as root" >&2; exit 1; }

place=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$place"
}
trap stop EXIT

mkdir -p "$place"/{state,spool,out}
chmod 755 "$place"
# Credentials of its own: no key of the system is touched.
dd if=/dev/urandom of="$place/munge.key" bs=128 count=1 status=none
chmod 400 "$place/munge.key"
munged --foreground --force --key-file="$place/munge.key" --socket="$place/munge.socket" \
  --pid-file="$place/munge.pid" --log-file="$place/munge.log" --seed-file="$place/munge.seed" >/dev/null 2>&1 &
pids+=($!)

host=$(hostname -s)
export SLURM_CONF="$place/slurm.conf"
cat >"$SLURM_CONF" <<CONF
ClusterName=qtooltest
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$place/munge.socket
CredType=cred/munge
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
MpiDefault=none
ReturnToService=2
SchedulerType=sched/builtin
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
# Containers may have no cgroups to manage; this plugin starts without them, and processes are followed by group.
printf "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n" >"$place/cgroup.conf"

slurmctld -D -f "$SLURM_CONF" >/dev/null 2>&1 &
pids+=($!)
slurmd -D -f "$SLURM_CONF" -N "$host" >/dev/null 2>&1 &
pids+=($!)
for _ in $(seq 60); do
  [ "$(sinfo --noheader --format=%t 2>/dev/null | tr -d '*')" = idle ] && break
  sleep 1
done
sinfo --noheader --format='%n %t' 2>/dev/null | grep -q idle || {
  echo "the node did not come up:" >&2
  tail -n 5 "$place"/slurmctld.log "$place"/slurmd.log >&2
  exit 1
}

qtool="$PWD/.build/release/qtool"
recipe="$PWD/Calibration/fashion_resnet.yaml"
"$qtool" calibrate --recipe "$recipe" --quiet --output "$place/net.cache"
mkdir "$place/single" && mv "$place/net.cache" "$place/net.cache.json" "$place/single/"

job=$(sbatch --parsable --array=1-3 --output="$place/out/%A_%a.log" \
  --export=ALL,QTOOL="$qtool",RECIPE="$recipe",CACHE="$place/net.cache" Scripts/slurm/calibrate.sbatch)
sbatch --wait --dependency="afterok:$job" --output="$place/out/merge.log" \
  --export=ALL,QTOOL="$qtool",CACHE="$place/net.cache" Scripts/slurm/merge.sbatch >/dev/null || {
  cat "$place"/out/*.log >&2
  exit 1
}
cmp "$place/net.cache" "$place/single/net.cache"
cmp "$place/net.cache.json" "$place/single/net.cache.json"
echo "three tasks of a Slurm job array and a merge give the cache and the record of a single run, byte for byte"
