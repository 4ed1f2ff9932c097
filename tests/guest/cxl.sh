#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# CXL memory: its devices list poison, in lines of 64 bytes, and the kernel does
# not; nothing fails by it, and nothing but clearing ends it. The last script of a boot:
# it ends under lockdown, with an entry in the kernel's list that nothing takes off.
. /add/tap.sh
f=/mnt/pmem/cxl.dat
# The guest's time in hundredths of a second.
hundredths() { sed 's/ .*//; s/\.//' /proc/uptime; }
listed() { daxmend list ${1+"$1"} --json | grep -c '"file_begin"'; }

dd if=/dev/urandom of=$f bs=1M count=8 2>/dev/null
sync
cp $f /tmp/cxl.copy
daxmend injectors >/tmp/injectors
check "the default injector is the device's own" \
  grep -q '^  cxl *default' /tmp/injectors
check "what wants the kernel's list says why not" \
  grep -q '^  badblocks *no *the kernel keeps no list' /tmp/injectors

# File offset to DPA at injecting, DPA to file offset at listing, and the kernel's
# own physical address of each beside ours, or the listing ends.
count=512
[ "$(cat /sys/bus/cxl/devices/mem0/firmware_version)" = "daxmend 1" ] || count=60
daxmend inject $f --count $count --span unit --seed 5 --record /tmp/record.json \
  >/tmp/inject.out
check "$count lines are injected" \
  grep -q "injected $count lines in $count pages" /tmp/inject.out
daxmend list $f --json >/tmp/list.json
check "all $count are listed at their offsets in the file" [ \
  "$(grep -o '"file_begin": [0-9]*' /tmp/record.json | sort | md5sum)" = \
  "$(grep -o '"file_begin": [0-9]*' /tmp/list.json | sort | md5sum)" ]
check "and as the device's, injected" [ \
  "$(grep -c '"source": "injected"' /tmp/list.json)" = $count ]
check "the mount point and the machine say the same" [ \
  "$(listed /mnt/pmem) $(listed)" = "$count $count" ]
# By device physical address, all devices together.
lines=0
for memdev in /sys/bus/cxl/devices/mem*; do
  memdev=$(basename "$memdev")
  mine=$(daxmend list "$memdev" | sed -n 's/^\([0-9]*\) bad lines.*/\1/p')
  lines=$((lines + ${mine:-0}))
done
check "the devices list $count lines together" [ $lines = $count ]
check "so does the region" [ \
  "$(daxmend list region0 | sed -n 's/^\([0-9]*\) bad lines.*/\1/p')" = $count ]
begun=$(hundredths)
daxmend list >/dev/null
echo "# $count lines with their owners: $(($(hundredths) - begun))0 ms"
check "reads go on as if nothing were" cmp -s $f /tmp/cxl.copy
daxmend restore >/tmp/restore.out
check "restore undoes them" grep -q " $count lines undone" /tmp/restore.out
check "nothing is listed any more" [ "$(listed)" = 0 ]
check "every byte is there" cmp -s $f /tmp/cxl.copy
check "the journal is empty" [ -z "$(ls /var/lib/daxmend/journal)" ]

# A write does not clear: what was written over poison is newer than what the journal
# kept, and stays.
daxmend inject $f --offset 1m --length 4096 >/dev/null
head -c 4096 /dev/urandom >/tmp/newer
dd if=/tmp/newer of=$f bs=4k seek=256 conv=notrunc 2>/dev/null
check "a write leaves it listed" [ "$(listed $f)" -gt 0 ]
daxmend restore >/tmp/restore.out
check "restore keeps what was written meanwhile" sh -c \
  "dd if=$f bs=4k skip=256 count=1 2>/dev/null | cmp -s - /tmp/newer"
check "and leaves nothing listed" [ "$(listed $f)" = 0 ]
dd if=/tmp/cxl.copy of=$f bs=4k skip=256 seek=256 count=1 conv=notrunc 2>/dev/null

# QEMU's device ends the machine when it has to list more than 126.
if [ $count = 60 ]; then
  refuses "more than QEMU's device can list" "ends the machine" \
    daxmend inject $f --count 200 --span 512
fi

