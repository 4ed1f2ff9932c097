#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The main job as a user types it: every planted page recovered, nothing lost.
. /add/tap.sh

run=results/latest/run.json
number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run; }
sum() { number "$1" | awk '{ n += $1 } END { print n + 0 }'; }

fio jobs/recovery.fio >/tmp/fio.txt 2>&1
status=$?
check "fio jobs/recovery.fio exits 0" [ $status = 0 ]
[ $status = 0 ] || sed 's/^/# /' /tmp/fio.txt
check "192 pages were planted" [ "$(number planted_pages)" = 192 ]
check "no poison remains" [ "$(number remaining_sectors)" = 0 ]
check "the device lists none either" [ -z "$(bad_sectors)" ]
check "no I/O failed" [ "$(sum failed_ios)" = 0 ]
check "no sector was lost" [ "$(sum lost_sectors)" = 0 ]
check "every poisoned page was recovered once" [ "$(sum recovered_ios)" = 192 ]
check "all eight jobs are in run.json" [ "$(grep -c '"name"' $run)" = 8 ]
check_line=$(grep '"clock_check"' $run)
echo "# $check_line"
# A host too busy to tell within the run is no failure; no HPET is one.
check "the guest's clock was compared with the host's and is not wrong" \
  sh -c 'case $1 in *\"ok\"* | *"do not tell"*) ;; *) echo "$1"; exit 1 ;; esac' \
  sh "$check_line"
check "the journal is empty" [ -z "$(ls /var/lib/daxmend/journal)" ]
check "fio's own output comes first, then the summary" \
  sh -c "awk '/^Run status/ { fio = NR } /recover-read.*recovery/ { ours = NR } END { exit !(fio && ours > fio) }' /tmp/fio.txt"
finish
