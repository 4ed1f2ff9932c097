#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Files that lie elsewhere than they seem to, and poison that is on no disk:
# bind mounts, shared blocks, an xfs real-time device, namespaces in devdax and
# sector mode and a disabled one. Wants xfs and 1 GiB (real-time devices):
#
#   run_in_guest.sh DAXMEND --fs xfs --nvdimm-size 1G --nvdimm-base 4G -- \
#     locations.sh
. /add/tap.sh

tap_poison_expected=1
show() { sed 's/^/# /' "$@"; }
# exits WHAT STATUS PATTERN COMMAND...: what COMMAND prints matches PATTERN.
exits() {
  exits_what=$1
  exits_status=$2
  exits_pattern=$3
  shift 3
  "$@" >/tmp/exits.out 2>&1
  exits_got=$?
  check "$exits_what" [ $exits_got = "$exits_status" ]
  check "$exits_what: '$exits_pattern'" grep -qE -e "$exits_pattern" \
    /tmp/exits.out
  [ $exits_got = "$exits_status" ] && grep -qE -e "$exits_pattern" \
    /tmp/exits.out || show /tmp/exits.out
}
remake() {
  umount /mnt/pmem
  mkfs.xfs -q -f -m "$1" /dev/pmem0
  mount -o dax=always /dev/pmem0 /mnt/pmem
}

# Only a directory of the file system is mounted, as in a container: no other
# process is seen.
mkdir -p /mnt/pmem/sub /tmp/data
dd if=/dev/urandom of=/mnt/pmem/sub/s bs=64k count=4 2>/dev/null
dd if=/dev/urandom of=/mnt/pmem/elsewhere bs=64k count=4 2>/dev/null
sync
seen=$(first_sector /mnt/pmem/sub/s)
unseen=$(first_sector /mnt/pmem/elsewhere)
poison "$seen"
poison "$unseen"
cat >/tmp/inside.sh <<'X'
mount --bind /mnt/pmem/sub /tmp/data
umount /mnt/pmem
daxmend list /tmp/data
daxmend list /dev/pmem0 --json >/tmp/inside.json
X
unshare -m -p -f --mount-proc sh /tmp/inside.sh >/tmp/inside.out 2>&1
show /tmp/inside.out
check "a file in a bind mount is named" \
  grep -qE "^pmem0 +$seen .* 0  /tmp/data/s\$" /tmp/inside.out
check "what cannot be seen from there is said to be there" grep -qE \
  "^pmem0 +$unseen .*mounted file system is there.*cannot be seen" \
  /tmp/inside.out
check "for programs, too" grep -q '"owner": "unseen"' /tmp/inside.json
exits "from where all of it is mounted, both are named" 0 \
  "/mnt/pmem/elsewhere" daxmend list /mnt/pmem
# Another file system over the mount point is not asked in its place.
cat >/tmp/inside.sh <<'X'
mount -t tmpfs none /mnt/pmem
mkdir /mnt/pmem/sub
daxmend list /dev/pmem0
X
unshare -m -p -f --mount-proc sh /tmp/inside.sh >/tmp/inside.out 2>&1
check "a file system that is covered by another is found anyway" \
  grep -qE "^pmem0 +$seen .*mounted file system is there" /tmp/inside.out

# Standard output that takes nothing.
full() {
  full_what=$1
  shift
  "$@" >/dev/full 2>/tmp/full.err
  full_status=$?
  check "$full_what cannot print: exit status 2" [ $full_status = 2 ]
  check "$full_what says why" grep -q "standard output: No space" /tmp/full.err
}
full "list" daxmend list /mnt/pmem
full "list --json" daxmend list /mnt/pmem --json
full "injectors" daxmend injectors
full "injectors --json" daxmend injectors --json
full "watch" daxmend watch --for 1
full "inject --dry-run" daxmend inject /mnt/pmem/elsewhere --offset 64k \
  --length 512 --dry-run --json
full "inject" daxmend inject /mnt/pmem/elsewhere --offset 64k --length 512
check "which tells that the poison stays" grep -q "daxmend restore" \
  /tmp/full.err
full "restore" daxmend restore
full "clear" daxmend clear /mnt/pmem/elsewhere
daxmend clear /mnt/pmem/sub/s >/dev/null
check "nothing is left" [ -z "$(bad_sectors)" ]

