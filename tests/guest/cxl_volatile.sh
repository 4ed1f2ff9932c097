#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Volatile CXL memory that is system RAM: no file, and poison by device physical
# address, with what the kernel uses its page for.
. /add/tap.sh
tap_poison_expected=1
# There is no disk that the kernel could list any of.
bad_sectors() { :; }
check "the memory is the guest's" [ \
  "$(awk '/MemTotal/ { print ($2 > 1000000) }' /proc/meminfo)" = 1 ]
check "nothing is listed" [ "$(daxmend list mem0)" = "no poison is listed" ]
refuses "to inject without --force" "does not let its bytes be read" \
  daxmend inject /dev/cxl/mem0 --offset 200m --length 64
daxmend watch /dev/cxl/mem0 --json --for 60 --count 1 >/tmp/watch.out 2>&1 &
watch=$!
sleep 2
# The end of the movable zone is what is taken last.
check "inject by DPA" \
  daxmend inject /dev/cxl/mem0 --offset 200m --length 128 --force
wait $watch
check "watch tells of it" grep -q '"event":"appeared","device":"mem0"' /tmp/watch.out
daxmend list mem0 >/tmp/list.out
check "list has it, and what its page is used for" \
  grep -qE '^mem0 +region0 +injected +(free|anonymous|file cache|kernel)' /tmp/list.out
sed 's/^/# /' /tmp/list.out
check "all of the machine's has it, too" \
  sh -c 'daxmend list | grep -q "2 bad units of 64 bytes"'
check "restore clears it" daxmend restore
check "nothing is listed any more" [ "$(daxmend list mem0)" = "no poison is listed" ]
daxmend inject /dev/cxl/mem0 --offset 201m --length 64 --force >/dev/null
check "clear does as well" daxmend clear /dev/cxl/mem0
check "nothing is left" [ "$(daxmend list mem0)" = "no poison is listed" ]
finish
