#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# many.sh [BUILD] >many.md
#
# What threads and files cost: 1, 100 and 1,000 of each, by fio's psync and mmap and
# by daxmend, wall clock, instructions, descriptors and memory. Three boots, about ten
# minutes on an idle processor.
set -eu

counts='1 100 1000'

# In the guest: measure ARGUMENT... prints what a run of fio takes: seconds, and at
# most open at once, descriptors, and KiB of memory.
measure() {
  begun=$(cut -d' ' -f1 /proc/uptime)
  fio "$@" >/tmp/out 2>&1 &
  fio=$!
  most=0 memory=0
  while [ "$pause" ] && kill -0 $fio 2>/dev/null; do
    for process in $(grep -slE "^(Pid|PPid):.$fio\$" /proc/[0-9]*/status); do
      n=$(find "${process%status}fd" -type l 2>/dev/null | wc -l)
      [ "$n" -le $most ] || most=$n
      n=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "$process" 2>/dev/null)
      [ "${n:-0}" -le $memory ] || memory=$n
    done
    sleep "$pause"
  done
  wait $fio || {
    cat /tmp/out >&2
    exit 2
  }
  ended=$(cut -d' ' -f1 /proc/uptime)
  awk "BEGIN { printf \"%.2f $most $memory\n\", $ended - $begun }"
}

# engine NAME: its options.
engine() {
  case $1 in
    daxmend) echo --ioengine=external:build/fio-daxmend.so --recovery=auto ;;
    daxmend-mmap) echo "$(engine daxmend) --access=mmap" ;;
    daxmend-logged) echo "$(engine daxmend) --path_log=results/latest/run.json" ;;
    daxmend-poison) engine daxmend ;;
    *) echo "--ioengine=$1" ;;
  esac
}

# inside time|open: each row.
inside() {
  dir=/mnt/pmem/many
  mkdir -p $dir results/latest
  # shellcheck disable=SC3045  # busybox has it
  ulimit -n 8192
  case $1 in
    # Only what they do, and nobody looks meanwhile.
    time) pause='' engines='psync mmap daxmend daxmend-mmap daxmend-logged' long= ;;
    # All of them at once, and long enough to be counted.
    open)
      pause=0.3 engines='psync mmap daxmend daxmend-mmap daxmend-poison'
      long=--time_based
      ;;
  esac
  for n in $counts; do
    for engine in $engines; do
      for kind in threads files; do
        case $kind in
          threads)
            set -- --thread --numjobs="$n" --filename=$dir/one --size=4m --io_size=64k \
              --group_reporting
            think=500ms
            ;;
          files)
            set -- --directory=$dir --nrfiles="$n" --filesize=16k \
              "--filename_format=f.\$filenum"
            # fio opens a file when it has an I/O for it.
            think=1ms
            ;;
        esac
        [ -e $dir/made.$kind.$n ] || {
          fio --name=make "$@" --bs=4k --rw=randread --ioengine=psync --create_only=1 \
            >/dev/null
          : >$dir/made.$kind.$n
        }
        poisoned=$dir/one
        [ $kind = threads ] || poisoned=$dir/f.0
        case $engine in *-poison)
          cp $poisoned /tmp/backup
          build/daxmend inject $poisoned --count 1 --span 512 >/dev/null
          ;;
        esac
        # shellcheck disable=SC2046,SC2086  # words
        echo "CELL $kind $n $engine $(measure --name=many "$@" --bs=4k --rw=randread \
          ${long:+$long --runtime=$((6 + n / 50)) --thinktime=$think} \
          $(engine $engine))"
        # Random reads may not have met it.
        case $engine in *-poison) build/daxmend restore >/dev/null ;; esac
      done
    done
  done
}

# boot WHAT CLOCK: leaves its cells in $scratch/WHAT.CLOCK.
boot() {
  echo "many.sh: $1, $2 clock" >&2
  "$build/daxmend" vm --clock "$2" --timeout 6000 --add "$0" \
    --add "$(dirname "$0")/each_kernel.sh" -- \
    sh "/add/${0##*/}" inside "$1" >"$scratch/out" 2>&1 </dev/null || {
    cat "$scratch/out" >&2
    exit 1
  }
  tr -d '\r' <"$scratch/out" | sed -n 's/^CELL //p' >"$scratch/$1.$2"
}

