#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend validate --memdev against the emulated CXL device, which has to pass,
# and what it refuses. Behind cxl.sh it finds no region any more; alone it ends
# that itself.
[ "$DAXMEND_BOOT" = 1 ] || exit 0
. /add/tap.sh

journal=/var/lib/daxmend/journal
serial=0xda000001
notes() { find $journal -name '*.memdev' 2>/dev/null | wc -l; }
pci=$(basename "$(dirname "$(readlink -f "/sys/bus/cxl/devices/$(memdev)")")")
driver() {
  basename "$(readlink "/sys/bus/pci/devices/$pci/driver" || echo none)"
}
# The guest's time in hundredths of a second: judged where it is the virtual
# clock's, and does not depend on how busy the host is.
hundredths() { sed 's/ .*//; s/\.//' /proc/uptime; }
quick() {
  if [ -e /add/virtual.clock ]; then
    check "within $1 s of the guest's time" [ "$took" -lt "${1}00" ]
  fi
  echo "# $took hundredths of a second"
}
validate="daxmend validate --memdev $serial"
listed() { daxmend list "$(memdev)" --json | grep -c '"source"'; }

begun=$(hundredths)
$validate >/tmp/memdev.out
check "the emulated device passes through the kernel" [ $? = 0 ]
grep "^FAIL\|^WARN" /tmp/memdev.out | sed 's/^/# /'
took=$(($(hundredths) - begun))
quick 10
check "the first lines say why what was not asked" \
  grep -q "^skipped [0-9]*: the stock kernel lets nobody ask" /tmp/memdev.out
tap_poison_expected=
refuses "a device in a region, directly" "is a part of region0" \
  $validate --direct
refuses "a device in a region, destructively" "is a part of region0" \
  $validate --destructive
refuses "a device that there is not" "mem77 is not a CXL memory device" \
  daxmend validate --memdev mem77
refuses "a serial number that there is not" "not a CXL memory device" \
  daxmend validate --memdev 0x123
refuses "no name" "names no device" daxmend validate --memdev
refuses "a bus beside it" "is about NVDIMMs" $validate --bus ndbus0
refuses "--direct of a bus" "is about a CXL memory device" \
  daxmend validate --bus ndbus0 --direct
refuses "a check that there is not" "INJ-99 does not exist" \
  $validate --only INJ-99
refuses "a destructive check without leave" "INJ-01 poisons" \
  $validate --only INJ-01

umount /mnt/pmem 2>/dev/null
cxl destroy-region -f region0 >/dev/null 2>&1
check "no region is left" [ ! -e /sys/bus/cxl/devices/region0 ]
begun=$(hundredths)
$validate --destructive --json /tmp/kernel.json >/tmp/memdev.out 2>/tmp/err
check "it passes destructively through the kernel" [ $? = 0 ]
grep "^FAIL\|^WARN" -A1 /tmp/memdev.out | sed 's/^/# /'
took=$(($(hundredths) - begun))
quick 60
check "it says first what it poisons" grep -q "poisons lines of DPA" /tmp/err
check "nothing is listed" [ "$(listed)" = 0 ]

begun=$(hundredths)
$validate --direct >/tmp/memdev.out
check "it passes directly" [ $? = 0 ]
grep "^FAIL\|^WARN" -A1 /tmp/memdev.out | sed 's/^/# /'
took=$(($(hundredths) - begun))
quick 10
check "its driver is back" [ "$(driver)" = cxl_pci ]
wait_for_memdev
begun=$(hundredths)
$validate --direct --destructive --json /tmp/direct.json --html /tmp/r.html \
  --junit /tmp/r.xml >/tmp/memdev.out 2>/tmp/err
check "it passes directly and destructively" [ $? = 0 ]
grep "^FAIL\|^WARN" -A1 /tmp/memdev.out | sed 's/^/# /'
tail -1 /tmp/memdev.out | sed 's/^/# /'
took=$(($(hundredths) - begun))
quick 60
check "its driver is back" [ "$(driver)" = cxl_pci ]
check "no note is left" [ "$(notes)" = 0 ]
check "the reports are written" sh -c \
  'grep -q "</html>" /tmp/r.html && grep -q "</testsuites>" /tmp/r.xml && grep -q "\"fail\": 0" /tmp/direct.json'
wait_for_memdev
check "nothing is listed" [ "$(listed)" = 0 ]

# Killed while the device has no driver.
$validate --direct --destructive >/dev/null 2>&1 &
pid=$!
until [ "$(driver)" = none ] || ! kill -0 $pid 2>/dev/null; do :; done
sleep 0.2
kill -9 $pid
wait $pid 2>/dev/null
check "kill -9 leaves the device without a driver, and a note" \
  [ "$(driver) $(notes)" = "none 1" ]
daxmend restore >/tmp/restore.out
check "restore gives the driver back" [ "$(driver)" = cxl_pci ]
check "and says so" grep -q "is as it was before" /tmp/restore.out
check "the note is gone" [ "$(notes)" = 0 ]
wait_for_memdev
check "nothing is listed" [ "$(listed)" = 0 ]
$validate --direct --destructive >/dev/null 2>&1 &
pid=$!
until [ "$(driver)" = none ] || ! kill -0 $pid 2>/dev/null; do :; done
kill -INT $pid
wait $pid
check "Ctrl-C exits with 2" [ $? = 2 ]
check "with the driver bound and no note" [ "$(driver) $(notes)" = "cxl_pci 0" ]
wait_for_memdev
mkdir -p /out
cp /tmp/kernel.json /tmp/direct.json /out/
finish
