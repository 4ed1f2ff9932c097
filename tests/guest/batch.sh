#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Planting many ranges costs one scrub of the kernel, and not much beside it.
. /add/tap.sh
f=/mnt/pmem/batch.dat
dd if=/dev/urandom of=$f bs=1M count=4 2>/dev/null
sync
hundredths() { sed 's/ .*//; s/\.//' /proc/uptime; }

begin=$(hundredths)
daxmend inject $f --count 64 >/tmp/batch.txt
end=$(hundredths)
check "64 pages are planted" grep -q "512 sectors in 64 pages" /tmp/batch.txt
ndctl start-scrub >/dev/null && ndctl wait-scrub >/dev/null
scrubbed=$(hundredths)
planting=$((end - begin))
scrub=$((scrubbed - end))
echo "# planting 64 pages: ${planting}0 ms, a scrub alone: ${scrub}0 ms"
check "planting takes at most 1 s more than a scrub" \
  [ $((planting - scrub)) -le 100 ]
daxmend restore >/dev/null
check "restore takes all of it back" [ -z "$(bad_sectors)" ]
rm -f $f
finish
