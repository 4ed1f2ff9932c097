#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend list: whose poison is, over DAXMEND_FILES (2000) files. With 100,000:
#
#   build/daxmend vm --nvdimm-size 512M --add tests/guest/tap.sh \
#     --add tests/guest/list.sh -- env DAXMEND_FILES=100000 sh /add/list.sh
#
# Poison that is only to be listed is written into the kernel's list directly.
. /add/tap.sh

files=${DAXMEND_FILES:-2000}
d=/mnt/pmem/list
fs=$(awk '$2 == "/mnt/pmem" { print $3 }' /proc/mounts)
lists() { daxmend list /mnt/pmem 2>&1 | grep -qE "$1"; }
page() { dd if=/dev/zero of="$1" bs=4k count="${2:-1}" 2>/dev/null; }

mkdir -p $d
i=0
while [ $i -lt "$files" ]; do
  [ $((i % 500)) != 0 ] || mkdir $d/$((i / 500))
  echo $i >$d/$((i / 500))/$i
  i=$((i + 1))
done
page "$d/a name" 4
page $d/linked
ln $d/linked $d/alias
page $d/open
page $d/gone
mkdir $d/under
page $d/under/hidden
sync
named=$(first_sector "$d/a name")
linked=$(first_sector $d/linked)
open=$(first_sector $d/open)
gone=$(first_sector $d/gone)
hidden=$(first_sector $d/under/hidden)
inode=$(stat -c %i $d/open)
exec 9<$d/open
rm $d/open $d/gone
mount -t tmpfs none $d/under
sync

check "no poison is said to be none" lists "no poison"
poison $((named + 8)) 9
poison "$linked"
poison "$open"
poison "$gone"
poison "$hidden"
# ext4: a group descriptor; xfs: the superblock.
metadata=$([ $fs = ext4 ] && echo 8 || echo 0)
poison $metadata
daxmend list /mnt/pmem >/tmp/list.out 2>/dev/null
sed 's/^/# /' /tmp/list.out
check "a file is named with its offset" \
  lists "^pmem0 +$((named + 8)) +9 .* 4096  $d/a name\$"
check "so is one of a file's names" \
  lists "^pmem0 +$linked .* 0  $d/(linked|alias) \(one of its 2 names\)"
check "a file that was deleted and is still open has an inode" \
  lists "^pmem0 +$open .* 0  an unlinked file, inode $inode"
check "a file under another mount is found" \
  lists "^pmem0 +$hidden .* 0  $d/under/hidden"
check "what was freed is free" lists "^pmem0 +$gone .* -  free space"
check "the file system's own is its own" \
  lists "^pmem0 +$metadata .* -  .*file-system metadata"
check "the list of the file has only its own" \
  sh -c "daxmend list '$d/a name' | tail -n 1 | grep -q '^9 bad sectors in 1 ranges'"
check "the device is asked like its mount" \
  sh -c 'daxmend list /dev/pmem0 2>/dev/null | cmp - /tmp/list.out'
check "and every namespace is by default" \
  sh -c 'daxmend list 2>/dev/null | cmp - /tmp/list.out'
check "--json names the owner" sh -c \
  "daxmend list /mnt/pmem --json | grep -q '\"owner\": \"nameless file\"'"
tap_poison_expected=1
refuses "a directory that is no mount point" "not a mount point" daxmend list $d
refuses "a device that is not there" "No such file" daxmend list /dev/pmem9
tap_poison_expected=
umount $d/under
exec 9<&-

# The milliseconds of processor time that the children of this shell took.
children_ms() { awk '{ print ($16 + $17) * 10 }' /proc/$$/stat; }
# Lists, and sets $spent to what that took.
timed_list() {
  spent=$(children_ms)
  daxmend list /mnt/pmem >/tmp/list.out 2>/tmp/list.err
  spent=$(($(children_ms) - spent))
}
# As many ranges as the kernel's list holds, all over the device, which are more
# than it shows. Read-only, for what the file system writes would repair them.
mount -o remount,ro /mnt/pmem
before=$(bad_sectors | wc -l)
ranges=$before
timed_list
few=$spent
size=$(cat /sys/block/pmem0/size)
{
  echo '{"poison": ['
  i=$before
  while [ $i -lt 512 ]; do
    sector=$((i * (size / 512) / 8 * 8 + 16))
    echo "{\"device\": \"pmem0\", \"sector_begin\": $sector,"
    i=$((i + 1))
    echo "\"sector_end\": $((sector + 1))}$([ $i = 512 ] || echo ,)"
  done
  echo ']}'
} >/tmp/plan.json
daxmend inject /dev/pmem0 --plan /tmp/plan.json --allow-metadata \
  >/tmp/inject.out 2>&1
check "512 ranges can be injected" [ $? = 0 ]
timed_list
many=$spent
echo "# $fs, $files files: $(tail -n 1 /tmp/list.out) in" \
  "$many ms of processor time, $few ms with $ranges ranges:" \
  "$(grep -c "  $d/" /tmp/list.out) of files," \
  "$(grep -c 'free space' /tmp/list.out) free"
check "and all are listed" \
  sh -c "tail -n 1 /tmp/list.out | grep -q ' in 512 ranges'"
# Each file is looked at once, however many ranges there are: 512 of them must not
# take 512 looks, a hundred times what 5 take (11 times was seen). Only where
# processor time is a count of instructions (guest.list_price).
if grep -q daxmend.clock=virtual /proc/cmdline; then
  check "in no more than 30 times what $ranges ranges take" \
    [ "$many" -le $((30 * few)) ]
fi
check "though the kernel's list was cut, which is said" \
  grep -q "has more" /tmp/list.err
tap_poison_expected=1
refuses "a range more than the kernel's list holds" "holds 512 ranges" \
  daxmend inject /dev/pmem0 --offset $((size * 512 - 8192)) --length 512 \
  --allow-metadata
daxmend restore >/tmp/restore.out 2>&1
check "restore uninjects what the kernel does not show, too" \
  [ "$(bad_sectors | wc -l)" = "$before" ]
umount /mnt/pmem
daxmend clear /dev/pmem0 >/dev/null
check "nothing is left" [ -z "$(bad_sectors)" ]
# The poison was on metadata too, which the file system may have met.
case $fs in
  ext4) mkfs.ext4 -q -F -b 4096 /dev/pmem0 ;;
  xfs) mkfs.xfs -q -f -m reflink=0 /dev/pmem0 ;;
esac
mount -o dax=always /dev/pmem0 /mnt/pmem
finish
