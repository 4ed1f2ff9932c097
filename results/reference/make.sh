#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the reference runs: results/reference/JOB/run.json for each job file.
#
#   results/reference/make.sh [--to DIR] [JOB...]   from the root of the tree,
#                                                   built
#
# DIR is where the runs go, whole and with their output, DIR/JOB each.
# DAXMEND names another daxmend than build/daxmend. Every job runs on the stock
# kernel but `anywhere`, which needs Linux 6.6: that one takes the guest's 6.12
# (-DDAXMEND_GUEST_KERNEL_PACKAGES="linux-image-amd64;6.12").
set -eu
cd "$(dirname "$0")/../.."
to=
if [ "${1-}" = --to ]; then
  to=${2:?make.sh: --to takes a directory}
  shift 2
fi
[ $# -gt 0 ] || set -- $(for file in jobs/*.fio; do basename "$file" .fio; done)
runs=$to
if [ -z "$to" ]; then
  runs=$(mktemp -d)
  trap 'rm -rf "$runs"' EXIT
  trap 'exit 2' INT TERM
fi
for job in "$@"; do
  kernel=stock
  [ "$job" != anywhere ] || kernel=6.12
  out=$runs/$job
  mkdir -p "$out"
  begin=$(date +%s)
  "${DAXMEND:-build/daxmend}" vm --clock virtual --kernel "$kernel" \
    --out "$out" -- daxmend run "jobs/$job.fio" >"$out/output" 2>&1 || {
    cat "$out/output"
    echo "make.sh: jobs/$job.fio failed" >&2
    exit 2
  }
  if [ -z "$to" ]; then
    out=results/reference/$job
    mkdir -p "$out"
    cp "$runs/$job/run.json" "$out/"
  fi
  echo "$out/run.json: $(($(date +%s) - begin)) s"
done
