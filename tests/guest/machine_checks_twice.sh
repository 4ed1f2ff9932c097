#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# machine_checks_twice.sh DAXMEND SCRATCH [VM-OPTION]...: two boots with machine
# checks under the virtual clock leave the same run.json, byte for byte, and no
# stop of the debugger moved the clock.
set -eu
daxmend=$1
scratch=$2
shift 2
rm -rf "$scratch"
mkdir -p "$scratch"
for boot in a b; do
  "$daxmend" vm --clock virtual --machine-checks "$@" --timeout 3000 \
    --out "$scratch/$boot" -- \
    sh -c 'daxmend run jobs/surprise.fio && test -s /out/run.json' </dev/null
  grep -q '"clock_moved": 0,' "$scratch/$boot/machine-checks.json" || {
    echo "the clock moved: $scratch/$boot/machine-checks.json"
    exit 1
  }
done
for file in run.json machine-checks.json; do
  cmp "$scratch/a/$file" "$scratch/b/$file"
done
echo "both boots left the same run.json and machine-checks.json"