# What holds no persistent memory, or is not there.
exits "list of a file in memory" 2 "cannot be located" daxmend list /tmp/inside.sh
exits "clear of it" 2 "cannot be located" daxmend clear /tmp/inside.sh
exits "restore of a name that is not there" 2 "No such file" \
  daxmend restore /nonexistent
exits "restore of a file that has nothing to undo" 0 "nothing to undo for" \
  daxmend restore /mnt/pmem/elsewhere
name=$(printf '/mnt/pmem/a\033[2Jb')
dd if=/dev/zero of="$name" bs=4k count=1 2>/dev/null
sync
poison "$(first_sector "$name")"
exits "no escape sequence of a name is printed" 0 'a\\x1b\[2Jb' \
  daxmend list /mnt/pmem
exits "by clear neither" 0 'a\\x1b\[2Jb.*1 zero-filled' daxmend clear "$name"

# Blocks that two files have.
remake reflink=1
dd if=/dev/urandom of=/mnt/pmem/f bs=64k count=2 2>/dev/null
sync
f=$(first_sector /mnt/pmem/f)
daxmend inject /mnt/pmem/f --length 512 >/dev/null
cp /mnt/pmem/f /tmp/never 2>/dev/null && echo "# f can be read?"
check "a copy shares its blocks" \
  xfs_io -f -c "reflink /mnt/pmem/f" /mnt/pmem/g
poison $((f + 8))
before=$(bad_sectors)
exits "what would be zero-filled in both is not cleared in one" 2 \
  "offset 4096 shares its blocks.*--force" daxmend clear /mnt/pmem/f
check "and nothing was touched" [ "$(bad_sectors)" = "$before" ]
exits "nor is more injected" 2 "offset 65536 shares its blocks.*reflink" \
  daxmend inject /mnt/pmem/f --offset 64k --length 512
exits "what the journal has is given back to both" 0 "1 sectors undone, 1" \
  daxmend restore
check "in both" cmp -n 4096 /mnt/pmem/f /mnt/pmem/g
exits "--force clears it in both" 0 "1 zero-filled" \
  daxmend clear --force /mnt/pmem/f
check "and nothing is left in either" [ -z "$(bad_sectors)" ]

# A file on the real-time device of its file system.
umount /mnt/pmem
byte() { printf "\\$(printf %o "$1")"; }
word() {
  v=$1
  for i in 1 2 3 4; do
    byte $((v & 255))
    v=$((v >> 8))
  done
}
entry() {
  printf '\0\0\2\0\203\377\377\377'
  word "$1"
  word "$2"
}
dd if=/dev/zero of=/dev/pmem0 bs=4k count=1 2>/dev/null
{ entry 4096 1048576; entry 1052672 983040; } |
  dd of=/dev/pmem0 bs=1 seek=446 conv=notrunc 2>/dev/null
printf '\125\252' | dd of=/dev/pmem0 bs=1 seek=510 conv=notrunc 2>/dev/null
blockdev --rereadpt /dev/pmem0
until [ -e /sys/block/pmem0/pmem0p2 ]; do sleep 0.1; done
mdev -s
mkfs.xfs -q -f -m reflink=0,rmapbt=0 -d rtinherit=1 \
  -r rtdev=/dev/pmem0p2,extsize=4096 /dev/pmem0p1
mount -t xfs -o dax=always,rtdev=/dev/pmem0p2 /dev/pmem0p1 /mnt/pmem
dd if=/dev/urandom of=/mnt/pmem/rt bs=1M count=4 2>/dev/null
xfs_io -c "chattr -t" /mnt/pmem
dd if=/dev/urandom of=/mnt/pmem/normal bs=1M count=4 2>/dev/null
cp /mnt/pmem/rt /tmp/rt.copy
cp /mnt/pmem/normal /tmp/normal.copy
sync
rt=$(($(first_sector /mnt/pmem/rt) + 1052672))
normal=$(($(first_sector /mnt/pmem/normal) + 4096))
check "the files lie on two partitions" [ "$rt" -gt 1052671 ]
daxmend inject /mnt/pmem/normal --offset 64k --length 512 >/dev/null
exits "poison of a file on the data device is its" 0 \
  "^pmem0 +$((normal + 128)) .* 65536  /mnt/pmem/normal\$" \
  daxmend list /mnt/pmem