# cell FILE KIND N ENGINE COLUMN
cell() {
  awk -v key="$2 $3 $4" -v column="$5" '$1 " " $2 " " $3 == key { print $column }' \
    "$scratch/$1"
}

# seconds N ARGUMENT...: the wall clock of N threads on the host, in $scratch.
seconds() {
  n=$1
  shift
  begun=$(date +%s%N)
  fio --name=many --thread --numjobs="$n" --filename="$scratch/one" --size=4m \
    --io_size=64k --bs=4k --rw=randread --group_reporting "$@" >/dev/null
  ended=$(date +%s%N)
  echo "$ended $begun" | awk '{ printf "%.3f\n", ($1 - $2) / 1e9 }'
}

# on_host: the same threads without an emulated machine, in turns, $runs times.
on_host() {
  runs=11
  cat <<HEAD
The same threads without an emulated machine, where their wall clock means something:
$(nproc) processors, a file in ${TMPDIR:-/tmp} without DAX (\`allow_nodax=1\`), fio's psync and
the engine in turns, medians of $runs runs.

| threads | psync, s | daxmend, s | times psync |
| ---: | ---: | ---: | ---: |
HEAD
  for n in $counts; do
    for run in $(seq $runs); do
      echo "psync $(seconds "$n" --ioengine=psync)"
      echo "daxmend $(seconds "$n" "--ioengine=external:$build/fio-daxmend.so" \
        --recovery=auto --allow_nodax=1)"
    done | sort -k1,1 -k2,2n | awk -v n="$n" -v runs=$runs '
      { value[$1, ++count[$1]] = $2 }
      END {
        half = (runs + 1) / 2
        printf "| %d | %.2f | %.2f | %.2f |\n", n, value["psync", half],
          value["daxmend", half], value["daxmend", half] / value["psync", half]
      }'
  done
  echo
}

host() {
  build=${1:-build}
  boot time virtual
  boot time wall
  boot open wall
  cat <<'HEAD'
# Many threads, many files

Made by `results/reference/many.sh >results/reference/many.md` in `daxmend vm`, one
processor, 4 KiB random reads of fsdax on ext4: N threads of one process that read 16
pages each of one file, or one job of N files that reads 4 pages of each. Seconds are
wall clock of one run on the emulated machine, from fio's start to its end, so they
wander; instructions (virtual clock: the guest's seconds are 10^9 of them, read in
hundredths) do not. Descriptors are the most that the process had open at once in
another run, in which all jobs live at the same time for some seconds, and memory is
the most that it had in use then. "Times psync" is of the instructions; of mmap's
where the engine maps. "over poison": one page of the (first) file is poisoned and the
engine has to get it back. "logged" writes run.json.

HEAD
  on_host
  for kind in threads files; do
    cat <<HEAD
| $kind | engine | wall clock, s | instructions, 10^9 | times psync, mmap | descriptors | memory, KiB |
| ---: | --- | ---: | ---: | ---: | ---: | ---: |
HEAD
    for n in $counts; do
      while IFS="|" read -r engine name reference; do
        virtual=$(cell time.virtual $kind "$n" "$engine" 4)
        base=$(cell time.virtual $kind "$n" "$reference" 4)
        times=$([ -z "$virtual" ] || awk "BEGIN { printf \"%.2f\", $virtual / $base }")
        echo "| $n | $name | $(cell time.wall $kind "$n" "$engine" 4) | $virtual |" \
          "$times | $(cell open.wall $kind "$n" "$engine" 5) |" \
          "$(cell open.wall $kind "$n" "$engine" 6) |"
      done <<'ENGINES'
psync|psync|psync
mmap|mmap|mmap
daxmend|daxmend|psync
daxmend-mmap|daxmend, access=mmap|mmap
daxmend-logged|daxmend, logged|psync
daxmend-poison|daxmend, over poison|psync
ENGINES
    done
    echo
  done
}

# In the guest it lies beside this, too.
# shellcheck source=/dev/null
. "$(dirname "$0")/each_kernel.sh"
run_part "$@"
