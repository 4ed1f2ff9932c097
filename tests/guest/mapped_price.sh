#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Under the virtual clock: what mapped I/O costs in all, fio's own share included,
# by this engine and by fio's mmap and libpmem: 400,000 random I/Os of 512 bytes
# each, and the first touch of 4,096 pages of 4 KiB, each of which faults (the
# file's extents begin one page beside where a huge page could). fio tells the time
# of a job in milliseconds, of which the one of 512 bytes takes some 900.
#
# fio's mmap leaves what it stored in the cache, the other two do not. This engine
# maps with MAP_SYNC as libpmem does, for which the first fault of a file commits
# its journal; that is why means are compared of many pages.
. /add/tap.sh

for f in a b c; do xfs_io -f -c "falloc 4096 16m" /mnt/pmem/$f.dat; done
job() { # NAME FILE IOENGINE and more
  printf '[%s]\nfilename=%s.dat\nioengine=%s\n' "$1" "$2" "$3"
  shift 3
  printf '%s\n' "$@"
}
ours=external:build/fio-daxmend.so
{
  printf '[global]\ndirectory=/mnt/pmem\nsize=16m\nstonewall\n'
  for f in a b c; do job layout-$f $f psync rw=write bs=1m; done
  for rw in write read; do
    job first-$rw-daxmend a $ours access=mmap rw=rand$rw bs=4k
    job first-$rw-mmap b mmap rw=rand$rw bs=4k
    job first-$rw-libpmem c libpmem rw=rand$rw bs=4k
  done
  small="bs=512 norandommap number_ios=400000 io_size=256m"
  for rw in read write; do
    # shellcheck disable=SC2086  # words
    job small-$rw-daxmend a $ours access=mmap rw=rand$rw $small
    # shellcheck disable=SC2086
    job small-$rw-mmap b mmap rw=rand$rw $small
    # shellcheck disable=SC2086
    job small-$rw-libpmem c libpmem rw=rand$rw $small
  done
} >/tmp/mapped.fio
fio --output-format=json --output=/tmp/mapped.json /tmp/mapped.fio \
  >/dev/null 2>/tmp/mapped.err
status=$?
check "fio exits 0" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/mapped.err

# The time a job took, in ms; the mean completion latency, in ns.
runtime() {
  awk -v wanted="$1" '
    /"jobname" :/ { split($0, part, "\""); job = part[4] }
    job == wanted && /"job_runtime" :/ { print $3 + 0 }' /tmp/mapped.json
}
mean() { fio_clat /tmp/mapped.json "$1" mean; }
# A mean has interrupts in it: a tick of the clock that one job of 4,096 has and
# another has not is some 8,000 instructions, two of a mean; three are allowed.
no_more() { awk -v a="$1" -v b="$2" 'BEGIN { exit a == "" || b == "" || a > b + 3 }'; }
for rw in write read; do
  for engine in daxmend mmap libpmem; do
    echo "# first touch, $rw, $engine: $(mean first-$rw-$engine) instructions"
    echo "# 400,000 of 512 bytes, $rw, $engine: $(runtime small-$rw-$engine) ms of virtual time"
  done
  for engine in mmap libpmem; do
    check "a first touch ($rw) costs no more than $engine's" \
      no_more "$(mean first-$rw-daxmend)" "$(mean first-$rw-$engine)"
    check "512 bytes ($rw) cost no more than $engine's in all" \
      [ "$(runtime small-$rw-daxmend)" -le "$(runtime small-$rw-$engine)" ]
  done
done
rm -f /mnt/pmem/[abc].dat
finish
