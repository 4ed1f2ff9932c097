#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend vm --mode devdax: a namespace as device-dax, which can be mapped and nothing
# else. Poison there is on its region's list alone; no I/O of the emulated machine fails
# by it, and a clear-error command is all that ends it.
. /add/tap.sh
d=/dev/dax0.0
f=/tmp/dax.copy
journal=/var/lib/daxmend/journal
injected() { ndctl inject-error --status namespace0.0 | grep -c '"block"'; }

# job ACCESS RECOVERY RW [LINE]...: fio, with this engine, over the first 8 MiB.
job() {
  {
    printf '[one]\nioengine=external:build/fio-daxmend.so\nfilename=%s\n' $d
    printf 'size=8m\nbs=4k\npath_log=/tmp/run.json\naccess=%s\nrecovery=%s\nrw=%s\n' \
      "$1" "$2" "$3"
    shift 3
    for line in "$@"; do echo "$line"; done
  } >/tmp/job.fio
  rm -f /tmp/run.json
  fio /tmp/job.fio >/tmp/job.out 2>&1
}
counter() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" /tmp/run.json | head -n 1; }

# Every byte of it known, and kept apart.
dd if=/dev/urandom of=$f bs=1M count=8 2>/dev/null
copy_in() { /add/dax_bytes in $d 8388608 <$f; }
copy_in
# What is there now: only a mapping can read it.
held() { /add/dax_bytes out $d 8388608; }
same() { held | cmp -s - $f; }
check "every byte is there" same

daxmend inject $d --offset 0 --length 8m --count 64 --span 512 --seed 3 \
  --record /tmp/inject.json >/tmp/inject.out 2>&1
check "64 sectors are injected" \
  grep -q "injected 64 sectors in 64 pages" /tmp/inject.out
check "its region lists them" [ "$(bad_sectors | wc -l)" = 64 ]
check "so does daxmend list, at their offsets" [ \
  "$(grep -o '"file_begin": [0-9]*' /tmp/inject.json | sort | md5sum)" = \
  "$(daxmend list $d --json | grep -o '"file_begin": [0-9]*' | sort | md5sum)" ]
check "and of the whole machine, once" [ \
  "$(daxmend list --json | grep -c '"file_begin"')" = 64 ]
check "as the kernel's" sh -c "! daxmend list $d --json | grep -q listed_by"
job mmap auto randread "backup=$f"
check "64 reads are recovered" [ "$(counter recovered_ios)" = 64 ]
check "with what the backup has" [ \
  "$(counter backup_sectors) $(counter lost_sectors)" = "64 0" ]
check "the record says by what" grep -q '"recovery": "clear"' /tmp/run.json
check "and where" grep -q '"memory": "device-dax on ACPI.NFIT' /tmp/run.json
check "nothing is left on the region's list" [ -z "$(bad_sectors)" ]
check "nor in the firmware" [ "$(injected)" = 0 ]
check "every byte is right" same

rm /tmp/inject.json
daxmend inject $d --offset 0 --length 8m --count 64 --span 512 --seed 4 \
  --record /tmp/inject.json >/dev/null 2>&1
job mmap clear randread
check "without a backup, too" [ "$(counter recovered_ios)" = 64 ]
check "and lose 512 bytes each" [ \
  "$(counter lost_bytes) $(counter saved_bytes)" = "32768 229376" ]
held | cmp -l - $f | awk '{ print int(($1 - 1) / 512) }' | uniq |
  sort >/tmp/changed
grep -o '"sector_begin": [0-9]*' /tmp/inject.json | sed 's/.* //' | sort \
  >/tmp/wanted
check "no byte around the bad sectors changed" cmp -s /tmp/changed /tmp/wanted
copy_in

daxmend inject $d --offset 0 --length 8m --count 64 --span 512 --seed 5 \
  >/dev/null 2>&1
job mmap clear randwrite
check "64 writes are recovered" [ "$(counter recovered_ios)" = 64 ]
check "and end the poison" [ -z "$(bad_sectors)" ]
check "and lose nothing of what they overwrite" [ "$(counter lost_bytes)" = 0 ]
daxmend restore >/dev/null 2>&1
copy_in

# Stores to a poisoned sector go to the media, and are newer than the journal's.
daxmend inject $d --offset 1m --length 8k >/dev/null 2>&1
daxmend restore >/tmp/restore.out 2>&1
check "restore undoes" grep -q " 16 sectors undone" /tmp/restore.out
check "nothing is poisoned" [ -z "$(bad_sectors)" ]
check "every byte is back" same
check "the journal is empty" [ -z "$(ls $journal)" ]
daxmend inject $d --offset 1m --length 4k >/dev/null 2>&1
job mmap none write offset=1m size=4k buffer_pattern=0xabcdef12
check "a store does not clear" [ -n "$(bad_sectors)" ]
daxmend restore >/dev/null 2>&1
check "restore keeps what was stored meanwhile" [ \
  "$(held | dd bs=4k skip=256 count=1 2>/dev/null | od -An -tx1 -N4 |
    tr -d ' ')" = abcdef12 ]
