#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A thousand pages of poison that nobody knew of, by calls, and a thousand mapped:
# all come back, with the bytes they had.
. /add/tap.sh

file=/mnt/pmem/many.dat
backup=/tmp/many.backup
run=/tmp/many.json
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}
inject() {
  build/daxmend inject $file --silent --count 1000 --span 512 >/dev/null
}
dd if=/dev/urandom of=$file bs=1M count=16 2>/dev/null
sync
cp $file $backup
for access in syscall mmap; do
  check "$access: 1,000 pages are poisoned" inject
  rm -f $run
  check "$access: fio reads all of them" \
    fio --name=many --ioengine=external:build/fio-daxmend.so --filename=$file \
    --size=16m --bs=4k --rw=randread --access=$access --recovery=write \
    --backup=$backup --path_log=$run
  echo "# $(sum machine_checks) machine checks"
  check "$access: all recovered" [ "$(sum recovered_ios)" = 1000 ]
  check "$access: none was listed before" [ "$(sum unlisted_ios)" = 1000 ]
  check "$access: no byte is wrong" cmp -s $file $backup
  check "$access: nothing is left" [ -z "$(bad_sectors)" ]
done
check "the kernel had no trouble" \
  [ -z "$(dmesg | grep -E 'Oops|BUG:|Kernel panic')" ]
build/daxmend restore >/dev/null
rm -f $file
finish
