#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend validate --memdev over a reboot of the guest, by its registers and then
# through the kernel: what a run leaves on the CXL device is there in the next
# boot, and the run there puts it back. Three boots, behind validate_memdev.sh.
#
# Nothing but the CXL device outlasts a reboot here, so its file system carries
# the journal over; while a run has the device it is in no region.
. /add/tap.sh

journal=/var/lib/daxmend/journal
serial=0xda000001
uuid=da000000-0000-4000-8000-000000000001
listed() { daxmend list "$(memdev)" --json | grep -c '"source"'; }
destroy() {
  umount /mnt/pmem 2>/dev/null
  cxl destroy-region -f all >/dev/null 2>&1
}
wait_for_disk() {
  tries=0
  until [ -e /dev/pmem0 ]; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || return 1
    sleep 0.05
  done
}
# The region of the first boot, with its namespace, which the labels have.
carry_over() {
  cd /sys/bus/cxl/devices || return 1
  region=$(cat decoder0.0/create_pmem_region)
  for port in endpoint*; do
    [ "$(cat "$port/uport/serial")" != $serial ] || break
  done
  decoder=decoder${port#endpoint}.0
  bytes=$(cat "$port/uport/pmem/size")
  echo "$region" >decoder0.0/create_pmem_region &&
    echo $uuid >"$region/uuid" &&
    echo 256 >"$region/interleave_granularity" &&
    echo 1 >"$region/interleave_ways" &&
    echo pmem >"$decoder/mode" && echo "$bytes" >"$decoder/dpa_size" &&
    echo "$bytes" >"$region/size" && echo "$decoder" >"$region/target0" &&
    echo 1 >"$region/commit" &&
    echo "$region" >/sys/bus/cxl/drivers/cxl_region/bind || return 1
  cd / && wait_for_disk && mount -o dax=always /dev/pmem0 /mnt/pmem &&
    rm -rf /mnt/pmem/journal && cp -r $journal /mnt/pmem/journal &&
    umount /mnt/pmem && sync
}
# Leaves marks and reboots.
before() {
  daxmend validate --memdev $serial --destructive "$@" --only MBOX-01,BOOT-01 \
    --before-reboot >/tmp/before.out 2>&1
  check "what a reboot must keep can be left${1:+ (}$*${1:+)}" [ $? = 0 ]
  wait_for_memdev
  check "a line is poisoned" [ "$(listed)" = 1 ]
  tap_poison_expected=1
  refuses "another validation until then" "waits for a run with --after-reboot" \
    daxmend validate --memdev $serial --destructive "$@"
  check "the journal goes over the reboot" carry_over
  reboot -f
  sleep 60
}
after() {
  mkdir -p $journal
  cp /mnt/pmem/journal/* $journal
  destroy
  daxmend validate --memdev $serial --destructive "$@" --after-reboot \
    >/tmp/after.out 2>&1
  check "it is there after the reboot${1:+ (}$*${1:+)}" [ $? = 0 ]
  grep "^FAIL\|^WARN\|^SKIP" -A1 /tmp/after.out | sed 's/^/# /'
  check "all five were asked for, and no other" \
    grep -q "0 of 5 checks failed, 0 warned, 0 were skipped" /tmp/after.out
  wait_for_memdev
  check "nothing is listed, and no note left" \
    [ "$(listed) $(find $journal -name '*.memdev' | wc -l)" = "0 0" ]
}

case $DAXMEND_BOOT in
  1)
    destroy
    refuses "an --after-reboot with nothing before" "--before-reboot first" \
      daxmend validate --memdev $serial --destructive --after-reboot
    before --direct
    ;;
  2)
    after --direct
    before
    ;;
  3)
    after
    finish
    ;;
esac
