#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Under the virtual clock: what I/Os that meet no poison pay for a flag
# (jobs/flags.fio) and for poison elsewhere on the device (jobs/badblocks.fio).
#
# Least costs only: nothing else has fallen into them. Limits are shares of what
# the same kernel takes for the same I/O, so that they hold on each; what is a
# figure of one kernel says so where it is.
. /add/tap.sh

run=results/latest/run.json
summary() { # JOB COLUMN: of the fast path, from the engine's summary
  awk -v job="$1" -v column="$2" \
    '$1 == job && $2 == "fast" { print $column }' /tmp/price.txt
}
least() { summary "$1" 4; }
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}

# First, in a file system that is new: see jobs/badblocks.fio about sector numbers
# of five digits.
fio jobs/badblocks.fio >/tmp/price.txt 2>&1
status=$?
check "fio jobs/badblocks.fio exits 0" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/price.txt
check "no I/O met poison" [ "$(sum failed_ios)$(sum recovered_ios)" = 00 ]
for rw in read write; do
  before=0 none=0
  for ranges in 0 1 16 511; do
    now=$(least $rw-syscall-$ranges)
    echo "# $rw beside $ranges ranges: $now instructions at least"
    # Linux 6.1 bisects its list (badblocks_check()); that of 6.12 takes the same
    # whatever the number of ranges.
    case $(uname -r) in
      6.1.*) check "$rw: $ranges ranges cost more than fewer" \
        [ "$now" -gt $before ] ;;
      *) check "$rw: $ranges ranges cost more than none" \
        [ "$now" -gt $none ] ;;
    esac
    before=$now
    [ $ranges != 0 ] || none=$now
  done
  check "$rw: 511 ranges cost less than 10 % of a $rw" \
    [ $((before * 10)) -lt $(($(least $rw-syscall-0) * 11)) ]
  check "a mapped $rw pays nothing" \
    [ "$(least $rw-mmap-511)" = "$(least $rw-mmap-0)" ]
done
check "all poison was uninjected" [ -z "$(bad_sectors)" ]
check "and the journal is empty" [ -z "$(ls /var/lib/daxmend/journal)" ]
rm -f /mnt/pmem/daxmend-badblocks.dat

fio jobs/flags.fio >/tmp/price.txt 2>&1
status=$?
check "fio jobs/flags.fio exits 0 whatever bits the kernel refuses" \
  [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/price.txt
grep 'the kernel refuses' /tmp/price.txt | sed 's/^/# /'
for job in read-none read-hipri read-dsync read-nowait write-none write-hipri \
  write-dsync; do
  echo "# $job: $(least $job) instructions at least"
  check "$job was timed" [ "$(least $job)" -gt 0 ]
done
# 50 instructions of Linux 6.1's read.
check "a bit no read needs costs a read less than 2 %" \
  [ $(($(least read-sync) * 100)) -lt $(($(least read-none) * 102)) ]
check "a durable write costs more than another" \
  [ "$(least write-dsync)" -gt "$(least write-hipri)" ]
check "what the kernel refuses is said once a job" \
  [ "$(grep -c "the kernel refuses" /tmp/price.txt)" = \
  "$(grep -c "failed_ios=[1-9]" /tmp/price.txt)" ]
rm -f /mnt/pmem/daxmend-flags.dat
finish
