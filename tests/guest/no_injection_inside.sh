#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. /add/tap.sh
f=/mnt/pmem/inject.dat
dd if=/dev/urandom of=$f bs=1M count=1 2>/dev/null
refuses "a bus without error injection" "has no ARS error injection" \
  daxmend inject $f --via ndctl --length 4096
check "and journals nothing" [ -z "$(ls /var/lib/daxmend/journal 2>/dev/null)" ]
cp $f /tmp/copy
check "the kernel's list is taken by itself" \
  sh -c "daxmend inject $f --length 4096 | grep -q '(badblocks)'"
daxmend restore >/dev/null
check "and firmware that clears takes it back" [ -z "$(bad_sectors)" ]
check "with every byte" cmp $f /tmp/copy
daxmend validate --bus ndbus0 >/tmp/validate.txt
check "validate has nothing against firmware without injection" [ $? = 0 ]
umount /mnt/pmem
daxmend validate --bus ndbus0 --namespace namespace0.0 --destructive \
  >/tmp/validate.txt
check "not even with --destructive" [ $? = 0 ]
check "and says what it could not ask for" \
  grep -q "does not advertise ARS Error Inject (function 7)" /tmp/validate.txt
finish
