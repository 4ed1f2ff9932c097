#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# daxmend inject, list, clear and restore against the emulated firmware, seen
# through stock ndctl, and what they refuse.
. /add/tap.sh

f=/mnt/pmem/inject.dat
journal=/var/lib/daxmend/journal
entries() { ls $journal 2>/dev/null | wc -l; }

dd if=/dev/urandom of=$f bs=1M count=16 2>/dev/null
cp $f /tmp/inject.copy

check "a clean device lists nothing" sh -c 'daxmend list | grep -q "no poison"'

daxmend inject $f --offset 8k --length 1536 >/tmp/inject.out 2>&1
check "inject exits 0" [ $? = 0 ]
check "inject says that the kernel lists the poison" \
  grep -q "the kernel lists them all" /tmp/inject.out
check "list shows the file offset" \
  sh -c "daxmend list $f | grep -qE '^pmem0 .* 8192  $f\$'"
check "list --json has the sectors in the file" \
  sh -c "daxmend list $f --json | grep -q '\"file_end\": 9728'"
check "three sectors are bad, no more" \
  [ "$(bad_sectors | awk '{ n += $2 } END { print n }')" = 3 ]
block=$(bad_sectors | awk '{ print $1; exit }')
check "stock ndctl list --media-errors names the same block" \
  sh -c "ndctl list -N --media-errors | grep -q '\"offset\":$block'"
check "stock ndctl inject-error --status names the same block" \
  sh -c "ndctl inject-error --status namespace0.0 | grep -q '\"block\":$block'"
check "a read of the page fails" \
  sh -c "! dd if=$f of=/dev/null bs=4k skip=2 count=1"
check "a read of its neighbour does not" \
  dd if=$f of=/dev/null bs=4k skip=3 count=1
check "the journal has one entry" [ "$(entries)" = 2 ]

daxmend inject $f --offset 8k --length 4096 >/tmp/inject.out 2>&1
check "sectors that were bad already are left alone" \
  grep -q "3 sectors were bad already" /tmp/inject.out

daxmend restore >/tmp/restore.out 2>&1
check "restore exits 0" [ $? = 0 ]
check "restore leaves no poison" [ -z "$(bad_sectors)" ]
check "restore leaves no poison in the firmware" \
  sh -c "ndctl inject-error --status namespace0.0 | grep -q '\"block\"' && exit 1 || exit 0"
check "restore leaves an empty journal" [ "$(entries)" = 0 ]
check "restore gives every byte back" cmp $f /tmp/inject.copy
check "a scrub does not bring the poison back" sh -c \
  'ndctl start-scrub >/dev/null && ndctl wait-scrub >/dev/null && [ -z "$(cat /sys/block/pmem0/badblocks)" ]'

daxmend inject $f --count 64 --seed 7 --record /tmp/inject.json >/dev/null
check "64 pages are injected" \
  [ "$(bad_sectors | awk '{ n += $2 } END { print n }')" = 512 ]
check "inject.json has 64 ranges or fewer" \
  sh -c '[ $(grep -c spa_begin /tmp/inject.json) -le 64 ]'
dd if=/dev/zero of=$f bs=4k seek=0 count=4096 conv=notrunc 2>/dev/null
check "aligned writes repair all of them" [ -z "$(bad_sectors)" ]
cp $f /tmp/inject.copy
daxmend restore >/dev/null
check "restore does not undo newer data" cmp $f /tmp/inject.copy

daxmend inject $f --offset 1m --length 512 >/dev/null
daxmend clear $f >/tmp/clear.out 2>&1
check "clear restores from the journal" \
  grep -q "1 restored from the journal, 0 zero-filled" /tmp/clear.out
check "clear leaves no poison and no journal entry" \
  sh -c '[ -z "$(cat /sys/block/pmem0/badblocks)" ] && [ -z "$(ls /var/lib/daxmend/journal)" ]'
check "clear gives every byte back" cmp $f /tmp/inject.copy

ndctl inject-error -B 400000 -n 1 namespace0.0 >/dev/null
while [ -z "$(bad_sectors)" ]; do sleep 0.1; done
tap_poison_expected=1
refuses "to clear a device that is mounted" "in use" daxmend clear /dev/pmem0
tap_poison_expected=
umount /mnt/pmem
daxmend clear /dev/pmem0 >/tmp/clear.out 2>&1
check "clear of a device zero-fills what no journal has" \
  grep -q "0 restored from the journal, 1 zero-filled" /tmp/clear.out
check "and it leaves no poison" [ -z "$(bad_sectors)" ]
mount -o dax /dev/pmem0 /mnt/pmem

