#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# On a slow processor (slow_qemu.sh) the firmware lists what is poisoned, however
# long that takes: ACPICA ends a loop that takes 30 seconds.
. /add/tap.sh

now() { cut -d . -f 1 /proc/uptime; }
file=/mnt/pmem/slow.dat
dd if=/dev/zero of=$file bs=1M count=18 2>/dev/null
check "400 sectors are injected" \
  daxmend inject $file --count 400 --span 512 --seed 1
begin=$(now)
ndctl inject-error --status namespace0.0 >/tmp/slow.status
echo "# a listing of 400 ranges takes $(($(now) - begin)) s"
check "a listing takes longer than a loop may" [ $(($(now) - begin)) -gt 30 ]
listed=$(sed -n "s/.*\"count\": *\([0-9]*\).*/\1/p" /tmp/slow.status | awk "{ n += \$1 } END { print n + 0 }")
check "and lists them all" [ "$listed" = 400 ]
check "restore undoes them all" daxmend restore
check "the device is clean again" [ -z "$(bad_sectors)" ]
rm -f $file
dmesg | grep 'ACPI.*Error' | sed 's/^/# /' | head -n 5
finish
