#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Poison that arrives while fio repairs every page at once: what was repaired
# before anybody looked did arrive, and no firmware is blamed for it.
. /add/tap.sh

f=/mnt/pmem/arrivals.dat
dd if=/dev/zero of=$f bs=1M count=1 2>/dev/null
fio --name=repair --ioengine=external:build/fio-daxmend.so --recovery=write \
  --rw=randwrite --bs=4k --size=1m --numjobs=2 --time_based --runtime=3600 \
  --filename=$f >/tmp/arrivals.fio 2>&1 &
fio=$!
# The first page is written.
until dd if=$f bs=4096 count=256 2>/dev/null | tr -d '\0' | grep -q .; do
  sleep 0.1
done
seed=0
for via in ndctl badblocks; do
  seed=$((seed + 1))
  daxmend inject $f --rate 10 --for 4 --span 4096 --seed $seed --via $via \
    >/tmp/arrivals.txt 2>&1
  check "10 a second by $via, repaired at once" [ $? = 0 ]
  grep -q "arrivals came" /tmp/arrivals.txt ||
    check "arrivals of $via are counted" false
  sed 's/^/# /' /tmp/arrivals.txt | tail -n 3
done
kill -INT $fio
wait $fio
daxmend restore >/tmp/arrivals.txt 2>&1
check "restore afterwards" [ $? = 0 ]
check "and nothing is poisoned" [ -z "$(bad_sectors)" ]
sed 's/^/# /' /tmp/arrivals.txt | tail -n 2
rm -f $f
finish
