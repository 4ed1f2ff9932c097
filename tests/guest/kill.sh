#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kill -9 of daxmend inject at DAXMEND_KILLS (4) random moments, spread over all
# the time it takes: after daxmend restore there is no poison and the journal is
# empty, each time. With 200 moments (about ten minutes):
#
#   build/daxmend vm --timeout 3600 --add tests/guest/tap.sh \
#     --add tests/guest/kill.sh -- env DAXMEND_KILLS=200 sh /add/kill.sh
. /add/tap.sh

kills=${DAXMEND_KILLS:-4}
f=/mnt/pmem/kill.dat
journal=/var/lib/daxmend/journal
dd if=/dev/urandom of=$f bs=1M count=4 2>/dev/null
cp $f /tmp/kill.copy
now() { cut -d ' ' -f 1 /proc/uptime; }
injected() { ndctl inject-error --status namespace0.0 | grep -c '"block"'; }

# A quarter of the time also through the wait for the kernel's scrub.
for wait in "" --no-wait; do
  begin=$(now)
  daxmend inject $f --count 64 --seed 1 $wait >/dev/null
  end=$(now)
  daxmend restore >/dev/null
  eval "takes${wait:+_no_wait}=$(echo "$begin $end" | awk '{ print $2 - $1 }')"
done
echo "# daxmend inject --count 64 takes $takes s, $takes_no_wait s with --no-wait"
awk -v n="$kills" -v a="$takes" -v b="$takes_no_wait" 'BEGIN {
  srand(4)
  for (i = 0; i < n; ++i)
    if (i % 4) printf "--no-wait %.3f\n", rand() * b
    else printf "--wait %.3f\n", rand() * a
}' >/tmp/moments

tried=0
good=0
undone=0
begin=$(now)
while read -r wait moment; do
  tried=$((tried + 1))
  # shellcheck disable=SC2086
  daxmend inject $f --count 64 --seed $tried ${wait#--wait} >/dev/null 2>&1 &
  pid=$!
  sleep "$moment"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  [ -z "$(ls $journal/*.json 2>/dev/null)" ] || undone=$((undone + 1))
  daxmend restore >/tmp/restore.out 2>&1 || cat /tmp/restore.out
  if [ -z "$(bad_sectors)" ] && [ -z "$(ls $journal)" ] &&
    [ "$(injected)" = 0 ]; then
    good=$((good + 1))
  else
    echo "# killed after $moment s ($wait): bad: $(bad_sectors | wc -l)," \
      "firmware: $(injected), journal: $(ls $journal)"
  fi
done </tmp/moments
echo "# $good of $tried, $undone of them with something to undo, in" \
  "$(echo "$begin $(now)" | awk '{ print $2 - $1 }') s"
check "kill -9 at $kills random moments: restore undoes every one" \
  [ $good = "$kills" ]
check "most were killed with the journal written" [ $((undone * 2)) -gt "$kills" ]
ndctl start-scrub >/dev/null
ndctl wait-scrub >/dev/null
check "a scrub finds nothing either" [ -z "$(bad_sectors)" ]
check "every byte is there" cmp $f /tmp/kill.copy
rm -f $f
finish
