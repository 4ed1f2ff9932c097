#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every wrong CXL device in the emulated machine, one after the other in one boot:
# the device is told by a command what to do wrong.
. /add/tap.sh

umount /mnt/pmem 2>/dev/null
cxl destroy-region -f region0 >/dev/null 2>&1
/add/memdev_mutants 0xda000001 >/tmp/mutants.md
check "each is caught by the check that is meant for it" [ $? = 0 ]
tail -1 /tmp/mutants.md | sed 's/^/# /'
grep "not caught" /tmp/mutants.md | sed 's/^/# /'
cat /proc/sys/kernel/tainted >/tmp/taint
check "the kernel lives and has not warned" grep -qx 0 /tmp/taint
finish
