#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A branch that is never taken, added to every I/O of the engine: the gate says no,
# and of the three functions it names for the fast path of a job one is that which
# has three instructions more.
#
#   changed_engine.sh DAXMEND CHANGED-ENGINE POLICY SCRATCH JOBFILE JOBS [BASE]
#
# POLICY: or none. JOBS: in how many jobs of JOBFILE it is to be seen at least, in
# one of them with nothing else beside it. In the others the kernel may have done
# other work in another boot: in those that have company, beside poison, and where
# a thread of fio shares the table of open files for some of the I/Os. BASE: a profiled run of JOBFILE; one is made where
# there is none.
set -eu
daxmend=$1 engine=$2 policy=$3 scratch=$4 job=$5 jobs=$6 base=${7-}
rm -rf "$scratch"
mkdir -p "$scratch"
boot() { # NAME COMMAND
  "$daxmend" vm </dev/null --clock virtual --profile --add "$engine" \
    --add "$job" --out "$scratch/$1" -- \
    sh -c "$2 && exec daxmend run /add/${job##*/}" \
    >"$scratch/output" 2>&1 || { cat "$scratch/output"; exit 1; }
}
if [ -z "$base" ]; then
  boot base true
  base=$scratch/base
fi
# The process that copies is to leave no trace: ext4 chooses a file's place by the
# number of the process that writes it (ext4_inode_to_goal_block, Linux 6.1 to 7.3),
# and looks 4 instructions longer for some places than for others.
boot changed "cp /add/${engine##*/} build/fio-daxmend.so &&
  echo \$\$ >/proc/sys/kernel/ns_last_pid"
status=0
set -- "$base" "$scratch/changed"
[ "$policy" = none ] || set -- "$@" --policy "$policy"
"$daxmend" gate "$@" >"$scratch/gate" || status=$?
cat "$scratch/gate"
[ "$status" = 1 ] || { echo "the gate's answer was $status, not 1"; exit 1; }
# "NAME fast" heads the lines of a path; verdict, metric and change follow.
awk -v jobs="$jobs" '
  / fast$/ { job = $1 }
  !/^ / && !/ fast$/ { job = "" }
  job && $1 == "worse" && $2 == "work" {
    if (/: .*daxmend::Job::Queue(Detour)? \+(2\.[89]|3)/) seen++
    else print "not as expected: " job ": " $0
    if (/\(\+3, .*\): .*daxmend::Job::Queue(Detour)? \+/) alone++
  }
  END {
    if (seen < jobs || alone < 1) {
      print seen + 0, "fast paths of", jobs, "have +3 in Job::Queue,", \
        alone + 0, "nothing else"
      exit 1
    }
    print "seen: 3 instructions an I/O in Job::Queue, in the fast paths of", jobs,
      "jobs"
  }' "$scratch/gate"