exits "and not the real-time file's" 0 "no poison is listed" \
  daxmend list /mnt/pmem/rt
exits "which has nothing to clear" 0 "cleared 0 sectors" \
  daxmend clear /mnt/pmem/rt
check "so that nothing was touched" [ "$(bad_sectors)" = "$((normal + 128)) 1" ]
daxmend restore >/dev/null
check "every byte of the data device is there" \
  cmp /mnt/pmem/normal /tmp/normal.copy
# Two partitions of one disk are not both DAX (fs/dax: one holder a disk, Linux
# 6.0), so the real-time file is poisoned by its device.
daxmend inject /dev/pmem0p2 --offset $(((rt - 1052672 + 256) * 512)) \
  --length 4k >/tmp/inject.out 2>&1
check "the real-time device can be poisoned where a file is" [ $? = 0 ]
show /tmp/inject.out
check "there" [ "$(bad_sectors)" = "$((rt + 256)) 8" ]
exits "the list of the mount names the real-time file" 0 \
  "^pmem0 +$((rt + 256)) +8 .* 131072  /mnt/pmem/rt\$" daxmend list /mnt/pmem
exits "so does its own" 0 "8 bad sectors in 1 ranges" daxmend list /mnt/pmem/rt
exits "and the device's" 0 "131072  /mnt/pmem/rt\$" daxmend list /dev/pmem0p2
exits "the file on the data device has none of it" 0 "no poison is listed" \
  daxmend list /mnt/pmem/normal
exits "clear gives the real-time file its bytes" 0 "8 restored" \
  daxmend clear /mnt/pmem/rt
check "with nothing left on the list" [ -z "$(bad_sectors)" ]
echo 3 >/proc/sys/vm/drop_caches
check "and every byte there" cmp /mnt/pmem/rt /tmp/rt.copy
check "the other file has its bytes, too" cmp /mnt/pmem/normal /tmp/normal.copy
exits "a device of the file system is not free to be poisoned" 2 \
  "belongs to|no file's but" \
  daxmend inject /dev/pmem0p2 --offset 400M --length 512
daxmend restore >/dev/null

# Poison that is on no disk.
umount /mnt/pmem
ndctl create-namespace -f -e namespace0.0 -m devdax >/dev/null 2>&1
ndctl inject-error namespace0.0 --block=30000 --count=4 >/dev/null 2>&1
ndctl start-scrub >/dev/null
ndctl wait-scrub >/dev/null
region=$(cat /sys/bus/nd/devices/region0/badblocks)
echo "# the region's list: $region"
check "the region lists poison" [ -n "$region" ]
# Where the guest's kernel has no driver for it, it stays disabled.
use='devdax dax0.0|disabled'
exits "poison in devdax mode is listed with the region's sector" 0 \
  "^region0 +${region% *} +${region#* } .* namespace0.0 \(($use)\)\$" daxmend list
daxmend list --json >/tmp/devdax.json
check "for programs, too" grep -q '"owner": "namespace"' /tmp/devdax.json
exits "watch names what it cannot watch" 2 "namespace0.0 \(($use)\)" \
  daxmend watch
ndctl create-namespace -f -e namespace0.0 -m sector >/dev/null 2>&1
exits "poison in sector mode is listed with its part of the namespace" 0 \
  "namespace0.0 \(sector mode, arena 0 data blocks? [0-9]+( to [0-9]+)?\)\$" \
  daxmend list
exits "the device in sector mode has no list to look at" 2 \
  "/dev/pmem0s keeps no list" daxmend list /dev/pmem0s
exits "and none to watch" 2 "/dev/pmem0s keeps no list" \
  daxmend watch /dev/pmem0s --for 1
ndctl disable-namespace namespace0.0 >/dev/null 2>&1
exits "poison in a disabled namespace is listed" 0 \
  "namespace0.0 \(disabled\)\$" daxmend list
ndctl disable-region region0 >/dev/null 2>&1
exits "a region that cannot be asked is named" 2 "not looked at: .*region0" \
  daxmend list
ndctl enable-region region0 >/dev/null 2>&1
finish
