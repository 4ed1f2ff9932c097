#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The engine against fio's own on this machine: a file of tmpfs, wall clock,
# interleaved pairs of 4 KiB reads and writes (daxmend bench). Prints the median
# of the pairs' ratios of I/Os a second: above 1 this engine does more. Exit
# status: 0 all are at least 1, 1 one is not.
#
#   tests/bench/host_engines.sh [PAIRS [ENGINE...]]     from the root of the tree
#
# ENGINE: psync, pvsync2, mmap, libpmem.
set -eu
cd "$(dirname "$0")/../.."
pairs=${1-15}
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- psync pvsync2 mmap libpmem
scratch=$(mktemp -d)
file=/dev/shm/daxmend-host-engines.dat
status=0
trap 'rm -rf "$scratch" "$file"' EXIT
# Or libpmem takes no file of tmpfs, see libpmem(7).
export PMEM_IS_PMEM_FORCE=1

# job NAME OPTION...: one job file, the same but for the engine. With a random map
# fio closes the file after every pass over it, and its mmap engine leaves the
# mapping behind (engines/mmap.c, 3.33): the others would pay for unmapping.
job() {
  name=$1
  shift
  {
    printf '[global]\nfilename=%s\nsize=64m\nbs=4k\nnorandommap=1\nstonewall\n' "$file"
    printf '%s\n' "$@"
    printf '[read]\nrw=randread\nio_size=512m\n[write]\nrw=randwrite\nio_size=512m\n'
  } >"$scratch/$name.fio"
}
ours="ioengine=external:$PWD/build/fio-daxmend.so"
job syscall "$ours" allow_nodax=1 access=syscall recovery=write
job mapped "$ours" allow_nodax=1 access=mmap recovery=write
dd if=/dev/zero of="$file" bs=1M count=64 2>/dev/null
for engine; do
  job "$engine" "ioengine=$engine"
  case $engine in
    mmap | libpmem) access=mapped ;;
    *) access=syscall ;;
  esac
  build/daxmend bench --pairs "$pairs" --out "$scratch/$engine" \
    --a "$scratch/$engine.fio" --b "$scratch/$access.fio" -- --warnings-fatal \
    >/dev/null
  # samples.json has one value a line.
  awk -F'[:,] *' -v title="access=$access to $engine" '
    function median(v, n,   i, j, t) {
      for (i = 2; i <= n; ++i)
        for (j = i; j > 1 && v[j - 1] > v[j]; --j) {
          t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
        }
      return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    { gsub(/^ +/, "") }
    /^"path"/ { gsub(/"/, "", $2); path = $2 }
    /^"metric"/ { gsub(/"/, "", $2); metric = $2 }
    /^"[ab]": \[/ { side = substr($1, 2, 1); n = 0 }
    /^[0-9]/ {
      if (side == "a") a[++n] = $1
      else if (side == "b") { ++n; ratio[n] = $1 / a[n] }
    }
    /^\]/ && side == "b" {
      side = ""
      if (metric != "throughput" || path !~ /^(read|write)$/) next
      m = median(ratio, n)
      printf "%-28s %-5s %.3f  (%d pairs)\n", title, path, m, n
      if (m < 1) low = 1
    }
    END { exit low }' "$scratch/$engine/samples.json" || status=1
done
exit "$status"
