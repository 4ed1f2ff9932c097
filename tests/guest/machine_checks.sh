#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Poison that nobody knows of, met by a load: what the kernel makes of the machine
# check, and what the engine makes of that.
. /add/tap.sh

file=/mnt/pmem/surprise.dat
backup=/tmp/surprise.backup
run=/tmp/surprise.json
read_page() { # NUMBER
  LC_ALL=C dd if=$file of=/tmp/page bs=4k skip="$1" count=1 2>/tmp/read.txt
}
load() { # NUMBER: the status of a program that reads the page by a mapping
  xfs_io -r -c "mmap -r 0 128k" -c "mread $(($1 * 4096)) 8" $file >/dev/null 2>&1
}
corrupted() { awk '/HardwareCorrupted/ { print $2 }' /proc/meminfo; }
silent() { build/daxmend inject $file --silent "$@" >/dev/null; }
sum() {
  sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run | awk '{ n += $1 } END { print n + 0 }'
}
job() { # OPTION...
  rm -f $run
  fio --name=surprise --ioengine=external:build/fio-daxmend.so --filename=$file \
    --size=128k --bs=4k --rw=read --recovery=write --backup=$backup \
    --path_log=$run "$@" >/tmp/job.txt 2>&1
}

dd if=/dev/urandom of=$file bs=4k count=32 2>/dev/null
sync
cp $file $backup

check "a page is poisoned" silent --offset 32k --length 512
check "and nobody knows" [ -z "$(bad_sectors)" ]
check "inject says so" sh -c "build/daxmend inject $file --silent --offset 36k \
  --length 512 | grep -q 'the kernel knows of none'"
check "restore takes back what nobody has met" build/daxmend restore
check "it can be read" read_page 9

check "a page is poisoned again" silent --offset 32k --length 512
read_page 8
status=$?
check "the first read fails" [ $status != 0 ]
check "with EFAULT" grep -q "Bad address" /tmp/read.txt
check "then it is listed" [ -n "$(bad_sectors)" ]
read_page 8
check "the next one fails with EIO" grep -q "I/O error\|Input/output error" /tmp/read.txt
check "a write of the page repairs it" \
  dd if=$backup of=$file bs=4k skip=8 seek=8 count=1 conv=notrunc
check "it can be read again" read_page 8
check "and is what it was" cmp -s $file $backup

check "a page is poisoned in its middle" silent --offset 49664 --length 512
load 13
check "a load of another page is none of its business" [ $? = 0 ]
xfs_io -r -c "mmap -r 0 128k" -c "mread 49664 8" $file >/dev/null 2>&1
check "a load of it ends in SIGBUS" [ $? = 135 ]
check "the kernel took the page away" grep -q "HardwareCorrupted: *4 kB" /proc/meminfo
check "and lists it" [ -n "$(bad_sectors)" ]
check "restore makes it good" build/daxmend restore
check "for a load, too" load 12
check "with the bytes it had" cmp -s $file $backup

# The kernel's list holds 512 ranges.
fill=/mnt/pmem/fill.dat
dd if=/dev/urandom of=$fill bs=1M count=4 2>/dev/null
sync
check "the list is filled" \
  build/daxmend inject $fill --via badblocks --every 8k --span 512
check "3 pages are poisoned besides" silent --offset 64k --length 8704
cp $backup /tmp/newer
for to in $file /tmp/newer; do
  printf newer | dd of=$to bs=1 seek=66000 conv=notrunc 2>/dev/null
done
corrupted=$(corrupted)
load 16
check "a load ends in SIGBUS" [ $? = 135 ]
load 17
check "one of the next page, too" [ $? = 135 ]
check "the kernel took both away" [ $(($(corrupted) - corrupted)) = 8 ]
job --offset=64k --size=8k --continue_on_error=io
check "the engine counts both as out of reach" [ "$(sum unreachable_ios)" = 2 ]
check "and says why" grep -q "512 ranges fill it" /tmp/job.txt
build/daxmend restore $file >/tmp/restore.txt 2>&1
check "they cannot be restored before there is room" [ $? = 2 ]
cat /tmp/restore.txt
check "which is said" grep -q "clear what fills the kernel's list" /tmp/restore.txt
check "restore of all makes them good" build/daxmend restore
check "for a load, too, of one" load 16
check "and the other" load 17
check "with the bytes that were written last" cmp -s $file /tmp/newer
check "nothing is listed any more" [ -z "$(bad_sectors)" ]
cp $backup $file
sync

check "8 pages are poisoned" silent --count 8 --span 512
check "the engine reads them by calls" job
check "all recovered" [ "$(sum recovered_ios)" = 8 ]
check "none was listed before" [ "$(sum unlisted_ios)" = 8 ]
check "run.json counts the machine checks" [ "$(sum machine_checks)" -ge 8 ]
check "no byte is wrong" cmp -s $file $backup
check "none is listed any more" [ -z "$(bad_sectors)" ]

check "8 others are" silent --count 8 --span 512 --seed 2
check "the engine loads them" job --access=mmap
check "all recovered, mapped" [ "$(sum recovered_ios)" = 8 ]
check "none was listed before, either" [ "$(sum unlisted_ios)" = 8 ]
check "the kernel took 8 pages away" [ "$(sum taken_pages)" = 8 ]
check "no byte is wrong, mapped" cmp -s $file $backup
check "nothing is left" [ -z "$(bad_sectors)" ]

check "3 more are" silent --count 3 --span 512 --seed 3
/add/survive $file >/tmp/survive.txt
check "a C program with libdaxmend-copy survives them" [ $? = 1 ]
check "and knows which" grep -q "^3 of 32 pages cannot be read" /tmp/survive.txt
check "restore makes them good" build/daxmend restore
/add/survive $file >/tmp/survive.txt
check "for it, too" [ $? = 0 ]
check "all of it can be loaded" xfs_io -r -c "mmap -r 0 128k" -c "mread 0 128k" $file

# Linux 7.3 warns of each look at a list that fills the page that sysfs shows.
check "the kernel had no trouble" [ -z "$(dmesg |
  grep -E 'Oops|BUG:|WARNING:|Kernel panic' | grep -v ' sysfs_kf_seq_show+')" ]
build/daxmend restore >/dev/null
rm -f $file
finish
