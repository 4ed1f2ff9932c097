#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Mapped access on the emulated NVDIMM: jobs/mmap.fio recovers every planted
# page, the fast path costs no more than fio's own mapped engines, and poison
# without recovery fails I/O instead of killing the job.
. /add/tap.sh

run=results/latest/run.json
number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run; }
sum() { number "$1" | awk '{ n += $1 } END { print n + 0 }'; }

fio --output-format=normal,terse --terse-version=3 --output=/tmp/mmap.txt \
  jobs/mmap.fio >/tmp/fio.txt 2>&1
status=$?
check "fio jobs/mmap.fio exits 0" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/fio.txt /tmp/mmap.txt
check "128 pages were planted" [ "$(number planted_pages)" = 128 ]
check "the device lists none any more" [ -z "$(bad_sectors)" ]
check "no I/O failed" [ "$(sum failed_ios)" = 0 ]
check "no sector was lost" [ "$(sum lost_sectors)" = 0 ]
check "every poisoned page was recovered once" [ "$(sum recovered_ios)" = 128 ]
# Each job says it twice: what it did, and what its options were.
check "run.json says mmap" [ "$(grep -c '"access": "mmap"' $run)" = 10 ]

# Mean completion latency in ns of JOB; field 16 for reads, 57 for writes.
mean() {
  awk -F';' -v job="$1" -v field="$2" \
    '$3 == job { printf "%d", $field * 1000 + 0.5 }' /tmp/mmap.txt
}
for rw in read write; do
  field=16
  [ $rw = write ] && field=57
  ours=$(mean fast-$rw $field)
  fios=$(mean fio-mmap-$rw $field)
  libpmem=$(mean libpmem-$rw $field)
  echo "# $rw 4 KiB: daxmend $ours, fio's mmap $fios, libpmem $libpmem ns"
  if grep -q daxmend.clock=virtual /proc/cmdline; then
    check "$rw costs no more than fio's mmap" [ "$ours" -le "$fios" ]
    check "$rw costs no more than libpmem" [ "$ours" -le "$libpmem" ]
  fi
done

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
