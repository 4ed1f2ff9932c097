#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The engine against fio's own on this machine: 4 KiB reads and writes at random
# places of a file of tmpfs, wall clock. The two run side by side on one
# processor, a second each time: the scheduler has them take turns every few
# milliseconds, so that whatever else disturbs the machine disturbs both alike.
# A pair is two such runs, with their files exchanged, and its ratio of I/Os a
# second the geometric mean of both; above 1 this engine does more. The first
# rows compare the engine with itself: what they are away from 1 is noise.
#
# Exit status: 0 all medians are at least 1, 1 one is not, 2 fio failed.
#
#   tests/bench/host_engines.sh [PAIRS [ENGINE...]]     from the root of the tree
#
# ENGINE: itself, psync, pvsync2, mmap, libpmem. SIZE=64m is the file's size.
set -eu
cd "$(dirname "$0")/../.."
pairs=${1-15}
size=${SIZE-64m}
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- itself psync pvsync2 mmap libpmem
scratch=$(mktemp -d /dev/shm/daxmend-host-engines.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' INT TERM
# Or libpmem takes no file of tmpfs, see libpmem(7).
export PMEM_IS_PMEM_FORCE=1

# job NAME FILE OPTION...
job() {
  printf '[%s]\nfilename=%s\n' "$1" "$scratch/$2"
  shift 2
  printf '%s\n' "$@"
}

# side_by_side RW FILE_A FILE_B: I/Os a second of B over those of A. With a
# random map fio closes the file after every pass over it, and its mmap engine
# leaves the mapping behind (engines/mmap.c, 3.33).
side_by_side() {
  {
    printf '[global]\nsize=%s\nbs=4k\nrw=%s\n' "$size" "$1"
    printf 'norandommap=1\ntime_based=1\nruntime=1\ncpus_allowed=0\n'
    # Every engine gets the same buffers; libpmem asks for such.
    printf 'iomem_align=4k\n'
    # shellcheck disable=SC2086
    job a "$2" $a
    # shellcheck disable=SC2086
    job b "$3" $b
  } >"$scratch/job.fio"
  fio --output-format=json --output="$scratch/fio.json" "$scratch/job.fio" \
    >/dev/null 2>"$scratch/errors" || {
    cat "$scratch/errors" "$scratch/fio.json" >&2
    exit 2
  }
  awk -F'[:,] *' '
    /"jobname"/ { job = $2 }
    /"iops" :/ && $2 > 0 { iops[job] = $2 }
    END { print iops["\"b\""] / iops["\"a\""] }' "$scratch/fio.json"
}

# compare TITLE: a line for reads and one for writes; 1 when a median is below 1.
compare() {
  result=0
  for rw in read write; do
    pair=0
    while [ $pair -lt "$pairs" ]; do
      [ ! -t 2 ] || printf '\r%s, %s: pair %d of %d ' "$1" $rw $pair "$pairs" >&2
      echo "$(side_by_side rand$rw one two)" "$(side_by_side rand$rw two one)"
      pair=$((pair + 1))
    done >"$scratch/ratios" || exit 2
    [ ! -t 2 ] || printf '\r%60s\r' '' >&2
    awk '{ print sqrt($1 * $2) }' "$scratch/ratios" | sort -n |
      awk -v title="$1" -v rw=$rw '
        function quantile(q,   at) {
          at = 1 + (NR - 1) * q
          return r[int(at)] + (r[int(at + 0.999)] - r[int(at)]) * (at - int(at))
        }
        { r[NR] = $1 }
        END {
          printf "%-28s %-5s %.3f  (%.3f to %.3f, %d pairs)\n", title, rw,
            quantile(0.5), quantile(0.25), quantile(0.75), NR
          exit quantile(0.5) < 1
        }' || result=1
  done
  return $result
}

ours="ioengine=external:$PWD/build/fio-daxmend.so allow_nodax=1 recovery=write"
status=0
echo "I/Os a second, median of the pairs (middle half):"
for engine; do
  access=syscall
  case $engine in
    mmap | libpmem) access=mmap ;;
  esac
  a="ioengine=$engine"
  b="$ours access=$access"
  if [ "$engine" = itself ]; then
    for b in "$ours access=syscall" "$ours access=mmap"; do
      a=$b
      compare "${b##* } to itself" || :
    done
  else
    compare "access=$access to $engine" || status=1
  fi
done
exit $status
