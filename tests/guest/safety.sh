#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What daxmend inject does not poison, and devices as targets.
. /add/tap.sh

f=/mnt/pmem/safety.dat
# In one write, so that the file system gives it one extent.
page() { dd if=/dev/urandom of="$1" bs=$((${2:-1} * 4))k count=1 2>/dev/null; }
page $f 16
cp $f /tmp/safety.copy
sync
sector=$(first_sector $f)
at=$((sector * 512))

daxmend inject /dev/pmem0 --offset $at --length 8k >/tmp/safety.out 2>&1
check "a device's part that is a file's can be named by the device" [ $? = 0 ]
check "and nothing else is poisoned" [ "$(bad_sectors)" = "$sector 16" ]
daxmend list /dev/pmem0 --json >/tmp/device.json
check "the list says whose it is" grep -q "\"path\": \"$f\"" /tmp/device.json
daxmend list $f --json >/tmp/file.json
daxmend restore /dev/pmem0 >/dev/null
check "restore knows the device's name" [ -z "$(bad_sectors)" ]
daxmend inject /dev/pmem0 --plan /tmp/device.json >/dev/null
check "a device's list is a plan" [ "$(bad_sectors)" = "$sector 16" ]
daxmend restore >/dev/null
page /mnt/pmem/other 16
refuses "another file's plan" "is not /mnt/pmem/other" \
  daxmend inject /mnt/pmem/other --plan /tmp/file.json
rm /mnt/pmem/other
check "every byte is there" cmp $f /tmp/safety.copy

refuses "a whole device" "say how much" daxmend inject /dev/pmem0
refuses "metadata" "sector 0 .*metadata.*--allow-metadata" \
  daxmend inject /dev/pmem0 --length 512
last=$(($(cat /sys/block/pmem0/size) * 512 - 1048576))
refuses "free space" "free space.*--allow-metadata" \
  daxmend inject /dev/pmem0 --offset $last --length 512
daxmend inject /dev/pmem0 --offset $last --length 512 --allow-metadata >/dev/null
check "unless that is meant" \
  sh -c 'daxmend list /dev/pmem0 | grep -q "free space"'
daxmend restore >/dev/null
check "which can be undone, too" [ -z "$(bad_sectors)" ]

ln $f /mnt/pmem/alias
refuses "a file of two names" "one of 2 names.*--force" \
  daxmend inject $f --length 512
check "--force takes it, --dry-run injects nothing" \
  daxmend inject $f --length 512 --force --dry-run
rm /mnt/pmem/alias
exec 9</dev/pmem0
refuses "a device that is open elsewhere" "is open in sh .*--force" \
  daxmend inject /dev/pmem0 --offset $at --length 512
exec 9<&-
rm -f $f
umount /mnt/pmem
refuses "what nobody can be asked about" "no mounted file system" \
  daxmend inject /dev/pmem0 --offset $at --length 512
mount -o dax=always /dev/pmem0 /mnt/pmem
finish
