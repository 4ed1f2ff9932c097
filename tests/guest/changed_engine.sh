#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# An engine that costs more, CHANGED-ENGINE: the gate says no, and of the three
# functions it names for a path of a job one is that which has more instructions.
#
#   changed_engine.sh DAXMEND CHANGED-ENGINE POLICY SCRATCH JOBFILE JOBS [BASE]
#
# fio-daxmend-changed.so has a branch that is never taken in every I/O, three
# instructions of the fast path; fio-daxmend-salvage.so 2 % more in salvage, and
# nothing anywhere else.
#
# POLICY: or none. JOBS: in how many jobs of JOBFILE it is to be seen at least, in
# one of them with nothing else beside it. In the others the kernel may have done
# other work in another boot: in those that have company, beside poison, and where
# a thread of fio shares the table of open files for some of the I/Os. BASE: a
# profiled run of JOBFILE; one is made where there is none.
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
case $engine in
  *-salvage.so)
    path=salvage
    named=': .*daxmend::PlantedWork [+]1,?40[0-9]'
    alone='.'
    ;;
  *)
    path=fast
    # Some I/Os of a job take the short way and some do not: the work says +3.
    named=': .*daxmend::(Job::)?Queue(Detour)? [+](2[.][0-9]|3)'
    alone='[(][+]3, .*[)]: .*daxmend::(Job::)?Queue(Detour)? [+]'
    ;;
esac
awk -v jobs="$jobs" -v path="$path" -v named="$named" -v alone="$alone" '
  $2 == path && NF == 2 { job = $1 }
  !/^ / && $2 != path { job = "" }
  job && $1 == "worse" && $2 == "work" {
    if ($0 ~ named) seen++
    else print "not as expected: " job ": " $0
    if ($0 ~ named && $0 ~ alone) by_itself++
  }
  END {
    if (seen < jobs || by_itself < 1) {
      print seen + 0, path, "paths of", jobs, "name the function,", by_itself + 0,
        "of them nothing else"
      exit 1
    }
    print "seen: the function is named in the", path, "paths of", jobs, "jobs"
  }' "$scratch/gate"
