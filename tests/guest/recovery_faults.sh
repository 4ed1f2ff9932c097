#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What recovery meets beside plain poison: SIGBUS without any, file systems that
# are full, more poison than the kernel shows, more threads than descriptors.
. /add/tap.sh

run=/tmp/faults.json
file=/mnt/pmem/faults.dat
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}
job() { # NAME OPTION...: one job of this engine; what it said in /tmp/faults.txt
  name=$1
  shift
  rm -f $run
  fio --name="$name" --ioengine=external:build/fio-daxmend.so --path_log=$run \
    "$@" >/tmp/faults.txt 2>&1
  status=$?
}
says() { grep -q "$1" /tmp/faults.txt; }
show() { grep "^daxmend: \|^fio: " /tmp/faults.txt | head -n 5 | sed 's/^/# /'; }

# A file that somebody cuts short while it is mapped.
for rw in randread randwrite; do
  dd if=/dev/zero of=$file bs=1M count=8 2>/dev/null
  (
    until [ -e /tmp/faults.begun ]; do sleep 0.1; done
    sleep 1
    truncate -s 4194304 $file
  ) &
  job short --access=mmap --recovery=write --filename=$file --size=8m --bs=4k \
    --rw=$rw --norandommap --time_based --runtime=36000 \
    --exec_prerun="touch /tmp/faults.begun"
  rm -f /tmp/faults.begun
  wait
  check "truncated, $rw: the job ends with an error" [ $status != 0 ]
  check "truncated, $rw: nothing was recovered" [ "$(sum recovered_ios)" = 0 ]
  check "truncated, $rw: no path but fast was taken" \
    [ "$(grep -c '"\(detect\|salvage\|repair\|recovery\)": {"unit": "ns", "count": [1-9]' $run)" = 0 ]
  check "truncated, $rw: the reason is told" says "has become shorter"
  check "truncated, $rw: the file has not grown" [ "$(stat -c %s $file)" = 4194304 ]
  rm -f $file
done

# A hole in a file system that has no room left.
truncate -s 157286400 $file
dd if=/dev/zero of=/mnt/pmem/fill bs=1M count=1000 2>/dev/null
dd if=/dev/zero of=/mnt/pmem/fill2 bs=4k count=100000 2>/dev/null
job hole --access=mmap --recovery=write --filename=$file --size=150m --bs=64k \
  --rw=write --fallocate=none
check "full: a store into a hole fails with ENOSPC" says "error=No space left"
check "full: nothing was recovered" [ "$(sum recovered_ios)" = 0 ]
check "full: the reason is told" says "needs a block for a hole"
show
rm -f $file
job grow --access=mmap --filename=/mnt/pmem/grow --size=150m --bs=64k --rw=write \
  --fallocate=none
check "full: a file that cannot be laid out is error 28" says "err=28"
rm -f /mnt/pmem/grow /mnt/pmem/fill /mnt/pmem/fill2

# Punching where there is no room: known before anything is touched.
dd if=/dev/urandom of=$file bs=64k count=1 2>/dev/null
sync $file
cp $file /tmp/faults.copy
build/daxmend inject $file --count 2 --span 512 --seed 3 >/dev/null
dd if=/dev/zero of=/mnt/pmem/fill bs=1M count=1000 2>/dev/null
dd if=/dev/zero of=/mnt/pmem/fill2 bs=4k count=100000 2>/dev/null
job punch --recovery=punch --filename=$file --size=64k --bs=4k --rw=randread \
  --continue_on_error=all
check "full, punch: two reads failed, nothing was lost" \
  [ "$(sum failed_ios)$(sum lost_sectors)" = 20 ]
check "full, punch: the reason is told" says "cannot reserve room .*recovery=write"
show
check "full, punch: both pages are still bad" [ "$(bad_sectors | wc -l)" = 2 ]
job write --recovery=write --backup=/tmp/faults.copy --filename=$file --size=64k \
  --bs=4k --rw=randread
check "full, write: needs none" [ "$status$(sum recovered_ios)" = 02 ]
check "every byte is there" cmp $file /tmp/faults.copy
rm -f /mnt/pmem/fill /mnt/pmem/fill2 $file

# More poison than the one page that the kernel shows of its list, as sysfs
# takes it: every second page of a file.
dd if=/dev/zero of=/mnt/pmem/fill bs=1M count=64 2>/dev/null
for io in "write syscall randread 4k" "write mmap randread 4k" "write syscall randwrite 512" \
  "clear syscall randwrite 4k" "punch syscall randread 4k"; do
  # shellcheck disable=SC2086
  set -- $io
  dd if=/dev/urandom of=$file bs=1M count=8 2>/dev/null
  sync $file
  cp $file /tmp/faults.copy
  xfs_io -r -c fiemap $file | awk -F'[][ .:]+' '
    NR > 1 && $0 !~ /hole/ { at = $4
      for (s = $2 - $2 % 8; s <= $3; s += 16) if (s >= $2 && n++ < 490) print at + s - $2, 1 }' \
    >/tmp/faults.list
  while read -r range; do echo "$range" >/sys/block/pmem0/badblocks; done </tmp/faults.list
  what="beyond the list, $io"
  shown=$(bad_sectors | wc -l)
  check "$what: 490 pages are bad, and not all are shown" \
    [ "$(wc -l </tmp/faults.list)" = 490 -a "$shown" -lt 480 -a "$shown" -gt 300 ]
  echo "# $shown of $(wc -l </tmp/faults.list) are shown"
  job beyond --recovery="$1" --access="$2" --rw="$3" --bs="$4" --filename=$file \
    --size=8m --backup=/tmp/faults.copy
  check "$what: fio is content" [ $status = 0 ]
  [ $status = 0 ] || show
  check "$what: all 490 were recovered" [ "$(sum recovered_ios)" = 490 ]
  check "$what: nothing was lost" [ "$(sum failed_ios)$(sum lost_sectors)" = 00 ]
  case $3 in randread) check "$what: every byte is there" cmp $file /tmp/faults.copy ;; esac
  rm -f $file
  sync
  # What punch leaves lies in pages that are free now.
  for round in 1 2 3; do
    bad_sectors >/tmp/faults.left
    while read -r sector _; do
      dd if=/dev/zero of=/dev/pmem0 bs=4k seek=$((sector / 8)) count=1 \
        conv=notrunc,fsync 2>/dev/null
    done </tmp/faults.left
  done
  check "$what: no poison is left" [ -z "$(bad_sectors)" ]
done
rm -f /mnt/pmem/fill

# Jobs that are threads share a process's descriptors.
(
  # shellcheck disable=SC3045  # busybox has it
  ulimit -n 1024
  job threads --recovery=write --directory=/mnt/pmem --size=4k --bs=4k --rw=write \
    --numjobs=200 --thread --group_reporting
  exit $status
)
check "200 threads find 1,024 descriptors enough" [ $? = 0 ]
rm -f /mnt/pmem/threads.*
(
  # shellcheck disable=SC3045  # busybox has it
  ulimit -n 300
  job threads --recovery=write --directory=/mnt/pmem --size=4k --bs=4k --rw=write \
    --numjobs=200 --thread --group_reporting
)
check "300 are refused with the number that is needed" \
  says "200 threads open 464 descriptors.*may have 300: run ulimit -n 464"
show
rm -f /mnt/pmem/threads.*
finish
