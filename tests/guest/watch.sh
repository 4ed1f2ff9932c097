#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend watch sees poison come and go, and its device go.
. /add/tap.sh

f=/mnt/pmem/watch.dat
dd if=/dev/zero of=$f bs=1M count=1 2>/dev/null
daxmend inject $f --length 4096 >/dev/null
begun() { until [ -s "$1" ]; do sleep 0.05; done; }

daxmend watch /dev/pmem0 --json --count 3 >/tmp/watch.json &
pid=$!
begun /tmp/watch.json
daxmend watch >/tmp/watch.txt &
text=$!
begun /tmp/watch.txt
daxmend inject $f --offset 64k --length 512 >/dev/null
daxmend restore >/dev/null
wait $pid
check "--count ends it" [ $? = 0 ]
check "one line for what was there, one for each change" \
  [ "$(grep -o '"event":"[a-z]*"' /tmp/watch.json | tr '\n' ' ')" = \
  '"event":"present" "event":"appeared" "event":"disappeared" "event":"disappeared" ' ]
check "with sectors and physical addresses" grep -q '"spa_begin":[0-9]' /tmp/watch.json
kill -INT $text
wait $text
check "Ctrl-C ends it with 0" [ $? = 0 ]
check "for people as well" grep -qE "pmem0 appeared sector [0-9]+, 1 sectors, SPA 0x" /tmp/watch.txt
daxmend watch --for 0.5 >/tmp/watch.txt
check "--for ends it with 0" [ $? = 0 ]
check "nothing there, nothing said" [ ! -s /tmp/watch.txt ]

rm -f $f
umount /mnt/pmem
daxmend watch /dev/pmem0 >/tmp/watch.txt 2>/tmp/watch.err &
pid=$!
# There is no poison that it would begin with.
# shellcheck disable=SC2010
until ls -l /proc/$pid/fd | grep -q badblocks; do sleep 0.05; done
ndctl disable-namespace namespace0.0 >/dev/null 2>&1
wait $pid
check "a device that goes ends it with 2" [ $? = 2 ]
check "and a line says so" grep -q "pmem0 gone" /tmp/watch.txt
refuses "a device that is not there" "No such file" daxmend watch /dev/pmem0 \
  2>/dev/null
ndctl enable-namespace namespace0.0 >/dev/null 2>&1
mount -o dax=always /dev/pmem0 /mnt/pmem
check "nothing is left" [ -z "$(bad_sectors)" ]
finish
