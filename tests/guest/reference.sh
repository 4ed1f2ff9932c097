#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# This project gates itself: runs a job under the virtual clock and judges it
# against its reference run. Skipped (77) where the reference comes from another
# kernel, QEMU or CPU model.
#
#   reference.sh DAXMEND REFERENCE-DIRECTORY OUT
set -eu
daxmend=$1 reference=$2 out=$3
job=$(basename "$reference")
rm -rf "$out"
mkdir -p "$out"
"$daxmend" vm --clock virtual --out "$out" -- daxmend run "jobs/$job.fio" \
  >"$out/output" 2>&1 || { cat "$out/output"; exit 1; }
status=0
policy=$reference/policy.json
if [ -e "$policy" ]; then
  "$daxmend" gate "$reference" "$out" --policy "$policy" || status=$?
else
  "$daxmend" gate "$reference" "$out" || status=$?
fi
[ "$status" != 2 ] || exit 77
[ "$status" = 0 ] || echo "if this is meant: results/reference/make.sh $job"
exit "$status"
