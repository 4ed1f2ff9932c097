#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Under the virtual clock: what one 4 KiB I/O on a clean device costs, in guest
# instructions, by this engine and by fio's own, in one boot on one file.
. /add/tap.sh

cat >/tmp/fast.fio <<'EOF'
[global]
filename=/mnt/pmem/fast.dat
size=16m
bs=4k
stonewall
[layout]
ioengine=psync
rw=write
bs=1m
EOF
for rw in randread randwrite; do
  for engine in daxmend pvsync2 psync; do
    name=$engine
    [ $engine = daxmend ] && name=external:build/fio-daxmend.so
    printf '[%s-%s]\nioengine=%s\nrw=%s\n' $rw $engine $name $rw
    [ $engine = daxmend ] && echo recovery=write
  done
done >>/tmp/fast.fio
fio --output-format=terse --output=/tmp/fast.txt /tmp/fast.fio >/dev/null 2>/tmp/fast.err
check "the comparison runs" [ $? = 0 ]

# Mean completion latency in ns; terse version 3 has microseconds in field 16
# for reads and 57 for writes.
mean() {
  field=16
  [ "$1" = randwrite ] && field=57
  awk -F';' -v job="$1-$2" -v field=$field \
    '$3 == job { printf "%d", $field * 1000 + 0.5 }' /tmp/fast.txt
}
for rw in randread randwrite; do
  ours=$(mean $rw daxmend)
  pvsync2=$(mean $rw pvsync2)
  psync=$(mean $rw psync)
  echo "# $rw 4 KiB: daxmend $ours, pvsync2 $pvsync2, psync $psync instructions"
  check "$rw costs no more than pvsync2" [ "$ours" -le "$pvsync2" ]
  check "$rw costs at most 2 % more than psync" \
    [ $((ours * 100)) -le $((psync * 102)) ]
done
rm -f /mnt/pmem/fast.dat
finish
