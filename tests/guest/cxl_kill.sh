#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# inject killed at as many moments as /add/inject.kills says: restore leaves an empty
# device list and every byte. And what listing 2,000 lines with their owners takes.
. /add/tap.sh
f=/mnt/pmem/kill.dat
# The guest's time in hundredths of a second.
hundredths() { sed 's/ .*//; s/\.//' /proc/uptime; }
kills=$(cat /add/inject.kills)
dd if=/dev/urandom of=$f bs=1M count=16 2>/dev/null
sync
cp $f /tmp/kill.copy
whole=0 killed=0
for kill in $(seq "$kills"); do
  daxmend inject $f --count 64 --span 512 --seed "$kill" >/dev/null 2>&1 &
  pid=$!
  # From before the first line to after the last.
  usleep $((kill * 6000))
  kill -9 $pid 2>/dev/null && killed=$((killed + 1))
  wait $pid 2>/dev/null
  daxmend restore >/tmp/restore.out 2>&1 || cat /tmp/restore.out
  if [ "$(daxmend list)" = "no poison is listed" ] && cmp -s $f /tmp/kill.copy
  then
    whole=$((whole + 1))
  else
    echo "# kill $kill:"
    daxmend list | head -n 5 | sed 's/^/# /'
    cmp $f /tmp/kill.copy | sed 's/^/# /'
  fi
done
echo "# $killed of $kills were killed before their end"
check "$kills of $kills leave an empty list and every byte" [ $whole = "$kills" ]
check "some were killed in the middle" [ $killed -gt $((kills / 4)) ]
check "the journal is empty" [ -z "$(ls /var/lib/daxmend/journal)" ]

check "2,000 lines are injected" daxmend inject $f --count 2000 --span unit
begun=$(hundredths)
daxmend list $f >/tmp/list.out
mine=$(($(hundredths) - begun))
begun=$(hundredths)
daxmend list >/tmp/list.all
echo "# 2,000 lines: those of the file in ${mine}0 ms," \
  "all with their owners in $(($(hundredths) - begun))0 ms"
check "all of them are listed" [ \
  "$(tail -n 1 /tmp/list.out)" = "2000 bad units of 64 bytes in 2000 ranges" ]
check "and with their owners" [ \
  "$(tail -n 1 /tmp/list.all)" = "2000 bad units of 64 bytes in 2000 ranges" ]
check "restore undoes them" daxmend restore
check "every byte is there" cmp -s $f /tmp/kill.copy
finish
