#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A branch that is never taken, added to every I/O of the engine, in a boot of
# its own: the gate says no, and names the fast path of each job of small I/Os
# that met no poison, and one number of instructions, the same for all. (Writes of
# 1 MiB differ by a few from build to build.)
#
#   changed_engine.sh DAXMEND CHANGED-ENGINE BASE-RUN POLICY SCRATCH
set -eu
daxmend=$1 engine=$2 base=$3 policy=$4 scratch=$5
rm -rf "$scratch"
mkdir -p "$scratch"
"$daxmend" vm </dev/null --clock virtual --add "$engine" --out "$scratch" -- sh -c \
  "cp /add/${engine##*/} build/fio-daxmend.so && fio jobs/recovery.fio" \
  >"$scratch/output" 2>&1 || { cat "$scratch/output"; exit 1; }
status=0
"$daxmend" gate "$base" "$scratch" --policy "$policy" >"$scratch/gate" || status=$?
cat "$scratch/gate"
[ "$status" = 1 ] || { echo "the gate's answer was $status, not 1"; exit 1; }
# "NAME fast" heads the lines of a path; verdict, metric and change follow.
awk '
  / fast$/ { job = $1 }
  !/^ / && !/ fast$/ { job = "" }
  job ~ "^fast-" && $1 == "worse" && $2 == "min" {
    sub(/.*\(/, ""); sub(/,.*/, ""); seen[$0]++; jobs++
  }
  END {
    for (change in seen) { kinds++; last = change }
    if (kinds != 1 || jobs != 3) { print jobs + 0, "fast paths, not 3 alike"; exit 1 }
    print "seen: " last " instructions an I/O in", jobs, "fast paths"
  }' "$scratch/gate"
