#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Poison below layers: files that share blocks, device mapper, overlayfs, and
# what only another mount namespace has mounted. Every owner is named, and
# recovery works or refuses before anything is touched. Wants xfs and dm_device
# (tests/guest/dm_device.cc).
. /add/tap.sh

tap_poison_expected=1
recover() {
  rm -f /tmp/run.json
  fio --name=layers --ioengine=external:build/fio-daxmend.so --size=1m --bs=4k \
    --rw=read --backup=/tmp/copy --path_log=/tmp/run.json "$@" \
    >/tmp/fio.out 2>&1
}
modprobe dm_mod && modprobe overlay && modprobe ext4 || exit 1
dd if=/dev/urandom of=/tmp/copy bs=1M count=1 2>/dev/null
pmem=$(cat /sys/block/pmem0/dev)

# Blocks that three files have, in one of them elsewhere; without and with the
# reverse mapping that tells xfs itself.
for rmap in 0 1; do
  umount /mnt/pmem
  mkfs.xfs -q -f -m reflink=1,rmapbt=$rmap /dev/pmem0
  mount -o dax /dev/pmem0 /mnt/pmem
  cp /tmp/copy /mnt/pmem/a
  xfs_io -f -c "reflink /mnt/pmem/a" /mnt/pmem/b
  xfs_io -f -c "reflink /mnt/pmem/a 64k 1M 64k" /mnt/pmem/c
  sync
  poison $(($(first_sector /mnt/pmem/a) + 128 + 8))
  daxmend list /mnt/pmem >/tmp/owners.out 2>&1
  sed 's/^/# /' /tmp/owners.out
  for name in a b c; do
    check "rmapbt=$rmap: $name is an owner of the shared block" \
      grep -q "/mnt/pmem/$name" /tmp/owners.out
  done
  check "rmapbt=$rmap: it is one bad sector all the same" \
    grep -q "^1 bad sectors in 1 ranges" /tmp/owners.out
  check "rmapbt=$rmap: with the offset in the one that has it elsewhere" \
    grep -q "/mnt/pmem/c at offset 1052672\|1052672  /mnt/pmem/c" /tmp/owners.out
  lists "rmapbt=$rmap: the list of one names the others" \
    "69632  /mnt/pmem/a, shared with /mnt/pmem/[bc].*, shared with /mnt/pmem/[bc]" \
    /mnt/pmem/a
  daxmend list /mnt/pmem --json >/tmp/owners.json
  check "rmapbt=$rmap: for programs, too" grep -q '"sharers"' /tmp/owners.json
  # Over two blocks, of which the last one has the second alone.
  poison $(($(first_sector /mnt/pmem/a) + 120)) 12
  lists "rmapbt=$rmap: others of a part of a range are named" \
    "61440  /mnt/pmem/a, shared with /mnt/pmem/[bc].*, shared with /mnt/pmem/[bc]" \
    /mnt/pmem/a
  check "rmapbt=$rmap: and not the file itself" \
    sh -c '! grep -q "shared with /mnt/pmem/a" /tmp/lists.out'
  refuses "rmapbt=$rmap: to poison a shared block by its device" "is shared" \
    daxmend inject /dev/pmem0 --force --length 512 \
    --offset $((($(first_sector /mnt/pmem/a) + 256) * 512))
  daxmend clear --force /mnt/pmem/a >/dev/null
done
umount /mnt/pmem

# A file on dm-linear: one piece of a disk, like a partition.
/add/dm_device low 0 262144 linear "$pmem 4096"
mkfs.ext4 -q -F -b 4096 /dev/low
mount -o dax=always /dev/low /mnt/pmem
cp /tmp/copy /mnt/pmem/f
sync
place=$(($(first_sector /mnt/pmem/f) + 4096))
poison $((place + 16))
row="^pmem0 +$((place + 16)) +1 .* 8192  /mnt/pmem/f\$"
lists "all: a file on dm-linear is the owner" "$row"
lists "the disk's list names it, too" "$row" /dev/pmem0
lists "so does the mapped device's" "$row" /dev/low
lists "and its mount's" "$row" /mnt/pmem
lists "and its own" "$row" /mnt/pmem/f
check "recovery on dm-linear works" recover --filename=/mnt/pmem/f \
  --recovery=write
