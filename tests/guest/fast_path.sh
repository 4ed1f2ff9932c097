#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Under the virtual clock: what an I/O on a clean device costs, in guest
# instructions, by this engine and by fio's own (jobs/fastpath.fio).
. /add/tap.sh

fio --output-format=terse --terse-version=3 --output=/tmp/fast.txt \
  jobs/fastpath.fio >/dev/null 2>/tmp/fast.err
status=$?
check "fio jobs/fastpath.fio exits 0" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/fast.err

# Mean completion latency of a job in ns; terse version 3 has microseconds, in
# field 16 for reads and 57 for writes.
mean() {
  field=16
  [ "${1%%-*}" = write ] && field=57
  awk -F';' -v job="$1" -v field=$field \
    '$3 == job { printf "%d", $field * 1000 + 0.5 }' /tmp/fast.txt
}
for io in read-4k write-4k; do
  for engine in syscall pvsync2 psync mmap fio-mmap libpmem; do
    echo "# $io-$engine: $(mean $io-$engine) instructions"
  done
  ours=$(mean $io-syscall)
  check "$io costs no more than pvsync2" [ "$ours" -le "$(mean $io-pvsync2)" ]
  check "$io costs at most 2 % more than psync" \
    [ $((ours * 100)) -le $(($(mean $io-psync) * 102)) ]
  ours=$(mean $io-mmap)
  check "mapped $io costs no more than fio's mmap" \
    [ "$ours" -le "$(mean $io-fio-mmap)" ]
  check "mapped $io costs no more than libpmem" \
    [ "$ours" -le "$(mean $io-libpmem)" ]
done
rm -f /mnt/pmem/daxmend-fastpath.dat
finish