daxmend inject $f --offset 2m --length 4096 --no-wait >/tmp/inject.out 2>&1
check "--no-wait says that it does not wait" grep -q "not waiting" /tmp/inject.out
daxmend restore >/dev/null
sleep 3
check "restore catches poison that was not listed yet" [ -z "$(bad_sectors)" ]

daxmend inject $f --every 1m --span 512 --dry-run >/tmp/inject.out 2>&1
check "--dry-run says what it would inject" grep -q "would inject 16 sectors" /tmp/inject.out
check "--dry-run injects nothing" [ -z "$(bad_sectors)" ]
daxmend inject $f --every 1m --span 512 >/dev/null
daxmend list $f --json >/tmp/plan.json
check "list finds every span where it was injected" \
  sh -c '[ "$(grep -c file_begin /tmp/plan.json)" = 16 ] && grep -q "\"file_begin\": 15728640" /tmp/plan.json'
daxmend restore >/dev/null
daxmend inject $f --plan /tmp/plan.json >/dev/null
daxmend list $f --json >/tmp/again.json
check "--plan injects what list --json printed" cmp /tmp/plan.json /tmp/again.json
daxmend restore >/dev/null

refuses "a file that is not there" "No such file" daxmend inject /mnt/pmem/none
refuses "a file that is not DAX" "not a DAX file" daxmend inject /tmp/inject.copy
refuses "a directory" "not a regular file" daxmend inject /mnt/pmem
refuses "an offset past the end" "ends at 16777216" daxmend inject $f --offset 1g
refuses "a length past the end" "ends at 16777216" daxmend inject $f --length 1g
refuses "more spans than there is room for" "room for" \
  daxmend inject $f --count 100000
truncate -s 32M $f
refuses "a hole" "hole" daxmend inject $f --offset 20m --length 4096
truncate -s 16M $f
refuses "more ranges than the kernel's list holds" "holds 512 ranges" \
  daxmend inject $f --count 1200 --span 512
check "and the firmware holds none of them" \
  sh -c "ndctl inject-error --status namespace0.0 | grep -q '\"block\"' && exit 1 || exit 0"
refuses "a journal that cannot be written" "journal|write" \
  daxmend inject $f --length 4096 --journal /proc/none
refuses "a record that is not JSON" "/tmp/clear.out" \
  daxmend inject $f --length 4096 --record /tmp/clear.out
refuses "a misspelt option" "lenght" daxmend inject $f --lenght 4096
chmod 666 $f
echo "nobody:x:65534:65534::/:/bin/sh" >>/etc/passwd
refuses "a caller without CAP_SYS_ADMIN" "root" \
  start-stop-daemon -S -c nobody -x /root/daxmend/build/daxmend -- inject $f

# A busy machine may have it all injected before the signal comes: then again.
for try in 1 2 3 4 5 6 7 8; do
  daxmend inject $f --count 200 --span 512 >/tmp/inject.out 2>&1 &
  pid=$!
  while [ "$(entries)" = 0 ]; do sleep 0.05; done
  sleep 0.2
  kill -INT $pid
  wait $pid
  status=$?
  [ $status = 0 ] || break
  daxmend restore >/dev/null
done
check "Ctrl-C exits with 2" [ $status = 2 ]
sleep 3
check "Ctrl-C leaves nothing injected" \
  sh -c '[ -z "$(cat /sys/block/pmem0/badblocks)" ] && [ -z "$(ls /var/lib/daxmend/journal)" ]'

daxmend inject $f --count 200 --span 512 >/dev/null 2>&1 &
pid=$!
while [ "$(entries)" = 0 ]; do sleep 0.05; done
sleep 0.2
kill -9 $pid
wait $pid
check "kill -9 leaves the journal" [ "$(entries)" = 2 ]
daxmend restore >/dev/null
sleep 3
check "restore undoes what kill -9 left" \
  sh -c '[ -z "$(cat /sys/block/pmem0/badblocks)" ] && [ -z "$(ls /var/lib/daxmend/journal)" ]'
check "and every byte is there" cmp $f /tmp/inject.copy

for at in 1m 2m; do
  daxmend inject $f --offset $at --length 64k --no-wait \
    --record /tmp/two.json >/dev/null 2>&1 &
done
wait
check "two injectors at once have an entry each in the journal" \
  [ "$(entries)" = 4 ]
check "and in the record" [ "$(grep -c '"injector"' /tmp/two.json)" = 2 ]
daxmend restore >/dev/null
sleep 3
check "restore undoes both" \
  sh -c '[ -z "$(cat /sys/block/pmem0/badblocks)" ] && [ -z "$(ls /var/lib/daxmend/journal)" ]'
check "with every byte" cmp $f /tmp/inject.copy

rm -f $f
finish
