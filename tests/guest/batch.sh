#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Injecting many ranges costs one scrub of the kernel, and not much beside it.
. /add/tap.sh
f=/mnt/pmem/batch.dat
dd if=/dev/urandom of=$f bs=1M count=4 2>/dev/null
sync
hundredths() { sed 's/ .*//; s/\.//' /proc/uptime; }

begin=$(hundredths)
daxmend inject $f --count 64 >/tmp/batch.txt
end=$(hundredths)
check "64 pages are injected" grep -q "512 sectors in 64 pages" /tmp/batch.txt
ndctl start-scrub >/dev/null && ndctl wait-scrub >/dev/null
scrubbed=$(hundredths)
injecting=$((end - begin))
scrub=$((scrubbed - end))
echo "# injecting 64 pages: ${injecting}0 ms, a scrub alone: ${scrub}0 ms"
check "injecting takes at most 1 s more than a scrub" \
  [ $((injecting - scrub)) -le 100 ]
daxmend restore >/dev/null
check "restore takes all of it back" [ -z "$(bad_sectors)" ]
rm -f $f
finish
