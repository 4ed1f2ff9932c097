#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Block devices of persistent memory without a file system: fsdax and raw mode,
# whose bad sectors the kernel lists, and sector mode (BTT), whose it does not.
. /add/tap.sh

tap_poison_expected=1
run_fio() {
  rm -f /tmp/run.json
  fio --name=block --ioengine=external:build/fio-daxmend.so --bs=4k --size=1m \
    --direct=1 --path_log=/tmp/run.json "$@" >/tmp/fio.out 2>&1
}
no_fio() {
  no_what=$1
  no_pattern=$2
  shift 2
  run_fio "$@"
  check "$no_what is refused" [ $? != 0 ]
  check "$no_what: $no_pattern" grep -qE -e "$no_pattern" /tmp/fio.out
}
dd if=/dev/urandom of=/tmp/copy bs=1M count=1 2>/dev/null
is_copy() { dd if="$1" bs=1M count=1 iflag=direct 2>/dev/null | cmp - /tmp/copy; }
region=/sys/bus/nd/devices/region0/badblocks

no_fio "recovery below a mounted file system" "is in use" \
  --filename=/dev/pmem0 --rw=read --recovery=write
umount /mnt/pmem
for mode in fsdax raw; do
  if [ $mode = raw ]; then
    ndctl create-namespace -f -e namespace0.0 -m raw >/dev/null 2>&1
    until [ -e /dev/pmem0 ]; do sleep 0.1; done
  fi
  dd if=/tmp/copy of=/dev/pmem0 bs=1M oflag=direct 2>/dev/null
  daxmend inject /dev/pmem0 --offset 64k --length 512 --allow-metadata \
    >/tmp/inject.out 2>&1
  check "$mode: a sector of the device can be poisoned" [ $? = 0 ]
  sed 's/^/# /' /tmp/inject.out
  check "$mode: there" [ "$(bad_sectors)" = "128 1" ]
  daxmend list /dev/pmem0 >/tmp/list.out
  check "$mode: and is listed there" grep -qE "^pmem0 +128 +1 " /tmp/list.out
  if [ $mode = raw ]; then
    no_fio "$mode: buffered recovery" "direct=1" --filename=/dev/pmem0 \
      --rw=read --recovery=write --direct=0
    no_fio "$mode: recovery of a mapping" "page cache" --filename=/dev/pmem0 \
      --rw=read --recovery=write --access=mmap
    no_fio "$mode: recovery by punching" "wants a file" --filename=/dev/pmem0 \
      --rw=read --recovery=punch
    no_fio "$mode: recovery in the second of two sections" "direct=1" \
      --filename=/dev/pmem0 --rw=read --name=second --bs=4k --size=1m \
      --ioengine=external:build/fio-daxmend.so --filename=/dev/pmem0 \
      --rw=read --recovery=write
    run_fio --filename=/dev/pmem0 --rw=read --continue_on_error=all
    check "$mode: without recovery one read fails" [ "$(sum failed_ios)" = 1 ]
  fi
  for strategy in write clear; do
    [ $mode = raw ] || [ $strategy = write ] || continue
    poison 128
    poison 146 2
    run_fio --filename=/dev/pmem0 --rw=read --recovery=$strategy \
      --backup=/tmp/copy
    check "$mode, $strategy: reads over poison are served" [ $? = 0 ]
    check "$mode, $strategy: two of them were recovered" \
      [ "$(sum recovered_ios) $(sum failed_ios)" = "2 0" ]
    check "$mode, $strategy: three sectors came from the backup" \
      [ "$(sum backup_sectors) $(sum lost_sectors)" = "3 0" ]
    check "$mode, $strategy: the others of their pages from the device" \
      [ "$(sum salvaged_sectors)" = 13 ]
    check "$mode, $strategy: nothing is listed any more" [ -z "$(bad_sectors)" ]
    check "$mode, $strategy: every byte is there" is_copy /dev/pmem0
    sed -n 's/^daxmend: rec/# rec/p' /tmp/fio.out
  done
  poison 128 8
  run_fio --filename=/dev/pmem0 --rw=write --recovery=write
  check "$mode: a write over poison makes it good" [ -z "$(bad_sectors)" ]
  check "$mode: which is counted" [ "$(sum recovered_ios)" = 1 ]
  poison 129
  run_fio --filename=/dev/pmem0 --rw=write --bs=512 --offset=64k --size=4k \
    --recovery=write
  check "$mode: so does one of its sector" [ -z "$(bad_sectors)" ]
  check "$mode: which is counted, too" [ "$(sum recovered_ios)" = 1 ]
  dd if=/tmp/copy of=/dev/pmem0 bs=1M oflag=direct 2>/dev/null
  daxmend inject /dev/pmem0 --offset 64k --length 512 --allow-metadata \
    >/dev/null 2>&1
  daxmend restore >/dev/null 2>&1
  check "$mode: restore gives every byte back" is_copy /dev/pmem0
