#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Mapped access on the emulated NVDIMM: jobs/mmap.fio recovers every injected
# page, and poison without recovery fails I/O instead of killing the job.
. /add/tap.sh

run=results/latest/run.json
number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run; }
sum() { number "$1" | awk '{ n += $1 } END { print n + 0 }'; }

fio jobs/mmap.fio >/tmp/fio.txt 2>&1
status=$?
check "fio jobs/mmap.fio exits 0" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/fio.txt
check "128 pages were injected" [ "$(number planted_pages)" = 128 ]
check "the device lists none any more" [ -z "$(bad_sectors)" ]
check "no I/O failed" [ "$(sum failed_ios)" = 0 ]
check "no sector was lost" [ "$(sum lost_sectors)" = 0 ]
check "every poisoned page was recovered once" [ "$(sum recovered_ios)" = 128 ]
# Each job says it twice: what it did, and what its options were.
check "run.json says mmap" [ "$(grep -c '"access": "mmap"' $run)" = 10 ]

# Without recovery: I/O fails, the job lives.
dd if=/dev/zero of=/mnt/pmem/none.dat bs=1M count=1 2>/dev/null
build/daxmend inject /mnt/pmem/none.dat --count 4 --span 512 --seed 4 >/dev/null
fio --name=none --ioengine=external:build/fio-daxmend.so --access=mmap \
  --filename=/mnt/pmem/none.dat --size=1m --bs=4k --rw=randread \
  --continue_on_error=all --path_log=/tmp/none.json >/tmp/none.txt 2>&1
status=$?
check "a job without recovery outlives poison" [ $status = 0 ]
run=/tmp/none.json
check "and counts four failures" [ "$(sum failed_ios)" = 4 ]
build/daxmend restore /mnt/pmem/none.dat >/dev/null
rm -f /mnt/pmem/none.dat /mnt/pmem/daxmend-mmap.dat
finish
