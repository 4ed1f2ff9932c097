#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Several mapped devices on one disk: what is beside the one that was named is
# left alone, what is above it is seen, and one that moves is asked again. Wants
# dm_device (tests/guest/dm_device.cc).
. /add/tap.sh

tap_poison_expected=1
works() {
  works_what=$1
  shift
  "$@" >/tmp/works.out 2>&1
  works_got=$?
  check "$works_what" [ $works_got = 0 ]
  [ $works_got = 0 ] || sed 's/^/# /' /tmp/works.out
}
modprobe dm_mod && modprobe ext4 || exit 1
dd if=/dev/urandom of=/tmp/copy bs=1M count=1 2>/dev/null
pmem=$(cat /sys/block/pmem0/dev)
umount /mnt/pmem

# A container that has another file system at a mount point that is here, too.
/add/dm_device ours 0 65536 linear "$pmem 4096"
/add/dm_device theirs 0 65536 linear "$pmem 131072"
for device in ours theirs; do mkfs.ext4 -q -F -b 4096 /dev/$device; done
mount -o dax=always /dev/ours /mnt/pmem
cp /tmp/copy /mnt/pmem/f
rm -f /tmp/inside.ready
cat >/tmp/inside.sh <<'Y'
umount /mnt/pmem
mount -o dax=always /dev/theirs /mnt/pmem
cp /tmp/copy /mnt/pmem/f
sync
: >/tmp/inside.ready
exec sleep 1000
Y
unshare -m sh /tmp/inside.sh &
inside=$!
until [ -e /tmp/inside.ready ]; do sleep 0.1; done
sync
at=/proc/$inside/root/mnt/pmem
our=$(($(first_sector /mnt/pmem/f) + 4096 + 8))
their=$(($(first_sector "$at/f") + 131072 + 16))
poison $our
poison $their
row="^pmem0 +$their +1 .* 8192  $at/f\$"
lists "a mount point of a container is the container's" "$row" "$at"
check "and not ours of that name" sh -c "! grep -q '^pmem0 *$our ' /tmp/lists.out"
lists "so is a file" "$row" "$at/f"
lists "ours is ours" "^pmem0 +$our +1 .* 4096  /mnt/pmem/f\$" /mnt/pmem
check "and not the container's" \
  sh -c "! grep -q '^pmem0 *$their ' /tmp/lists.out"
refuses "to list a directory of a container" "not a mount point" \
  daxmend list "$at/lost+found"
works "the container's is cleared" daxmend clear "$at"
check "and ours is not" [ "$(bad_sectors)" = "$our 1" ]
kill $inside
wait $inside 2>/dev/null
works "until it is cleared, too" daxmend clear /mnt/pmem
check "so that nothing is left" [ -z "$(bad_sectors)" ]
until /add/dm_device theirs 2>/dev/null; do sleep 0.1; done

# One is mounted, and one beside it has another device above it.
/add/dm_device low 0 65536 linear "$pmem 131072"
works "what lies beside a mapped device does not keep a file from poison" \
  daxmend inject /mnt/pmem/f --offset 64k --length 512 --via badblocks
works "nor a device" daxmend inject /dev/low --offset 64k --length 512 \
  --allow-metadata --via badblocks
check "both are poisoned" [ "$(bad_sectors | wc -l)" = 2 ]
daxmend restore >/dev/null
check "and restored" [ -z "$(bad_sectors)" ]
name_of() {
  for dm in /sys/block/dm-*; do
    [ "$(cat "$dm/dm/name")" != "$1" ] || basename "$dm"
  done
}
/add/dm_device top 0 32768 linear \
  "$(cat "/sys/block/$(name_of low)/dev") 1024"
top=$(name_of top)
refuses "to inject below another device" "is part of $top:" \
  daxmend inject /dev/low --offset 64k --length 512 --allow-metadata
works "above which nothing is" daxmend inject /dev/top --offset 64k \
  --length 512 --allow-metadata --via badblocks
check "at its place" [ "$(bad_sectors)" = "$((131072 + 1024 + 128)) 1" ]
lists "which is said to be below it" \
  "^pmem0 +$((131072 + 1024 + 128)) .*asked \($(name_of low) is above\)" \
  /dev/pmem0
daxmend restore >/dev/null
/add/dm_device top

# Clearing a mapped device that nobody uses; one that is used.
poison $((131072 + 8))
works "a mapped device is cleared" daxmend clear /dev/low
check "all of it" [ -z "$(bad_sectors)" ]
poison $our
refuses "to clear one that is mounted" "/dev/ours.* is in use" \
  daxmend clear /dev/ours
check "and nothing was touched" [ "$(bad_sectors)" = "$our 1" ]
works "by the file it is cleared" daxmend clear /mnt/pmem/f
cp /tmp/copy /mnt/pmem/f
sync
umount /mnt/pmem
/add/dm_device low

