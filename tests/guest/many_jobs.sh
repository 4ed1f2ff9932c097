#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# 200 threads, and a job of 200 files, by psync and by the engine: instructions and
# descriptors. results/reference/many.sh has a thousand of each.
. /add/tap.sh

n=200
dir=/mnt/pmem/many
mkdir -p $dir
threads="--name=t --thread --numjobs=$n --filename=$dir/one --size=4m --io_size=64k
  --group_reporting"
files="--name=f --directory=$dir --nrfiles=$n --filesize=16k"
psync=--ioengine=psync
# With the log, which they write together.
engine="--ioengine=external:build/fio-daxmend.so --recovery=auto
  --path_log=/tmp/many/run.json"

# took ARGUMENT...: hundredths of a second of the virtual clock, 10^7 instructions.
took() {
  begun=$(cut -d' ' -f1 /proc/uptime)
  fio --bs=4k --rw=randread "$@" >/tmp/many.txt 2>&1 || cat /tmp/many.txt >&2
  ended=$(cut -d' ' -f1 /proc/uptime)
  awk "BEGIN { printf \"%.0f\n\", ($ended - $begun) * 100 }"
}

# opened ARGUMENT...: descriptors while all of it is open.
opened() {
  fio --bs=4k --rw=randread --time_based --runtime=8 --thinktime=$think "$@" \
    >/tmp/many.txt 2>&1 &
  fio=$!
  sleep 5
  most=0
  for process in $(grep -lE "^(Pid|PPid):.$fio\$" /proc/[0-9]*/status); do
    count=$(find "${process%status}fd" -type l | wc -l)
    [ "$count" -le $most ] || most=$count
  done
  wait $fio || cat /tmp/many.txt >&2
  echo $most
}

for kind in threads files; do
  case $kind in
    threads) job=$threads think=500ms ;;
    # fio opens a file when it has an I/O for it.
    *) job=$files think=5ms ;;
  esac
  # shellcheck disable=SC2086  # words
  {
    fio $job $psync --bs=4k --rw=randread --create_only=1 >/dev/null
    bare=$(took $job $psync) own=$(took $job $engine)
    bare_open=$(opened $job $psync) own_open=$(opened $job $engine)
  }
  echo "# $n $kind: psync $bare, daxmend $own hundredths; open at once $bare_open," \
    "$own_open"
  # 1.2 times and what reading the clock in hundredths can be wrong by.
  check "$n $kind take at most 1.2 times psync's instructions" \
    [ "$own" -le $((bare * 120 / 100 + 2)) ]
  check "and one descriptor more" \
    [ "$bare_open" -ge $n -a "$own_open" -le $((bare_open + 1)) ]
  [ $kind != threads ] ||
    check "the log has all threads" grep -q "\"workers\": $n," /tmp/many/run.json
done
rm -rf $dir
finish
