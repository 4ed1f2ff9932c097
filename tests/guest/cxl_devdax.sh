#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend vm --nvdimm cxl --mode devdax: device-dax on a CXL region, whose devices list
# its poison in lines of 64 bytes.
. /add/tap.sh
d=/dev/dax0.0
f=/tmp/dax.copy
bad_sectors() { daxmend list $d --json | grep '"file_begin"'; }
listed() { bad_sectors | wc -l; }
held() { /add/dax_bytes out $d 8388608; }

dd if=/dev/urandom of=$f bs=1M count=8 2>/dev/null
/add/dax_bytes in $d 8388608 <$f
daxmend inject $d --offset 0 --length 8m --count 64 --span unit --seed 3 >/tmp/inject.out 2>&1
check "64 lines are injected" grep -q "injected 64 lines in 64 pages" /tmp/inject.out
check "the devices list them" [ "$(listed)" = 64 ]
check "of the whole machine, once" [ "$(daxmend list --json | grep -c '"source"')" = 64 ]
cat >/tmp/job.fio <<END
[one]
ioengine=external:build/fio-daxmend.so
filename=$d
size=8m
bs=4k
access=mmap
recovery=auto
rw=randread
path_log=/tmp/run.json
END
fio /tmp/job.fio >/tmp/job.out 2>&1
counter() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" /tmp/run.json | head -n 1; }
check "64 reads are recovered, and lose 64 bytes each" [ \
  "$(counter recovered_ios) $(counter lost_bytes)" = "64 4096" ]
check "nothing is listed" [ "$(listed)" = 0 ]
/add/dax_bytes in $d 8388608 <$f
rm -rf /var/lib/daxmend/journal
daxmend inject $d --offset 1m --length 4096 >/dev/null 2>&1
daxmend restore >/tmp/restore.out 2>&1
check "restore undoes 64 lines" grep -q " 64 lines undone" /tmp/restore.out
check "every byte is back" sh -c "/add/dax_bytes out $d 8388608 | cmp -s - $f"
daxmend inject $d --offset 2m --length 128 >/dev/null 2>&1
rm -rf /var/lib/daxmend/journal
daxmend clear $d >/tmp/clear.out 2>&1
check "clear zero-fills what nobody kept" grep -q "2 zero-filled" /tmp/clear.out
check "those bytes and no others" [ "$(held | cmp -l - $f | awk '
  { if ($2 != 0 || $1 <= 2097152 || $1 > 2097280) bad = 1 }
  END { print bad + 0 }')" = 0 ]
finish
