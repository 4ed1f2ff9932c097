#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What this kernel, one of those in kernel/README.md or the stock one, does with
# poison, with and without the recovery flag: every rule of that page, on the
# file system on /mnt/pmem and on one over dm-linear and dm-stripe.
. /add/tap.sh

flag=0x20
io=/add/flagged_io
case $(uname -r) in
  *-daxmend-*) kernel=$(uname -r | sed 's/.*-daxmend-//') ;;
  *) kernel=mainline ;;
esac

# expect WHAT COMMAND...
expect() {
  expect_what=$1
  shift
  check "$where, $kernel: $expect_what" "$@"
}
# is WHAT EXPECTED WORDS...: flagged_io WORDS prints EXPECTED.
is() {
  is_what=$1
  is_expected=$2
  shift 2
  is_result=$($io "$@")
  expect "$is_what: $is_expected" [ "$is_result" = "$is_expected" ]
}
# by_kernel NONE MAINLINE FLAG: the one of this kernel.
by_kernel() {
  case $kernel in
    none) echo "$1" ;;
    mainline) echo "$2" ;;
    flag | flag-late) echo "$3" ;;
  esac
}
# What only a kernel with the flag answers, in any other way than by refusing.
with_flag() { by_kernel EOPNOTSUPP EOPNOTSUPP "$1"; }
poisoned() { expect "$1: the poison is still there" [ -n "$(bad_sectors)" ]; }
repaired() { expect "$1: the poison is gone" [ -z "$(bad_sectors)" ]; }
digest() { dd if="$file" bs=512 skip="$1" count="$2" 2>/dev/null | md5sum; }
written() {
  expect "$1: it reads back what was written" \
    [ "$(dd if="$file" bs=4k skip=2 count=1 2>/dev/null | tr -dc x | wc -c)" = 4096 ]
}

# The place of the file's 18th sector, the second of its third page, on pmem0.
bad_place() {
  to_disk "$(xfs_io -r -c "fiemap -v" "$file" | awk -v want=17 'NR > 2 {
    gsub(/[^0-9]+/, " ")
    if (want >= $2 && want <= $3) print $4 + want - $2
  }')"
}

# Clears what is poisoned, whosever it is, past the file system, where every
# kernel clears what a page is written over; and writes the file anew.
fresh() {
  rm -f "$file"
  sync
  bad_sectors | while read -r first count; do
    dd if=/dev/zero of=/dev/pmem0 bs=4k seek=$((first / 8)) \
      count=$(((first % 8 + count + 7) / 8)) conv=notrunc,fsync 2>/dev/null
  done
  dd if=/dev/zero bs=16k count=1 2>/dev/null | tr '\0' o >"$file"
  sync
  before=$(digest 0 16)
  expect "nothing is bad" [ -z "$(bad_sectors)" ]
}

# Straight in the kernel's list, since daxmend inject does not look through
# device mapper.
inject() {
  fresh
  echo "$(bad_place) 1" >/sys/block/pmem0/badblocks
  expect "one sector is bad" [ -n "$(bad_sectors)" ]
}

# What a mapping gets from the bad page that was made after it went bad.
mapped() {
  fresh
  mapped_result=$(/add/poison_probe "$file" 8192 "$1-new" \
    sh -c "echo '$(bad_place) 1' >/sys/block/pmem0/badblocks")
  expect "a mapped $1: SIGBUS BUS_ADRERR" \
    [ "$mapped_result" = "- | SIGBUS BUS_ADRERR" ]
  poisoned "a mapped $1"
}

without_flag() {
  is "a read of four pages" EIO read "$file" 0 16384 0
  is "a read of the two good pages in front" 8192 read "$file" 0 8192 0
  is "a read of a good sector of the bad page" EIO read "$file" 8192 512 0
  is "a write of 512 bytes" "$(by_kernel EIO EFAULT EIO)" \
    write "$file" 8704 512 0
  poisoned "a write of 512 bytes"
  if [ "$kernel" = mainline ]; then
    is "a page-aligned write" 4096 write "$file" 8192 4096 0
    repaired "a page-aligned write"
    written "a page-aligned write"
    inject
    is "a page-aligned write of four pages" 16384 write "$file" 0 16384 0
    repaired "a page-aligned write of four pages"
    is "a read of four pages" 16384 read "$file" 0 16384 0
    inject
  else
    is "a page-aligned write" EIO write "$file" 8192 4096 0
    is "a page-aligned write of four pages" EIO write "$file" 0 16384 0
    poisoned "page-aligned writes"
    expect "they wrote nothing" [ "$(digest 0 16)" = "$before" ]
  fi
}

