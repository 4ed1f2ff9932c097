#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kill -9 of `daxmend validate --destructive` at as many moments as
# /add/validate.kills says, spread over all the guest time that it takes;
# whatever it was at, daxmend restore gives every byte of the namespace back.
# Wants `--clock virtual`: a moment is the same one in every boot then, and
# what validate waits for costs nothing.
. /add/tap.sh

kills=$(cat /add/validate.kills)
journal=/var/lib/daxmend/journal
# What poisons, is listed by the kernel, clears, overwrites and repairs: all that
# a run can leave behind, in the least of guest time.
checks=INJECT-03,INJECT-20,CLEAR-04,CLEAR-07,CLEAR-16,WAY-04,WAY-07,WAY-09
validate="daxmend validate --bus ndbus0 --namespace namespace0.0 --destructive \
  --only $checks"
now() { cut -d ' ' -f 1 /proc/uptime; }
injected() { ndctl inject-error --status namespace0.0 | grep -c '"block"'; }
mib=$(($(cat /sys/block/pmem0/size) / 2048))
# The bytes from MiB $1 on. Validate writes to the last one; the others are read
# once, at the end of all kills, for a guest takes long to sum them up.
bytes_from() { dd if=/dev/pmem0 bs=1M skip="$1" 2>/dev/null | md5sum; }
the_end() { bytes_from $((mib - 3)); }

ndctl wait-scrub >/dev/null
umount /mnt/pmem 2>/dev/null
# Other bytes in every sector of the end.
dd if=/dev/urandom of=/dev/pmem0 bs=1M seek=$((mib - 3)) count=3 \
  conv=notrunc,fsync 2>/dev/null
bytes_from 0 >/tmp/whole.before
the_end >/tmp/end.before

begin=$(now)
$validate >/tmp/validate.out 2>&1
status=$?
end=$(now)
takes=$(echo "$begin $end" | awk '{ print $2 - $1 }')
check "a run that is not killed passes" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/validate.out
the_end >/tmp/end.after
check "and leaves every byte as it was" cmp /tmp/end.before /tmp/end.after
echo "# a run takes $takes s"

good=0 undone=0 overwritten=0 i=0
while [ $i -lt "$kills" ]; do
  moment=$(echo "$takes $i $kills" | awk '{ printf "%.3f", $1 * ($2 + 0.5) / $3 }')
  i=$((i + 1))
  $validate >/dev/null 2>&1 &
  pid=$!
  sleep "$moment"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  [ -z "$(ls $journal/*.json 2>/dev/null)" ] || undone=$((undone + 1))
  [ -n "$(bad_sectors)" ] || the_end | cmp -s - /tmp/end.before ||
    overwritten=$((overwritten + 1))
  daxmend restore >/tmp/restore.out 2>&1
  status=$?
  the_end >/tmp/end.after
  if [ $status = 0 ] && cmp -s /tmp/end.before /tmp/end.after &&
    [ -z "$(bad_sectors)" ] && [ -z "$(ls $journal)" ] &&
    [ "$(injected)" = 0 ]; then
    good=$((good + 1))
  else
    echo "# killed after $moment s: restore: $status, bad:" \
      "$(bad_sectors | wc -l), firmware: $(injected)," \
      "journal: $(ls $journal | wc -l), bytes before and after:"
    sed 's/^/# /' /tmp/restore.out /tmp/end.before /tmp/end.after
  fi
done
echo "# $good of $kills; $undone had something to undo, of these $overwritten" \
  "held other bytes that no list of bad sectors tells of"
check "killed at $kills moments, every byte is as before after restore" \
  [ $good = "$kills" ]
bytes_from 0 >/tmp/whole.after
check "and so is the whole namespace after all of them" \
  cmp /tmp/whole.before /tmp/whole.after
check "most were killed with the journal written" [ $((undone * 2)) -gt "$kills" ]
check "some of them after bytes were overwritten" [ $overwritten -gt 0 ]
finish