# Behind what the kernel shows of a list that is too long: 450 ranges in front
# of a file that lies in pieces.
/add/dm_device ours
/add/dm_device both 0 131072 striped "2 128 $pmem 1212416 $pmem 1605632"
mkfs.ext4 -q -F -b 4096 /dev/both
mount -o dax=always /dev/both /mnt/pmem
cp /tmp/copy /mnt/pmem/f
sync
others=0
while [ $others -lt 450 ]; do
  poison $((1048576 + 2 * others))
  others=$((others + 1))
done
first=$(($(first_sector /mnt/pmem/f) + 24))
within=$((first / 128 / 2 * 128 + first % 128))
if [ $((first / 128 % 2)) = 0 ]; then
  place=$((1212416 + within))
else
  place=$((1605632 + within))
fi
poison $place
check "the kernel does not show the file's poison" \
  sh -c "! grep -q '^$place ' /sys/block/pmem0/badblocks"
daxmend list /mnt/pmem/f >/tmp/lists.out 2>&1
check "the file's list does" \
  grep -qE "^pmem0 +$place +1 .* 12288  /mnt/pmem/f\$" /tmp/lists.out
works "clear of the file finds it" daxmend clear /mnt/pmem/f
check "and it can be read" cat /mnt/pmem/f
poison $place
umount /mnt/pmem
refuses "to clear a device when only others' poison is shown" "too long" \
  daxmend clear /dev/both
/add/dm_device both
works "all of the disk is cleared, page by page" daxmend clear /dev/pmem0
check "and nothing is left" [ -z "$(bad_sectors)" ]
/add/dm_device ours 0 65536 linear "$pmem 4096"

# One that moves while a process knows where it was.
mount -o dax=always,noatime /dev/ours /mnt/pmem
first=$(first_sector /mnt/pmem/f)
cat >/tmp/move.sh <<'Y'
#!/bin/sh
from=$1 to=$2
sync
dd if=/dev/pmem0 of=/dev/pmem0 bs=512k skip=$((from / 1024)) \
  seek=$((to / 1024)) count=64 iflag=direct oflag=direct 2>/dev/null
/add/dm_device ours 0 65536 linear "$(cat /sys/block/pmem0/dev) $to"
Y
cat >/tmp/between.sh <<Y
sh /tmp/move.sh 4096 262144
echo $((first + 262144 + 24)) 1 >/sys/block/pmem0/badblocks
Y
rm -f /tmp/run.json
cd /tmp || exit 1
tree=$OLDPWD
fio --ioengine=external:"$tree"/build/fio-daxmend.so --thread=1 \
  --filename=/mnt/pmem/f --size=1m --bs=4k --rw=read --recovery=clear \
  --backup=/tmp/copy --path_log=/tmp/run.json \
  --name=first --exec_postrun="sh /tmp/between.sh" \
  --name=second --stonewall >/tmp/fio.out 2>&1
moved=$?
cd "$tree" || exit 1
check "recovery after a device has moved works" [ $moved = 0 ]
[ $moved = 0 ] || sed 's/^/# /' /tmp/fio.out
check "at the new place" [ -z "$(bad_sectors)" ]
check "of one I/O" [ "$(sum recovered_ios)" = 1 ]
check "with every byte" cmp /mnt/pmem/f /tmp/copy

# While a job has it open. The poison at its old place is nobody's any more.
fio --name=reads --ioengine=external:build/fio-daxmend.so --size=1m --bs=4k \
  --filename=/mnt/pmem/f --rw=read --recovery=clear --backup=/tmp/copy \
  --time_based --runtime=120 --rate_iops=2000 >/tmp/fio.out 2>&1 &
job=$!
# Until it has read eight times what the file holds.
read_bytes() {
  for process in $(pidof fio); do
    sed -n 's/^rchar: //p' "/proc/$process/io" 2>/dev/null
  done | sort -n | tail -n 1
}
until [ "$(read_bytes)" -gt 8388608 ] 2>/dev/null; do sleep 0.1; done
sh /tmp/move.sh 262144 393216
poison $((first + 262144 + 32))
poison $((first + 393216 + 24))
wait $job
check "a job whose device moved fails where it meets poison" [ $? != 0 ]
check "and says why" grep -q "moved" /tmp/fio.out
grep -q moved /tmp/fio.out || sed 's/^/# /' /tmp/fio.out
check "with no poison cleared anywhere" [ "$(bad_sectors | wc -l)" = 2 ]
works "the next one finds it" daxmend clear /mnt/pmem/f
check "and its alone" \
  [ "$(bad_sectors)" = "$((first + 262144 + 32)) 1" ]
umount /mnt/pmem
/add/dm_device ours
daxmend clear /dev/pmem0 >/dev/null
mkfs.xfs -q -f -m reflink=0 /dev/pmem0
mount -o dax=always /dev/pmem0 /mnt/pmem
check "nothing is left" [ -z "$(bad_sectors)" ]
finish