flagged() {
  is "a flagged read of four pages" "$(with_flag 8192)" \
    read "$file" 0 16384 $flag
  is "a flagged read from inside the first page" "$(with_flag 7680)" \
    read "$file" 512 15000 $flag
  is "a flagged read of the bad page" "$(with_flag EIO)" \
    read "$file" 8192 4096 $flag
  is "a flagged read of a good sector of the bad page" "$(with_flag EIO)" \
    read "$file" 8192 512 $flag
  is "a flagged write of 512 bytes" "$(with_flag EIO)" \
    write "$file" 8704 512 $flag
  is "a flagged write of a page and a sector" "$(with_flag EIO)" \
    write "$file" 8192 4608 $flag
  is "a flagged write that begins inside a good page" "$(with_flag EIO)" \
    write "$file" 4608 7680 $flag
  poisoned "flagged writes of parts of pages"
  expect "they left the good pages as they were" [ "$(digest 0 16)" = "$before" ]
  is "a flagged write to a good page" "$(with_flag 4096)" \
    write "$file" 12288 4096 $flag
  is "a flagged write of part of a good page" "$(with_flag 512)" \
    write "$file" 12288 512 $flag
  is "a flagged write from memory that cannot be read" "$(with_flag EFAULT)" \
    fault "$file" 12288 4096 $flag
  is "the same to the bad page" "$(with_flag EFAULT)" \
    fault "$file" 8192 4096 $flag
  poisoned "flagged writes that had nothing to write"
  is "a read of the bad page" EIO read "$file" 8192 4096 0
  is "a flagged page-aligned write" "$(with_flag 4096)" \
    write "$file" 8192 4096 $flag
  if [ "$(with_flag yes)" = yes ]; then
    repaired "a flagged page-aligned write"
    written "a flagged page-aligned write"
    inject
    is "a flagged page-aligned write of four pages" 16384 \
      write "$file" 0 16384 $flag
    repaired "a flagged page-aligned write of four pages"
    is "a flagged read of four pages" 16384 read "$file" 0 16384 $flag
  fi
  is "a flagged write at 0 to a file opened with O_APPEND" "$(with_flag 4096)" \
    append "$file" 0 4096 $flag
  expect "it appends, if it writes" \
    [ "$(stat -c %s "$file")" = "$(by_kernel 16384 16384 20480)" ]
}

rules() {
  mapped load
  mapped store
  inject
  without_flag
  flagged
}

fs=$(awk '$2 == "/mnt/pmem" { print $3 }' /proc/mounts)
where=$fs
file=/mnt/pmem/rules
to_disk() { echo "$1"; }
rules

where=tmpfs
echo x >/tmp/plain
is "a flagged read of a file that is not DAX" EOPNOTSUPP read /tmp/plain 0 1 $flag

# The same through device mapper, where this kernel and its guest have it.
through() {
  where="$fs over dm-$1"
  shift
  expect "dmsetup makes a device" \
    /add/dmsetup create mapped --table "$*"
  case $fs in
    ext4) mkfs.ext4 -q -F -b 4096 /dev/mapper/mapped ;;
    xfs) mkfs.xfs -q -f -m reflink=0 /dev/mapper/mapped ;;
  esac
  mount -t "$fs" -o dax=always /dev/mapper/mapped /mnt/pmem
  expect "it is mounted with dax" grep -q "/mnt/pmem .*dax=always" /proc/mounts
  if grep -q " /mnt/pmem " /proc/mounts; then
    rules
    umount /mnt/pmem
  fi
  expect "and removes it" /add/dmsetup remove mapped
}
umount /mnt/pmem
if [ -x /add/dmsetup ] && [ -e /dev/mapper/control ]; then
  export LD_LIBRARY_PATH=/add DM_DISABLE_UDEV=1
  size=$(cat /sys/block/pmem0/size)
  skip=4096
  to_disk() { echo $(($1 + skip)); }
  through linear 0 $((size - skip)) linear /dev/pmem0 $skip
  # An access ends where its chunk does, poison or not: the file is in one.
  chunk=2048
  half=$((size / 2 / chunk * chunk))
  to_disk() {
    number=$(($1 / chunk))
    row=$((number / 2))
    echo $((row * chunk + $1 % chunk + number % 2 * half))
  }
  through stripe 0 $((half * 2)) striped 2 $chunk /dev/pmem0 0 /dev/pmem0 $half
fi
finish
