#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend vm --nvdimm-count 2: the second NVDIMM is injected, cleared and restored
# by ndctl and daxmend, through the same firmware, and the first knows nothing of
# it.
. /add/tap.sh

second() { cat /sys/block/pmem1/badblocks; }
listed() { ndctl inject-error --status "$1" | grep -c '"block"'; }

check "there is a second namespace, raw" \
  sh -c "ndctl list -N -n namespace1.0 | grep -q '\"mode\":\"raw\"'"
ndctl inject-error --block=8 --count=2 namespace1.0 >/dev/null
check "ndctl injects into it" [ "$(second)" = "8 2" ]
check "the firmware has it there" [ "$(listed namespace1.0)" = 1 ]
check "and not in the first" [ "$(listed namespace0.0)" = 0 ]
check "nor does the kernel" [ -z "$(bad_sectors)" ]
check "a read of it fails" \
  sh -c '! dd if=/dev/pmem1 of=/dev/null bs=4k skip=1 count=1 iflag=direct'
dd if=/dev/zero of=/dev/pmem1 bs=4k seek=1 count=1 oflag=direct 2>/dev/null
check "a write clears it" [ -z "$(second)" ]
check "in the firmware, too" [ "$(listed namespace1.0)" = 0 ]

check "it becomes fsdax" \
  ndctl create-namespace -f -e namespace1.0 -m fsdax -M mem
dd if=/dev/urandom of=/tmp/second bs=1M count=1 2>/dev/null
dd if=/tmp/second of=/dev/pmem1 bs=1M seek=1 oflag=direct 2>/dev/null
daxmend inject /dev/pmem1 --allow-metadata --offset 1M --length 4096 \
  >/tmp/second.out 2>&1
check "daxmend injects into it" [ $? = 0 ]
check "and lists it as the second's" sh -c "daxmend list | grep -q '^pmem1 '"
check "the first has none" [ -z "$(bad_sectors)" ]
check "the end of the first and the beginning of the second are apart" sh -c \
  'ndctl inject-error --block=0 --count=1 namespace1.0 >/dev/null &&
   [ "$(ndctl inject-error --status namespace0.0 | grep -c block\")" = 0 ] &&
   ndctl inject-error --uninject --block=0 --count=1 namespace1.0 >/dev/null &&
   ndctl clear-errors namespace1.0 >/dev/null'
daxmend restore >/tmp/second.out 2>&1
check "daxmend restores it" [ $? = 0 ]
check "nothing is poisoned" [ -z "$(second)$(bad_sectors)" ]
check "every byte is back" sh -c \
  'dd if=/dev/pmem1 bs=1M skip=1 count=1 iflag=direct 2>/dev/null | cmp - /tmp/second'
finish
