#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# This project gates itself: judges a run of this tree against the reference run
# of its job. Skipped (77), with the reason, where the two cannot be compared:
# another kernel, QEMU, CPU model or fio than the reference's, or a job file
# that changed since.
#
#   reference.sh DAXMEND REFERENCES JOB RUN
#
# RUN is the directory of a run under the virtual clock; it is made when it has
# no run.json.
set -eu
daxmend=$1 reference=$2/$3 job=$3 run=$4
if [ ! -e "$run/run.json" ]; then
  mkdir -p "$run"
  "$daxmend" vm --clock virtual --out "$run" -- daxmend run "jobs/$job.fio" \
    >"$run/output" 2>&1 || { cat "$run/output"; exit 1; }
fi
status=0
"$daxmend" gate "$reference" "$run" --policy "$2/policy.json" || status=$?
case $status in
  1) echo "if this is meant: results/reference/make.sh $job" ;;
  2) exit 77 ;;
esac
exit "$status"
