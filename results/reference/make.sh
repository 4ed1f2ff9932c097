#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the reference runs of the system that is there:
# results/reference/JOB/run.json for each job file on Debian 12,
# results/reference/SYSTEM/JOB/run.json on another SYSTEM (debian13).
#
#   results/reference/make.sh [--to DIR] [--system SYSTEM] [JOB...]
#                                     from the root of the tree, built
#
# SYSTEM is what /etc/os-release says when it is not given. DIR is where the runs
# go instead, whole and with their output, DIR/JOB each. DAXMEND names another
# daxmend than build/daxmend. Every job runs on the stock kernel but `anywhere`,
# which needs Linux 6.6: that one takes the guest's 6.12
# (-DDAXMEND_GUEST_KERNEL_PACKAGES="linux-image-amd64;6.12").
set -eu
cd "$(dirname "$0")/../.."
to='' system=$(. /etc/os-release && echo "$ID${VERSION_ID-}")
while [ $# -gt 0 ]; do
  case $1 in
    --to) to=${2:?make.sh: --to takes a directory} && shift 2 ;;
    --system) system=${2:?make.sh: --system takes a name} && shift 2 ;;
    *) break ;;
  esac
done
# shellcheck disable=SC2046  # words
[ $# -gt 0 ] || set -- $(for file in jobs/*.fio; do basename "$file" .fio; done)
runs=$to
if [ -z "$to" ]; then
  runs=$(mktemp -d)
  trap 'rm -rf "$runs"' EXIT
  trap 'exit 2' INT TERM
fi
references=results/reference
[ "$system" = debian12 ] || references=$references/$system
for job in "$@"; do
  kernel=stock options=
  run="daxmend run jobs/$job.fio"
  if [ "$job" = anywhere ]; then
    kernel=6.12
    run="ln -s /out results/anywhere && daxmend run --out results/anywhere jobs/anywhere.fio"
  fi
  # Where nothing bites there is no surprise.
  [ "$job" != surprise ] || options=--machine-checks
  [ "$job" != devdax ] || options="--mode devdax"
  out=$runs/$job
  mkdir -p "$out"
  begin=$(date +%s)
  # shellcheck disable=SC2086  # words
  "${DAXMEND:-build/daxmend}" vm </dev/null --clock virtual --kernel "$kernel" \
    $options --out "$out" -- sh -c "$run" >"$out/output" 2>&1 || {
    cat "$out/output"
    echo "make.sh: jobs/$job.fio failed" >&2
    exit 2
  }
  if [ -z "$to" ]; then
    out=$references/$job
    mkdir -p "$out"
    cp "$runs/$job/run.json" "$out/"
  fi
  echo "$out/run.json: $(($(date +%s) - begin)) s"
done
