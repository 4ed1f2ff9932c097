#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the reference runs: results/reference/JOB/run.json for each job file.
#
#   results/reference/make.sh [--to DIR] [JOB...]   from the root of the tree,
#                                                   built
#
# DIR is where the runs go, DIR/JOB/run.json, instead of results/reference.
# DAXMEND names another daxmend than build/daxmend. Every job runs on the stock
# kernel but `anywhere`, which needs Linux 6.6: that one takes the guest's 6.12
# (-DDAXMEND_GUEST_KERNEL_PACKAGES="linux-image-amd64;linux-image-6.12-amd64").
set -eu
cd "$(dirname "$0")/../.."
to=results/reference
if [ "${1-}" = --to ]; then
  to=${2:?make.sh: --to takes a directory}
  shift 2
fi
[ $# -gt 0 ] || set -- $(for file in jobs/*.fio; do basename "$file" .fio; done)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 2' INT TERM
for job in "$@"; do
  kernel=stock
  [ "$job" != anywhere ] || kernel=6.12
  rm -rf "${out:?}/run"
  mkdir "$out/run"
  begin=$(date +%s)
  "${DAXMEND:-build/daxmend}" vm --clock virtual --kernel "$kernel" \
    --out "$out/run" -- daxmend run "jobs/$job.fio" >"$out/output" 2>&1 || {
    cat "$out/output"
    echo "make.sh: jobs/$job.fio failed" >&2
    exit 2
  }
  mkdir -p "$to/$job"
  cp "$out/run/run.json" "$to/$job/run.json"
  echo "$to/$job/run.json: $(($(date +%s) - begin)) s"
done