# One page, one bad line: 4,032 bytes are good.
fio_job() {
  cat >/tmp/job.fio <<END
[one]
ioengine=external:build/fio-daxmend.so
filename=$f
size=8m
bs=4k
rw=$1
access=$2
recovery=$3
number_ios=1
path_log=/tmp/run.json
END
  fio /tmp/job.fio >/tmp/job.out 2>&1
}
counter() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" /tmp/run.json | head -n 1; }
for access in syscall mmap; do
  daxmend inject $f --offset 64 --length 64 >/dev/null
  fio_job read $access clear
  check "$access: a read is recovered" [ "$(counter recovered_ios)" = 1 ]
  check "$access: and loses 64 bytes of 4096" [ \
    "$(counter lost_bytes) $(counter saved_bytes)" = "64 4032" ]
  check "$access: its poison is gone" [ "$(listed)" = 0 ]
  cmp -l $f /tmp/cxl.copy | awk '{ if ($1 <= 64 || $1 > 128) bad = 1 } END { exit bad }'
  check "$access: no other byte changed" [ $? = 0 ]
  head -c 4096 /tmp/cxl.copy | dd of=$f bs=4k conv=notrunc 2>/dev/null
  rm -rf /var/lib/daxmend/journal
  daxmend inject $f --offset 64 --length 64 >/dev/null
  fio_job write $access auto
  check "$access: a write over it is recovered" [ \
    "$(counter recovered_ios) $(counter lost_bytes) $(listed)" = "1 0 0" ]
  head -c 4096 /tmp/cxl.copy | dd of=$f bs=4k conv=notrunc 2>/dev/null
  rm -rf /var/lib/daxmend/journal
done
check "the record says what memory that was" \
  grep -q '"memory": "CXL, .* way' /tmp/run.json
daxmend inject $f --offset 64 --length 64 >/dev/null
for recovery in write flag; do
  fio_job read syscall $recovery
  [ $recovery != flag ] || continue  # this kernel refuses it first
  check "recovery=$recovery is refused with its reason" \
    grep -q "cannot make poison of CXL memory good" /tmp/job.out
done

# Whoever watches is told of both, and by whom.
daxmend watch --owners --json --count 2 --for 60 >/tmp/watch.out &
watch=$!
for tries in $(seq 200); do
  grep -q present /tmp/watch.out && break
  sleep 0.05
done
daxmend inject $f --offset 8k --length 64 >/dev/null
for tries in $(seq 200); do
  grep -q appeared /tmp/watch.out && break
  sleep 0.05
done
daxmend restore >/dev/null
wait $watch
check "watch: what was there, what came and what went" [ \
  "$(sed -n 's/.*"event":"\([a-z]*\)".*/\1/p' /tmp/watch.out | grep -v reported |
    head -n 3 | tr '\n' ' ')" = "present appeared disappeared " ]
check "watch: with the file and the offset" \
  grep -q "\"event\":\"appeared\".*\"path\":\"$f\",\"file_begin\":8192" \
  /tmp/watch.out
daxmend restore >/dev/null
check "restore leaves every byte" cmp -s $f /tmp/cxl.copy

# What a file has of its clearing: zeros where nobody kept the bytes.
daxmend inject $f --offset 4k --length 128 >/dev/null
rm -rf /var/lib/daxmend/journal
daxmend clear $f >/tmp/clear.out
check "clear zero-fills what nobody kept" \
  grep -q "cleared 2 lines: 0 restored from the journal, 2 zero-filled" \
  /tmp/clear.out
check "those 128 bytes and no others" [ \
  "$(cmp -l $f /tmp/cxl.copy | awk '{ if ($2 != 0 || $1 <= 4096 || $1 > 4224) bad = 1 }
    END { print bad + 0 }')" = 0 ]
dd if=/tmp/cxl.copy of=$f bs=4k conv=notrunc 2>/dev/null

# A whole device by its own addresses: its bytes cannot be kept.
tap_poison_expected=1
refuses "a whole device without --force" "does not let its bytes be read" \
  daxmend inject /dev/cxl/mem0 --offset 255m --length 64
check "a device's own addresses, with it" \
  daxmend inject /dev/cxl/mem0 --offset 255m --length 64 --force
check "list shows them by DPA" \
  sh -c 'daxmend list mem0 | grep -q 0xff00000'
check "clear ends them" daxmend clear /dev/cxl/mem0
check "nothing is left" [ "$(daxmend list mem0)" = "no poison is listed" ]
rm -rf /var/lib/daxmend/journal
refuses "a device that is none" "No such file" daxmend list mem77

# Planted by hand the kernel's list works as ever, and its entries stay: a write
# does not clear what the device does not have.
sector=$(xfs_io -r -c fiemap $f | sed -n '2s/.*: \([0-9]*\)\.\..*/\1/p')
echo "$sector 8" >/sys/block/pmem0/badblocks
daxmend list $f >/tmp/both
check "what the kernel lists, as sectors, is shown as well" \
  grep -qE "^pmem0 +$sector +8 .*$f" /tmp/both
umount /mnt/pmem

# Where debugfs is closed nothing is injected, and it says why.
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
echo integrity >/sys/kernel/security/lockdown
mount -o dax=always /dev/pmem0 /mnt/pmem
refuses "to inject under lockdown" "boot without lockdown" \
  daxmend inject $f --offset 1m --length 64
check "no trace instance is left" [ -z "$(ls /sys/kernel/tracing/instances)" ]
finish
