#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Under the virtual clock: what an I/O on a clean device costs, in guest
# instructions, by this engine and by fio's own (jobs/fastpath.fio).
. /add/tap.sh

fio --output-format=json --output=/tmp/fast.json jobs/fastpath.fio \
  >/dev/null 2>/tmp/fast.err
status=$?
check "fio jobs/fastpath.fio exits 0" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/fast.err

least() { fio_clat /tmp/fast.json "$1" min; }
for io in read-4k write-4k; do
  for engine in syscall pvsync2 psync mmap fio-mmap libpmem; do
    echo "# $io-$engine: $(least $io-$engine) instructions"
  done
  ours=$(least $io-syscall)
  check "$io costs no more than pvsync2" [ "$ours" -le "$(least $io-pvsync2)" ]
  check "$io costs at most 2 % more than psync" \
    [ $((ours * 100)) -le $(($(least $io-psync) * 102)) ]
  ours=$(least $io-mmap)
  check "mapped $io costs no more than fio's mmap" \
    [ "$ours" -le "$(least $io-fio-mmap)" ]
  check "mapped $io costs no more than libpmem" \
    [ "$ours" -le "$(least $io-libpmem)" ]
done
rm -f /mnt/pmem/daxmend-fastpath.dat
finish
