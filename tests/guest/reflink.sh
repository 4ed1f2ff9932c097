#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Poison in blocks that two files share: known before anything is touched.
. /add/tap.sh

run=/tmp/reflink.json
file=/mnt/pmem/f
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}
umount /mnt/pmem
mkfs.xfs -q -f -m reflink=1 /dev/pmem0 && mount -t xfs -o dax /dev/pmem0 /mnt/pmem
check "xfs with reflink and dax is mounted" [ $? = 0 ]
for strategy in write clear punch; do
  dd if=/dev/urandom of=$file bs=1M count=1 2>/dev/null
  sync
  cp $file /tmp/reflink.copy
  build/daxmend inject $file --count 1 --span 512 --seed 9 >/dev/null
  xfs_io -f -c "reflink $file" /mnt/pmem/g
  listed=$(bad_sectors)
  firmware() { ndctl inject-error --status namespace0.0 | tr -d ' \n'; }
  poison=$(firmware)
  for rw in randread randwrite; do
    fio --name=shared --ioengine=external:build/fio-daxmend.so --filename=$file --size=1m \
      --bs=4k --rw=$rw --recovery=$strategy --backup=/tmp/reflink.copy --path_log=$run \
      --continue_on_error=all >/tmp/reflink.txt 2>&1
    [ $strategy != punch ] || break
    check "$strategy, $rw: the I/O failed" [ "$(sum failed_ios)$(sum recovered_ios)" = 10 ]
    check "$strategy, $rw: for the right reason" \
      grep -q "another file shares the poisoned blocks.*recovery=punch" /tmp/reflink.txt
    check "$strategy, $rw: the kernel lists what it listed" [ "$(bad_sectors)" = "$listed" ]
    check "$strategy, $rw: the firmware has what it had" [ "$(firmware)" = "$poison" ]
    check "$strategy, $rw: nothing was lost" [ "$(sum lost_sectors)" = 0 ]
    grep "^daxmend: rec" /tmp/reflink.txt | sed 's/^/# /'
  done
  if [ $strategy = punch ]; then
    check "punch: the I/O was recovered" [ "$(sum failed_ios)$(sum recovered_ios)" = 01 ]
    check "punch: every byte is there" cmp $file /tmp/reflink.copy
    check "punch: the other file's block is still bad" [ "$(bad_sectors)" = "$listed" ]
  fi
  rm -f $file /mnt/pmem/g
  build/daxmend restore >/dev/null
  check "$strategy: restore leaves nothing" [ -z "$(bad_sectors)" ]
done
umount /mnt/pmem
mkfs.xfs -q -f -m reflink=0 /dev/pmem0 && mount -t xfs -o dax=always /dev/pmem0 /mnt/pmem
finish
