#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend vm --mode devdax --nvdimm-count 2: one job with files on two NVDIMMs, device-dax
# on the first and a file system on the second. Poison of each is recovered in its own
# way, and list, run.json and the report tell them apart.
. /add/tap.sh
second() { cat /sys/block/pmem1/badblocks; }

ndctl create-namespace -f -e namespace1.0 -m fsdax -M mem >/dev/null 2>&1
modprobe ext4 2>/dev/null
mkfs.ext4 -q -F -b 4096 /dev/pmem1
mkdir -p /mnt/second
check "the second NVDIMM has a file system" mount -o dax=always /dev/pmem1 /mnt/second
f=/mnt/second/two.dat
dd if=/dev/urandom of=$f bs=1M count=8 2>/dev/null
sync
mkdir -p /tmp/two
daxmend inject /dev/dax0.0 --offset 0 --length 8m --count 24 --span 512 --seed 1 \
  --record /tmp/two/inject.json >/tmp/two.out 2>&1
daxmend inject $f --count 40 --span 512 --seed 2 --record /tmp/two/inject.json \
  >>/tmp/two.out 2>&1
check "both are injected" [ "$(bad_sectors | wc -l) $(second | wc -l)" = "24 40" ]
daxmend list >/tmp/two.list
check "list tells them apart" [ \
  "$(grep -c '^dax0.0 ' /tmp/two.list) $(grep -c "^pmem1 .*$f" /tmp/two.list)" = \
  "24 40" ]
check "so does inject.json" [ "$(grep -o '"device": "[a-z0-9.]*"' /tmp/two/inject.json |
  sort -u | wc -l)" = 2 ]
cat >/tmp/two.fio <<END
[both]
ioengine=external:build/fio-daxmend.so
filename=/dev/dax0.0:$f
size=16m
bs=4k
rw=randread
access=mmap
recovery=auto
path_log=/tmp/two/run.json
END
fio /tmp/two.fio >/tmp/two.out 2>&1
check "one job recovers both" [ $? = 0 ]
grep -o '"devices": .*' /tmp/two/run.json | sed 's/^/# /'
check "run.json has them by device" grep -q '"device": "dax0.0", "recovered_ios": 24, "failed_ios": 0, "lost_sectors": 24}, {"device": "pmem1", "recovered_ios": 40, "failed_ios": 0, "lost_sectors": 40}' /tmp/two/run.json
daxmend report --no-html /tmp/two >/tmp/two.report 2>&1
check "the report, too" grep -q 'both: dax0.0: 24 recovered' /tmp/two.report
check "each in its own way" grep -q '"recovery": "auto"' /tmp/two/run.json
check "nothing is left on either list" [ -z "$(bad_sectors)$(second)" ]
rm -rf /var/lib/daxmend/journal
umount /mnt/second
finish
