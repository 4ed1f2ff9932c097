#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the reference runs: results/reference/JOB/run.json for each job file.
#
#   results/reference/make.sh [JOB...]      from the root of the tree, built
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- $(for file in jobs/*.fio; do basename "$file" .fio; done)
for job in "$@"; do
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
  build/daxmend vm --clock virtual --out "$out" -- \
    daxmend run "jobs/$job.fio" >"$out/output" || {
    cat "$out/output"
    echo "make.sh: jobs/$job.fio failed" >&2
    exit 2
  }
  mkdir -p "results/reference/$job"
  cp "$out/run.json" "results/reference/$job/run.json"
  rm -rf "$out"
  echo "results/reference/$job/run.json"
done