check "for the one I/O that met poison" [ "$(sum recovered_ios)" = 1 ]
check "and loses nothing" cmp /mnt/pmem/f /tmp/copy
check "with nothing left on the disk's list" [ -z "$(bad_sectors)" ]
poison $((place + 24))
check "recovery by clearing works there" recover --filename=/mnt/pmem/f \
  --recovery=clear
check "at the right place" [ -z "$(bad_sectors)" ]
check "and loses nothing either" cmp /mnt/pmem/f /tmp/copy
daxmend inject /mnt/pmem/f --offset 16k --length 512 >/tmp/inject.out 2>&1
check "what is injected there is at its place on the disk" \
  [ "$(bad_sectors)" = "$((place + 32)) 1" ]
sed 's/^/# /' /tmp/inject.out
daxmend restore >/dev/null
check "restore gives it back" cmp /mnt/pmem/f /tmp/copy
# Who may not look at the table is told so.
grep -q ^nobody: /etc/passwd || echo "nobody:x:65534:65534::/:/bin/sh" >>/etc/passwd
chmod 666 /mnt/pmem/f
su -s /bin/sh nobody -c "fio --name=x --rw=read --filename=/mnt/pmem/f --size=1m \
  --ioengine=external:$PWD/build/fio-daxmend.so --recovery=write \
  --salvage=page" </dev/null >/tmp/fio.out 2>&1
check "recovery there is refused to others" [ $? != 0 ]
check "for the right reason" \
  grep -q "/mapper/control: Permission denied" /tmp/fio.out
grep -q "mapper/control" /tmp/fio.out || sed 's/^/# /' /tmp/fio.out
umount /mnt/pmem
/add/dm_device low

# A real-time device of xfs, where each is a DAX device of its own.
/add/dm_device data 0 786432 linear "$pmem 4096"
/add/dm_device rt 0 786432 linear "$pmem 1048576"
mkfs.xfs -q -f -m reflink=0,rmapbt=0 -d rtinherit=1 \
  -r rtdev=/dev/rt,extsize=4096 /dev/data
mount -t xfs -o dax=always,rtdev=/dev/rt /dev/data /mnt/pmem
cp /tmp/copy /mnt/pmem/f
sync
place=$(($(first_sector /mnt/pmem/f) + 1048576))
poison $((place + 16))
lists "a real-time file is the owner" \
  "^pmem0 +$((place + 16)) +1 .* 8192  /mnt/pmem/f\$" /mnt/pmem
check "recovery of it works" recover --filename=/mnt/pmem/f --recovery=write
check "for the one I/O" [ "$(sum recovered_ios) $(sum lost_sectors)" = "1 0" ]
check "every byte of it is there" cmp /mnt/pmem/f /tmp/copy
check "and nothing is listed" [ -z "$(bad_sectors)" ]
umount /mnt/pmem
/add/dm_device rt
/add/dm_device data

# One that is in two pieces, one of them on another mapped device, and striped:
# the kernel has no list of it.
/add/dm_device low 0 131072 linear "$pmem 4096"
/add/dm_device both 0 131072 striped \
  "2 128 $(cat /sys/block/dm-0/dev) 0 $pmem 262144"
mkfs.ext4 -q -F -b 4096 /dev/both
mount -o dax=always /dev/both /mnt/pmem
cp /tmp/copy /mnt/pmem/f
sync
# Where byte 12288 of the file is: chunks of 128 sectors go round. ext4 puts what
# comes behind 64 KiB elsewhere.
first=$(($(first_sector /mnt/pmem/f) + 24))
chunk=$((first / 128))
within=$((chunk / 2 * 128 + first % 128))
if [ $((chunk % 2)) = 0 ]; then
  place=$((4096 + within))
else
  place=$((262144 + within))
fi
poison $place
check "the file cannot be read there" \
  sh -c '! dd if=/mnt/pmem/f of=/dev/null bs=4k skip=3 count=1'
row="^pmem0 +$place +1 .* 12288  /mnt/pmem/f\$"
lists "all: a file on stripes is the owner" "$row"
lists "by its device" "$row" /dev/both
lists "by its mount" "$row" /mnt/pmem
lists "by its name" "$row" /mnt/pmem/f
# The poison of all of the disk is not the device's.
poison 600000
lists "of a mapped device that is elsewhere on the disk nothing is said" \
  "^pmem0 +600000 .*unknown: no mounted file system is there\$" /dev/pmem0
check "poison beside the device is not on it" \
  sh -c 'daxmend list /dev/both | grep -q "^1 bad sectors in 1 ranges"'
