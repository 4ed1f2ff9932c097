#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Firmware that refuses to clear: the I/O fails, the job goes on, and the reason
# is told once.
. /add/tap.sh

file=/mnt/pmem/refused.dat
run=/tmp/refused.json
sum() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" $run; }
dd if=/dev/urandom of=$file bs=64k count=1 2>/dev/null
daxmend inject $file --count 4 --span 512 --seed 1 >/dev/null

# $1 strategy, $2 the reason.
trial() {
  for access in syscall mmap; do
    fio --name=refused --ioengine=external:build/fio-daxmend.so --filename=$file \
      --size=64k --bs=4k --rw=randread --numjobs=2 --recovery="$1" \
      --access=$access --continue_on_error=all --path_log=$run \
      >/tmp/refused.txt 2>&1
    status=$?
    check "$1, $access: the job outlives it" [ $status = 0 ]
    check "$1, $access: every I/O over poison failed" [ "$(sum failed_ios)" = 8 ]
    check "$1, $access: no other did" [ "$(sum ios)" = 32 ]
    check "$1, $access: nothing is lost, no window is open" \
      [ "$(sum lost_sectors)$(grep -c '"window": {"unit": "ns", "count": 0,' $run)" = 01 ]
    check "$1, $access: the reason is told once" \
      [ "$(grep -c "^daxmend: recovery=$1 of .*$2" /tmp/refused.txt)" = 1 ]
    grep -m 1 "^daxmend: recovery" /tmp/refused.txt | sed 's/^/# /'
  done
}
trial clear "refuses to clear errors"
trial write "did not repair the page"
check "the poison is still listed" [ "$(bad_sectors | wc -l)" = 4 ]
finish
