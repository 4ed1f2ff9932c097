#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Writes that may meet poison which sysfs does not show: it prints 4 KiB of the
# kernel's list, 455 ranges of six digits. The engine looks at the media there,
# but not for every write.
. /add/tap.sh

# The file with the poison has sector numbers of six digits, and the clean one
# lies behind all ranges that are shown.
dd if=/dev/zero of=/mnt/pmem/fill bs=1M count=60 2>/dev/null
dd if=/dev/zero of=/mnt/pmem/bad bs=1M count=8 2>/dev/null
dd if=/dev/zero of=/mnt/pmem/clean bs=1M count=2 2>/dev/null
daxmend inject /mnt/pmem/bad --every 16k --span 512 >/dev/null
check "sysfs does not show the whole list" \
  [ "$(wc -l </sys/block/pmem0/badblocks)" -lt 500 ]
cat >/tmp/hidden.fio <<EOT
[global]
filename=/mnt/pmem/clean
size=2m
bs=4k
rw=randwrite
stonewall
[daxmend]
ioengine=external:build/fio-daxmend.so
recovery=write
path_log=/tmp/hidden.json
[psync]
ioengine=psync
EOT
fio /tmp/hidden.fio >/tmp/hidden.txt
median=$(awk '$1 == "daxmend" && $2 == "fast" { print $5 }' /tmp/hidden.txt)
least=$(sed -n 's/.*clat (nsec): min= *\([0-9]*\),.*/\1/p' /tmp/hidden.txt | tail -n 1)
echo "# a write: daxmend $median (median), psync $least (least) instructions"
check "a write costs less than twice what psync's does" \
  [ "$median" -gt 0 -a "$median" -lt $((2 * least)) ]
daxmend restore >/dev/null
check "nothing is left" [ -z "$(bad_sectors)" ]
rm -f /mnt/pmem/fill /mnt/pmem/bad /mnt/pmem/clean
finish