before=$(bad_sectors)
check "recovery on stripes is refused" \
  sh -c '! fio --name=x --ioengine=external:build/fio-daxmend.so --rw=read \
    --filename=/mnt/pmem/f --size=1m --recovery=write >/tmp/fio.out 2>&1'
check "for the right reason" grep -q "not one linear piece" /tmp/fio.out
refuses "to inject there" "not one linear piece" \
  daxmend inject /mnt/pmem/f --offset 64k --length 512
check "and nothing was touched" [ "$(bad_sectors)" = "$before" ]
daxmend clear /mnt/pmem/f >/tmp/clear.out 2>&1
check "clear of the file finds its place" [ "$(bad_sectors)" = "600000 1" ]
umount /mnt/pmem
/add/dm_device both
/add/dm_device low
daxmend clear /dev/pmem0 >/dev/null

# A file of overlayfs is a file of its upper or lower directory.
mkfs.ext4 -q -F -b 4096 /dev/pmem0
mount -o dax=always /dev/pmem0 /mnt/pmem
mkdir -p /mnt/pmem/lower/d /mnt/pmem/upper /mnt/pmem/work /tmp/merged
cp /tmp/copy /mnt/pmem/lower/d/l
cp /tmp/copy /mnt/pmem/upper/u
sync
mount -t overlay overlay /tmp/merged -o \
  lowerdir=/mnt/pmem/lower,upperdir=/mnt/pmem/upper,workdir=/mnt/pmem/work
poison $(($(first_sector /mnt/pmem/lower/d/l) + 16))
poison $(($(first_sector /mnt/pmem/upper/u) + 16))
before=$(bad_sectors)
lists "a file of overlayfs is listed as what it really is" \
  "8192  /mnt/pmem/lower/d/l\$" /tmp/merged/d/l
lists "in the upper directory, too" "8192  /mnt/pmem/upper/u\$" /tmp/merged/u
refuses "to list a mount of overlayfs" "is overlayfs" daxmend list /tmp/merged
for target in d/l u; do
  refuses "to inject into overlayfs ($target)" "really /mnt/pmem/(lower|upper)" \
    daxmend inject /tmp/merged/$target --offset 64k --length 512
  refuses "to clear there ($target)" "really /mnt/pmem/(lower|upper)" \
    daxmend clear /tmp/merged/$target
  recover --filename=/tmp/merged/$target --recovery=write
  check "recovery on overlayfs is refused ($target)" [ $? != 0 ]
  check "for the right reason ($target)" \
    grep -q "really /mnt/pmem/" /tmp/fio.out
done
check "nothing was touched" [ "$(bad_sectors)" = "$before" ]
check "and nothing copied up" [ ! -e /mnt/pmem/upper/d ]
umount /tmp/merged
check "recovery of the real file works" recover \
  --filename=/mnt/pmem/lower/d/l --recovery=write
daxmend clear /mnt/pmem/upper/u >/dev/null

# What only another mount namespace has mounted, and there a directory of it.
umount /mnt/pmem
mkdir -p /tmp/inside
cat >/tmp/inside.sh <<'Y'
mount -o dax=always /dev/pmem0 /mnt/pmem
mkdir -p /mnt/pmem/sub
cp /tmp/copy /mnt/pmem/sub/f
sync
mount --bind /mnt/pmem/sub /tmp/inside
umount /mnt/pmem
: >/tmp/inside.ready
exec sleep 1000
Y
unshare -m sh /tmp/inside.sh &
inside=$!
until [ -e /tmp/inside.ready ]; do sleep 0.1; done
seen=/proc/$inside/root/tmp/inside/f
place=$(first_sector $seen)
poison $((place + 8))
lists "a file in a container is the owner" \
  "^pmem0 +$((place + 8)) .* 4096  /proc/[0-9]*/root/tmp/inside/f\$"
lists "by its name from outside" "4096  $seen\$" $seen
recover --filename=$seen --recovery=write
check "recovery by that name works" \
  [ "$? $(sum recovered_ios) $(bad_sectors)" = "0 1 " ]
check "and every byte is there" cmp $seen /tmp/copy
kill $inside
wait $inside 2>/dev/null
sleep 1
daxmend clear /dev/pmem0 >/dev/null 2>&1
mkfs.xfs -q -f -m reflink=0 /dev/pmem0
mount -o dax=always /dev/pmem0 /mnt/pmem
check "nothing is left" [ -z "$(bad_sectors)" ]
finish