copy_in

# kill -9 of inject at some moments.
good=0
for moment in 0.05 0.15 0.3 0.6; do
  daxmend inject $d --offset 0 --length 8m --count 64 --span 512 --seed 6 \
    >/dev/null 2>&1 &
  pid=$!
  sleep $moment
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  daxmend restore >/tmp/restore.out 2>&1 || cat /tmp/restore.out
  [ -z "$(bad_sectors)$(ls $journal)" ] && [ "$(injected)" = 0 ] && same &&
    good=$((good + 1))
done
check "kill -9 of inject: restore undoes every one" [ $good = 4 ]

daxmend inject $d --offset 2m --length 1k >/dev/null 2>&1
rm -rf $journal
daxmend clear $d >/tmp/clear.out 2>&1
check "clear zero-fills what nobody kept" \
  grep -q "cleared 2 sectors: 0 restored from the journal, 2 zero-filled" \
  /tmp/clear.out
check "those bytes and no others" [ "$(held | cmp -l - $f | awk '
  { if ($2 != 0 || $1 <= 2097152 || $1 > 2098176) bad = 1 }
  END { print bad + 0 }')" = 0 ]
copy_in

daxmend watch $d --json --count 2 --for 60 >/tmp/watch.out 2>&1 &
watch=$!
sleep 1
daxmend inject $d --offset 8k --length 512 >/dev/null 2>&1
daxmend restore >/dev/null 2>&1
wait $watch
check "watch tells of both" [ \
  "$(sed -n 's/.*"event":"\([a-z]*\)".*/\1/p' /tmp/watch.out | tr '\n' ' ')" = \
  "appeared disappeared " ]
check "in its sectors" grep -q '"device":"dax0.0","sector_begin":16' /tmp/watch.out

job mmap auto read offset=1537 size=10000 bs=1000
check "offsets and blocks of any size are mapped I/O" [ \
  "$(counter ios) $(counter failed_ios)" = "10 0" ]
refuses "what is behind its end" "past|end" \
  daxmend inject $d --offset 1T --length 4k
refuses "more than its list can hold" "holds 512 ranges" \
  daxmend inject $d --count 600 --span 512
refuses "more than its list can show" "shows one page" \
  daxmend inject $d --count 512 --span 512
refuses "the kernel's list by hand" "takes no entries" \
  daxmend inject $d --via badblocks --offset 0 --length 512
job syscall none read
check "calls are refused with the reason" \
  grep -q "device-dax, which can only be mapped: set access=mmap" /tmp/job.out
job mmap write read
check "so is a recovery by writing" grep -q "a store clears none" /tmp/job.out
/add/dax_bytes hold $d 4096 >/dev/null &
holder=$!
sleep 0.3
refuses "a device that somebody has mapped" "is open in dax_bytes" \
  daxmend inject $d --offset 0 --length 512
kill $holder
wait $holder 2>/dev/null

# It goes away in the middle of a job.
job mmap auto randread time_based runtime=3600 exec_prerun="touch /tmp/begun" &
running=$!
until [ -e /tmp/begun ]; do sleep 0.1; done
sleep 0.5
ndctl disable-namespace namespace0.0 >/tmp/disable.out 2>&1
wait $running
check "a job whose device goes away ends in one line" [ \
  "$(grep -c '^daxmend: .*has its namespace been disabled' /tmp/job.out)" = 1 ]
refuses "a device that is gone" "No such file" daxmend list $d
ndctl enable-namespace namespace0.0 >/dev/null 2>&1

# System RAM of it, which takes whole blocks of 128 MiB.
modprobe kmem 2>/dev/null
echo dax0.0 >/sys/bus/dax/drivers/device_dax/unbind
echo dax0.0 >/sys/bus/dax/drivers/kmem/new_id
check "the kernel makes system RAM of it" [ \
  "$(basename "$(readlink /sys/bus/dax/devices/dax0.0/driver)")" = kmem ]
refuses "system RAM" "is system RAM now" daxmend list $d
refuses "to inject there" "is system RAM now" \
  daxmend inject $d --offset 0 --length 512
job mmap none read
check "the engine, too" grep -q "is system RAM now" /tmp/job.out
finish