done

# A block of a BTT. Which one a place of the media is, its map knows: at first
# they lie in a row.
ndctl create-namespace -f -e namespace0.0 -m sector >/dev/null 2>&1
until [ -e /dev/pmem0s ]; do sleep 0.1; done
btt=/sys/kernel/debug/btt/btt0.0/arena0
number() { echo $(($(cat $btt/"$1"))); }
data=$((4096 + $(number dataoff)))
# With the namespace as it was before; ndctl injects into no BTT.
ndctl create-namespace -f -e namespace0.0 -m raw >/dev/null 2>&1
until [ -e /dev/pmem0 ]; do sleep 0.1; done
# Block 100 is good, and has been written to nowhere else.
sector=$((data / 512 + 100 * 8))
ndctl inject-error namespace0.0 --block=$sector --count=1 >/dev/null
ndctl start-scrub >/dev/null
ndctl wait-scrub >/dev/null
check "the block is poisoned" [ "$(cat $region)" = "$sector 1" ]
ndctl create-namespace -f -e namespace0.0 -m sector >/dev/null 2>&1
until [ -e /dev/pmem0s ]; do sleep 0.1; done
daxmend list >/tmp/list.out 2>&1
sed 's/^/# /' /tmp/list.out
check "list says which block of the data it is" grep -qE \
  "^region0 +$sector +1 .*namespace0.0 \(sector mode, arena 0 data block 100\)\$" \
  /tmp/list.out
refuses "to inject in sector mode" "sector mode" \
  daxmend inject /dev/pmem0s --offset 64k --length 4k --allow-metadata
no_fio "sector: recovery by clearing" "moves it with every write" \
  --filename=/dev/pmem0s --rw=read --recovery=clear
run_fio --filename=/dev/pmem0s --rw=read --continue_on_error=all
sed -n 's/^daxmend: /# /p' /tmp/fio.out
check "sector: without recovery one read fails" [ "$(sum failed_ios)" = 1 ]
run_fio --filename=/dev/pmem0s --rw=read --recovery=write --backup=/tmp/copy
check "sector: the read is served by recovery" \
  [ "$? $(sum recovered_ios) $(sum failed_ios)" = "0 1 0" ]
check "sector: from the backup" \
  [ "$(sum backup_sectors) $(sum lost_sectors)" = "8 0" ]
check "sector: the block can be read" sh -c 'dd if=/dev/pmem0s bs=4k skip=100 \
  count=1 iflag=direct of=/tmp/block && dd if=/tmp/copy bs=4k skip=100 count=1 |
  cmp - /tmp/block'
# It lies elsewhere now. The old one had been marked by the read that failed,
# which has the driver zero it (btt_write_pg, Linux 6.1).
check "sector: the poison is off the media" [ -z "$(cat $region)" ]
check "sector: and off the list" \
  sh -c 'daxmend list 2>&1 | grep -q "no poison is listed"'
run_fio --filename=/dev/pmem0s --rw=write --recovery=write
check "sector: writes go on" [ $? = 0 ]
ndctl create-namespace -f -e namespace0.0 -m fsdax -M mem >/dev/null 2>&1
until [ -e /dev/pmem0 ]; do sleep 0.1; done
mkfs.xfs -q -f -m reflink=0 /dev/pmem0
mount -o dax=always /dev/pmem0 /mnt/pmem
check "nothing is left" [ -z "$(bad_sectors)" ]
finish
